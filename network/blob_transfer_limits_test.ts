import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseMemberId } from "../sync/mod.ts";
import {
  claimOf,
  get,
  holder,
  ID,
  LARGE,
  LONG,
  LONG_ID,
  MANIFEST,
  manifestOf,
  noId,
  Peer,
  settle,
  some,
  text,
} from "./_blob_peers_test.ts";
import { BlobError } from "./blob_errors.ts";
import { BLOB_CHUNK_BYTES } from "./blob_manifest.ts";
import { BLOB_PARTIALS_MAX, BLOB_PARTIALS_PER_PEER_MAX } from "./blob_partial.ts";
import {
  BLOB_HOLDERS_MAX,
  BLOB_MESSAGE_BYTES_MAX,
  BLOB_QUEUE_BYTES_MAX,
  BLOB_QUEUE_LENGTH_MAX,
  BLOB_WANTS_MAX,
} from "./blob_transfer.ts";

Deno.test("BlobTransfer takes no blob that is larger than it may be", () => {
  const [ada, eve, ben] = [holder("ada"), new Peer("eve"), new Peer("ben")];
  ben.meets(ada, eve);
  ben.transfer.want(ID, [ada.id], LARGE.length - 1);
  assertEquals(settle(ada, ben), ["ask", "manifest"]);
  assertEquals([ben.events(), ben.blobs.partials()], [["failed too_large"], []]);
  const small = eve.blobs.put(text("small"));
  ben.transfer.want(small, [eve.id], 4);
  settle(eve, ben);
  assertEquals([ben.events(), ben.blobs.has(small)], [["failed too_large"], false]);

  // A holder that says so does not keep the blob from coming from another.
  ben.transfer.want(ID, [eve.id, ada.id], LARGE.length);
  ben.take(eve);
  ben.hears(eve, { type: "manifest", manifest: manifestOf(LONG, ID) });
  settle(ada, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer goes on with no part that is larger than the blob may be now", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ben.blobs.begin(MANIFEST, ada.id);
  ben.meets(ada);
  ben.transfer.want(ID, [ada.id], LARGE.length - 1);
  settle(ada, ben);
  assertEquals(ben.events(), ["failed too_large"]);
  ben.transfer.want(ID, [ada.id], LARGE.length);
  settle(ada, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer lets so many bytes and answers wait for a peer, each once", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  const long = manifestOf(LONG);
  for (const indices of [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7], [8, 9]]) {
    ada.hears(ben, get(LONG_ID, indices, long));
  }
  ada.hears(ben, get(ID, [0, 1, 2]));
  assertEquals(ada.transfer.stats().answersDropped, 0);
  const sizes = ada.transfer.take(ben.id, Infinity).map(({ length }) => length);
  assertEquals(sizes.length, 13);

  const other = new Peer("other");
  const ids = Array.from(
    { length: 20 },
    (_, at) => other.blobs.put(new Uint8Array(BLOB_CHUNK_BYTES).fill(at)),
  );
  other.meets(ben);
  for (const blobId of ids) other.hears(ben, { type: "ask", number: 1, blobId });
  const taken = other.transfer.take(ben.id, Infinity);
  const bytes = taken.reduce((sum, { length }) => sum + length, 0);
  assert(bytes <= BLOB_QUEUE_BYTES_MAX && bytes > BLOB_QUEUE_BYTES_MAX - BLOB_MESSAGE_BYTES_MAX);
  assertEquals(other.transfer.stats().answersDropped, 20 - taken.length);

  for (let number = 0; number < 2 * BLOB_QUEUE_LENGTH_MAX; number++) {
    other.hears(ben, { type: "ask", number, blobId: noId(number) });
  }
  assertEquals(other.take(ben).length, BLOB_QUEUE_LENGTH_MAX);
});

Deno.test("BlobTransfer answers no request for chunks that do not exist", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ada.hears(ben, get(ID, [0, 3]));
  assertEquals(ada.take(ben), []);
});

Deno.test("BlobTransfer says when there is no room, and makes some of what is not wanted", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ben.bytesMax = LARGE.length - 1;
  ben.restart();
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id]);
  settle(ada, ben);
  assertEquals(ben.events(), ["progress", "failed storage_full"]);
  assertEquals(ben.blobs.partialsOf(ID)[0]!.missing.size, 1);
  const tiny = ada.blobs.put(text("tiny"));
  ben.blobs.put(some(800, "own"));
  ben.transfer.want(tiny, [ada.id]);
  settle(ada, ben);
  assertEquals([ben.blobs.has(tiny), ben.blobs.partials().length], [true, 1]);
  const other = ada.blobs.put(some(BLOB_CHUNK_BYTES, "other"));
  ben.transfer.want(other, [ada.id]);
  settle(ada, ben);
  assertEquals([ben.blobs.has(other), ben.blobs.partials()], [true, []]);
  ada.blobs.remove(tiny);
  ada.blobs.remove(other);
});

