import { assert, assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import * as Automerge from "@automerge/automerge/slim";
import { SyncError } from "./errors.ts";
import { actorOf, parseChangeHash, parseMemberId } from "./ids.ts";
import { ValueDocument, valueDocumentId, ValueFloat } from "./value_document.ts";
import type { JsonValue, TypedValue } from "./value_document.ts";

const REALM = "ab".repeat(32);
const which = { realmId: REALM, name: "notes" };
const writer = (n: number) => ({
  actor: actorOf(parseMemberId(`0${n}`.repeat(32)), 0),
  nowMs: () => 5_000,
});
const create = (n = 1) => ValueDocument.awaiting(which, writer(n));
const written = (value: TypedValue, n = 1) => {
  const document = create(n);
  document.update(value);
  return document;
};
const merge = (from: ValueDocument, to: ValueDocument) =>
  to.applyEncoded(from.encodeChangesSince(to.getHeads()), from.getHeads());
/** Gives both what the other has; both must hold the same then. */
const exchange = (left: ValueDocument, right: ValueDocument): JsonValue | undefined => {
  merge(left, right);
  merge(right, left);
  assertEquals(left.getHeads(), right.getHeads());
  assertEquals(left.readTyped(), right.readTyped());
  return left.read();
};
const operations = (document: ValueDocument) => {
  const plain = Automerge.load(document.save());
  const { numOps } = Automerge.stats(plain);
  Automerge.free(plain);
  return numOps;
};
const record = (value: JsonValue | undefined) => value as Record<string, JsonValue>;

Deno.test("valueDocumentId() depends on the realm and on the name", () => {
  assertEquals<string>(
    valueDocumentId("00".repeat(32), "notes"),
    "ab9bbadc28392e8d981b81be1f01b488edcf05291946c3733ac5b0b563014b9f",
  );
  const ids = [
    valueDocumentId(REALM, "a"),
    valueDocumentId(REALM, "b"),
    valueDocumentId(REALM, ""),
  ];
  assertEquals(new Set(ids).size, 3);
  assertEquals(valueDocumentId(REALM.toUpperCase(), "a"), ids[0]!);
  assertNotEquals(valueDocumentId("cd".repeat(32), "a"), ids[0]!);
});

Deno.test("a document's name is Unicode without control characters, and not too long", () => {
  using document = ValueDocument.awaiting({ realmId: REALM, name: "é😀 _x/y" }, writer(1));
  assertEquals(document.name, "é😀 _x/y");
  using longest = ValueDocument.awaiting({ realmId: REALM, name: "x".repeat(256) }, writer(1));
  assertEquals(longest.documentId, valueDocumentId(REALM, "x".repeat(256)));
  assertThrows(() => valueDocumentId(REALM, "x".repeat(257)), RangeError, "257 units, at most 256");
  for (const name of ["a\nb", "\u0000", "\u0085", "\ud800"]) {
    assertThrows(() => valueDocumentId(REALM, name), TypeError, "Cannot name document");
  }
  assertThrows(() => valueDocumentId("12", "x"), TypeError, "64 hex digits");
});

Deno.test("a document that nobody has written is undefined, and reading writes nothing", () => {
  using document = create();
  const heads = document.getHeads();
  assertEquals(document.read(), undefined);
  assertEquals(document.readTyped(), undefined);
  assertFalse(document.isWritten);
  assertEquals(`${document.text(["a", "b"])}`, "");
  assertEquals(document.getHeads(), heads);
  assertEquals(document.lastLocalChange(), undefined);
  document.update({});
  assert(document.isWritten);
  assertEquals(document.read(), {});
});

const VALUES: readonly TypedValue[] = [
  ...[null, true, false, 0, -7, 2 ** 53 - 1, -(2 ** 53) + 1, 0.5, 1e-300, "", "word", "é😀"],
  ...[[], {}, [[]], [{}], { "": 1, "a b": [null, { c: [true] }] }, [1, "1", 1.5, "x"]],
  [0, -1, -128, 2 ** 31, 2 ** 32, -(2 ** 40), 2 ** 53 - 1, -(2 ** 53) + 1],
  new Uint8Array([0, 255]),
  new Date(-5),
  { bytes: new Uint8Array(3), at: new Date(8.64e15), list: [new Date(0), new Uint8Array(0)] },
];

Deno.test("ValueDocument.update() holds any value, whatever was there before", () => {
  using document = create();
  for (const before of VALUES) {
    for (const after of VALUES) {
      document.update(before);
      document.update(after);
      assertEquals(document.read(), after as JsonValue);
      assertEquals(document.readTyped(), after);
      assertFalse(document.update(after));
    }
  }
  using loaded = ValueDocument.load(document.save(), writer(2));
  for (const value of VALUES) {
    loaded.update(value);
    using again = ValueDocument.load(loaded.save(), writer(3));
    assertEquals(again.readTyped(), value);
  }
});

Deno.test("ValueDocument.read() gives copies, in the same order on every peer", () => {
  const value = { b: [1, { c: 1 }], a: new Uint8Array([1]), d: new Date(1) };
  using document = written(value);
  value.b.push(2);
  value.a[0] = 9;
  const read = document.read() as typeof value;
  assertEquals(read, { a: new Uint8Array([1]), b: [1, { c: 1 }], d: new Date(1) });
  read.b.push(7);
  read.a[0] = 7;
  read.d.setTime(7);
  assertEquals(document.read(), { a: new Uint8Array([1]), b: [1, { c: 1 }], d: new Date(1) });
  using loaded = ValueDocument.load(document.save(), writer(2));
  assertEquals(JSON.stringify(loaded.read()), JSON.stringify(document.read()));
  assertEquals(Object.keys(document.read() as object), ["a", "b", "d"]);
});

Deno.test("whole floats stay floats, and whole numbers are integers", () => {
  using document = written({
    float: new ValueFloat(1),
    int: 1,
    half: 0.5,
    big: new ValueFloat(1e300),
  });
  assertEquals(document.read(), { float: 1, int: 1, half: 0.5, big: 1e300 });
  using loaded = ValueDocument.load(document.save(), writer(2));
  const typed = loaded.readTyped()!;
  assertEquals(typed, { float: new ValueFloat(1), int: 1, half: 0.5, big: new ValueFloat(1e300) });
  assertFalse(loaded.update(typed));
  assert(loaded.update({ float: 1, int: new ValueFloat(1), half: 0.5 }));
  assertEquals(loaded.readTyped(), { float: 1, int: new ValueFloat(1), half: 0.5 });
  for (const whole of [new ValueFloat(2), 2]) {
    loaded.update(whole);
    using again = ValueDocument.load(loaded.save(), writer(3));
    assertEquals(again.readTyped(), whole);
    assertEquals(again.read(), 2);
  }
});

Deno.test("-0 becomes 0, alone and in a ValueFloat", () => {
  using document = written({ plain: -0, float: new ValueFloat(-0) });
  const read = record(document.read());
  assert(Object.is(read["plain"], 0) && Object.is(read["float"], 0));
  assertThrows(() => new ValueFloat(NaN), RangeError, "not finite");
});

Deno.test("a saved document is plain Automerge, its words scalars", () => {
  using document = written({ word: "w", list: ["x"] });
  document.text(["text"]).update("t");
  const plain = Automerge.toJS(Automerge.load<Record<string, never>>(document.save()));
  assert(Automerge.isImmutableString(plain["map"]!["word"]));
  assert(Automerge.isImmutableString(plain["map"]!["list"]![0]));
  assertEquals(plain["map"]!["text"], "t");
  assertEquals(Object.keys(plain), ["list", "map", "name", "realm_id", "text", "value"]);
});

Deno.test("two who write before they have met keep each other's keys, elements and letters", () => {
  using left = written({ a: 1, same: "x" }, 1);
  using right = written({ b: 2, same: "x" }, 2);
  assertEquals(exchange(left, right), { a: 1, b: 2, same: "x" });

  using first = written(["from one", "also"], 1);
  using second = written(["from two"], 2);
  assertEquals((exchange(first, second) as string[]).toSorted(), ["also", "from one", "from two"]);

  using ada = create(1);
  using ben = create(2);
  ada.text([]).update("Ada");
  ben.text([]).update("Ben");
  assert(["AdaBen", "BenAda"].includes(String(exchange(ada, ben))));
});

Deno.test("two who write different kinds before they have met agree on one of them", () => {
  for (const [one, other] of [[{ a: 1 }, [1]], [5, { a: 1 }], ["x", "y"], [[1], null]] as const) {
    using left = written(one as TypedValue, 1);
    using right = written(other as TypedValue, 2);
    const value = exchange(left, right);
    assert([one, other].some((each) => JSON.stringify(each) === JSON.stringify(value)));
    left.update({ after: 1 });
    assertEquals(exchange(left, right), { after: 1 });
  }
});

Deno.test("what a value once held does not come back with its kind", () => {
  using document = written({ old: 1, more: [1] });
  document.update(["x"]);
  document.update({ now: 1 });
  assertEquals(document.read(), { now: 1 });
  document.update(["y"]);
  assertEquals(document.read(), ["y"]);
  using other = document.fork(writer(2));
  document.update("scalar");
  other.update(["y", "from the other"]);
  assertEquals(exchange(document, other), "scalar");
  other.update(["z"]);
  assertEquals(exchange(document, other), ["z"]);
});

Deno.test("a key that two write again after it was gone is there", () => {
  using left = written({ a: 1 }, 1);
  left.update(0);
  using right = left.fork(writer(2));
  left.update({ a: 1 });
  right.update({ b: 1 });
  assertEquals(exchange(left, right), { a: 1, b: 1 });
});

Deno.test("ValueDocument.update() writes as little as it can", () => {
  using document = written({ list: [1, 2, 3, 4, 5, 6], map: { a: { b: { c: 1, d: 2 } } }, x: "y" });
  const cost = (value: TypedValue) => {
    const before = operations(document);
    document.update(value);
    return operations(document) - before;
  };
  const value = () => record(document.read());
  assertEquals(cost(value()), 0);
  assertEquals(cost({ ...value(), map: { a: { b: { c: 9, d: 2 } } } }), 1);
  assertEquals(cost({ ...value(), list: [1, 2, 9, 4, 5, 6] }), 1);
  assertEquals(cost({ ...value(), list: [0, 1, 2, 9, 4, 5, 6] }), 1);
  // A deletion is no operation of its own in a saved document.
  assertEquals(cost({ ...value(), list: [0, 1, 4, 5, 6] }), 0);
  const { x: _, ...rest } = value();
  assertEquals(cost(rest), 0);
  assertEquals(document.read(), { list: [0, 1, 4, 5, 6], map: { a: { b: { c: 9, d: 2 } } } });
});

Deno.test("concurrent updates of different keys both survive, and removed keys stay removed", () => {
  using left = written({ a: 1, b: { c: 1, d: 1 }, gone: 1 });
  using right = left.fork(writer(2));
  left.update({ a: 2, b: { c: 1, d: 1 } });
  right.update({ a: 1, b: { c: 1, d: 2, e: 3 }, gone: 1 });
  assertEquals(exchange(left, right), { a: 2, b: { c: 1, d: 2, e: 3 } });
  right.update({ ...record(right.read()), f: 1 });
  assertEquals(exchange(left, right), { a: 2, b: { c: 1, d: 2, e: 3 }, f: 1 });
});

Deno.test("concurrent updates of a list keep what each of them did to its elements", () => {
  const items = ["a", "b", "c", "d", "e"].map((id) => ({ id, done: false }));
  using left = written({ items });
  using right = left.fork(writer(2));
  const done = (id: string) => (item: typeof items[0]) =>
    item.id === id ? { ...item, done: true } : item;
  left.update({ items: [{ id: "new", done: false }, ...items.slice(1).map(done("c"))] });
  right.update({ items: [...items.map(done("e")), { id: "last", done: false }] });
  assertEquals(exchange(left, right), {
    items: [
      { id: "new", done: false },
      { id: "b", done: false },
      { id: "c", done: true },
      { id: "d", done: false },
      { id: "e", done: true },
      { id: "last", done: false },
    ],
  });
});

Deno.test("ValueDocument.update() removes the element that went, and edits the one that stayed", () => {
  using left = written([{ id: 1, text: "a" }, { id: 2, text: "b" }, { id: 3, text: "c" }]);
  using right = left.fork(writer(2));
  left.update([{ id: 2, text: "B" }, { id: 3, text: "c" }]);
  right.update([{ id: 1, text: "a" }, { id: 2, text: "b", by: "ben" }, { id: 3, text: "c" }]);
  assertEquals(exchange(left, right), [{ id: 2, text: "B", by: "ben" }, { id: 3, text: "c" }]);
});

Deno.test("a type that changes replaces what was there", () => {
  using left = written({ a: { b: 1 }, c: [1], d: 1 });
  using right = left.fork(writer(2));
  left.update({ a: [1], c: "x", d: { e: 1 } });
  right.update({ a: { b: 2 }, c: [1, 2], d: 1 });
  assertEquals(exchange(left, right), { a: [1], c: "x", d: { e: 1 } });
});

Deno.test("ValueDocument.merge() writes deep keys and leaves the others", () => {
  using document = create();
  document.merge({ a: { b: 1, c: [1] } });
  assert(document.merge({ a: { c: [2], d: { e: 1 } }, f: null }));
  assertEquals(document.read(), { a: { b: 1, c: [2], d: { e: 1 } }, f: null });
  assertFalse(document.merge({ a: { b: 1, d: {} } }));
  document.merge({ f: { now: "a map" } });
  assertEquals(record(document.read())["f"], { now: "a map" });
});

Deno.test("ValueDocument.merge() keeps what others write into the same map", () => {
  using left = written({ players: { ada: 1 } });
  using right = left.fork(writer(2));
  left.merge({ players: { ada: 2 } });
  right.merge({ players: { ben: 1 } });
  assertEquals(exchange(left, right), { players: { ada: 2, ben: 1 } });
});

Deno.test("ValueDocument.merge() puts nothing into a map that is no map", () => {
  using document = written({ a: { b: { c: 1 } } });
  for (const value of [5, null, [1], "x", [{}]]) {
    assertThrows(() => document.merge(value as TypedValue), TypeError, "value: what is no map");
    assertThrows(
      () => document.merge({ x: 1, a: { b: value as TypedValue } }),
      TypeError,
      "value.a.b: what is no map",
    );
  }
  assertEquals(document.read(), { a: { b: { c: 1 } } });
  using scalar = written(5);
  scalar.merge([1]);
  assertEquals(scalar.read(), [1]);
  scalar.merge({ a: 1 });
  assertEquals(scalar.read(), { a: 1 });
});

Deno.test("a key that is called __proto__ is a key", () => {
  const value = JSON.parse(
    '{"__proto__": {"__proto__": 2, "polluted": 1}, "list": [{"__proto__": [1]}]}',
  );
  using document = written(value);
  using loaded = ValueDocument.load(document.save(), writer(2));
  for (const each of [document, loaded]) {
    const read = record(each.read());
    assertEquals(JSON.stringify(read), JSON.stringify(value));
    assertEquals(Object.getPrototypeOf(read), Object.prototype);
    assertEquals(read["polluted"], undefined);
  }
  loaded.change<{ list: unknown[] }>((draft) => draft.list.push(JSON.parse('{"__proto__": null}')));
  loaded.merge(JSON.parse('{"__proto__": {"polluted": 3}}'));
  loaded.text(["list", 0, "__proto__", 0]);
  loaded.text(["deep", "__proto__"]).update("text");
  assertEquals(
    JSON.stringify(loaded.read()),
    '{"__proto__":{"__proto__":2,"polluted":3},"deep":{"__proto__":"text"},' +
      '"list":[{"__proto__":[1]},{"__proto__":null}]}',
  );
  const [before, after] = [loaded.getHeads(), (loaded.update({}), loaded.getHeads())];
  assertEquals(loaded.diff(before, after).length, 3);
  assertEquals(({} as Record<string, unknown>)["polluted"], undefined);
});

Deno.test("ValueDocument exchanges changes as other documents do", () => {
  using left = written({ a: 1 }, 1);
  const first = left.getHeads();
  left.update({ a: 2 });
  using right = create(2);
  assertEquals(right.applyChanges(left.getChangesSince(first)), {
    type: "waiting",
    missing: first,
  });
  assertEquals(right.read(), undefined);
  const outcome = right.applyEncoded(left.encodeChangesSince([]), left.getHeads());
  assertEquals(outcome.type === "applied" && outcome.changes.length, 2);
  assertEquals(right.applyEncoded(left.save(), left.getHeads()), { type: "already_had" });
  assert(right.hasHeads(left.getHeads()));
  assertEquals(left.getAllChanges().length, 3);
  assertEquals(left.lastLocalChange(), left.getAllChanges()[2]);
  const authors = left.authorsSince([]);
  assertEquals(authors.map(({ author }) => author), Array(2).fill(parseMemberId("01".repeat(32))));
  assertEquals(authors[1]!.deps, first);
  assertEquals(left.authorsSince(left.getHeads()), []);
  const absent = parseChangeHash("00".repeat(32));
  left.update({ a: 3 });
  const error = assertThrows(
    () => right.applyEncoded(left.encodeChangesSince(right.getHeads()), [absent]),
    SyncError,
  );
  assertEquals(error.code, "heads_absent");
});

Deno.test("ValueDocument.applyEncoded() lets a judge see the new changes, and refuse them", () => {
  using left = written({ a: 1 }, 1);
  using right = left.fork(writer(2));
  left.update({ a: 2 });
  left.update({ a: { made: "here" } });
  const bytes = left.encodeChangesSince(right.getHeads());
  const refuse = () => {
    throw new SyncError("not_allowed", "Cannot apply changes: not now");
  };
  assertThrows(() => right.applyEncoded(bytes, [], refuse), SyncError, "not now");
  assertEquals(right.read(), { a: 1 });
  const seen: unknown[] = [];
  right.applyEncoded(bytes, left.getHeads(), (changes) => seen.push(...changes));
  assertEquals(seen, left.authorsSince([]).slice(1));
  right.update({ a: { made: "there" } });
  assertEquals(exchange(left, right), { a: { made: "there" } });
});

Deno.test("ValueDocument.loadStored() opens a snapshot and what was appended to it", () => {
  using document = written({ a: 1 });
  const snapshot = document.save();
  const chunks = [2, 3].map((a) => {
    document.update({ a });
    return document.lastLocalChange()!;
  });
  using opened = ValueDocument.loadStored(snapshot, chunks, writer(2));
  assertEquals(opened.read(), { a: 3 });
  assertEquals([opened.name, opened.documentId], [document.name, document.documentId]);
  assertEquals(opened.getHeads(), document.getHeads());
  assertThrows(() => ValueDocument.loadStored(snapshot, [chunks[1]!], writer(2)), SyncError);
});

Deno.test("a fork goes its own way", () => {
  using document = written({ a: [1] });
  using fork = document.fork(writer(2));
  fork.update({ a: [1, 2], b: { c: 1 } });
  assertEquals(document.read(), { a: [1] });
  document.update({ a: [0, 1] });
  assertEquals(exchange(document, fork), { a: [0, 1, 2], b: { c: 1 } });
});

Deno.test("ValueDocument.diff() says what changed, step by step", () => {
  using document = written({ a: 1, list: [1, 2, 3], gone: 1 });
  const steps = (change: () => void) => {
    const before = document.getHeads();
    change();
    return document.diff(before, document.getHeads());
  };
  assertEquals(steps(() => document.update({ a: "word", list: [1, { b: 0.5 }, 3, 4] })), [
    { action: "put", path: ["a"], value: "word" },
    { action: "delete", path: ["gone"], count: 1 },
    { action: "insert", path: ["list", 1], values: [{}] },
    { action: "delete", path: ["list", 2], count: 1 },
    { action: "insert", path: ["list", 3], values: [4] },
    { action: "put", path: ["list", 1, "b"], value: 0.5 },
  ]);
  assertEquals(steps(() => document.text(["text"]).update("abc")), [
    { action: "put", path: ["text"], value: "" },
    { action: "splice", path: ["text", 0], text: "abc" },
  ]);
  assertEquals(steps(() => document.text(["text"]).splice(1, 1)), [
    { action: "delete", path: ["text", 1], count: 1 },
  ]);
  assertEquals(steps(() => document.update([1])), [{ action: "put", path: [], value: [1] }]);
  assertEquals(steps(() => document.update([])), [{ action: "delete", path: [0], count: 1 }]);
  assertEquals(steps(() => document.update(5)), [{ action: "put", path: [], value: 5 }]);
  assertEquals(steps(() => document.update(6)), [{ action: "put", path: [], value: 6 }]);
  assertEquals(document.diff(document.getHeads(), document.getHeads()), []);
  using empty = create();
  assertEquals(empty.diff([], empty.getHeads()), []);
  const absent = [parseChangeHash("00".repeat(32))];
  const error = assertThrows(() => document.diff(absent, document.getHeads()), SyncError);
  assertEquals(error.code, "heads_absent");
});

Deno.test("what is refused leaves a document as it was", () => {
  using document = written({ a: 1 });
  const [heads, bytes] = [document.getHeads(), document.save()];
  const refused: unknown[] = [undefined, { b: 1, c: () => 1 }, { b: [NaN] }];
  for (const value of refused) {
    assertThrows(() => document.update(value as TypedValue));
    assertThrows(() => document.merge(value as TypedValue));
    assertThrows(() => document.change((draft) => Object.assign(draft, { z: 1, bad: value })));
  }
  assertEquals([document.getHeads(), document.save()], [heads, bytes]);
  assertEquals(document.read(), { a: 1 });
});

Deno.test("a document that was disposed cannot be used", () => {
  const document = written({ a: 1 });
  document[Symbol.dispose]();
  document[Symbol.dispose]();
  assertThrows(() => document.update({ a: 2 }), SyncError, "disposed");
  assertThrows(() => document.save(), SyncError, "disposed");
});
