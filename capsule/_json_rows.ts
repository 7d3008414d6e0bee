/**
 * Rows as JSON: a list with a record for each row. What JSON has no word for is a record of one:
 * `{"$bytes": base64}`, `{"$integer": digits}` beyond 2^53, `{"$real": "Infinity"}`.
 */
import { CapsuleError } from "./errors.ts";
import type { Row, SqlValue } from "./sql_value.ts";

/** A line for each row. */
export function jsonOf(rows: readonly Row[]): string {
  if (rows.length === 0) return "[]\n";
  return `[\n${rows.map((row) => JSON.stringify(row, encoded)).join(",\n")}\n]\n`;
}

/** @throws {CapsuleError} `bad_import` if it is no list of records of values. */
export function rowsOfJson(text: string): Row[] {
  const rows = parsed(text);
  if (!Array.isArray(rows)) throw bad("expected a list");
  return rows.map((row: unknown, index) => {
    if (!isRecord(row)) throw bad(`row ${index + 1} is no record`);
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, decoded(value, name, index)]),
    );
  });
}

function encoded(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: value.toBase64() };
  if (typeof value === "bigint") return { $integer: String(value) };
  if (value === Infinity || value === -Infinity) return { $real: String(value) };
  return value;
}

function decoded(value: unknown, name: string, index: number): SqlValue {
  if (!isRecord(value)) {
    if (!Array.isArray(value)) return value as SqlValue;
  } else if (Object.keys(value).length === 1) {
    const { $bytes, $integer, $real } = value;
    if (typeof $bytes === "string") return bytesOf($bytes, name, index);
    if (typeof $integer === "string" && /^-?\d{1,19}$/.test($integer)) return BigInt($integer);
    if ($real === "Infinity" || $real === "-Infinity") return Number($real);
  }
  throw bad(`"${name}" of row ${index + 1} is no value of a column`);
}

function bytesOf(text: string, name: string, index: number): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch (error) {
    throw bad(`"${name}" of row ${index + 1} is no base64`, { cause: error });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad((error as Error).message, { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(why: string, options?: ErrorOptions): CapsuleError {
  return new CapsuleError("bad_import", `Cannot import JSON: ${why}`, options);
}
