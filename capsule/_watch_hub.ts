/**
 * Delivers what was committed to those who watch it: later, and in the order of the commits.
 */
import { clearImmediate, setImmediate } from "node:timers";
import type { Commit } from "./_transactor.ts";
import type { NumberedCommit, Waiting, Watch } from "./_watch.ts";
import { CapsuleError } from "./errors.ts";
import { WATCH_DEPTH_MAX } from "./watch.ts";
import type { Schedule } from "./watch.ts";

/** A turn of the event loop, or a timer. */
export const systemSchedule: Schedule = (work, windowMs) => {
  if (windowMs > 0) {
    const timer = setTimeout(work, windowMs);
    return () => clearTimeout(timer);
  }
  const immediate = setImmediate(work);
  return () => clearImmediate(immediate);
};

/** How deliveries are made. */
export interface WatchHubOptions {
  readonly schedule: Schedule;
  readonly onError: (error: unknown) => void;
  /** Called when other tables are watched than before. */
  readonly onWanted: () => void;
}

/** Knows all watchers. */
export class WatchHub implements Disposable {
  readonly #options: WatchHubOptions;
  readonly #watches: Set<Watch> = new Set();
  /** The watchers whose delivery is scheduled, by the window in which it is. */
  readonly #due: Map<Watch | "turn", Due> = new Map();
  #tables: ReadonlySet<string> | undefined;
  #commits = 0;
  /** Of what is being delivered, so that what its handler writes counts as caused by it. */
  #depth = 0;

  constructor(options: WatchHubOptions) {
    this.#options = options;
  }

  /** The names, in lower case, of all tables that somebody watches. */
  get tables(): ReadonlySet<string> {
    return this.#tables ??= new Set([...this.#watches].flatMap(({ tables }) => [...tables]));
  }

  /** As which commit the present counts, for somebody who begins to watch. */
  get now(): Pick<NumberedCommit, "number" | "depth"> {
    return { number: this.#commits, depth: this.#depth };
  }

  /** Begins to deliver to somebody. */
  add(watch: Watch): void {
    this.#watches.add(watch);
    this.wantOthers();
  }

  /** Ends it. */
  remove(watch: Watch): void {
    if (!this.#watches.delete(watch)) return;
    this.#due.get(watch)?.cancel();
    this.#due.delete(watch);
    this.wantOthers();
  }

  /** Takes note of a commit. */
  note(commit: Commit): void {
    if (this.#watches.size === 0) return;
    const numbered = { ...commit, number: ++this.#commits, depth: this.#depth };
    if (numbered.depth > WATCH_DEPTH_MAX) return this.#reportLoop(numbered);
    for (const watch of this.#watches) if (watch.note(numbered)) this.schedule(watch);
  }

  /** Sees to it that what waits for a watcher is delivered. */
  schedule(watch: Watch): void {
    const key = watch.windowMs > 0 ? watch : "turn";
    if (this.#due.has(key)) return;
    // A schedule may do its work at once.
    const due: Due = { cancel: () => {} };
    this.#due.set(key, due);
    const cancel = this.#options.schedule(() => {
      if (this.#due.get(key) !== due) return;
      this.#due.delete(key);
      this.#deliver(key === "turn" ? this.#withoutWindow() : [watch]);
    }, watch.windowMs);
    if (cancel !== undefined) due.cancel = cancel;
  }

  /** Delivers what waits now, in all windows; what handlers write meanwhile waits again. */
  flush(): void {
    for (const { cancel } of this.#due.values()) cancel();
    this.#due.clear();
    this.#deliver([...this.#watches]);
  }

  /** Ends everything; what waits is not delivered. */
  [Symbol.dispose](): void {
    for (const { cancel } of this.#due.values()) cancel();
    this.#due.clear();
    for (const watch of this.#watches) watch[Symbol.dispose]();
  }

  #withoutWindow(): Watch[] {
    return [...this.#watches].filter(({ windowMs }) => windowMs === 0);
  }

  #deliver(watches: readonly Watch[]): void {
    const waiting = watches.flatMap((watch) => watch.take());
    // Sorting is stable: of one commit, those who watch for longer are first.
    for (const each of waiting.toSorted((a, b) => a.number - b.number)) this.#deliverOne(each);
  }

  #deliverOne({ depth, deliver }: Waiting): void {
    const before = this.#depth;
    this.#depth = depth + 1;
    try {
      const result = deliver();
      if (result instanceof Promise) result.catch(this.#options.onError);
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#depth = before;
    }
  }

  #reportLoop({ tables }: Commit): void {
    const names = [...tables].map((name) => `"${name}"`).join(", ");
    this.#options.onError(
      new CapsuleError(
        "watch_loop",
        `Cannot deliver changes of ${names}: watchers caused one another ${WATCH_DEPTH_MAX} times`,
      ),
    );
  }

  /** Says that a watcher wants to know of other tables than before. */
  wantOthers(): void {
    this.#tables = undefined;
    this.#options.onWanted();
  }
}

interface Due {
  cancel: () => void;
}
