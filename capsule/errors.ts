/** What can be wrong with a database file. */
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
  /** The store has been disposed. */
  | "closed";

/**
 * A fault in a database file or in reaching it; branch on {@linkcode CapsuleError.code}.
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
