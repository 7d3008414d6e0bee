import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLuaRuntime, loadLuaModule } from "../mod.ts";
import { LuaScript } from "../../tests/_lua_script.ts";

/** Sources in which each passes and, with a message of its own, each fails. */
type Case = readonly [name: string, passing: readonly string[], failing: readonly string[]];

const NUMBERS = {
  greater: [["2, 1", "'b', 'a'", "1.5, 1", "'\\xff', 'a'"], ["1, 1", "1, 2", "'a', 'b'"]],
  greaterOrEqual: [["2, 1", "1, 1.0"], ["1, 2", "'a', 'b'", "'a', '\\xff'"]],
  less: [["1, 2", "'a', 'b'", "-1, 0"], ["2, 1", "1, 1"]],
  lessOrEqual: [["1, 2", "1, 1"], ["2, 1", "'b', 'a'"]],
} as const;
const EQUAL = [
  [
    ...["1, 1", "1, 1.0", "0.0, -0.0", "1 << 53, 2.0 ^ 53", "'a', 'a'", "nil, nil", "true, true"],
    ...["'\\xff\\0', '\\xff\\0'", "{}, {}", "{ 1, { a = 'b' } }, { 1.0, { a = 'b' } }"],
    ...["print, print", "net, net", "{ x = net }, { x = net }", "{ a = nil }, {}"],
  ],
  [
    ...["1, 2", "1, '1'", "nil, false", "'\\xff', '\\xfe'", "{}, { 1 }", "{ 1 }, { 1, 2 }"],
    ...["{ a = 1 }, { b = 1 }", "{ 1 }, { ['1'] = 1 }", "net, other", "{ net }, { other }"],
    ...["net, {}", "net, nil", "print, pcall", "(1 << 53) + 1, 2.0 ^ 53", "'10', 10"],
  ],
] as const;

const SHORT: readonly Case[] = [
  ["eq", ...EQUAL],
  ["ne", EQUAL[1], EQUAL[0]],
  ["gt", ...NUMBERS.greater],
  ["ge", ...NUMBERS.greaterOrEqual],
  ["lt", ...NUMBERS.less],
  ["le", ...NUMBERS.lessOrEqual],
  ["true_", ["true", "0", "''", "{}", "net"], ["false", "nil"]],
  ["false_", ["false", "nil"], ["true", "0", "''"]],
  ["nil_", ["nil"], ["false", "0", "net"]],
  ["not_nil", ["false", "0", "net"], ["nil"]],
  ["approx", ["1, 1 + 1e-9, nil", "1, 1.4, 0.5", "1, 1, 0"], ["1, 1.1, nil", "1, 1.6, 0.5"]],
  [
    "contains",
    [
      ...["'abc', 'b'", "'\\xffb', 'b'", "'a\\xff', '\\xff'", "{ 1, 2 }, 2.0", "{ a = 'x' }, 'x'"],
      ...["{ { 1 } }, { 1 }", "{ net }, net"],
    ],
    ["'abc', 'd'", "{ 1, 2 }, 3", "{}, 1", "{ a = 'x' }, 'a'", "{ net }, other"],
  ],
  ["len", ["{ 1, 2 }, 2", "{}, 0", "{ a = 1 }, 0", "'ä', 2", "'\\xff', 1"], ["{ 1 }, 2", "'', 1"]],
];

