/**
 * Calls that do little run without a slice: what gets one, and that no script can tell.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { asErrand, createLuaRuntime, loadLuaModule, LuaError, NOTHING } from "../lua/mod.ts";
import type { LuaFunction, LuaRuntime } from "../lua/mod.ts";

const module = await loadLuaModule();

/** How many slices `work` takes. */
function slicesOf(work: () => void): number {
  let count = 0;
  const { slice } = module;
  module.slice = (...args) => {
    count++;
    slice.apply(module, args);
  };
  try {
    work();
  } finally {
    module.slice = slice;
  }
  return count;
}

async function open(): Promise<LuaRuntime> {
  const lua = await createLuaRuntime({ module });
  lua.setGlobal("host", (value: unknown) => value);
  lua.setGlobal("errand", asErrand((value: unknown) => value));
  lua.setGlobal("quick", asErrand((value: unknown) => value, (value) => ({ value })));
  lua.setGlobal("many", asErrand(() => Array.from({ length: 5000 }, (_, i) => i)));
  return lua;
}

/** Bodies of functions, and how many slices a call of each takes. */
const SLICES: Record<string, number> = {
  "return 1": 0,
  "local sum = 0 for i = 1, 100 do sum = sum + i end return sum": 0,
  "local t = {} for i = 1, 20 do t[#t + 1] = i end return table.concat(t, ',')": 0,
  "return (('a song of two'):gsub(' ', '_')):match('^(%a+)_')": 0,
  "return ('%s: %d'):format(tostring({}):sub(1, 5), 12)": 0,
  "return select('#', table.unpack({ 1, 2, 3 })), math.max(1, 2), utf8.len('abc')": 0,
  "return pcall(error, { 1 })": 0,
  "return coroutine.isyieldable(), coroutine.status(coroutine.create(print))": 0,
  "local sum = 0 for _, v in ipairs({ 1, 2, 3 }) do sum = sum + v end return sum + '4'": 0,
  "return errand(1) + errand(2)": 0,
  "return quick(1) + quick(2)": 0,
  "for i = 1, 10000 do end": 1,
  "return host(1) + host(2)": 1,
  "local t = { 3, 1, 2 } table.sort(t) return t[1]": 1,
  "return coroutine.wrap(function() return 1 end)()": 1,
  "return load('return 1')()": 1,
  "return (('a'):rep(50)):find('.-.-b')": 1,
  "return ('a'):gsub('a', string.upper)": 1,
  "return #('x'):rep(1000)": 1,
  "return table.concat(setmetatable({ 1 }, {}))": 1,
  "for word in ('one two'):gmatch('%a+') do return word end": 1,
  "local s = 'x' for i = 1, 20 do s = s .. s end return #s": 1,
  "local t = {} for i = 1, 1100 do t[i] = i end return quick(t) and #t": 1,
  "local t = {} for i = 1, 64 do t = { t } end return pcall(quick, t)": 0,
  "return #many()": 1,
};

for (const [body, slices] of Object.entries(SLICES)) {
  Deno.test(`a call takes ${slices} slices: ${body}`, async () => {
    using lua = await open();
    const fn = lua.run(`return function() ${body} end`)[0] as LuaFunction;
    // On a busy machine the first calls may be too slow to be short.
    assertEquals(Math.min(...Array.from({ length: 80 }, () => slicesOf(() => fn()))), slices);
  });
}

Deno.test("who needed a slice gets one at once for some time, and is then tried again", async () => {
  using lua = await open();
  const fn = lua.run("return function(n) for i = 1, n do end end")[0] as LuaFunction;
  const short = () => slicesOf(() => fn(1));
  while (short() === 1);
  assertEquals(slicesOf(() => fn(10_000)), 1);
  let sliced = 0;
  while (short() === 1) sliced++;
  assert(sliced >= 31, `${sliced} calls in slices`);
});

/** Each has C call Lua, which cannot be left then: so it is left before. */
const NOT_LEFT: readonly string[] = [
  "tostring(setmetatable({}, { __tostring = function() return tostring(spin()) end }))",
  "('%s'):format(setmetatable({}, { __tostring = function() return tostring(spin()) end }))",
  "(function() for _, v in ipairs(setmetatable({}, { __index = spin })) do return v end end)()",
  "'1' + setmetatable({}, { __add = spin })",
  "xpcall(error, spin)",
];

