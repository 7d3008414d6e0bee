/**
 * A blob that is being written: chunks go to the store under a handle, the name comes last.
 */
import { Blake3, encodeWire, parseArtifactId } from "../sync/mod.ts";
import { chunkKey, SPACE, writeHead } from "./_blob_records.ts";
import type { BlobRecords, Handle } from "./_blob_records.ts";
import { BLOB_BYTES_MAX, blobIdOf } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import { BLOB_CHUNK_BYTES } from "./blob_manifest.ts";
import type { BlobId } from "./blob_manifest.ts";
import type { BlobWriter } from "./blob_writer.ts";

/** What a writer tells its store. */
export interface WritingHooks {
  /** A blob is there. */
  readonly stored: (blobId: BlobId) => void;
  /** The writer is finished or aborted. */
  readonly ended: () => void;
}

/** Writes a chunk whenever one is full and more bytes come. */
export class Writing implements BlobWriter {
  readonly #records: BlobRecords;
  readonly #hooks: WritingHooks;
  readonly #handle: Handle;
  readonly #whole = new Blake3();
  readonly #chunkHashes: string[] = [];
  readonly #buffer = new Uint8Array(BLOB_CHUNK_BYTES);
  #buffered = 0;
  #size = 0;
  #isOpen = true;

  constructor(records: BlobRecords, hooks: WritingHooks) {
    this.#records = records;
    this.#hooks = hooks;
    this.#handle = records.newHandle();
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): void {
    this.#checkOpen();
    this.#orAbort(() => {
      if (this.#size + bytes.length > BLOB_BYTES_MAX) throw tooLarge(this.#size + bytes.length);
      for (let at = 0; at < bytes.length;) {
        if (this.#buffered === BLOB_CHUNK_BYTES) this.#flush();
        const part = bytes.subarray(at, at + BLOB_CHUNK_BYTES - this.#buffered);
        this.#buffer.set(part, this.#buffered);
        this.#buffered += part.length;
        at += part.length;
      }
      this.#whole.update(bytes);
      this.#size += bytes.length;
    });
  }

  finish(): BlobId {
    this.#checkOpen();
    return this.#orAbort(() => {
      const blobId = parseArtifactId(this.#whole.digest().toHex());
      if (this.#records.head(blobId) !== undefined) {
        this.abort();
        return blobId;
      }
      this.#complete(blobId);
      this.#isOpen = false;
      this.#hooks.ended();
      this.#hooks.stored(blobId);
      return blobId;
    });
  }

  abort(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#hooks.ended();
    if (this.#flushedBytes === 0) return;
    this.#records.write(-this.#flushedBytes, (writer) => {
      writer.deletePrefix(SPACE.chunks, `${this.#handle}/`);
      writer.delete(SPACE.writers, this.#handle);
    });
  }

  [Symbol.dispose](): void {
    this.abort();
  }

  get #flushedBytes(): number {
    return this.#chunkHashes.length * BLOB_CHUNK_BYTES;
  }

  #flush(): void {
    const index = this.#chunkHashes.length;
    const chunkHash = blobIdOf(this.#buffer);
    this.#records.write(BLOB_CHUNK_BYTES, (writer) => {
      writer.put(SPACE.chunks, chunkKey(this.#handle, index), this.#buffer);
      const flushed = encodeWire(this.#flushedBytes + BLOB_CHUNK_BYTES);
      writer.put(SPACE.writers, this.#handle, flushed);
    });
    this.#chunkHashes.push(chunkHash);
    this.#buffered = 0;
  }

  #complete(blobId: BlobId): void {
    const rest = this.#buffer.subarray(0, this.#buffered);
    const isOne = this.#chunkHashes.length === 0;
    const chunkHashes = isOne ? [] : [...this.#chunkHashes, blobIdOf(rest)];
    this.#records.write(rest.length, (writer) => {
      writeHead(writer, this.#handle, { blobId, size: this.#size, chunkHashes }, rest);
      writer.delete(SPACE.writers, this.#handle);
    });
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new TypeError("Cannot write blob: it is finished or aborted");
  }

  #orAbort<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.abort();
      throw error;
    }
  }
}

/** More bytes than a blob may have. */
export function tooLarge(bytes: number): BlobError {
  return new BlobError(
    "too_large",
    `Cannot keep blob of ${bytes} bytes: at most ${BLOB_BYTES_MAX}`,
  );
}
