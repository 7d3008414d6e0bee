/**
 * Every statement of the store, prepared once.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

const SQL = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  record: "SELECT digest, value FROM _capsule_records WHERE space = ? AND key = ?",
  recordDigest: "SELECT digest FROM _capsule_records WHERE space = ? AND key = ?",
  range: `SELECT key, digest, value FROM _capsule_records
    WHERE space = ? AND key >= ? AND key < ? ORDER BY key`,
  rangeDigests: "SELECT digest FROM _capsule_records WHERE space = ? AND key >= ? AND key < ?",
  putRecord: "REPLACE INTO _capsule_records VALUES (?, ?, ?, ?)",
  deleteRecord: "DELETE FROM _capsule_records WHERE space = ? AND key = ?",
  deleteRange: "DELETE FROM _capsule_records WHERE space = ? AND key >= ? AND key < ?",
  documents: "SELECT DISTINCT id FROM _capsule_documents ORDER BY id",
  document: "SELECT seq, digest, bytes FROM _capsule_documents WHERE id = ? ORDER BY seq",
  documentDigests: "SELECT digest FROM _capsule_documents WHERE id = ?",
  documentSizes: `SELECT coalesce(max(seq), 0) AS chunkCount,
    coalesce(sum(length(bytes)) FILTER (WHERE seq > 0), 0) AS chunkBytes,
    coalesce(sum(length(bytes)) FILTER (WHERE seq = 0), 0) AS snapshotBytes
    FROM _capsule_documents WHERE id = ?`,
  addDocumentRow: "INSERT INTO _capsule_documents VALUES (?, ?, ?, ?)",
  deleteDocument: "DELETE FROM _capsule_documents WHERE id = ?",
} as const;

/** By name. */
export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

/** Prepares them all. */
export function prepareStatements(db: DatabaseSync): Statements {
  return Object.fromEntries(
    Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]),
  ) as Statements;
}
