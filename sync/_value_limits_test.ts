import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHandle } from "./_automerge.ts";
import type { DecodedChange } from "./_automerge.ts";
import { LOCAL_SHARE } from "./_room.ts";
import { checkedValue } from "./_value_input.ts";
import { checkObjects, checkSize, ValueObjects } from "./_value_objects.ts";
import { checkName, checkValueChange, valueGenesis } from "./_value_schema.ts";
import { ValueWriter } from "./_value_writer.ts";
import { SyncError } from "./errors.ts";
import { actorOf, parseMemberId } from "./ids.ts";
import { scan, SCAN_LIMITS } from "./scan.ts";
import {
  VALUE_CHANGE_BYTES_MAX,
  VALUE_CHANGE_OPERATIONS_MAX,
  VALUE_DEPTH_MAX,
  VALUE_KEY_BYTES_MAX,
  VALUE_KEYS_MAX,
  VALUE_NODES_MAX,
  VALUE_STRING_BYTES_MAX,
  ValueDocument,
  ValueFloat,
} from "./value_document.ts";
import type { TypedValue } from "./value_document.ts";

const which = { realmId: "ab".repeat(32), name: "limits" };
const writer = (n: number) => ({
  actor: actorOf(parseMemberId(`0${n}`.repeat(32)), 0),
  nowMs: () => 5_000,
});
const create = (n = 1) => ValueDocument.awaiting(which, writer(n));
const nested = (depth: number): TypedValue => depth === 0 ? 1 : { in: nested(depth - 1) };
const many = (count: number): number[] => Array(count).fill(7);

class Thing {
  a = 1;
}

const REFUSED: readonly (readonly [unknown, typeof TypeError | typeof RangeError, string])[] = [
  [undefined, TypeError, "Cannot write value: undefined"],
  [{ a: undefined }, TypeError, "Cannot write value.a: undefined"],
  [[1, , 3], TypeError, "Cannot write value[1]: undefined"],
  [{ "a b": [() => 1] }, TypeError, 'Cannot write value["a b"][0]: a function'],
  [{ é: Symbol("s") }, TypeError, "Cannot write value.é: a symbol"],
  [{ [Symbol("s")]: 1 }, TypeError, "a symbol as a key"],
  [{ big: 1n }, TypeError, "Cannot write value.big: a bigint"],
  [new Map([["a", 1]]), TypeError, "Cannot write value: an object of Map"],
  [[new Set()], TypeError, "value[0]: an object of Set"],
  [{ thing: new Thing() }, TypeError, "value.thing: an object of Thing"],
  [Object.create({ a: 1 }), TypeError, "an object of Object"],
  [new Uint16Array(2), TypeError, "an object of Uint16Array"],
  [new ArrayBuffer(2), TypeError, "an object of ArrayBuffer"],
  [/x/, TypeError, "an object of RegExp"],
  ["\ud800", TypeError, "a string that is not Unicode"],
  [{ ["\udc00"]: 1 }, TypeError, "a key that is not Unicode"],
  [NaN, RangeError, "Cannot write value: NaN"],
  [[-Infinity], RangeError, "Cannot write value[0]: -Infinity"],
  [{ n: 2 ** 53 }, RangeError, "value.n: 9007199254740992, which is beyond 2^53"],
  [-1e300, RangeError, "beyond 2^53 and no ValueFloat"],
  [new Date(NaN), RangeError, "a date that is none"],
  [{ ["k".repeat(VALUE_KEY_BYTES_MAX + 1)]: 1 }, RangeError, "a key of more than 1024 bytes"],
  [{ ["é".repeat(VALUE_KEY_BYTES_MAX / 2) + "k"]: 1 }, RangeError, "a key of more than"],
  ["é".repeat(VALUE_STRING_BYTES_MAX / 2) + "k", RangeError, "a string of more than 1048576 bytes"],
  [new Uint8Array(VALUE_STRING_BYTES_MAX + 1), RangeError, "more than 1048576 bytes"],
  [nested(VALUE_DEPTH_MAX + 1), RangeError, "deeper than 32"],
  [many(VALUE_NODES_MAX), RangeError, "more than 20000 parts"],
  [new Array(2 ** 32 - 1), RangeError, "more than 20000 parts"],
  [Object.fromEntries(many(VALUE_KEYS_MAX + 1).entries()), RangeError, "more than 10000 keys"],
];

for (const [value, errorClass, words] of REFUSED) {
  Deno.test(`a value that is refused: ${words}`, () => {
    using document = create();
    const [before, heads] = [{ a: 1 }, document.getHeads()];
    assertThrows(() => document.update(value as TypedValue), errorClass, words);
    assertEquals(document.getHeads(), heads);
    document.update(before);
    assertThrows(() => document.update(value as TypedValue), errorClass, words);
    assertThrows(() => document.merge(value as TypedValue), errorClass);
    assertThrows(() => document.change((draft) => draft["x"] = value), errorClass);
    assertEquals(document.read(), before);
  });
}

