/**
 * Opens the file of a capsule for one writer, and makes it if there is none.
 */
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { translated } from "./_sqlite_errors.ts";
import { META_TABLE } from "./_statement_rules.ts";
import { CapsuleError } from "./errors.ts";
import { KEPT_TEXTS_SQL } from "./kept_texts.ts";

/** "INDC" in the file's header: an application's own tables, and no peer's store. */
export const CAPSULE_APPLICATION_ID: number = 0x494e4443;

/** The version of the internal tables that this release writes. */
export const CAPSULE_VERSION: number = 1;

/** What a large transaction may leave the log at; opening after a crash reads all of it. */
const LOG_BYTES_KEPT = 16 * 1024 * 1024;

const PRAGMAS = [
  "fullfsync = ON", // macOS, where disks otherwise keep it in their own cache
  "checkpoint_fullfsync = ON",
  `journal_size_limit = ${LOG_BYTES_KEPT}`,
  "temp_store = MEMORY", // nothing is written outside of the file's folder
  "trusted_schema = OFF",
  "cell_size_check = ON",
  "foreign_keys = ON",
  "recursive_triggers = ON", // so that the deletes of REPLACE are seen
];

/** Deno has this, its types do not. */
type DefensiveDatabase = DatabaseSync & { enableDefensive(isOn: boolean): void };

/**
 * A database that nobody else can open, with the right version.
 *
 * @throws {CapsuleError} `locked`, `not_a_database`, `corrupt`, `newer_schema`, `read_only`,
 * `disk_full` or `io`.
 */
export function openCapsule(path: string | URL, synchronous: "full" | "normal"): DatabaseSync {
  const file = path instanceof URL || path.startsWith("file:") ? fileURLToPath(path) : path;
  if (file === "") throw new TypeError("Cannot open capsule: its path is empty");
  return translated("open capsule", () => {
    const db = new DatabaseSync(file);
    try {
      const isInMemory = file === ":memory:";
      // No memory is shared with others then, and the first look at a file takes the lock.
      if (!isInMemory) run(db, "PRAGMA locking_mode = EXCLUSIVE");
      const isNew = checkOurs(db);
      run(db, `PRAGMA synchronous = ${synchronous}`);
      for (const pragma of PRAGMAS) run(db, `PRAGMA ${pragma}`);
      if (!isInMemory) run(db, "PRAGMA journal_mode = WAL");
      run(db, "BEGIN EXCLUSIVE");
      if (isNew) create(db);
      run(db, KEPT_TEXTS_SQL);
      run(db, "COMMIT");
      (db as DefensiveDatabase).enableDefensive(true);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Whether there is nothing in the file yet. A file of another application is left as it was. */
function checkOurs(db: DatabaseSync): boolean {
  const id = valueOf(db, "PRAGMA application_id");
  const isEmpty = valueOf(db, "SELECT count(*) FROM sqlite_schema") === 0;
  if (id === 0 && isEmpty) return true;
  if (id !== CAPSULE_APPLICATION_ID) {
    throw new CapsuleError("not_a_database", "Cannot open capsule: another application's database");
  }
  const version = Number(valueOf(db, `SELECT version FROM ${META_TABLE}`));
  if (version > CAPSULE_VERSION) {
    throw new CapsuleError(
      "newer_schema",
      `Cannot open capsule: its version is ${version}, and this release knows ${CAPSULE_VERSION}`,
    );
  }
  return false;
}

function create(db: DatabaseSync): void {
  run(db, `PRAGMA application_id = ${CAPSULE_APPLICATION_ID}`);
  run(
    db,
    `CREATE TABLE ${META_TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER) STRICT`,
  );
  run(db, `INSERT INTO ${META_TABLE} VALUES (1, ${CAPSULE_VERSION})`);
}

/** Unlike what `exec` throws, errors have their number here. */
function run(db: DatabaseSync, sql: string): void {
  db.prepare(sql).all();
}

function valueOf(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}
