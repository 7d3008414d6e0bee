import { isLarge } from "./_large.ts";
import { registerScenarios } from "./runner.ts";

await registerScenarios({ root: new URL("./", import.meta.url), only: isLarge });
