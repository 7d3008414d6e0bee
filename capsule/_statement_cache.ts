/**
 * Statements that are prepared once.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Condition, StoredValue } from "./_table_values.ts";
import { CapsuleError } from "./errors.ts";

/** Statements that are kept; beyond, the one that was used longest ago is prepared again. */
export const STATEMENTS_CACHED_MAX: number = 128;

/** The statements of one database, by their SQL. */
export class StatementCache {
  readonly #db: DatabaseSync;
  readonly #statements: Map<string, StatementSync> = new Map();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Runs a statement; the number of the row that it inserted, if it did. */
  run(sql: string, values: readonly StoredValue[]): number {
    return Number(this.#get(sql).run(...values).lastInsertRowid);
  }

  /** The rows that a statement reads. */
  all(sql: string, values: Condition["values"]): readonly (readonly unknown[])[] {
    try {
      return this.#get(sql).all(...values) as unknown as readonly (readonly unknown[])[];
    } catch (error) {
      const isTooLarge = error instanceof RangeError && "code" in error &&
        error.code === "ERR_OUT_OF_RANGE";
      if (!isTooLarge) throw error;
      // No such number is ever written.
      throw new CapsuleError("corrupt", "Cannot use index: a number is damaged", { cause: error });
    }
  }

  #get(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#prepare(sql);
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > STATEMENTS_CACHED_MAX) {
      this.#statements.delete(this.#statements.keys().next().value!);
    }
    return statement;
  }

  #prepare(sql: string): StatementSync {
    const statement: StatementSync & { setReturnArrays?: (isOn: boolean) => void } = this.#db
      .prepare(sql);
    // Rows that are arrays take a quarter of the time. Deno has this, its types do not.
    statement.setReturnArrays?.(true);
    return statement;
  }
}
