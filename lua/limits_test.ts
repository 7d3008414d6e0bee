import { assertEquals, assertThrows } from "@std/assert";
import { LuaError } from "./errors.ts";
import { LUA_LIMITS_DEFAULT, MEMORY_BYTES_MIN, resolveLimits, TIMER_MS_MAX } from "./limits.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime } from "./runtime.ts";

const module = await loadLuaModule();

Deno.test("resolveLimits() fills in defaults and refuses nonsense", () => {
  assertEquals(resolveLimits(), LUA_LIMITS_DEFAULT);
  assertEquals(resolveLimits({ sliceMs: 5 }).sliceMs, 5);
  assertThrows(() => resolveLimits({ sliceMs: 0 }), RangeError, "sliceMs");
  assertThrows(() => resolveLimits({ awaitMs: NaN }), RangeError, "awaitMs");
  for (const ms of [0.5, Infinity, TIMER_MS_MAX + 1]) {
    assertThrows(() => resolveLimits({ sliceMs: ms }), RangeError, "sliceMs");
    assertThrows(() => resolveLimits({ awaitMs: ms }), RangeError, "awaitMs");
  }
  assertThrows(() => resolveLimits({ memoryBytesMax: MEMORY_BYTES_MIN - 1 }), RangeError);
});

/** Attacks that never end by themselves: the slice must end them, wherever they are. */
const ENDLESS: Record<string, string> = {
  "a loop": "while true do end",
  "a loop that catches": "while true do pcall(function() while true do end end) end",
  "a loop in a coroutine": "coroutine.wrap(function() while true do end end)()",
  "a loop over string.rep": "for i = 1, 1e9 do local s = ('x'):rep(1e7) end",
  "a pattern bomb": "local s = ('a'):rep(3e5) return s:find('.-.-.-.-b')",
  "an exponential pattern": "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))",
  "table.move through metamethods": `
    local t = setmetatable({}, { __index = function() return 1 end, __newindex = function() end })
    table.move(t, 1, math.maxinteger - 1, 2)`,
  "a comparator": "table.sort({ 3, 2, 1 }, function() while true do end end)",
  "a gsub callback": "('x'):gsub('x', function() while true do end end)",
  "__index": `
    local t = setmetatable({}, { __index = function() while true do end end }) return t.x`,
  "__tostring inside print": `
    print(setmetatable({}, { __tostring = function() while true do end end }))`,
  "__close": `
    local x <close> = setmetatable({}, { __close = function() while true do end end })`,
  "__close inside coroutine.close": `
    local co = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() while true do end end })
      coroutine.yield()
    end)
    coroutine.resume(co)
    coroutine.close(co)`,
  "memory that is caught again and again": `
    local t = {}
    while true do pcall(function() while true do t[#t + 1] = ('x'):rep(1e6) end end) end`,
};

for (const [name, source] of Object.entries(ENDLESS)) {
  Deno.test({
    name: `LuaRuntime.run() ends ${name}, and the runtime with it`,
    permissions: "none",
    fn: async () => {
      using lua = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
      const error = assertThrows(() => lua.run(source, { chunkName: "attack.lua" }), LuaError);
      assertEquals(error.code, "timeout");
      assertEquals(error.traceback?.includes("attack.lua:"), true, error.traceback);
      const after = assertThrows(() => lua.run("return 1"), LuaError);
      assertEquals([after.code, after.cause], ["dead", lua.death]);
      using other = await createLuaRuntime({ module });
      assertEquals(other.run("return 1"), [1]);
    },
  });
}

/** Attacks that Lua itself ends: the runtime goes on. */
const BOUNDED: Record<string, readonly [source: string, ends: RegExp]> = {
  "string.rep of a gigabyte": ["return ('x'):rep(1e9)", /not enough memory/],
  "an ever longer string": ["local s = 'x' while true do s = s .. s end", /not enough memory/],
  "tables without end": ["local t = {} while true do t[#t + 1] = {} end", /not enough memory/],
  "closures without end": [
    "local f = print while true do local g = f f = function() return g end end",
    /not enough memory/,
  ],
  "coroutines without end": [
    "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
    /not enough memory/,
  ],
  "a gsub that multiplies": [
    "return ('x'):rep(1e5):gsub('x', ('y'):rep(1e5))",
    /not enough memory/,
  ],
  "recursion": [
    "local function f() return f() + 1 end f()",
    /stack overflow|not enough memory/,
  ],
  "recursion through metamethods": [
    "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end " +
    "return t[1]",
    /C stack overflow/,
  ],
  "recursion through coroutines": [
    "local function f() coroutine.wrap(f)() end f()",
    /C stack overflow/,
  ],
  "nested parentheses": [
    "return assert(load('return ' .. ('('):rep(1e5) .. '1' .. (')'):rep(1e5)))",
    /C stack overflow/,
  ],
  "an unpack of everything": ["return table.unpack({}, 1, 1e7)", /too many results/],
  "bytecode": ["assert(load('\\27Lua'))", /attempt to load a binary chunk/],
  "bytecode by mode": ["assert(load('\\27Lua', 'x', 'b'))", /attempt to load a text chunk/],
  "string.dump": ["string.dump(print)", /attempt to call a nil value/],
  "a finalizer": ["setmetatable({}, { __gc = print })", /__gc is not available/],
  "an error that cannot be shown": [
    "error(setmetatable({}, { __tostring = function() error('no') end }))",
    /error object is a table value/,
  ],
};

