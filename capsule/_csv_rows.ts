/**
 * Rows as CSV, from which the same rows come back: texts are quoted and nothing else is; NULL is
 * nothing at all; bytes are as SQL writes them, `x'00ff'`.
 */
import { parseCsv, quotedField } from "./_csv.ts";
import type { CsvField, CsvRecord } from "./_csv.ts";
import { CapsuleError } from "./errors.ts";
import type { Row, SqlValue } from "./sql_value.ts";

/** A line with the names of columns, and one for each row. */
export function csvOf(columns: readonly string[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map((column) => encoded(row[column]!)).join(","));
  return [columns.map(quotedField).join(","), ...lines].map((line) => `${line}\r\n`).join("");
}

/**
 * @param typeOf With which type a column was declared; `""` without one.
 * @throws {CapsuleError} `bad_import` with the line of the fault.
 */
export function rowsOfCsv(text: string, typeOf: (column: string) => string): Row[] {
  const [header, ...records] = parseCsv(text);
  if (header === undefined) throw bad("its first line does not name the columns");
  const names = header.fields.map((field) => field.text);
  if (new Set(names).size < names.length) throw bad("two columns have the same name");
  const keepsNumbers = names.map((name) => isUntyped(typeOf(name)));
  return records.map((record) => {
    if (record.fields.length !== names.length) throw wrongCount(record, names.length);
    return Object.fromEntries(
      record.fields.map((field, index) => [names[index]!, decoded(field, keepsNumbers[index]!)]),
    );
  });
}

function encoded(value: SqlValue): string {
  if (value === null) return "";
  if (typeof value === "string") return quotedField(value);
  if (value instanceof Uint8Array) return `x'${value.toHex()}'`;
  // As SQLite reads it: https://sqlite.org/faq.html
  if (value === Infinity) return "9e999";
  return value === -Infinity ? "-9e999" : String(value);
}

/** In a column with a type SQLite makes a number of a text; and a text of digits stays one. */
function decoded({ text, isQuoted }: CsvField, keepsNumbers: boolean): SqlValue {
  if (isQuoted) return text;
  if (text === "") return null;
  const hex = /^[xX]'((?:[0-9a-fA-F]{2})*)'$/.exec(text)?.[1];
  if (hex !== undefined) return Uint8Array.fromHex(hex);
  if (!keepsNumbers || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return text;
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) && /^[+-]?\d+$/.test(text)
    ? BigInt(text.replace("+", ""))
    : number;
}

/** Whether SQLite keeps whatever it is given: https://sqlite.org/datatype3.html */
function isUntyped(type: string): boolean {
  return type === "" || /^any$/i.test(type) ||
    /blob/i.test(type) && !/int|char|clob|text/i.test(type);
}

function wrongCount({ fields, line }: CsvRecord, expected: number): CapsuleError {
  return bad(`line ${line} has ${fields.length} fields, and expected are ${expected}`);
}

function bad(why: string): CapsuleError {
  return new CapsuleError("bad_import", `Cannot import CSV: ${why}`);
}
