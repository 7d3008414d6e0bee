/**
 * Runs statements and transactions, and tells after each commit what it changed.
 */
import type { DatabaseSync } from "node:sqlite";
import { Catalog } from "./_catalog.ts";
import type { TableInfo } from "./_catalog.ts";
import { ChangeLog } from "./_change_log.ts";
import { Connection } from "./_connection.ts";
import type { StatementFacts } from "./_authority.ts";
import type { Prepared } from "./_connection.ts";
import { CapsuleError } from "./errors.ts";
import type { RowChange } from "./row_change.ts";

/** What was committed. */
export interface Commit {
  /** In the order in which it happened. */
  readonly changes: readonly RowChange[];
  /** The names, in lower case, of all tables with other rows than before. */
  readonly tables: ReadonlySet<string>;
  /** Whether tables, views or triggers were made, altered or dropped. */
  readonly changesSchema: boolean;
  /** Whether there were too many changes to hand on. */
  readonly isCutOff: boolean;
}

/** Whose changes are of interest. */
export interface Wanted {
  /** Whether those of all tables are. */
  readonly everything: boolean;
  /** The names of tables, in lower case. */
  readonly tables: ReadonlySet<string>;
}

const SAVEPOINT = "_capsule_savepoint";

/** One connection, its transaction and what is known of its tables. */
export class Transactor {
  readonly connection: Connection;
  readonly catalog: Catalog;
  readonly #db: DatabaseSync;
  readonly #log: ChangeLog;
  readonly #wanted: () => Wanted;
  readonly #onCommit: (commit: Commit) => void;
  #depth = 0;
  #permit: ((facts: StatementFacts) => void) | undefined;
  /** Whether triggers may be missing, or too many. */
  #isStale = true;
  /** Whether somebody watches tables, and so perhaps virtual ones. */
  #hasWatchers = false;
  /** What the open transaction did so far. */
  #done: Done = nothingDone();
  /** Whether a statement has undone the open transaction. */
  #isLost = false;
  /** Asking the database costs as much as the rest of what comes before a statement. */
  #isClosed = false;

  constructor(
    db: DatabaseSync,
    { wanted, onCommit }: {
      readonly wanted: () => Wanted;
      readonly onCommit: (commit: Commit) => void;
    },
  ) {
    this.#db = db;
    this.connection = new Connection(db);
    this.catalog = new Catalog(this.connection);
    this.#log = new ChangeLog(this.connection);
    this.#wanted = wanted;
    this.#onCommit = onCommit;
  }

  /** Whether a transaction is open. */
  get isOpen(): boolean {
    return this.#depth > 0;
  }

  /** Closes the database, which undoes an open transaction. */
  close(): void {
    this.#isClosed = true;
    this.#db.close();
  }

  /** Whether a write is told to nobody, so that nothing has to be written down about it. */
  get isUnheard(): boolean {
    return !this.#isStale && !this.#hasWatchers && this.#log.attached.size === 0;
  }

  /** Fails unless a statement may be run; it is the caller's to run it. */
  check(prepared: Prepared): void {
    this.#checkUsable();
    this.#permit?.(prepared.facts);
  }

  /** Says that other tables are of interest than before. */
  wantOthers(): void {
    this.#isStale = true;
  }

  /** Has every statement that runs meanwhile looked at before; `undefined` for none. */
  permitting<Result>(
    permit: ((facts: StatementFacts) => void) | undefined,
    work: () => Result,
  ): Result {
    const before = this.#permit;
    this.#permit = permit;
    try {
      return work();
    } finally {
      this.#permit = before;
    }
  }

  /** Prepares a statement of a caller; see {@linkcode Connection.prepare}. */
  prepare(sql: string): Prepared {
    this.#checkUsable();
    return this.connection.prepare(sql);
  }

  /** Prepares the first of some statements; see {@linkcode Connection.prepareFirst}. */
  prepareFirst(sql: string): { readonly prepared: Prepared; readonly rest: string } {
    this.#checkUsable();
    return this.connection.prepareFirst(sql);
  }

