import { assert, assertEquals, assertThrows } from "@std/assert";
import { blake3 } from "@noble/hashes/blake3.js";
import { MemoryStore, parseArtifactId, parseMemberId, seededSources } from "../sync/mod.ts";
import type { Store, StoreWriter } from "../sync/mod.ts";
import { CapsuleError, SqliteStore } from "../capsule/mod.ts";
import { encodeReceived } from "./_blob_partial_records.ts";
import { SPACE } from "./_blob_records.ts";
import { BLOB_BYTES_MAX, blobIdOf } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import type { BlobErrorCode } from "./blob_errors.ts";
import { BLOB_CHUNK_BYTES, manifestIdOf } from "./blob_manifest.ts";
import type { BlobManifest } from "./blob_manifest.ts";
import {
  BLOB_PARTIAL_BYTES_PER_PEER_MAX,
  BLOB_PARTIALS_MAX,
  BLOB_PARTIALS_PER_PEER_MAX,
} from "./blob_partial.ts";
import { BLOB_INLINE_BYTES_MAX, BlobStore } from "./blob_store.ts";
import { BLOB_WRITERS_MAX } from "./blob_writer.ts";

const ada = parseMemberId("a1".repeat(32));
const ben = parseMemberId("b2".repeat(32));
const text = (value: string) => new TextEncoder().encode(value);
const some = (length: number, seed = "blob") => seededSources(seed, () => 0).randomBytes(length);
const chunksOf = (bytes: Uint8Array) =>
  Array.from(
    { length: Math.ceil(bytes.length / BLOB_CHUNK_BYTES) },
    (_, index) => bytes.subarray(index * BLOB_CHUNK_BYTES, (index + 1) * BLOB_CHUNK_BYTES),
  );
const manifestOf = (bytes: Uint8Array): BlobManifest => ({
  blobId: blobIdOf(bytes),
  size: bytes.length,
  chunkHashes: chunksOf(bytes).map(blobIdOf),
});
const fails = (code: BlobErrorCode, work: () => unknown) =>
  assertEquals(assertThrows(work, BlobError).code, code);
const recordsIn = (store: Store) =>
  Object.values(SPACE).filter((space) => space !== SPACE.state)
    .flatMap((space) => store.entries(space).map(([key]) => `${space}/${key}`));

/** Two chunks and a bit. */
const LARGE = some(2 * BLOB_CHUNK_BYTES + 1000);
const SIZES = [
  0,
  1,
  BLOB_INLINE_BYTES_MAX,
  BLOB_INLINE_BYTES_MAX + 1,
  BLOB_CHUNK_BYTES,
  BLOB_CHUNK_BYTES + 1,
  LARGE.length,
];

Deno.test("BlobStore.put() names blobs by the test vectors", () => {
  const blobs = new BlobStore(new MemoryStore());
  assertEquals<string>(
    blobs.put(text("Hello artifact world!")),
    "ace71c6923c0d9cdc1b9d42571254bfd71402153270f62f32c1753a20b0b72f0",
  );
  assertEquals<string>(
    blobs.put(text("Child artifact content")),
    "3d1575d74e2d8c7b0a6e2781467495e91f9c3413e091c0a7a4d9d4aeee009137",
  );
  assertEquals<string>( // the BLAKE3 of nothing, from the algorithm's published vectors
    blobs.put(new Uint8Array(0)),
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
  );
});

for (const open of [() => new MemoryStore(), () => SqliteStore.open()]) {
  Deno.test(`BlobStore over ${open().constructor.name} gives back what was put, of every size`, () => {
    using store = open();
    const put = new BlobStore(store);
    const ids = SIZES.map((size) => put.put(LARGE.subarray(0, size)));
    const blobs = new BlobStore(store);
    SIZES.forEach((size, at) => {
      const expected = LARGE.slice(0, size);
      assertEquals(blobs.get(ids[at]!), expected);
      assertEquals([blobs.has(ids[at]!), blobs.size(ids[at]!)], [true, size]);
      const streamed = [...blobs.stream(ids[at]!)!];
      assert(streamed.every((chunk) => chunk.length > 0 && chunk.length <= BLOB_CHUNK_BYTES));
      assertEquals(new Uint8Array(streamed.flatMap((chunk) => [...chunk])), expected);
    });
    const largest = store.entries(SPACE.chunks).map(([, { length }]) => length);
    assertEquals(Math.max(...largest), BLOB_CHUNK_BYTES);
    assertEquals(blobs.bytes, SIZES.reduce((sum, size) => sum + size));
    const infos = SIZES.map((size, at) => ({ blobId: ids[at]!, size }));
    infos.sort((left, right) => left.blobId < right.blobId ? -1 : 1);
    assertEquals(blobs.list(), infos);

    for (const id of ids) assert(blobs.remove(id));
    assertEquals([recordsIn(store), blobs.bytes], [[], 0]);
  });
}

