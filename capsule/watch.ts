/**
 * Who wants to know what a transaction changed, or what a query returns now.
 *
 * @module
 */
import type { Row, SqlParams } from "./sql_value.ts";

/** A query that is answered again whenever a table that it reads has changed. */
export interface LiveQuery {
  /** One statement that only reads. */
  readonly sql: string;
  /** What stands for its parameters. */
  readonly params?: SqlParams;
}

/** How something is watched. */
export interface WatchOptions {
  /**
   * For how long changes are gathered into one delivery, in milliseconds, from the first on. With 0
   * each transaction is delivered on its own, in the next turn of the event loop.
   *
   * @default {0}
   */
  readonly windowMs?: number;
}

/**
 * A subscription; disposing it ends it, and so does leaving the last loop over one that has no
 * handler. A loop reads what is delivered from its beginning on.
 */
export interface Watcher<Delivery> extends Disposable, AsyncIterable<Delivery> {}

/** Called with what is delivered. What it throws, or its promise rejects with, is reported. */
export type WatchHandler<Delivery> = (delivery: Delivery) => unknown;

/** Called with all rows that a live query returns. */
export type LiveRows = readonly Row[];

/**
 * Runs work once, later: after `windowMs` milliseconds, or in the next turn of the event loop for 0.
 * What it returns, if anything, cancels that.
 */
export type Schedule = (work: () => void, windowMs: number) => (() => void) | void;

/**
 * Changes that wait for one watcher or one loop. Beyond, whole transactions are left out for it, and
 * reported as `watch_overflow`; a loop ends with that error.
 */
export const WATCH_CHANGES_MAX: number = 200_000;

/**
 * Changes of one transaction that hooks and watchers are told. Of a larger one they are told
 * nothing, which is reported as `watch_overflow`; live queries are answered again.
 */
export const TRANSACTION_CHANGES_MAX: number = 1_000_000;

/**
 * How often watchers may be the cause of one another. What they write beyond is not delivered but
 * reported as `watch_loop`.
 */
export const WATCH_DEPTH_MAX: number = 100;
