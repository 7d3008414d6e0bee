/**
 * SQLite databases: a peer's state, of which what returned is on disk, and an application's own
 * tables, which tell of every change.
 *
 * Knows files, tables and checksums. Knows nothing of what is kept in them, of people or of any
 * network. Needs the permission to read and write the folder of the file that a caller names; in
 * memory it needs none.
 *
 * @module
 */
export * from "./capsule.ts";
export type { StatementFacts } from "./_authority.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./kept_statements.ts";
export { KeptTexts } from "./kept_texts.ts";
export * from "./row_change.ts";
export * from "./save_hooks.ts";
export type { Row, RowKey, SqlParams, SqlValue } from "./sql_value.ts";
export * from "./watch.ts";
export { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";
export * from "./sqlite_store.ts";
export * from "./tables.ts";
