/**
 * Runs SQL of callers.
 */
import type { Prepared } from "./_connection.ts";
import { isBlank } from "./_sql_text.ts";
import type { RowValues } from "./_statement.ts";
import type { Transactor } from "./_transactor.ts";
import { CapsuleError } from "./errors.ts";
import { boundParams, rowOf } from "./sql_value.ts";
import type { BoundParams, Row, SqlValue } from "./sql_value.ts";

/** What a statement did. */
export interface ExecuteResult {
  /** Rows that it inserted, updated or deleted itself; those of its triggers do not count. */
  readonly changes: number;
  /** The number of the row that was inserted last, by whatever statement. */
  readonly lastInsertRowId: number | bigint;
}

/** Prepares statements and runs them through the transactor. */
export class StatementRunner {
  readonly #transactor: Transactor;

  constructor(transactor: Transactor) {
    this.#transactor = transactor;
  }

  query(sql: string, params: BoundParams): Row[] {
    const prepared = this.#transactor.prepare(sql);
    const { connection } = this.#transactor;
    return this.#transactor.perform("query", prepared, () => connection.all(prepared, params))
      .map((values) => rowOf(prepared.columns, values));
  }

  queryOne(sql: string, params: BoundParams): Row | undefined {
    const prepared = this.#transactor.prepare(sql);
    const values = this.#first(prepared, params);
    return values && rowOf(prepared.columns, values);
  }

  queryScalar(sql: string, params: BoundParams): SqlValue | undefined {
    return this.#first(this.#transactor.prepare(sql), params)?.[0];
  }

  execute(sql: string, params: readonly unknown[]): ExecuteResult {
    const first = this.#transactor.prepareFirst(sql);
    if (isBlank(first.rest)) return this.#run(first.prepared, boundParams(params));
    if (params.length > 0) {
      throw new CapsuleError("bad_value", "Cannot run statements: several of them take no values");
    }
    const none = boundParams([]);
    return this.#transactor.atomically(() => {
      let result = this.#run(first.prepared, none);
      for (let left = first.rest; !isBlank(left);) {
        const { prepared, rest } = this.#transactor.prepareFirst(left);
        result = this.#run(prepared, none);
        left = rest;
      }
      return result;
    });
  }

  #first(prepared: Prepared, params: BoundParams): RowValues | undefined {
    const { connection } = this.#transactor;
    return this.#transactor.perform("query", prepared, () => connection.get(prepared, params));
  }

  #run(prepared: Prepared, params: BoundParams): ExecuteResult {
    const { changes, lastInsertRowId } = this.#transactor.perform(
      "run statement",
      prepared,
      () => this.#transactor.connection.run(prepared, params),
    );
    // SQLite leaves the number of the statement before in place.
    const writesRows = prepared.isWriting && !prepared.facts.changesSchema;
    return { changes: writesRows ? changes : 0, lastInsertRowId };
  }
}