Deno.test("BlobStore knows nothing of a blob that is not there", () => {
  const blobs = new BlobStore(new MemoryStore());
  const id = blobIdOf(text("elsewhere"));
  assertEquals([blobs.has(id), blobs.remove(id)], [false, false]);
  const found = [blobs.size(id), blobs.get(id), blobs.stream(id), blobs.read(id, 0, 1)];
  assertEquals(found.concat([blobs.chunk(id, 0)]), new Array(5).fill(undefined));
  assertEquals([blobs.manifest(id), blobs.manifestId(id)], [undefined, undefined]);
});

Deno.test("BlobStore.put() keeps the same bytes once", () => {
  const store = new MemoryStore();
  const blobs = new BlobStore(store);
  const id = blobs.put(LARGE);
  const records = recordsIn(store);
  assertEquals(blobs.put(LARGE.slice()), id);
  assertEquals(writeIn(blobs, LARGE, 100_000), id);
  assertEquals([recordsIn(store), blobs.bytes], [records, LARGE.length]);
});

Deno.test("BlobStore.putExpected() refuses other bytes and writes nothing", () => {
  const store = new MemoryStore();
  const blobs = new BlobStore(store);
  assertEquals(blobs.putExpected(blobIdOf(text("a")), text("b")), false);
  assertEquals(recordsIn(store), []);
  assertEquals(blobs.putExpected(blobIdOf(text("a")), text("a")), true);
  assertEquals(blobs.get(blobIdOf(text("a"))), text("a"));
});

Deno.test("BlobStore.read() gives any part, and less where the blob ends", () => {
  const blobs = new BlobStore(new MemoryStore());
  const id = blobs.put(LARGE);
  const at = BLOB_CHUNK_BYTES;
  for (
    const [offset, length] of [
      [0, 0],
      [0, 1],
      [at - 1, 2],
      [at, at],
      [at - 5, at + 10],
      [LARGE.length - 1, 1],
      [LARGE.length - 1, 2 ** 40],
      [LARGE.length, 5],
      [2 ** 50, 5],
    ] as const
  ) {
    assertEquals(blobs.read(id, offset, length), LARGE.slice(offset, offset + length));
  }
  for (const wrong of [-1, 0.5, NaN, Infinity]) {
    assertThrows(() => blobs.read(id, wrong, 1), RangeError);
    assertThrows(() => blobs.read(id, 0, wrong), RangeError);
  }
});

Deno.test("BlobStore.stream() says so if the blob is removed on the way", () => {
  const blobs = new BlobStore(new MemoryStore());
  const id = blobs.put(LARGE);
  const stream = blobs.stream(id)!;
  assertEquals(stream.next().value, LARGE.slice(0, BLOB_CHUNK_BYTES));
  blobs.remove(id);
  fails("not_found", () => stream.next());
});

Deno.test("BlobStore says so if the store has lost a chunk", () => {
  const store = new MemoryStore();
  const id = new BlobStore(store).put(LARGE);
  store.transact((writer) => writer.deletePrefix(SPACE.chunks, ""));
  fails("corrupt", () => new BlobStore(store).get(id));
});

