import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { actorOf, parseMemberId } from "./ids.ts";
import {
  TEXT_EDITS_MAX,
  VALUE_DEPTH_MAX,
  VALUE_TEXT_LENGTH_MAX,
  ValueDocument,
} from "./value_document.ts";
import type { TypedValue } from "./value_document.ts";

const SEED = 20260804;
const writer = (n: number) => ({
  actor: actorOf(parseMemberId(`0${n}`.repeat(32)), 0),
  nowMs: () => 5_000,
});
const written = (value?: TypedValue, n = 1) => {
  const document = ValueDocument.awaiting({ realmId: "ab".repeat(32), name: "text" }, writer(n));
  if (value !== undefined) document.update(value);
  return document;
};
const exchange = (left: ValueDocument, right: ValueDocument) => {
  left.applyEncoded(right.encodeChangesSince(left.getHeads()));
  right.applyEncoded(left.encodeChangesSince(right.getHeads()));
  assertEquals(left.readTyped(), right.readTyped());
};

Deno.test("a text keeps what two write into it at once", () => {
  using left = written({});
  left.text(["t"]).update("The fox jumps");
  using right = left.fork(writer(2));
  left.text(["t"]).splice(4, 0, "quick ");
  right.text(["t"]).update("The fox leaps");
  exchange(left, right);
  assertEquals(`${left.text(["t"])}`, "The quick fox leaps");
  assertEquals(left.read(), { t: "The quick fox leaps" });
});

Deno.test("a text is made by its first edit, with what is on the way to it", () => {
  using document = written();
  const text = document.text(["a", "b", "c"]);
  assertFalse(text.splice(0, 0, ""));
  assertFalse(text.update(""));
  assertFalse(document.isWritten);
  assert(text.splice(0, 5, "x"));
  assertEquals(document.read(), { a: { b: { c: "x" } } });
  assertEquals(text.length, 1);
  document.text([]);
  assertThrows(() => document.text([]).update("y"), TypeError, "a map is no text");
});

Deno.test("the whole value can be a text", () => {
  using document = written();
  document.text([]).update("whole");
  assertEquals(document.read(), "whole");
  document.update("the whole");
  assertEquals(`${document.text([])}`, "the whole");
  using other = document.fork(writer(2));
  document.update("the whole text");
  other.text([]).splice(0, 3, "The");
  exchange(document, other);
  assertEquals(document.read(), "The whole text");
  document.update({ a: 1 });
  document.update("word");
  document.text([]).splice(4, 0, "s"); // a word becomes a text
  assertEquals(document.read(), "words");
});

Deno.test("a word becomes a text by its first edit", () => {
  using document = written({ word: "abc", list: ["def", 1] });
  document.text(["word"]).splice(1, 1, "B");
  document.text(["list", 0]).splice(3, 0, "!");
  using other = document.fork(writer(2));
  document.text(["list", 0]).splice(0, 0, "<");
  other.text(["list", 0]).splice(4, 0, ">");
  exchange(document, other);
  assertEquals(document.read(), { word: "aBc", list: ["<def!>", 1] });
});

Deno.test("update() and merge() edit a text instead of replacing it", () => {
  using left = written({});
  left.text(["t"]).update("middle");
  using right = left.fork(writer(2));
  left.update({ t: "middle, end" });
  right.merge({ t: "start, middle" });
  exchange(left, right);
  assertEquals(left.read(), { t: "start, middle, end" });
  left.update({ t: 5 });
  assertThrows(() => `${left.text(["t"])}`, TypeError, "a int is no text");
});

Deno.test("a text that cannot be where it should is refused", () => {
  using document = written({ n: 1, list: ["a"], map: {} });
  const heads = document.getHeads();
  for (
    const path of [["n"], ["n", "x"], ["list", "x"], ["map", 0], ["list"], [0], ["list", 0, "x"]]
  ) {
    assertThrows(() => document.text(path).update("t"), TypeError, "Cannot");
  }
  assertThrows(() => document.text(["list", 1]).update("t"), RangeError, "no such element");
  for (const index of [-1, 0.5, NaN]) {
    assertThrows(() => document.text(["list", index]), RangeError, "is no index");
  }
  assertThrows(() => document.text(["k".repeat(1025)]), RangeError, "a key of more");
  assertThrows(() => document.text(["\ud800"]), TypeError, "not Unicode");
  document.text(Array(VALUE_DEPTH_MAX - 1).fill("d"));
  assertThrows(() => document.text(Array(VALUE_DEPTH_MAX).fill("d")), RangeError, "deeper");
  assertEquals(document.getHeads(), heads);
  using list = written(["a"]);
  assertThrows(() => list.text(["key"]).update("t"), TypeError, "something else on the way");
  assertEquals(list.read(), ["a"]);
});

Deno.test("a text is edited in whole letters", () => {
  using document = written({});
  const text = document.text(["t"]);
  text.update("a😀b");
  for (const [index, count] of [[2, 0], [1, 1], [2, 1], [0, 2]] as const) {
    assertThrows(() => text.splice(index, count), RangeError, "inside of a letter");
  }
  for (const [index, count] of [[-1, 0], [5, 0], [0.5, 0], [0, -1], [0, 0.5], [NaN, 0]] as const) {
    assertThrows(() => text.splice(index, count), RangeError, "no ");
  }
  assertThrows(() => text.splice(0, 0, "\udc00"), TypeError, "not Unicode");
  assertThrows(() => text.update("\udc00"), TypeError, "not Unicode");
  text.splice(1, 2, "😁");
  assertEquals(`${text}`, "a😁b");
  text.update("a😀b"); // both letters begin with the same half
  assertEquals(`${text}`, "a😀b");
  text.splice(1, 99);
  assertEquals([`${text}`, text.length], ["a", 1]);
});

const someText = fc.string({
  unit: fc.constantFrom("a", "b", " ", "é", "😀", "👨‍👩‍👧", "🇩🇪"),
  maxLength: 12,
});

Deno.test(`update() makes a text any other text (seed ${SEED})`, () => {
  using document = written({});
  fc.assert(
    fc.property(someText, (after) => {
      document.text(["t"]).update(after);
      assertEquals(`${document.text(["t"])}`, after);
    }),
    { seed: SEED, numRuns: 500 },
  );
  using loaded = ValueDocument.load(document.save(), writer(2));
  assertEquals(loaded.readTyped(), document.readTyped());
});

Deno.test("a text has a length that it cannot exceed, and a large edit is made as a whole", () => {
  using document = written({});
  const text = document.text(["t"]);
  const start = "a".repeat(TEXT_EDITS_MAX + 10);
  text.update(start);
  text.update("b".repeat(TEXT_EDITS_MAX + 10));
  assertEquals(`${text}`, "b".repeat(TEXT_EDITS_MAX + 10));
  text.update("c".repeat(VALUE_TEXT_LENGTH_MAX));
  assertThrows(() => text.splice(0, 0, "x"), RangeError, "a text of more than 65536 units");
  assertThrows(() => text.update("x".repeat(VALUE_TEXT_LENGTH_MAX + 1)), RangeError);
  text.splice(0, 10);
  assertEquals(text.length, VALUE_TEXT_LENGTH_MAX - 10);
});
