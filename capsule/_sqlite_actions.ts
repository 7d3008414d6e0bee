/**
 * What SQLite asks about while it prepares a statement: https://sqlite.org/c3ref/c_alter_table.html
 */

/** The numbers of the questions that matter here. */
export const ACTION = {
  CREATE_INDEX: 1,
  CREATE_TABLE: 2,
  CREATE_TEMP_INDEX: 3,
  CREATE_TEMP_TABLE: 4,
  CREATE_TEMP_TRIGGER: 5,
  CREATE_TEMP_VIEW: 6,
  CREATE_TRIGGER: 7,
  CREATE_VIEW: 8,
  DELETE: 9,
  DROP_INDEX: 10,
  DROP_TABLE: 11,
  DROP_TEMP_INDEX: 12,
  DROP_TEMP_TABLE: 13,
  DROP_TEMP_TRIGGER: 14,
  DROP_TEMP_VIEW: 15,
  DROP_TRIGGER: 16,
  DROP_VIEW: 17,
  INSERT: 18,
  PRAGMA: 19,
  READ: 20,
  TRANSACTION: 22,
  UPDATE: 23,
  ATTACH: 24,
  DETACH: 25,
  ALTER_TABLE: 26,
  CREATE_VTABLE: 29,
  DROP_VTABLE: 30,
  FUNCTION: 31,
  SAVEPOINT: 32,
  RECURSIVE: 33,
} as const;

/** The two answers. */
export const ANSWER = { OK: 0, DENY: 1 } as const;

/** What writes rows of a table. */
export const WRITES: ReadonlySet<number> = new Set([
  ACTION.INSERT,
  ACTION.UPDATE,
  ACTION.DELETE,
]);

/** What makes, alters or drops a table, a view or a trigger. */
export const SCHEMA_CHANGES: ReadonlySet<number> = new Set([
  ACTION.ALTER_TABLE,
  ACTION.CREATE_TABLE,
  ACTION.CREATE_TRIGGER,
  ACTION.CREATE_VIEW,
  ACTION.CREATE_VTABLE,
  ACTION.DROP_TABLE,
  ACTION.DROP_TRIGGER,
  ACTION.DROP_VIEW,
  ACTION.DROP_VTABLE,
]);

/** What makes or drops something that stands for other SQL. */
export const PROGRAM_CHANGES: ReadonlySet<number> = new Set([
  ACTION.CREATE_TRIGGER,
  ACTION.CREATE_VIEW,
  ACTION.CREATE_VTABLE,
  ACTION.DROP_TRIGGER,
  ACTION.DROP_VIEW,
  ACTION.DROP_VTABLE,
]);

/** What makes or drops an index of a table. */
export const INDEX_CHANGES: ReadonlySet<number> = new Set([
  ACTION.CREATE_INDEX,
  ACTION.DROP_INDEX,
]);