Deno.test("BlobWriter makes the same blob however its bytes come", () => {
  for (const size of SIZES) {
    for (const step of [BLOB_CHUNK_BYTES, 100_000, BLOB_CHUNK_BYTES + 7]) {
      const blobs = new BlobStore(new MemoryStore());
      const bytes = LARGE.subarray(0, size);
      assertEquals(writeIn(blobs, bytes, step), blobIdOf(bytes));
      assertEquals([blobs.get(blobIdOf(bytes)), blobs.bytes], [bytes, size]);
      const other = new BlobStore(new MemoryStore());
      assertEquals(blobs.manifest(blobIdOf(bytes)), other.manifest(other.put(bytes)));
    }
  }
});

Deno.test("BlobWriter takes what it was given at once, not what becomes of the array", () => {
  const blobs = new BlobStore(new MemoryStore());
  const writer = blobs.open();
  const buffer = text("once");
  writer.write(buffer);
  buffer.fill(0);
  assertEquals(blobs.get(writer.finish()), text("once"));
});

Deno.test("BlobWriter leaves nothing when it is aborted, disposed or forgotten", () => {
  const store = new MemoryStore();
  const blobs = new BlobStore(store);
  const aborted = blobs.open();
  aborted.write(LARGE);
  assertEquals([aborted.size, blobs.bytes], [LARGE.length, 2 * BLOB_CHUNK_BYTES]);
  aborted.abort();
  aborted.abort();
  assertThrows(() => aborted.write(text("more")), TypeError);
  assertThrows(() => aborted.finish(), TypeError);
  {
    using disposed = blobs.open();
    disposed.write(LARGE);
  }
  assertEquals([recordsIn(store), blobs.bytes], [[], 0]);

  blobs.open().write(LARGE);
  assert(recordsIn(store).length > 0);
  assertEquals(new BlobStore(store).bytes, 0); // the process ended meanwhile
  assertEquals(recordsIn(store), []);
});

Deno.test("BlobWriter stays what it made when it is disposed afterwards", () => {
  const blobs = new BlobStore(new MemoryStore());
  using writer = blobs.open();
  writer.write(LARGE);
  const id = writer.finish();
  assertThrows(() => writer.finish(), TypeError);
  writer.abort();
  assertEquals(blobs.get(id), LARGE);
});

Deno.test("BlobStore opens so many writers and no more", () => {
  const blobs = new BlobStore(new MemoryStore());
  const writers = Array.from({ length: BLOB_WRITERS_MAX }, () => blobs.open());
  fails("limit_reached", () => blobs.open());
  writers[0]!.finish();
  writers[1]!.abort();
  for (const _ of [0, 1]) blobs.open();
  fails("limit_reached", () => blobs.open());
});

Deno.test("BlobStore refuses a blob that is too large, put or written", () => {
  const store = new MemoryStore();
  const blobs = new BlobStore(store);
  const tooMany = new Uint8Array(BLOB_BYTES_MAX + 1);
  fails("too_large", () => blobs.put(tooMany));
  fails("too_large", () => blobs.putExpected(blobIdOf(text("x")), tooMany));
  const writer = blobs.open();
  writer.write(LARGE);
  fails("too_large", () => writer.write(tooMany.subarray(LARGE.length)));
  assertThrows(() => writer.write(text("x")), TypeError);
  assertEquals([recordsIn(store), blobs.bytes], [[], 0]);
});

Deno.test("BlobStore says when it is full and has then written nothing", () => {
  const store = new MemoryStore();
  const blobs = new BlobStore(store, { bytesMax: LARGE.length + 10 });
  const id = blobs.put(LARGE);
  const records = recordsIn(store);
  fails("storage_full", () => blobs.put(text("eleven byte")));
  const other = some(BLOB_CHUNK_BYTES + 1, "other");
  fails("storage_full", () => writeIn(blobs, other, 1000));
  const partial = blobs.begin(manifestOf(other), ada);
  fails("storage_full", () => blobs.addChunk(partIn(other), 0, chunksOf(other)[0]!, ada));
  assertEquals([partial.missing.size, partial.receivedBytes], [2, 0]);
  blobs.dropPartial(blobIdOf(other));
  assertEquals([recordsIn(store), blobs.bytes], [records, LARGE.length]);

  const full = assertThrows(() => blobs.put(text("eleven byte")), BlobError);
  assert(full.message.startsWith("Storage error: "));
  blobs.put(text("ten bytes!"));
  blobs.remove(id);
  blobs.put(other);
});

