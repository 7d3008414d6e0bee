/**
 * A SQLite database that keeps a peer's state: what returned is on disk.
 *
 * Knows files, tables and checksums. Knows nothing of what is kept in them, of people or of any
 * network. Needs the permission to read and write the folder of the file that a caller names; in
 * memory it needs none.
 *
 * @module
 */
export * from "./errors.ts";
export { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";
export * from "./sqlite_store.ts";
export * from "./tables.ts";
