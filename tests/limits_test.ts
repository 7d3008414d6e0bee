import { assert, assertEquals, assertThrows } from "@std/assert";
import { createIdentity } from "../network/identity.ts";
import { createHandle } from "../sync/_automerge.ts";
import { appendEntry, PAGE_ENTRIES_MAX, readEntries } from "../sync/_paged_list.ts";
import { ArtifactDocument } from "../sync/artifact_document.ts";
import {
  ARTIFACT_TYPE_LENGTH_MAX,
  artifactGenesis,
  LABEL_LENGTH_MAX,
  METADATA_KEY_LENGTH_MAX,
  METADATA_VALUE_BYTES_MAX,
} from "../sync/artifact_schema.ts";
import { VOUCHERS_MAX } from "../sync/authorship.ts";
import { encodeWire } from "../sync/codec.ts";
import { Engine, SYNC_EVENTS_MAX } from "../sync/engine.ts";
import { openEnvelope, sealBody, sealEnvelope, SEALING_LIMITS_DEFAULT } from "../sync/envelope.ts";
import { SyncError } from "../sync/errors.ts";
import {
  EventStore,
  LIGHT_EVENT_BODY_BYTES_MAX,
  LIGHT_EVENT_MEMBERS_MAX,
} from "../sync/event_store.ts";
import { CHANGE_OPERATIONS_MAX } from "../sync/history.ts";
import { actorOf, parseArtifactId, parseHeads, parseMemberId, SESSION_MAX } from "../sync/ids.ts";
import { ENVELOPE_PARTS_MAX } from "../sync/mailbox.ts";
import {
  decodePayload,
  decodeReceipt,
  encodePayload,
  encodeReceipt,
  HEADS_MAX,
  PAYLOAD_CHANGES_BYTES_MAX,
} from "../sync/payload.ts";
import { seededSources } from "../sync/sources.ts";
import {
  checkStoreBytes,
  checkStoreNames,
  COMPACT_CHUNK_BYTES_MIN,
  COMPACT_CHUNK_COUNT_MAX,
  shouldCompact,
  STORE_KEY_LENGTH_MAX,
  STORE_SPACE_LENGTH_MAX,
  STORE_VALUE_BYTES_MAX,
} from "../sync/store.ts";
import { makeVoucher } from "../sync/voucher.ts";
import { forgeChange, prefixed, run, uleb } from "./_forge.ts";

const sources = seededSources("limits", () => 0);
const [ADA, BEN] = [createIdentity(sources), createIdentity(sources)];
const hex32 = (n: number) => n.toString(16).padStart(64, "0");
const id = parseArtifactId(hex32(1));
const writer = { actor: actorOf(ADA.memberId, 1), nowMs: () => 0 };
const created = (artifactType = "story") =>
  ArtifactDocument.create({ nonce: new Uint8Array(32), artifactType, ...writer });
const heads = (count: number) => parseHeads(Array.from({ length: count }, (_, n) => hex32(n)));

/** At the limit it works; one beyond, it is refused in the words of its documentation. */
function assertLimit(
  limit: number,
  work: (size: number) => unknown,
  error: "too_large" | typeof RangeError | typeof TypeError,
): void {
  work(limit);
  const thrown = assertThrows(() => work(limit + 1), Error);
  if (error === "too_large") assertEquals((thrown as SyncError).code, error, thrown.message);
  else assert(thrown instanceof error, thrown.message);
}

Deno.test("limits of a payload: bytes of changes, heads, vouchers", () => {
  const empty = { artifactId: id, senderHeads: [], changes: new Uint8Array(0), vouchers: [] };
  const through = (more: object) =>
    decodePayload(encodePayload({ ...empty, ...more }, ADA.memberId), ADA.memberId);
  const bytes = (size: number) => through({ changes: new Uint8Array(size) });
  assertLimit(PAYLOAD_CHANGES_BYTES_MAX, bytes, "too_large");
  assertLimit(HEADS_MAX, (size) => through({ senderHeads: heads(size) }), "too_large");
  const voucher = makeVoucher(ADA, id, heads(1)[0]!);
  const vouchers = (size: number) => through({ vouchers: Array(size).fill(voucher) });
  assertLimit(VOUCHERS_MAX, vouchers, "too_large");
});