const LONG: readonly Case[] = [
  ["equals", ...EQUAL],
  ["not_equals", EQUAL[1], EQUAL[0]],
  ["same", ...EQUAL],
  [
    "strict_equals",
    ["1, 1", "'a', 'a'", "t, t", "net, net", "nil, nil", "1.0, 1.0", "print, print"],
    ["1, 1.0", "{}, {}", "t, {}", "net, other", "1, '1'", "nil, false"],
  ],
  ["almost_equals", ["1, 1 + 1e-9, nil", "1, 1.4, 0.5"], ["1, 1.1, nil", "1, 1.6, 0.5"]],
  ["greater", ...NUMBERS.greater],
  ["greater_or_equal", ...NUMBERS.greaterOrEqual],
  ["less", ...NUMBERS.less],
  ["less_or_equal", ...NUMBERS.lessOrEqual],
  ["match", ["'abc 12', '%a+ %d+'", "'a.b', 'a%.b'", "12, '^%d+$'"], [
    "'abc', '%d'",
    "'ab', 'a%.b'",
  ]],
  ["not_match", ["'abc', '%d'"], ["'abc 12', '%d+'"]],
  ["string_includes", ["'abc', 'bc'", "'a%d', '%d'"], ["'abc', 'cb'"]],
  ["array_includes", ["{ 1, 2 }, { 2 }", "{ 1 }, {}", "{ net }, { net }"], [
    "{ 1, 2 }, { 3 }",
    "{}, { 1 }",
    "{ net }, { other }",
  ]],
  ["object_match", [
    "{ a = 1, b = { c = 2, d = 3 } }, { b = { c = 2 } }",
    "{ a = 1 }, {}",
    "{}, {}",
    "{ a = { b = 1 } }, { a = {} }",
    "{ a = {} }, { a = {} }",
  ], [
    "{}, { a = 1 }",
    "{ a = 1 }, { a = 2 }",
    "{ a = 1 }, { b = 1 }",
    "{ a = net }, { a = other }",
  ]],
  ["exists", ["false", "0", "''"], ["nil"]],
  ["is_true", ["true"], ["1", "false", "nil", "'true'"]],
  ["is_false", ["false"], ["nil", "0", "true"]],
  ["is_nil", ["nil"], ["false", "0"]],
];

const VALUES = "net, other, t = indras.Network.new(), indras.Network.new(), {}";

for (const [table, cases] of [["indras.assert", SHORT], ["assert", LONG]] as const) {
  for (const [name, passing, failing] of cases) {
    Deno.test(`${table}.${name}() passes and answers nothing, or fails with a message`, async () => {
      using script = await LuaScript.open();
      script.run(VALUES);
      for (const args of passing) {
        const answered = script.run(`return select("#", ${table}.${name}(${args}))`);
        assertEquals([args, answered], [args, [0]]);
      }
      for (const args of failing) {
        const [plain, own] = [`${table}.${name}(${args})`, `${table}.${name}(${args}, "my words")`]
          .map((source) => script.raisedBy(source));
        assertEquals([args, plain?.code, own?.code], [args, ...Array(2).fill("assertion_failed")]);
        const [, said] = /^a\.lua:1: ([\s\S]+)$/.exec(plain!.text)!;
        assertEquals(own!.text, `a.lua:1: my words\n${said}`);
      }
    });
  }

  Deno.test(`${table} has these functions and no other`, async () => {
    using script = await LuaScript.open();
    const [names] = script.run(`
      local names = {}
      for name in pairs(${table}) do names[#names + 1] = name end
      table.sort(names)
      return names`);
    const others = table === "assert" ? ["eventually", "fail", "throws"] : ["fail"];
    assertEquals(names, [...cases.map(([name]) => name), ...others].sort());
  });

  Deno.test(`${table}.fail() fails, with or without words`, async () => {
    using script = await LuaScript.open();
    assertEquals(script.raisedBy(`${table}.fail("my words")`), {
      text: "a.lua:1: Failed assertion: my words",
      code: "assertion_failed",
    });
    assertEquals(script.raisedBy(`${table}.fail()`), {
      text: "a.lua:1: Failed assertion.",
      code: "assertion_failed",
    });
  });
}

Deno.test("a failed comparison shows the difference, and the line of the script", async () => {
  using script = await LuaScript.open();
  const raised = script.raisedBy(`

    local heads = { a = 1, list = { 2, 3 } }
    assert.equals(heads, { a = 1, list = { 2, 4 } }, "heads of Ben")`);
  const lines = raised!.text.split("\n");
  assertEquals(lines[0], "a.lua:4: heads of Ben");
  assertEquals(lines.filter((line) => /^[-+]/.test(line)).map((line) => line.replaceAll(" ", "")), [
    "-3,",
    "+4,",
  ]);
  assertEquals(lines.includes(""), false);
});

Deno.test("what fails prints as in Lua: nil, networks, empty tables", async () => {
  using script = await LuaScript.open();
  script.run(VALUES);
  const [net, other] = script.run("return tostring(net), tostring(other)");
  const cases: [string, string[]][] = [
    ["assert.equals(nil, {})", ["-   nil", "+   []"]],
    ["assert.equals(net, other)", [`-   ${net}`, `+   ${other} (object 2)`]],
    ["assert.is_nil(net)", [`Expected nil, got ${net}.`]],
    ["assert.is_true(1.0)", ["Expected true, got 1."]],
    ["assert.is_true('a\"b')", ['Expected true, got "a\\"b".']],
    ["assert.strict_equals(1, 1.0)", ["-   1", "+   the same as 1.0"]],
    ["indras.assert.gt(1, 2)", ["1 > 2"]],
    ["indras.assert.contains({ 1 }, {})", ["something that contains [], got [ 1 ]"]],
  ];
  for (const [source, parts] of cases) {
    const text = script.raisedBy(source)?.text ?? "";
    for (const part of parts) assertStringIncludes(text, part);
  }
});

