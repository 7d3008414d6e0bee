import { registerScenarios } from "./runner.ts";

/** They take as long as all others together, and run beside them. */
const only = (path: string) => path.startsWith("large_");
await registerScenarios({ root: new URL("./", import.meta.url), only });