Deno.test("limits of a receipt: heads, and heads that it answers", () => {
  const receipt = { artifactId: id, heads: [], answers: [] };
  const through = (more: object) => decodeReceipt(encodeReceipt({ ...receipt, ...more }));
  assertLimit(HEADS_MAX, (size) => through({ heads: heads(size) }), "too_large");
  assertLimit(HEADS_MAX, (size) => through({ answers: heads(size) }), "too_large");
});

const seal = (bodies: readonly Uint8Array[], note: Uint8Array = new Uint8Array(0)) =>
  sealEnvelope({
    ...{ keys: ADA, recipient: BEN.memberId, number: 1, note, sources },
    bodies: bodies.map((body) => sealBody(body, sources)),
  });

Deno.test("limits of an envelope: bytes and bodies", () => {
  const envelope = seal([new Uint8Array(9), new Uint8Array(9)]);
  openEnvelope(BEN, envelope, { bytesMax: envelope.length, bodiesMax: 2 });
  for (const limit of [{ bytesMax: envelope.length - 1 }, { bodiesMax: 1 }]) {
    const error = assertThrows(() => openEnvelope(BEN, envelope, limit), SyncError);
    assertEquals(error.code, "too_large");
  }
  const empty = sealBody(new Uint8Array(0), sources);
  const many = (size: number) =>
    sealEnvelope({
      ...{ keys: ADA, recipient: BEN.memberId, number: 1, note: new Uint8Array(0), sources },
      bodies: Array(size).fill(empty),
    });
  assertLimit(SEALING_LIMITS_DEFAULT.bodiesMax, many, "too_large");
  assert(SEALING_LIMITS_DEFAULT.bodiesMax >= ENVELOPE_PARTS_MAX);
  assert(SEALING_LIMITS_DEFAULT.bytesMax > PAYLOAD_CHANGES_BYTES_MAX);
});

Deno.test("limit of an envelope's receipts: one more and the envelope is refused", () => {
  const receipt = encodeReceipt({ artifactId: id, heads: [], answers: [] });
  for (const [size, refusals] of [[ENVELOPE_PARTS_MAX, 0], [ENVELOPE_PARTS_MAX + 1, 1]] as const) {
    using ben = new Engine({ keys: BEN, sources });
    ben.onEnvelope(ADA.memberId, seal([], encodeWire(Array(size).fill(receipt))));
    assertEquals(ben.takeEvents().length, refusals);
    assertEquals(ben.stats().receipts, refusals === 0 ? size : 0);
  }
});

Deno.test("limit of events: those after are dropped and counted", () => {
  using ben = new Engine({ keys: BEN, sources });
  for (let n = 0; n < SYNC_EVENTS_MAX; n++) ben.onEnvelope(ADA.memberId, new Uint8Array(1));
  assertEquals(ben.eventsDropped, 0);
  ben.onEnvelope(ADA.memberId, new Uint8Array(1));
  assertEquals([ben.takeEvents().length, ben.eventsDropped], [SYNC_EVENTS_MAX, 1]);
  ben.onEnvelope(ADA.memberId, new Uint8Array(1));
  assertEquals([ben.takeEvents().length, ben.eventsDropped], [1, 1]);
});

Deno.test("limit of one change: its operations", () => {
  const put = (count: number) => {
    using document = created();
    const { actor } = artifactGenesis(document.artifactId);
    const change = forgeChange({
      ...{ actor: actorOf(BEN.memberId, 1), startOp: 10, deps: document.getHeads() },
      others: [actor],
      columns: {
        ...{ 0x01: run(count, [1]), 0x02: run(count, [4]), 0x15: run(count, prefixed("k")) },
        ...{ 0x34: uleb(count), 0x42: run(count, [1]), 0x56: run(count, [7]) },
        0x70: run(count, [0]),
      },
    });
    return document.applyChanges([change]);
  };
  const error = assertThrows(() => put(CHANGE_OPERATIONS_MAX + 1), SyncError);
  assertEquals(error.code, "too_large");
  assertEquals(put(CHANGE_OPERATIONS_MAX).type, "applied");
});

