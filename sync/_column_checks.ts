import { isUtf8 } from "node:buffer";
import { bad } from "./_byte_reader.ts";
import { countBooleans, readPrefixed, readSigned, readUnsigned, walkRuns } from "./_columns.ts";
import type { Columns } from "./_columns.ts";
import type { ScanBudget } from "./_scan_budget.ts";

/** Whether a column may hold nulls. */
export type Nulls = "nullable" | "no nulls";

/** Checks the columns of one table that has a known number of rows. */
export class TableChecks {
  readonly #columns: Columns;
  readonly #budget: ScanBudget;

  constructor(columns: Columns, budget: ScanBudget) {
    this.#columns = columns;
    this.#budget = budget;
  }

  /** The rows of the table, taken from a column that says something in each; spends them. */
  countRows(spec: number, max: number): number {
    const rows = walkRuns(this.#bytes(spec), readUnsigned, (value) => {
      if (value === undefined || value > max) throw bad(`${name(spec)} holds ${value ?? "a null"}`);
    });
    this.#budget.spend("rowsMax", rows);
    return rows;
  }

  /** A column of unsigned numbers from 0 to `max`; tells each run to `visit`. */
  unsigned(
    spec: number,
    rows: number,
    max: number,
    nulls: Nulls,
    visit?: (value: number, count: number) => void,
  ): void {
    const found = walkRuns(this.#bytes(spec), readUnsigned, (value, count) => {
      if (value === undefined) {
        if (nulls === "no nulls") throw bad(`${name(spec)} holds a null`);
      } else {
        if (value > max) throw bad(`${name(spec)} holds ${value}, more than ${max}`);
        visit?.(value, count);
      }
    });
    this.#sameRows(spec, found, rows, nulls);
  }

  /** A column of differences whose running sum stays in 0 to `max`. */
  counters(spec: number, rows: number, max: number, nulls: Nulls): void {
    let sum = 0;
    const found = walkRuns(this.#bytes(spec), readSigned, (step, count) => {
      if (step === undefined) {
        if (nulls === "no nulls") throw bad(`${name(spec)} holds a null`);
        return;
      }
      // A run moves the sum in one direction, so that its first and last value bound the rest.
      const first = sum + step;
      sum += step * count;
      if (Math.min(first, sum) < 0 || Math.max(first, sum) > max) {
        throw bad(`${name(spec)} leaves 0 to ${max}`);
      }
    });
    this.#sameRows(spec, found, rows, nulls);
  }

  /** A column of how many rows of others belong to each row; returns and spends their sum. */
  group(spec: number, rows: number, visit?: (value: number, count: number) => void): number {
    let sum = 0;
    this.unsigned(spec, rows, Number.MAX_SAFE_INTEGER, "no nulls", (value, count) => {
      sum += value * count;
      visit?.(value, count);
    });
    this.#budget.spend("rowsMax", sum);
    return sum;
  }

  /** A column of differences that may go anywhere, such as times. */
  steps(spec: number, rows: number): void {
    const found = walkRuns(this.#bytes(spec), readSigned, (step) => {
      if (step === undefined) throw bad(`${name(spec)} holds a null`);
    });
    this.#sameRows(spec, found, rows, "no nulls");
  }

  /**
   * A column of strings. A run repeats one string without repeating its bytes, and Automerge
   * unfolds it when it materialises; so each repetition counts as inflated bytes.
   */
  strings(spec: number, rows: number): void {
    const found = walkRuns(this.#bytes(spec), readPrefixed, (text, count) => {
      if (text === undefined) return;
      if (!isUtf8(text)) throw bad(`${name(spec)} is not UTF-8`);
      this.#budget.spend("inflatedBytesMax", text.length * (count - 1));
    });
    this.#sameRows(spec, found, rows, "nullable");
  }

  /** A column of yes and no. */
  booleans(spec: number, rows: number, nulls: Nulls): void {
    const found = countBooleans(this.#bytes(spec));
    this.#sameRows(spec, found, rows, nulls);
  }

  #bytes(spec: number): Uint8Array {
    return this.#columns.get(spec) ?? NOTHING;
  }

  /** An absent or empty column is all null (or all false). */
  #sameRows(spec: number, found: number, rows: number, nulls: Nulls): void {
    if (found === rows || (found === 0 && nulls === "nullable")) return;
    throw bad(`${name(spec)} has ${found} rows and its table ${rows}`);
  }
}

const NOTHING = new Uint8Array(0);

/** How messages name a column. */
function name(spec: number): string {
  return `column 0x${spec.toString(16).padStart(2, "0")}`;
}
