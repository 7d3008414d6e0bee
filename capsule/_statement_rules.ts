/**
 * What statements of callers may not do.
 */
import { ACTION, SCHEMA_CHANGES, WRITES } from "./_sqlite_actions.ts";
import { CapsuleError } from "./errors.ts";
import type { CapsuleErrorCode } from "./errors.ts";

/** Tables, triggers and indexes whose names begin so are the capsule's own. */
export const INTERNAL_PREFIX = "_capsule_";

/** The table that says which version a file has. */
export const META_TABLE = "_capsule_meta";

/** The function by which the triggers of {@linkcode ChangeLog} tell of a row. */
export const LOG_FUNCTION = "_capsule_change";

/** What SQLite asks about. */
export interface Subject {
  readonly first: string | null;
  readonly second: string | null;
  readonly database: string | null;
  /** The trigger or view that the statement comes to it through. */
  readonly source: string | null;
}

/** Reads of the schema and of the file's state, some with the name of a table. */
const PRAGMAS_READ: ReadonlySet<string> = new Set([
  "application_id",
  "collation_list",
  "compile_options",
  "data_version",
  "encoding",
  "foreign_key_check",
  "foreign_key_list",
  "foreign_keys",
  "freelist_count",
  "function_list",
  "index_info",
  "index_list",
  "index_xinfo",
  "integrity_check",
  "journal_mode",
  "module_list",
  "page_count",
  "page_size",
  "pragma_list",
  "quick_check",
  "recursive_triggers",
  "schema_version",
  "synchronous",
  "table_info",
  "table_list",
  "table_xinfo",
  "trusted_schema",
  "user_version",
]);

/** Those of them that set something when they have a value. */
const PRAGMAS_SETTING: ReadonlySet<string> = new Set([
  "application_id",
  "encoding",
  "foreign_keys",
  "journal_mode",
  "page_size",
  "recursive_triggers",
  "schema_version",
  "synchronous",
  "trusted_schema",
]);

/** What an application may set: its own version, and when foreign keys of a transaction count. */
const PRAGMAS_WRITTEN: ReadonlySet<string> = new Set(["user_version", "defer_foreign_keys"]);

/** Actions that name something, and in second place the table that it is for. */
const NAMING: ReadonlySet<number> = new Set([
  ...SCHEMA_CHANGES,
  ...WRITES,
  ACTION.CREATE_INDEX,
  ACTION.DROP_INDEX,
]);

const TEMPORARY: ReadonlySet<number> = new Set([
  ACTION.CREATE_TEMP_INDEX,
  ACTION.CREATE_TEMP_TABLE,
  ACTION.CREATE_TEMP_TRIGGER,
  ACTION.CREATE_TEMP_VIEW,
  ACTION.DROP_TEMP_INDEX,
  ACTION.DROP_TEMP_TABLE,
  ACTION.DROP_TEMP_VIEW,
]);

/** Why an action is not allowed; `undefined` if it is. */
export function refusalOf(
  action: number,
  subject: Subject,
  isDropping: boolean,
): CapsuleError | undefined {
  const { first, second, database, source } = subject;
  if (TEMPORARY.has(action) || (database === "temp" && SCHEMA_CHANGES.has(action))) {
    return refused("forbidden_statement", "what is temporary belongs to the capsule");
  }
  if (NAMING.has(action)) {
    const names = WRITES.has(action) ? [first] : [first, second]; // a column has any name
    const name = names.find(isInternalName);
    if (name === undefined) return undefined;
    return refused("internal_table", `"${name}" belongs to the capsule`);
  }
  switch (action) {
    case ACTION.TRANSACTION:
    case ACTION.SAVEPOINT:
      return refused("forbidden_statement", "transactions are made by transaction()");
    case ACTION.ATTACH:
    case ACTION.DETACH:
      // VACUUM attaches a file, too.
      return refused("forbidden_statement", "other files cannot be attached");
    case ACTION.DROP_TEMP_TRIGGER:
      // Dropping a table drops the triggers by which its changes are seen.
      if (isDropping) return undefined;
      return refused("forbidden_statement", "what is temporary belongs to the capsule");
    case ACTION.FUNCTION:
      return refusalOfFunction(String(second).toLowerCase(), source);
    case ACTION.PRAGMA:
      if (isAllowedPragma(String(first).toLowerCase(), second)) return undefined;
      return refused("forbidden_statement", `PRAGMA ${first} is the capsule's own to set`);
  }
  return undefined;
}

function isAllowedPragma(name: string, value: string | null): boolean {
  if (PRAGMAS_WRITTEN.has(name)) return true;
  return PRAGMAS_READ.has(name) && (value === null || !PRAGMAS_SETTING.has(name));
}

function refusalOfFunction(name: string, source: string | null): CapsuleError | undefined {
  if (name === "load_extension") {
    return refused("forbidden_statement", "extensions cannot be loaded");
  }
  if (name !== LOG_FUNCTION || isInternalName(source)) return undefined;
  return refused("forbidden_statement", `${LOG_FUNCTION}() belongs to the capsule`);
}

/** Whether something of this name is the capsule's own. */
export function isInternalName(name: string | null): boolean {
  return name !== null && name.toLowerCase().startsWith(INTERNAL_PREFIX);
}

function refused(code: CapsuleErrorCode, why: string): CapsuleError {
  return new CapsuleError(code, `Cannot run statement: ${why}`);
}