Deno.test("limit of a page: the next entry begins another one", () => {
  const handle = createHandle("aa");
  const list = handle.putObject("/", "list", []);
  for (let n = 0; n < PAGE_ENTRIES_MAX; n++) appendEntry(handle, list, { n });
  assertEquals(handle.length(list), 1);
  appendEntry(handle, list, { n: -1 });
  assertEquals(handle.length(list), 2);
  assertEquals(readEntries(handle, list).length, PAGE_ENTRIES_MAX + 1);
  handle.free();
});

Deno.test("limits of what is written here: type, label, metadata", () => {
  const type = (size: number) => created("x".repeat(size))[Symbol.dispose]();
  assertLimit(ARTIFACT_TYPE_LENGTH_MAX, type, TypeError);
  using document = created();
  const label = (size: number) => document.appendRef(id, { label: "x".repeat(size) });
  assertLimit(LABEL_LENGTH_MAX, label, RangeError);
  const key = (size: number) => document.setMetadata("k".repeat(size), new Uint8Array(1));
  assertLimit(METADATA_KEY_LENGTH_MAX, key, RangeError);
  const value = (size: number) => document.setMetadata("k", new Uint8Array(size));
  assertLimit(METADATA_VALUE_BYTES_MAX, value, RangeError);
  // What was written at the limits is taken by others, too.
  using other = ArtifactDocument.awaiting(document.artifactId, {
    ...{ actor: actorOf(BEN.memberId, 1), nowMs: () => 0 },
  });
  assertEquals(other.applyEncoded(document.save()).type, "applied");
});

Deno.test("limit of sessions: an actor has four bytes for them", () => {
  assertLimit(SESSION_MAX, (session) => actorOf(ADA.memberId, session), RangeError);
});

Deno.test("limits of a store: names, values, and when it is compacted", () => {
  const space = (size: number) => checkStoreNames({ space: "x".repeat(size), key: "k" });
  assertLimit(STORE_SPACE_LENGTH_MAX, space, RangeError);
  const key = (size: number) => checkStoreNames({ space: "x", key: "k".repeat(size) });
  assertLimit(STORE_KEY_LENGTH_MAX, key, RangeError);
  const value = (length: number) => checkStoreBytes({ length } as Uint8Array);
  assertLimit(STORE_VALUE_BYTES_MAX, value, RangeError);
  const sizes = { chunkBytes: COMPACT_CHUNK_BYTES_MIN, chunkCount: 1, snapshotBytes: 0 };
  assertEquals(shouldCompact(sizes), false);
  assertEquals(shouldCompact({ ...sizes, chunkBytes: COMPACT_CHUNK_BYTES_MIN + 1 }), true);
  assertEquals(shouldCompact({ ...sizes, chunkCount: COMPACT_CHUNK_COUNT_MAX }), false);
  assertEquals(shouldCompact({ ...sizes, chunkCount: COMPACT_CHUNK_COUNT_MAX + 1 }), true);
});

Deno.test("limits of light events: members, bytes of a body, and events that are dropped", () => {
  const member = (n: number) => parseMemberId(hex32(n));
  const fill = (size: number) => {
    const store = new EventStore();
    for (let n = 0; n < size; n++) store.addMember(member(n));
  };
  assertLimit(LIGHT_EVENT_MEMBERS_MAX, fill, RangeError);
  const store = new EventStore({ eventsMax: 2 });
  for (const n of [1, 2]) store.addMember(member(n));
  const append = (counter: number, size: number) =>
    store.append({
      ...{ sender: member(1), counter, kind: "typing", expiresAtMs: 9 },
      body: new Uint8Array(size),
    }, 0);
  append(1, LIGHT_EVENT_BODY_BYTES_MAX);
  assertThrows(() => append(2, LIGHT_EVENT_BODY_BYTES_MAX + 1));
  append(2, 1);
  assertEquals(store.counts.dropped, 0);
  append(3, 1);
  assertEquals(store.counts.dropped, 1);
});
