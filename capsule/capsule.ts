/**
 * A reactive SQLite database: it tells of every change, however that was made.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { backUp } from "./_backup.ts";
import { openCapsule } from "./_open_capsule.ts";
import type { StatementFacts } from "./_authority.ts";
import { KeptTexts } from "./kept_texts.ts";
import { Publisher } from "./_publisher.ts";
import { QueryWatch } from "./_query_watch.ts";
import { RowWriter } from "./_row_writer.ts";
import { StatementRunner } from "./_statement_runner.ts";
import type { ExecuteResult } from "./_statement_runner.ts";
import { TableTransfer } from "./_table_transfer.ts";
import { TableWatch } from "./_table_watch.ts";
import { Transactor } from "./_transactor.ts";
import { systemSchedule, WatchHub } from "./_watch_hub.ts";
import { CapsuleError } from "./errors.ts";
import { EventBus } from "./events.ts";
import type { RowChange } from "./row_change.ts";
import { SaveHookRegistry } from "./save_hooks.ts";
import { KeptStatements } from "./kept_statements.ts";
import { boundParams } from "./sql_value.ts";
import type { Row, RowKey, SqlParams, SqlValue } from "./sql_value.ts";
import type {
  LiveQuery,
  LiveRows,
  Schedule,
  Watcher,
  WatchHandler,
  WatchOptions,
} from "./watch.ts";

export type { ExecuteResult } from "./_statement_runner.ts";

/** How {@linkcode Capsule.open} opens a file. */
export interface CapsuleOptions {
  /**
   * What a returned transaction survives. `"full"`: the end of the process and of power. `"normal"`:
   * the end of the process; losing power may undo the latest transactions, each of them wholly.
   *
   * @default {"full"}
   */
  readonly synchronous?: "full" | "normal";
  /** Told what watchers, hooks and handlers throw. @default {to write it to the console} */
  readonly onError?: (error: unknown) => void;
  /** When watchers are delivered to. @default {a turn of the event loop, or a timer} */
  readonly schedule?: Schedule;
}

/**
 * Tables of an application in a SQLite file, of which everybody can know at once what changes.
 *
 * A file has one capsule at a time, held by a lock that ends with the process. All statements are
 * checked by SQLite itself: none reaches another file, the capsule's own tables, its transactions
 * or what keeps it safe. Foreign keys are on, and so are recursive triggers. Values are always
 * bound, and names must exist.
 *
 * @typeParam Events What comes with each event of {@linkcode Capsule.events}, by its name.
 *
 * @example Watching a table
 * ```ts
 * import { Capsule } from "@indras/toolkit/capsule";
 * import { assertEquals } from "@std/assert";
 *
 * using capsule = Capsule.open();
 * capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)");
 * const seen: unknown[] = [];
 * using _watcher = capsule.watch("notes", (changes) => seen.push(...changes));
 *
 * const id = capsule.insert("notes", { text: "tea" });
 * capsule.flush(); // or wait a turn of the event loop
 * assertEquals(seen, [{ table: "notes", operation: "INSERT", row: { id, text: "tea" } }]);
 * ```
 */
export class Capsule<Events extends object = Record<string, unknown>> implements Disposable {
  /** Events of the application. */
  readonly events: EventBus<Events>;
  /** Those who look at rows before they are saved, and are told after. */
  readonly saves: SaveHookRegistry;
  readonly #db: DatabaseSync;
  readonly #transactor: Transactor;
  readonly #runner: StatementRunner;
  readonly #writer: RowWriter;
  readonly #kept: KeptStatements;
  readonly #transfer: TableTransfer;
  readonly #hub: WatchHub;
  readonly #onError: (error: unknown) => void;

