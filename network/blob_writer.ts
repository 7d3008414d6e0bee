/**
 * Writes a blob bit by bit.
 *
 * @module
 */
import type { BlobId } from "./blob_manifest.ts";

/** Blobs that are written bit by bit at the same time. */
export const BLOB_WRITERS_MAX: number = 64;

/**
 * A blob that is being written; takes the memory of one chunk. Nothing of it can be read before it
 * is finished, and nothing of it stays if it is not, even if the process ends.
 */
export interface BlobWriter extends Disposable {
  /** Bytes written so far. */
  readonly size: number;
  /**
   * Appends bytes; they are copied.
   *
   * @throws {BlobError} `too_large` beyond `BLOB_BYTES_MAX`, `storage_full`. Then it is aborted.
   * @throws {TypeError} if it has been finished or aborted.
   */
  write(bytes: Uint8Array): void;
  /**
   * Makes what was written a blob.
   *
   * @throws {BlobError} `storage_full`; then it is aborted.
   * @throws {TypeError} if it has been finished or aborted.
   */
  finish(): BlobId;
  /** Drops what was written; harmless if it has been finished or aborted. Disposing is the same. */
  abort(): void;
}
