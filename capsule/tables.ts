/**
 * Tables that people and programs can read, of what is kept elsewhere.
 *
 * @module
 */
import process from "node:process";
import type { DatabaseSync } from "node:sqlite";
import { isDamage, openIndex, removeIndex } from "./_index_file.ts";
import type { IndexContents } from "./_index_file.ts";
import { translated } from "./_sqlite_errors.ts";
import { StatementCache } from "./_statement_cache.ts";
import { checkDefinition, quoted, ROW_NUMBER, searchName, statementsOf } from "./_table_schema.ts";
import { TableValues } from "./_table_values.ts";
import type { Condition, StoredValue } from "./_table_values.ts";
import { TableWriter } from "./_table_writer.ts";
import { trigramQuery } from "./_trigrams.ts";
import { CapsuleError } from "./errors.ts";

/** Rows of one {@linkcode Tables.query}. */
export const QUERY_ROWS_MAX: number = 1_000_000;

/** What a column holds: `?` says that it may hold nothing. */
export type ColumnType =
  | "text"
  | "text?"
  | "integer"
  | "integer?"
  | "real"
  | "real?"
  | "boolean"
  | "boolean?";

/** A value of a row; `null` where there is none. Integers are safe ones, reals finite. */
export type TableValue = string | number | boolean | null;

/** A row, or some columns of it, by the names of the columns. */
export type TableRow = Readonly<Record<string, TableValue>>;

/** How texts are looked for in a table. */
export interface TableSearch {
  /** What {@linkcode TableSearch.textOf} reads. */
  readonly columns: readonly string[];
  /** The text by which a row is found, folded; `undefined` if it is not found at all. */
  readonly textOf: (row: TableRow) => string | undefined;
  /** What makes texts the same that are to be found by one another. */
  readonly fold: (text: string) => string;
}

/** What a table is. Names are of lower-case letters, digits and `_`, and begin with a letter. */
export interface TableDefinition {
  /** What it is called. */
  readonly name: string;
  /** Its columns, in their order. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** The columns that tell its rows apart. */
  readonly key: readonly string[];
  /** The columns by which rows are ordered. @default {the key} */
  readonly order?: readonly string[];
  /** How texts are looked for in it. @default {they are not} */
  readonly search?: TableSearch;
}

/** What {@linkcode Tables.open} makes. */
export interface TablesOptions {
  /** All tables of the file. A file with others is made anew. */
  readonly tables: readonly TableDefinition[];
  /** Of what and how the rows are made. A file with another stamp is made anew. @default {""} */
  readonly stamp?: string;
}

/**
 * Tables in a SQLite file of their own, whose rows can all be made again from something else.
 *
 * So a file that is damaged, or that another version has written, is deleted and made anew, without
 * rows: see {@linkcode Tables.isNew}. Others may open the file and read while it is in use. Losing
 * power may lose the latest rows. An altered text, unlike an altered page, is not noticed.
 */
export class Tables implements Disposable {
  readonly #path: string;
  readonly #contents: IndexContents;
  readonly #tables: ReadonlyMap<string, Table>;
  #db: DatabaseSync;
  #statements: StatementCache;
  #isNew: boolean;
  /** The errors that are about this file. */
  readonly #damage: WeakSet<Error> = new WeakSet();
  #state: "idle" | "writing" | "disposed" = "idle";

