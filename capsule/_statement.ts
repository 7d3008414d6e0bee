/**
 * A prepared statement whose integers come out exact.
 */
import type { StatementSync } from "node:sqlite";
import { plainValue } from "./sql_value.ts";
import type { BoundParams, SqlValue } from "./sql_value.ts";

/** The values of a row, in the order of its columns. */
export type RowValues = readonly SqlValue[];

/** Rows that are arrays take a quarter of the time. Deno has this, its types do not. */
type ArrayStatement = StatementSync & { setReturnArrays(isOn: boolean): void };

/** Reads integers as numbers until one is too large for that. */
export class Statement {
  readonly #statement: StatementSync;
  #readsBigInts = false;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    (statement as ArrayStatement).setReturnArrays(true);
  }

  /** The text of this one statement. */
  get sql(): string {
    return this.#statement.sourceSQL;
  }

  /** The names of what it returns; `[]` if it returns nothing. */
  columns(): string[] {
    return this.#statement.columns().map(({ name }) => String(name));
  }

  /** Says that it writes: then it cannot be run again to read larger integers. */
  readBigInts(): void {
    this.#readsBigInts = true;
    this.#statement.setReadBigInts(true);
  }

  /** Runs it to its end for what it writes. */
  run({ named, values }: BoundParams): ReturnType<StatementSync["run"]> {
    return named === undefined
      ? this.#statement.run(...values)
      : this.#statement.run(named, ...values);
  }

  /** All rows. */
  all(params: BoundParams): RowValues[] {
    const rows = this.#read(() => allOf(this.#statement, params));
    return this.#readsBigInts ? rows.map((row) => row.map(plainValue)) : rows;
  }

  /** The first row, if there is one; the statement does not run on. */
  get(params: BoundParams): RowValues | undefined {
    const row = this.#read(() => getOf(this.#statement, params));
    return this.#readsBigInts ? row?.map(plainValue) : row;
  }

  #read<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (!isTooLarge(error) || this.#readsBigInts) throw error;
      this.readBigInts();
      return read();
    }
  }
}

// What comes out are arrays, whatever the types say.
function allOf(statement: StatementSync, { named, values }: BoundParams): RowValues[] {
  const rows = named === undefined ? statement.all(...values) : statement.all(named, ...values);
  return rows as unknown as RowValues[];
}

function getOf(statement: StatementSync, { named, values }: BoundParams): RowValues | undefined {
  const row = named === undefined ? statement.get(...values) : statement.get(named, ...values);
  return row as unknown as RowValues | undefined;
}

/** An integer beyond what a number can hold exactly. */
function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && "code" in error && error.code === "ERR_OUT_OF_RANGE";
}
