import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

Deno.test("openIndras() gives one table, and fields to the global assert", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.run(`
      local fresh = {}
      for name in pairs(_G) do
        if name:match("indras") or name == "assert" then fresh[#fresh + 1] = name end
      end
      table.sort(fresh)
      return fresh, type(indras), type(assert), type(indras.Network), type(indras.assert)`),
    [["assert", "indras"], "table", "table", "table", "table"],
  );
});

Deno.test("two runtimes with the same seed get the same networks, another seed others", async () => {
  using left = await LuaScript.open();
  using right = await LuaScript.open();
  using other = await LuaScript.open("8");
  const [a, b, c] = [left, right, other].map((script) =>
    script.run("return indras.Network.new():id(), indras.Network.new():id()")
  );
  assertEquals(a, b);
  assertEquals(new Set([...a!, ...c!]).size, 4);
});

Deno.test("an object of one runtime's world cannot be made in Lua", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.raisedBy(`indras.Network.new():connect_to(setmetatable({}, { __name = "Network" }))`)
      ?.text,
    "a.lua:1: bad argument 'other': expected Network, got table",
  );
});
