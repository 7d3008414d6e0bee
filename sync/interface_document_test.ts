import * as Automerge from "@automerge/automerge/slim";
import { assert, assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { mutants } from "../tests/_mutations.ts";
import { createHandle } from "./_automerge.ts";
import type { Handle } from "./_automerge.ts";
import { SyncError } from "./errors.ts";
import { actorOf, parseChangeHash, parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";
import { InterfaceDocument } from "./interface_document.ts";
import { EventLog } from "./interface_events.ts";
import type { NotedEvent } from "./interface_events.ts";
import {
  interfaceSegmentId,
  parseInterfaceId,
  SEGMENT_MAX,
  SEGMENT_SEQUENCES,
  segmentOf,
} from "./interface_id.ts";
import {
  EVENT_BODY_BYTES_MAX,
  INTERFACE_MEMBERS_MAX,
  INTERFACE_METADATA_KEYS_MAX,
  interfaceGenesis,
} from "./interface_schema.ts";

const SEED = 20260106;
const id = (n: number) => n.toString(16).padStart(64, "0");
const interfaceId = parseInterfaceId(id(1));
const [ada, ben, cyd] = ["a1", "b2", "c3"].map((byte) => parseMemberId(byte.repeat(32))) as [
  MemberId,
  MemberId,
  MemberId,
];
const writer = (member: MemberId, session = 0, atMs = 5000) => ({
  actor: actorOf(member, session),
  nowMs: () => atMs,
});
const create = (member: MemberId = ada, session = 0) =>
  InterfaceDocument.create({ interfaceId, ...writer(member, session) });
const awaiting = (member: MemberId, session = 0, segment = 0) =>
  InterfaceDocument.awaiting(interfaceId, writer(member, session), { segment });
const bytes = (text: string) => new TextEncoder().encode(text);
const words = (document: InterfaceDocument) =>
  document.events().map(({ body }) => new TextDecoder().decode(body));
const say = (document: InterfaceDocument, text: string) =>
  document.appendEvent({ kind: "text", body: bytes(text) });
const merge = (from: InterfaceDocument, to: InterfaceDocument) =>
  to.applyChanges(from.getChangesSince(to.getHeads()));

Deno.test("InterfaceDocument.create() makes the writer the first member", () => {
  using document = create();
  assertEquals(document.interfaceId, interfaceId);
  assertEquals(document.documentId, interfaceId);
  assertEquals(document.segment, 0);
  assertEquals(document.members(), new Map([[ada, { joinedAtMs: 5000, addedBy: ada }]]));
  assertEquals(document.events(), []);
  assertEquals(document.metadata(), new Map());
  assertEquals(document.getAllChanges().length, 2); // genesis and the first member
});

Deno.test("a saved interface is plain Automerge, its words scalars", () => {
  using document = create();
  say(document, "hello");
  const plain = Automerge.toJS(Automerge.load<Record<string, unknown>>(document.save()));
  const word = (text: string) => ({ scalar: text });
  assertEquals(plainly(plain), {
    interface_id: word(interfaceId),
    segment: 0,
    members: { [ada]: { joined_at: 5000, added_by: word(ada) } },
    metadata: {},
    events: [[{
      ...{ sender: word(ada), counter: 1, sequence: 1, kind: word("text"), at: 5000 },
      body: bytes("hello"),
    }]],
  });
});

function plainly(value: unknown): unknown {
  if (value instanceof Automerge.ImmutableString) return { scalar: value.toString() };
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plainly);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainly(member)]));
}

Deno.test("InterfaceDocument.appendEvent() numbers on from all that was seen", () => {
  using left = create();
  using right = left.fork(writer(ben, 0, 1)); // a clock that is far behind
  const first = say(left, "one");
  assertEquals(first, {
    ...{ sender: ada, counter: 1, sequence: 1, kind: "text", atMs: 5000 },
    body: bytes("one"),
  });
  say(left, "two");
  merge(left, right);
  const answer = say(right, "three");
  assertEquals([answer.counter, answer.sequence, answer.atMs], [1, 3, 1]);
  merge(right, left);
  const last = say(left, "four");
  assertEquals([last.counter, last.sequence], [3, 4]);
  assertEquals(words(left), ["one", "two", "three", "four"]);
});

