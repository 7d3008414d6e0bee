/**
 * The sandbox, attacked: scripts that never end by themselves.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { testAttacks } from "./_sandbox_attack.ts";
import type { Attack } from "./_sandbox_attack.ts";

/** Lua that runs until someone ends it. */
const ENDLESS: Readonly<Record<string, string>> = {
  "while": "while true do tick() end",
  "an empty while": "while true do end",
  "repeat": "repeat tick() until false",
  "goto": "::again:: tick() goto again",
  "a numeric for": "for i = 1, math.maxinteger do tick() end",
  "a for over an endless iterator": "for i in function() tick() return 1 end do end",
  "a for over a coroutine that yields for ever":
    "for i in coroutine.wrap(function() while true do coroutine.yield(tick()) end end) do end",
  "pairs with a lying __pairs":
    "for k in pairs(setmetatable({}, { __pairs = function() return function() return tick() end end })) do end",
  "a loop in pcall": "pcall(function() while true do tick() end end)",
  "a loop in nested pcalls that all swallow": `
    local function again(n)
      if n == 0 then while true do tick() end end
      while true do pcall(again, n - 1) end
    end
    again(100)`,
  "errors that are swallowed for ever": "while true do pcall(error, tick) end",
  "an xpcall handler that loops": "xpcall(error, function() while true do tick() end end)",
  "an xpcall handler that fails and starts again":
    "local function h() return xpcall(error, h) end while true do h() end",
  "a loop in a wrapped coroutine": "coroutine.wrap(function() while true do tick() end end)()",
  "a coroutine that yields for ever": `
    local co = coroutine.wrap(function() while true do coroutine.yield() end end)
    while true do co() tick() end`,
  "ever new coroutines": "while true do coroutine.wrap(tick)() end",
  "ever new coroutines that die": "while true do pcall(coroutine.wrap(error), 1) end",
  "__index": "return setmetatable({}, { __index = function() while true do end end }).x",
  "__index that calls itself by a tail call":
    "local function f(t, k) return f(t, k) end return setmetatable({}, { __index = f }).x",
  "__newindex": "setmetatable({}, { __newindex = function() while true do end end }).x = 1",
  "__call": "setmetatable({}, { __call = function() while true do end end })()",
  "__call that is its own table, again and again":
    "local t = setmetatable({}, {}) getmetatable(t).__call = t while true do pcall(t) end",
  "__concat": "return setmetatable({}, { __concat = function() while true do end end }) .. 'x'",
  "__lt": "return setmetatable({}, { __lt = function() while true do end end }) < 1",
  "__eq": `
    local mt = { __eq = function() while true do end end }
    return setmetatable({}, mt) == setmetatable({}, mt)`,
  "__len": "return #setmetatable({}, { __len = function() while true do end end })",
  "__add": "return 1 + setmetatable({}, { __add = function() while true do end end })",
  "__close": "local x <close> = setmetatable({}, { __close = function() while true do end end })",
  "__close after an error": `
    local x <close> = setmetatable({}, { __close = function() while true do end end })
    error('out')`,
  "__close of a coroutine": `
    local co = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() while true do end end })
      coroutine.yield()
    end)
    coroutine.resume(co)
    coroutine.close(co)`,
  "__tostring in print":
    "print(setmetatable({}, { __tostring = function() while true do end end }))",
  "__tostring in string.format":
    "('%s'):format(setmetatable({}, { __tostring = function() while true do end end }))",
  "__tostring of an uncaught error":
    "error(setmetatable({}, { __tostring = function() while true do end end }))",
  "__name in a message": `
    while true do pcall(function() return #setmetatable({}, { __name = ('x'):rep(1e5) }) + {} end) end`,
  "a comparator that lies":
    "while true do pcall(table.sort, { 3, 1, 2, 5, 4 }, function() tick() return true end) end",
  "a comparator that loops": "table.sort({ 3, 2, 1 }, function() while true do end end)",
  "a gsub callback": "('x'):gsub('x', function() while true do tick() end end)",
  "a gsub table with __index":
    "('x'):gsub('x', setmetatable({}, { __index = function() while true do end end }))",
  "gmatch over an empty match for ever":
    "while true do for _ in ('xx'):gmatch('') do tick() end end",
  "a pattern of many lazy parts": "return (('a'):rep(3e5)):find('.-.-.-.-.-b')",
  "an exponential pattern": "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))",
  "a balanced pattern": "while true do (('('):rep(1e5)):find('%b()') end",
  "a frontier pattern": "return (('a'):rep(1e5)):gsub('.-%f[b].-%f[c].-%f[d]', '')",
  "a back reference": "return (('a'):rep(2e5)):find('(.-)(.-)%1%2b')",
  "string.rep again and again": "for i = 1, 1e12 do local s = ('x'):rep(1e6) end",
  "string.rep of nothing with a billion separators of nothing":
    "while true do (''):rep(math.maxinteger, '') end",
  "table.concat through metamethods": `
    table.concat(setmetatable({}, { __index = function() tick() return '' end }), '', 1,
      math.maxinteger - 1)`,
  "table.move through metamethods": `
    local t = setmetatable({}, { __index = function() tick() return 1 end, __newindex = tick })
    table.move(t, 1, math.maxinteger - 1, 2)`,
  "table.insert into a table that says it is huge": `
    local t = setmetatable({}, { __len = function() return math.maxinteger - 1 end,
      __index = function() return 1 end, __newindex = function() end })
    table.insert(t, 1, 1)`,
  "table.unpack with __index":
    "while true do pcall(table.unpack, setmetatable({}, { __index = tick }), 1, 9e5) end",
  "load with a reader that never ends": "load(function() tick() return ' ' end)",
  "load of ever new chunks": "while true do load('return ' .. tick())() end",
  "next over a table that keeps its size": `
    local t = {} for i = 1, 1000 do t[i] = i end
    while true do for k in next, t do t[k] = k end end`,
  "utf8.codes again and again": "while true do for _ in utf8.codes(('\u20ac'):rep(100)) do end end",
  "utf8.len of a long text, for ever": "local s = ('x'):rep(1e6) while true do utf8.len(s) end",
  "string.format with wide fields":
    "while true do pcall(string.format, ('%99.99f'):rep(100), 1e308) end",
  "string.byte of everything":
    "local s = ('x'):rep(1e5) while true do select('#', s:byte(1, -1)) end",
  "string.pack in a circle":
    "while true do string.unpack('<i16', string.pack('<i16', 1)) tick() end",
  "the collector": "while true do collectgarbage() end",
  "math.random": "while true do math.random(0) end",
  "print": "while true do print('') end",
  "virtual files": "while true do io.open('a', 'w'):close() os.remove('a') end",
  "host errors": "while true do pcall(io.lines, 'nowhere') end",
};