Deno.test("a cycle is refused, the same part twice is not", () => {
  using document = create();
  const part = { a: [1] };
  document.update({ one: part, other: part });
  assertEquals(document.read(), { one: part, other: part });
  const cycle: Record<string, unknown> = { list: [] };
  (cycle["list"] as unknown[]).push({ again: cycle });
  assertThrows(
    () => document.update(cycle as TypedValue),
    TypeError,
    "Cannot write value.list[0].again: a cycle",
  );
});

Deno.test("a value may be as large as its limits say", () => {
  const largest: readonly TypedValue[] = [
    nested(VALUE_DEPTH_MAX),
    many(VALUE_NODES_MAX - 1),
    Object.fromEntries(many(VALUE_KEYS_MAX).entries()),
    { ["k".repeat(VALUE_KEY_BYTES_MAX)]: "é".repeat(VALUE_STRING_BYTES_MAX / 2) },
    new Uint8Array(VALUE_STRING_BYTES_MAX).fill(7),
    new ValueFloat(Number.MAX_VALUE),
    Object.assign(Object.create(null), { a: 1 }),
  ];
  for (const value of largest) {
    using document = create();
    document.update(value);
    using other = create(2);
    other.applyEncoded(document.encodeChangesSince([]), document.getHeads());
    assertEquals(other.readTyped(), value);
  }
});

Deno.test("what grows step by step stays within the limits too", () => {
  using document = create();
  document.update({ list: many(VALUE_NODES_MAX - 3), deep: 1 });
  document.change<{ list: number[] }>((draft) => void draft.list.pop());
  document.change((draft) => draft["one"] = 1);
  const refused = () => document.change((draft) => Object.assign(draft, { two: 1, three: 1 }));
  assertThrows(refused, RangeError, "more than 20000 parts");
  assertThrows(() => document.merge({ two: { three: 1 } }), RangeError, "more than 20000 parts");
  document.change<{ list: number[] }>((draft) => void draft.list.splice(0, 10));
  refused();

  document.update(nested(VALUE_DEPTH_MAX - 1));
  const deepest = Array(VALUE_DEPTH_MAX - 2).fill("in");
  assertThrows(
    () => document.change((draft) => deepest.reduce((at, key) => at[key], draft)["x"] = [[]]),
    RangeError,
    "deeper than 32",
  );
  const path = deepest.reduceRight((inner, key) => ({ [key]: inner }), { x: { y: {} } });
  assertThrows(() => document.merge(path), RangeError, "deeper than 32");
  document.change((draft) => deepest.reduce((at, key) => at[key], draft)["x"] = []);

  document.update(Object.fromEntries(many(VALUE_KEYS_MAX).entries()));
  assertThrows(() => document.merge({ new: 1 }), RangeError, "more than 10000 keys");
  assertThrows(() => document.text(["new"]).update("x"), RangeError, "more than 10000 keys");
  document.merge({ 5: "another" });
});

Deno.test("one change writes no more than it may", () => {
  using document = create();
  const half = "x".repeat(VALUE_CHANGE_BYTES_MAX / 4);
  document.update([half, half, half]);
  const whole = Array.from({ length: 5 }, (_, n) => `${n}${half}`);
  assertThrows(() => document.update(whole), RangeError, "more than 2097152 bytes in one change");
  assertThrows(
    () =>
      document.change<string[]>((draft) => {
        for (const word of whole) draft.push(word);
      }),
    RangeError,
    "bytes in one change",
  );
  assertEquals(document.read(), [half, half, half]);

  const genesis = valueGenesis(checkName(which));
  const handle = createHandle(writer(1).actor);
  handle.loadIncremental(genesis.change);
  const change = new ValueWriter(handle, new ValueObjects(genesis));
  const list = change.enter("list");
  assertThrows(
    () => change.deleteElements(list, 0, VALUE_CHANGE_OPERATIONS_MAX),
    RangeError,
    "more than 100000 operations in one change",
  );
  handle.free();
});

Deno.test("a history of objects ends before a payload cannot carry it", () => {
  const sizes = { objects: 1, deepest: 1, rows: 1, bytes: 1 };
  checkSize({ ...sizes, objects: SCAN_LIMITS.objectsMax * LOCAL_SHARE }, LOCAL_SHARE);
  const tooLarge = [
    { objects: SCAN_LIMITS.objectsMax * LOCAL_SHARE + 1 },
    { objects: 40_000, deepest: 20 },
    { rows: SCAN_LIMITS.rowsMax * LOCAL_SHARE + 1 },
    { bytes: SCAN_LIMITS.inflatedBytesMax * LOCAL_SHARE + 1 },
  ];
  for (const size of tooLarge) {
    const error = assertThrows(() => checkSize({ ...sizes, ...size }, LOCAL_SHARE), SyncError);
    assertEquals(error.code, "too_large");
  }
  checkObjects({ ...sizes, objects: 40_000, deepest: 20 });
  assertThrows(() => checkObjects({ ...sizes, objects: 50_000, deepest: 20 }), SyncError);
});