Deno.test("BlobStore tells a full disk in its own words", () => {
  const memory = new MemoryStore();
  let isFull = false;
  const store: Store = Object.assign(Object.create(memory), {
    get: (space: string, key: string) => memory.get(space, key),
    entries: (space: string, prefix?: string) => memory.entries(space, prefix),
    transact: (work: (writer: StoreWriter) => void) => {
      memory.transact((writer) => {
        work(writer);
        if (isFull) throw new CapsuleError("disk_full", "Cannot write store: it is full");
      });
    },
  });
  const blobs = new BlobStore(store);
  isFull = true;
  const error = assertThrows(() => blobs.put(LARGE), BlobError);
  assertEquals(error.code, "storage_full");
  assert(error.cause instanceof CapsuleError);
  assertEquals([blobs.bytes, recordsIn(memory)], [0, []]);
  isFull = false;
  assertEquals(blobs.get(blobs.put(LARGE)), LARGE);
});

Deno.test("BlobStore.manifest() names the chunks of a blob that has several", () => {
  const blobs = new BlobStore(new MemoryStore());
  const manifest = manifestOf(LARGE);
  const id = blobs.put(LARGE);
  assertEquals(blobs.manifest(id), manifest);
  assertEquals(blobs.manifestId(id), manifestIdOf(manifest));
  assertEquals(chunksOf(LARGE).map((_, index) => blobs.chunk(id, index)), chunksOf(LARGE));
  assertEquals([blobs.chunk(id, -1), blobs.chunk(id, 3)], [undefined, undefined]);
  for (const size of [0, 5, BLOB_CHUNK_BYTES]) {
    const small = blobs.put(LARGE.subarray(0, size));
    assertEquals([blobs.manifest(small), blobs.manifestId(small)], [undefined, undefined]);
  }
});

Deno.test("manifestIdOf() is the BLAKE3 of the written fields", () => {
  const manifest = manifestOf(LARGE);
  const input = [
    text("blob-manifest-v1:"),
    Uint8Array.fromHex(manifest.blobId),
    Uint8Array.fromHex(LARGE.length.toString(16).padStart(16, "0")),
    ...manifest.chunkHashes.map((hash) => Uint8Array.fromHex(hash)),
  ];
  const hash = blake3(new Uint8Array(input.flatMap((part) => [...part])));
  assertEquals<string>(manifestIdOf(manifest), new Uint8Array(hash).toHex());
});

Deno.test("BlobStore.addChunk() makes a blob of chunks in any order, also after a restart", () => {
  using store = SqliteStore.open();
  const chunks = chunksOf(LARGE);
  const part = partIn(LARGE);
  new BlobStore(store).begin(manifestOf(LARGE), ada);
  for (const [turn, index] of [2, 0].entries()) {
    const blobs = new BlobStore(store);
    assertEquals(blobs.addChunk(part, index, chunks[index]!, ben), { type: "kept" });
    assertEquals(blobs.addChunk(part, index, chunks[index]!, ben), { type: "not_needed" });
    assertEquals(blobs.has(part.blobId), false);
    const [partial] = new BlobStore(store).partials();
    const missing = turn === 0 ? [0, 1] : [1];
    assertEquals([[...partial!.missing], partial!.from], [missing, ada]);
    assertEquals([...partial!.bytesFrom], [[ben, partial!.receivedBytes]]);
    assertEquals(partial!.receivedBytes, blobs.bytes);
  }
  const blobs = new BlobStore(store);
  assertEquals(blobs.addChunk(part, 1, chunks[1]!, ben), { type: "complete" });
  assertEquals(blobs.get(part.blobId), LARGE);
  assertEquals([blobs.partials(), blobs.bytes], [[], LARGE.length]);
  assertEquals(blobs.manifest(part.blobId), manifestOf(LARGE));
  blobs.remove(part.blobId);
  assertEquals(recordsIn(store), []);
});