testAttacks(
  Object.fromEntries(
    Object.entries(ENDLESS).map(([name, lua]): [string, Attack] => [
      `without an end: ${name}`,
      { lua, dies: "timeout" },
    ]),
  ),
);

/** Its collector takes the square of their number, at a time of its own. */
const WEAK_CHAIN = `
  chain = setmetatable({}, { __mode = 'k' })
  local keys = {}
  for i = 1, 6e4 do chain[function() end] = true end
  for key in next, chain do keys[#keys + 1] = key end
  local low, high, last = 1, #keys, nil
  while low < high do
    if last then chain[last] = keys[high] else first = keys[high] end
    chain[keys[high]] = keys[low]
    last, low, high = keys[low], low + 1, high - 1
  end
  keys = nil
  while true do local _ = {} end`;

/** Each is one instruction, or a few, of a call that has only begun and has no slice yet. */
const AT_ONCE: Readonly<Record<string, string>> = {
  "an exponential pattern": "return pattern:find(bomb)",
  "an exponential pattern in gmatch": "for _ in pattern:gmatch(bomb) do end",
  "an iterator of gmatch that was made before": "return iterate()",
  "table.concat through a C function":
    "return table.concat(setmetatable({}, { __index = getmetatable, __metatable = '' }), '', 1, 1 << 53)",
  "table.unpack of what is computed":
    "while true do pcall(table.unpack, setmetatable({}, { __index = getmetatable }), 1, 9e5) end",
  "a comparison of long texts": `
    local long = 'x'
    for i = 1, 20 do long = long .. long end
    local longer = long .. 'x'
    while true do local _ = long < longer end`,
  "an exponential pattern in __tostring":
    "return tostring(setmetatable({}, { __tostring = function() return pattern:find(bomb) end }))",
  "a loop in __tostring":
    "return tostring(setmetatable({}, { __tostring = function() while true do end end }))",
  "tables in __tostring": `
    return tostring(setmetatable({}, { __tostring = function()
      while true do local _ = { {}, {}, {} } end
    end }))`,
  "a handler of errors": "return xpcall(error, function() while true do local _ = {} end end)",
  "weak keys in a chain in __tostring":
    `return tostring(setmetatable({}, { __tostring = function() ${WEAK_CHAIN} end }))`,
  "weak keys in a chain in __index under ipairs":
    `for _ in ipairs(setmetatable({}, { __index = function() ${WEAK_CHAIN} end })) do end`,
  "weak keys in a chain in __add after a text":
    `return '1' + setmetatable({}, { __add = function() ${WEAK_CHAIN} end })`,
  "weak keys in a chain in a handler of errors": `xpcall(error, function() ${WEAK_CHAIN} end)`,
  "weak keys in a chain": `
    local t = setmetatable({}, { __mode = 'k' })
    local k = {}
    for i = 1, 2e5 do local next = {} t[k] = next k = next end
    while true do collectgarbage() end`,
};

