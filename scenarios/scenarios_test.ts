import { isLarge } from "./_large.ts";
import { registerScenarios } from "./runner.ts";

const only = (path: string) => !isLarge(path);
await registerScenarios({ root: new URL("./", import.meta.url), only });