Deno.test("InterfaceDocument.appendEvent() never uses a counter again, also after a restart", () => {
  using first = create();
  say(first, "one");
  say(first, "two");
  using reopened = InterfaceDocument.load(first.save(), writer(ada, 1));
  assertEquals(say(reopened, "three").counter, 3);
  using forked = reopened.fork(writer(ada, 2));
  assertEquals(say(forked, "four").counter, 4);
  using fetched = awaiting(ada, 3); // its own events come back from others
  merge(forked, fetched);
  assertEquals(say(fetched, "five").counter, 5);
});

Deno.test("InterfaceDocument.events() of one sequence are sorted by sender, everywhere", () => {
  using left = create();
  using right = left.fork(writer(ben));
  say(right, "from Ben");
  say(left, "from Ada");
  merge(left, right);
  merge(right, left);
  assertEquals(words(left), ["from Ada", "from Ben"]);
  assertEquals(left.events(), right.events());
  assertEquals(left.lastSequence, 1);
  assertEquals(say(left, "next").sequence, 2);
});

Deno.test("InterfaceDocument.eventsSince() begins behind a sequence", () => {
  using left = create();
  using right = left.fork(writer(ben));
  for (const text of ["a1", "a2", "a3"]) say(left, text);
  for (const text of ["b1", "b2"]) say(right, text);
  merge(right, left);
  const since = (sequence: number) =>
    left.eventsSince(sequence).map(({ body }) => new TextDecoder().decode(body));
  assertEquals(since(0), ["a1", "b1", "a2", "b2", "a3"]);
  assertEquals(since(1), ["a2", "b2", "a3"]);
  assertEquals(since(2), ["a3"]);
  assertEquals(since(3), []);
  assertEquals(since(-1), since(0));
});

Deno.test("InterfaceDocument.eventsIn() is what an apply brought, whatever its sequence", () => {
  using left = create();
  using right = left.fork(writer(ben));
  for (const text of ["a1", "a2", "a3"]) say(left, text);
  say(right, "late");
  right.setMetadata("k", bytes("v"));
  const outcome = merge(right, left);
  assert(outcome.type === "applied");
  assertEquals(left.eventsIn(outcome.changes).map(({ sequence }) => sequence), [1]);
  assertEquals(left.eventsIn(outcome.changes)[0], left.events()[1]);
  const genesis = interfaceGenesis({ interfaceId, segment: 0 });
  assertEquals(left.eventsIn([genesis.hash, parseChangeHash(id(9))]), []);
});

Deno.test("InterfaceDocument.events() shows a name once, and counts what it hides", () => {
  using first = create();
  say(first, "one");
  using restored = InterfaceDocument.load(first.save(), writer(ada, 1));
  say(first, "lost copy");
  say(restored, "restored copy"); // counter 2 again, which honest peers never do
  say(restored, "three");
  using left = awaiting(ben);
  using right = awaiting(ben, 1);
  for (const from of [first, restored]) merge(from, left);
  for (const from of [restored, first]) merge(from, right);
  assertEquals(left.events(), right.events());
  assertEquals(left.events().map(({ counter }) => counter), [1, 2, 3]);
  assertEquals([left.duplicateEvents, right.duplicateEvents], [1, 1]);
  using loaded = InterfaceDocument.load(left.save(), writer(cyd));
  assertEquals([loaded.events(), loaded.duplicateEvents], [right.events(), 1]);
});

Deno.test("EventLog keeps the first operation of a name, whatever comes first", () => {
  const noted = (counter: number, actor: string): NotedEvent => ({
    ...{ sender: ada, counter: 1, sequence: 1, kind: "text", atMs: 0 },
    ...{ body: Uint8Array.of(counter), operation: { counter, actor } },
  });
  const all = [noted(9, "cc"), noted(10, "bb"), noted(11, "bb")];
  for (const events of [all, all.toReversed(), [all[1]!, all[0]!, all[2]!]]) {
    const log = new EventLog();
    log.add(events);
    assertEquals(log.sorted.map(({ body }) => body[0]), [9]);
    assertEquals(log.duplicates, 2);
    assertEquals(all.map((event) => log.holds(event)), [true, false, false]);
  }
});

