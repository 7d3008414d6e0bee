/**
 * What a peer needs of whatever keeps its state. Stores that write files live above; this layer
 * says what they must do, and brings one that keeps everything in memory.
 *
 * A store holds records (bytes under a space and a key) and documents (a snapshot and the chunks
 * of changes appended after it). It does not look inside of either.
 *
 * @module
 */

/** UTF-16 units in the name of a space. */
export const STORE_SPACE_LENGTH_MAX: number = 64;
/** UTF-16 units in a record's key or a document's id. */
export const STORE_KEY_LENGTH_MAX: number = 1024;
/** Bytes in one record, one snapshot or one chunk. */
export const STORE_VALUE_BYTES_MAX: number = 256 * 1024 * 1024;
/** Chunks that together are no larger than this are not worth a snapshot. */
export const COMPACT_CHUNK_BYTES_MIN: number = 4096;
/** More chunks than this are worth a snapshot, however small they are. */
export const COMPACT_CHUNK_COUNT_MAX: number = 512;

/**
 * Keeps a peer's state. Everything is synchronous: what a call returned is done.
 *
 * Names are well-formed Unicode without U+0000 and sort by code point. Bytes are copied on their
 * way in and out. After disposal every call throws.
 *
 * @example All or nothing
 * ```ts
 * import { MemoryStore } from "@indras/toolkit/sync";
 * import type { Store } from "@indras/toolkit/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * using store: Store = new MemoryStore();
 * assertThrows(() =>
 *   store.transact((writer) => {
 *     writer.put("settings", "name", new TextEncoder().encode("Ada"));
 *     throw new Error("changed my mind");
 *   })
 * );
 * assertEquals(store.get("settings", "name"), undefined);
 * ```
 */
export interface Store extends Disposable {
  /** One record; `undefined` if there is none. */
  get(space: string, key: string): Uint8Array | undefined;
  /** The records of a space, as they are at the call, whose key begins with `prefix`; by key. */
  entries(space: string, prefix?: string): readonly StoreEntry[];
  /** The ids of all documents, sorted. */
  documents(): readonly string[];
  /** What is kept of a document; `undefined` if nothing is. */
  readDocument(id: string): StoredDocument | undefined;
  /**
   * Runs writes, all or nothing: when this returns they are kept, if it throws nothing was written.
   * What `work` has written it can read back from the store.
   *
   * @param work Must not be asynchronous, nor begin another transaction; its writer ends with it.
   * @returns What `work` returns.
   */
  transact<Result>(work: (writer: StoreWriter) => Result): Result;
}

/** One record of a space. */
export type StoreEntry = readonly [key: string, value: Uint8Array];

/** What is kept of a document: together, in this order, all that was ever put in. */
export interface StoredDocument {
  /** The latest snapshot; `undefined` if there was none yet. */
  readonly snapshot: Uint8Array | undefined;
  /** What was appended after the snapshot, oldest first. */
  readonly chunks: readonly Uint8Array[];
}

/** How much is kept of a document. */
export interface StoredSizes {
  /** Bytes of all chunks after the snapshot. */
  readonly chunkBytes: number;
  /** Chunks after the snapshot. */
  readonly chunkCount: number;
  /** Bytes of the snapshot; 0 if there is none. */
  readonly snapshotBytes: number;
}

/** Writes within one transaction. */
export interface StoreWriter {
  /** Writes a record; an earlier one goes. */
  put(space: string, key: string, value: Uint8Array): void;
  /** Deletes a record; nothing happens if there is none. */
  delete(space: string, key: string): void;
  /** Deletes each record of a space whose key begins with `prefix`; all of them for `""`. */
  deletePrefix(space: string, prefix: string): void;
  /**
   * Appends to a document, which begins with this if nothing is kept of it.
   *
   * @returns What is kept now, for {@linkcode shouldCompact}.
   */
  appendChunk(id: string, bytes: Uint8Array): StoredSizes;
  /** Replaces all that is kept of a document. */
  putSnapshot(id: string, bytes: Uint8Array): void;
  /** Deletes all that is kept of a document; nothing happens if nothing is. */
  removeDocument(id: string): void;
}

/**
 * Whether a document's chunks outweigh its snapshot, so that a new snapshot is worth writing. As
 * the snapshot grows it is replaced ever more rarely, up to {@linkcode COMPACT_CHUNK_COUNT_MAX}.
 *
 * @example A document of 1 MB is not saved again for every word
 * ```ts
 * import { shouldCompact } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const chunks = { chunkBytes: 9_000, chunkCount: 40 };
 * assertEquals(shouldCompact({ ...chunks, snapshotBytes: 1_000_000 }), false);
 * assertEquals(shouldCompact({ ...chunks, snapshotBytes: 5_000 }), true);
 * ```
 */
export function shouldCompact({ chunkBytes, chunkCount, snapshotBytes }: StoredSizes): boolean {
  return chunkCount > COMPACT_CHUNK_COUNT_MAX ||
    chunkBytes > Math.max(snapshotBytes, COMPACT_CHUNK_BYTES_MIN);
}

/**
 * Checks the names that a store is given; for those who write one.
 *
 * @throws {TypeError} if a name is not well-formed Unicode or holds U+0000.
 * @throws {RangeError} if it is too long.
 */
export function checkStoreNames(
  { space = "", key }: { readonly space?: string; readonly key: string },
): void {
  checkName("space", space, STORE_SPACE_LENGTH_MAX);
  checkName("key", key, STORE_KEY_LENGTH_MAX);
}

/**
 * Checks the bytes that a store is given; for those who write one.
 *
 * @throws {RangeError} if there are more than {@linkcode STORE_VALUE_BYTES_MAX}.
 */
export function checkStoreBytes(bytes: Uint8Array): void {
  if (bytes.length <= STORE_VALUE_BYTES_MAX) return;
  throw new RangeError(
    `Cannot store ${bytes.length} bytes at once: at most ${STORE_VALUE_BYTES_MAX}`,
  );
}

/**
 * Checks that a transaction's work was over when it returned; for those who write a store.
 *
 * @throws {TypeError} if it returned a promise.
 */
export function checkStoreResult(result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => {}); // how it ends no longer matters: what it wrote so far is undone
  throw new TypeError("Cannot commit transaction: its work is asynchronous");
}

function checkName(what: string, name: string, lengthMax: number): void {
  if (name.length > lengthMax) {
    throw new RangeError(`Cannot use ${what} of ${name.length} characters: at most ${lengthMax}`);
  }
  if (!name.isWellFormed() || name.includes("\0")) {
    throw new TypeError(`Cannot use ${what} ${JSON.stringify(name)}: it is not plain Unicode`);
  }
}
