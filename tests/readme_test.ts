import { assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);

Deno.test("the Lua example of the README is a scenario, to the letter", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const scenario = await Deno.readTextFile(new URL("scenarios/readme_example.lua", root));
  const [, example] = /```lua\n([\s\S]*?)```/.exec(readme)!;
  assertEquals(scenario.replace(/^---.*\n/, ""), example);
});

Deno.test("the README names tasks that exist", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const named = [...readme.matchAll(/deno(?:@[\d.]+)? task (\w+)/g)].map(([, task]) => task!);
  assertEquals(named.filter((task) => !(task in tasks)), []);
  assertEquals(new Set(named), new Set(["scenarios", "test", "lua"]));
});