  private constructor(db: DatabaseSync, options: CapsuleOptions) {
    const { onError = console.error, schedule = systemSchedule } = options;
    const onWanted = () => this.#transactor.wantOthers();
    this.#db = db;
    this.#onError = onError;
    this.events = new EventBus({ onError });
    this.saves = new SaveHookRegistry(onWanted);
    this.#hub = new WatchHub({ schedule, onError, onWanted });
    const publisher = new Publisher({ saves: this.saves, hub: this.#hub, onError });
    this.#transactor = new Transactor(db, {
      wanted: () => ({ everything: this.saves.wantsChanges, tables: this.#hub.tables }),
      onCommit: (commit) => this.permitting(undefined, () => publisher.publish(commit)),
    });
    this.#runner = new StatementRunner(this.#transactor);
    this.#transfer = new TableTransfer(this.#transactor, this.#runner);
    this.#writer = new RowWriter(this.#transactor, this.saves);
    this.#kept = new KeptStatements(this.#transactor, this.#writer);
  }

  /**
   * Opens a file and makes it if there is none; its folder must exist.
   *
   * @param path `":memory:"` for a capsule that needs no file and keeps nothing.
   * @throws {CapsuleError} `locked` at once if the file is open elsewhere; `not_a_database`,
   * `corrupt`, `newer_schema`, `read_only`, `disk_full` or `io`.
   */
  static open<Events extends object = Record<string, unknown>>(
    path: string | URL = ":memory:",
    options: CapsuleOptions = {},
  ): Capsule<Events> {
    return new Capsule(openCapsule(path, options.synchronous ?? "full"), options);
  }

  /**
   * Runs one statement and returns its rows.
   *
   * @param params Values for `?`, one list of them, or one record for `:name`. A missing one is
   * NULL.
   * @throws {CapsuleError} `bad_sql`, `no_such_table`, `bad_value`, `constraint`,
   * `forbidden_statement` or `internal_table`; `too_many_rows` beyond `QUERY_ROWS_MAX`.
   */
  query(sql: string, ...params: readonly unknown[]): Row[] {
    return this.#runner.query(sql, boundParams(params));
  }

  /** The first row of a statement; `undefined` if there is none. Throws as `query` does. */
  queryOne(sql: string, ...params: readonly unknown[]): Row | undefined {
    return this.#runner.queryOne(sql, boundParams(params));
  }

  /** The first column of the first row; `undefined` if there is no row. Throws as `query` does. */
  queryScalar(sql: string, ...params: readonly unknown[]): SqlValue | undefined {
    return this.#runner.queryScalar(sql, boundParams(params));
  }

  /**
   * Runs statements for what they write. Several are one transaction, and take no parameters.
   *
   * @returns What the last one did.
   * @throws {CapsuleError} as `query` does.
   */
  execute(sql: string, ...params: readonly unknown[]): ExecuteResult {
    return this.#runner.execute(sql, params);
  }

  /**
   * Saves a new row.
   *
   * @param values By the names of columns; others get their default.
   * @returns The number of the row, which is its INTEGER PRIMARY KEY if it has one; for a table
   * WITHOUT ROWID its key if that is an integer, and 0 otherwise.
   * @throws {CapsuleError} `no_such_table`, `bad_identifier`, `bad_value`, `constraint` or `veto`.
   */
  insert(table: string, values: Readonly<Row>): number | bigint {
    return this.#writer.insert(table, values);
  }

  /** Saves new rows in one transaction, and returns what `insert` would of each. */
  insertMultiple(table: string, rows: readonly Readonly<Row>[]): (number | bigint)[] {
    return this.#transactor.atomically(() => rows.map((row) => this.insert(table, row)));
  }

  /**
   * Changes columns of one row; `false` if there is none. Throws as `insert` does.
   *
   * @param id The value of its primary key, or its number if the table has none; for a key of
   * several columns a list of their values.
   */
  update(table: string, id: RowKey, values: Readonly<Row>): boolean {
    return this.#writer.update(table, id, values);
  }

  /**
   * Changes columns of all rows that fulfil a condition, and returns how many did.
   *
   * @param where SQL as it follows `WHERE`, such as `"age > ?"`.
   * @param params What stands for its parameters.
   */
  updateWhere(
    table: string,
    where: string,
    params: SqlParams,
    values: Readonly<Row>,
  ): number {
    return this.#writer.updateWhere(table, where, params, values);
  }

  /** Deletes one row; `false` if there is none. See `update` for its id. */
  delete(table: string, id: RowKey): boolean {
    return this.#writer.delete(table, id);
  }

  /** Deletes all rows that fulfil a condition, and returns how many did. See `updateWhere`. */
  deleteWhere(table: string, where: string, params: SqlParams = []): number {
    return this.#writer.deleteWhere(table, where, params);
  }

  /**
   * Runs writes, all or nothing. Within another transaction it is a part of that one, which goes on
   * if this part fails and the error is caught.
   *
   * @param work Must not be asynchronous.
   * @throws what `work` throws, after everything was undone.
   * @throws {CapsuleError} `nested_async` if it returns a promise; `constraint` if foreign keys that
   * may wait until now are broken; `rolled_back` if a statement had undone everything.
   */
  transaction<Result>(work: () => Result): Result {
    return this.#transactor.atomically(() => {
      const result = work();
      if (!isThenable(result)) return result;
      throw new CapsuleError(
        "nested_async",
        "Cannot use transaction: its function returned a promise, and nothing may come between",
      );
    });
  }

