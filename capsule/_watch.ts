/**
 * What all watchers have in common: a handler, loops, and what waits for them.
 */
import { Feed } from "./_feed.ts";
import type { Commit } from "./_transactor.ts";
import { WATCH_CHANGES_MAX } from "./watch.ts";
import type { Watcher, WatchHandler } from "./watch.ts";

/** A commit as watchers are told of it. */
export interface NumberedCommit extends Commit {
  /** Commits are delivered in the order of their numbers. */
  readonly number: number;
  /** How many watchers are the cause of one another, up to this commit. */
  readonly depth: number;
}

/** Something to be delivered. */
export interface Waiting {
  readonly number: number;
  readonly depth: number;
  /** Delivers it; may throw what the handler throws. */
  readonly deliver: () => unknown;
}

/** One watcher as the hub knows it. */
export interface Watch extends Disposable {
  readonly windowMs: number;
  /** The names, in lower case, of the tables that it wants to know of. */
  readonly tables: ReadonlySet<string>;
  /** Keeps what a commit means to it; `false` if nothing. */
  note(commit: NumberedCommit): boolean;
  /** What waits, which then waits no more. */
  take(): readonly Waiting[];
}

/** What a watch needs. */
export interface WatchSetup<Delivery> {
  readonly windowMs: number;
  readonly handler: WatchHandler<Delivery> | undefined;
  /** How much a delivery counts towards {@linkcode WATCH_CHANGES_MAX}. */
  readonly weightOf: (delivery: Delivery) => number;
  /** Whether only the latest delivery counts for a loop. */
  readonly keepsLatest: boolean;
  /** Called once when it ends. */
  readonly onEnd: () => void;
}

/** The part of a watcher that its owner sees, and through which it is delivered to. */
export class Subscription<Delivery> implements Watcher<Delivery> {
  readonly #setup: WatchSetup<Delivery>;
  readonly #feed: Feed<Delivery>;
  #isEnded = false;

  constructor(setup: WatchSetup<Delivery>) {
    this.#setup = setup;
    this.#feed = new Feed({
      weightOf: setup.weightOf,
      weightMax: WATCH_CHANGES_MAX,
      keepsLatest: setup.keepsLatest,
      onLeft: () => {
        if (setup.handler === undefined) this[Symbol.dispose]();
      },
    });
  }

  /** Whether nothing is to be delivered any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Hands it to loops and to the handler, whose promise it returns if there is one. */
  deliver(delivery: Delivery): unknown {
    this.#feed.push(delivery);
    return this.#setup.handler?.(delivery);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Delivery> {
    const reader = this.#feed.read();
    if (this.#isEnded) this.#feed.end();
    return reader;
  }

  [Symbol.dispose](): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#feed.end();
    this.#setup.onEnd();
  }
}
