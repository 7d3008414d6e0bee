import type { Capsule, RowChange, SqlParams, SqlValue, StatementFacts } from "../capsule/mod.ts";
import { GlyphCaseError } from "./glyphcase_errors.ts";
import type { ModAccess } from "./mod_access.ts";
import { isInternal, requireTable } from "./mod_access.ts";

/** For how long changes are gathered for a watcher of a mod, in milliseconds. */
export const WATCH_WINDOW_MS: number = 100;

/** A row that is to be written. */
type Values = Record<string, SqlValue>;

/**
 * A capsule as one mod may use it: the tables that are named are checked here, and those in SQL by
 * the capsule, which knows what a statement reads and writes before it runs.
 */
export class ModDatabase {
  readonly #capsule: Capsule;
  readonly #access: ModAccess;
  readonly #permit: ((facts: StatementFacts) => void) | undefined;

  constructor(capsule: Capsule, access: ModAccess) {
    this.#capsule = capsule;
    this.#access = access;
    this.#permit = access.isLimited ? (facts) => checkFacts(access, facts) : undefined;
  }

  /** What may be cut off anywhere; `undefined` for all else. */
  readonly kept = {
    query: (sql: string, params: SqlParams) =>
      this.#capsule.keptStatements.query(sql, params, this.#permit),
    queryOne: (sql: string, params: SqlParams) =>
      this.#capsule.keptStatements.queryOne(sql, params, this.#permit),
    queryScalar: (sql: string, params: SqlParams) =>
      this.#capsule.keptStatements.queryScalar(sql, params, this.#permit),
    insert: (table: string, values: Values) => {
      requireTable(this.#access, "write", table);
      return this.#capsule.keptStatements.insert(table, values, this.#permit);
    },
  };

  query(sql: string, params: SqlParams): Values[] {
    return this.#permitted(() => this.#capsule.query(sql, params));
  }

  queryOne(sql: string, params: SqlParams): Values | undefined {
    return this.#permitted(() => this.#capsule.queryOne(sql, params));
  }

  queryScalar(sql: string, params: SqlParams): SqlValue | undefined {
    return this.#permitted(() => this.#capsule.queryScalar(sql, params));
  }

  /** Several statements take no parameters at all, not even none of them. */
  execute(sql: string, params: SqlParams | undefined): ReturnType<Capsule["execute"]> {
    const given = params === undefined ? [] : [params];
    return this.#permitted(() => this.#capsule.execute(sql, ...given));
  }

  insert(table: string, values: Values): SqlValue {
    return this.#writing(table, () => this.#capsule.insert(table, values));
  }

  insertMultiple(table: string, rows: readonly Values[]): readonly SqlValue[] {
    return this.#writing(table, () => this.#capsule.insertMultiple(table, rows));
  }

  update(table: string, id: SqlValue, values: Values): boolean {
    return this.#writing(table, () => this.#capsule.update(table, id, values));
  }

  updateWhere(table: string, where: string, params: SqlParams, values: Values): number {
    return this.#writing(table, () => this.#capsule.updateWhere(table, where, params, values));
  }

  delete(table: string, id: SqlValue): boolean {
    return this.#writing(table, () => this.#capsule.delete(table, id));
  }

  deleteWhere(table: string, where: string, params: SqlParams): number {
    return this.#writing(table, () => this.#capsule.deleteWhere(table, where, params));
  }

  /** What `work` does is permitted or not by itself. */
  transaction<Result>(work: () => Result): Result {
    return this.#capsule.transaction(work);
  }

  watchTable(table: string, handler: (changes: readonly RowChange[]) => void): Disposable {
    requireTable(this.#access, "read", table);
    return this.#capsule.watch(table, handler, { windowMs: WATCH_WINDOW_MS });
  }

  watchQuery(
    sql: string,
    params: SqlParams,
    handler: (rows: readonly Values[]) => void,
  ): Disposable {
    this.query(sql, params); // whether it may be run at all is found out now
    return this.#capsule.watch({ sql, params }, handler, { windowMs: WATCH_WINDOW_MS });
  }

  dispatch(name: string, payload: unknown): void {
    this.#capsule.events.dispatch(name, payload);
  }

  #writing<Result>(table: string, work: () => Result): Result {
    requireTable(this.#access, "write", table);
    return this.#permitted(work);
  }

  #permitted<Result>(work: () => Result): Result {
    return this.#capsule.permitting(this.#permit, work);
  }
}

/** What a statement does, against what a manifest lists. */
function checkFacts(access: ModAccess, facts: StatementFacts): void {
  const { reads, writes, creates, alters, indexes, drops } = facts;
  if (facts.isPragma) throw forbidden(access, "PRAGMA is not for mods");
  // SQLite cannot be interrupted here, so what may have no end must not begin.
  if (facts.isRecursive) throw forbidden(access, "recursive queries are not for mods");
  if (facts.changesPrograms) {
    throw forbidden(access, "views, triggers and virtual tables are not for mods");
  }
  for (const table of [...creates, ...alters, ...indexes, ...drops]) {
    requireTable(access, "create", table);
  }
  // A change of the schema is a write to SQLite's own tables.
  const isChange = facts.changesSchema || indexes.length > 0;
  const isSkipped = (table: string) => isChange && /^sqlite_/i.test(table);
  for (const table of reads) if (!isSkipped(table)) requireTable(access, "read", table);
  for (const table of writes) {
    // The capsule writes changes down itself; nobody else can write to tables of that name.
    if (!isSkipped(table) && !isInternal(table)) requireTable(access, "write", table);
  }
}

function forbidden({ mod }: ModAccess, why: string): GlyphCaseError {
  return new GlyphCaseError("forbidden", `Cannot run statement of mod "${mod}": ${why}`, { mod });
}