  /** Whether a transaction is open, so that what is written now may yet be undone. */
  get isInTransaction(): boolean {
    return this.#transactor.isOpen;
  }

  /**
   * Has every statement that `work` runs looked at before it runs, row by row writes too. Hooks are
   * somebody else, and are not looked at.
   *
   * @param permit Throws if a statement may not be run.
   */
  permitting<Result>(
    permit: ((facts: StatementFacts) => void) | undefined,
    work: () => Result,
  ): Result {
    return this.#transactor.permitting(permit, work);
  }

  /**
   * Runs queries and inserts that were run before, for callers who may be cut off at any moment,
   * such as a script with a time limit. Whatever cannot be done so gives `undefined`.
   */
  get keptStatements(): KeptStatements {
    return this.#kept;
  }

  /** Texts of a layer above that are kept beside the tables, and are a part of transactions. */
  kept(owner: string): KeptTexts {
    return new KeptTexts(this.#transactor.connection, owner);
  }

  /**
   * Delivers all changes of a table: one list for each transaction, after its commit, in the order
   * of the commits. What was rolled back is never seen.
   *
   * @param target The table's name. It may be dropped, made again or altered meanwhile: rows of a
   * table that goes are deleted, rows that a table comes with are inserted.
   * @throws {CapsuleError} `no_such_table`; `bad_identifier` for a view or a virtual table, which a
   * live query can watch.
   */
  watch(
    target: string,
    handler?: WatchHandler<readonly RowChange[]>,
    options?: WatchOptions,
  ): Watcher<readonly RowChange[]>;
  /**
   * Delivers all rows of a query: those of now first, and all of them again when a table that it
   * reads has changed. What changes twice before a delivery is delivered once.
   *
   * @throws {CapsuleError} as `query` does; `forbidden_statement` if it writes.
   */
  watch(
    target: LiveQuery,
    handler?: WatchHandler<LiveRows>,
    options?: WatchOptions,
  ): Watcher<LiveRows>;
  watch(
    target: string | LiveQuery,
    handler?: WatchHandler<readonly RowChange[]> | WatchHandler<LiveRows>,
    { windowMs = 0 }: WatchOptions = {},
  ): Watcher<readonly RowChange[]> | Watcher<LiveRows> {
    this.#checkOpen();
    if (!(windowMs >= 0 && windowMs < Infinity)) {
      throw new RangeError(`Cannot watch: expected a window in milliseconds, found ${windowMs}`);
    }
    return typeof target === "string"
      ? this.#watchTable(target, handler as WatchHandler<readonly RowChange[]>, windowMs)
      : this.#watchQuery(target, handler as WatchHandler<LiveRows>, windowMs);
  }

  /**
   * Delivers to all watchers now what waits for them. What they write waits for the next turn, or
   * the next call.
   *
   * @throws {TypeError} within a transaction, whose changes nobody is to see yet.
   */
  flush(): void {
    this.#checkOpen();
    if (this.#transactor.isOpen) throw new TypeError("Cannot flush within a transaction");
    this.#hub.flush();
  }

  /**
   * All rows of a table as JSON: a list of records, ordered by their key. Bytes are
   * `{"$bytes": base64}`, integers beyond 2^53 `{"$integer": digits}`. Columns that SQLite computes
   * are left out.
   *
   * @throws {CapsuleError} `no_such_table`, or `too_many_rows` beyond `QUERY_ROWS_MAX`.
   */
  exportJson(table: string): string {
    this.#checkOpen();
    return this.#transfer.json(table);
  }

  /**
   * All rows of a table as CSV, beginning with a line of the columns' names; as `exportJson`. Texts
   * are quoted, NULL is empty, bytes are `x'00ff'`.
   */
  exportCsv(table: string): string {
    this.#checkOpen();
    return this.#transfer.csv(table);
  }

  /**
   * Saves rows of JSON in one transaction, as `insertMultiple` does.
   *
   * @returns How many there were.
   * @throws {CapsuleError} `bad_import` if it is no list of records; else as `insert` does.
   */
  importJson(table: string, text: string): number {
    return this.insertMultiple(table, this.#transfer.rowsOfJson(text)).length;
  }

  /**
   * Saves rows of CSV in one transaction, as `insertMultiple` does. The first line names columns; an
   * empty field is NULL unless it is quoted.
   *
   * @returns How many rows there were.
   * @throws {CapsuleError} `bad_import` with the line of a fault; else as `insert` does.
   */
  importCsv(table: string, text: string): number {
    this.#checkOpen();
    return this.insertMultiple(table, this.#transfer.rowsOfCsv(table, text)).length;
  }

  /**
   * Copies the whole database, while it is in use, into a file that is whole or not there. It can be
   * opened as a capsule.
   *
   * @param path A file of that name is replaced.
   * @throws {CapsuleError} `io`, `disk_full` or `locked`.
   * @throws {TypeError} within a transaction, which may yet be undone.
   */
  async backup(path: string | URL): Promise<void> {
    this.#checkOpen();
    if (this.#transactor.isOpen) throw new TypeError("Cannot back up within a transaction");
    await backUp(this.#db, path instanceof URL ? fileURLToPath(path) : path);
  }

  /** Closes the file. What waits for watchers is not delivered, and an open transaction is undone. */
  [Symbol.dispose](): void {
    if (!this.#db.isOpen) return;
    this.#hub[Symbol.dispose]();
    this.events[Symbol.dispose]();
    this.#transactor.close();
  }

  #watchTable(
    name: string,
    handler: WatchHandler<readonly RowChange[]> | undefined,
    windowMs: number,
  ): Watcher<readonly RowChange[]> {
    const table = this.#transactor.catalog.table(name);
    if (table.type !== "table") {
      throw new CapsuleError(
        "bad_identifier",
        `Cannot watch "${name}": it is a ${table.type} table or view; watch a query instead`,
      );
    }
    const watch = new TableWatch(table.name, {
      handler,
      windowMs,
      onError: this.#onError,
      onEnd: () => this.#hub.remove(watch),
    });
    this.#hub.add(watch);
    return watch.subscription;
  }

  #watchQuery(
    { sql, params = [] }: LiveQuery,
    handler: WatchHandler<LiveRows> | undefined,
    windowMs: number,
  ): Watcher<LiveRows> {
    const bound = boundParams([params]);
    if (this.#transactor.prepare(sql).isWriting) {
      throw new CapsuleError("forbidden_statement", "Cannot watch query: it writes");
    }
    const watch = new QueryWatch({
      handler,
      windowMs,
      readTables: () =>
        new Set([...this.#transactor.prepare(sql).facts.reads].map((name) => name.toLowerCase())),
      run: () => this.#runner.query(sql, bound),
      onTables: () => this.#hub.wantOthers(),
      onEnd: () => this.#hub.remove(watch),
    }, this.#hub.now);
    this.#hub.add(watch);
    this.#hub.schedule(watch);
    return watch.subscription;
  }

  #checkOpen(): void {
    if (!this.#db.isOpen) throw new CapsuleError("closed", "Cannot use capsule: it is closed");
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}
