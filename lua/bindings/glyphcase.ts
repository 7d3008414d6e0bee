/**
 * `glyphcase`: the database, as a mod sees it.
 *
 * NULL is `nil`, so a row lacks the names of its empty columns. Integers are exact to 64 bits; a
 * real number that is whole comes back as an integer, which compares equal. Texts are strings, and
 * so are blobs: a string that is no UTF-8 or has U+0000 goes in as a blob, any other as a text.
 * `true` and `false` go in as 1 and 0, and tables as JSON.
 *
 * @module
 */
import type { SqlParams, SqlValue } from "../../capsule/mod.ts";
import { toPlain, toStorable } from "../_glyphcase_values.ts";
import type { ModDatabase } from "../_mod_database.ts";
import { asErrand } from "../errand.ts";
import type { QuickWork } from "../errand.ts";
import type { LuaFunction } from "../values.ts";
import { LuaMulti, withExactFloats } from "../values.ts";
import { fields, isTable, kindOf, list, text } from "./_arguments.ts";
import { callback } from "./_callback.ts";
import { nothing } from "./network.ts";

/** What the table `glyphcase` of one mod stands on. */
export interface GlyphcaseContext {
  /** The database, as far as the mod may use it. */
  readonly database: ModDatabase;
  /** Calls a function of the mod inside of a call of its own, and answers all its results. */
  readonly call: (fn: LuaFunction) => readonly unknown[];
  /** Calls a watcher of the mod; errors are reported. */
  readonly tell: (fn: LuaFunction, news: readonly unknown[]) => void;
  /** Keeps what is to end with the mod; answers how to end it before. */
  readonly own: (watcher: Disposable) => () => boolean;
}

type Binding = (...args: unknown[]) => unknown;

/**
 * The functions of the table `glyphcase`. Each is an errand: the database is never cut off in the
 * middle of its work, and what it takes is not the mod's time. Queries and inserts that were run
 * before leave nothing to be put back, so for them Lua is not left.
 */
export function glyphcaseFunctions(context: GlyphcaseContext): Record<string, Binding> {
  const { database, call } = context;
  const errand = (fn: Binding, quick?: QuickWork) => asErrand(withExactFloats(fn), quick);
  const { kept } = database;
  return {
    query: errand(
      (sql, ...params) => database.query(text(sql, "sql"), paramsOf(params)),
      (sql, ...params) => kept.query(text(sql, "sql"), paramsOf(params)),
    ),
    queryOne: errand(
      (sql, ...params) => database.queryOne(text(sql, "sql"), paramsOf(params)),
      (sql, ...params) => kept.queryOne(text(sql, "sql"), paramsOf(params)),
    ),
    queryScalar: errand(
      (sql, ...params) => database.queryScalar(text(sql, "sql"), paramsOf(params)),
      (sql, ...params) => kept.queryScalar(text(sql, "sql"), paramsOf(params)),
    ),
    insert: errand(
      (table, values) => database.insert(nameOf(table), valuesOf(values)),
      (table, values) => kept.insert(nameOf(table), valuesOf(values)),
    ),
    insertMultiple: errand((table, rows) =>
      database.insertMultiple(nameOf(table), list(rows, "rows").map(valuesOf))
    ),
    update: errand((table, id, values) =>
      database.update(nameOf(table), toStorable(id, "id"), valuesOf(values))
    ),
    updateWhere: errand((table, where, params, values) =>
      database.updateWhere(nameOf(table), text(where, "where"), given(params), valuesOf(values))
    ),
    delete: errand((table, id) => database.delete(nameOf(table), toStorable(id, "id"))),
    deleteWhere: errand((table, where, params) =>
      database.deleteWhere(nameOf(table), text(where, "where"), given(params))
    ),
    execute: errand((sql, ...params) => {
      const { changes, lastInsertRowId } = database.execute(
        text(sql, "sql"),
        params.length === 0 ? undefined : paramsOf(params),
      );
      return new LuaMulti(changes, lastInsertRowId);
    }),
    transaction: asErrand((work) => {
      const fn = callback(work, "work");
      return new LuaMulti(...database.transaction(() => call(fn)));
    }),
    dispatch: asErrand((name, payload) =>
      nothing(database.dispatch(text(name, "name"), toPlain(payload, "payload", "payload")))
    ),
    watch: asErrand((target, handler) => watch(context, target, callback(handler, "handler"))),
  };
}

/** The name of a table, or a table with `sql` and `params`. */
function watch({ database, tell, own }: GlyphcaseContext, target: unknown, fn: LuaFunction) {
  const told = (news: readonly unknown[]) => tell(fn, news);
  if (!isTable(target)) return own(database.watchTable(nameOf(target), told));
  const { sql, params } = fields(target, "target", ["sql", "params"]);
  return own(database.watchQuery(text(sql, "sql"), given(params), told));
}

function nameOf(value: unknown): string {
  return text(value, "table");
}

/** What stands behind the SQL: single values, or one table of them by place or name. */
function paramsOf(params: readonly unknown[]): SqlParams {
  return params.length === 1 && isTable(params[0]) ? given(params[0]) : params.map(paramOf);
}

function given(params: unknown): SqlParams {
  if (params === undefined) return [];
  if (Array.isArray(params)) return params.map(paramOf);
  if (!isTable(params)) {
    throw new TypeError(`bad argument 'params': expected a table, got ${kindOf(params)}`);
  }
  return mapValues(params as Record<string, unknown>, paramOf);
}

function paramOf(value: unknown): SqlValue {
  return toStorable(value, "params");
}

function valuesOf(value: unknown): Record<string, SqlValue> {
  if (!isTable(value) || Array.isArray(value)) {
    throw new TypeError(
      `bad argument 'values': expected a table with named fields, got ${kindOf(value)}`,
    );
  }
  return mapValues(value as Record<string, unknown>, (one) => toStorable(one, "values"));
}

function mapValues(
  record: Readonly<Record<string, unknown>>,
  map: (value: unknown) => SqlValue,
): Record<string, SqlValue> {
  const mapped: Record<string, SqlValue> = Object.create(null); // `__proto__` is a column like others
  for (const key of Object.keys(record)) mapped[key] = map(record[key]);
  return mapped;
}
