/**
 * The SQL of tables that are described as data.
 */
import type { ColumnType, TableDefinition } from "./tables.ts";

/** What a table or a column may be called. No name begins with `_`: those are the capsule's. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** The row's number, which its entry in the index of texts has too. Outlasts `VACUUM`. */
export const ROW_NUMBER = "_row";

/** What the index of texts of a table is called. */
export function searchName(table: string): string {
  return `${table}_search`;
}

/**
 * A definition whose names are plain words, in lower case, that exist; what it says goes into SQL.
 *
 * @throws {TypeError} for any other.
 */
export function checkDefinition(definition: TableDefinition): void {
  const { name, columns, key, order = [], search } = definition;
  const names = Object.keys(columns);
  for (const each of [name, ...names]) {
    if (!NAME.test(each)) throw new TypeError(`Cannot define table: "${each}" is no name`);
  }
  const fail = (what: string) => new TypeError(`Cannot define table "${name}": ${what}`);
  for (const type of Object.values(columns)) {
    if (!Object.hasOwn(SQL_TYPES, type)) throw fail(`"${type}" is no type`);
  }
  if (key.length === 0) throw fail("it has no key");
  for (const each of [...key, ...order, ...(search?.columns ?? [])]) {
    if (!Object.hasOwn(columns, each)) throw fail(`it has no column "${each}"`);
  }
  if (key.some((each) => columns[each]!.endsWith("?"))) {
    throw fail("a part of its key may be absent");
  }
}

/** The statements that make a table, its order and its index of texts. */
export function statementsOf({ name, columns, key, order, search }: TableDefinition): string[] {
  const lines = Object.entries(columns).map(([column, type]) =>
    `${quoted(column)} ${SQL_TYPES[type]}`
  );
  const keyColumns = key.map(quoted).join(", ");
  const statements = search === undefined
    ? [`CREATE TABLE ${quoted(name)} (${[...lines, `PRIMARY KEY (${keyColumns})`].join(", ")})
        STRICT, WITHOUT ROWID`]
    : [
      `CREATE TABLE ${quoted(name)} (${
        [`${ROW_NUMBER} INTEGER PRIMARY KEY`, ...lines, `UNIQUE (${keyColumns})`].join(", ")
      }) STRICT`,
      // It holds which row has which three characters, and no text. Texts are folded before, so
      // SQLite's own idea of upper and lower case, which is not Unicode's, has no say.
      `CREATE VIRTUAL TABLE ${quoted(searchName(name))} USING fts5(folded, content = '',
        contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1')`,
    ];
  if (order === undefined) return statements;
  const orderColumns = order.map(quoted).join(", ");
  return [
    ...statements,
    `CREATE INDEX ${quoted(`${name}_order`)} ON ${quoted(name)} (${orderColumns})`,
  ];
}

/** A name as SQL reads it, whatever word it is. */
export function quoted(name: string): string {
  return `"${name}"`;
}

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  "text": "TEXT NOT NULL",
  "text?": "TEXT",
  "integer": "INTEGER NOT NULL",
  "integer?": "INTEGER",
  "real": "REAL NOT NULL",
  "real?": "REAL",
  "boolean": "INTEGER NOT NULL",
  "boolean?": "INTEGER",
};
