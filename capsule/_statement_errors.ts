/**
 * What SQLite says of a statement, as the layer's errors.
 */
import { codeOf, isSqliteError } from "./_sqlite_errors.ts";
import type { SqliteError } from "./_sqlite_errors.ts";
import { CapsuleError } from "./errors.ts";
import type { CapsuleErrorCode } from "./errors.ts";

/** The primary result codes of https://sqlite.org/rescode.html that speak of one statement. */
const CODES: Readonly<Record<number, CapsuleErrorCode>> = {
  18: "bad_value", // SQLITE_TOOBIG
  19: "constraint", // SQLITE_CONSTRAINT
  20: "bad_value", // SQLITE_MISMATCH
  23: "forbidden_statement", // SQLITE_AUTH
  25: "bad_value", // SQLITE_RANGE: values and parameters do not fit
};

/** What SQLITE_ERROR may mean besides a mistake in the SQL. */
const CODES_BY_MESSAGE: readonly (readonly [RegExp, CapsuleErrorCode])[] = [
  [/^no such table/, "no_such_table"],
  [/may not be (modified|altered|dropped|indexed)|not authorized/, "forbidden_statement"],
  // VACUUM asks for permission only while it runs.
  [/^authorization denied|VACUUM/, "forbidden_statement"],
];

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^Unknown named parameter/, "; it has no parameter of that name"],
  [/trigger recursion/, "; triggers are recursive here, so one needs a WHEN that ends it"],
];

/**
 * The error to throw for one that a statement has thrown.
 *
 * @param what What cannot be done, such as `insert into "books"`.
 */
export function statementError(what: string, error: unknown): unknown {
  if (isSqliteError(error)) {
    const code = codeOf(error) ?? codeOfStatement(error);
    const text = code === "locked" ? "Database is locked" : `Cannot ${what}: ${error.message}`;
    return new CapsuleError(code, text + hintFor(error.message), { cause: error });
  }
  if (isBindingError(error)) {
    const text = `Cannot ${what}: ${error.message}${hintFor(error.message)}`;
    return new CapsuleError("bad_value", text, { cause: error });
  }
  return error;
}

function codeOfStatement({ errcode, message }: SqliteError): CapsuleErrorCode {
  const code = errcode === undefined ? undefined : CODES[errcode & 0xff];
  return code ?? CODES_BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1] ?? "bad_sql";
}

/** What node:sqlite itself refuses to bind. */
function isBindingError(error: unknown): error is Error {
  return error instanceof Error && "code" in error &&
    (error.code === "ERR_INVALID_ARG_TYPE" || error.code === "ERR_INVALID_ARG_VALUE" ||
      error.code === "ERR_INVALID_STATE");
}

function hintFor(message: string): string {
  return HINTS.find(([pattern]) => pattern.test(message))?.[1] ?? "";
}