Deno.test("InterfaceDocument.appendEvent() stops at its limits", () => {
  using document = create();
  const heads = document.getHeads();
  for (const kind of ["", "two words", "a\u0000b", "x".repeat(65)]) {
    assertThrows(() => document.appendEvent({ kind, body: bytes("") }), RangeError, "one word");
  }
  const large = new Uint8Array(EVENT_BODY_BYTES_MAX + 1);
  assertThrows(() => document.appendEvent({ kind: "text", body: large }), RangeError, "at most");
  assertEquals(document.getHeads(), heads);
  document.appendEvent({ kind: "x".repeat(64), body: large.subarray(1) });
  using loaded = InterfaceDocument.load(document.save(), writer(ben));
  assertEquals(loaded.events(), document.events());
});

Deno.test("InterfaceDocument.appendEvent() keeps its own copy of the body", () => {
  using document = create();
  const body = bytes("before");
  document.appendEvent({ kind: "text", body });
  body.fill(0);
  assertEquals(words(document), ["before"]);
});

Deno.test("InterfaceDocument.addMember() and removeMember() are pairs, and harmless twice", () => {
  using document = create();
  assert(document.addMember(ben));
  assertFalse(document.addMember(ben));
  assertEquals([...document.members().keys()], [ada, ben]);
  assertEquals(document.members().get(ben), { joinedAtMs: 5000, addedBy: ada });
  assert(document.removeMember(ben));
  const heads = document.getHeads();
  assertFalse(document.removeMember(ben));
  assertEquals(document.getHeads(), heads);
  assertEquals([...document.members().keys()], [ada]);
  using loaded = InterfaceDocument.load(document.save(), writer(cyd));
  assertEquals(loaded.members(), document.members());
});

Deno.test("InterfaceDocument.addMember() of one member by two keeps one, the same everywhere", () => {
  using left = create(ada);
  using right = create(ben);
  left.addMember(cyd);
  right.addMember(cyd);
  merge(left, right);
  merge(right, left);
  assertEquals(left.members(), right.members());
  assertEquals([...left.members().keys()], [ada, ben, cyd]);
});

Deno.test("InterfaceDocument.addMember() at once with removeMember() wins", () => {
  using left = create(ada);
  left.addMember(cyd);
  using right = left.fork(writer(ben));
  left.removeMember(cyd);
  right.removeMember(cyd);
  right.addMember(cyd);
  merge(left, right);
  merge(right, left);
  assert(left.members().has(cyd) && right.members().has(cyd));
});

Deno.test("InterfaceDocument.addMember() and setMetadata() stop at their limits", () => {
  using document = create();
  for (let n = 1; n < INTERFACE_MEMBERS_MAX; n++) document.addMember(parseMemberId(id(n)));
  assertEquals(document.members().size, INTERFACE_MEMBERS_MAX);
  assertThrows(() => document.addMember(ben), RangeError, "the most");
  assertFalse(document.addMember(ada));
  for (let n = 0; n < INTERFACE_METADATA_KEYS_MAX; n++) document.setMetadata(`${n}`, bytes("v"));
  assertThrows(() => document.setMetadata("more", bytes("v")), RangeError, "keys");
  document.setMetadata("0", bytes("again"));
  assertEquals(document.metadata().size, INTERFACE_METADATA_KEYS_MAX);
});

Deno.test("InterfaceDocument.setMetadata() keeps both of two keys, and bytes exactly", () => {
  using left = create();
  using right = left.fork(writer(ben));
  left.setMetadata("name", bytes("Garden"));
  right.setMetadata("alias", Uint8Array.of(0, 255));
  left.setMetadata("both", bytes("left"));
  right.setMetadata("both", bytes("right"));
  merge(left, right);
  merge(right, left);
  assertEquals(left.metadata(), right.metadata());
  assertEquals([...left.metadata().keys()], ["alias", "both", "name"]);
  assertEquals(left.getMetadata("alias"), Uint8Array.of(0, 255));
  assertEquals(left.getMetadata("none"), undefined);
  left.setMetadata("k".repeat(128), new Uint8Array(64 * 1024));
  for (const key of ["", "k".repeat(129), "\ud800"]) {
    assertThrows(() => left.setMetadata(key, bytes("")), RangeError);
  }
  assertThrows(() => left.setMetadata("big", new Uint8Array(64 * 1024 + 1)), RangeError);
});

