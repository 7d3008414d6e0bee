/**
 * What a transaction changes, told by temporary triggers.
 *
 * SQLite tells nobody here of its writes (node:sqlite has no update hook). Its sessions know no
 * table without a primary key, no order, and of several changes of a row only the sum. So each table
 * that somebody watches has three triggers, which hand every row before and after to a function.
 * Triggers are recursive, so that `REPLACE` has its deletes seen; temporary ones come before all
 * others, so that the order is right. A statement that fails is undone as a whole (see
 * `mayKeepPart`), so the owner of the log can undo the same here.
 */
import type { TableInfo } from "./_catalog.ts";
import type { Connection } from "./_connection.ts";
import { quotedName } from "./_sql_text.ts";
import { INTERNAL_PREFIX, LOG_FUNCTION } from "./_statement_rules.ts";
import type { RowChange } from "./row_change.ts";
import { plainRowOf } from "./sql_value.ts";
import type { Row } from "./sql_value.ts";
import { TRANSACTION_CHANGES_MAX } from "./watch.ts";

/** What a call hands over; with a shape's number it makes the first argument. */
const PART = { INSERTED: 0, DELETED: 1, BEFORE: 2, AFTER: 3 } as const;
const PARTS = 4;

/** Says that the rest of a row comes with another call: functions take 1000 arguments at most. */
const MORE = -1;
const ARGUMENTS_MAX = 900;

/** A table as it was when rows of it were handed over. */
interface Shape {
  readonly id: number;
  readonly table: string;
  readonly columns: readonly string[];
}

/** What was taken from the log. */
export interface LoggedChanges {
  readonly changes: readonly RowChange[];
  /** Whether there are more than are handed on. */
  readonly isCutOff: boolean;
}

