/**
 * Saves and deletes single rows, with the hooks that look at them before.
 */
import type { TableInfo } from "./_catalog.ts";
import type { StatementFacts } from "./_authority.ts";
import type { RunResult } from "./_connection.ts";
import { SET_PREFIX, TableStatements } from "./_table_statements.ts";
import type { TableStatement } from "./_table_statements.ts";
import type { Transactor } from "./_transactor.ts";
import { CapsuleError } from "./errors.ts";
import type { SaveHookRegistry } from "./save_hooks.ts";
import { boundParams, boundValue } from "./sql_value.ts";
import type { BoundParams, BoundValue, Row, RowKey, SqlParams } from "./sql_value.ts";

/** Writes to tables by their names. */
export class RowWriter {
  readonly #transactor: Transactor;
  readonly #saves: SaveHookRegistry;
  readonly #statements: TableStatements;

  constructor(transactor: Transactor, saves: SaveHookRegistry) {
    this.#transactor = transactor;
    this.#saves = saves;
    this.#statements = new TableStatements(transactor);
  }

  insert(table: string, values: Readonly<Row>): number | bigint {
    return this.#saving(() => this.#insert(table, values));
  }

  #insert(table: string, values: Readonly<Row>): number | bigint {
    const data = this.#before(table, values, "INSERT");
    const columns = Object.keys(data);
    const statement = this.#statements.insert(table, columns);
    const { lastInsertRowId } = this.#run(statement, {
      named: undefined,
      values: boundValues(columns, data),
    });
    const { type, hasRowId, key } = statement.table;
    if (hasRowId || type !== "table") return lastInsertRowId;
    const [value] = key.map((column) => data[column]);
    return key.length === 1 && isInteger(value) ? value : 0;
  }

  /** As `insert`, where that is one step of SQLite; see `KeptStatements`. */
  insertKept(
    table: string,
    values: Readonly<Row>,
    permit?: (facts: StatementFacts) => void,
  ): { readonly value: number | bigint } | undefined {
    if (this.#saves.asksBefore || !this.#transactor.isUnheard) return undefined;
    const columns = Object.keys(values);
    const statement = this.#statements.keptInsert(table, columns);
    if (statement === undefined) return undefined;
    const { prepared, what, table: { hasRowId } } = statement;
    if (!hasRowId || prepared.mayKeepPart || this.#transactor.catalog.mayKeepPart) return undefined;
    this.#transactor.check(prepared);
    permit?.(prepared.facts);
    prepared.statement.readBigInts(); // or else a large number had to be read again
    const bound = { named: undefined, values: boundValues(columns, values) };
    const { connection } = this.#transactor;
    return { value: connection.guard(what, () => connection.run(prepared, bound)).lastInsertRowId };
  }

  update(table: string, id: RowKey, values: Readonly<Row>): boolean {
    return this.#saving(() => this.#update(table, id, values));
  }

  #update(table: string, id: RowKey, values: Readonly<Row>): boolean {
    const data = this.#before(table, values, "UPDATE");
    const columns = columnsToSet(table, data);
    const statement = this.#statements.update(table, columns);
    const bound = [...boundValues(columns, data), ...boundKey(statement.table, id)];
    return this.#changes(statement, { named: undefined, values: bound }) > 0;
  }

  updateWhere(table: string, where: string, params: SqlParams, values: Readonly<Row>): number {
    return this.#saving(() => this.#updateWhere(table, where, params, values));
  }

  #updateWhere(table: string, where: string, params: SqlParams, values: Readonly<Row>): number {
    const data = this.#before(table, values, "UPDATE");
    const columns = columnsToSet(table, data);
    const statement = this.#statements.updateWhere(table, columns, where);
    const { named, values: bound } = boundParams([params]);
    const set = Object.fromEntries(
      boundValues(columns, data).map((value, index) => [`${SET_PREFIX}${index}`, value]),
    );
    return this.#changes(statement, {
      named: { ...named, ...set },
      values: bound,
    });
  }

  delete(table: string, id: RowKey): boolean {
    const statement = this.#statements.delete(table);
    const values = boundKey(statement.table, id);
    return this.#changes(statement, { named: undefined, values }) > 0;
  }

  deleteWhere(table: string, where: string, params: SqlParams): number {
    const statement = this.#statements.deleteWhere(table, where);
    return this.#changes(statement, boundParams([params]));
  }

  /** What hooks write while they look at a row is undone if that is not saved. */
  #saving<Result>(work: () => Result): Result {
    return this.#saves.asksBefore ? this.#transactor.atomically(work) : work();
  }

  #before(table: string, values: Readonly<Row>, operation: "INSERT" | "UPDATE"): Readonly<Row> {
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw new CapsuleError("bad_value", `Cannot save into "${table}": expected a record`);
    }
    if (!this.#saves.asksBefore) return values;
    const { name } = this.#transactor.catalog.table(table);
    return this.#transactor.permitting(
      undefined, // a hook is somebody else
      () => this.#saves.before(name, values, operation),
    );
  }

  #changes(statement: TableStatement, params: BoundParams): number {
    return this.#run(statement, params).changes;
  }

  #run({ what, prepared }: TableStatement, params: BoundParams): RunResult {
    return this.#transactor.perform(
      what,
      prepared,
      () => this.#transactor.connection.run(prepared, params),
    );
  }
}

function columnsToSet(table: string, data: Readonly<Row>): string[] {
  const columns = Object.keys(data);
  if (columns.length > 0) return columns;
  throw new CapsuleError("bad_value", `Cannot update "${table}": no column was given`);
}

function boundValues(columns: readonly string[], data: Readonly<Row>): BoundValue[] {
  return columns.map((column) => boundValue(data[column]));
}

function boundKey({ name, key }: TableInfo, id: RowKey): BoundValue[] {
  const values: readonly unknown[] = Array.isArray(id) ? id : [id];
  if (values.length === key.length) return values.map(boundValue);
  const columns = key.map((column) => `"${column}"`).join(", ");
  throw new CapsuleError(
    "bad_value",
    `Cannot find row of "${name}": its key is ${columns}, and ${values.length} values were given`,
  );
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value);
}