for (const expression of NOT_LEFT) {
  Deno.test(`where Lua cannot be left, it has a slice: ${expression}`, async () => {
    using lua = await open();
    let active = 0;
    lua.setGlobal("spin", asErrand(() => {}, () => ({ value: active = slices })));
    let slices = 0;
    const { slice } = module;
    module.slice = (...args) => (slices++, slice.apply(module, args));
    try {
      lua.run(`return ${expression}`);
    } finally {
      module.slice = slice;
    }
    assert(active > 1, "only the slice in which the chunk was compiled");
  });
}

Deno.test("an engine with a large heap always gets a slice", async () => {
  using lua = await open();
  const fn = lua.run("return function() end")[0] as LuaFunction;
  const counts = () => Array.from({ length: 80 }, () => slicesOf(() => fn()));
  assertEquals(Math.min(...counts()), 0);
  lua.run("kept = ('x'):rep(2 ^ 20)");
  assertEquals(Math.min(...counts()), 1);
  lua.run("kept = nil collectgarbage()");
  assertEquals(Math.min(...counts()), 0);
});

Deno.test("what the host hands to an engine with a large heap is handed over in a slice", async () => {
  using lua = await open();
  const fn = lua.run("return function() end")[0] as LuaFunction;
  const hand = () => lua.setGlobal("given", { some: "text" });
  assertEquals(slicesOf(hand), 0);
  lua.run("kept = ('x'):rep(2 ^ 20)");
  assertEquals([slicesOf(hand), slicesOf(() => lua.getGlobal("given"))], [1, 1]);
  assertEquals(slicesOf(() => fn({ some: "text" }, [1, 2])), 1);
  assertEquals(slicesOf(() => assertThrows(() => fn(Symbol()), LuaError, "symbol")), 1);
  assertEquals(fn(1), undefined);
});

Deno.test("a heap that takes too long to collect ends its runtime when the host fills it", async () => {
  using lua = await createLuaRuntime({ module, limits: { sliceMs: 1000 } });
  // Each closure is kept by one that the collector has passed already when it comes to it.
  lua.run(`
    chain = setmetatable({}, { __mode = 'k' })
    local keys, order = {}, {}
    for _ = 1, 60000 do chain[function() end] = true end
    for key in next, chain do keys[#keys + 1] = key end
    local low, high = 1, #keys
    while low <= high do
      order[#order + 1] = keys[high]
      high = high - 1
      if low <= high then order[#order + 1] = keys[low] low = low + 1 end
    end
    for i = 1, #order - 1 do chain[order[i]] = order[i + 1] end
    root = order[1]`);
  const rows = Array.from({ length: 500 }, (_, i) => ({ a: `x${i}`, b: "b" }));
  const error = assertThrows(() => {
    for (let i = 0; i < 2000; i++) lua.setGlobal("rows", rows);
  }, LuaError);
  assertEquals(error.code, "timeout");
});

/** Whether they are left in the middle or not, these answer the same. */
const EXPRESSIONS: readonly string[] = [
  "pcall(function(...) return select('#', ...), ... end, 1, nil, 3)",
  "pcall(error, 'raised')",
  "select(2, pcall(function() local x = nil; return x.y end))",
  "xpcall(function() error('inner') end, function(m) return 'handled ' .. m end)",
  "setmetatable({}, { __index = function(_, k) return k .. '!' end }).key",
  "setmetatable({}, { __call = function(_, a, b) return b, a end })(1, 2)",
  "setmetatable({}, { __concat = function(a, b) return 'joined' end }) .. 'x'",
  "setmetatable({}, { __lt = function() return true end }) < {}",
  "setmetatable({}, { __eq = function() return true end }) == setmetatable({}, {})",
  "#setmetatable({}, { __len = function() return 7 end })",
  "tostring(setmetatable({}, { __tostring = function() return host('mine') end }))",
  "(('one two'):gsub('%a+', function(w) return host(w) .. '.' end))",
  "(function() local t = { 3, 1, 2 } table.sort(t, function(a, b) return host(a) > b end) return t[1], t[3] end)()",
  "(function() local r = {} for k, v in pairs(setmetatable({}, { __pairs = function() return next, { a = 1 } end })) do r[#r + 1] = k .. v end return r[1] end)()",
  "(function() local n = 0 for w in ('a b c'):gmatch('%a') do n = n + #w end return n end)()",
  "(function() local log = {} do local x <close> = setmetatable({}, { __close = function() log[1] = host('closed') end }) end return log[1] end)()",
  "pcall(function() local x <close> = setmetatable({}, { __close = function() error('closing') end }) error('body') end)",
  "(function() local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return host(b) end) return co(1), co(5) end)()",
  "coroutine.resume(coroutine.create(function() error({ code = 'x' }) end))",
  "pcall(coroutine.yield, 1)",
  "errand('away'), quick('near'), host('here')",
  "pcall(errand)",
  "load('return ...', 'c')(1, 2)",
  "pcall(string.rep)",
  "pcall(string.find, 'a', '[')",
  "table.unpack({ 1, 2, 3 })",
  "math.type(2^53 | 0), 1 // 0.0, 7 % -3, '10' + 5",
];

