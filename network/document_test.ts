import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { INTERFACE_METADATA_KEYS_MAX, SyncError, ValueFloat } from "../sync/mod.ts";
import type { JsonValue, MemberId } from "../sync/mod.ts";
import { FakeHomeHost } from "./_fake_home_host.ts";
import { ada, ben, realmOf } from "./_fake_realm_host.ts";
import { Document } from "./document.ts";
import type { DocumentChange } from "./document.ts";
import { documentNames } from "./document_names.ts";
import { NetworkError } from "./errors.ts";

/** What Ada and Ben have of one realm. */
function two(): [FakeHomeHost, FakeHomeHost] {
  const [left, right] = realmOf(ben);
  return [
    new FakeHomeHost(ada, { document: left!.document }),
    new FakeHomeHost(ben, { document: right!.document }),
  ];
}

function opened<T = JsonValue>(host: FakeHomeHost): Document<T> {
  return new Document<T>({ host, name: "notes" });
}

/** What a reader is told, until its document is closed. */
async function told<T>(
  document: Document<T>,
  reader: AsyncIterable<DocumentChange<T>>,
): Promise<DocumentChange<T>[]> {
  document.close();
  return await Array.fromAsync(reader);
}

Deno.test("Document: every kind of value reads as it was written", () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  assertEquals(document.read(), undefined);
  const values: JsonValue[] = ["word", 3, 1.5, true, null, [1, "a", [2]], { a: { b: 1 } }, {}, []];
  for (const value of values) {
    assert(document.update(value));
    assertEquals(document.read(), value);
    assertFalse(document.update(value));
  }
});

Deno.test("Document.readTyped() tells whole floats from integers", () => {
  using host = new FakeHomeHost(ada);
  const document = opened<unknown>(host);
  document.update({ float: new ValueFloat(2), integer: 2 });
  assertEquals(document.read(), { float: 2, integer: 2 });
  assertEquals(document.readTyped(), { float: new ValueFloat(2), integer: 2 });
});

Deno.test("Document: the first write lists the name before the document goes out", () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  const { documentId } = host.valueDocument("notes");
  assert(document.update({ a: 1 }));
  assertEquals(host.takeWritten(), [host.document.documentId, documentId]);
  assertEquals(documentNames(host), ["notes"]);
  assert(document.merge({ b: 2 }));
  assert(document.change((draft) => draft["c"] = 3));
  assert(document.text(["d"]).update("text"));
  assertEquals(host.takeWritten(), [documentId, documentId, documentId]);
  assertEquals(document.read(), { a: 1, b: 2, c: 3, d: "text" });
});

Deno.test("Document: reading, and writing what is there, writes nothing", () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  const heads = [...document.heads];
  document.read();
  document.readTyped();
  document.refresh();
  document.changes();
  assertEquals(document.text(["story"]).toString(), "");
  assertEquals(document.text(["story"]).length, 0);
  assertFalse(document.text(["story"]).update(""));
  assertFalse(document.text(["story"]).splice(0, 0));
  assertEquals([document.heads, host.takeWritten()], [heads, []]);
  assertEquals(documentNames(host), []);
  document.update({ a: 1 });
  host.takeWritten();
  const written = [...document.heads];
  assertFalse(document.update({ a: 1 }));
  assertFalse(document.merge({ a: 1 }));
  assertFalse(document.merge({}));
  assertFalse(document.change(() => {}));
  assertEquals([document.heads, host.takeWritten()], [written, []]);
});

Deno.test("Document: nobody but a member writes, and everybody reads what is here", () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  document.update({ text: "words" });
  host.takeWritten();
  const heads = document.heads;
  host.checkMember = () => {
    throw new NetworkError("not_member", "Not a member");
  };
  const writes = [
    () => document.update({}),
    () => document.merge({ a: 1 }),
    () => document.change((draft) => draft["a"] = 1),
    () => document.text(["text"]).update("other"),
    () => document.text(["text"]).splice(0, 1),
  ];
  for (const write of writes) {
    assertEquals(assertThrows(write, NetworkError, "Not a member").code, "not_member");
  }
  assertEquals([document.read(), document.heads], [{ text: "words" }, heads]);
  assertEquals(host.takeWritten(), []);
});

