import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

/** A document `da` of one network, and the same `db` of another in the realm. */
const TWO = `
  a, b = indras.Network.new(), indras.Network.new()
  a:start() b:start()
  a:connect_to(b)
  ra = a:create_realm("Sailing")
  rb = b:join(ra:invite_code())
  indras.settle()
  da, db = ra:document("log"), rb:document("log")
`;

async function open(): Promise<LuaScript> {
  const script = await LuaScript.open();
  script.run(TWO);
  return script;
}

Deno.test("Document.read() is nil until something was written, and writes nothing", async () => {
  using script = await open();
  const seen = script.run(`
    return da:read(), select("#", da:read()), #ra:document_names(), da:name(), tostring(da),
      da:refresh()`);
  assertEquals(seen, [undefined, 1, 0, "log", "Document(name=log)", false]);
});

Deno.test("Document keeps integers, floats, bytes, lists and maps as they are, also for others", async () => {
  using script = await open();
  const answered = script.run(`
    return select("#", da:update({
      integer = 1, float = 1.0, huge = 1e300, half = 0.5, max = 2^53 | 0 - 1, text = "ä\\0",
      bytes = "\\xff\\0", yes = true, no = false, list = { 1, 2.0, { "x" } }, empty = {},
      map = { ["with space"] = { deep = -3 } },
    }))`);
  assertEquals(answered, [0]);
  const read = `
    local v = (...):read()
    return math.type(v.integer), math.type(v.float), v.huge == 1e300, v.half, math.type(v.max),
      v.text == "ä\\0", v.bytes == "\\xff\\0", v.yes, v.no, #v.list, math.type(v.list[1]),
      math.type(v.list[2]), v.list[3][1], next(v.empty), v.map["with space"].deep`;
  const expected = [
    ...["integer", "float", true, 0.5, "integer", true, true, true, false, 3, "integer", "float"],
    ...["x", undefined, -3],
  ];
  script.run("indras.settle()");
  for (const name of ["da", "db"]) {
    assertEquals(script.run(`return (function(...) ${read} end)(${name})`), expected);
  }
});

Deno.test("Document.update() takes text, numbers, booleans, lists and maps as the whole value", async () => {
  using script = await open();
  const seen = script.run(`
    local found = {}
    for i, value in ipairs({ "text", 5, 5.0, true, false, { 1, 2 }, {} }) do
      da:update(value)
      local read = da:read()
      found[i] = math.type(read) or (type(read) == "table" and #read .. " items") or tostring(read)
    end
    da:update({ 1, nil, 3 })
    local holes = { #da:read(), da:read()[2] == nil, da:read()[3] }
    da:update(da:read())
    return found, holes, #da:read()`);
  assertEquals(seen, [
    ["text", "integer", "float", "true", "false", "2 items", "0 items"],
    [3, true, 3],
    3,
  ]);
});

Deno.test("Document.update() writes the smallest edit: others' keys survive, removed ones stay away", async () => {
  using script = await open();
  const seen = script.run(`
    da:update({ kept = 1, gone = 2 })
    indras.settle()
    a:disconnect_from(b)
    da:update({ kept = 1 })
    db:update({ kept = 1, gone = 2, new = 3 })
    a:connect_to(b)
    indras.settle()
    local left, right = da:read(), db:read()
    return left.kept, left.gone, left.new, right.kept, right.gone, right.new`);
  assertEquals(seen, [1, undefined, 3, 1, undefined, 3]);
});

Deno.test("Document.merge() goes key by key, deeply; what is no map does not go into one", async () => {
  using script = await open();
  const seen = script.run(`
    local answered = select("#", da:merge({ a = 1, deep = { x = 1, y = 2 } }))
    da:merge({ b = 2.0, deep = { y = 3 } })
    local v = da:read()
    return answered, v.a, math.type(v.b), v.deep.x, v.deep.y`);
  assertEquals(seen, [0, 1, "float", 1, 3]);
  for (const value of ["5", "'x'", "{ 1, 2 }"]) {
    assertEquals(script.raisedBy(`da:merge(${value})`) === undefined, false, value);
  }
  assertEquals(script.run("return da:read().a"), [1]);
});

