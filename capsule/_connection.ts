/**
 * A connection on which the capsule itself may do everything and its callers what they are allowed.
 */
import type { DatabaseSync } from "node:sqlite";
import { Authority } from "./_authority.ts";
import type { StatementFacts } from "./_authority.ts";
import { isBlank, mayKeepPart, withoutEnd } from "./_sql_text.ts";
import { Statement } from "./_statement.ts";
import type { RowValues } from "./_statement.ts";
import { statementError } from "./_statement_errors.ts";
import { CapsuleError } from "./errors.ts";
import { plainValue } from "./sql_value.ts";
import type { BoundParams } from "./sql_value.ts";
import { QUERY_ROWS_MAX } from "./tables.ts";

/** Statements that are kept; beyond, the one that was used longest ago is prepared again. */
export const CAPSULE_STATEMENTS_MAX: number = 256;

/** Deno has this, its types do not. */
type AuthorizedDatabase = DatabaseSync & { setAuthorizer(callback: Authority["authorize"]): void };

/** A statement of a caller. */
export interface Prepared {
  readonly statement: Statement;
  readonly facts: StatementFacts;
  /** The names of what it returns. */
  readonly columns: readonly string[];
  /** Whether it changes rows or tables. */
  readonly isWriting: boolean;
  /** Whether it may keep a part of what it did when it fails. */
  readonly mayKeepPart: boolean;
  /** The same with a limit to its rows, once that was needed. */
  bounded: Statement | undefined;
}

/** What running a statement did. */
export interface RunResult {
  readonly changes: number;
  readonly lastInsertRowId: number | bigint;
}

/** Prepares, keeps and runs statements. */
export class Connection {
  readonly db: DatabaseSync;
  readonly #authority: Authority = new Authority();
  readonly #prepared: Map<string, Prepared> = new Map();
  readonly #internal: Map<string, Statement> = new Map();

  constructor(db: DatabaseSync) {
    this.db = db;
    (db as AuthorizedDatabase).setAuthorizer(this.#authority.authorize);
  }

  /**
   * A statement of a caller, which must be the only one in its text.
   *
   * @throws {CapsuleError} `forbidden_statement`, `internal_table`, `no_such_table` or `bad_sql`.
   */
  prepare(sql: string): Prepared {
    const { prepared, rest } = this.prepareFirst(sql);
    if (isBlank(rest)) return prepared;
    throw badSql("there is another one after it");
  }

  /** A query that is prepared already, and for `all` limited. Taking it changes nothing here. */
  keptQuery(sql: string, what: "all" | "first"): Prepared | undefined {
    const kept = this.#prepared.get(sql);
    if (kept === undefined || kept.isWriting) return undefined;
    return what === "first" || !kept.facts.isQuery || kept.bounded !== undefined ? kept : undefined;
  }

  /** The first of some statements, and the text of the others. It is kept if it is the only one. */
  prepareFirst(sql: string): { readonly prepared: Prepared; readonly rest: string } {
    const kept = this.#prepared.get(sql);
    if (kept !== undefined) {
      this.#prepared.delete(sql);
      this.#prepared.set(sql, kept);
      return { prepared: kept, rest: "" };
    }
    if (sql.includes("\0")) throw badSql("U+0000 is in it");
    if (isBlank(sql)) throw badSql("there is none");
    const prepared = this.guard("run statement", () => {
      const { result, facts } = this.#authority.observe(() => this.#statement(sql));
      const isWriting = facts.writes.size > 0 || facts.changesSchema;
      const columns = result.columns();
      if (isWriting && columns.length > 0) result.readBigInts();
      return {
        statement: result,
        facts,
        columns,
        isWriting,
        mayKeepPart: mayKeepPart(result.sql),
        bounded: undefined,
      };
    });
    const rest = sql.slice(prepared.statement.sql.length);
    if (isBlank(rest) && !prepared.facts.changesSchema) this.#keep(sql, prepared);
    return { prepared, rest };
  }

  /** Forgets statements, because tables have changed. */
  forget(): void {
    this.#prepared.clear();
  }

  /**
   * All rows that a statement returns.
   *
   * @throws {CapsuleError} `too_many_rows` beyond {@linkcode QUERY_ROWS_MAX}.
   */
  all(prepared: Prepared, params: BoundParams): RowValues[] {
    const statement = prepared.facts.isQuery
      ? prepared.bounded ??= this.#bounded(prepared.statement)
      : prepared.statement;
    const rows = statement.all(params);
    if (rows.length <= QUERY_ROWS_MAX) return rows;
    throw new CapsuleError("too_many_rows", `Cannot query: more than ${QUERY_ROWS_MAX} rows`);
  }

  /** Runs a statement for what it writes. */
  run({ statement }: Prepared, params: BoundParams): RunResult {
    const { changes, lastInsertRowid } = statement.run(params);
    return {
      changes: Number(changes),
      // A number that was rounded is read again.
      lastInsertRowId: typeof lastInsertRowid === "bigint"
        ? plainValue(lastInsertRowid) as number | bigint
        : Number.isSafeInteger(lastInsertRowid)
        ? lastInsertRowid
        : this.internal("SELECT last_insert_rowid()")[0]![0] as number | bigint,
    };
  }

  /** The first row that a statement returns. One that writes does so to its end. */
  get(prepared: Prepared, params: BoundParams): RowValues | undefined {
    return prepared.isWriting ? this.all(prepared, params)[0] : prepared.statement.get(params);
  }

  /** The rows of a statement of the capsule itself, which is kept. */
  internal(sql: string, ...values: readonly (string | number)[]): RowValues[] {
    return this.asInternal(() => {
      const statement = this.#internal.get(sql) ?? this.#statement(sql);
      this.#internal.set(sql, statement);
      return statement.all({ named: undefined, values });
    });
  }

  /** Runs a statement of the capsule itself that is needed once. */
  once(sql: string): void {
    this.asInternal(() => this.#statement(sql).run({ named: undefined, values: [] }));
  }

  /** Does something that only the capsule itself may do. */
  asInternal<Result>(work: () => Result): Result {
    const before = this.#authority.isInternal;
    this.#authority.isInternal = true;
    try {
      return work();
    } finally {
      this.#authority.isInternal = before;
    }
  }

  /** Throws what SQLite throws as an error of this layer. */
  guard<Result>(what: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw this.errorOf(what, error);
    }
  }

  /** The error to throw for one that a statement has thrown. */
  errorOf(what: string, error: unknown): unknown {
    return this.#authority.takeRefusal() ?? statementError(what, error);
  }

  #statement(sql: string): Statement {
    return new Statement(this.db.prepare(sql));
  }

  /** Only SQLite can stop in time. The rows and their order stay as they are. */
  #bounded({ sql }: Statement): Statement {
    return this.guard(
      "query",
      () => this.#statement(`SELECT * FROM (\n${withoutEnd(sql)}\n) LIMIT ${QUERY_ROWS_MAX + 1}`),
    );
  }

  #keep(sql: string, prepared: Prepared): void {
    this.#prepared.set(sql, prepared);
    if (this.#prepared.size <= CAPSULE_STATEMENTS_MAX) return;
    this.#prepared.delete(this.#prepared.keys().next().value!);
  }
}

function badSql(why: string): CapsuleError {
  return new CapsuleError("bad_sql", `Cannot run statement: ${why}`);
}