Deno.test("two objects that print the same are told apart", async () => {
  using script = await LuaScript.open();
  const raised = script.raisedBy(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start()
    a:connect_to(b)
    local story = a:home_realm():create_artifact("story")
    story:grant(b:id(), "revocable")
    indras.settle()
    assert.equals(story, b:artifact(story:id()))`);
  const shown = raised!.text.split("\n").filter((line) => /^[-+]/.test(line));
  assertEquals(shown.length, 2);
  assertEquals(shown[1], `${shown[0]!.replace("-", "+")} (object 2)`);
});

Deno.test("values that cannot be compared are a fault of the script, not a failed assertion", async () => {
  using script = await LuaScript.open();
  script.run(VALUES);
  const cases: [string, string][] = [
    ["indras.assert.gt(1, '2')", "attempt to compare number with string"],
    ["indras.assert.lt({}, {})", "attempt to compare table with table"],
    ["indras.assert.le(nil, 1)", "attempt to compare nil with number"],
    ["indras.assert.ge(net, net)", "attempt to compare Network with Network"],
    ["indras.assert.approx('1', 1)", "bad argument 'actual': expected a number, got string"],
    ["indras.assert.approx(1, nil)", "bad argument 'expected': expected a number, got nil"],
    ["indras.assert.approx(1, 1, {})", "bad argument 'tolerance': expected a number, got table"],
    ["indras.assert.contains(5, 5)", "bad argument 'within': expected a table or text, got number"],
    ["indras.assert.contains('a', {})", "bad argument 'value': expected text, got table"],
    ["indras.assert.len(5, 1)", "attempt to get length of a number value"],
    ["indras.assert.len(nil, 0)", "attempt to get length of a nil value"],
    ["indras.assert.eq(1, 1, {})", "bad argument 'msg': expected text, got table"],
    ["assert.match(nil, 'a')", "bad argument 'text': expected text, got nil"],
    ["assert.match('a', nil)", "bad argument 'pattern': expected text, got nil"],
    ["assert.string_includes('a', {})", "bad argument 'part': expected text, got table"],
    ["assert.array_includes({ a = 1 }, {})", "bad argument 'list': expected a list, got table"],
    ["assert.array_includes({}, 1)", "bad argument 'parts': expected a list, got number 1"],
    [
      "assert.object_match({ 1 }, {})",
      "bad argument 'table': expected a table with named fields, got table",
    ],
    ["assert.throws('x')", "bad argument 'fn': expected a function, got string"],
    ["assert.eventually()", "bad argument 'fn': expected a function, got nil"],
    [
      "assert.eventually(print, { timeout = -1 })",
      "bad argument 'timeout': expected seconds from 0, got number -1",
    ],
    [
      "assert.eventually(print, 5)",
      "bad argument 'options': expected a table with named fields, got number 5",
    ],
  ];
  for (const [source, said] of cases) {
    assertEquals([source, script.raisedBy(source)], [source, {
      text: `a.lua:1: ${said}`,
      code: "bad_argument",
    }]);
  }
  assertStringIncludes(script.raisedBy("assert.match('a', '[')")!.text, "malformed pattern");
});

Deno.test("assert() itself behaves as Lua's own", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.run(`
      local t = {}
      return select("#", assert(1, nil, 3, nil)), assert(t, "x") == t, select(3, assert(1, 2, 3))`),
    [4, true, 3],
  );
  assertEquals(
    script.run(`
      local thrown = {}
      local _, object = pcall(assert, false, thrown)
      local _, number = pcall(assert, nil, 12)
      local _, nothing = pcall(assert, nil, nil)
      return object == thrown, number, nothing`),
    [true, 12, undefined],
  );
  const cases: [string, string][] = [
    ["assert(false)", "a.lua:1: assertion failed!"],
    ["assert(nil)", "a.lua:1: assertion failed!"],
    ["assert(1 == 2, 'my words')", "a.lua:1: my words"],
    ["assert()", "a.lua:1: bad argument #1 to 'assert' (value expected)"],
  ];
  for (const [source, text] of cases) {
    assertEquals(script.raisedBy(source), { text, code: undefined });
  }
  assertEquals(script.run("return pcall(assert, false)"), [false, "assertion failed!"]);
  assertEquals(script.run("return getmetatable(assert)"), [false]);
});

Deno.test("assert() says what Lua's own says, word for word", async () => {
  using script = await LuaScript.open();
  using bare = await createLuaRuntime({ module: await loadLuaModule() });
  for (const args of ["", "false", "nil", "false, 'my words'", "false, 5", "nil, nil", "1, 2"]) {
    const source = `
      local function check() local value = assert(${args}) return value end
      return pcall(check)`;
    assertEquals(script.run(source), bare.run(source, { chunkName: "a.lua" }));
  }
});

Deno.test("assert.throws() answers what was raised, and looks for a Lua pattern in it", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.run(`
      return assert.throws(function() error("boom 12", 0) end, "^boom %d+$"),
        assert.throws(function() error("plain", 0) end),
        assert.throws(function() indras.Network.new():home_realm() end, "not started")`),
    ["boom 12", "plain", "a.lua:4: Network not started"],
  );
  const cases: [string, string][] = [
    [`assert.throws(function() end)`, "Failed assertion: Expected function to raise an error."],
    [
      `assert.throws(function() error("boom", 0) end, "%d")`,
      `Failed assertion: Expected an error that matches "%d", got "boom".`,
    ],
    [`assert.throws(function() return true end, "x")`, "Expected function to raise an error."],
  ];
  for (const [source, said] of cases) {
    const raised = script.raisedBy(source);
    assertStringIncludes(raised!.text, said);
    assertEquals(raised!.code, "assertion_failed");
  }
});

Deno.test("assert.throws() takes errors that are tables, and failed assertions", async () => {
  using script = await LuaScript.open();
  const [table, failed] = script.run(`
    return assert.throws(function() error({ message = "told" }) end, "told"),
      assert.throws(function() assert.equals(1, 2) end, "not equal")`);
  assertEquals(table, "told");
  assertStringIncludes(String(failed), "a.lua:3: Values are not equal.");
});

Deno.test("assert.eventually() lets virtual time pass until it holds", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.run(`
      local looks = 0
      local answered = select("#", assert.eventually(function()
        looks = looks + 1
        return indras.now() >= 0.45
      end))
      return answered, looks, indras.now()`),
    [0, 6, 0.5],
  );
  assertEquals(
    script.run(`
      local began, looks = indras.now(), 0
      assert.eventually(function()
        looks = looks + 1
        return indras.now() >= began + 60
      end, { timeout = 100, interval = 30 })
      return looks, indras.now() - began`),
    [3, 60],
  );
});

Deno.test("assert.eventually() looks once more at the end, and then fails with its words", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.raisedBy(`assert.eventually(function() return false end,
      { timeout = 1, interval = 0.4, msg = "Ben has it" })`),
    {
      text: "a.lua:1: Ben has it\nFailed assertion: It did not become true in time.",
      code: "assertion_failed",
    },
  );
  assertEquals(script.run("return indras.now()"), [1]);
  assertEquals(
    script.run(`
      local began = indras.now()
      assert.eventually(function() return indras.now() >= began + 1 end,
        { timeout = 1, interval = 0.4 })
      return indras.now() - began`),
    [1],
  );
  assertEquals(script.raisedBy("assert.eventually(function() end, { timeout = 0 })"), {
    text: "a.lua:1: Failed assertion: It did not become true in time.",
    code: "assertion_failed",
  });
});

Deno.test("assert.eventually() does not swallow errors", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.raisedBy("assert.eventually(function() indras.Network.new():start(1):x() end)"),
    {
      text: "a.lua:1: attempt to index a nil value",
      code: undefined,
    },
  );
  assertEquals(
    script.raisedBy("assert.eventually(function() indras.Network.new():home_realm() end)"),
    { text: "a.lua:1: Network not started", code: "not_started" },
  );
  assertEquals(
    script.raisedBy("assert.eventually(function() assert.is_true(false) end)")?.code,
    "assertion_failed",
  );
  assertEquals(
    script.run(`
      local thrown = {}
      local _, e = pcall(assert.eventually, function() error(thrown) end)
      return e == thrown, indras.now()`),
    [true, 0],
  );
});
