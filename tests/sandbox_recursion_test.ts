/**
 * The sandbox, attacked: recursion of every kind, and bytecode.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { LuaError } from "../lua/mod.ts";
import type { LuaRuntime } from "../lua/mod.ts";
import { testAttacks } from "./_sandbox_attack.ts";
import type { Attack } from "./_sandbox_attack.ts";

/** Lua that calls itself until it cannot, and what it is told. */
const RECURSIVE: Readonly<Record<string, readonly [lua: string, raises: RegExp]>> = {
  "a function": [
    "local function f() return f() + 1 end f()",
    /stack overflow|not enough memory/,
  ],
  "pcall in pcall": [
    "local function f() return pcall(f) end return error(select(-1, f()))",
    /overflow/,
  ],
  "an xpcall handler that fails": [
    "error(select(2, xpcall(error, function(e) error(e) end, 'in')), 0)",
    /./,
  ],
  "__index": [
    "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end " +
    "return t[1]",
    /C stack overflow/,
  ],
  "an __index that is its own table": [
    "local t = {} setmetatable(t, { __index = t }) return t.x",
    /'__index' chain too long/,
  ],
  "a __newindex that is its own table": [
    "local t = {} setmetatable(t, { __newindex = t }) t.x = 1",
    /'__newindex' chain too long/,
  ],
  "__eq": [
    "local mt = {} mt.__eq = function(a, b) return setmetatable({}, mt) == b end " +
    "return setmetatable({}, mt) == setmetatable({}, mt)",
    /C stack overflow/,
  ],
  "__concat": [
    "local mt = {} mt.__concat = function(a, b) return a .. b end return setmetatable({}, mt) .. ''",
    /C stack overflow/,
  ],
  "__tostring": [
    "local t t = setmetatable({}, { __tostring = function() return tostring(t) end }) tostring(t)",
    /C stack overflow/,
  ],
  "__close": [
    `local function f() local x <close> = setmetatable({}, { __close = f }) end f()`,
    /overflow/,
  ],
  "__gc that is not to be had": ["setmetatable({}, { __gc = print })", /__gc is not available/],
  "coroutines in coroutines": [
    "local function f() coroutine.wrap(f)() end f()",
    /C stack overflow/,
  ],
  "a comparator that sorts": [
    "local function f() table.sort({ 2, 1 }, f) return true end f()",
    /C stack overflow/,
  ],
  "a gsub in a gsub": [
    "local function f() return (('x'):gsub('x', f)) end f()",
    /C stack overflow/,
  ],
  "a load in a reader of load": [
    "local function f() return assert(load(f)) end f()",
    /overflow|reader function must return a string/,
  ],
  "a require in a module": [
    "package.preload = setmetatable({}, { __index = function(_, k) return function() " +
    "require(k .. 'x') end end }) require('x')",
    /overflow|not found|characters/,
  ],
  "parentheses": [
    "return assert(load('return ' .. ('('):rep(1e5) .. '1' .. (')'):rep(1e5)))",
    /C stack overflow/,
  ],
  "table constructors": [
    "return assert(load('return ' .. ('{'):rep(1e5) .. ('}'):rep(1e5)))",
    /C stack overflow/,
  ],
  "functions in functions": [
    "return assert(load(('function f() '):rep(1e5) .. ('end '):rep(1e5)))",
    /C stack overflow|function or expression needs too many registers|overflow/,
  ],
  "unary operators": [
    "return assert(load('return ' .. ('- '):rep(1e5) .. '1'))",
    /C stack overflow/,
  ],
  "a right-hand chain of powers": [
    "return assert(load('return 1' .. (' ^ 1'):rep(1e5)))",
    /C stack overflow/,
  ],
  "else after else": [
    "return assert(load(('if x then else '):rep(1e5) .. ('end '):rep(1e5)))",
    /C stack overflow|chunk has too many/,
  ],
  "a pattern": [
    "return (('x'):rep(1e6)):find(('(x)'):rep(33))",
    /too many captures/,
  ],
  "a pattern that matches deeply": [
    "return (('x'):rep(3e5)):match(('x-'):rep(250) .. 'b')",
    /pattern too complex/,
  ],
  "more locals than there are": [
    "return assert(load('local a' .. (', a'):rep(300)))",
    /too many local variables/,
  ],
  "more upvalues than there are": [
    `local s = '' for i = 1, 150 do s = s .. 'local a' .. i .. ' ' end
    s = s .. 'local function f() ' for i = 1, 150 do s = s .. 'local b' .. i .. ' ' end
    s = s .. 'return function() return 0' for i = 1, 150 do s = s .. '+a' .. i .. '+b' .. i end
    return assert(load(s .. ' end end'))`,
    /too many upvalues/,
  ],
};

