/**
 * The values of one table's rows on their way in and out.
 */
import { quoted } from "./_table_schema.ts";
import { CapsuleError } from "./errors.ts";
import type { TableDefinition, TableRow, TableValue } from "./tables.ts";

/** What SQLite holds. */
export type StoredValue = string | number | null;

/** Which rows are meant. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly StoredValue[];
}

/** Checks and converts the values of a table; each row of a large table passes here. */
export class TableValues {
  /** The names of all columns. */
  readonly columns: readonly string[];
  readonly #table: string;
  readonly #byName: ReadonlyMap<string, Column>;

  constructor({ name, columns }: TableDefinition) {
    this.#table = name;
    this.columns = Object.keys(columns);
    this.#byName = new Map(
      Object.entries(columns).map(([column, type]) => {
        const [base, isNullable] = [type.replace("?", "") as BaseType, type.endsWith("?")];
        return [column, { name: column, base, isNullable }];
      }),
    );
  }

  /**
   * The values of a whole row, in the order of the columns.
   *
   * @throws {TypeError} if one is missing, of another type, or of no column.
   */
  encodeRow(row: TableRow): StoredValue[] {
    for (const name in row) this.#column(name);
    return this.columns.map((name) => this.#encode(this.#column(name), row[name] ?? null));
  }

  /**
   * What rows are looked for by.
   *
   * @throws {TypeError} as above, and for `null`.
   */
  encodeWhere(where: TableRow): Condition {
    const entries = Object.entries(where);
    if (entries.length === 0) return { sql: "1", values: [] };
    const values = entries.map(([name, value]) => {
      const column = { ...this.#column(name), isNullable: false };
      return this.#encode(column, value);
    });
    return { sql: entries.map(([name]) => `${quoted(name)} = ?`).join(" AND "), values };
  }

  /** Columns as they have to be selected for {@linkcode TableValues.decode}. */
  selected(columns: readonly string[]): string {
    return columns.map((column) => {
      const name = quoted(this.#column(column).name);
      if (this.#column(column).base !== "text") return name;
      // What node:sqlite hands out as text ends at the first U+0000.
      return `CASE WHEN instr(${name}, char(0)) THEN CAST(${name} AS BLOB) ELSE ${name} END`;
    }).join(", ");
  }

  /**
   * Rows of these columns.
   *
   * @throws {CapsuleError} `corrupt` if they are not what was written.
   */
  decode(columns: readonly string[], rows: readonly (readonly unknown[])[]): TableRow[] {
    const decoded = columns.map((name) => this.#column(name));
    return rows.map((values) => {
      const row: Record<string, TableValue> = {};
      for (let index = 0; index < decoded.length; index++) {
        const column = decoded[index]!;
        const value = decodeValue(column, values[index]);
        if (value === undefined) throw this.#damaged(column);
        row[column.name] = value;
      }
      return row;
    });
  }

  #column(name: string): Column {
    const column = this.#byName.get(name);
    if (column !== undefined) return column;
    throw new TypeError(`Cannot use column "${name}" of table "${this.#table}": there is none`);
  }

  #encode({ name, base, isNullable }: Column, value: TableValue): StoredValue {
    if (value === null && isNullable) return null;
    switch (base) {
      case "text":
        // Half of a surrogate pair has no place in UTF-8.
        if (typeof value === "string") return value.toWellFormed();
        break;
      case "integer":
        if (Number.isSafeInteger(value)) return Number(value) + 0; // not -0
        break;
      case "real":
        if (Number.isFinite(value)) return Number(value) + 0;
        break;
      case "boolean":
        if (typeof value === "boolean") return Number(value);
    }
    const found = value === null ? "it is absent" : `it is no ${base}`;
    throw new TypeError(`Cannot use column "${name}" of table "${this.#table}": ${found}`);
  }

  #damaged({ name }: Column): CapsuleError {
    return new CapsuleError("corrupt", `Cannot read table "${this.#table}": "${name}" is damaged`);
  }
}

type BaseType = "text" | "integer" | "real" | "boolean";

interface Column {
  readonly name: string;
  readonly base: BaseType;
  readonly isNullable: boolean;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function decodeValue({ base, isNullable }: Column, value: unknown): TableValue | undefined {
  if (value === null) return isNullable ? null : undefined;
  switch (base) {
    case "text":
      if (value instanceof Uint8Array) return decoder.decode(value);
      return typeof value === "string" ? value : undefined;
    case "integer":
    case "real":
      return typeof value === "number" ? value : undefined;
    case "boolean":
      return value === 0 || value === 1 ? value === 1 : undefined;
  }
}
