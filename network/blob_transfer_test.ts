import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  get,
  holder,
  ID,
  LARGE,
  LONG,
  LONG_ID,
  manifestOf,
  noId,
  ofType,
  Peer,
  requests,
  settle,
  text,
} from "./_blob_peers_test.ts";
import { blobIdOf } from "./artifact_types.ts";
import { BLOB_CHUNK_BYTES } from "./blob_manifest.ts";
import { BLOB_EVENTS_MAX, BLOB_MESSAGE_BYTES_MAX, BLOB_WINDOW_CHUNKS } from "./blob_transfer.ts";

Deno.test("BlobTransfer brings a blob of each size, each chunk once", () => {
  for (const size of [0, 1, 5000, BLOB_CHUNK_BYTES, BLOB_CHUNK_BYTES + 1, LARGE.length]) {
    const [ada, ben] = [new Peer("ada"), new Peer("ben")];
    const bytes = LARGE.slice(0, size);
    const id = ada.blobs.put(bytes);
    ada.meets(ben);
    ben.transfer.want(id, [ada.id], size);
    assertEquals([...ben.transfer.wanted], [id]);
    const types = settle(ada, ben);
    const chunks = Math.ceil(size / BLOB_CHUNK_BYTES);
    if (chunks > 1) {
      assertEquals(types, ["ask", "manifest", "get", ...new Array(chunks).fill("chunk")]);
    } else assertEquals(types, ["ask", "whole"]);
    assertEquals(ben.blobs.get(id), bytes);
    assertEquals(ben.events(), [...(chunks > 1 ? ["progress"] : []), "blob_arrived"]);
    assertEquals([ben.transfer.wanted.size, ben.transfer.nextMs], [0, Infinity]);
    assertEquals(ben.transfer.stats(), {
      chunksRequested: chunks > 1 ? chunks : 0,
      chunksReceived: Math.max(1, chunks),
      messagesIgnored: 0,
      retries: 0,
      chunksServed: 0,
      answersDropped: 0,
    });
    assertEquals(ada.transfer.stats().chunksServed, Math.max(1, chunks));
  }
});

Deno.test("BlobTransfer tells how far a blob has come, and that it is there", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  const [first, second, third] = ada.take(ben);
  ben.hears(ada, first!, second!);
  assertEquals(ben.transfer.takeEvents(), [
    { type: "progress", blobId: ID, receivedBytes: 2 * BLOB_CHUNK_BYTES, size: LARGE.length },
  ]);
  ben.hears(ada, third!);
  assertEquals(ben.transfer.takeEvents(), [
    { type: "blob_arrived", blobId: ID, size: LARGE.length },
  ]);
  assertEquals(ben.transfer.takeEvents(), []);
});

Deno.test("BlobTransfer.want() tells at once what is there already", () => {
  const ada = holder("ada");
  ada.transfer.want(ID, []);
  assertEquals(ada.events(), ["blob_arrived"]);
  const ben = new Peer("ben");
  ada.meets(ben);
  ben.transfer.want(blobIdOf(text("note")), [ada.id]);
  ben.blobs.put(text("note"));
  assertEquals(ben.take(ada), []);
  assertEquals([ben.events(), ben.transfer.wanted.size], [["blob_arrived"], 0]);
});

Deno.test("BlobTransfer asks for so many chunks at a time, and for more as they come", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  ben.transfer.want(ID, [ada.id]);
  const asked = ben.take(ada);
  assertEquals(asked.map(({ type }) => type), ["ask", "ask"]);
  ada.hears(ben, ...asked);
  ben.hears(ada, ...ada.take(ben));
  const wanted = ben.take(ada);
  assertEquals(requests(wanted), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals([requests(wanted).length, ben.take(ada)], [BLOB_WINDOW_CHUNKS, []]);
  ada.hears(ben, ...wanted);
  const chunks = ada.take(ben);
  ben.hears(ada, ...chunks.slice(0, 3));
  const more = ben.take(ada);
  assertEquals(more.map((one) => one.type === "get" && [one.blobId, one.indices]), [
    [LONG_ID, [8, 9]],
    [ID, [0]],
  ]);
  ada.hears(ben, ...more);
  ben.hears(ada, ...chunks.slice(3));
  settle(ada, ben);
  assertEquals([ben.blobs.get(LONG_ID), ben.blobs.get(ID)], [LONG, LARGE]);
  assertEquals(ada.transfer.stats().chunksServed, 13);
});