for (const [name, [source, ends]] of Object.entries(BOUNDED)) {
  Deno.test({
    name: `LuaRuntime.run() survives ${name}`,
    permissions: "none",
    fn: async () => {
      using lua = await createLuaRuntime({
        module,
        limits: { memoryBytesMax: 32 * 1024 * 1024, sliceMs: 60_000 },
      });
      const error = assertThrows(() => lua.run(source), LuaError);
      assertEquals(ends.test(error.message), true, error.message);
      assertEquals(error.code, /memory/.test(error.message) ? "memory" : "runtime");
      assertEquals(lua.run("return #('x'):rep(1000)"), [1000]);
    },
  });
}

Deno.test("LuaRuntime.setGlobal() works when Lua has used all its memory", async () => {
  using lua = await createLuaRuntime({ module, limits: { memoryBytesMax: MEMORY_BYTES_MIN } });
  lua.run("kept = {} pcall(function() while true do kept[#kept + 1] = {} end end)");
  lua.setGlobal("text", "x".repeat(1_000_000));
  assertEquals(lua.run("return #text"), [1_000_000]);
});

Deno.test("a host function that answers too much raises inside Lua", async () => {
  using lua = await createLuaRuntime({ module, limits: { memoryBytesMax: MEMORY_BYTES_MIN } });
  lua.setGlobal("fill", () => "x".repeat(10_000_000));
  const [ok, message] = lua.run(`
    local kept = {}
    return pcall(function() while true do kept[#kept + 1] = fill() end end)`);
  assertEquals([ok, message], [false, "not enough memory"]);
  assertEquals(lua.run("return 1"), [1]);
});

Deno.test("the recursion limit ends Lua that calls TypeScript that calls Lua", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("call", (fn: unknown) => (fn as () => unknown)());
  const error = assertThrows(
    () => lua.run("local function f() call(f) end f()"),
    LuaError,
  );
  assertEquals(error.code, "recursion");
  assertEquals(lua.run("return 1"), [1]);
});

Deno.test("the limits on values count depth, items and bytes", async () => {
  using lua = await createLuaRuntime({
    module,
    limits: { valueDepthMax: 8, valueItemsMax: 1000, valueBytesMax: 10_000 },
  });
  lua.setGlobal("take", (value: unknown) => typeof value);
  const raised = (source: string): LuaError => assertThrows(() => lua.run(source), LuaError);
  assertEquals(
    raised("local t = {} for i = 1, 9 do t = { t } end take(t)").message,
    "script:1: Cannot pass a value nested deeper than 8",
  );
  // Seven levels of ten: ten million items, if each way to an item counted for nothing.
  const bomb = raised(
    "local t = 1 for i = 1, 7 do t = { t, t, t, t, t, t, t, t, t, t } end take(t)",
  );
  assertEquals(bomb.message, "script:1: Cannot pass a value of more than 1000 items");
  assertEquals(raised("take(('x'):rep(10001))").code, "value");
  assertEquals(raised("local t = {} t.t = t take(t)").code, "value");
  assertThrows(() => lua.setGlobal("x", "x".repeat(10_001)), LuaError, "10000 bytes");
  assertThrows(() => lua.setGlobal("x", new Array(1001).fill(1)), LuaError, "1000 items");
  assertEquals(lua.run("return take({})"), ["object"]);
});

Deno.test("the limit on source text holds for chunks and modules", async () => {
  using lua = await createLuaRuntime({
    module,
    limits: { sourceBytesMax: 20 },
    modules: { read: () => "return 1 -- far too long" },
  });
  const chunk = assertThrows(() => lua.run("return 1 -- too long for this"), LuaError);
  assertEquals(chunk.code, "syntax");
  const inModule = assertThrows(() => lua.run("require('a')"), LuaError);
  assertEquals(inModule.message, 'script:1: Cannot load "a.lua": it has 24 bytes, at most 20');
});
