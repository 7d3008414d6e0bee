/**
 * The little that is read of SQL without SQLite.
 */

/** One piece of what SQLite skips between statements: https://sqlite.org/lang_comment.html */
const SKIPPED = /[ \t\n\v\f\r\ufeff;]+|--[^\n]*|\/\*[^]*?(?:\*\/|$)/y;

/** Where the first statement of a text begins; the text's length if there is none. */
export function statementStart(sql: string): number {
  for (let start = 0;;) {
    SKIPPED.lastIndex = start;
    if (!SKIPPED.test(sql)) return start;
    start = SKIPPED.lastIndex;
  }
}

/**
 * Whether there is no statement in a text. SQLite makes no statement of such a text, and node:sqlite
 * does not survive being asked about it.
 */
export function isBlank(sql: string): boolean {
  return statementStart(sql) === sql.length;
}

/**
 * Whether a statement that fails may keep a part of what it did: then `FAIL` is in its text, or in
 * that of a table or trigger. The word may mean something else, or nothing.
 */
export function mayKeepPart(sql: string): boolean {
  return /fail/i.test(sql);
}

/** A statement without the semicolon at its end, to be put into another one. */
export function withoutEnd(sql: string): string {
  return sql.replace(/;\s*$/, "");
}

/** A name as SQL reads it, whatever word it is. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
