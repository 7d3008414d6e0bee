import { assertEquals } from "@std/assert";
import { ModCache } from "../_mod_cache.ts";
import { loadLuaModule } from "../module.ts";
import { LuaRuntime } from "../runtime.ts";
import { cacheFunctions } from "./cache.ts";

const module = await loadLuaModule();

Deno.test("cache keeps copies of values as they are: integers, floats, bytes and tables", () => {
  let nowMs = 0;
  using lua = new LuaRuntime({ module });
  lua.setGlobal("cache", cacheFunctions(new ModCache(() => nowMs)));
  const seen = lua.run(`
    local given = { n = 1, f = 1.0, bytes = "\\xff", list = { 1, { 2 } }, yes = true }
    cache.set("a", given)
    given.n = 2
    local a = cache.get("a")
    cache.get("a").n = 3
    cache.set("b", 5, 2.0)
    cache.set("c", 1)
    cache.set("c", nil)
    return math.type(a.n), math.type(a.f), a.n, a.bytes == "\\xff", a.list[2][1], a.yes,
      cache.get("a").n, cache.get("b"), cache.get("c"), cache.delete("b"), cache.delete("b"),
      select("#", cache.set("d", 1)), select("#", cache.clear()), cache.get("a")`);
  assertEquals(seen, [
    ...["integer", "float", 1, true, 2, true, 1, 5, undefined, true, false, 0, 0, undefined],
  ]);
  lua.run("cache.set('e', 1, '2s')");
  nowMs = 1999;
  assertEquals(lua.run("return cache.get('e')"), [1]);
  nowMs = 2000;
  assertEquals(lua.run("return cache.get('e')"), [undefined]);
});
