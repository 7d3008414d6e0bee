import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime, type LuaRuntimeOptions } from "./runtime.ts";

const module = await loadLuaModule();

async function run(source: string, options: Partial<LuaRuntimeOptions> = {}) {
  using lua = await createLuaRuntime({ module, ...options });
  return lua.run(source);
}

Deno.test("a script sees stock Lua without the dangerous parts", async () => {
  const [names] = await run(`
    local names = {}
    for name in pairs(_G) do names[#names + 1] = name end
    table.sort(names)
    return table.concat(names, ' ')`);
  assertEquals(
    names,
    "_G _VERSION assert collectgarbage coroutine error getmetatable io ipairs load math next os " +
      "package pairs pcall print rawequal rawget rawlen rawset require select setmetatable " +
      "string table tonumber tostring type utf8 warn xpcall",
  );
});

Deno.test("os, io, package and string hold only what is ours or harmless", async () => {
  const [os, io, pack, dump] = await run(`
    local function names(t)
      local names = {}
      for name in pairs(t) do names[#names + 1] = name end
      table.sort(names)
      return table.concat(names, ' ')
    end
    return names(os), names(io), names(package), string.dump`);
  assertEquals(os, "clock date difftime remove rename time tmpname");
  assertEquals(io, "close lines open stderr stdout type write");
  assertEquals(pack, "config loaded path preload");
  assertEquals(dump, undefined);
});

Deno.test("utf8, math and coroutine are Lua's own", async () => {
  assertEquals(
    await run(`
      local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b, nil, 3 end)
      return utf8.len('\u20ac'), math.type(3 // 1), co(1), select('#', co(2)), _VERSION`),
    [1, "integer", 2, 3, "Lua 5.4"],
  );
});

const WALK = `
  local keys = {}
  local set = { alpha = 1, beta = 2, gamma = 3, delta = 4, [true] = 5, [1.5] = 6, [{}] = 7,
    [print] = 8, [function() end] = 9, [coroutine.create(print)] = 10 }
  for i = 1, 40 do set['key' .. i] = i end
  for _, value in pairs(set) do keys[#keys + 1] = value end
  local chances = {}
  for i = 1, 20 do chances[i] = math.random(1000000) end
  return table.concat(keys, ' '), table.concat(chances, ' '), tostring({}), collectgarbage('count')`;

Deno.test("two runtimes with one seed agree on pairs, math.random, addresses and memory", async () => {
  const first = await run(WALK, { seed: 7 });
  assertEquals(await run(WALK, { seed: 7 }), first);
  const other = await run(WALK, { seed: 8n });
  assertEquals(other[0], first[0]);
  assertNotEquals(other[1], first[1]);
});

Deno.test("what happens elsewhere does not change a runtime", async () => {
  const first = await run(WALK);
  using noise = await createLuaRuntime({ module });
  noise.run("t = {} for i = 1, 1e5 do t[i] = { i } end");
  assertEquals(await run(WALK), first);
});

Deno.test("os tells the time of the clock that is given, and none by default", async () => {
  assertEquals(await run("return os.time(), os.clock(), os.date('!%F')"), [0, 0, "1970-01-01"]);
  let nowMs = 1_700_000_000_000;
  using lua = await createLuaRuntime({ module, nowMs: () => nowMs });
  nowMs += 1500;
  assertEquals(lua.run("return os.time(), os.clock(), math.type(os.time())"), [
    1_700_000_001,
    1.5,
    "integer",
  ]);
});

Deno.test("load() takes text from strings and functions, with an environment", async () => {
  assertEquals(
    await run(`
      local parts = { 'return ', 'x' }
      local i = 0
      local f = load(function() i = i + 1 return parts[i] end, 'chunk', 't', { x = 5 })
      return f(), load('return x', 'c', 'bt', { x = 6 })(), (load('x ='))`),
    [5, 6, undefined],
  );
  await assertRaises("load(5)", /bad argument #1 to 'load'/);
});

Deno.test("collectgarbage() collects and counts, nothing else", async () => {
  const [collected, kilobytes] = await run(
    "return collectgarbage(), collectgarbage('count')",
  );
  assertEquals(collected, 0);
  assert(typeof kilobytes === "number" && kilobytes > 1);
  await assertRaises("collectgarbage('stop')", /only 'collect' and 'count'/);
});

Deno.test("a coroutine reports errors and closes", async () => {
  assertEquals(
    await run(`
      local closed = false
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, { __close = function() closed = true end })
        error('inside', 0)
      end)
      local ok, message = coroutine.resume(co)
      local wrapped, text = pcall(coroutine.wrap(function() error({ 1 }) end))
      return ok, message, coroutine.status(co), coroutine.close(co), closed, wrapped, text[1]`),
    [false, "inside", "dead", false, true, false, 1],
  );
});

Deno.test("print and warn go to the output", async () => {
  using lua = await createLuaRuntime({ module });
  lua.run(`
    print('a', nil, 1, 1.0, true)
    print()
    print(setmetatable({}, { __tostring = function() return 'shown' end }))
    warn('careful ', 'now')
    io.write('x', 1, 2.5, '\\n')`);
  assertEquals(lua.output, "a\tnil\t1\t1.0\ttrue\n\nshown\nwarning: careful now\nx12.5\n");
});

Deno.test("errors of our own Lua are said to be the script's", async () => {
  using lua = await createLuaRuntime({ module });
  const error = assertThrows(
    () => lua.run("\nrequire('nowhere')", { chunkName: "a.lua" }),
    LuaError,
  );
  assertMatch(error.message, /^a\.lua:2: module 'nowhere' not found:/);
  assertEquals(error.line, 2);
});

async function assertRaises(source: string, message: RegExp): Promise<void> {
  using lua = await createLuaRuntime({ module });
  assertMatch(assertThrows(() => lua.run(source), LuaError).message, message);
}