Deno.test("reads write nothing", () => {
  using document = create();
  say(document, "one");
  const before = document.save();
  document.events();
  document.eventsSince(0);
  document.eventsIn(document.getHeads());
  document.members();
  document.metadata();
  document.getMetadata("k");
  assertEquals(document.save(), before);
  assert(document.events() === document.events()); // and a second read costs nothing
});

Deno.test("two independently created interfaces merge without losing either side", () => {
  using left = create(ada);
  using right = create(ben);
  say(left, "from Ada");
  say(right, "from Ben");
  left.setMetadata("left", bytes("1"));
  right.setMetadata("right", bytes("2"));
  merge(left, right);
  merge(right, left);
  assertEquals(left.getHeads(), right.getHeads());
  assertEquals(words(left), ["from Ada", "from Ben"]);
  assertEquals(left.events(), right.events());
  assertEquals([...right.members().keys()], [ada, ben]);
  assertEquals([...left.metadata().keys()], ["left", "right"]);
});

Deno.test("InterfaceDocument.applyEncoded() says what it did and requires announced heads", () => {
  using left = create();
  using right = awaiting(ben);
  const base = left.getHeads();
  say(left, "one");
  const middle = left.getHeads();
  say(left, "two");
  assertEquals(right.applyChanges(left.getChangesSince(middle)), {
    ...{ type: "waiting", missing: middle },
  });
  assertEquals(right.lastSequence, 0);
  assertEquals(right.applyEncoded(left.encodeChangesSince([]), left.getHeads()).type, "applied");
  assertEquals(right.applyChanges(left.getAllChanges()), { type: "already_had" });
  assertEquals(right.events(), left.events());
  assert(right.hasHeads(base));
  say(left, "three");
  const absent = [parseChangeHash(id(9))];
  const error = assertThrows(
    () => right.applyEncoded(left.encodeChangesSince(right.getHeads()), absent),
    SyncError,
  );
  assertEquals(error.code, "heads_absent");
  assertEquals(right.events().length, 2);
});

Deno.test("the genesis is golden: every release computes the same", () => {
  const hashes = [0, 1].map((segment) => interfaceGenesis({ interfaceId, segment }).hash as string);
  assertEquals(hashes, [
    "54d645fd562f3ffac03d1d2acfd2e8c796f30ab8b438fca3f262cc957c6a8b5b",
    "765fdda786d0cb9da271b3ce92776ba8ff59082ba09632ad315ab0bbd1a07830",
  ]);
  using document = awaiting(ada);
  assertEquals(document.getHeads() as readonly string[], [hashes[0]!]);
  assertEquals(document.members(), new Map());
});

Deno.test("interfaceSegmentId() is golden, and refuses what is no segment", () => {
  assertEquals(interfaceSegmentId(interfaceId, 0), interfaceId);
  assertEquals<string>(
    interfaceSegmentId(interfaceId, 1),
    "30516a2ce0e400f1754121141cc01890ab2d103d86461cf91bf4c9483bea0a1a",
  );
  assertNotEquals(interfaceSegmentId(interfaceId, 1), interfaceSegmentId(interfaceId, 2));
  interfaceSegmentId(interfaceId, SEGMENT_MAX);
  for (const segment of [-1, 0.5, NaN, SEGMENT_MAX + 1]) {
    assertThrows(() => interfaceSegmentId(interfaceId, segment), RangeError);
    assertThrows(() => awaiting(ada, 0, segment), RangeError);
  }
  for (const text of ["", "xy", "0".repeat(63), "0".repeat(65), "é".repeat(64)]) {
    assertThrows(() => parseInterfaceId(text), TypeError, "64 hex digits");
  }
  assertEquals([1, SEGMENT_SEQUENCES, SEGMENT_SEQUENCES + 1].map(segmentOf), [0, 0, 1]);
});

/** A change by Ben that Automerge makes without our code, on top of a document. */
function forge(document: InterfaceDocument, write: (handle: Handle) => void): Uint8Array {
  const handle = createHandle(actorOf(ben, 0));
  handle.loadIncremental(document.save());
  write(handle);
  handle.commit(null, 0);
  const change = handle.saveSince([...document.getHeads()]);
  handle.free();
  return change;
}

