/**
 * What is delivered, for those who read it in a loop.
 */
import { CapsuleError } from "./errors.ts";

/** How a feed keeps what its readers have not read yet. */
export interface FeedOptions<Item> {
  /** How much one item counts towards the limit. */
  readonly weightOf: (item: Item) => number;
  /** Beyond it a reader's loop ends with `watch_overflow`. */
  readonly weightMax: number;
  /** Whether a new item takes the place of those that wait. */
  readonly keepsLatest: boolean;
  /** Called when the last reader has left. */
  readonly onLeft: () => void;
}

/** Hands every item to every reader that is there at that moment. */
export class Feed<Item> {
  readonly #options: FeedOptions<Item>;
  readonly #readers: Set<Reader<Item>> = new Set();

  constructor(options: FeedOptions<Item>) {
    this.#options = options;
  }

  /** Hands on an item. */
  push(item: Item): void {
    for (const reader of this.#readers) reader.push(item);
  }

  /** Ends all loops, once they have read what waits. */
  end(): void {
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }

  /** A reader of what comes from now on. */
  read(): AsyncIterableIterator<Item> {
    const reader: Reader<Item> = new Reader(this.#options, () => {
      if (this.#readers.delete(reader) && this.#readers.size === 0) this.#options.onLeft();
    });
    this.#readers.add(reader);
    return reader;
  }
}

class Reader<Item> implements AsyncIterableIterator<Item> {
  readonly #options: FeedOptions<Item>;
  readonly #leave: () => void;
  readonly #asked: PromiseWithResolvers<IteratorResult<Item>>[] = [];
  #waiting: Item[] = [];
  /** How many of those were read; taking them out one by one would move all others. */
  #read = 0;
  #weight = 0;
  #failure: CapsuleError | undefined;
  #isEnded = false;

  constructor(options: FeedOptions<Item>, leave: () => void) {
    this.#options = options;
    this.#leave = leave;
  }

  push(item: Item): void {
    const asked = this.#asked.shift();
    if (asked !== undefined) return asked.resolve({ value: item, done: false });
    const { keepsLatest, weightOf, weightMax } = this.#options;
    if (keepsLatest) this.#drop();
    this.#weight = keepsLatest ? 0 : this.#weight + weightOf(item);
    // One item is kept, however large it is.
    if (this.#weight > weightMax && this.#waiting.length > this.#read) {
      this.#failure = new CapsuleError(
        "watch_overflow",
        `Cannot keep more for a loop: ${weightMax} wait that it has not read`,
      );
      this.end();
      this.#leave();
    } else this.#waiting.push(item);
  }

  end(): void {
    this.#isEnded = true;
    for (const asked of this.#asked.splice(0)) asked.resolve({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<Item>> {
    if (this.#waiting.length > this.#read) {
      const value = this.#waiting[this.#read++]!;
      if (this.#read === this.#waiting.length) this.#drop();
      this.#weight -= this.#options.keepsLatest ? 0 : this.#options.weightOf(value);
      return Promise.resolve({ value, done: false });
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true });
    const asked = Promise.withResolvers<IteratorResult<Item>>();
    this.#asked.push(asked);
    return asked.promise;
  }

  return(): Promise<IteratorResult<Item>> {
    this.#drop();
    this.end();
    this.#leave();
    return Promise.resolve({ value: undefined, done: true });
  }

  #drop(): void {
    this.#waiting = [];
    this.#read = 0;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Item> {
    return this;
  }
}
