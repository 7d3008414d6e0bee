import type { SqlValue } from "../capsule/mod.ts";
import { LuaFloat } from "./values.ts";

/** How deep a table may be nested that becomes JSON or a payload. */
const DEPTH_MAX = 64;

/**
 * A value of Lua as SQLite takes it: `nil` is NULL, booleans are 0 and 1, integers stay exact,
 * strings that are no UTF-8 or have U+0000 are blobs, and tables are JSON text (an empty one is
 * `{}`).
 *
 * @param value From a function that was marked by `withExactFloats`.
 * @throws {TypeError} for a function, an object, or what JSON does not hold in a table.
 */
export function toStorable(value: unknown, name: string): SqlValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof LuaFloat) return value.value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "string") {
    return value.includes("\0") ? new TextEncoder().encode(value) : value;
  }
  if (typeof value === "bigint" || value instanceof Uint8Array) return value;
  return JSON.stringify(toPlain(value, name, "JSON"));
}

/**
 * A value of Lua as one that belongs to nobody: lists, and objects of text keys, all of them new.
 *
 * @throws {TypeError} for functions and objects in it, and for what JSON does not hold if it is
 * to be that.
 */
export function toPlain(
  value: unknown,
  name: string,
  holder: "JSON" | "payload" | "cache",
): unknown {
  const isJson = holder === "JSON";
  const visit = (one: unknown, depth: number): unknown => {
    if (depth > DEPTH_MAX) throw new TypeError(`bad argument '${name}': nested too deeply`);
    if (one === undefined || one === null) return isJson ? null : one;
    if (one instanceof LuaFloat) return holder === "cache" ? one : visit(one.value, depth);
    if (typeof one === "boolean" || typeof one === "string") return one;
    if (typeof one === "number" && (!isJson || Number.isFinite(one))) return one;
    if (!isJson && (typeof one === "bigint" || one instanceof Uint8Array)) return one;
    if (Array.isArray(one)) return one.map((item) => visit(item, depth + 1));
    if (isPlainObject(one)) {
      return Object.fromEntries(
        Object.entries(one).map(([key, item]) => [
          key,
          visit(item, depth + 1),
        ]),
      );
    }
    throw new TypeError(`bad argument '${name}': a ${holder} holds no ${kindOf(one)}`);
  };
  return visit(value, 0);
}

/** Results of Lua for TypeScript: tables are ordinary objects and lists; all else as it is. */
export function toResult(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toResult);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toResult(item)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function kindOf(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    return value instanceof Uint8Array ? "bytes that are not UTF-8" : value.constructor.name;
  }
  if (typeof value === "bigint") return "integer beyond 2^53";
  return typeof value === "number" ? String(value) : typeof value;
}
