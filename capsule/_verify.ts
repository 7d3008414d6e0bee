/**
 * Whether everything in a file is what was written.
 */
import { DatabaseSync } from "node:sqlite";
import { rowDigest, RowTotal, sameDigest } from "./_digest.ts";
import type { Meta } from "./_meta.ts";
import { CapsuleError } from "./errors.ts";
import { internalSchema, migrate, SCHEMA_VERSION } from "./schema.ts";

/**
 * Reads the whole file once. SQLite's own check finds pages that do not fit together, ours finds
 * rows that are altered or missing; neither finds what the other does.
 *
 * @throws {CapsuleError} `corrupt`.
 */
export function verifyRows(db: DatabaseSync, meta: Meta): void {
  if (meta.schemaVersion !== SCHEMA_VERSION) throw corrupt("its version is damaged");
  if (internalSchema(db) !== expectedSchema()) {
    throw corrupt("its tables are not the expected ones");
  }
  const total = totalOf(db);
  if (!total.equals(meta.total)) {
    throw corrupt(`it holds ${total.count} rows of the ${meta.total.count} that were written`);
  }
}

/**
 * Has SQLite check how the file is built.
 *
 * @throws {CapsuleError} `corrupt`.
 */
export function verifyPages(db: DatabaseSync): void {
  const found = db.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (found !== "ok") throw corrupt(String(found));
}

/** The rows as they are. SQL visits them, so that one is in memory at a time; a loop takes longer. */
function totalOf(db: DatabaseSync): RowTotal {
  let total = RowTotal.ZERO;
  let altered: string | undefined;
  const visit = (table: string, name: string, rest: string | number, ...row: unknown[]) => {
    const [digest, bytes] = row as [Uint8Array, Uint8Array];
    if (sameDigest(rowDigest(table, [name, rest], bytes), digest)) total = total.plus(digest);
    else altered ??= `row "${name}", "${rest}" of ${table} is damaged`;
    return 0;
  };
  db.function("_capsule_visit", { directOnly: true, varargs: true }, visit as () => number);
  for (const [table, columns] of Object.entries(VISITED)) {
    db.prepare(`SELECT sum(_capsule_visit('${table}', ${columns})) FROM ${table}`).get();
  }
  if (altered !== undefined) throw corrupt(altered);
  return total;
}

const VISITED: Readonly<Record<string, string>> = {
  _capsule_records: "space, key, digest, value",
  _capsule_documents: "id, seq, digest, bytes",
};

/** What the tables look like in a new file. */
function expectedSchema(): string {
  const db = new DatabaseSync(":memory:");
  try {
    migrate(db);
    return internalSchema(db);
  } finally {
    db.close();
  }
}

function corrupt(what: string): CapsuleError {
  return new CapsuleError("corrupt", `Cannot open store: ${what}`);
}
