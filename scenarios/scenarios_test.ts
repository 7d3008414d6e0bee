import { registerScenarios } from "./runner.ts";

/** The others are in `large_test.ts`, which runs beside this. */
const only = (path: string) => !path.startsWith("large_");
await registerScenarios({ root: new URL("./", import.meta.url), only });
