/**
 * SQLite's result codes as the layer's errors.
 */
import { CapsuleError } from "./errors.ts";
import type { CapsuleErrorCode } from "./errors.ts";

/** The primary result codes of https://sqlite.org/rescode.html that mean something to a caller. */
const CODES: Readonly<Record<number, CapsuleErrorCode>> = {
  5: "locked", // SQLITE_BUSY
  6: "locked", // SQLITE_LOCKED
  8: "read_only", // SQLITE_READONLY
  10: "io", // SQLITE_IOERR
  11: "corrupt", // SQLITE_CORRUPT
  13: "disk_full", // SQLITE_FULL
  14: "io", // SQLITE_CANTOPEN
  26: "not_a_database", // SQLITE_NOTADB
};

/** Errors of the constructor and of statements that run at once come without their number. */
const CODES_BY_MESSAGE: readonly (readonly [RegExp, CapsuleErrorCode])[] = [
  [/database is locked/, "locked"],
  [/unable to open database file|disk I\/O error/, "io"],
  [/malformed/, "corrupt"],
  [/not a database/, "not_a_database"],
];

/**
 * Runs something on a database and throws what SQLite throws as a {@linkcode CapsuleError}; other
 * errors pass.
 *
 * @param what What cannot be done if it fails, such as `open store "x.db"`.
 * @param otherwise What a fault means that has no code of its own.
 */
export function translated<Result>(
  what: string,
  work: () => Result,
  otherwise: CapsuleErrorCode = "corrupt",
): Result {
  try {
    return work();
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    const code = codeOf(error) ?? otherwise;
    const message = code === "locked" ? "Database is locked" : `Cannot ${what}: ${error.message}`;
    throw new CapsuleError(code, message, { cause: error });
  }
}

/** What node:sqlite throws for a fault that SQLite reports. */
export interface SqliteError extends Error {
  readonly code: "ERR_SQLITE_ERROR";
  /** The extended result code; the primary one is its lowest byte. */
  readonly errcode?: number;
}

/** Whether an error is of SQLite. */
export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

/** What its number or its text means; `undefined` if nothing of its own. */
export function codeOf({ errcode, message }: SqliteError): CapsuleErrorCode | undefined {
  if (errcode !== undefined) return CODES[errcode & 0xff];
  return CODES_BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
}
