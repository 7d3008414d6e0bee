/**
 * Watches what a query returns.
 */
import { Subscription } from "./_watch.ts";
import type { NumberedCommit, Waiting, Watch, WatchSetup } from "./_watch.ts";
import type { LiveRows } from "./watch.ts";

/** What a live query needs. */
export interface QueryWatchSetup extends Omit<WatchSetup<LiveRows>, "weightOf" | "keepsLatest"> {
  /** The tables that it reads, in lower case; they may be others after a change of the schema. */
  readonly readTables: () => ReadonlySet<string>;
  readonly run: () => LiveRows;
  /** Called when it reads other tables than before. */
  readonly onTables: () => void;
}

/** Runs its query again when it may have another answer; what it missed meanwhile does not count. */
export class QueryWatch implements Watch {
  readonly windowMs: number;
  readonly subscription: Subscription<LiveRows>;
  readonly #setup: QueryWatchSetup;
  #tables: ReadonlySet<string>;
  #waiting: Pick<NumberedCommit, "number" | "depth"> | undefined;

  /** @param first As which commit the rows that are there already count. */
  constructor(setup: QueryWatchSetup, first: Pick<NumberedCommit, "number" | "depth">) {
    this.windowMs = setup.windowMs;
    this.#setup = setup;
    this.#tables = setup.readTables();
    this.#waiting = first;
    this.subscription = new Subscription({ ...setup, weightOf: () => 1, keepsLatest: true });
  }

  get tables(): ReadonlySet<string> {
    return this.#tables;
  }

  note(commit: NumberedCommit): boolean {
    if (!commit.changesSchema && this.#tables.isDisjointFrom(commit.tables)) return false;
    this.#waiting = { number: commit.number, depth: commit.depth };
    return true;
  }

  take(): readonly Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting === undefined ? [] : [{ ...waiting, deliver: () => this.#deliver() }];
  }

  [Symbol.dispose](): void {
    this.subscription[Symbol.dispose]();
  }

  #deliver(): unknown {
    if (this.subscription.isEnded) return undefined;
    const tables = this.#setup.readTables();
    if (tables.symmetricDifference(this.#tables).size > 0) {
      this.#tables = tables;
      this.#setup.onTables();
    }
    return this.subscription.deliver(this.#setup.run());
  }
}