Deno.test("Document: what cannot be stored is refused and leaves nothing behind", () => {
  using host = new FakeHomeHost(ada);
  const document = opened<unknown>(host);
  const refused: (() => unknown)[] = [
    () => document.update({ bad: () => 1 }),
    () => document.update(undefined),
    () => document.merge({ bad: undefined }),
    () =>
      document.change((draft) => {
        draft["good"] = 1;
        draft["bad"] = Symbol();
      }),
  ];
  for (const write of refused) assertThrows(write, TypeError);
  assertThrows(() => document.update({ n: Infinity }), RangeError);
  assertThrows(() => document.text([-1]), RangeError);
  assertEquals([document.read(), documentNames(host), host.takeWritten()], [undefined, [], []]);
  document.update({ map: { a: 1 } });
  assertThrows(() => document.merge(3), TypeError);
  assertThrows(() => document.merge([1]), TypeError);
  assertThrows(() => document.merge({ map: "word" }), TypeError);
  assertEquals(document.read(), { map: { a: 1 } });
});

Deno.test("Document: a full document passes its error on", () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  document.update({ a: 1 });
  host.valueDocument("notes").update = () => {
    throw new SyncError("too_large", "Cannot change document: it takes up most of a payload");
  };
  host.takeWritten();
  assertEquals(assertThrows(() => document.update({}), SyncError).code, "too_large");
  assertEquals(host.takeWritten(), []);
});

Deno.test("Document: a realm without room for another name refuses before anything is written", () => {
  using host = new FakeHomeHost(ada);
  const entries = new Map(
    Array.from({ length: INTERFACE_METADATA_KEYS_MAX }, (_, key) => [`${key}`, new Uint8Array()]),
  );
  host.document.metadata = () => entries;
  const document = opened(host);
  const error = assertThrows(() => document.update(1), NetworkError, "Invalid operation: ");
  assertEquals(error.code, "limit_reached");
  assertEquals([document.read(), document.refresh()], [undefined, false]);
  entries.delete("0");
  assert(document.update(1));
  entries.set("0", new Uint8Array());
  assert(document.update(2), "a name that is listed needs no room");
});

Deno.test("Document: a name that no document can have is refused", () => {
  using host = new FakeHomeHost(ada);
  for (const name of ["", "a\nb", "a".repeat(101)]) {
    const error = assertThrows(() => new Document({ host, name }), NetworkError);
    assertEquals(error.code, "invalid_operation");
  }
});

Deno.test("Document.merge() keeps what it does not name, deeply", () => {
  using host = new FakeHomeHost(ada);
  const document = opened<{ who: { name: string; age: number }; tags: string[] }>(host);
  document.update({ who: { name: "Ada", age: 36 }, tags: ["a", "b"] });
  document.merge({ who: { age: 37 } });
  document.merge({ tags: ["c"] });
  assertEquals(document.read(), { who: { name: "Ada", age: 37 }, tags: ["c"] });
});

Deno.test("Document.change() edits a draft, and takes it back if it throws", () => {
  using host = new FakeHomeHost(ada);
  const document = opened<{ readonly tags: readonly string[] }>(host);
  document.update({ tags: ["a"] });
  document.change((draft) => draft.tags.push("b"));
  assertThrows(
    () =>
      document.change((draft) => {
        draft.tags.push("c");
        throw new Error("no");
      }),
    Error,
    "no",
  );
  assertEquals(document.read(), { tags: ["a", "b"] });
});

Deno.test("Document: two who write at once lose nothing, and removed keys stay removed", () => {
  const [left, right] = two();
  using _left = left;
  using _right = right;
  const [ours, theirs] = [opened(left), opened(right)];
  ours.update({ a: 1, b: 1 });
  right.takeValue(left, "notes");
  ours.update({ a: 2, b: 1 });
  theirs.update({ a: 1, c: 3 });
  left.takeValue(right, "notes");
  right.takeValue(left, "notes");
  assertEquals(ours.read(), { a: 2, c: 3 });
  assertEquals(theirs.read(), ours.read());
});