for (const expression of EXPRESSIONS) {
  Deno.test(`a run that is left anywhere answers as one that is not: ${expression}`, async () => {
    using short = await open();
    using sliced = await open();
    sliced.run("kept = ('x'):rep(2 ^ 20)");
    const chunk = (steps: number) => `
      local steps = 0
      for i = 1, ${steps} do steps = steps + i end
      return ${expression}`;
    for (let steps = 0; steps < 260; steps += 3) {
      assertEquals(endOf(short, chunk(steps)), endOf(sliced, chunk(steps)), `${steps} steps`);
    }
    const body = chunk(0);
    assert(slicesOf(() => endOf(sliced, body)) > 0);
  });
}

/** What a chunk returns or raises, with its traceback. */
function endOf(lua: LuaRuntime, chunk: string): unknown {
  try {
    return lua.run(chunk);
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    return [error.code, error.message, error.traceback];
  }
}

Deno.test("an errand in a loop ends with the time of its call, though each stretch is short", async () => {
  using lua = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
  let calls = 0;
  lua.setGlobal("errand", asErrand(() => (calls++, NOTHING)));
  assertEquals(endOf(lua, "while true do errand() end") instanceof Array, true);
  assertEquals(lua.death?.code, "timeout");
  assert(calls > 0);
});

Deno.test("a runtime in a short run dies with the slice around it", async () => {
  using inner = await createLuaRuntime({ module });
  using outer = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
  inner.setGlobal(
    "spin",
    asErrand((value: unknown) => value, () => {
      for (;;);
    }),
  );
  const fn = inner.run("return function() return spin(1) end")[0] as LuaFunction;
  outer.setGlobal("enter", () => fn());
  assertEquals((endOf(outer, "enter()") as unknown[])[0], "timeout");
  assertEquals([outer.death?.code, inner.death?.code], ["timeout", "timeout"]);
});

Deno.test("a host that calls Lua in the middle of a short run gives it a slice", async () => {
  using lua = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
  lua.setGlobal("call", asErrand(() => {}, (fn) => ({ value: (fn as LuaFunction)() })));
  lua.setGlobal("run", asErrand(() => {}, (chunk) => ({ value: lua.run(chunk as string)[0] })));
  const fn = lua.run(`return function()
    local upper = call(function() return (('x'):gsub('x', string.upper)) end)
    local sum = call(function() local sum = 0 for i = 1, 1000 do sum = sum + i end return sum end)
    return upper .. sum .. run("return ('y'):rep(500)"):sub(1, 2)
  end`)[0] as LuaFunction;
  for (let i = 0; i < 80; i++) assertEquals(fn(), "X500500yy");
  assertEquals((endOf(lua, "call(function() while true do end end)") as unknown[])[0], "timeout");
});

Deno.test("what a runtime in a short run calls ends with it, also in a runtime with more time", async () => {
  using inner = await createLuaRuntime({ module, limits: { sliceMs: 3_000 } });
  using outer = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
  const fn = inner.run("return function() while true do end end")[0] as LuaFunction;
  outer.setGlobal("enter", asErrand(() => {}, () => ({ value: fn() })));
  const started = performance.now();
  assertEquals((endOf(outer, "return pcall(enter)") as unknown[])[0], "timeout");
  assertEquals([outer.death?.code, inner.death?.code], ["timeout", "timeout"]);
  assert(performance.now() - started < 2_000);
});
