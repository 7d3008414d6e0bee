/**
 * The sandbox, attacked: values, errors, coroutines and promises at the border to the host.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { LuaError } from "../lua/mod.ts";
import type { LuaRuntime } from "../lua/mod.ts";
import { testAttacks } from "./_sandbox_attack.ts";

function host(lua: LuaRuntime): void {
  lua.setGlobal("echo", (...values: unknown[]) => values[0]);
  lua.setGlobal("count", (...values: unknown[]) => values.length);
  lua.setGlobal("call", (fn: unknown) => (fn as () => unknown)());
  lua.setGlobal("wait", (value: unknown) => Promise.resolve(value));
  lua.setGlobal("later", () => new Promise((resolve) => setTimeout(resolve, 0)));
  lua.setGlobal("never", () => new Promise(() => {}));
  lua.setGlobal("reject", () => Promise.reject(new Error("rejected")));
  lua.setGlobal("fail", () => {
    throw new Error("failed");
  });
}

testAttacks({
  "a table nested too deeply": {
    lua: "local t = {} for i = 1, 1e5 do t = { t } end echo(t)",
    raises: /nested deeper than 64/,
    host,
    code: "value",
  },
  "a table nested too deeply, returned": {
    lua: "local t = {} for i = 1, 1e5 do t = { t } end return t",
    raises: /nested deeper than 64/,
    code: "value",
  },
  "a record nested too deeply": {
    lua: "local t = {} for i = 1, 1e5 do t = { x = t } end echo(t)",
    raises: /nested deeper than 64/,
    host,
    code: "value",
  },
  "a table that is its own item": {
    lua: "local t = {} t[1] = t echo(t)",
    raises: /cyclic table/,
    host,
    code: "value",
  },
  "a table that is its own key": {
    lua: "local t = {} t[t] = t echo(t)",
    raises: /key of type table is not a text/,
    host,
    code: "value",
  },
  "a small table that is huge when it is written out": {
    lua: "local t = 1 for i = 1, 30 do t = { t, t } end echo(t)",
    raises: /more than 1000000 items/,
    host,
    code: "value",
  },
  "a small text that is huge when it is written out": {
    lua: "local s, t = ('x'):rep(1e6), {} for i = 1, 100 do t[i] = s end echo(t)",
    raises: /more than 33554432 bytes/,
    host,
    code: "value",
  },
  "more items than may cross": {
    lua: "local t = {} for i = 1, 1001 do t[i] = i end echo(t)",
    raises: /more than 1000 items/,
    limits: { valueItemsMax: 1000 },
    host,
    code: "value",
  },
  "more results than may cross": {
    lua: "local t = {} for i = 1, 2000 do t[i] = {} end return table.unpack(t)",
    raises: /more than 1000 items/,
    limits: { valueItemsMax: 1000 },
    code: "value",
  },
  "a list whose length is a lie": {
    lua: "local t = {} for i = 0, 62 do t[1 << i] = 1 end echo(t)",
    raises: /Cannot (pass|take)/,
    host,
    code: "value",
  },
  "a __len, __index and __pairs that lie": {
    lua: `
      local lie = function() while true do end end
      local t = setmetatable({ 1 }, { __len = lie, __index = lie, __pairs = lie })
      return #{ echo(t) }, count(t)`,
    answers: [1, 1],
    host,
  },
  "more arguments than a call takes": {
    lua: "count(table.unpack({}, 1, 1001))",
    raises: /Cannot pass 1001 arguments: at most 1000/,
    host,
    code: "value",
  },
  "two hundred thousand arguments": {
    lua: "count(table.unpack({}, 1, 2e5))",
    raises: /Cannot pass 200000 arguments/,
    host,
    code: "value",
  },
  "nine hundred thousand results": {
    lua: "return select('#', table.unpack({}, 1, 9e5))",
    answers: [900_000],
  },
  "a key that is no text": {
    lua: "echo({ [1.5] = 1 })",
    raises: /the key 1.5 is not a text/,
    host,
    code: "value",
  },
  "a key of bytes": {
    lua: "echo({ ['\\xff'] = 1 })",
    raises: /bytes that are not UTF-8/,
    host,
    code: "value",
  },
  "a coroutine as a value": {
    lua: "echo({ coroutine.create(print) })",
    raises: /Cannot take a coroutine out of Lua/,
    host,
    code: "value",
  },
  "texts that are no UTF-8, with NUL, and surrogates": {
    lua: `
      local odd = { '\\xff\\xfe', '\\0', 'a\\0b', '\\xed\\xa0\\x80', '\\xc0\\x80', '\\xf4\\x90\\x80\\x80',
        ('\\xff'):rep(70000), '' }
      for i, s in ipairs(odd) do if echo(s) ~= s then return i end end
      return 0`,
    answers: [0],
    host,
  },
  "integers at their ends": {
    lua: `
      local odd = { math.maxinteger, math.mininteger, 2^53 | 0, (2^53 | 0) + 1, -1, 0 }
      for i, n in ipairs(odd) do
        if echo(n) ~= n or math.type(echo(n)) ~= 'integer' then return i end
      end
      return 0`,
    answers: [0],
    host,
  },
  "floats that are no numbers": {
    lua: "return echo(0/0) ~= echo(0/0), echo(1/0), echo(-1/0), 1 / echo(-0.0), echo(1e308)",
    answers: [true, Infinity, -Infinity, -Infinity, 1e308],
    host,
  },
  "error(nil)": { lua: "error(nil)", raises: /^nil$/ },
  "error(false)": { lua: "error(false)", raises: /^false$/ },
  "an error that is a coroutine": {
    lua: "error(coroutine.create(print))",
    raises: /error object is a thread value/,
  },
  "an error that is a function": { lua: "error(print)", raises: /function/ },
  "an error that cannot cross": {
    lua: "local t = { message = 'mine' } t.t = t error(t)",
    raises: /^mine$/,
  },
  "an error that holds what cannot cross": {
    lua: "error({ {}, { coroutine.create(print) }, message = 'mine' })",
    raises: /^mine$/,
  },
  "an error with a __tostring that fails": {
    lua: "error(setmetatable({}, { __tostring = function() error('no') end }))",
    raises: /error object is a table value/,
  },
  "an error with a __tostring that answers no text": {
    lua: "error(setmetatable({}, { __tostring = function() return {} end }))",
    raises: /error object is a table value/,
  },
  "an error with a message that raises": {
    lua: "error(setmetatable({}, { __index = function() error('no') end }))",
    raises: /error object is a table value/,
  },
  "an error in an error in an error": {
    lua: `
      local function again(n)
        local ok, e = pcall(n == 0 and fail or again, n - 1)
        error('level ' .. n .. ': ' .. tostring(e), 0)
      end
      again(50)`,
    raises: /^level 50: level 49: .*failed$/,
    host,
  },
  "an error of the host that a script pretends": {
    lua: "pcall(fail) error({ code = 'refused', message = 'failed' })",
    raises: /^failed$/,
    host,
  },
  "to-be-closed variables that fail after an error": {
    lua: `
      local x <close> = setmetatable({}, { __close = function() error('closing', 0) end })
      error('first')`,
    raises: /^closing$/,
  },
  "to-be-closed variables of a script that fails": {
    lua: `
      closed = {}
      local x <close> = setmetatable({}, { __close = function(_, e) closed[1] = e end })
      error('first', 0)`,
    raises: /^first$/,
    after: (lua) => assertEquals(lua.getGlobal("closed"), ["first"]),
  },
  "to-be-closed variables of a wrapped coroutine that fails": {
    lua: `
      local closed
      local ok, e = pcall(coroutine.wrap(function()
        local x <close> = setmetatable({}, { __close = function() closed = true end })
        error('first', 0)
      end))
      return ok, e, closed`,
    answers: [false, "first", true],
  },
  "a wrapped coroutine that calls itself": {
    lua: "local f f = coroutine.wrap(function() f() end) f()",
    raises: /cannot resume non-suspended coroutine/,
  },
  "a wrapped coroutine that is dead": {
    lua: "local f = coroutine.wrap(function() end) f() f()",
    raises: /cannot resume dead coroutine/,
  },
  "a coroutine that closes itself": {
    lua: "coroutine.wrap(function() coroutine.close(coroutine.running()) end)()",
    raises: /cannot close a running coroutine/,
  },
  "a coroutine that closes its maker": {
    lua: "local me = coroutine.running() coroutine.wrap(function() coroutine.close(me) end)()",
    raises: /cannot close a normal coroutine/,
  },
  "a coroutine that resumes its maker": {
    lua: `
      local me = coroutine.running()
      return coroutine.wrap(function() return coroutine.resume(me) end)()`,
    answers: [false, "cannot resume non-suspended coroutine"],
  },
  "a yield outside of a coroutine": {
    lua: "coroutine.yield(1)",
    raises: /attempt to yield from outside a coroutine/,
  },
  "a yield across a host function": {
    lua: "coroutine.wrap(function() call(coroutine.yield) end)()",
    raises: /attempt to yield/,
    host,
  },
  "a yield in a comparator": {
    lua: "coroutine.wrap(function() table.sort({ 2, 1 }, coroutine.yield) end)()",
    raises: /attempt to yield across a C-call boundary/,
  },
  "yields in metamethods": {
    lua: `
      local mt = { __index = function(_, k) return coroutine.yield(k) end,
        __lt = function() return coroutine.yield('lt') end }
      local co = coroutine.wrap(function()
        local t = setmetatable({}, mt)
        return t.x, t < t
      end)
      return co(), co(1), co(true)`,
    answers: ["x", "lt", 1, true],
  },
  "a yield across pcall": {
    lua: `
      local co = coroutine.wrap(function() return pcall(function() return coroutine.yield(1) end) end)
      return co(), co(2)`,
    answers: [1, true, 2],
  },
  "ten thousand promises in a loop": {
    lua: "local n = 0 for i = 1, 1e4 do n = n + wait(1) end return n",
    waits: true,
    answers: [10_000],
    host,
  },
  "promises where none can be waited for": {
    lua: "for i = 1, 1e4 do pcall(wait, 1) pcall(reject) end return 'done'",
    answers: ["done"],
    host,
  },
  "a promise that never settles": {
    lua: "never()",
    waits: true,
    limits: { awaitMs: 20 },
    raises: /Cannot wait longer than 20 ms/,
    code: "timeout",
    host,
  },
  "promises that never settle, and are caught": {
    lua: "for i = 1, 5 do pcall(never) end return 'done'",
    waits: true,
    limits: { awaitMs: 10 },
    answers: ["done"],
    host,
  },
  "a loop after a promise": {
    lua: "later() while true do tick() end",
    waits: true,
    dies: "timeout",
    host,
  },
  "a table that pretends to be a promise": {
    lua: "echo({ ['then'] = function(resolve) resolve(1) end })",
    waits: true,
    raises: /with a function as "then" it would be a promise/,
    host,
    code: "value",
  },
  "a promise for a table that pretends to be a promise, for ever": {
    lua: `
      local forever
      forever = { ['then'] = function(resolve) resolve(forever) end }
      wait(forever)`,
    waits: true,
    raises: /with a function as "then" it would be a promise/,
    host,
    code: "value",
  },
  "a promise in a comparator": {
    lua: "table.sort({ 2, 1 }, function() return wait(true) end)",
    waits: true,
    raises: /Cannot wait for a promise here/,
    host,
    code: "await",
  },
});

/** What another script does to the one that waits, whose main thread and coroutine are known. */
const MEDDLING: Readonly<Record<string, readonly [lua: string, answers: readonly unknown[]]>> = {
  "closing its main thread": [
    "return (pcall(coroutine.close, main))",
    [false],
  ],
  "resuming its main thread": [
    "return coroutine.resume(main, 1, 2)",
    [false, "cannot resume a coroutine that waits for a promise"],
  ],
  "closing its coroutine": ["return (pcall(coroutine.close, inner))", [false]],
  "resuming its coroutine": [
    "return coroutine.resume(inner)",
    [false, "cannot resume a coroutine that waits for a promise"],
  ],
  "calling its wrapped coroutine": ["return (pcall(wrapped))", [false]],
};

for (const [name, [lua, answers]] of Object.entries(MEDDLING)) {
  testAttacks({
    [`${name}, from another script, while it waits`]: {
      lua: "return 'ready'",
      answers: ["ready"],
      host,
      after: async (runtime) => {
        const { promise, resolve } = Promise.withResolvers<unknown>();
        runtime.setGlobal("wait", () => promise);
        const waiting = runtime.runAsync(`
          main = coroutine.running()
          wrapped = coroutine.wrap(function()
            inner = coroutine.running()
            return wait()
          end)
          return wrapped(), 'went on'`);
        assertEquals(runtime.run(lua), answers);
        resolve(7);
        assertEquals(await waiting, [7, "went on"]);
      },
    },
  });
}

testAttacks({
  "a disposal while thousands of scripts wait": {
    lua: "return 'ready'",
    answers: ["ready"],
    host,
    after: async (lua) => {
      const runs = Array.from({ length: 1000 }, () => lua.runAsync("never()"));
      lua[Symbol.dispose]();
      for (const run of runs) {
        assertEquals((await assertRejects(() => run, LuaError)).code, "dead");
      }
    },
  },
});