const objectAt = (handle: Handle, parent: string, key: string | number) =>
  String(handle.getWithType(parent, key)![1]);

type Value = string | number | Uint8Array | undefined;

function putAll(handle: Handle, object: string, fields: Readonly<Record<string, Value>>): void {
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value === "number") handle.put(object, key, value, "int");
    if (typeof value === "string") handle.put(object, key, value, "str");
    if (value instanceof Uint8Array) handle.put(object, key, value, "bytes");
  }
}

/** Appends an event on a page of its own. */
const event = (fields: Readonly<Record<string, Value>>) => (handle: Handle) => {
  const page = handle.insertObject(objectAt(handle, "/", "events"), 0, []);
  const honest = { sender: ben, counter: 1, sequence: 2, kind: "text", at: 1 };
  const entry = handle.insertObject(page, 0, {});
  putAll(handle, entry, { ...honest, body: Uint8Array.of(1), ...fields });
};

const member = (id: string, fields: Readonly<Record<string, Value>>) => (handle: Handle) =>
  putAll(handle, handle.putObject(objectAt(handle, "/", "members"), id, {}), {
    ...{ joined_at: 1, added_by: ben },
    ...fields,
  });

const put = (object: string, key: string, value: Value) => (handle: Handle) =>
  putAll(handle, object === "/" ? object : objectAt(handle, "/", object), { [key]: value });

/** What the test below refuses, one by one. */
const NOT_ALLOWED: readonly (readonly [string, (handle: Handle) => void])[] = [
  ["a field of the root", put("/", "evil", "x")],
  ["the id", put("/", "interface_id", id(9))],
  ["the segment", put("/", "segment", 7)],
  ["a list in place of the events", (handle) => void handle.putObject("/", "events", [])],
  ["the events removed", (handle) => handle.delete("/", "events")],
  ["a forged sender", event({ sender: ada })],
  ["a sender that is no id", event({ sender: "Ben" })],
  ["counter 0", event({ counter: 0 })],
  ["a counter beyond its sequence", event({ counter: 3 })],
  ["a sequence that nobody can reach yet", event({ sequence: 1000 })],
  ["a sequence of another segment", event({ sequence: SEGMENT_SEQUENCES + 1 })],
  ["a sequence that is text", event({ sequence: "2" })],
  ["a time that is negative", event({ at: -1 })],
  ["a kind of two words", event({ kind: "two words" })],
  ["a body that is text", event({ body: "text" })],
  ["a body too large", event({ body: new Uint8Array(EVENT_BODY_BYTES_MAX + 1) })],
  ["an event without a body", event({ body: undefined })],
  ["an event with a field of its own", event({ evil: 1 })],
  ["an event that is changed", (handle) => {
    const page = objectAt(handle, objectAt(handle, "/", "events"), 0);
    handle.put(objectAt(handle, page, 0), "kind", "other", "str");
  }],
  ["an event that is deleted", (handle) => {
    handle.delete(objectAt(handle, objectAt(handle, "/", "events"), 0), 0);
  }],
  ["a page that is deleted", (handle) => handle.delete(objectAt(handle, "/", "events"), 0)],
  ["a scalar among the pages", (handle) => {
    handle.insert(objectAt(handle, "/", "events"), 0, 1, "int");
  }],
  ["a member in another's name", member(cyd, { added_by: ada })],
  ["a member that is no id", member("Cyd", {})],
  ["a member without a time", member(cyd, { joined_at: undefined })],
  ["a member that is text", put("members", cyd, "text")],
  ["a membership that is changed", (handle) => {
    handle.put(objectAt(handle, objectAt(handle, "/", "members"), ada), "joined_at", 1, "int");
  }],
  ["metadata that is text", put("metadata", "k", "text")],
  ["metadata under a long key", put("metadata", "k".repeat(129), Uint8Array.of(1))],
  ["metadata too large", put("metadata", "k", new Uint8Array(64 * 1024 + 1))],
  ["metadata that is a map", (handle) => {
    handle.putObject(objectAt(handle, "/", "metadata"), "k", {});
  }],
];

