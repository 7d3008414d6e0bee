/**
 * The writes of one transaction, which keep the digests and their total right.
 */
import { checkStoreBytes, checkStoreNames } from "../sync/mod.ts";
import type { StoredSizes, StoreWriter } from "../sync/mod.ts";
import { rowDigest } from "./_digest.ts";
import type { RowTotal } from "./_digest.ts";
import { afterPrefix } from "./_key_range.ts";
import { translated } from "./_sqlite_errors.ts";
import type { Statements } from "./_statements.ts";

/** Lives as long as its transaction. */
export class SqliteWriter implements StoreWriter {
  readonly #sql: Statements;
  #total: RowTotal;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param total Of all rows before the transaction. */
  constructor(sql: Statements, total: RowTotal) {
    this.#sql = sql;
    this.#total = total;
  }

  /**
   * Of all rows, with what was written.
   *
   * @throws what a write has thrown, also if the transaction's work caught it: it was half done.
   */
  get total(): RowTotal {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#total;
  }

  put(space: string, key: string, value: Uint8Array): void {
    checkStoreNames({ space, key });
    checkStoreBytes(value);
    this.#write(() => {
      this.#forget(this.#sql.recordDigest.all(space, key));
      const digest = rowDigest("_capsule_records", [space, key], value);
      this.#sql.putRecord.run(space, key, digest, value);
      this.#total = this.#total.plus(digest);
    });
  }

  delete(space: string, key: string): void {
    checkStoreNames({ space, key });
    this.#write(() => {
      this.#forget(this.#sql.recordDigest.all(space, key));
      this.#sql.deleteRecord.run(space, key);
    });
  }

  deletePrefix(space: string, prefix: string): void {
    checkStoreNames({ space, key: prefix });
    this.#write(() => {
      const end = afterPrefix(prefix);
      this.#forget(this.#sql.rangeDigests.all(space, prefix, end));
      this.#sql.deleteRange.run(space, prefix, end);
    });
  }

  appendChunk(id: string, bytes: Uint8Array): StoredSizes {
    checkStoreNames({ key: id });
    checkStoreBytes(bytes);
    return this.#write(() => {
      const { chunkCount, chunkBytes, snapshotBytes } = this.#sql.documentSizes.get(id) as
        & StoredSizes
        & Record<string, number>;
      this.#putRow(id, chunkCount + 1, bytes);
      return {
        chunkBytes: chunkBytes + bytes.length,
        chunkCount: chunkCount + 1,
        snapshotBytes,
      };
    });
  }

  putSnapshot(id: string, bytes: Uint8Array): void {
    checkStoreBytes(bytes);
    this.removeDocument(id);
    this.#write(() => this.#putRow(id, 0, bytes));
  }

  removeDocument(id: string): void {
    checkStoreNames({ key: id });
    this.#write(() => {
      this.#forget(this.#sql.documentDigests.all(id));
      this.#sql.deleteDocument.run(id);
    });
  }

  /** Makes every later write throw. */
  end(): void {
    this.#ended = true;
  }

  #putRow(id: string, seq: number, bytes: Uint8Array): void {
    const digest = rowDigest("_capsule_documents", [id, seq], bytes);
    this.#sql.addDocumentRow.run(id, seq, digest, bytes);
    this.#total = this.#total.plus(digest);
  }

  #forget(rows: readonly Record<string, unknown>[]): void {
    for (const { digest } of rows) this.#total = this.#total.minus(digest as Uint8Array);
  }

  #write<Result>(work: () => Result): Result {
    if (this.#ended) throw new TypeError("Cannot write: the transaction has ended");
    try {
      return translated("write store", work);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}
