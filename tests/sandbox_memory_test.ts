/**
 * The sandbox, attacked: scripts that want more memory than they have, in Lua or outside of it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { LuaRuntime } from "../lua/mod.ts";
import { testAttacks } from "./_sandbox_attack.ts";
import type { Attack } from "./_sandbox_attack.ts";

/** Lua that grows until its memory is used up. */
const GROWING: Readonly<Record<string, string>> = {
  "a string that doubles": "local s = 'x' while true do s = s .. s end",
  "a chain of concatenations":
    "local s = ('x'):rep(2e6) return s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s",
  "string.rep of a gigabyte": "return ('x'):rep(1e9)",
  "string.rep with a separator": "return ('x'):rep(1e4, ('y'):rep(1e4))",
  "gsub that multiplies": "return ('x'):rep(1e5):gsub('x', ('y'):rep(1e5))",
  "gsub by a callback": "return ('x'):rep(1e5):gsub('x', function() return ('y'):rep(1e5) end)",
  "string.format of a text in a circle":
    "local s = ('x'):rep(1e5) while true do s = ('%s%s'):format(s, s) end",
  "string.upper of much": "local t = {} while true do t[#t + 1] = ('x'):rep(1e6):upper() .. #t end",
  "string.pack of much":
    "local t = {} while true do t[#t + 1] = ('s4'):pack(('x'):rep(1e6) .. #t) end",
  "table.concat of much":
    "local t = {} for i = 1, 1e4 do t[i] = ('x'):rep(1e5) end return table.concat(t)",
  "tables in a table": "local t = {} while true do t[#t + 1] = {} end",
  "a table of booleans": "local t = {} while true do t[#t + 1] = true end",
  "a table with holes": "local t, i = {}, 1 while true do t[i] = i i = i + 1e3 end",
  "text keys": "local t, i = {}, 1 while true do t['key' .. i] = i i = i + 1 end",
  "a linked list": "local l while true do l = { l } end",
  "closures": "local f = print while true do local g = f f = function() return g end end",
  "compiled chunks": "local t = {} while true do t[#t + 1] = assert(load('return ' .. #t)) end",
  "a source without an end": "assert(load(function() return 'f(' .. ('x'):rep(100) .. ') ' end))",
  "one token without an end": "assert(load(function() return ('x'):rep(1e5) end))",
  "constants without an end":
    "local i = 0 assert(load(function() i = i + 1 return 'x=\"' .. i .. '\" ' end))",
  "coroutines": "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
  "coroutines that have started": `
    local t = {}
    while true do t[#t + 1] = coroutine.wrap(coroutine.yield) t[#t]() end`,
  "table.move into a larger table":
    "local t = { 1 } while true do table.move(t, 1, #t, #t + 1) end",
  "table.pack of many":
    "local t = {} while true do t[#t + 1] = table.pack(('x'):rep(1e5):byte(1, -1)) end",
  "metatables": "local t = {} while true do t = setmetatable({}, { __index = t }) end",
  "errors of the host": `
    local t = {}
    while true do
      local ok, e = pcall(io.lines, 'nowhere')
      if type(e) == 'string' then error(e, 0) end
      t[#t + 1] = e
    end`,
  "open files": "io.open('a', 'w') local t = {} while true do t[#t + 1] = io.open('a') end",
  "iterators of files": `
    local f, t = io.open('a', 'w+'), {}
    while true do t[#t + 1] = f:lines() end`,
  "utf8.char of much":
    "local t = {} while true do t[#t + 1] = utf8.char(0x10000 + #t % 60000):rep(1e5) end",
};

testAttacks(
  Object.fromEntries(
    Object.entries(GROWING).map(([name, lua]): [string, Attack] => [
      `growth: ${name}`,
      // What load() answers instead of a function is raised by the script.
      {
        lua,
        raises: /not enough memory/,
        code: lua.includes("assert(load") ? "runtime" : "memory",
      },
    ]),
  ),
);