for (const [what, write] of NOT_ALLOWED) {
  Deno.test(`InterfaceDocument.applyChanges() refuses ${what}`, () => {
    using document = create();
    say(document, "one");
    const before = document.save();
    const change = forge(document, write);
    const error = assertThrows(() => document.applyChanges([change]), SyncError);
    assertEquals(error.code, "bad_schema", error.message);
    assertEquals(document.save(), before);
    assertEquals([document.lastSequence, document.events().length], [1, 1]);
    say(document, "two"); // and it still works
  });
}

Deno.test("InterfaceDocument.applyChanges() takes what Automerge writes within the schema", () => {
  using document = create();
  say(document, "one");
  const change = forge(document, (handle) => {
    event({ body: new Uint8Array(EVENT_BODY_BYTES_MAX) })(handle);
    member(cyd, {})(handle);
    put("metadata", "k".repeat(128), new Uint8Array(64 * 1024))(handle);
  });
  assertEquals(document.applyChanges([change]).type, "applied");
  assertEquals(document.lastSequence, 2);
  assert(document.members().has(cyd));
});

Deno.test("what a refused batch held is forgotten", () => {
  using document = create();
  using other = document.fork(writer(cyd));
  say(other, "one");
  say(other, "two");
  const good = other.getChangesSince(document.getHeads());
  const bad = forge(other, put("/", "evil", 1));
  assertThrows(() => document.applyChanges([...good, bad]), SyncError);
  assertEquals(document.applyChanges([forge(document, member(cyd, {}))]).type, "applied");
  assertEquals(document.lastSequence, 0);
  assertEquals(document.events(), []);
  assertEquals(say(document, "mine").sequence, 1);
});

/** A segment whose log is almost full, without thousands of events. */
function almostFull(segment: number): InterfaceDocument {
  const document = awaiting(ada, 0, segment);
  const change = forge(document, (handle) => {
    // Only operations count: somebody who makes empty pages gets on faster.
    const events = objectAt(handle, "/", "events");
    for (let n = 0; n < SEGMENT_SEQUENCES; n++) handle.insertObject(events, n, []);
    const before = segment * SEGMENT_SEQUENCES;
    event({ sequence: before + SEGMENT_SEQUENCES - 1, counter: before + 1 })(handle);
  });
  assertEquals(document.applyChanges([change]).type, "applied");
  return document;
}

for (const segment of [0, 3]) {
  Deno.test(`segment ${segment} is full at its last sequence, and the next goes on`, () => {
    using document = almostFull(segment);
    assertFalse(document.isFull);
    assertEquals(say(document, "last").sequence, (segment + 1) * SEGMENT_SEQUENCES);
    assert(document.isFull);
    assertThrows(() => say(document, "too many"), RangeError, "the next");
    using next = awaiting(ada, 0, segment + 1);
    assertFalse(next.isFull);
    assertEquals(next.lastSequence, document.lastSequence);
    const event = say(next, "first");
    assertEquals(event.sequence, document.lastSequence + 1);
    assertEquals(segmentOf(event.sequence), segment + 1);
    assert(event.counter > (segment + 1) * SEGMENT_SEQUENCES); // never one that was used before
  });
}

Deno.test("a later segment holds events only, and needs no agreement", () => {
  using left = awaiting(ada, 0, 2);
  using right = awaiting(ben, 0, 2);
  say(left, "from Ada");
  say(right, "from Ben");
  merge(left, right);
  merge(right, left);
  assertEquals(left.events(), right.events());
  assertEquals(left.events().length, 2);
  assertEquals([left.members(), left.metadata()], [new Map(), new Map()]);
  assertEquals(left.getMetadata("k"), undefined);
  assertThrows(() => left.addMember(cyd), TypeError, "events only");
  assertThrows(() => left.setMetadata("k", bytes("v")), TypeError, "events only");
  using loaded = InterfaceDocument.load(left.save(), writer(cyd));
  assertEquals([loaded.segment, loaded.documentId], [2, interfaceSegmentId(interfaceId, 2)]);
  using other = create();
  const error = assertThrows(() => other.applyChanges(left.getAllChanges()), SyncError);
  assertEquals(error.code, "equivocation"); // Ada has written another first change in that document
});

const step = fc.record({
  peer: fc.nat(2),
  kind: fc.constantFrom("event", "metadata", "add", "remove", "meet"),
  n: fc.nat(6),
});