testAttacks(
  Object.fromEntries(
    Object.entries(AT_ONCE).map(([name, lua]): [string, Attack] => [
      `what is endless from its first instruction: ${name}`,
      {
        lua: `attack()`,
        host: (runtime) => {
          runtime.run(`
            pattern, bomb = ('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40)
            iterate = pattern:gmatch(bomb)
            function attack() ${lua} end`);
        },
        dies: "timeout",
      },
    ]),
  ),
);

testAttacks({
  "__call that is its own table": {
    lua: "local t = setmetatable({}, {}) getmetatable(t).__call = t return t()",
    limits: { sliceMs: 30_000 },
    raises: /not enough memory/,
  },
  "a module that loops": {
    lua: "require('slow')",
    modules: { read: () => "while true do tick() end" },
    dies: "timeout",
  },
  "modules that require each other": {
    lua: "require('a')",
    modules: { read: (path) => `require('${path === "a.lua" ? "b" : "a"}')` },
    raises: /cyclic require: a -> b -> a/,
  },
  "modules that each require another one": {
    lua: "require('m0')",
    modules: { read: (path) => `require('m${Number(/\d+/.exec(path)) + 1}')` },
    raises: /stack overflow/,
  },
  "source that takes long to compile": {
    // Each label is compared with all before it in its function.
    lua: `local function f() ${sequence(15_000, (i) => `::l${i}:: tick() `)} end `.repeat(10),
    dies: "timeout",
  },
  "globals with a metamethod that loops when the host reads and writes them": {
    lua: `
      local function loop() while true do end end
      setmetatable(_G, { __index = loop, __newindex = loop })`,
    answers: [],
    after: (lua) => {
      assertEquals(lua.getGlobal("missing"), undefined);
      lua.setGlobal("missing", 1);
      assertEquals(lua.getGlobal("missing"), 1);
    },
  },
  "a million lines in the text of an error": {
    lua: "error(('\\n'):rep(1e6), 0)",
    raises: /\(1000000 bytes\)$/,
  },
  "a million spaces in the text of an error": {
    lua: "error((' \\t'):rep(1e6), 0)",
    raises: /\(2000000 bytes\)$/,
  },
  "globals without number that a traceback would search": {
    lua: `
      local function fill(t) for i = 1, 2e5 do t['k' .. i] = i end end
      pcall(fill, _G) pcall(fill, string) pcall(fill, package.loaded)
      local function deep(n) if n == 0 then error('deep') end deep(n - 1) return 1 end
      for i = 1, 2e4 do pcall(deep, 20) end
      deep(50)`,
    raises: /attack\.lua:4: deep/,
  },
  "an uncaught error whose text takes for ever": {
    lua: "error(setmetatable({}, { __tostring = function() while true do end end }))",
    dies: "timeout",
  },
  "a slice that a host function uses up": {
    lua: "while true do pcall(spin) end",
    host: (lua) =>
      lua.setGlobal("spin", () => {
        for (let i = 0; i < 1e5; i++);
      }),
    dies: "timeout",
  },
});

function sequence(length: number, item: (i: number) => string): string {
  return Array.from({ length }, (_, i) => item(i)).join("");
}