Deno.test("Document.refresh() is true once for each time that something has arrived", () => {
  const [left, right] = two();
  using _left = left;
  using _right = right;
  const [ours, theirs] = [opened(left), opened(right)];
  assertFalse(theirs.refresh());
  ours.update({ a: 1 });
  right.takeValue(left, "notes");
  assert(theirs.refresh());
  assertFalse(theirs.refresh());
  right.takeValue(left, "notes");
  assertFalse(theirs.refresh(), "what was there arrives once more");
  assertFalse(ours.refresh(), "one's own writing is no news");
  assertFalse(ours.refresh());
  assertFalse(opened(right).refresh(), "what is there when the object is made is no news");
});

Deno.test("Document: another object in the place of its document is found", async () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  document.update({ story: "", a: 1 });
  document.refresh();
  const text = document.text(["story"]);
  const reader = document.changes();
  host.replace("notes");
  assertFalse(document.refresh());
  assertEquals(document.read(), { story: "", a: 1 });
  assert(text.update("Once"));
  assert(text.splice(4, 0, " upon"));
  assertEquals([text.toString(), text.length, text.path], ["Once upon", 9, ["story"]]);
  assertEquals((await told(document, reader)).length, 2);
});

Deno.test("Document.changes() tells what was written here, with the steps to it", async () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  document.update({ before: 1 });
  const reader = document.changes();
  document.merge({ a: 1 });
  document.update({ a: 2 });
  document.update({ a: 2 });
  assertThrows(() => document.merge(3), TypeError);
  const about = { author: ada, isRemote: false };
  assertEquals(await told(document, reader), [
    {
      ...about,
      value: { a: 1, before: 1 },
      patches: [{ action: "put", path: ["a"], value: 1 }],
    },
    {
      ...about,
      value: { a: 2 },
      patches: [
        { action: "delete", path: ["before"], count: 1 },
        { action: "put", path: ["a"], value: 2 },
      ],
    },
  ]);
});

Deno.test("Document.notify() tells what came from elsewhere, and who wrote it", async () => {
  const [left, right] = two();
  using _left = left;
  using _right = right;
  const [ours, theirs] = [opened(left), opened(right)];
  const reader = theirs.changes();
  const arrive = (author: MemberId | undefined) =>
    theirs.notify(author, true, right.takeValue(left, "notes"));
  ours.update(["a"]);
  arrive(ada);
  arrive(ada);
  ours.change<unknown[]>((draft) => draft.push("b"));
  arrive(undefined);
  assertEquals(await told(theirs, reader), [
    {
      value: ["a"],
      patches: [{ action: "put", path: [], value: ["a"] }],
      author: ada,
      isRemote: true,
    },
    {
      value: ["a", "b"],
      patches: [{ action: "insert", path: [1], values: ["b"] }],
      author: undefined,
      isRemote: true,
    },
  ]);
});

Deno.test("Document.notify() tells the whole value if the time before is unknown", async () => {
  const [left, right] = two();
  using _left = left;
  using _right = right;
  const [ours, theirs] = [opened(left), opened(right)];
  ours.update({ a: 1 });
  theirs.update({ b: 1 });
  const reader = theirs.changes();
  theirs.notify(ada, true, ours.heads);
  theirs.notify(ada, true, []);
  const whole = [{ action: "put" as const, path: [], value: { b: 1 } }];
  assertEquals((await told(theirs, reader)).map(({ patches }) => patches), [whole, whole]);
});

Deno.test("Document.changes(): who leaves the loop is told no more, nor who comes late", async () => {
  using host = new FakeHomeHost(ada);
  const document = opened(host);
  const [leaves, stays] = [document.changes(), document.changes()];
  document.update(1);
  for await (const { value } of leaves) {
    assertEquals(value, 1);
    break;
  }
  document.update(2);
  const late = document.changes();
  document.update(3);
  assertEquals((await leaves.next()).done, true);
  assertEquals((await told(document, late)).map(({ value }) => value), [3]);
  assertEquals((await told(document, stays)).map(({ value }) => value), [1, 2, 3]);
});