function play(steps: readonly { peer: number; kind: string; n: number }[]): InterfaceDocument[] {
  const copies = [create(ada), create(ben), create(cyd)];
  for (const { peer, kind, n } of steps) {
    const copy = copies[peer]!;
    if (kind === "event") say(copy, `${peer} ${n}`);
    if (kind === "metadata") copy.setMetadata(`k${n}`, bytes(`${peer}`));
    if (kind === "add") copy.addMember(parseMemberId(id(n)));
    if (kind === "remove") copy.removeMember(parseMemberId(id(n)));
    if (kind === "meet") merge(copies[n % 3]!, copy);
  }
  return copies;
}

const stateOf = (document: InterfaceDocument) => ({
  heads: document.getHeads(),
  events: document.events(),
  members: document.members(),
  metadata: document.metadata(),
  lastSequence: document.lastSequence,
});

Deno.test(`laws: idempotent, any order, save then load, names are unique (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat(5), (steps, shuffle) => {
      const copies = play(steps);
      const batches = copies.map((copy) => copy.getAllChanges());
      const orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 0, 1]];
      const [left, right] = [orders[0]!, orders[shuffle]!].map((order, index) => {
        const document = awaiting(ben, 10 + index);
        for (const batch of order) document.applyChanges(batches[batch]!);
        return document;
      }) as [InterfaceDocument, InterfaceDocument];
      assertEquals(stateOf(right), stateOf(left));
      for (const batch of batches) {
        assertEquals(left.applyChanges(batch), { type: "already_had" });
      }
      assertEquals(stateOf(left), stateOf(right));
      const loaded = InterfaceDocument.load(left.save(), writer(ben, 20));
      assertEquals(stateOf(loaded), stateOf(left));
      assertEquals(loaded.save(), left.save());
      const forked = left.fork(writer(ben, 21));
      assertEquals(stateOf(forked), stateOf(left));

      const names = left.events().map(({ sender, counter }) => `${sender} ${counter}`);
      assertEquals(new Set(names).size, names.length);
      assertEquals(names.length, steps.filter(({ kind }) => kind === "event").length);
      for (const member of [ada, ben, cyd]) {
        const own = left.events().filter(({ sender }) => sender === member);
        assertEquals(own.map(({ counter }) => counter), own.map((_, index) => index + 1));
      }
      for (const one of [...copies, left, right, loaded, forked]) one[Symbol.dispose]();
    }),
    { seed: SEED, numRuns: 60 },
  );
});

Deno.test("InterfaceDocument.load() refuses what is not an interface", () => {
  const [empty] = [Automerge.save(Automerge.init({ actor: "aa" }))];
  const plain = Automerge.change(
    Automerge.init<Record<string, unknown>>({ actor: actorOf(ada, 0) }),
    { time: 0 },
    (draft) => void (draft["interface_id"] = new Automerge.ImmutableString(interfaceId)),
  );
  for (const bad of [new Uint8Array(0), bytes("not Automerge"), empty, Automerge.save(plain)]) {
    const error = assertThrows(() => InterfaceDocument.load(bad, writer(ben)), SyncError);
    assertEquals(error.code, "bad_changes");
  }
});

Deno.test(`InterfaceDocument.load() and applyEncoded() of 2,000 damaged inputs each (seed ${SEED})`, () => {
  using document = create();
  using base = document.fork(writer(ben));
  for (let n = 0; n < 5; n++) say(document, `event ${n}`);
  document.addMember(cyd);
  let [loadsRefused, appliesRefused] = [0, 0];
  for (const damaged of mutants(document.save(), { seed: SEED, count: 2000 })) {
    try {
      InterfaceDocument.load(damaged, writer(ben))[Symbol.dispose]();
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      loadsRefused++;
    }
  }
  const delta = document.encodeChangesSince(base.getHeads());
  const before = stateOf(base);
  for (const damaged of mutants(delta, { seed: SEED, count: 2000 })) {
    try {
      using copy = base.fork(writer(cyd));
      copy.applyEncoded(damaged, document.getHeads());
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      appliesRefused++;
      assertThrows(() => base.applyEncoded(damaged, document.getHeads()), SyncError);
    }
  }
  assertEquals(stateOf(base), before);
  assert(loadsRefused > 1900, `only ${loadsRefused} loads were refused`);
  assert(appliesRefused > 1500, `only ${appliesRefused} were refused`);
});