Deno.test("BlobStore.addChunk() reads back a few chunks at a time after a restart", () => {
  let reads = 0;
  class Counting extends MemoryStore {
    override get(space: string, key: string) {
      if (space === SPACE.chunks) reads++;
      return super.get(space, key);
    }
  }
  const store = new Counting();
  const bytes = some(9 * BLOB_CHUNK_BYTES);
  const [part, chunks] = [partIn(bytes), chunksOf(bytes)];
  const before = new BlobStore(store);
  before.begin(manifestOf(bytes), ada);
  for (let index = 0; index < 6; index++) before.addChunk(part, index, chunks[index]!, ada);
  assertEquals(reads, 0);
  const blobs = new BlobStore(store);
  const counts = [6, 7, 8].map((index) => {
    reads = 0;
    blobs.addChunk(part, index, chunks[index]!, ada);
    return reads;
  });
  assertEquals(counts, [4, 3, 0]);
  assertEquals(blobs.get(part.blobId), bytes);
});

Deno.test("BlobStore.addChunk() keeps nothing whose hash does not hold", () => {
  const blobs = new BlobStore(new MemoryStore());
  const chunks = chunksOf(LARGE);
  const part = partIn(LARGE);
  assertEquals(blobs.addChunk(part, 0, chunks[0]!, ada), { type: "not_needed" }); // not begun
  const partial = blobs.begin(manifestOf(LARGE), ada);
  const altered = chunks[0]!.slice();
  altered[7]! ^= 1;
  for (const wrong of [altered, chunks[1]!, chunks[0]!.slice(1), new Uint8Array(0)]) {
    assertEquals(blobs.addChunk(part, 0, wrong, ada), { type: "bad_chunk" });
  }
  for (const index of [-1, 3, 0.5, 2 ** 40]) {
    assertEquals(blobs.addChunk(part, index, chunks[0]!, ada), { type: "not_needed" });
  }
  assertEquals([partial.missing.size, blobs.bytes], [3, 0]);
});

Deno.test("BlobStore.addChunk() drops all of a manifest that was a lie, and names who gave it", () => {
  const store = new MemoryStore();
  const lie = { ...manifestOf(LARGE), blobId: blobIdOf(text("something else")) };
  const part = { blobId: lie.blobId, manifestId: manifestIdOf(lie) };
  const chunks = chunksOf(LARGE);
  new BlobStore(store).begin(lie, ada);
  const blobs = new BlobStore(store);
  for (const index of [0, 1]) blobs.addChunk(part, index, chunks[index]!, ben);
  assertEquals(blobs.addChunk(part, 2, chunks[2]!, ben), { type: "bad_manifest", from: ada });
  assertEquals([blobs.has(lie.blobId), blobs.bytes, recordsIn(store)], [false, 0, []]);
});

Deno.test("BlobStore keeps what came under a true manifest while another one is a lie", () => {
  const store = new MemoryStore();
  const blobs = new BlobStore(store);
  const lied = some(LARGE.length, "lie");
  const lie = { ...manifestOf(lied), blobId: blobIdOf(LARGE) };
  blobs.begin(lie, ada);
  blobs.begin(manifestOf(LARGE), ben);
  const lyingPart = { blobId: lie.blobId, manifestId: manifestIdOf(lie) };
  blobs.addChunk(lyingPart, 0, chunksOf(lied)[0]!, ada);
  chunksOf(LARGE).forEach((chunk, index) => blobs.addChunk(partIn(LARGE), index, chunk, ben));
  assertEquals(blobs.get(blobIdOf(LARGE)), LARGE);
  assertEquals([blobs.partials(), blobs.bytes], [[], LARGE.length]);
  blobs.remove(blobIdOf(LARGE));
  assertEquals(recordsIn(store), []);
});

Deno.test("BlobStore needs no partial blob once the bytes are there by another way", () => {
  const store = new MemoryStore();
  for (const write of [(blobs: BlobStore) => blobs.put(LARGE), writeLarge]) {
    const blobs = new BlobStore(store);
    blobs.begin(manifestOf(LARGE), ada);
    blobs.addChunk(partIn(LARGE), 1, chunksOf(LARGE)[1]!, ada);
    const id = write(blobs);
    assertEquals([blobs.partials(), blobs.bytes], [[], LARGE.length]);
    blobs.remove(id);
    assertEquals(recordsIn(store), []);
  }
});

