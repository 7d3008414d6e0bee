/**
 * Watches one table.
 */
import { Subscription } from "./_watch.ts";
import type { NumberedCommit, Waiting, Watch, WatchSetup } from "./_watch.ts";
import { CapsuleError } from "./errors.ts";
import type { RowChange } from "./row_change.ts";
import { WATCH_CHANGES_MAX } from "./watch.ts";

/** Keeps the changes of its table until they are delivered. */
export class TableWatch implements Watch {
  readonly windowMs: number;
  readonly tables: ReadonlySet<string>;
  readonly subscription: Subscription<readonly RowChange[]>;
  readonly #onError: (error: unknown) => void;
  #waiting: Batch[] = [];
  #weight = 0;
  #isOverflowing = false;

  constructor(
    table: string,
    { onError, ...setup }:
      & Omit<WatchSetup<readonly RowChange[]>, "weightOf" | "keepsLatest">
      & { readonly onError: (error: unknown) => void },
  ) {
    this.windowMs = setup.windowMs;
    this.tables = new Set([table.toLowerCase()]);
    this.#onError = onError;
    this.subscription = new Subscription({
      ...setup,
      weightOf: ({ length }) => length,
      keepsLatest: false,
    });
  }

  note(commit: NumberedCommit): boolean {
    const [table] = this.tables;
    if (!commit.tables.has(table!)) return false;
    const changes = changesOf(table!, commit);
    const weight = this.#weight + changes.length;
    // One transaction is kept, however large it is.
    if (commit.isCutOff || (weight > WATCH_CHANGES_MAX && this.#waiting.length > 0)) {
      this.#overflow(table!);
      return false;
    }
    this.#weight = weight;
    this.#waiting.push({ number: commit.number, depth: commit.depth, changes });
    return true;
  }

  take(): readonly Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#weight = 0;
    this.#isOverflowing = false;
    const batches = this.windowMs > 0 && waiting.length > 1 ? [merged(waiting)] : waiting;
    return batches.map(({ number, depth, changes }) => ({
      number,
      depth,
      deliver: () => this.subscription.isEnded ? undefined : this.subscription.deliver(changes),
    }));
  }

  [Symbol.dispose](): void {
    this.subscription[Symbol.dispose]();
  }

  #overflow(table: string): void {
    if (this.#isOverflowing) return;
    this.#isOverflowing = true;
    this.#onError(
      new CapsuleError(
        "watch_overflow",
        `Cannot keep changes of "${table}" for a watcher: more than ${WATCH_CHANGES_MAX} wait, ` +
          "so transactions are left out until these are delivered",
      ),
    );
  }
}

interface Batch {
  readonly number: number;
  readonly depth: number;
  readonly changes: readonly RowChange[];
}

/** Most transactions write one table only. */
function changesOf(table: string, { changes, tables }: NumberedCommit): readonly RowChange[] {
  return tables.size === 1
    ? changes
    : changes.filter((change) => change.table.toLowerCase() === table);
}

function merged(batches: readonly Batch[]): Batch {
  return {
    number: batches[0]!.number,
    depth: Math.max(...batches.map(({ depth }) => depth)),
    changes: batches.flatMap(({ changes }) => changes),
  };
}
