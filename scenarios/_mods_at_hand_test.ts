import { assertEquals, assertThrows } from "@std/assert";
import { luaCommand } from "./command.ts";
import { ScenarioError } from "./errors.ts";
import { readMods } from "./_mods_at_hand.ts";

const script = new URL("glyphcase_hooks.lua", import.meta.url);

Deno.test("readMods() reads the folders beside a script, by their names", () => {
  const mods = readMods(["../examples/mods/hooks", "../examples/mods/complete/"], script);
  assertEquals([...mods.keys()], ["hooks", "complete"]);
  assertEquals([...mods.get("hooks")!.keys()], ["mod.json", "scripts/hooks.lua"]);
  assertEquals(readMods([], script).size, 0);
});

Deno.test("readMods() says which folder is not there", () => {
  const error = assertThrows(() => readMods(["./none"], script), ScenarioError);
  assertEquals([error.code, error.message.startsWith(`Cannot read mod "./none": `)], [
    "bad_file",
    true,
  ]);
});

Deno.test("the command runs a scenario that wants a capsule", async () => {
  const errors: string[] = [];
  const file = decodeURIComponent(script.pathname);
  const code = await luaCommand([file], { out: () => {}, err: (text) => errors.push(text) });
  assertEquals([code, errors], [0, []]);
});
