import type { Capsule, SqlValue } from "../capsule/mod.ts";
import { PROJECTION_TABLES } from "../network/mod.ts";
import type { ProjectedRow, ProjectionTable, ProjectionTarget } from "../network/mod.ts";

import { GlyphCaseError } from "./glyphcase_errors.ts";

type Value = string | number | boolean | null;

/**
 * The tables of a network inside of a capsule, where mods can watch them: `realms`, `members`,
 * `messages`, `documents`, `artifacts`, `grants` and `contacts`.
 *
 * The network's documents are the truth. Only rows that differ are written, so a watcher hears of
 * what is new and of nothing else.
 *
 * @example A message becomes a row
 * ```ts
 * import { Capsule } from "@indras/toolkit/capsule";
 * import { CapsuleProjection } from "@indras/toolkit/lua";
 * import { IndrasNetwork, SimulatedWorld } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * using capsule = Capsule.open();
 * const world = new SimulatedWorld({ seed: "7" });
 * const projection = new CapsuleProjection(capsule);
 * using ada = IndrasNetwork.create({ transport: world, sources: world.sources("ada"), projection });
 * ada.start();
 * ada.createRealm("Sailing").send("Who sails?");
 * world.settle();
 * assertEquals(capsule.queryScalar("SELECT content FROM messages"), "Who sails?");
 * ```
 */
export class CapsuleProjection implements ProjectionTarget {
  readonly #capsule: Capsule;
  readonly #tables: ReadonlyMap<string, ProjectionTable> = new Map(
    PROJECTION_TABLES.map((table) => [table.name, table]),
  );

  /**
   * Makes the tables that are missing.
   *
   * @throws {GlyphCaseError} `table_taken` if there is one of the name with other columns.
   */
  constructor(capsule: Capsule) {
    this.#capsule = capsule;
    capsule.transaction(() => {
      for (const table of PROJECTION_TABLES) this.#make(table);
    });
  }

  /** Runs writes, all or nothing. */
  transact<Result>(work: () => Result): Result {
    return this.#capsule.transaction(work);
  }

  /** Makes the rows with some values exactly these. */
  replaceRows(table: string, scope: ProjectedRow, rows: readonly ProjectedRow[]): void {
    const { key } = this.#table(table);
    const keyOf = (row: ProjectedRow) => JSON.stringify(key.map((column) => row[column]));
    const wanted = new Set(rows.map(keyOf));
    this.transact(() => {
      for (const row of this.rows(table, scope, key)) {
        if (!wanted.has(keyOf(row))) this.delete(table, row);
      }
      this.upsert(table, rows);
    });
  }

  /** Writes rows in the place of those with the same key, where they differ. */
  upsert(table: string, rows: readonly ProjectedRow[]): void {
    const { key, columns } = this.#table(table);
    const names = Object.keys(columns);
    const others = names.filter((name) => !key.includes(name));
    const list = (of: readonly string[], each: (name: string) => string, by = ", ") =>
      of.map(each).join(by);
    const differs = list(others, (name) => `"${name}" IS NOT excluded."${name}"`, " OR ");
    const sql = `INSERT INTO "${table}" (${list(names, (name) => `"${name}"`)})
      VALUES (${list(names, () => "?")})
      ON CONFLICT (${list(key, (name) => `"${name}"`)}) DO UPDATE
      SET ${list(others, (name) => `"${name}" = excluded."${name}"`)} WHERE ${differs}`;
    this.transact(() => {
      for (const row of rows) this.#capsule.execute(sql, names.map((name) => row[name] ?? null));
    });
  }

  /** Deletes the rows with some values; `{}` for all of them. */
  delete(table: string, where: ProjectedRow): void {
    const { sql, params } = conditionOf(where);
    this.#capsule.execute(`DELETE FROM "${this.#table(table).name}" ${sql}`, params);
  }

  /** Deletes every row. */
  clear(): void {
    this.transact(() => {
      for (const name of this.#tables.keys()) this.delete(name, {});
    });
  }

  /** The rows with some values, in their order; all columns unless some are named. */
  rows(
    table: string,
    where: ProjectedRow = {},
    columns?: readonly string[],
  ): readonly ProjectedRow[] {
    const { name, key, order = key, columns: all } = this.#table(table);
    const names = columns ?? Object.keys(all);
    const { sql, params } = conditionOf(where);
    const quoted = (of: readonly string[]) => of.map((one) => `"${one}"`).join(", ");
    const found = this.#capsule.query(
      `SELECT ${quoted(names)} FROM "${name}" ${sql} ORDER BY ${quoted(order)}`,
      params,
    );
    return found.map((row) =>
      Object.fromEntries(names.map((column) => [column, decoded(row[column], all[column]!)]))
    );
  }

  /** The keys of the rows with a text in them, in their order. Every row is looked at. */
  search(table: string, where: ProjectedRow, text: string): readonly ProjectedRow[] {
    const { key, search } = this.#table(table);
    if (search === undefined) {
      throw new TypeError(`Cannot search table "${table}": it has no texts`);
    }
    const folded = search.fold(text);
    const rows = this.rows(table, where, [...new Set([...key, ...search.columns])]);
    return rows.filter((row) => search.textOf(row)?.includes(folded))
      .map((row) => Object.fromEntries(key.map((column) => [column, row[column]!])));
  }

  /** The file of a capsule is not made again by itself. */
  recover(): boolean {
    return false;
  }

  #table(name: string): ProjectionTable {
    const table = this.#tables.get(name);
    if (table !== undefined) return table;
    throw new TypeError(`Cannot use table "${name}": it is not one of a network's`);
  }

  #make({ name, columns, key }: ProjectionTable): void {
    const present = this.#capsule
      .query("SELECT name FROM pragma_table_info(?)", [name]).map((row) => row["name"]);
    if (JSON.stringify(present) === JSON.stringify(Object.keys(columns))) return;
    if (present.length > 0) {
      throw new GlyphCaseError(
        "table_taken",
        `Cannot project into "${name}": there is a table of that name with other columns`,
      );
    }
    const defined = Object.entries(columns).map(([column, type]) =>
      `"${column}" ${SQL_TYPES[type.replace("?", "")]}${type.endsWith("?") ? "" : " NOT NULL"}`
    );
    const primary = key.map((column) => `"${column}"`).join(", ");
    this.#capsule.execute(
      `CREATE TABLE "${name}" (${defined.join(", ")}, PRIMARY KEY (${primary}))`,
    );
  }
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  text: "TEXT",
  integer: "INTEGER",
  real: "REAL",
  boolean: "INTEGER",
};

function conditionOf(where: ProjectedRow): { sql: string; params: Value[] } {
  const entries = Object.entries(where);
  if (entries.length === 0) return { sql: "", params: [] };
  const sql = `WHERE ${entries.map(([column]) => `"${column}" IS ?`).join(" AND ")}`;
  return { sql, params: entries.map(([, value]) => value) };
}

function decoded(value: SqlValue | undefined, type: string): Value {
  if (value === null || value === undefined) return null;
  return type.startsWith("boolean") ? value === 1 : value as Value;
}
