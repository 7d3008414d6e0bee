/** Not a test module by its name: the scripts here are for `tests/runner_test.ts` to run. */
import { registerScenarios } from "../../scenarios/mod.ts";

await registerScenarios({
  root: new URL("./", import.meta.url),
  command: "deno test --allow-read=. tests/scenarios/register.ts",
});
