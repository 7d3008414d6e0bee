/**
 * The sandbox, attacked: ways from a script to what it was not given.
 *
 * @module
 */
import { defineLuaClass } from "../lua/mod.ts";
import type { LuaRuntime } from "../lua/mod.ts";
import { testAttacks } from "./_sandbox_attack.ts";
import type { Attack } from "./_sandbox_attack.ts";

class Vault {
  readonly secret: string = "secret";
  readonly nested: object = { constructor: "none" };
}

const VAULT = defineLuaClass({
  name: "Vault",
  type: Vault,
  methods: { open: () => "opened", self: (self) => self },
  fields: { size: () => 1 },
});

function furnish(lua: LuaRuntime): void {
  lua.register(VAULT);
  lua.setGlobal("vault", new Vault());
  lua.setGlobal("make", () => new Vault());
  lua.setGlobal("fn", function named(value: unknown) {
    return value;
  });
  lua.setGlobal("arrow", () => ({ plain: true }));
  lua.setGlobal("fail", () => {
    throw Object.assign(new RangeError("no"), { code: "refused", secret: new Vault() });
  });
  lua.setGlobal("list", [1, 2, 3]);
  lua.setGlobal("record", { a: 1 });
  lua.setGlobal("bytes", new Uint8Array([255, 0]));
}

/** Lua that finds each of the properties of JavaScript on a value, and what it must find: none. */
const FIND = `
  local keys = { 'constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'toLocaleString',
    'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', '__defineGetter__',
    '__lookupGetter__', 'call', 'apply', 'bind', 'arguments', 'caller', 'name', 'length', 'stack',
    'cause', 'secret', 'nested', 'buffer', 'then', 'catch', 'finally', 'Symbol.iterator', 'toJSON',
    '__index', '__newindex', '__gc', '__name', '__metatable', '__call', 'error', 'value' }
  local found = {}
  local function look(value)
    for _, key in ipairs(keys) do
      local ok, item = pcall(function() return value[key] end)
      if ok and item ~= nil then found[#found + 1] = key end
    end
    for i = -1, 3 do
      local ok, item = pcall(function() return value[i] end)
      if ok and item ~= nil then found[#found + 1] = tostring(i) end
    end
  end
`;

/** Values of the host, and what of the names above they may have. */
const WALKS: Readonly<Record<string, readonly [value: string, found: string]>> = {
  "an object": ["vault", ""],
  "an object that was answered": ["make()", ""],
  "a method": ["vault.open", ""],
  "a function": ["fn", ""],
  "an arrow function": ["arrow", ""],
  "an object that went through": ["fn(vault)", ""],
  "a caught error": ["select(2, pcall(fail))", ""],
  "an error of a wrong self": ["select(2, pcall(vault.open))", ""],
  "an error of an argument": ["select(2, pcall(io.lines, 5))", ""],
  "a list": ["list", "1 2 3"],
  "a record": ["record", ""],
  "an answered record": ["arrow()", ""],
  "bytes": ["bytes", ""],
  "a file": ["io.open('x', 'w')", ""],
  "the output": ["io.stdout", ""],
  "a number": ["1", ""],
  "nil": ["nil", ""],
};

testAttacks(
  Object.fromEntries(
    Object.entries(WALKS).map(([name, [value, found]]): [string, Attack] => [
      `a walk over the prototypes of ${name}`,
      {
        lua: `${FIND} look(${value}) return table.concat(found, ' ')`,
        answers: [found],
        host: furnish,
      },
    ]),
  ),
);

