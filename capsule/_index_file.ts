/**
 * The file of an index: made whole, and made anew when it is damaged or another version's.
 */
import { DatabaseSync } from "node:sqlite";
import { asksForLaterSqlite } from "./_connect.ts";
import { translated } from "./_sqlite_errors.ts";
import { CapsuleError } from "./errors.ts";

/** "INDX" in the file's header: an index, which may be deleted, and no store. */
export const INDEX_APPLICATION_ID: number = 0x494e4458;

/** For how long another process may write before it is in the way, in milliseconds. */
const BUSY_MS_MAX = 100;
/** Where the application id stands in a file's header. */
const APPLICATION_ID_AT = 68;
const SIDE_FILES = ["-wal", "-shm", "-journal"];

const PRAGMAS = [
  "trusted_schema = OFF",
  "cell_size_check = ON",
  "temp_store = MEMORY", // nothing is written outside of the file's folder
  "synchronous = NORMAL", // losing power loses the latest rows, and does no damage
  "journal_mode = WAL", // others may read while this one writes
];

/** What is to be in the file. */
export interface IndexContents {
  /** The statements that make its tables. */
  readonly statements: readonly string[];
  /** What its rows were made by; rows that something else has made are of no use. */
  readonly stamp: string;
}

/** A database with the right tables. */
export interface OpenedIndex {
  readonly db: DatabaseSync;
  /** Whether it was made just now, so that there are no rows. */
  readonly isNew: boolean;
}

/** @throws {CapsuleError} `not_a_database`, `locked`, `read_only`, `disk_full` or `io`. */
export function openIndex(path: string, contents: IndexContents): OpenedIndex {
  return translated("open index", () => {
    if (path === ":memory:") {
      const db = connect(path);
      fill(db, contents);
      return { db, isNew: true };
    }
    const db = sizeOf(path) ? openSound(path, contents) : undefined;
    if (db !== undefined) return { db, isNew: false };
    create(path, contents);
    return { db: connect(path), isNew: true };
  });
}

/** Deletes the file of an index. */
export function removeIndex(path: string): void {
  // A log that outlives its file would be taken for the next file's.
  for (const file of ["", ...SIDE_FILES].map((end) => `${path}${end}`)) {
    if (sizeOf(file) !== undefined) Deno.removeSync(file);
  }
}

/** The database if it can be used as it is; otherwise it is deleted. */
function openSound(path: string, contents: IndexContents): DatabaseSync | undefined {
  let db: DatabaseSync | undefined;
  try {
    const opened = db = connect(path);
    if (translated("open index", () => isSound(opened, contents))) return db;
  } catch (error) {
    db?.close();
    if (!isUseless(error, path)) throw error;
  }
  if (db?.isOpen) db.close();
  removeIndex(path);
  return undefined;
}

/** Whether an error says that the file is of no use. */
export function isDamage(error: unknown): error is CapsuleError {
  return error instanceof CapsuleError &&
    (error.code === "corrupt" || error.code === "not_a_database");
}

/** Whether a file cannot be used, and is an index. */
function isUseless(error: unknown, path: string): boolean {
  if (!(error instanceof CapsuleError)) return false;
  switch (error.code) {
    case "corrupt":
    case "not_a_database":
      return hasOurHeader(path);
    case "read_only":
      return hasOurHeader(path) && asksForLaterSqlite(path);
    default:
      return false;
  }
}

function isSound(db: DatabaseSync, contents: IndexContents): boolean {
  if (db.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] !== "ok") return false;
  if (schemaOf(db) !== expectedSchema(contents)) return false;
  run(db, "BEGIN IMMEDIATE");
  try {
    run(db, "PRAGMA user_version = 1"); // says now if nothing can be written
  } finally {
    run(db, "ROLLBACK");
  }
  return db.prepare("SELECT stamp FROM _capsule_index").get()?.["stamp"] === contents.stamp;
}

/** Makes the file under another name, and renames it when it is whole. */
function create(path: string, contents: IndexContents): void {
  const draft = `${path}-new`;
  removeIndex(draft);
  const db = new DatabaseSync(draft);
  try {
    run(db, "PRAGMA journal_mode = MEMORY"); // a draft that is half done is deleted
    run(db, `PRAGMA application_id = ${INDEX_APPLICATION_ID}`);
    fill(db, contents);
  } finally {
    db.close();
  }
  removeIndex(path);
  Deno.renameSync(draft, path);
}

function fill(db: DatabaseSync, { statements, stamp }: IndexContents): void {
  run(db, "BEGIN");
  run(db, "CREATE TABLE _capsule_index (stamp TEXT NOT NULL) STRICT");
  for (const statement of statements) run(db, statement);
  db.prepare("INSERT INTO _capsule_index VALUES (?)").run(stamp);
  run(db, "COMMIT");
}

function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
  try {
    return translated("open index", () => {
      // Before anything that may write to the file.
      if (path !== ":memory:") checkOurs(db);
      for (const pragma of PRAGMAS) db.prepare(`PRAGMA ${pragma}`).get();
      return db;
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

function checkOurs(db: DatabaseSync): void {
  const id = db.prepare("PRAGMA application_id").get()?.["application_id"];
  if (id === INDEX_APPLICATION_ID) return;
  throw new CapsuleError("not_a_database", "Cannot open index: another application's database");
}

/** Unlike what `exec` throws, errors have their number here: a full disk is no damage. */
function run(db: DatabaseSync, sql: string): void {
  db.prepare(sql).all();
}

/** Everything that is in the file but rows. */
function schemaOf(db: DatabaseSync): string {
  return JSON.stringify(db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all());
}

function expectedSchema(contents: IndexContents): string {
  const db = new DatabaseSync(":memory:");
  try {
    fill(db, contents);
    return schemaOf(db);
  } finally {
    db.close();
  }
}

/** Whether a file that SQLite does not take for a database was an index once. */
function hasOurHeader(path: string): boolean {
  using file = Deno.openSync(path);
  const header = new Uint8Array(APPLICATION_ID_AT + 4);
  file.readSync(header);
  return new DataView(header.buffer).getUint32(APPLICATION_ID_AT) === INDEX_APPLICATION_ID;
}

/** `undefined` if there is no such file. */
function sizeOf(file: string): number | undefined {
  try {
    return Deno.statSync(file).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
