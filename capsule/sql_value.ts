/**
 * Values on their way into SQLite and out of it.
 *
 * @module
 */
import { CapsuleError } from "./errors.ts";

/**
 * What a column can hold. An integer is a `number` where that is exact, and a `bigint` beyond.
 * `true` and `false` go in as 1 and 0, and come out so.
 */
export type SqlValue = null | number | bigint | string | boolean | Uint8Array;

/** A row, by the names of its columns. */
export type Row = Record<string, SqlValue>;

/** What stands for the parameters of a statement: values for `?`, or one record for `:name`. */
export type SqlParams = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** What tells a row from others: the value of its key, or the values of all columns of its key. */
export type RowKey = SqlValue | readonly SqlValue[];

/** What node:sqlite takes. */
export type BoundValue = null | number | bigint | string | Uint8Array;

/** Values as node:sqlite binds them. */
export interface BoundParams {
  /** For `:name`; `undefined` if there are none. */
  readonly named: Record<string, BoundValue> | undefined;
  /** For `?`. */
  readonly values: readonly BoundValue[];
}

const INTEGER_MIN = -(2n ** 63n);
const INTEGER_MAX = 2n ** 63n - 1n;
const NONE: BoundParams = { named: undefined, values: [] };

/**
 * Parameters as callers give them: some values, one list of them, or one record.
 *
 * @throws {CapsuleError} `bad_value` if one cannot be kept.
 */
export function boundParams(params: readonly unknown[]): BoundParams {
  if (params.length === 0) return NONE;
  const only = params.length === 1 ? params[0] : undefined;
  if (Array.isArray(only)) return { named: undefined, values: only.map(boundValue) };
  if (isNamed(only)) return { named: boundRecord(only), values: [] };
  return { named: undefined, values: params.map(boundValue) };
}

/**
 * A value as SQLite is to hold it.
 *
 * @throws {CapsuleError} `bad_value` if it would come back as another one.
 */
export function boundValue(value: unknown): BoundValue {
  switch (typeof value) {
    case "string":
      // What node:sqlite hands out as text ends at the first U+0000.
      if (value.includes("\0")) throw bad("a text with U+0000 would be cut off; use bytes");
      return value;
    case "number":
      // node:sqlite binds every number as a real, and 1.0 is not 1 in a column of text.
      if (Number.isSafeInteger(value)) return BigInt(value);
      if (Number.isNaN(value)) throw bad("NaN would become NULL");
      return value;
    case "bigint":
      if (value < INTEGER_MIN || value > INTEGER_MAX) throw bad(`${value} needs more than 64 bits`);
      return value;
    case "boolean":
      return value ? 1n : 0n;
    case "object":
      if (value === null || value instanceof Uint8Array) return value;
  }
  const found = value instanceof Date ? "a Date" : `of type "${typeof value}"`;
  throw bad(`it is ${found}, and expected is null, a number, a text, a boolean or bytes`);
}

/** Reads what SQLite hands out when asked for integers as bigints. */
export function plainValue(value: unknown): SqlValue {
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  return value as SqlValue;
}

/** Makes a row of its values. */
export function rowOf(names: readonly string[], values: readonly SqlValue[]): Row {
  const row: Row = {};
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    if (name === "__proto__") define(row, name, values[index]!);
    else row[name] = values[index]!;
  }
  return row;
}

/** Makes a row of values whose integers are bigints. */
export function plainRowOf(names: readonly string[], values: readonly unknown[]): Row {
  const row: Row = {};
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    const value = plainValue(values[index]);
    if (name === "__proto__") define(row, name, value);
    else row[name] = value;
  }
  return row;
}

/** A column of this name is a property like any other. */
function define(row: Row, name: string, value: SqlValue): void {
  Object.defineProperty(row, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function boundRecord(record: Readonly<Record<string, unknown>>): Record<string, BoundValue> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, boundValue(value)]),
  );
}

function isNamed(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function bad(why: string): CapsuleError {
  return new CapsuleError("bad_value", `Cannot use value: ${why}`);
}
