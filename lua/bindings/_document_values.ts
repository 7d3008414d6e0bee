import { ValueFloat } from "../../sync/mod.ts";
import type { TypedValue } from "../../sync/mod.ts";
import { LuaFloat } from "../values.ts";
import { isTable, kindOf } from "./_arguments.ts";

/**
 * A value of Lua, as a document keeps it: whole floats stay floats, and what is missing in a list is
 * null, as it was read.
 *
 * @throws {TypeError} for what no document holds.
 */
export function toStored(value: unknown): TypedValue {
  if (value === undefined) throw new TypeError("bad argument 'value': expected a value, got nil");
  return stored(value);
}

function stored(value: unknown): TypedValue {
  if (value instanceof LuaFloat) return new ValueFloat(value.value);
  if (typeof value === "bigint") {
    throw new RangeError(`bad argument 'value': ${value} is beyond the integers of documents`);
  }
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => item === undefined ? null : stored(item));
  if (!isTable(value)) {
    throw new TypeError(`bad argument 'value': documents hold no ${kindOf(value)}`);
  }
  const entries = Object.entries(value as object);
  return Object.fromEntries(entries.map(([key, item]) => [key, stored(item)]));
}

/** What a document holds, as Lua sees it: an instant is its Unix seconds, null is nil. */
export function fromStored(value: TypedValue | undefined): unknown {
  if (value instanceof ValueFloat) return new LuaFloat(value.value);
  if (value instanceof Date) return value.getTime() / 1000;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(fromStored);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromStored(item)]));
}
