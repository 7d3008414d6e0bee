/**
 * The application's tables and their columns, as they are now.
 */
import type { Connection } from "./_connection.ts";
import { mayKeepPart } from "./_sql_text.ts";
import { isInternalName } from "./_statement_rules.ts";
import { CapsuleError } from "./errors.ts";

/** What is known of a table. */
export interface TableInfo {
  readonly name: string;
  readonly type: "table" | "view" | "virtual" | "shadow";
  /** All columns that a `SELECT *` returns, generated ones too, in their order. */
  readonly columns: readonly string[];
  /** Those that can be written, by their names in lower case. */
  readonly writable: ReadonlyMap<string, string>;
  /** The columns of its primary key; if it has none, what the row's number is called. */
  readonly key: readonly string[];
  readonly hasRowId: boolean;
  /** The types that columns were declared with, in the order of `columns`. */
  readonly declared: readonly string[];
}

/** Reads the schema when it is first asked and after each change. */
export class Catalog {
  readonly #connection: Connection;
  #tables: ReadonlyMap<string, TableInfo> | undefined;
  #mayKeepPart: boolean | undefined;
  #version = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All tables of the application, by their names in lower case, as SQLite compares them. */
  get tables(): ReadonlyMap<string, TableInfo> {
    return this.#tables ??= readTables(this.#connection);
  }

  /** Whether a rule or trigger of some table lets a statement that fails keep a part. */
  get mayKeepPart(): boolean {
    return this.#mayKeepPart ??= this.#connection
      .internal("SELECT sql FROM main.sqlite_schema")
      .some(([sql]) => mayKeepPart(String(sql)));
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  /** Forgets what was read. */
  forget(): void {
    this.#version++;
    this.#tables = undefined;
    this.#mayKeepPart = undefined;
  }

  /**
   * One table.
   *
   * @throws {CapsuleError} `bad_identifier`, `internal_table` or `no_such_table`.
   */
  table(name: string): TableInfo {
    if (typeof name !== "string" || name === "" || name.includes("\0")) {
      throw new CapsuleError(
        "bad_identifier",
        `Cannot use table: ${JSON.stringify(name)} is no name`,
      );
    }
    const table = this.tables.get(name.toLowerCase());
    if (table !== undefined) return table;
    if (isInternalName(name)) {
      throw new CapsuleError("internal_table", `Cannot use table "${name}": it is the capsule's`);
    }
    const names = [...this.tables.values()].map((each) => each.name);
    throw new CapsuleError(
      "no_such_table",
      `Cannot use table "${name}": there is none${didYouMean(name, names)}`,
    );
  }

  /** The names of what is the capsule's own in the file; nobody else may add to them. */
  internalNames(): ReadonlySet<string> {
    const names = this.#connection.internal("SELECT name FROM main.sqlite_schema");
    return new Set(names.map(([name]) => String(name)).filter(isInternalName));
  }

  /**
   * The column of a table that is to be written.
   *
   * @throws {CapsuleError} `bad_identifier` if there is none, or if SQLite computes it.
   */
  column(table: TableInfo, name: string): string {
    const column = table.writable.get(name.toLowerCase());
    if (column !== undefined) return column;
    const isThere = table.columns.some((each) => each.toLowerCase() === name.toLowerCase());
    const why = isThere ? "SQLite computes it" : "there is none";
    const hint = isThere ? "" : didYouMean(name, table.columns);
    throw new CapsuleError(
      "bad_identifier",
      `Cannot write column "${name}" of table "${table.name}": ${why}${hint}`,
    );
  }
}

function readTables(connection: Connection): ReadonlyMap<string, TableInfo> {
  const tables = connection.internal(
    `SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'
      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  );
  return new Map(
    tables.filter(([name]) => !isInternalName(String(name))).map(([name, type, wr]) => {
      const table = readTable(connection, String(name), {
        type: type as TableInfo["type"],
        hasRowId: type === "table" && wr === 0,
      });
      return [table.name.toLowerCase(), table];
    }),
  );
}

/** What `hidden` means in https://sqlite.org/pragma.html#pragma_table_xinfo */
const HIDDEN_BY_TABLE = 1;

function readTable(
  connection: Connection,
  name: string,
  known: Pick<TableInfo, "type" | "hasRowId">,
): TableInfo {
  const rows = connection.internal(
    "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid",
    name,
  ).filter(([, , , hidden]) => hidden !== HIDDEN_BY_TABLE);
  const key = rows.filter(([, , pk]) => pk !== 0)
    .toSorted(([, , a], [, , b]) => Number(a) - Number(b)).map(([column]) => String(column));
  const written = rows.filter(([, , , hidden]) => hidden === 0);
  return {
    name,
    ...known,
    columns: rows.map(([column]) => String(column)),
    declared: rows.map(([, type]) => String(type)),
    writable: new Map(written.map(([column]) => [String(column).toLowerCase(), String(column)])),
    key: key.length === 0 ? [rowNumber(rows.map(([column]) => String(column)))] : key,
  };
}

/** What a row's number is called where a column has one of its names. */
function rowNumber(columns: readonly string[]): string {
  const taken = new Set(columns.map((column) => column.toLowerCase()));
  return ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name)) ?? "rowid";
}

/** A few wrong letters in a short name, or none in any other. */
function didYouMean(name: string, names: readonly string[]): string {
  const lower = name.toLowerCase();
  const [nearest] = names
    .map((each) => ({ each, edits: edits(lower, each.toLowerCase()) }))
    .filter(({ edits }) => edits <= Math.min(2, Math.floor(name.length / 2)))
    .toSorted((a, b) => a.edits - b.edits);
  return nearest === undefined ? "" : `; did you mean "${nearest.each}"?`;
}

/** Names that differ more in length are not compared letter by letter. */
const EDITS_COUNTED_MAX = 2;

/** How many letters to add, drop or change: the distance of Levenshtein, row by row. */
function edits(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > EDITS_COUNTED_MAX) return Infinity;
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const change = above[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(change, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[to.length]!;
}