/** Lua that must raise, and what. */
const REFUSED: Readonly<Record<string, readonly [lua: string, raises: RegExp]>> = {
  "a constructor of a function of a constructor": [
    "return fn.constructor.constructor('return Deno')()",
    /attempt to index a function value/,
  ],
  "the constructor of an object": [
    "return vault.constructor('return Deno')()",
    /attempt to call a nil/,
  ],
  "the constructor of an error": [
    "local _, e = pcall(fail) return e.constructor('return Deno')()",
    /attempt to call a nil/,
  ],
  "a field that is not there": ["vault.secret = 1", /attempt to index a Vault value/],
  "a changed error": ["local _, e = pcall(fail) e.code = 'fine'", /attempt to index a error value/],
  "rawset on an object": ["rawset(vault, 'open', print)", /table expected/],
  "rawget on an object": ["return rawget(vault, 'secret')", /table expected/],
  "rawlen of an object": ["return rawlen(vault)", /table or string expected/],
  "next on an object": ["return next(vault)", /table expected/],
  "pairs on an object": ["for k in pairs(vault) do end", /table expected/],
  "setmetatable on an object": ["setmetatable(vault, {})", /table expected/],
  "setmetatable on an error": ["setmetatable(select(2, pcall(fail)), {})", /table expected/],
  "setmetatable on a text": ["setmetatable('', {})", /table expected/],
  "the metatable of texts": ["getmetatable('').__index = {}", /attempt to index a boolean value/],
  "the metatable of an object": [
    "return getmetatable(vault).__index",
    /attempt to index a boolean/,
  ],
  "a metatable that is protected": [
    "local t = setmetatable({}, { __metatable = 1 }) setmetatable(t, {})",
    /cannot change a protected metatable/,
  ],
  "a method with another self": ["vault.open({})", /bad self: expected Vault/],
  "a method with a file as self": ["vault.open(io.open('x', 'w'))", /bad self: expected Vault/],
  "a method of a file with an object as self": [
    "io.open('x', 'w').write(vault, 'x')",
    /bad self: expected FILE\*/,
  ],
  "a finalizer": ["setmetatable({}, { __gc = print })", /__gc is not available/],
  "a finalizer that is false": ["setmetatable({}, { __gc = false })", /__gc is not available/],
  "debug": ["debug.sethook()", /global 'debug'/],
  "debug by require": ["require('debug')", /module 'debug' not found/],
  "os.exit": ["os.exit(7)", /field 'exit'/],
  "os.getenv": ["os.getenv('HOME')", /field 'getenv'/],
  "os.execute": ["os.execute('true')", /field 'execute'/],
  "os.setlocale": ["os.setlocale('C')", /field 'setlocale'/],
  "io.popen": ["io.popen('true')", /field 'popen'/],
  "io.tmpfile": ["io.tmpfile()", /field 'tmpfile'/],
  "io.input": ["io.input('/etc/passwd')", /field 'input'/],
  "dofile": ["dofile('/etc/passwd')", /global 'dofile'/],
  "loadfile": ["loadfile('/etc/passwd')", /global 'loadfile'/],
  "loadstring": ["loadstring('return 1')", /global 'loadstring'/],
  "package.loadlib": ["package.loadlib('x', '*')", /field 'loadlib'/],
  "package.searchers": ["return #package.searchers", /field 'searchers'/],
  "a file of the host": ["for l in io.lines('/etc/passwd') do end", /No such file/],
  "a module outside of the roots": [
    "require('../../etc/passwd')",
    /outside of the roots|not found/,
  ],
  "a module by an absolute path": [
    "package.path = '/?' require('etc/passwd')",
    /outside of the roots/,
  ],
  "collectgarbage('stop')": ["collectgarbage('stop')", /only 'collect' and 'count'/],
  "collectgarbage('generational')": ["collectgarbage('generational')", /only 'collect'/],
  "globals of JavaScript": ["return globalThis.Deno", /global 'globalThis'/],
  "Deno": ["return Deno.env", /global 'Deno'/],
  "eval": ["return eval('1')", /global 'eval'/],
  "js": ["return js.global", /global 'js'/],
};

testAttacks(
  Object.fromEntries(
    Object.entries(REFUSED).map(([name, [lua, raises]]): [string, Attack] => [
      `a reach for ${name}`,
      { lua, raises, host: furnish },
    ]),
  ),
);

testAttacks({
  "getmetatable on everything": {
    lua: `
      local seen = {}
      local function note(name, value)
        local mt = getmetatable(value)
        if type(mt) == 'table' then seen[#seen + 1] = name end
      end
      local function walk(name, t, done)
        done[t] = true
        for key, value in next, t do
          note(name .. key, value)
          if type(value) == 'table' and not done[value] then walk(name .. key .. '.', value, done) end
        end
      end
      walk('', _G, {})
      note('error', select(2, pcall(fail)))
      note('thread', coroutine.create(print))
      note('text', '') note('number', 1) note('nil', nil) note('boolean', true)
      return table.concat(seen, ' ')`,
    host: furnish,
    answers: [""],
  },
  "our own code after the script has changed all that it might use": {
    lua: `
      local broken = function() while true do end end
      local rep = string.rep
      for _, library in ipairs { string, table, math, coroutine, utf8 } do
        for name in pairs(library) do library[name] = broken end
      end
      local print, load, wrap, assert, require = print, load, coroutine.wrap, assert, require
      for _, name in ipairs { 'tostring', 'pcall', 'select', 'error', 'type', 'pairs', 'ipairs',
          'rawget', 'rawequal', 'setmetatable', 'getmetatable', 'next' } do
        _G[name] = broken
      end
      print('still', 1)
      string.rep = rep
      return load('return ...')(5), require('m')`,
    modules: { read: () => "return 'module'" },
    answers: [5, "module", "m.lua"],
  },
  "keys of JavaScript in a table that crosses": {
    lua: `
      return fn({ __proto__ = { polluted = 1 }, constructor = { prototype = { polluted = 2 } },
        toString = 'x', hasOwnProperty = 1 }).constructor.prototype.polluted`,
    host: furnish,
    answers: [2],
  },
  "a name of our own code as the name of a chunk": {
    lua: "load('fail()', '@[indras]')()",
    host: furnish,
    raises: /no/,
  },
  "an environment variable through load": {
    lua: "return load('return os.getenv', 'x', 't', setmetatable({}, { __index = _G }))()",
    answers: [undefined],
  },
});