Deno.test("a document that is full says so, and can still be sent whole", () => {
  using document = create();
  const objects = Array.from({ length: 2_000 }, (): TypedValue => ({}));
  let changes = 0;
  // Deep and wide at once: what the limits of a payload allow least.
  const error = assertThrows(() => {
    for (; changes < 100; changes++) {
      document.update({ deep: nested(VALUE_DEPTH_MAX - 1), wide: objects, n: changes });
      document.update({});
    }
  }, SyncError);
  assertEquals(error.code, "too_large");
  assert(changes > 5);
  const whole = document.save();
  scan(whole);
  using other = create(2);
  other.applyEncoded(whole, document.getHeads());
  assertEquals(other.read(), document.read());
});

Deno.test("checkValueChange() refuses what has no place, even if Automerge takes it", () => {
  const genesis = valueGenesis(checkName(which));
  const [map, list, text] = (["map", "list", "text"] as const)
    .map((type) => new ValueObjects(genesis).root(type));
  const one = { action: "set", value: 1, datatype: "int", pred: [] };
  const letter = { action: "set", value: "x", obj: text, elemId: "_head", insert: true, pred: [] };
  const check = (op: Record<string, unknown>) =>
    checkValueChange(
      { ops: [op], startOp: 9, actor: "aa", hash: "h" } as unknown as DecodedChange,
      new ValueObjects(genesis),
    );
  const allowed = [
    { ...one, obj: map, key: "k" },
    { ...one, obj: map, key: "" },
    { ...one, obj: list, elemId: "_head", insert: true },
    { ...one, obj: list, elemId: "7@aa" },
    { action: "del", obj: list, elemId: "7@aa", pred: ["7@aa"] },
    { action: "makeText", obj: map, key: "k", pred: [] },
    { ...one, obj: "_root", key: "value" },
    letter,
    { ...letter, value: "😀" },
  ];
  for (const op of allowed) check(op);
  const refused = [
    { ...one, obj: map, key: "k", insert: true },
    { ...one, obj: map, elemId: "_head" },
    { ...one, obj: map, key: "k", elemId: "_head" },
    { ...one, obj: list, key: "k" },
    { ...one, obj: list, key: "k", insert: true },
    { ...one, obj: list, elemId: "_head" },
    { action: "del", obj: list, elemId: "_head", pred: [] },
    { action: "del", obj: list, elemId: "7@aa", insert: true, pred: [] },
    { ...one, obj: "8@aa", key: "k" },
    { ...one, obj: "", key: "k" },
    { ...one, obj: "_root", key: "map" },
    { ...one, obj: "_root", key: "value", insert: true },
    { ...one, obj: "_root", elemId: "_head" },
    { ...one, obj: map, key: "k", value: NaN, datatype: "float64" },
    { ...one, obj: map, key: "k", value: -Infinity, datatype: "float64" },
    { ...one, obj: map, key: "k", value: 0.5 },
    { ...one, obj: map, key: "k", value: 2 ** 53 },
    { ...one, obj: map, key: "k", datatype: "uint" },
    { ...one, obj: map, key: "k", datatype: "counter" },
    { ...one, obj: map, key: "k", value: undefined, datatype: undefined },
    { ...one, obj: map, key: "k", value: "\ud800", datatype: undefined },
    { ...one, obj: map, key: "\ud800" },
    { action: "toString", obj: map, key: "k", pred: [] },
    { action: "link", obj: map, key: "k", pred: [] },
    { ...letter, value: "xy" },
    { ...letter, value: "\ud800" },
    { ...letter, insert: undefined, elemId: "7@aa" },
    { ...letter, action: "makeMap", value: undefined },
  ];
  for (const op of refused) {
    const error = assertThrows(() => check(op), SyncError, undefined, JSON.stringify(op));
    assertEquals(error.code, "bad_schema");
  }
});

Deno.test("checkedValue() names the path of what it refuses, and cuts long keys", () => {
  assertThrows(() => checkedValue(NaN, ["a", 3, "b-c", ""]), RangeError, 'value.a[3]["b-c"][""]');
  const long = "k".repeat(500);
  const error = assertThrows(() => checkedValue({ [long]: NaN }), RangeError);
  assert(error.message.length < 150);
});