  /**
   * Runs a prepared statement in the open transaction, or in one of its own.
   *
   * @param what What cannot be done if it fails, such as `insert into "books"`.
   */
  perform<Result>(what: string, prepared: Prepared, run: () => Result): Result {
    this.#checkUsable();
    this.#permit?.(prepared.facts);
    if (!prepared.isWriting) return this.connection.guard(what, run);
    if (prepared.facts.changesSchema) {
      return this.atomically(() => this.#changeSchema(what, prepared, run));
    }
    // What a statement did to a row before it failed may not have been told, so it is undone.
    return prepared.mayKeepPart || this.catalog.mayKeepPart
      ? this.atomically(() => this.#write(what, prepared, run))
      : this.#write(what, prepared, run);
  }

  #write<Result>(what: string, prepared: Prepared, run: () => Result): Result {
    this.#attach();
    this.#note(prepared);
    const logged = this.#log.count;
    try {
      return run();
    } catch (error) {
      this.#log.undo(logged);
      this.#isLost = this.#depth > 0 && !this.#db.isTransaction;
      throw this.connection.errorOf(what, error);
    } finally {
      if (this.#depth === 0) this.#settle();
    }
  }

  /** Runs some work, all or nothing; within a transaction it is a part of that one. */
  atomically<Result>(work: () => Result): Result {
    this.#checkUsable();
    const isOutermost = this.#depth === 0;
    this.#control(isOutermost ? "BEGIN IMMEDIATE" : `SAVEPOINT ${SAVEPOINT}`);
    this.#depth++;
    const logged = this.#log.count;
    let result: Result;
    try {
      result = work();
      this.#checkUsable();
      this.#control(isOutermost ? "COMMIT" : `RELEASE ${SAVEPOINT}`);
    } catch (error) {
      this.#log.undo(logged);
      this.#rollBack(isOutermost);
      throw error;
    } finally {
      this.#depth--;
      if (isOutermost) this.#isLost = false;
    }
    if (isOutermost) this.#settle();
    return result;
  }

  #control(sql: string): void {
    this.connection.guard("use transaction", () => this.connection.internal(sql));
  }

  #rollBack(isOutermost: boolean): void {
    if (this.#done.changesTriggers) this.#forgetSchema();
    if (isOutermost) this.#done = nothingDone();
    if (!this.#db.isOpen) return;
    // After some errors SQLite has already undone everything.
    this.#isLost = !this.#db.isTransaction;
    if (this.#isLost) return;
    if (isOutermost) return this.#control("ROLLBACK");
    this.#control(`ROLLBACK TO ${SAVEPOINT}`);
    this.#control(`RELEASE ${SAVEPOINT}`);
  }

  /** Triggers are in the way of altering a table, and dropping it triggers nothing. */
  #changeSchema<Result>(what: string, prepared: Prepared, run: () => Result): Result {
    this.#attach();
    this.#note(prepared);
    this.#done.changesTriggers = true;
    this.#done.changesSchema = true;
    const before = this.catalog.tables;
    const internal = this.catalog.internalNames();
    const { alters, drops } = prepared.facts;
    const touched = [...alters, ...drops].flatMap((name) => before.get(name.toLowerCase()) ?? []);
    const dropped = touched.filter(({ name }) => drops.includes(name));
    for (const { name } of dropped) this.#log.logDisappearance(name);
    for (const { name } of touched) this.#log.detach(name);
    const result = this.connection.guard(what, run);
    this.#forgetSchema();
    checkNames(internal, this.catalog.internalNames());
    const after = this.catalog.tables;
    const appeared = [...after].filter(([key]) => !before.has(key)).map(([, table]) => table);
    this.#noteRenamed(touched.filter(({ name }) => !drops.includes(name)), appeared);
    this.#attach();
    for (const { name } of appeared) this.#log.logAppearance(name);
    return result;
  }

  /** To those who know a table by its name, its rows are gone when it has another. */
  #noteRenamed(altered: readonly TableInfo[], appeared: readonly TableInfo[]): void {
    for (const { name } of altered) {
      const isGone = !this.catalog.tables.has(name.toLowerCase());
      if (isGone && appeared[0] !== undefined) this.#log.logDisappearance(name, appeared[0].name);
    }
  }

  #attach(): void {
    if (!this.#isStale) return;
    const { everything, tables } = this.#wanted();
    this.#hasWatchers = tables.size > 0;
    const wanted = everything || tables.size > 0
      ? [...this.catalog.tables].filter(([key, { type }]) =>
        type === "table" && (everything || tables.has(key))
      ).map(([, table]) => table)
      : [];
    if (wanted.length > 0 || this.#log.attached.size > 0) {
      this.#log.attach(wanted);
      this.#done.changesTriggers = true;
    }
    this.#isStale = false;
  }

  #note({ facts }: Prepared): void {
    if (!this.#hasWatchers) return;
    for (const name of facts.writes) {
      const table = this.catalog.tables.get(name.toLowerCase());
      if (table?.type === "virtual") this.#done.virtual.add(name.toLowerCase());
    }
  }

  #settle(): void {
    const { changesSchema, changesTriggers, virtual } = this.#done;
    if (changesSchema || changesTriggers || virtual.size > 0) this.#done = nothingDone();
    if (this.#log.count === 0 && !changesSchema && virtual.size === 0) return;
    const { changes, isCutOff } = this.#log.take();
    const tables = new Set(virtual);
    let latest: string | undefined;
    for (const { table } of changes) {
      if (table !== latest) tables.add(table.toLowerCase());
      latest = table;
    }
    if (isCutOff) {
      for (const table of this.#log.attached.keys()) {
        tables.add(table.toLowerCase());
      }
    }
    this.#onCommit({ changes, tables, changesSchema, isCutOff });
  }

  #forgetSchema(): void {
    this.catalog.forget();
    this.connection.forget();
    this.#isStale = true;
  }

  #checkUsable(): void {
    if (this.#isClosed) throw new CapsuleError("closed", "Cannot use capsule: it is closed");
    if (!this.#isLost) return;
    throw new CapsuleError(
      "rolled_back",
      "Cannot go on with transaction: a statement that failed has undone all of it",
    );
  }
}

/** What a table is renamed to is not known before it was. */
function checkNames(before: ReadonlySet<string>, after: ReadonlySet<string>): void {
  const [taken] = after.difference(before);
  if (taken === undefined) return;
  throw new CapsuleError("internal_table", `Cannot use name "${taken}": it is the capsule's`);
}

interface Done {
  changesSchema: boolean;
  /** Whether undoing it may undo triggers. */
  changesTriggers: boolean;
  /** Virtual tables that were written, which have no triggers. */
  readonly virtual: Set<string>;
}

function nothingDone(): Done {
  return { changesSchema: false, changesTriggers: false, virtual: new Set() };
}
