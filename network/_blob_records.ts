/**
 * Blobs as records of a store.
 *
 * ```text
 * blobs          blob id                      head: size, and the bytes or where they are
 * blob_chunks    handle/index                 bytes
 * blob_hashes    handle                       the chunks' hashes, 32 bytes each
 * blob_partials  blob id/manifest id          size, handle, who gave the manifest
 * blob_received  handle                       which chunks are there, and who brought how many bytes
 * blob_writers   handle                       bytes written so far
 * blob_state     state                        the next handle; all bytes that are kept
 * ```
 *
 * A handle is a number that is never used twice; so what was written chunk by chunk becomes a blob by
 * writing its head.
 */
import { decodeWire, encodeWire } from "../sync/mod.ts";
import type { Store, StoreEntry, StoreWriter, WireValue } from "../sync/mod.ts";
import { BlobError } from "./blob_errors.ts";
import { chunkCountOf, manifestIdOf } from "./blob_manifest.ts";
import type { BlobId, BlobManifest, ManifestId } from "./blob_manifest.ts";

/** The spaces of a store that blobs use. */
export const SPACE = {
  heads: "blobs",
  chunks: "blob_chunks",
  hashes: "blob_hashes",
  partials: "blob_partials",
  received: "blob_received",
  writers: "blob_writers",
  state: "blob_state",
} as const;

const STATE_KEY = "state";
const VERSION = 1;

/** Blobs up to this size are kept in the record of their name. */
export const BLOB_INLINE_BYTES_MAX: number = 4096;

/** Names the place of a blob's chunks: 12 decimal digits. */
export type Handle = string;

/** What is kept of a complete blob besides its chunks. */
export type BlobHead =
  | { readonly size: number; readonly inline: Uint8Array }
  | {
    readonly size: number;
    readonly inline?: undefined;
    readonly handle: Handle;
    /** `undefined` if there is one chunk only. */
    readonly manifestId: ManifestId | undefined;
  };

/** Reads and writes the records, and counts bytes. */
export class BlobRecords {
  readonly #store: Store;
  readonly #bytesMax: number;
  #bytes: number;
  #next: number;

  constructor(store: Store, bytesMax: number) {
    this.#store = store;
    this.#bytesMax = bytesMax;
    const state = store.get(SPACE.state, STATE_KEY);
    const fields = state === undefined ? {} : readFields(state);
    this.#next = Number(fields["n"] ?? 0);
    this.#bytes = Number(fields["b"] ?? 0);
    this.#dropAbandonedWriters();
  }