testAttacks(
  Object.fromEntries(
    Object.entries(RECURSIVE).map(([name, [lua, raises]]): [string, Attack] => [
      `recursion: ${name}`,
      { lua, raises },
    ]),
  ),
);

function callBack(lua: LuaRuntime): void {
  lua.setGlobal("call", (fn: unknown) => (fn as () => unknown)());
  lua.setGlobal("enter", (source: unknown) => lua.run(String(source))[0]);
}

testAttacks({
  "recursion: Lua that calls the host that calls Lua": {
    lua: "local function f() call(f) end f()",
    host: callBack,
    raises: /more than 60 times, nested/,
    code: "recursion",
  },
  "recursion: the host that is caught each time": {
    lua: "local n = 0 local function f() n = n + 1 pcall(call, f) end f() return n",
    host: callBack,
    answers: [60],
  },
  "recursion: run() in run()": {
    lua: "code = 'return enter(code)' return enter(code)",
    host: callBack,
    raises: /more than 60 times, nested/,
    code: "recursion",
  },
  "recursion: host and coroutines in turn": {
    lua: "local function f() call(coroutine.wrap(f)) end f()",
    host: callBack,
    raises: /C stack overflow|more than 60 times/,
    code: "recursion",
  },
  "recursion: host and gsub in turn": {
    lua: "local function f() return (('x'):gsub('x', function() return call(f) end)) end f()",
    host: callBack,
    raises: /C stack overflow|more than 60 times/,
    code: "recursion",
  },
});

/** Chunks that are no text; Lua's bytecode is trusted by whoever runs it. */
const BYTECODE: Readonly<Record<string, readonly [lua: string, raises: RegExp]>> = {
  "a header": ["assert(load('\\27Lua'))", /attempt to load a binary chunk/],
  "a header by mode b": ["assert(load('\\27Lua', 'x', 'b'))", /attempt to load a text chunk/],
  "a header by mode bt": ["assert(load('\\27Lua', 'x', 'bt'))", /attempt to load a binary chunk/],
  "a header from a reader": [
    "local parts = { '\\27', 'Lua', 'T' } local i = 0 " +
    "assert(load(function() i = i + 1 return parts[i] end))",
    /attempt to load a binary chunk/,
  ],
  "a header after an empty part": [
    "local parts = { '\\27LuaT\\\\0\\\\25\\\\147\\\\r\\\\n\\\\26\\\\n' } local i = 0 " +
    "assert(load(function() i = i + 1 return parts[i] end, 'x', 'bt'))",
    /attempt to load a binary chunk/,
  ],
  "a mode that is a table": ["assert(load('return 1', 'x', {}))", /bad argument/],
  "a mode that is no mode": [
    "assert(load('return 1', 'x', 'zzz'))",
    /attempt to load a text chunk/,
  ],
  "string.dump": ["string.dump(print)", /attempt to call a nil value/],
  "string.dump as a method": ["return (''):dump()", /attempt to call a nil value/],
  "a module": ["require('evil')", /attempt to load a binary chunk/],
};

testAttacks(
  Object.fromEntries(
    Object.entries(BYTECODE).map(([name, [lua, raises]]): [string, Attack] => [
      `bytecode: ${name}`,
      { lua, raises, modules: { read: () => "\x1bLuaT\0\x19\x93" } },
    ]),
  ),
);

testAttacks({
  "bytecode: a chunk that the host runs": {
    lua: "return 1",
    answers: [1],
    after: (lua) => {
      const source = new Uint8Array([0x1b, 0x4c, 0x75, 0x61, 0x54, 0, 0x19, 0x93]);
      assertEquals(assertThrows(() => lua.run(source), LuaError).code, "syntax");
      const shebang = new Uint8Array([0x23, 0x0a, ...source]);
      assertEquals(assertThrows(() => lua.run(shebang), LuaError).code, "syntax");
    },
  },
});
