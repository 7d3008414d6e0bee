/**
 * What a statement may do, as SQLite itself reads it while it prepares the statement; and what it
 * will do, for those who want to know. See https://sqlite.org/c3ref/set_authorizer.html.
 */
import {
  ACTION,
  ANSWER,
  INDEX_CHANGES,
  PROGRAM_CHANGES,
  SCHEMA_CHANGES,
  WRITES,
} from "./_sqlite_actions.ts";
import { statementStart } from "./_sql_text.ts";
import type { Statement } from "./_statement.ts";
import { refusalOf } from "./_statement_rules.ts";
import type { CapsuleError } from "./errors.ts";

/** What preparing a statement told of it. Names are as SQLite spells them. */
export interface StatementFacts {
  /** Tables, views and virtual tables of which it reads columns. */
  readonly reads: ReadonlySet<string>;
  /** Tables that it writes; also what its triggers and cascades would write; and virtual tables. */
  readonly writes: ReadonlySet<string>;
  /** Tables that it makes. */
  readonly creates: readonly string[];
  /** Tables that it alters. */
  readonly alters: readonly string[];
  /** Tables whose indexes it makes or drops. */
  readonly indexes: readonly string[];
  /** Tables that it drops. */
  readonly drops: readonly string[];
  /** Whether it makes, alters or drops a table, a view or a trigger. */
  readonly changesSchema: boolean;
  /** Whether it makes or drops a view, a trigger or a virtual table, which stand for other SQL. */
  readonly changesPrograms: boolean;
  /** Whether it is a `PRAGMA`. */
  readonly isPragma: boolean;
  /** Whether a `WITH` in it refers to itself, and so may have no end. */
  readonly isRecursive: boolean;
  /** Whether it is a `SELECT`, `WITH` or `VALUES` that only reads. */
  readonly isQuery: boolean;
}

/** Answers SQLite's questions. */
export class Authority {
  /** Whether the capsule itself is at work, which may do everything. */
  isInternal = false;
  #facts: Facts | undefined;
  #refusal: CapsuleError | undefined;

  /** What SQLite calls. */
  readonly authorize = (
    action: number,
    first: string | null,
    second: string | null,
    database: string | null,
    source: string | null,
  ): number => {
    if (!this.isInternal) {
      const isDropping = this.#facts !== undefined && this.#facts.drops.length > 0;
      const refusal = refusalOf(action, { first, second, database, source }, isDropping);
      if (refusal !== undefined) {
        this.#refusal ??= refusal;
        return ANSWER.DENY;
      }
    }
    if (this.#facts !== undefined) note(this.#facts, action, first, second);
    return ANSWER.OK;
  };

  /** Prepares something and tells what it will do. */
  observe(
    prepare: () => Statement,
  ): { readonly result: Statement; readonly facts: StatementFacts } {
    const facts: Facts = {
      reads: new Set(),
      writes: new Set(),
      creates: [],
      alters: [],
      indexes: [],
      drops: [],
      changesSchema: false,
      changesPrograms: false,
      isPragma: false,
      isRecursive: false,
      isQuery: false,
    };
    this.#facts = facts;
    try {
      const result = prepare();
      facts.isQuery = QUERY.test(result.sql.slice(statementStart(result.sql))) &&
        facts.writes.size === 0;
      return { result, facts };
    } finally {
      this.#facts = undefined;
    }
  }

  /** Why the latest statement was refused, once; `undefined` if it was not. */
  takeRefusal(): CapsuleError | undefined {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    return refusal;
  }
}

interface Facts extends StatementFacts {
  readonly reads: Set<string>;
  readonly writes: Set<string>;
  readonly creates: string[];
  readonly alters: string[];
  readonly indexes: string[];
  readonly drops: string[];
  changesSchema: boolean;
  changesPrograms: boolean;
  isPragma: boolean;
  isRecursive: boolean;
  isQuery: boolean;
}

/** A statement that is sound and begins like this can be nested. */
const QUERY = /^(?:SELECT|WITH|VALUES)\b/i;

function note(facts: Facts, action: number, first: string | null, second: string | null): void {
  if (SCHEMA_CHANGES.has(action)) facts.changesSchema = true;
  if (PROGRAM_CHANGES.has(action)) facts.changesPrograms = true;
  if (INDEX_CHANGES.has(action)) facts.indexes.push(String(second));
  if (action === ACTION.PRAGMA) facts.isPragma = true;
  if (action === ACTION.RECURSIVE) facts.isRecursive = true;
  if (action === ACTION.READ) facts.reads.add(String(first));
  else if (WRITES.has(action)) facts.writes.add(String(first));
  else if (action === ACTION.CREATE_TABLE) facts.creates.push(String(first));
  else if (action === ACTION.ALTER_TABLE) facts.alters.push(String(second));
  else if (action === ACTION.DROP_TABLE) facts.drops.push(String(first));
}
