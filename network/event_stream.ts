/**
 * What happens, for as many as want to know.
 *
 * @module
 */

/** Events that wait for one reader; beyond, the oldest are dropped and counted. */
export const EVENTS_BUFFERED_MAX: number = 4096;

/**
 * Hands each event to every reader that is there when it happens.
 *
 * @example A reader gets what happens after it began
 * ```ts
 * import { EventStream } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * const stream = new EventStream<string>();
 * const reader = stream[Symbol.asyncIterator]();
 * stream.emit("hello");
 * stream.close();
 * assertEquals(await reader.next(), { done: false, value: "hello" });
 * assertEquals((await reader.next()).done, true);
 * ```
 */
export class EventStream<Event> implements AsyncIterable<Event> {
  readonly #readers: Set<Reader<Event>> = new Set();
  #dropped = 0;
  #isClosed = false;

  /** How many readers there are. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Events that a reader did not get because it was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Tells every reader. */
  emit(event: Event): void {
    for (const reader of this.#readers) {
      if (!reader.push(event)) this.#dropped++;
    }
  }

  /** Ends every reader once it has read what waits for it; new ones end at once. */
  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }

  /** A reader of what happens from now on; leaving its loop ends it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
    const reader = new Reader<Event>(() => this.#readers.delete(reader));
    if (this.#isClosed) reader.end();
    else this.#readers.add(reader);
    return reader;
  }
}

class Reader<Event> implements AsyncIterableIterator<Event> {
  readonly #leave: () => void;
  readonly #events: Event[] = [];
  #waiting: ((result: IteratorResult<Event>) => void)[] = [];
  #isEnded = false;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  push(event: Event): boolean {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next({ done: false, value: event });
      return true;
    }
    this.#events.push(event);
    if (this.#events.length <= EVENTS_BUFFERED_MAX) return true;
    this.#events.shift();
    return false;
  }

  end(): void {
    this.#isEnded = true;
    for (const next of this.#waiting.splice(0)) next({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Event>> {
    if (this.#events.length > 0) {
      return Promise.resolve({ done: false, value: this.#events.shift()! });
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<Event>> {
    this.#leave();
    this.#events.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
    return this;
  }
}