Deno.test("BlobTransfer.take() gives no more bytes than asked for, but one message at least", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  assertEquals([ben.take(ada, 0), ben.take(ada, -1), ben.take(ada, NaN)], [[], [], []]);
  ada.hears(ben, ...ben.take(ada, 1));
  ben.hears(ada, ...ada.take(ben, 1));
  ada.hears(ben, ...ben.take(ada));
  const lengths = (bytesMax: number) =>
    ada.transfer.take(ben.id, bytesMax).map(({ length }) => length);
  assertEquals(lengths(1).length, 1);
  const two = lengths(2 * BLOB_MESSAGE_BYTES_MAX);
  assertEquals(two.length, 2);
  assert(two.every((length) => length <= BLOB_MESSAGE_BYTES_MAX));
  assert(BLOB_MESSAGE_BYTES_MAX < 300_000);
  assertEquals(lengths(two[0]! + two[1]! - 1).length, 1);
  assertEquals(lengths(Infinity).length, 4);

  // What it asks for itself counts too.
  ada.transfer.want(noId(1), [ben.id]);
  ada.hears(ben, get(LONG_ID, [0], manifestOf(LONG)));
  assertEquals(ada.take(ben, BLOB_MESSAGE_BYTES_MAX).map(({ type }) => type), ["ask"]);
  assertEquals(ada.take(ben, BLOB_MESSAGE_BYTES_MAX).map(({ type }) => type), ["chunk"]);
});

Deno.test("BlobTransfer resumes after a restart and asks only for what is missing", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben).filter((_, index) => index !== 1 && index !== 4));
  assertEquals(ada.transfer.stats().chunksServed, 8);

  ben.restart();
  ada.restart();
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  const types = settle(ada, ben);
  // Not even the manifest is sent again.
  assertEquals(types, ["get", "chunk", "chunk", "chunk", "chunk"]);
  assertEquals(ben.blobs.get(LONG_ID), LONG);
  assertEquals([ben.transfer.stats().chunksRequested, ada.transfer.stats().chunksServed], [4, 4]);
});

Deno.test("BlobTransfer resumes where it was when a peer comes back", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben, 3 * BLOB_MESSAGE_BYTES_MAX));
  ada.parts(ben);
  assertEquals([ben.take(ada), ada.take(ben), ben.transfer.nextMs], [[], [], Infinity]);
  ada.meets(ben);
  assertEquals(ofType(settle(ada, ben), "chunk"), 7);
  assertEquals(ben.blobs.get(LONG_ID), LONG);
});

Deno.test("BlobTransfer takes the rest from another holder, and asks it nothing before", () => {
  const [ada, cem, ben] = [holder("ada"), holder("cem"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id, cem.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben, 4 * BLOB_MESSAGE_BYTES_MAX));
  ada.parts(ben);
  cem.meets(ben);
  assertEquals(settle(cem, ben), ["get", ...new Array(6).fill("chunk")]);
  assertEquals(ben.blobs.get(LONG_ID), LONG);
});

Deno.test("BlobTransfer shares the chunks among the holders, each chunk once", () => {
  const [ada, cem, ben] = [holder("ada"), holder("cem"), new Peer("ben")];
  ben.meets(ada, cem);
  ben.transfer.want(LONG_ID, [ada.id, cem.id]);
  assertEquals([ben.take(cem).length, ben.take(ada).length], [1, 0]); // one is asked at a time
  ben.parts(cem);
  ben.meets(cem);
  settle(ada, cem, ben);
  assertEquals(ben.blobs.get(LONG_ID), LONG);
  const served = [ada, cem].map(({ transfer }) => transfer.stats().chunksServed);
  assertEquals(served[0]! + served[1]!, 10);
  assert(Math.min(...served) > 0);
});

Deno.test("BlobTransfer.cancel() ends a want and drops what came of it", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  const chunks = ada.take(ben);
  ben.hears(ada, chunks[0]!);
  assertEquals(ben.transfer.cancel(ID), true);
  ben.hears(ada, chunks[1]!);
  assertEquals([ben.blobs.partials(), ben.blobs.bytes], [[], 0]);
  assertEquals([ben.transfer.wanted.size, ben.transfer.nextMs, ben.take(ada)], [0, Infinity, []]);
  assertEquals(ben.transfer.cancel(ID), false);
});

Deno.test("BlobTransfer fails at once if nobody may have the blob", () => {
  const ben = new Peer("ben");
  ben.transfer.want(ID, []);
  assertEquals([ben.events(), ben.transfer.wanted.size], [["failed no_answer"], 0]);
});

Deno.test("BlobTransfer drops events beyond a limit and counts them", () => {
  const ben = new Peer("ben");
  for (let at = 0; at < BLOB_EVENTS_MAX + 5; at++) ben.transfer.want(noId(at), []);
  assertEquals(ben.events().length, BLOB_EVENTS_MAX);
  assertEquals(ben.transfer.eventsDropped, 5);
});

Deno.test("BlobTransfer begins its count of requests somewhere else each time", () => {
  const numbers = ["ada", "ben"].map((name) => {
    const [peer, other] = [new Peer(name), holder("other")];
    peer.meets(other);
    peer.transfer.want(ID, [other.id]);
    const [message] = peer.take(other);
    return message?.type === "ask" && message.number;
  });
  assertNotEquals(numbers[0], numbers[1]);
});
