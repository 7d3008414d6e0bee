import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { toPlain, toResult, toStorable } from "./_glyphcase_values.ts";
import { LuaFloat } from "./values.ts";

class Thing {}

Deno.test("toStorable() gives each value of Lua its kind in SQLite", () => {
  const bytes = new Uint8Array([255, 0]);
  const cases: [unknown, unknown][] = [
    [undefined, null],
    [true, 1],
    [false, 0],
    [7, 7n],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
    [1.5, 1.5],
    [new LuaFloat(1), 1],
    ["text", "text"],
    ["a\0b", new TextEncoder().encode("a\0b")],
    [bytes, bytes],
    [[1, [true]], "[1,[true]]"],
    [{ a: { b: new LuaFloat(2) } }, `{"a":{"b":2}}`],
    [Object.create(null), "{}"],
  ];
  for (const [given, expected] of cases) assertEquals(toStorable(given, "x"), expected as null);
});

Deno.test("toStorable() and toPlain() refuse what belongs to somebody, and what JSON does not hold", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 70; i++) deep = [deep];
  const cases: [unknown, string][] = [
    [() => 1, "a JSON holds no function"],
    [[() => 1], "a JSON holds no function"],
    [new Thing(), "a JSON holds no Thing"],
    [{ a: new Thing() }, "a JSON holds no Thing"],
    [[NaN], "a JSON holds no NaN"],
    [[2n ** 60n], "a JSON holds no integer beyond 2^53"],
    [[new Uint8Array()], "a JSON holds no bytes that are not UTF-8"],
    [deep, "nested too deeply"],
  ];
  for (const [given, message] of cases) {
    assertThrows(() => toStorable(given, "x"), TypeError, `bad argument 'x': ${message}`);
  }
  assertThrows(
    () => toPlain({ f: () => 1 }, "x", "payload"),
    TypeError,
    "a payload holds no function",
  );
  assertThrows(() => toPlain(new Thing(), "x", "cache"), TypeError, "a cache holds no Thing");
  const kept = [NaN, 2n ** 60n, new Uint8Array([1])];
  assertEquals(toPlain(kept, "x", "payload"), kept);
});

Deno.test("a table that is stored is the JSON of what it is", () => {
  const values = fc.jsonValue({ maxDepth: 5 }).filter((value) =>
    typeof value === "object" && value !== null
  );
  fc.assert(fc.property(values, (value) => {
    const read = JSON.parse(String(toStorable(value, "x")));
    assertEquals(read, JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("toPlain() copies, and a key such as __proto__ is only a key", () => {
  const given = JSON.parse(`{"__proto__": {"polluted": true}, "list": [{}]}`);
  for (const copy of [toPlain(given, "x", "payload"), toResult(given)] as (typeof given)[]) {
    assert(copy !== given && copy.list !== given.list && copy.list[0] !== given.list[0]);
    assertEquals(Object.keys(copy), ["__proto__", "list"]);
    assertEquals((copy as { polluted?: boolean }).polluted, undefined);
  }
});