testAttacks({
  "growth that is caught again and again": {
    lua: `
      local t = {}
      while true do pcall(function() while true do t[#t + 1] = ('x'):rep(1e6) end end) end`,
    dies: "timeout",
  },
  "varargs that grow with each call": {
    lua: "local function f(...) return f(1, ...) end f()",
    dies: "timeout",
  },
  "an unpack of everything": {
    lua: "return table.unpack({}, 1, 1e8)",
    raises: /too many results to unpack/,
  },
  "string.rep that overflows its length": {
    lua: "return ('xx'):rep(math.maxinteger)",
    raises: /resulting string too large/,
  },
  "string.byte of a long text": {
    lua: "return ('x'):rep(1e7):byte(1, -1)",
    raises: /stack overflow|string slice too long/,
  },
  "a width that no format has": {
    lua: "return ('%1000000000d'):format(1)",
    raises: /invalid conversion/,
  },
  "functions handed to the host without an end": {
    lua: "while true do take(function() end) end",
    host: (lua) => lua.setGlobal("take", () => undefined),
    raises: /not enough memory/,
    code: "memory",
  },
  "host objects without an end": {
    lua: "local t = {} while true do t[#t + 1] = make() end",
    host: (lua) => lua.setGlobal("make", () => () => undefined),
    raises: /not enough memory/,
    code: "memory",
  },
  "host objects that are dropped at once": {
    lua: "for i = 1, 2e5 do make() end return 'done'",
    host: (lua) => lua.setGlobal("make", () => () => undefined),
    answers: ["done"],
  },
  "a host function that answers more and more": {
    lua: "local t = {} while true do t[#t + 1] = fill() end",
    host: (lua) => lua.setGlobal("fill", () => "x".repeat(1_000_000)),
    raises: /not enough memory/,
    code: "memory",
  },
  "a function that is answered when memory is full": {
    lua: `
      kept = {}
      pcall(function() while true do kept[#kept + 1] = {} end end)
      pcall(function() while true do kept[#kept + 1] = 1 end end)
      kept = nil
      return type(function() end)`,
    answers: ["function"],
  },
  "a flood of output": {
    lua: "for i = 1, 1e4 do print(('x'):rep(1000)) end",
    limits: { outputBytesMax: 10_000 },
    answers: [],
    after: (lua) => {
      assert(lua.output.length < 10_200, `${lua.output.length} characters were kept`);
      assert(lua.output.includes("[output ends here: 10000991 more bytes"), lua.output.slice(-90));
    },
  },
  "one print of far too much": {
    lua: "print(('x'):rep(1e6))",
    limits: { valueBytesMax: 100_000 },
    raises: /more than 100000 bytes/,
    code: "value",
    after: (lua) => assertEquals(lua.output, ""),
  },
  "a flood of file content": {
    lua: "local f = io.open('a', 'w') while true do f:write(('x'):rep(1e5)) end",
    raises: /virtual files hold at most/,
    after: (lua) => assert(lua.files.read("a")!.length <= 16 * 1024 * 1024),
  },
  "a file with a hole of a terabyte": {
    lua: "local f = io.open('a', 'w') f:seek('set', 2^40 // 1 | 0) f:write('x')",
    raises: /virtual files hold at most/,
  },
  "a file that is sought to no number": {
    lua: "io.open('a', 'w'):seek('set', 0/0)",
    raises: /expected a whole number/,
  },
  "a flood of empty files": {
    lua: "for i = 1, 1e6 do io.open('file' .. i, 'w') end",
    raises: /at most 10000 virtual files/,
  },
  "a flood of temporary names": {
    lua: "while true do os.tmpname() end",
    raises: /at most 10000 virtual files/,
  },
  "a file name of megabytes": {
    lua: "io.open(('x'):rep(1e6), 'w')",
    raises: /the name has 1000000 characters, at most 1024/,
  },
  "a rename to a name of megabytes": {
    lua: "io.open('a', 'w') os.rename('a', ('x'):rep(1e6))",
    raises: /the name has 1000000 characters/,
  },
  "files that are removed while they are open": {
    lua: `
      local kept = {}
      for i = 1, 1000 do
        kept[i] = io.open('a', 'w')
        kept[i]:write(('x'):rep(1e6))
        os.remove('a')
      end`,
    raises: /virtual files hold at most/,
  },
  "read formats of megabytes that iterators keep": {
    lua: `
      local f, t = io.open('a', 'w+'), {}
      for i = 1, 50 do t[i] = f:lines('l' .. ('x'):rep(1e6) .. i) end
      return #t, t[1]()`,
    answers: [50, undefined],
  },
  "os.date with a format of megabytes": {
    lua: "os.date(('%c'):rep(1e6))",
    raises: /a format has at most 1024 characters/,
  },
  "require with a path and a name of megabytes": {
    lua: "package.path = ('?;'):rep(5e5) require(('x'):rep(1e6))",
    raises: /the name of a module has 1000000 characters, at most 256/,
  },
  "require with a path of megabytes": {
    lua: "package.path = ('?;'):rep(5e5) require('x')",
    raises: /the package.path has 1000000 characters, at most 4096/,
  },
  "an error of megabytes": {
    lua: "error(('x'):rep(1e7), 0)",
    raises: /^x{65536}\.\.\. \(10000000 bytes\)$/,
  },
  "an error larger than what may cross, through a host function": {
    lua: `
      local text = ('x'):rep(1e6)
      local ok, e = pcall(call, function() error(text, 0) end)
      return ok, e == text`,
    limits: { valueBytesMax: 100_000 },
    host: callBack,
    answers: [false, true],
  },
  "an error value whose text is of megabytes": {
    lua: "error(setmetatable({}, { __tostring = function() return ('x'):rep(1e6) end }))",
    raises: /^x{65536}$/,
  },
});

function callBack(lua: LuaRuntime): void {
  lua.setGlobal("call", (fn: unknown) => (fn as () => unknown)());
}
