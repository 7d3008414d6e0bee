import { registerScenarios } from "./runner.ts";

await registerScenarios({ root: new URL("./", import.meta.url) });