  /** Bytes of all blobs, partial ones included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A handle that nothing was written under. */
  newHandle(): Handle {
    return String(this.#next++).padStart(12, "0");
  }

  /** The head of a complete blob. */
  head(blobId: BlobId): BlobHead | undefined {
    const bytes = this.#store.get(SPACE.heads, blobId);
    return bytes && readHead(bytes);
  }

  /** A chunk that must be there. */
  chunk(handle: Handle, index: number): Uint8Array {
    const bytes = this.#store.get(SPACE.chunks, chunkKey(handle, index));
    if (bytes === undefined) throw corrupt(`chunk ${index} of ${handle} is not there`);
    return bytes;
  }

  /** The hashes of a blob or partial blob of several chunks, as hex. */
  hashes(handle: Handle): string[] {
    const hex = this.#store.get(SPACE.hashes, handle)?.toHex() ?? "";
    return hex.match(/.{64}/g) ?? [];
  }

  /** The records of a space. */
  entries(space: string, prefix?: string): readonly StoreEntry[] {
    return this.#store.entries(space, prefix);
  }

  /** One record of a space. */
  get(space: string, key: string): Uint8Array | undefined {
    return this.#store.get(space, key);
  }

  /**
   * Runs writes, all or nothing.
   *
   * @param bytesMore How many bytes more (or, below 0, fewer) are kept then.
   * @throws {BlobError} `storage_full`; then nothing was written.
   */
  write(bytesMore: number, work: (writer: StoreWriter) => void): void {
    const bytes = this.#bytes + bytesMore;
    if (bytesMore > 0 && bytes > this.#bytesMax) {
      const free = this.#bytesMax - this.#bytes;
      throw full(`${bytesMore} bytes do not fit: ${free} of ${this.#bytesMax} are left`);
    }
    try {
      this.#store.transact((writer) => {
        work(writer);
        writer.put(SPACE.state, STATE_KEY, encodeWire({ n: this.#next, b: bytes }));
      });
    } catch (error) {
      // Stores live in other layers; what they say of a full disk is told by its code.
      if (error instanceof Error && "code" in error && error.code === "disk_full") {
        throw full("the disk is full", { cause: error });
      }
      throw error;
    }
    this.#bytes = bytes;
  }

  /** What a process wrote that ended before it finished belongs to nothing. */
  #dropAbandonedWriters(): void {
    const writers = this.#store.entries(SPACE.writers);
    if (writers.length === 0) return;
    const bytes = writers.reduce((sum, [, value]) => sum + Number(decodeWire(value)), 0);
    this.write(-bytes, (writer) => {
      for (const [handle] of writers) {
        writer.deletePrefix(SPACE.chunks, `${handle}/`);
        writer.delete(SPACE.writers, handle);
      }
    });
  }
}

/** The key of a chunk. */
export function chunkKey(handle: Handle, index: number): string {
  return `${handle}/${index}`;
}

/** The record of a head. */
export function encodeHead(head: BlobHead): Uint8Array {
  if (head.inline !== undefined) return encodeWire({ v: VERSION, s: head.size, d: head.inline });
  const { size, handle, manifestId } = head;
  const m = manifestId === undefined ? null : Uint8Array.fromHex(manifestId);
  return encodeWire({ v: VERSION, s: size, k: handle, m });
}

/**
 * Writes what makes a blob of its chunks: the last of them, the hashes and the head.
 *
 * @param made Of which blob; `chunkHashes` may be `[]` if there is one chunk.
 */
export function writeHead(
  writer: StoreWriter,
  handle: Handle,
  made: BlobManifest,
  lastChunk: Uint8Array,
): void {
  const { blobId, size, chunkHashes } = made;
  if (size <= BLOB_INLINE_BYTES_MAX) {
    writer.put(SPACE.heads, blobId, encodeHead({ size, inline: lastChunk }));
    return;
  }
  const count = chunkCountOf(size);
  writer.put(SPACE.chunks, chunkKey(handle, count - 1), lastChunk);
  if (count > 1) writer.put(SPACE.hashes, handle, Uint8Array.fromHex(chunkHashes.join("")));
  const manifestId = count > 1 ? manifestIdOf(made) : undefined;
  writer.put(SPACE.heads, blobId, encodeHead({ size, handle, manifestId }));
}

/** Reads what {@linkcode encodeHead} wrote. */
export function readHead(bytes: Uint8Array): BlobHead {
  const { v, s, d, k, m } = readFields(bytes);
  if (v !== VERSION || typeof s !== "number") throw corrupt("a head is not one");
  if (d instanceof Uint8Array) return { size: s, inline: d };
  if (typeof k !== "string") throw corrupt("a head does not say where its bytes are");
  const manifestId = m instanceof Uint8Array ? m.toHex() as ManifestId : undefined;
  return { size: s, handle: k, manifestId };
}

/** Reads a record that is a map. */
export function readFields(bytes: Uint8Array): Readonly<Record<string, WireValue>> {
  const value = decodeWire(bytes);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw corrupt("a record is not a map");
  }
  return value as Readonly<Record<string, WireValue>>;
}

/** The store does not hold what was put there. */
export function corrupt(why: string): BlobError {
  return new BlobError("corrupt", `Storage error: cannot read blobs: ${why}`);
}

function full(why: string, options?: ErrorOptions): BlobError {
  return new BlobError("storage_full", `Storage error: cannot keep blob: ${why}`, options);
}
