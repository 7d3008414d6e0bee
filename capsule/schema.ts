/**
 * The internal tables, their versions, and how a file moves from one version to the next. Their
 * names begin with `_capsule_`; other tables are the application's.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { RowTotal } from "./_digest.ts";
import { MetaRow } from "./_meta.ts";
import { CapsuleError } from "./errors.ts";

/** "INDR" in the file's header: what SQLite calls the application id. */
export const APPLICATION_ID: number = 0x494e4452;

/** Brings the internal tables from one version to the next; rows that it writes it must count. */
export type Migration = (db: DatabaseSync) => void;

/**
 * What brings a file from version n to version n + 1, at place n; a new file begins at 0. A change
 * of the tables is a new entry. What is here stays as it is, because files of every version exist.
 */
export const MIGRATIONS: readonly Migration[] = [createTables];

/** The version of the tables that this release writes. */
export const SCHEMA_VERSION: number = 1;

/**
 * Brings a file to the version of this release in one transaction; on an error it stays as it was.
 *
 * @throws {CapsuleError} `newer_schema`, or `corrupt` if the version is not the one that was written.
 */
export function migrate(db: DatabaseSync, migrations: readonly Migration[] = MIGRATIONS): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  const newest = migrations.length;
  if (version === newest) return;
  const written = writtenVersion(db);
  // One flipped bit makes an older or a newer version of any.
  if (written !== version && (written !== undefined || version < newest)) {
    throw new CapsuleError(
      "corrupt",
      `Cannot open store: version ${version} was ${written ?? "?"}`,
    );
  }
  if (version > newest) {
    throw new CapsuleError(
      "newer_schema",
      `Cannot open store: its version is ${version}, and this release knows up to ${newest}`,
    );
  }
  db.prepare("BEGIN IMMEDIATE").run();
  try {
    for (const step of migrations.slice(version)) step(db);
    const meta = new MetaRow(db);
    meta.write({ ...meta.read(), schemaVersion: newest });
    db.prepare(`PRAGMA user_version = ${newest}`).run();
    db.prepare("COMMIT").run();
  } catch (error) {
    db.prepare("ROLLBACK").run();
    throw error;
  }
}

/** The SQL of everything that belongs to the internal tables, by name. */
export function internalSchema(db: DatabaseSync): string {
  const select =
    "SELECT name, sql FROM sqlite_schema WHERE tbl_name GLOB '_capsule_*' ORDER BY name";
  return JSON.stringify(db.prepare(select).all());
}

/** The version that the file itself says it was written with; `undefined` if that is illegible. */
function writtenVersion(db: DatabaseSync): number | undefined {
  if (internalSchema(db) === "[]") return 0;
  try {
    return new MetaRow(db).read().schemaVersion;
  } catch {
    return undefined; // of a release that keeps it elsewhere, or damaged
  }
}

/**
 * A document is its row 0, the snapshot, and the chunks after it. Keys come first and together in
 * the tables' own order, so there is no index that could disagree with them.
 */
function createTables(db: DatabaseSync): void {
  for (
    const sql of [
      `CREATE TABLE _capsule_meta (
        id INTEGER PRIMARY KEY CHECK (id = 1), schema_version INTEGER NOT NULL, log TEXT NOT NULL,
        row_count INTEGER NOT NULL, row_sum TEXT NOT NULL, digest BLOB NOT NULL
      ) STRICT`,
      `CREATE TABLE _capsule_records (
        space TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (space, key)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE _capsule_documents (
        id TEXT NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (id, seq)
      ) STRICT, WITHOUT ROWID`,
    ]
  ) db.prepare(sql).run();
  new MetaRow(db).write({ schemaVersion: 1, log: "none", total: RowTotal.ZERO });
}
