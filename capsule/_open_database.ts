/**
 * Opens a file for one writer, and makes it if there is none.
 */
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { asksForLaterSqlite, connect } from "./_connect.ts";
import { createFile, sizeOf } from "./_create_file.ts";
import { isLogDamaged, LOG_HEADER_BYTES } from "./_log_check.ts";
import { MetaRow } from "./_meta.ts";
import type { Meta, Synchronous } from "./_meta.ts";
import { translated } from "./_sqlite_errors.ts";
import { verifyPages, verifyRows } from "./_verify.ts";
import { CapsuleError } from "./errors.ts";
import { migrate } from "./schema.ts";

/** How a file is opened. */
export interface OpenDatabaseOptions {
  readonly synchronous: Synchronous;
  readonly acceptMissingLog: boolean;
}

/** A verified database and what its row about itself says. */
export interface OpenedDatabase {
  readonly db: DatabaseSync;
  readonly meta: Meta;
}

/** A database that is gone when it is closed. */
export function openInMemory(): OpenedDatabase {
  const db = new DatabaseSync(":memory:");
  migrate(db);
  return { db, meta: new MetaRow(db).read() };
}

/** @throws {CapsuleError} any code but `closed`. */
export function openDatabase(path: string | URL, options: OpenDatabaseOptions): OpenedDatabase {
  const given = path instanceof URL || path.startsWith("file:") ? fileURLToPath(path) : path;
  if (given === "") throw new TypeError("Cannot open store: its path is empty");
  if (sizeOf(given) === undefined) createFile(given);
  const file = Deno.realPathSync(given); // SQLite keeps the log beside the file, not beside a link
  const found: Found = { bytes: sizeOf(file) ?? 0, logBytes: sizeOf(`${file}-wal`) ?? 0 };
  if (found.bytes === 0) throw corrupt("its file is empty");
  const db = connect(file, { ...options, isDraft: false });
  try {
    return { db, meta: translated("open store", () => setUp(db, file, found, options)) };
  } catch (error) {
    db.close();
    const isReadOnly = error instanceof CapsuleError && error.code === "read_only";
    if (isReadOnly && asksForLaterSqlite(file)) throw corrupt("its header is damaged");
    throw error;
  }
}

/** What was there before SQLite touched it. */
interface Found {
  readonly bytes: number;
  readonly logBytes: number;
}

/** Everything is checked before anything is written. */
function setUp(
  db: DatabaseSync,
  file: string,
  found: Found,
  { synchronous, acceptMissingLog }: OpenDatabaseOptions,
): Meta {
  const pageBytes = Number(db.prepare("PRAGMA page_size").get()?.["page_size"]);
  if (found.logBytes === 0 && found.bytes % pageBytes !== 0) throw corrupt("its file is cut off");
  verifyPages(db);
  migrate(db);
  const row = new MetaRow(db);
  const meta = row.read();
  verifyRows(db, meta);
  checkLog(`${file}-wal`, { meta, found, acceptMissingLog });
  const opened: Meta = { ...meta, log: synchronous };
  row.write(opened);
  // From here on the file itself says that there is a log, so it will be missed.
  db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
  return opened;
}

/** SQLite takes a log that is missing or damaged for one that is empty. */
function checkLog(
  log: string,
  { meta, found, acceptMissingLog }: {
    readonly meta: Meta;
    readonly found: Found;
    readonly acceptMissingLog: boolean;
  },
): void {
  if (meta.log === "none") return;
  if (found.logBytes < LOG_HEADER_BYTES) {
    if (acceptMissingLog) return;
    throw new CapsuleError(
      "log_missing",
      "Cannot open store: it was not closed, and the file beside it that ends in -wal is gone",
    );
  }
  // After "normal" steps losing power may leave holes in it that are nobody's fault.
  if (meta.log === "full" && isLogDamaged(Deno.readFileSync(log))) {
    throw corrupt("its log is damaged");
  }
}

function corrupt(what: string): CapsuleError {
  return new CapsuleError("corrupt", `Cannot open store: ${what}`);
}