Deno.test("BlobTransfer does not drop a part to make room for the rest of it", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ben.bytesMax = BLOB_CHUNK_BYTES + 1;
  ben.restart();
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  const chunks = ada.take(ben);
  ada.parts(ben);
  ben.hears(ada, ...chunks);
  assertEquals(ben.events(), ["progress", "failed storage_full"]);
  assertEquals(ben.blobs.bytes, BLOB_CHUNK_BYTES);
});

Deno.test("BlobTransfer begins only so many blobs of one peer, and the others after them", () => {
  const [ada, ben] = [new Peer("ada"), new Peer("ben")];
  const blobs = Array.from({ length: BLOB_PARTIALS_PER_PEER_MAX + 3 }, (_, at) => {
    const bytes = new Uint8Array(BLOB_CHUNK_BYTES + 1).fill(at);
    return { bytes, id: ada.blobs.put(bytes) };
  });
  ada.meets(ben);
  for (const { id } of blobs) ben.transfer.want(id, [ada.id]);
  settle(ada, ben);
  for (const { id, bytes } of blobs) assertEquals(ben.blobs.get(id), bytes);
});

Deno.test("BlobTransfer asks no peer for more while enough of what it began is not complete", () => {
  const [eve, cem, ben] = [new Peer("eve"), new Peer("cem"), new Peer("ben")];
  for (let at = 0; at < BLOB_PARTIALS_PER_PEER_MAX; at++) {
    ben.blobs.begin(claimOf(noId(at)), eve.id);
    ben.transfer.want(noId(at), [cem.id]);
  }
  ben.transfer.want(LONG_ID, [eve.id]);
  ben.meets(eve);
  assertEquals(ben.take(eve), []);
  ben.transfer.cancel(noId(0));
  assertEquals(ben.take(eve).map(({ type }) => type), ["ask"]);
});

Deno.test("BlobTransfer drops no part that can go on for another, and says what is full", () => {
  for (
    const [givers, count] of [[1, BLOB_PARTIALS_PER_PEER_MAX], [256, BLOB_PARTIALS_MAX]] as const
  ) {
    for (const isThere of [true, false]) {
      const [eve, cem, ben] = [new Peer("eve"), new Peer("cem"), new Peer("ben")];
      const giver = (at: number) => givers === 1 ? eve.id : parseMemberId(noId(at));
      for (let at = 0; at < count; at++) {
        ben.blobs.begin(claimOf(noId(at)), giver(at));
        ben.transfer.want(noId(at), [cem.id]);
      }
      ben.meets(eve);
      if (isThere) ben.meets(cem);
      if (givers === 1) ben.blobs.begin(claimOf(LONG_ID), cem.id);
      ben.transfer.want(LONG_ID, [eve.id]);
      ben.take(eve);
      ben.hears(eve, { type: "manifest", manifest: manifestOf(LONG) });
      assertEquals(ben.events(), isThere ? ["failed limit_reached"] : []);
      const kept = ben.blobs.partials().filter(({ manifest }) => manifest.blobId !== LONG_ID);
      assertEquals(kept.length, isThere ? count : count - 1);
      assertEquals(ben.blobs.partialsOf(noId(0)).length, isThere ? 1 : 0); // the oldest goes
    }
  }
});

Deno.test("BlobTransfer wants so many blobs and no more, of so many holders", () => {
  const [ada, ben] = [new Peer("ada"), new Peer("ben")];
  ben.meets(ada);
  for (let at = 0; at < BLOB_WANTS_MAX; at++) ben.transfer.want(noId(at), [ada.id]);
  const error = assertThrows(() => ben.transfer.want(ID, [ada.id]), BlobError);
  assertEquals(error.code, "limit_reached");
  ben.transfer.want(noId(0), [ada.id]);
  ben.transfer.cancel(noId(0));
  const many = Array.from({ length: BLOB_HOLDERS_MAX }, (_, at) => parseMemberId(noId(at + 5)));
  ben.transfer.want(ID, [...many, ada.id]);
  for (let at = 1; at < BLOB_WANTS_MAX; at++) ben.transfer.cancel(noId(at));
  assertEquals(ben.take(ada), []);
});
