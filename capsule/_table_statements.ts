/**
 * The statements of `insert`, `update` and `delete`, made of names that exist.
 */
import type { Catalog, TableInfo } from "./_catalog.ts";
import type { Prepared } from "./_connection.ts";
import { quotedName } from "./_sql_text.ts";
import type { Transactor } from "./_transactor.ts";

/** A statement for one table. */
export interface TableStatement {
  /** What cannot be done if it fails. */
  readonly what: string;
  readonly table: TableInfo;
  readonly prepared: Prepared;
}

/** Statements that are kept; beyond, all are made again. */
const KEPT_MAX = 256;

/** What stands for the new value of a column where a condition has parameters of its own. */
export const SET_PREFIX = "_capsule_set_";

const VERBS: Readonly<Record<string, string>> = {
  insert: "insert into",
  update: "update",
  updateWhere: "update",
  delete: "delete from",
  deleteWhere: "delete from",
};

/** Makes each statement once, until a table changes. */
export class TableStatements {
  readonly #transactor: Transactor;
  readonly #kept: Map<string, TableStatement> = new Map();
  /** By table: the next row mostly has the columns of the one before. */
  readonly #latest: Map<string, Latest> = new Map();
  #version = -1;

  constructor(transactor: Transactor) {
    this.#transactor = transactor;
  }

  /** Takes the values of these columns, in their order. */
  insert(table: string, columns: readonly string[]): TableStatement {
    const latest = this.#latest.get(table);
    if (latest !== undefined && this.#isUpToDate() && isSame(latest.columns, columns)) {
      return latest.statement;
    }
    const statement = this.#insert(table, columns);
    this.#latest.set(table, { columns, statement });
    return statement;
  }

  /** The same if it was the latest for that table. Taking it changes nothing here. */
  keptInsert(table: string, columns: readonly string[]): TableStatement | undefined {
    const latest = this.#latest.get(table);
    const isKept = latest !== undefined && this.#isUpToDate() && isSame(latest.columns, columns);
    return isKept ? latest.statement : undefined;
  }

  #insert(table: string, columns: readonly string[]): TableStatement {
    return this.#make(["insert", table, ...columns], (info, catalog) => {
      const into = `INSERT INTO main.${quotedName(info.name)}`;
      if (columns.length === 0) return `${into} DEFAULT VALUES`;
      const names = columns.map((column) => quotedName(catalog.column(info, column)));
      return `${into} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
    });
  }

  /** Takes the values of these columns, and then those of the key. */
  update(table: string, columns: readonly string[]): TableStatement {
    return this.#make(["update", table, ...columns], (info, catalog) => {
      const set = columns.map((column) => `${quotedName(catalog.column(info, column))} = ?`);
      return `UPDATE main.${quotedName(info.name)} SET ${set.join(", ")} WHERE ${keyIs(info)}`;
    });
  }

  /** Takes the values of these columns as `:_capsule_set_0` and so on. */
  updateWhere(table: string, columns: readonly string[], where: string): TableStatement {
    return this.#make(["updateWhere", table, where, ...columns], (info, catalog) => {
      const set = columns.map((column, index) =>
        `${quotedName(catalog.column(info, column))} = :${SET_PREFIX}${index}`
      );
      const update = `UPDATE main.${quotedName(info.name)} SET ${set.join(", ")}`;
      if (info.type !== "table") return `${update} WHERE (\n${where}\n)`;
      // The condition comes first, so that its ?1 is not the first new value.
      const key = info.key.map(quotedName).join(", ");
      return `WITH _found AS (SELECT ${key} FROM main.${quotedName(info.name)} WHERE (\n${where}\n))
        ${update} WHERE (${key}) IN _found`;
    });
  }

  /** Takes the values of the key. */
  delete(table: string): TableStatement {
    return this.#make(
      ["delete", table],
      (info) => `DELETE FROM main.${quotedName(info.name)} WHERE ${keyIs(info)}`,
    );
  }

  /** Takes what the condition takes. */
  deleteWhere(table: string, where: string): TableStatement {
    return this.#make(
      ["deleteWhere", table, where],
      (info) => `DELETE FROM main.${quotedName(info.name)} WHERE (\n${where}\n)`,
    );
  }

  #isUpToDate(): boolean {
    return this.#version === this.#transactor.catalog.version;
  }

  #make(
    parts: readonly string[],
    sqlOf: (info: TableInfo, catalog: Catalog) => string,
  ): TableStatement {
    const { catalog } = this.#transactor;
    if (!this.#isUpToDate() || this.#kept.size >= KEPT_MAX) {
      this.#kept.clear();
      this.#latest.clear();
      this.#version = catalog.version;
    }
    const key = parts.join("\0");
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const table = catalog.table(parts[1]!);
    const made = {
      what: `${VERBS[parts[0]!]} "${table.name}"`,
      table,
      prepared: this.#transactor.prepare(sqlOf(table, catalog)),
    };
    this.#kept.set(key, made);
    return made;
  }
}

interface Latest {
  readonly columns: readonly string[];
  readonly statement: TableStatement;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}

function keyIs({ key }: TableInfo): string {
  return key.map((column) => `${quotedName(column)} = ?`).join(" AND ");
}
