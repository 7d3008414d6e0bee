/** Something that is to happen. */
export interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
  /** Whether it has happened, or will not happen after all. */
  state: "waiting" | "done" | "cancelled";
}

/**
 * What is to happen, by time; what is due at the same time, in the order in which it was scheduled.
 * A binary heap.
 */
export class EventQueue {
  readonly #heap: Scheduled[] = [];
  #order = 0;
  #cancelled = 0;

  /** How many events wait. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** When the next event is due, in milliseconds; `Infinity` if none waits. */
  get nextMs(): number {
    this.#dropCancelled();
    return this.#heap[0]?.atMs ?? Infinity;
  }

  /** Adds an event. */
  push(atMs: number, action: () => void): Scheduled {
    const heap = this.#heap;
    const scheduled: Scheduled = { atMs, order: this.#order++, action, state: "waiting" };
    let child = heap.push(scheduled) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!before(heap[child]!, heap[parent]!)) break;
      swap(heap, child, parent);
      child = parent;
    }
    return scheduled;
  }

  /** An event will not happen after all; harmless if it has happened. */
  cancel(scheduled: Scheduled): void {
    if (scheduled.state !== "waiting") return;
    scheduled.state = "cancelled";
    this.#cancelled++;
  }

  /** Takes the next event; `undefined` if none waits. */
  take(): (() => void) | undefined {
    this.#dropCancelled();
    const first = this.#takeFirst();
    if (first !== undefined) first.state = "done";
    return first?.action;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.state === "cancelled") {
      this.#takeFirst();
      this.#cancelled--;
    }
  }

  #takeFirst(): Scheduled | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      let next = parent;
      if (left < heap.length && before(heap[left]!, heap[next]!)) next = left;
      if (right < heap.length && before(heap[right]!, heap[next]!)) next = right;
      if (next === parent) return first;
      swap(heap, parent, next);
      parent = next;
    }
  }
}

function before(left: Scheduled, right: Scheduled): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

function swap(heap: Scheduled[], left: number, right: number): void {
  [heap[left], heap[right]] = [heap[right]!, heap[left]!];
}
