/**
 * The one row that says what the file should hold.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { rowDigest, RowTotal, sameDigest } from "./_digest.ts";
import { CapsuleError } from "./errors.ts";

/** What the file should hold. */
export interface Meta {
  /** The same number as in the file's header, where nothing protects it. */
  readonly schemaVersion: number;
  /**
   * Whether the latest steps may be in the log beside the file, and how safely it was written;
   * `"none"` after the file was closed.
   */
  readonly log: "none" | Synchronous;
  /** Of all rows of the other internal tables. */
  readonly total: RowTotal;
}

/** Which steps survive what; see `SqliteStoreOptions`. */
export type Synchronous = "full" | "normal";

/** Reads and writes {@linkcode Meta} with statements that are prepared once. */
export class MetaRow {
  readonly #select: StatementSync;
  readonly #replace: StatementSync;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT * FROM _capsule_meta");
    this.#replace = db.prepare("REPLACE INTO _capsule_meta VALUES (1, ?, ?, ?, ?, ?)");
  }

  /** @throws {CapsuleError} `corrupt` if the row is missing or altered. */
  read(): Meta {
    const { schema_version, log, row_count, row_sum, digest } = this.#select.get() ?? {};
    const columns = [schema_version, log, row_count, row_sum].map(String);
    if (!sameDigest(digestOf(columns), digest)) {
      throw new CapsuleError("corrupt", "Cannot open store: its record of itself is damaged");
    }
    return {
      schemaVersion: Number(schema_version),
      log: log as Meta["log"],
      total: new RowTotal(Number(row_count), BigInt(String(row_sum))),
    };
  }

  write({ schemaVersion, log, total }: Meta): void {
    const sum = `0x${total.sum.toString(16)}`;
    const digest = digestOf([schemaVersion, log, total.count, sum].map(String));
    this.#replace.run(schemaVersion, log, total.count, sum, digest);
  }
}

function digestOf(columns: readonly string[]): Uint8Array {
  return rowDigest("_capsule_meta", columns, new Uint8Array(0));
}