/** Attaches triggers to tables, and keeps what they tell until it is taken. */
export class ChangeLog {
  readonly #connection: Connection;
  readonly #shapes: Shape[] = [];
  #attached: ReadonlyMap<string, Shape> = new Map();
  #changes: RowChange[] = [];
  /** How many changes there are, with those that are beyond the limit and not kept. */
  #count = 0;
  #before: Row = {};
  /** The first part of a row with many columns. */
  #begun: unknown[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    const options = { varargs: true, useBigIntArguments: true };
    connection.db.function(LOG_FUNCTION, options, (kind: unknown, ...values: unknown[]) => {
      this.#log(Number(kind), values);
      return null;
    });
  }

  /** The names of tables that have triggers. */
  get attached(): ReadonlyMap<string, unknown> {
    return this.#attached;
  }

  /** How many changes wait; see {@linkcode ChangeLog.undo}. */
  get count(): number {
    return this.#count;
  }

  /** Forgets what was told after there were as many changes as this. */
  undo(count: number): void {
    this.#count = count;
    this.#begun = [];
    if (this.#changes.length > count) this.#changes.length = count;
  }

  /** What was told since the last call, in the order in which it happened. */
  take(): LoggedChanges {
    const isCutOff = this.#count > TRANSACTION_CHANGES_MAX;
    const changes = isCutOff ? [] : this.#changes;
    this.#changes = [];
    this.#count = 0;
    return { changes, isCutOff };
  }

  /** Makes the triggers that should be there, and removes others. */
  attach(tables: readonly TableInfo[]): void {
    const present = new Map(
      this.#connection.internal(
        "SELECT name, tbl_name FROM temp.sqlite_schema WHERE type = 'trigger'",
      ).map(([name, table]) => [String(name), table]),
    );
    const attached = new Map<string, Shape>();
    for (const table of tables) {
      const shape = this.#shapeOf(table);
      attached.set(shape.table, shape);
      for (const { name, sql } of triggersOf(shape)) {
        const isThere = present.get(name) === shape.table;
        if (present.delete(name) && !isThere) this.#drop(name);
        if (!isThere) this.#connection.once(sql);
      }
    }
    for (const name of present.keys()) this.#drop(name);
    this.#attached = attached;
  }

  /** Removes the triggers of a table, which would be in the way of altering it. */
  detach(table: string): void {
    const shape = this.#attached.get(table);
    if (shape !== undefined) { for (const { name } of triggersOf(shape)) this.#drop(name); }
  }

  /** Tells of all rows of a table as made by `INSERT`. */
  logAppearance(table: string): void {
    const shape = this.#attached.get(table);
    if (shape !== undefined) this.#logAll(shape, PART.INSERTED, table);
  }

  /**
   * Tells of all rows of a table as gone by `DELETE`.
   *
   * @param from Where the rows are now, if the table has another name already.
   */
  logDisappearance(table: string, from: string = table): void {
    const shape = this.#attached.get(table);
    if (shape !== undefined) this.#logAll(shape, PART.DELETED, from);
  }

  #log(kind: number, values: unknown[]): void {
    if (kind === MORE) {
      this.#begun.push(...values);
      return;
    }
    const { table, columns } = this.#shapes[Math.floor(kind / PARTS)]!;
    const row = plainRowOf(
      columns,
      this.#begun.length === 0 ? values : [...this.#begun, ...values],
    );
    if (this.#begun.length > 0) this.#begun = [];
    switch (kind % PARTS) {
      case PART.INSERTED:
        return this.#keep({ table, operation: "INSERT", row });
      case PART.DELETED:
        return this.#keep({ table, operation: "DELETE", row });
      case PART.BEFORE:
        this.#before = row;
        return;
      case PART.AFTER:
        return this.#keep({ table, operation: "UPDATE", row, old: this.#before });
    }
  }

  #keep(change: RowChange): void {
    if (this.#count++ < TRANSACTION_CHANGES_MAX) this.#changes.push(change);
  }

  #shapeOf({ name, columns }: TableInfo): Shape {
    const isSame = (shape: Shape) =>
      shape.table === name && shape.columns.length === columns.length &&
      shape.columns.every((column, index) => column === columns[index]);
    const known = this.#shapes.find(isSame);
    if (known !== undefined) return known;
    const shape = { id: this.#shapes.length, table: name, columns };
    this.#shapes.push(shape);
    return shape;
  }

  #logAll(shape: Shape, part: number, from: string): void {
    const calls = callsFor(shape, part, quotedName).map((call) => `count(${call})`).join(", ");
    this.#connection.once(`SELECT ${calls} FROM main.${quotedName(from)}`);
  }

  #drop(trigger: string): void {
    this.#connection.once(`DROP TRIGGER IF EXISTS temp.${quotedName(trigger)}`);
  }
}

function triggersOf(shape: Shape): { readonly name: string; readonly sql: string }[] {
  const told = (part: number, row: "NEW" | "OLD") =>
    callsFor(shape, part, (column) => `${row}.${quotedName(column)}`)
      .map((call) => `SELECT ${call};`).join(" ");
  const trigger = (operation: "INSERT" | "UPDATE" | "DELETE", body: string) => {
    const name = `${INTERNAL_PREFIX}${shape.id}_${operation.toLowerCase()}`;
    const on = `main.${quotedName(shape.table)}`;
    return {
      name,
      sql: `CREATE TEMP TRIGGER ${name} AFTER ${operation} ON ${on} BEGIN ${body} END`,
    };
  };
  return [
    trigger("INSERT", told(PART.INSERTED, "NEW")),
    trigger("UPDATE", told(PART.BEFORE, "OLD") + told(PART.AFTER, "NEW")),
    trigger("DELETE", told(PART.DELETED, "OLD")),
  ];
}

/** The calls that hand over a row, of which the last has the kind. */
function callsFor(
  { id, columns }: Shape,
  part: number,
  valueOf: (column: string) => string,
): string[] {
  const calls: string[] = [];
  for (let from = 0; from < columns.length; from += ARGUMENTS_MAX) {
    const isLast = from + ARGUMENTS_MAX >= columns.length;
    const values = columns.slice(from, from + ARGUMENTS_MAX).map(valueOf);
    calls.push(`${LOG_FUNCTION}(${[isLast ? id * PARTS + part : MORE, ...values].join(", ")})`);
  }
  return calls;
}
