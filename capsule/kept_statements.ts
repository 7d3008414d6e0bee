/**
 * Statements that are run by callers who may be cut off at any moment, without `catch` or `finally`.
 *
 * @module
 */
import type { StatementFacts } from "./_authority.ts";
import type { RowWriter } from "./_row_writer.ts";
import type { Transactor } from "./_transactor.ts";
import { boundParams, rowOf } from "./sql_value.ts";
import type { Row, SqlParams, SqlValue } from "./sql_value.ts";

/** What a statement gave; there may be nothing in it. */
export interface KeptResult<Value> {
  /** What it gave. */
  readonly value: Value;
}

/** Throws if a statement may not be run. */
export type StatementPermit = (facts: StatementFacts) => void;

/**
 * Runs what was run before, in one step of SQLite and with nothing before or after it that would have
 * to be put back. Whatever cannot be done so gives `undefined`, and nothing has happened.
 */
export class KeptStatements {
  readonly #transactor: Transactor;
  readonly #writer: RowWriter;

  /** Capsules make their own. */
  constructor(transactor: Transactor, writer: RowWriter) {
    this.#transactor = transactor;
    this.#writer = writer;
  }

  /** All rows; `permit` throws if they may not be read. */
  query(sql: string, params: SqlParams, permit?: StatementPermit): KeptResult<Row[]> | undefined {
    const { connection } = this.#transactor;
    const prepared = connection.keptQuery(sql, "all");
    if (prepared === undefined) return undefined;
    this.#transactor.check(prepared);
    permit?.(prepared.facts);
    const rows = connection.guard("query", () => connection.all(prepared, boundParams([params])));
    return { value: rows.map((values) => rowOf(prepared.columns, values)) };
  }

  /** The first row. */
  queryOne(
    sql: string,
    params: SqlParams,
    permit?: StatementPermit,
  ): KeptResult<Row | undefined> | undefined {
    const { connection } = this.#transactor;
    const prepared = connection.keptQuery(sql, "first");
    if (prepared === undefined) return undefined;
    this.#transactor.check(prepared);
    permit?.(prepared.facts);
    const values = connection.guard("query", () => connection.get(prepared, boundParams([params])));
    return { value: values && rowOf(prepared.columns, values) };
  }

  /** The first value of the first row. */
  queryScalar(
    sql: string,
    params: SqlParams,
    permit?: StatementPermit,
  ): KeptResult<SqlValue | undefined> | undefined {
    const { connection } = this.#transactor;
    const prepared = connection.keptQuery(sql, "first");
    if (prepared === undefined) return undefined;
    this.#transactor.check(prepared);
    permit?.(prepared.facts);
    return {
      value: connection.guard("query", () => connection.get(prepared, boundParams([params])))?.[0],
    };
  }

  /** A row's number, as `Capsule.insert` gives it; only while nobody has to be asked or told. */
  insert(
    table: string,
    values: Readonly<Row>,
    permit?: StatementPermit,
  ): KeptResult<number | bigint> | undefined {
    return this.#writer.insertKept(table, values, permit);
  }
}
