/** What can be wrong with a database file, or with what is asked of it. */
export type CapsuleErrorCode =
  /** Another store, in this process or another, has the file open. */
  | "locked"
  /** The file is damaged: something in it is missing or not what was written. */
  | "corrupt"
  /** The file was not closed, and the log beside it that held its latest steps is gone. */
  | "log_missing"
  /** A later release wrote the file. */
  | "newer_schema"
  /** Not a database, or another application's. */
  | "not_a_database"
  /** The file may be read but not written. */
  | "read_only"
  /** The disk has no room for what was to be written; nothing was. */
  | "disk_full"
  /** The system could not open, read or write the file. */
  | "io"
  /** The store or capsule has been disposed. */
  | "closed"
  /** What should be a name of a table or a column is none, or no such column exists. */
  | "bad_identifier"
  /** There is no table of that name. */
  | "no_such_table"
  /** The table belongs to the capsule itself and cannot be written. */
  | "internal_table"
  /** A rule of a table does not allow it: unique, not null, a foreign key, a check, a trigger. */
  | "constraint"
  /** SQLite does not understand or cannot run the statement. */
  | "bad_sql"
  /** A value cannot be kept, or is not what is expected there. */
  | "bad_value"
  /** The statement is one that a capsule does not run, such as `ATTACH` or `COMMIT`. */
  | "forbidden_statement"
  /** The answer has more rows than are handed out at once. */
  | "too_many_rows"
  /** A hook did not let a row be saved. */
  | "veto"
  /** A transaction was given a function that returns a promise. */
  | "nested_async"
  /** A statement has undone the whole transaction that it was in. */
  | "rolled_back"
  /** Hooks or watchers write again and again because of what they wrote. */
  | "watch_loop"
  /** More changes wait for a watcher than are kept. */
  | "watch_overflow"
  /** Handlers of events dispatch events without end. */
  | "event_loop"
  /** A text to import is not what it should be. */
  | "bad_import";

/**
 * A fault in a database file, in reaching it or in what is asked of it; branch on {@linkcode CapsuleError.code}.
 *
 * @example A disposed store says so
 * ```ts
 * import { CapsuleError, SqliteStore } from "@indras/toolkit/capsule";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const store = SqliteStore.open();
 * store[Symbol.dispose]();
 * const error = assertThrows(() => store.documents(), CapsuleError);
 * assertEquals(error.code, "closed");
 * ```
 */
export class CapsuleError extends Error {
  /** The class, also where classes are lost. */
  override readonly name: string = "CapsuleError";
  /** Which kind of fault this is. */
  readonly code: CapsuleErrorCode;

  /** Makes an error. */
  constructor(code: CapsuleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