Deno.test("BlobStore drops a partial blob that a crash left beside the whole one", () => {
  const store = new MemoryStore();
  const blobs = new BlobStore(store);
  const id = blobs.put(LARGE);
  const records = recordsIn(store);
  blobs.begin(manifestOf(LARGE), ada); // as if begun before the blob was put
  assertEquals(new BlobStore(store).partials(), []);
  assertEquals([recordsIn(store), blobs.get(id)], [records, LARGE]);
});

Deno.test("BlobStore.begin() refuses manifests that cannot be a blob's", () => {
  const blobs = new BlobStore(new MemoryStore());
  const { blobId, size, chunkHashes } = manifestOf(LARGE);
  const hash = chunkHashes[0]!;
  for (
    const wrong of [
      { blobId, size: 0, chunkHashes: [] },
      { blobId, size: BLOB_CHUNK_BYTES, chunkHashes: [hash] },
      { blobId, size: size + BLOB_CHUNK_BYTES, chunkHashes },
      { blobId, size: 1, chunkHashes },
      { blobId, size: size + 0.5, chunkHashes },
      { blobId, size: BLOB_BYTES_MAX + 1, chunkHashes: new Array(401).fill(hash) },
      { blobId, size, chunkHashes: [...chunkHashes.slice(1), "x"] },
    ]
  ) {
    fails("bad_manifest", () => blobs.begin(wrong, ada));
  }
});

Deno.test("BlobStore limits partial blobs, by peer and in all", () => {
  const blobs = new BlobStore(new MemoryStore());
  const manifest = manifestOf(LARGE);
  const other = (number: number) => ({
    ...manifest,
    blobId: parseArtifactId(number.toString(16).padStart(64, "0")),
  });
  const peer = (number: number) => parseMemberId(number.toString(16).padStart(64, "0"));
  let count = 0;
  for (; count < BLOB_PARTIALS_PER_PEER_MAX; count++) blobs.begin(other(count), ada);
  fails("peer_limit_reached", () => blobs.begin(other(count), ada));
  blobs.begin(other(0), ada); // goes on
  for (; count < BLOB_PARTIALS_MAX; count++) blobs.begin(other(count), peer(count));
  fails("limit_reached", () => blobs.begin(other(count), peer(count)));
  assert(blobs.dropPartial(other(0).blobId));
  blobs.begin(other(count), peer(count));
});

Deno.test("BlobStore limits the bytes of partial blobs that one peer brings", () => {
  const store = new MemoryStore();
  const [part, chunks] = [partIn(LARGE), chunksOf(LARGE)];
  new BlobStore(store).begin(manifestOf(LARGE), ben);
  // As if ada had brought the rest elsewhere: one chunk fits.
  const handle = store.entries(SPACE.hashes)[0]![0];
  const brought = BLOB_PARTIAL_BYTES_PER_PEER_MAX - BLOB_CHUNK_BYTES;
  const received = encodeReceived(3, {
    missing: new Set([0, 1, 2]),
    bytesFrom: new Map([[ada, brought]]),
  });
  store.transact((writer) => writer.put(SPACE.received, handle, received));
  const blobs = new BlobStore(store);
  assertEquals(blobs.addChunk(part, 1, chunks[1]!, ada), { type: "kept" });
  fails("peer_limit_reached", () => blobs.addChunk(part, 0, chunks[0]!, ada));
  assertEquals([...blobs.partials()[0]!.missing], [0, 2]);
  assertEquals(blobs.addChunk(part, 0, chunks[0]!, ben), { type: "kept" });
  assertEquals(blobs.addChunk(part, 2, chunks[2]!, ada), { type: "complete" }); // adds none
});

function partIn(bytes: Uint8Array) {
  const manifest = manifestOf(bytes);
  return { blobId: manifest.blobId, manifestId: manifestIdOf(manifest) };
}

function writeIn(blobs: BlobStore, bytes: Uint8Array, step: number) {
  using writer = blobs.open();
  for (let at = 0; at < bytes.length; at += step) writer.write(bytes.subarray(at, at + step));
  return writer.finish();
}

function writeLarge(blobs: BlobStore) {
  return writeIn(blobs, LARGE, 77_777);
}
