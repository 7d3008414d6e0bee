/**
 * The writes to one table and its index of texts, within a transaction.
 */
import type { StatementCache } from "./_statement_cache.ts";
import { quoted, ROW_NUMBER, searchName } from "./_table_schema.ts";
import type { StoredValue, TableValues } from "./_table_values.ts";
import { indexed } from "./_trigrams.ts";
import type { TableDefinition, TableRow } from "./tables.ts";

/** Keeps a table and its index of texts the same. */
export class TableWriter {
  readonly #definition: TableDefinition;
  readonly #values: TableValues;
  readonly #keyPlaces: readonly number[];
  readonly #sql: { readonly insert: string; readonly put: string; readonly index: string };

  constructor(definition: TableDefinition, values: TableValues) {
    const { name, key } = definition;
    const { columns } = values;
    this.#definition = definition;
    this.#values = values;
    this.#keyPlaces = key.map((column) => columns.indexOf(column));
    const into = `INTO ${quoted(name)} (${columns.map(quoted).join(", ")})
      VALUES (${columns.map(() => "?").join(", ")})`;
    this.#sql = {
      insert: `INSERT ${into}`,
      put: `REPLACE ${into}`,
      index: `INSERT INTO ${quoted(searchName(name))} (rowid, folded) VALUES (?, ?)`,
    };
  }

  /** Makes the rows of a scope, of which these are there, exactly those. */
  replaceRows(
    statements: StatementCache,
    { scope, present, rows }: {
      readonly scope: TableRow;
      readonly present: readonly TableRow[];
      readonly rows: readonly TableRow[];
    },
  ): void {
    const scoped = this.#values.encodeWhere(scope).values;
    const places = Object.keys(scope).map((column) => this.#values.columns.indexOf(column));
    const wanted = new Map<string, Wanted>();
    for (const row of rows) {
      const values = this.#values.encodeRow(row);
      if (places.some((place, index) => values[place] !== scoped[index])) {
        throw new TypeError(`Cannot replace rows of "${this.#definition.name}": one is elsewhere`);
      }
      wanted.set(this.#keyOf(values), { row, values });
    }
    for (const row of present) {
      const values = this.#values.encodeRow(row);
      const key = this.#keyOf(values);
      const next = wanted.get(key);
      if (next?.values.every((value, index) => value === values[index])) wanted.delete(key);
      else this.delete(statements, this.#keyRow(row));
    }
    for (const next of wanted.values()) this.#insert(statements, next);
  }

  /** Writes a row in the place of the one with its key. */
  put(statements: StatementCache, row: TableRow): void {
    const values = this.#values.encodeRow(row);
    if (this.#definition.search === undefined) {
      statements.run(this.#sql.put, values);
    } else {
      this.delete(statements, this.#keyRow(row));
      this.#insert(statements, { row, values });
    }
  }

  /** Deletes the rows with some values. */
  delete(statements: StatementCache, where: TableRow): void {
    const table = quoted(this.#definition.name);
    const { sql, values } = this.#values.encodeWhere(where);
    if (this.#definition.search !== undefined) {
      const index = quoted(searchName(this.#definition.name));
      if (values.length === 0) {
        statements.run(`INSERT INTO ${index} (${index}) VALUES ('delete-all')`, []);
      } else {
        const numbers = `SELECT ${ROW_NUMBER} FROM ${table} WHERE ${sql}`;
        statements.run(`DELETE FROM ${index} WHERE rowid IN (${numbers})`, values);
      }
    }
    statements.run(`DELETE FROM ${table} WHERE ${sql}`, values);
  }

  #insert(statements: StatementCache, { row, values }: Wanted): void {
    const number = statements.run(this.#sql.insert, values);
    const text = this.#definition.search?.textOf(row);
    if (text !== undefined) statements.run(this.#sql.index, [number, indexed(text.toWellFormed())]);
  }

  #keyOf(values: readonly StoredValue[]): string {
    return JSON.stringify(this.#keyPlaces.map((place) => values[place]));
  }

  #keyRow(row: TableRow): TableRow {
    return Object.fromEntries(this.#definition.key.map((column) => [column, row[column]!]));
  }
}

interface Wanted {
  readonly row: TableRow;
  readonly values: readonly StoredValue[];
}
