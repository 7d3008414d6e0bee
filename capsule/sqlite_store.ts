/**
 * The store of a peer that outlives its process, in one SQLite file.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { checkStoreNames, checkStoreResult } from "../sync/mod.ts";
import type { Store, StoredDocument, StoreEntry, StoreWriter } from "../sync/mod.ts";
import { rowDigest, sameDigest } from "./_digest.ts";
import { afterPrefix } from "./_key_range.ts";
import { MetaRow } from "./_meta.ts";
import type { Meta } from "./_meta.ts";
import { openDatabase, openInMemory } from "./_open_database.ts";
import type { OpenedDatabase } from "./_open_database.ts";
import { translated } from "./_sqlite_errors.ts";
import { SqliteWriter } from "./_sqlite_writer.ts";
import { prepareStatements } from "./_statements.ts";
import type { Statements } from "./_statements.ts";
import { CapsuleError } from "./errors.ts";

/** How {@linkcode SqliteStore.open} opens a file. */
export interface SqliteStoreOptions {
  /**
   * What a returned transaction survives. `"full"`: the end of the process and of power. `"normal"`:
   * the end of the process; losing power may undo the latest transactions, each of them wholly.
   *
   * @default {"full"}
   */
  readonly synchronous?: "full" | "normal";
  /**
   * Opens a file that was not closed although its log, which held the latest steps, is gone. What
   * is in the file is sound but may be older than what peers have seen of it.
   *
   * @default {false}
   */
  readonly acceptMissingLog?: boolean;
}

/**
 * Keeps everything in a SQLite file: what returned is on disk, and what is read was written.
 *
 * A file has one store at a time, held by a lock that ends with the process. Opening reads the
 * whole file and checks it. Beside the file SQLite keeps its log, whose name ends in `-wal`; the two
 * belong together until the store is disposed.
 *
 * @example Without a path it is in memory
 * ```ts
 * import { SqliteStore } from "@indras/toolkit/capsule";
 * import { assertEquals } from "@std/assert";
 *
 * using store = SqliteStore.open();
 * store.transact((writer) => writer.put("settings", "name", new TextEncoder().encode("Ada")));
 * assertEquals(new TextDecoder().decode(store.get("settings", "name")), "Ada");
 * ```
 */
export class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  readonly #row: MetaRow;
  #meta: Meta;
  #state: "idle" | "writing" | "disposed" = "idle";

  private constructor({ db, meta }: OpenedDatabase) {
    this.#db = db;
    this.#sql = prepareStatements(db);
    this.#row = new MetaRow(db);
    this.#meta = meta;
  }

  /**
   * Opens a file and makes it if there is none; its folder must exist.
   *
   * @param path `":memory:"` for a store that needs no file and keeps nothing.
   * @throws {CapsuleError} `locked` at once if the file is open elsewhere; `corrupt`, `log_missing`,
   * `newer_schema`, `not_a_database`, `read_only`, `disk_full` or `io`.
   */
  static open(path: string | URL = ":memory:", options: SqliteStoreOptions = {}): SqliteStore {
    const { synchronous = "full", acceptMissingLog = false } = options;
    return translated(
      "open store",
      () =>
        new SqliteStore(
          path === ":memory:"
            ? openInMemory()
            : openDatabase(path, { synchronous, acceptMissingLog }),
        ),
    );
  }

  /**
   * One record; `undefined` if there is none.
   *
   * @throws {CapsuleError} `corrupt` if it is not what was written; all reading does.
   */
  get(space: string, key: string): Uint8Array | undefined {
    checkStoreNames({ space, key });
    const row = this.#read(() => this.#sql.record.get(space, key));
    return row && checked("_capsule_records", [space, key], row["digest"], row["value"]);
  }

  /** The records of a space whose key begins with `prefix`, by key. */
  entries(space: string, prefix: string = ""): readonly StoreEntry[] {
    checkStoreNames({ space, key: prefix });
    const rows = this.#read(() => this.#sql.range.all(space, prefix, afterPrefix(prefix)));
    return rows.map(({ key, digest, value }): StoreEntry => {
      const name = String(key);
      return [name, checked("_capsule_records", [space, name], digest, value)];
    });
  }

  /** The ids of all documents, sorted. */
  documents(): readonly string[] {
    return this.#read(() => this.#sql.documents.all()).map(({ id }) => String(id));
  }

  /** What is kept of a document; `undefined` if nothing is. */
  readDocument(id: string): StoredDocument | undefined {
    checkStoreNames({ key: id });
    const rows = this.#read(() => this.#sql.document.all(id));
    if (rows.length === 0) return undefined;
    const parts = rows.map(({ seq, digest, bytes }) =>
      checked("_capsule_documents", [id, Number(seq)], digest, bytes)
    );
    const snapshot = rows[0]!["seq"] === 0 ? parts.shift() : undefined;
    return { snapshot, chunks: parts };
  }

  /**
   * Runs writes, all or nothing; when it returns they are on disk.
   *
   * @throws {CapsuleError} `disk_full`, `io` or `corrupt`; then nothing was written.
   */
  transact<Result>(work: (writer: StoreWriter) => Result): Result {
    if (this.#state === "writing") {
      throw new TypeError("Cannot begin transaction: another one is running");
    }
    this.#read(() => this.#sql.begin.run());
    this.#state = "writing";
    const writer = new SqliteWriter(this.#sql, this.#meta.total);
    try {
      const result = work(writer);
      checkStoreResult(result);
      this.#commit(writer);
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    } finally {
      writer.end();
      if (this.#state === "writing") this.#state = "idle";
    }
  }

  /** Closes the file; everything is in it then, and its log is gone. */
  [Symbol.dispose](): void {
    if (this.#state === "disposed") return;
    this.#state = "disposed";
    try {
      this.#rollback();
      this.#row.write({ ...this.#meta, log: "none" });
      this.#db.close();
    } catch {
      // All that returned is in the log. What failed here fails again when the file is opened.
      if (this.#db.isOpen) this.#db.close();
    }
  }

  #commit(writer: SqliteWriter): void {
    const meta = { ...this.#meta, total: writer.total };
    this.#read(() => {
      if (!meta.total.equals(this.#meta.total)) this.#row.write(meta);
      this.#sql.commit.run();
    });
    this.#meta = meta;
  }

  #rollback(): void {
    // After some errors SQLite has already done so.
    if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
  }

  #read<Result>(work: () => Result): Result {
    if (this.#state === "disposed") {
      throw new CapsuleError("closed", "Cannot use store: it is closed");
    }
    return translated("use store", work);
  }
}

/** What is read was written: everything was checked when the file was opened, and is again here. */
function checked(
  table: string,
  names: readonly (string | number)[],
  digest: unknown,
  bytes: unknown,
): Uint8Array {
  if (bytes instanceof Uint8Array && sameDigest(rowDigest(table, names, bytes), digest)) {
    return bytes;
  }
  throw new CapsuleError("corrupt", `Cannot read row "${names.join('", "')}": it is damaged`);
}