  private constructor(path: string, { tables, stamp = "" }: TablesOptions) {
    tables.forEach(checkDefinition);
    this.#path = path;
    this.#tables = new Map(tables.map((definition) => {
      const values = new TableValues(definition);
      const writer = new TableWriter(definition, values);
      return [definition.name, { definition, values, writer }];
    }));
    // Another version of Unicode folds some texts in another way than they were.
    const made = JSON.stringify([stamp, process.versions["unicode"] ?? process.versions["v8"]]);
    this.#contents = { statements: tables.flatMap(statementsOf), stamp: made };
    const { db, isNew } = openIndex(path, this.#contents);
    this.#db = db;
    this.#statements = new StatementCache(db);
    this.#isNew = isNew;
  }

  /**
   * Opens a file and makes it if there is none; its folder must exist.
   *
   * @param path `":memory:"` for tables that need no file.
   * @throws {CapsuleError} `not_a_database` if the file is no index, damaged or not, and then it is
   * left as it was; `locked`, `read_only`, `disk_full` or `io`.
   * @throws {TypeError} if a definition is faulty.
   */
  static open(path: string, options: TablesOptions): Tables {
    return new Tables(path, options);
  }

  /** Whether the file was made when it was opened, or since, so that rows are to be written. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /**
   * Runs writes, all or nothing. Within another transaction it is a part of that one.
   *
   * @param work Must not be asynchronous.
   * @throws {CapsuleError} `locked` if another process is writing; `disk_full`, `io` or `corrupt`.
   */
  transact<Result>(work: () => Result): Result {
    if (this.#state === "writing") return work();
    this.#use(() => this.#statements.run("BEGIN IMMEDIATE", []));
    this.#state = "writing";
    try {
      const result = work();
      this.#use(() => this.#statements.run("COMMIT", []));
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    } finally {
      if (this.#state === "writing") this.#state = "idle";
    }
  }

  /**
   * Makes the rows with some values exactly these. What is so already is not written.
   *
   * @param scope The values that all of `rows` have; `{}` for the whole table.
   */
  replaceRows(table: string, scope: TableRow, rows: readonly TableRow[]): void {
    this.#write(table, (writer) => {
      const present = this.rows(table, scope);
      writer.replaceRows(this.#statements, { scope, present, rows });
    });
  }

  /** Writes rows in the place of those with the same key. */
  upsert(table: string, rows: readonly TableRow[]): void {
    this.#write(table, (writer) => rows.forEach((row) => writer.put(this.#statements, row)));
  }

  /** Deletes the rows with some values; `{}` for all of them. */
  delete(table: string, where: TableRow): void {
    this.#write(table, (writer) => writer.delete(this.#statements, where));
  }

  /** Deletes every row of every table. */
  clear(): void {
    this.transact(() => {
      for (const name of this.#tables.keys()) this.delete(name, {});
    });
  }

  /**
   * The rows with some values, in the table's order.
   *
   * @param columns What to read of each. @default {all columns}
   */
  rows(table: string, where: TableRow = {}, columns?: readonly string[]): TableRow[] {
    const found = this.#table(table);
    return this.#select(found, columns ?? found.values.columns, {
      where: found.values.encodeWhere(where),
    });
  }

  /**
   * The keys of the rows with a text in what {@linkcode TableSearch.textOf} says of them, in the
   * table's order. The index of texts finds them; for one or two characters all rows are read.
   *
   * @param where Values that the rows have.
   * @param text Looked for as it is, once folded: nothing in it has another meaning.
   */
  search(table: string, where: TableRow, text: string): TableRow[] {
    const found = this.#table(table);
    const { name, key, search } = found.definition;
    if (search === undefined) throw new TypeError(`Cannot search table "${name}": it has no texts`);
    const folded = search.fold(text);
    const query = trigramQuery(folded);
    const candidates = query === undefined ? undefined : candidatesOf(name, query);
    return this.#select(found, [...new Set([...key, ...search.columns])], {
      where: found.values.encodeWhere(where),
      ...(candidates && { candidates }),
    })
      .filter((row) => search.textOf(row)?.includes(folded))
      .map((row) => Object.fromEntries(key.map((column) => [column, row[column]!])));
  }

  /**
   * Runs one `SELECT`, `WITH` or `VALUES`, which can only read. Booleans are 0 and 1 here, and a
   * text ends before its first U+0000.
   *
   * @param values What stands for each `?`.
   * @throws {TypeError} for any other statement.
   * @throws {RangeError} beyond {@linkcode QUERY_ROWS_MAX} rows.
   * @throws The error of SQLite, with its `errcode`, if the statement is faulty.
   */
  query<Row extends object = TableRow>(sql: string, ...values: readonly TableValue[]): Row[] {
    if (!/^\s*(SELECT|WITH|VALUES)\b/i.test(sql)) {
      throw new TypeError("Cannot query: expected SELECT, WITH or VALUES");
    }
    const bound = values.map((value) => typeof value === "boolean" ? Number(value) : value);
    // What begins like this writes nothing, and what comes after its end is not run.
    const limited = `SELECT * FROM (\n${sql}\n) LIMIT ${QUERY_ROWS_MAX + 1}`;
    const outcome = this.#use(() => this.#run(limited, bound));
    if ("error" in outcome) throw outcome.error;
    if (outcome.rows.length <= QUERY_ROWS_MAX) {
      return outcome.rows.map((row) => ({ ...row } as Row));
    }
    throw new RangeError(`Cannot query: more than ${QUERY_ROWS_MAX} rows`);
  }

  /**
   * Makes the file anew, without rows, if an error of this object says that it is damaged.
   *
   * @returns Whether it did, so that rows are to be written.
   */
  recover(error: unknown): boolean {
    if (this.#state !== "idle" || !(error instanceof Error) || !this.#damage.has(error)) {
      return false;
    }
    this.#close();
    this.#state = "disposed"; // unless there is a file again
    if (this.#path !== ":memory:") translated("make index anew", () => removeIndex(this.#path));
    this.#db = openIndex(this.#path, this.#contents).db;
    this.#statements = new StatementCache(this.#db);
    this.#isNew = true;
    this.#state = "idle";
    return true;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    if (this.#state === "disposed") return;
    this.#rollback();
    this.#state = "disposed";
    this.#close();
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new TypeError(`Cannot use table "${name}": there is none`);
    return table;
  }

  #write(name: string, work: (writer: TableWriter) => void): void {
    const { writer } = this.#table(name);
    this.transact(() => this.#use(() => work(writer)));
  }

  #select(
    { definition, values }: Table,
    columns: readonly string[],
    { candidates, where }: { readonly candidates?: Condition; readonly where: Condition },
  ): TableRow[] {
    const { name, key, order = key } = definition;
    const sql = `SELECT ${values.selected(columns)} FROM ${candidates?.sql ?? ""} ${quoted(name)}
      WHERE ${where.sql} ${candidates ? `AND _found = ${ROW_NUMBER}` : ""} ORDER BY ${
      order.map(quoted).join(", ")
    }`;
    const bound = [...(candidates?.values ?? []), ...where.values];
    return this.#use(() => values.decode(columns, this.#statements.all(sql, bound)));
  }

  /** A fault in the statement is not one in the file. */
  #run(sql: string, values: readonly StoredValue[]): QueryOutcome {
    try {
      // Deno's iterate() ends without a word where all() throws.
      return { rows: this.#db.prepare(sql).all(...values) };
    } catch (error) {
      if (isStatementFault(error)) return { error };
      throw error;
    }
  }

  #use<Result>(work: () => Result): Result {
    this.#checkOpen();
    try {
      return translated("use index", work);
    } catch (error) {
      if (isDamage(error)) this.#damage.add(error);
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#state === "disposed") {
      throw new CapsuleError("closed", "Cannot use index: it is closed");
    }
  }

  #rollback(): void {
    // After some errors SQLite has already done so.
    if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
  }

  #close(): void {
    try {
      this.#db.close();
    } catch {
      // What could not be written is made again.
    }
  }
}

interface Table {
  readonly definition: TableDefinition;
  readonly values: TableValues;
  readonly writer: TableWriter;
}

type QueryOutcome = { readonly rows: readonly object[] } | { readonly error: Error };

/** The rows that may have a text. They come first, or SQLite may read the whole table instead. */
function candidatesOf(table: string, query: string): Condition {
  const index = quoted(searchName(table));
  const found = `(SELECT rowid AS _found FROM ${index} WHERE ${index} MATCH ?)`;
  return { sql: `${found} CROSS JOIN`, values: [query] };
}

/** SQLITE_ERROR and SQLITE_RANGE: the SQL or its values do not fit. */
function isStatementFault(error: unknown): error is Error {
  return error instanceof Error && "errcode" in error &&
    (error.errcode === 1 || error.errcode === 25);
}
