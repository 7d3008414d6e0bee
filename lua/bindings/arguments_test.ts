import { assertEquals, assertThrows } from "@std/assert";
import { IndrasNetwork } from "../../network/mod.ts";
import { LuaScript } from "../../tests/_lua_script.ts";
import {
  artifactId,
  boolean,
  bytes,
  fields,
  instance,
  integer,
  inviteId,
  kindOf,
  list,
  member,
  number,
  optionalInteger,
  optionalText,
  options,
  realmId,
  seconds,
  text,
} from "./_arguments.ts";

Deno.test("text() takes texts and numbers, and nothing else", () => {
  assertEquals([text("ä", "x"), text(5, "x"), text(1.5, "x"), text(2n ** 60n, "x")], [
    "ä",
    "5",
    "1.5",
    "1152921504606846976",
  ]);
  for (const wrong of [undefined, null, true, {}, [], () => {}]) {
    assertThrows(() => text(wrong, "x"), TypeError, "bad argument 'x': expected text, got ");
  }
  assertThrows(() => text(new Uint8Array([0xff]), "x"), TypeError, "bad argument 'x': not UTF-8");
  assertEquals([optionalText(undefined, "x"), optionalText("", "x")], [undefined, ""]);
});

Deno.test("bytes() gives the bytes of any string", () => {
  assertEquals(bytes("ä\0", "x"), new Uint8Array([0xc3, 0xa4, 0]));
  assertEquals(bytes(new Uint8Array([0xff]), "x"), new Uint8Array([0xff]));
  assertThrows(() => bytes(undefined, "x"), TypeError, "expected text, got nil");
});

Deno.test("integer() takes whole numbers and texts that Lua takes for one", () => {
  const taken: [unknown, number][] = [
    [7, 7],
    [-7, -7],
    ["7", 7],
    [" 7 ", 7],
    ["7.0", 7],
    ["1e3", 1000],
    ["-2", -2],
    ["0x10", 16],
    ["5.", 5],
  ];
  for (const [given, number] of taken) assertEquals(integer(given, "x"), number);
  const refused = [1.5, "1.5", "", " ", "seven", "0b11", "0o7", "1_000", "Infinity", NaN, Infinity];
  for (const wrong of [...refused, 2n ** 60n, 2 ** 53, true, undefined, {}]) {
    assertThrows(
      () => integer(wrong, "x"),
      TypeError,
      "bad argument 'x': expected an integer, got",
    );
  }
  assertEquals([optionalInteger(undefined, "x"), optionalInteger("3", "x")], [undefined, 3]);
});

Deno.test("seconds() answers milliseconds from 0", () => {
  assertEquals([seconds(0, "x"), seconds(1.5, "x"), seconds("0.25", "x")], [0, 1500, 250]);
  for (const wrong of [-1, -0.001, NaN, Infinity, "-1", "soon", "Infinity", undefined, {}]) {
    assertThrows(() => seconds(wrong, "x"), TypeError, "expected seconds from 0");
  }
});

Deno.test("member() and artifactId() take 64 hex digits in either case", () => {
  const upper = "AB".repeat(32);
  assertEquals<string[]>([member(upper), artifactId(upper)], [
    upper.toLowerCase(),
    upper.toLowerCase(),
  ]);
  for (const wrong of ["", "ab", "g".repeat(64), "a".repeat(63), "a".repeat(65), 5]) {
    assertThrows(() => member(wrong), TypeError, "Cannot parse member id");
    assertThrows(() => artifactId(wrong), TypeError, "Cannot parse artifact id");
  }
  assertThrows(() => member(undefined), TypeError, "bad argument 'member'");
  assertThrows(() => artifactId(undefined), TypeError, "bad argument 'artifact_id'");
});

Deno.test("realmId() and inviteId() take 64 hex digits in either case", () => {
  const upper = "AB".repeat(32);
  assertEquals<string[]>([realmId(upper), inviteId(upper)], [
    upper.toLowerCase(),
    upper.toLowerCase(),
  ]);
  for (const wrong of ["", "ab", "g".repeat(64), "a".repeat(63), `${"a".repeat(64)}\n`, 5]) {
    assertThrows(() => realmId(wrong), TypeError, "Cannot parse realm id");
    assertThrows(() => inviteId(wrong), TypeError, "Cannot parse invite id");
  }
  assertThrows(() => realmId(undefined), TypeError, "bad argument 'realm_id'");
  assertThrows(() => inviteId(undefined), TypeError, "bad argument 'invite_id'");
});

Deno.test("boolean() takes true and false, number() every number but NaN", () => {
  assertEquals([boolean(true, "x"), boolean(false, "x")], [true, false]);
  for (const wrong of [undefined, 0, 1, "true", {}]) {
    assertThrows(() => boolean(wrong, "x"), TypeError, "expected true or false, got ");
  }
  const taken = [1, 1.5, -Infinity, "1.5", 2n ** 63n].map((one) => number(one, "x"));
  assertEquals(taken, [1, 1.5, -Infinity, 1.5, 2 ** 63]);
  for (const wrong of [undefined, NaN, "", "much", true, {}]) {
    assertThrows(() => number(wrong, "x"), TypeError, "expected a number, got ");
  }
});

Deno.test("fields() takes known names only", () => {
  assertEquals([fields(undefined, "x", ["a"]), fields({ a: 1 }, "x", ["a", "b"])], [{}, { a: 1 }]);
  assertThrows(
    () => fields({ a: 1, d: 1, c: 1 }, "x", ["a"]),
    TypeError,
    "bad argument 'x': there is no field 'c'",
  );
  assertThrows(() => fields([1], "x", ["a"]), TypeError, "expected a table with named fields");
});

Deno.test("options() and list() tell tables with names from lists; an empty table is both", () => {
  assertEquals([options(undefined, "x"), options({ a: 1 }, "x"), list([1], "x")], [
    {},
    { a: 1 },
    [1],
  ]);
  assertEquals([options({}, "x"), list({}, "x")], [{}, []]);
  assertThrows(() => options([1], "x"), TypeError, "expected a table with named fields, got table");
  assertThrows(() => options("a", "x"), TypeError, "expected a table with named fields");
  assertThrows(() => list({ a: 1 }, "x"), TypeError, "expected a list, got table");
  assertThrows(() => list(undefined, "x"), TypeError, "expected a list, got nil");
});

Deno.test("instance() takes objects of one class and names it as Lua does", () => {
  const date = new Date(0);
  assertEquals(instance(date, "x", Date), date);
  assertThrows(
    () => instance({}, "x", Date),
    TypeError,
    "bad argument 'x': expected Date, got table",
  );
  assertThrows(() => instance(date, "x", IndrasNetwork), TypeError, "expected Network, got Date");
});

Deno.test("kindOf() answers what a value is called in Lua", () => {
  const kinds: [unknown, string][] = [
    [undefined, "nil"],
    [true, "boolean"],
    [1, "number"],
    [2n ** 60n, "number"],
    ["a", "string"],
    [new Uint8Array(), "string"],
    [[], "table"],
    [Object.create(null), "table"],
    [() => {}, "function"],
  ];
  for (const [value, kind] of kinds) assertEquals(kindOf(value), kind);
});

Deno.test("a network is called Network where another object was expected", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.raisedBy("local n = indras.Network.new() indras.sleep(n)")?.text,
    "a.lua:1: bad argument 'seconds': expected seconds from 0, got Network",
  );
});