Deno.test("Document.refresh() is true once for whatever has arrived", async () => {
  using script = await open();
  const seen = script.run(`
    local seen = { db:refresh() }
    da:update({ a = 1 })
    seen[2] = da:refresh()
    seen[3] = da:refresh()
    seen[4] = db:refresh()
    indras.settle()
    seen[5] = db:refresh()
    seen[6] = db:refresh()
    return seen, ra:document_names(), rb:document_names()`);
  assertEquals(seen, [[false, false, false, false, true, false], ["log"], ["log"]]);
});

Deno.test("Document refuses what no document holds, and is left as it was", async () => {
  using script = await open();
  script.run("da:update({ a = 1 }) cycle = {} cycle.cycle = cycle deep = 1");
  script.run("for _ = 1, 200 do deep = { deep } end");
  const cases: [string, string, string | undefined][] = [
    ["nil", "bad argument 'value': expected a value, got nil", "bad_argument"],
    ["", "bad argument 'value': expected a value, got nil", "bad_argument"],
    ["print", "bad argument 'value': documents hold no function", "bad_argument"],
    ["{ f = function() end }", "bad argument 'value': documents hold no function", "bad_argument"],
    ["{ { ra } }", "bad argument 'value': documents hold no Realm", "bad_argument"],
    ["a", "bad argument 'value': documents hold no Network", "bad_argument"],
    ["{ coroutine.create(print) }", "Cannot take a coroutine out of Lua", "value"],
    ["cycle", "Cannot take a cyclic table out of Lua", "value"],
    ["{ [1.5] = 1 }", "Cannot take a table out of Lua: the key 1.5 is not a text", "value"],
    [
      "{ [true] = 1 }",
      "Cannot take a table out of Lua: the key of type boolean is not a text",
      "value",
    ],
    [
      "{ 1, x = 2 }",
      `Cannot take a table out of Lua: it is a list of 1 items and has the key "x" as well`,
      "value",
    ],
    ["0/0", "Cannot write value: NaN", "bad_argument"],
    ["math.huge", "Cannot write value: Infinity", "bad_argument"],
    [
      "math.maxinteger",
      "bad argument 'value': 9223372036854775807 is beyond the integers of documents",
      "bad_argument",
    ],
  ];
  for (const method of ["update", "merge"]) {
    for (const [value, said, code] of cases) {
      const raised = script.raisedBy(`da:${method}(${value})`);
      assertEquals([value, raised?.text, raised?.code], [value, `a.lua:1: ${said}`, code]);
    }
    assertEquals(script.raisedBy(`da:${method}(deep)`) === undefined, false);
  }
  assertEquals(script.run("return da:read().a, next(da:read(), 'a')"), [1, undefined]);
  assertEquals(
    script.raisedBy("da.read(ra)")?.text,
    "a.lua:1: bad self: expected Document (call it as object:read(...))",
  );
  script.run("b:leave_realm(rb:id())");
  assertEquals(script.raisedBy("db:update(1)"), {
    text: "a.lua:1: Not a member",
    code: "not_member",
  });
});

Deno.test("Document is written inside pcall, metamethods, callbacks and comparators", async () => {
  using script = await open();
  const seen = script.run(`
    da:update({ n = 0.0 })
    local counter = setmetatable({}, { __call = function()
      local ok = pcall(da.merge, da, { n = da:read().n + 1 })
      return ok
    end })
    local list = { 3, 1, 2 }
    table.sort(list, function(x, y) counter() return x < y end)
    local counted = da:read().n
    local replaced = ("ab"):gsub(".", function(c) da:merge({ [c] = true }) return "x" end)
    return list, counted > 0, math.type(counted), replaced, da:read().a, da:read().b`);
  assertEquals(seen, [[1, 2, 3], true, "float", "xx", true, true]);
});
