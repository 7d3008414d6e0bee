/**
 * Whole tables as text.
 */
import { csvOf, rowsOfCsv } from "./_csv_rows.ts";
import { jsonOf, rowsOfJson } from "./_json_rows.ts";
import { quotedName } from "./_sql_text.ts";
import type { StatementRunner } from "./_statement_runner.ts";
import type { Transactor } from "./_transactor.ts";
import { boundParams } from "./sql_value.ts";
import type { Row } from "./sql_value.ts";

/** Writes and reads JSON and CSV. */
export class TableTransfer {
  readonly #transactor: Transactor;
  readonly #runner: StatementRunner;

  constructor(transactor: Transactor, runner: StatementRunner) {
    this.#transactor = transactor;
    this.#runner = runner;
  }

  json(table: string): string {
    return jsonOf(this.#exported(table).rows);
  }

  csv(table: string): string {
    const { columns, rows } = this.#exported(table);
    return csvOf(columns, rows);
  }

  /** The rows of a JSON text; which columns there are shows when they are saved. */
  rowsOfJson(text: string): Row[] {
    return rowsOfJson(text);
  }

  /** The rows of a CSV text for a table. */
  rowsOfCsv(table: string, text: string): Row[] {
    const { columns, declared } = this.#transactor.catalog.table(table);
    const types = new Map(columns.map((name, index) => [name.toLowerCase(), declared[index]!]));
    return rowsOfCsv(text, (column) => types.get(column.toLowerCase()) ?? "");
  }

  /** What can be saved again, so without what SQLite computes. */
  #exported(name: string): { readonly columns: readonly string[]; readonly rows: Row[] } {
    const table = this.#transactor.catalog.table(name);
    const columns = [...table.writable.values()];
    const order = table.type === "table" ? table.key.map(quotedName).join(", ") : "1";
    const sql = `SELECT ${columns.map(quotedName).join(", ")}
      FROM main.${quotedName(table.name)} ORDER BY ${order}`;
    return { columns, rows: this.#runner.query(sql, boundParams([])) };
  }
}
