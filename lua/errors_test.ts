import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime, type LuaRuntime } from "./runtime.ts";
import type { LuaFunction } from "./values.ts";

const module = await loadLuaModule();

class Refusal extends Error {
  readonly code: string = "refused";
}

const REFUSAL = new Refusal("no such realm");

async function makeRuntime(): Promise<LuaRuntime> {
  const lua = await createLuaRuntime({ module });
  lua.setGlobal("refuse", () => {
    throw REFUSAL;
  });
  lua.setGlobal("call", (fn: unknown) => (fn as LuaFunction)());
  return lua;
}

function raised(lua: LuaRuntime, source: string): LuaError {
  return assertThrows(() => lua.run(source, { chunkName: "a.lua" }), LuaError);
}

Deno.test("LuaError of a syntax error says chunk and line", async () => {
  using lua = await makeRuntime();
  const error = raised(lua, "\n\nx =");
  assertEquals([error.code, error.chunk, error.line], ["syntax", "a.lua", 3]);
  assertEquals(error.message, "a.lua:3: unexpected symbol near <eof>");
});

Deno.test("LuaError of error() has message, value and traceback", async () => {
  using lua = await makeRuntime();
  const error = raised(lua, "local function deep() error('bad') end\ndeep()");
  assertEquals([error.code, error.message, error.line], ["runtime", "a.lua:1: bad", 1]);
  assertEquals([error.value, error.cause], ["a.lua:1: bad", undefined]);
  assertMatch(error.traceback!, /a\.lua:1: in local 'deep'/);
  assertMatch(error.traceback!, /a\.lua:2: in main chunk/);
});

Deno.test("LuaError of a table has the table as value", async () => {
  using lua = await makeRuntime();
  const error = raised(lua, "error({ message = 'broken', n = 3 })");
  assertEquals([error.message, error.line], ["broken", 1]);
  assertEquals({ ...(error.value as object) }, { message: "broken", n: 3 });
  const shown = raised(
    lua,
    "error(setmetatable({}, { __tostring = function() return 'shown' end }))",
  );
  assertEquals(shown.message, "shown");
  assertEquals(raised(lua, "error()").message, "nil");
});

Deno.test("an error of a binding prints as its message and carries its code in Lua", async () => {
  using lua = await makeRuntime();
  const results = lua.run(
    `
    local ok, err = pcall(function() refuse() end)
    return ok, tostring(err), err.code, err.message, 'got ' .. err, err .. '!',
      err:match('such (%a+)'), err:find('realm', 1, true) ~= nil, err.cause, err.stack, type(err)`,
    { chunkName: "a.lua" },
  );
  const text = "a.lua:2: no such realm";
  assertEquals(results, [
    ...[false, text, "refused", "no such realm", `got ${text}`, `${text}!`],
    ...["realm", true, undefined, undefined, "userdata"],
  ]);
});

Deno.test("an error of a binding finds its cause again", async (t) => {
  const ways: Record<string, string> = {
    "uncaught": "refuse()",
    "called by pcall directly": "error(select(2, pcall(refuse)))",
    "caught and raised again": "local _, err = pcall(refuse) error(err)",
    "turned into text": "local ok, err = pcall(refuse) error('again: ' .. tostring(err))",
    "only its message": "local ok, err = pcall(refuse) error('again: ' .. err.message)",
    "through a coroutine": "coroutine.wrap(function() refuse() end)()",
    "through xpcall": "local _, e = xpcall(refuse, function(e) return e end) error(e, 0)",
    "through another binding": "call(refuse)",
    "through a callback": "call(function() refuse() end)",
    "through assert": "assert(pcall(refuse))",
  };
  for (const [name, source] of Object.entries(ways)) {
    await t.step(name, async () => {
      using lua = await makeRuntime();
      const error = raised(lua, source);
      let cause: unknown = error;
      while (cause instanceof LuaError) cause = cause.cause;
      assertStrictEquals(cause, REFUSAL, error.message);
      assertEquals(error.code, "runtime");
    });
  }
});

Deno.test("an error keeps its identity on its way through a binding", async () => {
  using lua = await makeRuntime();
  const [table, host, text] = lua.run(`
    local t = { n = 1 }
    local _, a = pcall(call, function() error(t) end)
    local _, original = pcall(refuse)
    local _, b = pcall(call, function() error(original) end)
    local _, c = pcall(call, function() error('plain', 0) end)
    return a == t, b == original, c`);
  assertEquals([table, host, text], [true, true, "plain"]);
});

Deno.test("what is thrown need not be an Error", async () => {
  using lua = await makeRuntime();
  lua.setGlobal("odd", () => {
    throw "a text";
  });
  assertEquals(lua.run("local _, e = pcall(odd) return e.message, e.code"), ["a text", undefined]);
});

Deno.test("an error of a binding shows nothing of JavaScript", async () => {
  using lua = await makeRuntime();
  const results = lua.run(`
    local _, err = pcall(refuse)
    local found = {}
    for _, key in ipairs { 'constructor', '__proto__', 'prototype', 'stack', 'cause', 'name' } do
      if err[key] ~= nil then found[#found + 1] = key end
    end
    return #found, getmetatable(err), pcall(function() err.code = 1 end)`);
  assertEquals(results.slice(0, 3), [0, false, false]);
});
