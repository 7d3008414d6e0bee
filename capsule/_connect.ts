/**
 * A connection that is the only one to its file.
 */
import { DatabaseSync } from "node:sqlite";
import type { Synchronous } from "./_meta.ts";
import { translated } from "./_sqlite_errors.ts";
import { CapsuleError } from "./errors.ts";
import { APPLICATION_ID } from "./schema.ts";

/** Where the version that a file must be written by stands in its header, and the one for WAL. */
const WRITE_VERSION_AT = 18;
const WRITE_VERSION_WAL = 2;

/** What a large transaction may leave the log at; opening after a crash reads all of it. */
const LOG_BYTES_KEPT = 16 * 1024 * 1024;

/** How to connect. */
export interface ConnectOptions {
  readonly synchronous: Synchronous;
  /** Whether the file is only being made, and not yet marked as ours. */
  readonly isDraft: boolean;
}

/**
 * Takes the lock, which the system gives back when the process ends, in whatever way. A file of
 * another application is left as it was.
 *
 * @throws {CapsuleError} `locked`, `not_a_database`, `corrupt`, `read_only` or `io`.
 */
export function connect(file: string, options: ConnectOptions): DatabaseSync {
  return translated("open store", () => {
    const db = new DatabaseSync(file);
    try {
      setUp(db, options);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Whether SQLite does not write to a file because its header asks for a later SQLite. */
export function asksForLaterSqlite(file: string): boolean {
  // Closing a file gives back every lock of this process on it: never do this while it is open.
  using opened = Deno.openSync(file);
  const header = new Uint8Array(WRITE_VERSION_AT + 1);
  opened.readSync(header);
  return header[WRITE_VERSION_AT]! > WRITE_VERSION_WAL;
}

function setUp(db: DatabaseSync, { synchronous, isDraft }: ConnectOptions): void {
  const pragma = (text: string) => db.prepare(`PRAGMA ${text}`).get();
  // No memory is shared with others then, and the first look at a file in WAL mode takes the lock.
  pragma("locking_mode = EXCLUSIVE");
  pragma(`synchronous = ${synchronous}`);
  pragma("fullfsync = ON"); // macOS, where disks otherwise keep it in their own cache
  pragma("checkpoint_fullfsync = ON");
  pragma(`journal_size_limit = ${LOG_BYTES_KEPT}`);
  pragma("temp_store = MEMORY"); // nothing is written outside of the file's folder
  pragma("trusted_schema = OFF");
  pragma("cell_size_check = ON");
  if (!isDraft && pragma("application_id")?.["application_id"] !== APPLICATION_ID) {
    throw new CapsuleError("not_a_database", "Cannot open store: another application's database");
  }
  pragma("journal_mode = WAL");
  db.prepare("BEGIN EXCLUSIVE").run();
  db.prepare("COMMIT").run();
}
