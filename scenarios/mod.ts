/**
 * Stories about peers, told in Lua, each of them a test.
 *
 * Knows how to find, run and report scenarios. What they can say is defined in the layer below.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./header.ts";
export { HELPERS } from "./helpers.ts";
export * from "./journal.ts";
export * from "./report.ts";
export * from "./runner.ts";
export * from "./scenario.ts";
