/**
 * Keeps blobs in a store, under the BLAKE3 of their bytes.
 *
 * A blob is kept in chunks, a small one in one record; each is there once, however often it is put.
 * Blobs that come from elsewhere are kept chunk by chunk, and are blobs only once the whole has the
 * hash that names it.
 *
 * @module
 */
import type { MemberId, Store } from "../sync/mod.ts";
import { Partials } from "./_blob_partials.ts";
import { BlobRecords, chunkKey, readHead, SPACE, writeHead } from "./_blob_records.ts";
import type { BlobHead } from "./_blob_records.ts";
import { tooLarge, Writing } from "./_blob_writing.ts";
import { BLOB_BYTES_MAX, blobIdOf } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import { BLOB_CHUNK_BYTES, chunkCountOf } from "./blob_manifest.ts";
import type { BlobId, BlobManifest, ManifestId } from "./blob_manifest.ts";
import type { BlobPartial, ChunkOutcome } from "./blob_partial.ts";
import { BLOB_WRITERS_MAX } from "./blob_writer.ts";
import type { BlobWriter } from "./blob_writer.ts";

export { BLOB_INLINE_BYTES_MAX } from "./_blob_records.ts";

/** Bytes of all blobs of a store, where no other number is given: 16 GiB. */
export const BLOB_STORE_BYTES_MAX: number = 16 * 1024 * 1024 * 1024;

/** What a {@linkcode BlobStore} can be told. */
export interface BlobStoreOptions {
  /** Bytes of all blobs, partial ones included. @default {BLOB_STORE_BYTES_MAX} */
  readonly bytesMax?: number;
}

/** A blob that is there. */
export interface BlobInfo {
  /** The BLAKE3 of its bytes. */
  readonly blobId: BlobId;
  /** Its bytes. */
  readonly size: number;
}

/**
 * The blobs of one store. There must be no other over the same store at the same time.
 *
 * Each method is one transaction of the store, or several that can each be the last; none may be
 * called while one is running. All that write throw a {@linkcode BlobError} `storage_full` if there
 * is no room, and then have written nothing.
 *
 * @example The same bytes are kept once, however they come
 * ```ts
 * import { BlobStore } from "@indras/toolkit/network";
 * import { MemoryStore } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * using store = new MemoryStore();
 * const blobs = new BlobStore(store);
 * const bytes = new Uint8Array(600_000).fill(7);
 *
 * using writer = blobs.open();
 * for (let at = 0; at < bytes.length; at += 50_000) writer.write(bytes.subarray(at, at + 50_000));
 * const blobId = writer.finish();
 *
 * assertEquals(blobs.put(bytes), blobId);
 * assertEquals(blobs.list(), [{ blobId, size: 600_000 }]);
 * assertEquals(blobs.read(blobId, 599_998, 10), new Uint8Array([7, 7]));
 * ```
 */
export class BlobStore {
  readonly #records: BlobRecords;
  readonly #partials: Partials;
  readonly #writers: Set<BlobWriter> = new Set();

  /**
   * The blobs that a store holds. What was written but not finished before is dropped.
   *
   * @throws {BlobError} `corrupt` if the store does not hold what was put there; reading does too.
   */
  constructor(store: Store, options: BlobStoreOptions = {}) {
    this.#records = new BlobRecords(store, options.bytesMax ?? BLOB_STORE_BYTES_MAX);
    this.#partials = new Partials(this.#records);
  }

  /** Bytes of all blobs, partial ones and those that are being written included. */
  get bytes(): number {
    return this.#records.bytes;
  }

  /**
   * Keeps bytes; nothing happens if they are there already.
   *
   * @returns Their BLAKE3.
   * @throws {BlobError} `too_large` beyond {@linkcode BLOB_BYTES_MAX}, `storage_full`.
   */
  put(bytes: Uint8Array): BlobId {
    if (bytes.length > BLOB_BYTES_MAX) throw tooLarge(bytes.length);
    const blobId = blobIdOf(bytes);
    this.#put(blobId, bytes);
    return blobId;
  }

  /**
   * Keeps bytes that were hashed already; else as {@linkcode BlobStore.put}.
   *
   * @param blobId Their BLAKE3.
   */
  putHashed(blobId: BlobId, bytes: Uint8Array): void {
    if (bytes.length > BLOB_BYTES_MAX) throw tooLarge(bytes.length);
    this.#put(blobId, bytes);
  }

