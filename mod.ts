/**
 * Local-first software whose peers are often offline: documents that sync in one delivery, and the
 * people who share them. For applications; scripts are driven from `@indras/toolkit/lua`.
 *
 * @module
 */
export * from "./capsule/mod.ts";
export * from "./network/mod.ts";
export * from "./network/open.ts";
export * from "./sync/mod.ts";
