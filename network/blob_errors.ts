/** What can be wrong with blobs. */
export type BlobErrorCode =
  /** More bytes than a blob may have. */
  | "too_large"
  /** The store or the disk has no room; nothing was written. */
  | "storage_full"
  /** As many partial blobs, writers or wants as a named limit allows. */
  | "limit_reached"
  /** As many partial blobs or bytes of them from one peer as a named limit allows. */
  | "peer_limit_reached"
  /** A manifest whose size and hashes cannot be a blob's. */
  | "bad_manifest"
  /** Bytes that are no message between peers about blobs. */
  | "bad_message"
  /** A message in a version that this release does not know. */
  | "unknown_version"
  /** A blob that was removed while it was read. */
  | "not_found"
  /** A store that does not hold what was put there. */
  | "corrupt";

/**
 * A fault in keeping or fetching blobs; branch on {@linkcode BlobError.code}.
 *
 * @example A store that is full says so
 * ```ts
 * import { BlobError, BlobStore } from "@indras/toolkit/network";
 * import { MemoryStore } from "@indras/toolkit/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * using store = new MemoryStore();
 * const blobs = new BlobStore(store, { bytesMax: 1000 });
 * const error = assertThrows(() => blobs.put(new Uint8Array(1001)), BlobError);
 * assertEquals([error.code, blobs.bytes], ["storage_full", 0]);
 * ```
 */
export class BlobError extends Error {
  /** The class, also where classes are lost. */
  override readonly name: string = "BlobError";
  /** Which kind of fault this is. */
  readonly code: BlobErrorCode;

  /** Makes an error. */
  constructor(code: BlobErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