  /**
   * Keeps bytes if they are a certain blob's.
   *
   * @returns Whether they are; if not, nothing was written.
   * @throws {BlobError} as {@linkcode BlobStore.put} does.
   */
  putExpected(blobId: BlobId, bytes: Uint8Array): boolean {
    if (bytes.length > BLOB_BYTES_MAX) throw tooLarge(bytes.length);
    if (blobIdOf(bytes) !== blobId) return false;
    this.#put(blobId, bytes);
    return true;
  }

  /**
   * Begins a blob that is written bit by bit.
   *
   * @throws {BlobError} `limit_reached` beyond {@linkcode BLOB_WRITERS_MAX}.
   */
  open(): BlobWriter {
    if (this.#writers.size >= BLOB_WRITERS_MAX) {
      throw new BlobError("limit_reached", `Cannot write blob: ${BLOB_WRITERS_MAX} are open`);
    }
    const writer = new Writing(this.#records, {
      stored: (blobId) => this.#partials.drop(blobId),
      ended: () => this.#writers.delete(writer),
    });
    this.#writers.add(writer);
    return writer;
  }

  /** Whether a blob is there, all of it. */
  has(blobId: BlobId): boolean {
    return this.#records.head(blobId) !== undefined;
  }

  /** How many bytes a blob has; `undefined` if it is not there. */
  size(blobId: BlobId): number | undefined {
    return this.#records.head(blobId)?.size;
  }

  /** All bytes of a blob; `undefined` if it is not there. */
  get(blobId: BlobId): Uint8Array | undefined {
    return this.read(blobId, 0, BLOB_BYTES_MAX);
  }

  /**
   * Some bytes of a blob; fewer where it ends, and `undefined` if it is not there.
   *
   * @param offset The first byte, from 0.
   * @param length How many bytes.
   * @throws {RangeError} if one of them is not an integer from 0.
   */
  read(blobId: BlobId, offset: number, length: number): Uint8Array | undefined {
    for (const number of [offset, length]) {
      if (Number.isSafeInteger(number) && number >= 0) continue;
      throw new RangeError(`Cannot read blob: ${number} is not an integer from 0`);
    }
    const head = this.#records.head(blobId);
    if (head === undefined) return undefined;
    const end = Math.min(head.size, offset + length);
    const out = new Uint8Array(Math.max(0, end - offset));
    for (let filled = 0; filled < out.length;) {
      const at = offset + filled;
      const chunk = this.#chunk(head, Math.floor(at / BLOB_CHUNK_BYTES));
      const start = at % BLOB_CHUNK_BYTES;
      const part = chunk.subarray(start, start + out.length - filled);
      out.set(part, filled);
      filled += part.length;
    }
    return out;
  }

  /**
   * The chunks of a blob in order, each read when it is asked for; `undefined` if it is not there.
   * An empty blob has none.
   *
   * @throws {BlobError} `not_found` on the way if the blob is removed meanwhile.
   */
  stream(blobId: BlobId): Generator<Uint8Array, void> | undefined {
    const size = this.size(blobId);
    return size === undefined ? undefined : this.#stream(blobId, chunkCountOf(size));
  }

  /** One chunk of a blob; `undefined` if the blob or the chunk is not there. */
  chunk(blobId: BlobId, index: number): Uint8Array | undefined {
    const head = this.#records.head(blobId);
    const isThere = head !== undefined && index >= 0 && index < chunkCountOf(head.size);
    return isThere ? this.#chunk(head, index) : undefined;
  }

  /** How to check a blob of several chunks; `undefined` for other blobs and what is not there. */
  manifest(blobId: BlobId): BlobManifest | undefined {
    const head = this.#records.head(blobId);
    if (head?.inline !== undefined || head?.manifestId === undefined) return undefined;
    return { blobId, size: head.size, chunkHashes: this.#records.hashes(head.handle) };
  }

  /** The name of {@linkcode BlobStore.manifest}, without reading the hashes. */
  manifestId(blobId: BlobId): ManifestId | undefined {
    const head = this.#records.head(blobId);
    return head?.inline === undefined ? head?.manifestId : undefined;
  }

  /**
   * Removes all that is there of a blob.
   *
   * @returns Whether all of it was there; partial blobs are dropped too.
   */
  remove(blobId: BlobId): boolean {
    this.#partials.drop(blobId);
    const head = this.#records.head(blobId);
    if (head === undefined) return false;
    this.#records.write(-head.size, (writer) => {
      writer.delete(SPACE.heads, blobId);
      if (head.inline !== undefined) return;
      writer.delete(SPACE.hashes, head.handle);
      writer.deletePrefix(SPACE.chunks, `${head.handle}/`);
    });
    return true;
  }

  /** The blobs that are there, by id. */
  list(): BlobInfo[] {
    // By first digit, so that the small blobs that come along are never all in memory.
    return [..."0123456789abcdef"].flatMap((digit) =>
      this.#records.entries(SPACE.heads, digit).map(([key, value]): BlobInfo => {
        return { blobId: key as BlobId, size: readHead(value).size };
      })
    );
  }

  /**
   * Begins a blob of several chunks that come from elsewhere; one that was begun under the same
   * manifest goes on.
   *
   * @param from Who gave the manifest.
   * @throws {BlobError} `bad_manifest`, `limit_reached` beyond {@linkcode BLOB_PARTIALS_MAX},
   * `peer_limit_reached` beyond {@linkcode BLOB_PARTIALS_PER_PEER_MAX}.
   */
  begin(manifest: BlobManifest, from: MemberId): BlobPartial {
    return this.#partials.begin(manifest, from);
  }

  /**
   * Takes in a chunk, if its hash is the manifest's. The last one makes a blob of them, if the hash
   * of the whole is the blob's id, and ends all other partial blobs of that id.
   *
   * @param part Of which blob, and under which manifest.
   * @param index Which chunk, from 0.
   * @param from Who brought it.
   * @throws {BlobError} `storage_full`, `peer_limit_reached` beyond
   * {@linkcode BLOB_PARTIAL_BYTES_PER_PEER_MAX}; the chunk is then still missing.
   */
  addChunk(
    part: { readonly blobId: BlobId; readonly manifestId: ManifestId },
    index: number,
    bytes: Uint8Array,
    from: MemberId,
  ): ChunkOutcome {
    return this.#partials.add(part, index, bytes, from);
  }

  /** The partial blobs, oldest first. */
  partials(): readonly BlobPartial[] {
    return this.#partials.list();
  }

  /** The partial blobs of one id, oldest first; they change as chunks are added. */
  partialsOf(blobId: BlobId): readonly BlobPartial[] {
    return this.#partials.of(blobId);
  }

  /**
   * Drops what came of a blob that is not complete.
   *
   * @param manifestId Only what came under this manifest. @default {all}
   * @returns Whether anything was dropped.
   */
  dropPartial(blobId: BlobId, manifestId?: ManifestId): boolean {
    return this.#partials.drop(blobId, manifestId);
  }

  #put(blobId: BlobId, bytes: Uint8Array): void {
    if (this.has(blobId)) return;
    const handle = this.#records.newHandle();
    const chunks = chunksOf(bytes);
    const chunkHashes = chunks.length === 1 ? [] : chunks.map(blobIdOf);
    this.#records.write(bytes.length, (writer) => {
      const made = { blobId, size: bytes.length, chunkHashes };
      chunks.slice(0, -1).forEach((chunk, index) => {
        writer.put(SPACE.chunks, chunkKey(handle, index), chunk);
      });
      writeHead(writer, handle, made, chunks.at(-1)!);
    });
    this.#partials.drop(blobId);
  }

  *#stream(blobId: BlobId, count: number): Generator<Uint8Array, void> {
    for (let index = 0; index < count; index++) {
      const chunk = this.chunk(blobId, index);
      if (chunk === undefined) {
        throw new BlobError("not_found", `Cannot read on: blob "${blobId}" was removed`);
      }
      yield chunk;
    }
  }

  #chunk(head: BlobHead, index: number): Uint8Array {
    return head.inline ?? this.#records.chunk(head.handle, index);
  }
}

/** At least one, which is empty if there are no bytes. */
function chunksOf(bytes: Uint8Array): Uint8Array[] {
  const count = Math.max(1, chunkCountOf(bytes.length));
  return Array.from(
    { length: count },
    (_, index) => bytes.subarray(index * BLOB_CHUNK_BYTES, (index + 1) * BLOB_CHUNK_BYTES),
  );
}
