import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { asErrand } from "./errand.ts";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { LuaRuntime } from "./runtime.ts";
import { defineLuaClass } from "./userdata.ts";
import { LuaMulti } from "./values.ts";
import type { LuaFunction } from "./values.ts";

const module = await loadLuaModule();
const open = (sliceMs = 10_000): LuaRuntime => new LuaRuntime({ module, limits: { sliceMs } });

function spin(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs;);
}

Deno.test("an errand answers values, errors and several values, as any host function does", () => {
  using lua = open();
  const refusal = new RangeError("no");
  lua.setGlobal("pair", asErrand((a: unknown, b: unknown) => new LuaMulti(b, a)));
  lua.setGlobal(
    "fail",
    asErrand(() => {
      throw refusal;
    }),
  );
  assertEquals(lua.run("local x, y = pair(1, 'two') return x, y"), ["two", 1]);
  assertEquals(lua.run("local ok, e = pcall(fail) return ok, e.message"), [false, "no"]);
  const error = assertThrows(() => lua.run("\nfail()", { chunkName: "a.lua" }), LuaError);
  assertEquals([error.message, error.line, error.cause], ["a.lua:2: no", 2, refusal]);
});

Deno.test("the time of an errand is not Lua's, the time of Lua inside of one is", () => {
  using lua = open(200);
  lua.setGlobal("slow", asErrand(() => spin(300)));
  lua.setGlobal("apply", asErrand((fn: unknown) => (fn as LuaFunction)()));
  lua.run("slow() apply(slow) apply(function() slow() end)");
  const error = assertThrows(
    () => lua.run("apply(function() apply(function() while true do end end) end)"),
    LuaError,
  );
  assertEquals(
    [error.code, error.message],
    ["timeout", "Cannot go on in Lua: it ran longer than 200 ms"],
  );
  assertEquals(lua.death?.code, "timeout");
});

Deno.test("entries that nest through errands share one budget", () => {
  using lua = open(300);
  lua.setGlobal("apply", asErrand((fn: unknown) => (fn as LuaFunction)()));
  lua.setGlobal("spin", () => spin(100));
  assertEquals(lua.run("spin() return 1"), [1]);
  assertEquals(lua.run("spin() return 2"), [2]);
  const nested = `
    local function again() spin() apply(again) end
    again()`;
  assertEquals(assertThrows(() => lua.run(nested), LuaError).code, "timeout");
});

Deno.test("an interrupt inside of an errand leaves its finally alone", () => {
  using outer = open(100);
  const steps: string[] = [];
  outer.setGlobal(
    "within",
    asErrand((fn: unknown) => {
      steps.push("begin");
      try {
        return (fn as LuaFunction)();
      } catch (error) {
        steps.push((error as LuaError).code);
        throw error;
      } finally {
        steps.push("end");
      }
    }),
  );
  const error = assertThrows(
    () => outer.run("pcall(within, function() while true do end end)"),
    LuaError,
  );
  assertEquals([error.code, steps], ["timeout", ["begin", "timeout", "end"]]);
});

Deno.test("one runtime's loop inside of another's errand ends only the one that loops", () => {
  using outer = open(100);
  using inner = open(150);
  outer.setGlobal("other", asErrand(() => inner.run("while true do end")));
  assertEquals(outer.run("local ok, e = pcall(other) return ok, e.code"), [false, "timeout"]);
  assertEquals([outer.death, inner.death?.code], [undefined, "timeout"]);
});

Deno.test("an errand works in coroutines, iterators, metamethods and pcall", () => {
  using lua = open();
  lua.setGlobal("twice", asErrand((n: unknown) => Number(n) * 2));
  const seen = lua.run(`
    local made = coroutine.wrap(function(n) coroutine.yield(twice(n)) return twice(n + 1) end)
    local t = setmetatable({}, { __index = function(_, n) return twice(n) end })
    local sum = 0
    for n in function(_, last) if last < 3 then return last + 1 end end, nil, 0 do
      sum = sum + twice(n)
    end
    return made(1), made(), t[5], sum, select(2, pcall(pcall, twice, 7)), select(3, pcall(pcall, twice, 7))`);
  assertEquals(seen, [2, 4, 10, 12, true, 14]);
});

Deno.test("where Lua cannot be left an errand is refused", () => {
  using lua = open();
  lua.setGlobal("refused", asErrand(() => "x"));
  assertEquals(
    lua.run("local ok, e = pcall(string.gsub, 'ab', '.', refused) return ok, e.code"),
    [false, "await"],
  );
  assertEquals(lua.run("return 1"), [1]);
});

Deno.test("an errand may answer a promise where any function may", async () => {
  using lua = open();
  lua.setGlobal("later", asErrand(() => Promise.resolve(5)));
  lua.setGlobal("never", asErrand(() => Promise.reject(new TypeError("gone"))));
  assertEquals(await lua.runAsync("return later() + later()"), [10]);
  await assertRejects(() => lua.runAsync("never()"), LuaError, "gone");
  assertEquals(assertThrows(() => lua.run("later()"), LuaError).code, "await");
});

Deno.test("errands that call Lua again end at the limit of recursion", () => {
  using lua = open();
  lua.setGlobal("apply", asErrand((fn: unknown) => (fn as LuaFunction)()));
  const error = assertThrows(
    () => lua.run("local function again() apply(again) end again()"),
    LuaError,
  );
  assertEquals(error.code, "recursion");
  assertEquals(lua.run("return 1"), [1]);
});

Deno.test("an errand may dispose of its own runtime", () => {
  using lua = open();
  lua.setGlobal("leave", asErrand(() => lua[Symbol.dispose]()));
  assertEquals(assertThrows(() => lua.run("leave() print('never')"), LuaError).code, "dead");
  assertEquals(lua.output, "");
});

Deno.test("a method can be an errand", () => {
  class Bell {
    rung = 0;
  }
  const bell = new Bell();
  const definition = defineLuaClass({
    name: "Bell",
    type: Bell,
    methods: { ring: asErrand((self: Bell) => ++self.rung) },
  });
  using lua = open(100);
  lua.register(definition);
  lua.setGlobal("bell", bell);
  assertEquals(lua.run("return bell:ring() + bell:ring()"), [3]);
  assertThrows(() => lua.run("('x'):gsub('.', function() bell:ring() end)"), LuaError, "leave Lua");
  assertEquals(bell.rung, 2);
});

Deno.test("LuaRuntime.start() answers at once where Lua had nothing to wait for", async () => {
  using lua = open();
  lua.setGlobal("wait", (value: unknown) => Promise.resolve(value));
  const fn = lua.run("return function(n) if n > 1 then n = wait(n) end return n end")[0];
  assertEquals(lua.start(fn as LuaFunction, 1), [1]);
  assertEquals(await lua.start(fn as LuaFunction, 2), [2]);
  const bad = lua.run("return function() error('no', 0) end")[0];
  assertThrows(() => lua.start(bad as LuaFunction), LuaError, "no");
});
