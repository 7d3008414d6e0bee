/**
 * The events of one document, in the order that is the same on every peer.
 *
 * @module
 */
import type { MemberId } from "./ids.ts";

/** What a member appended; (sender, counter) names it for ever. */
export interface InterfaceEvent {
  /** Who appended it. */
  readonly sender: MemberId;
  /** The sender's own count of its events; goes up, skips numbers where a segment begins. */
  readonly counter: number;
  /** One more than the largest sequence that the sender had seen. */
  readonly sequence: number;
  /** One word that says how to read the body, such as `"text"`. */
  readonly kind: string;
  /** When it was appended by the sender's clock, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Its content; not to be written to. */
  readonly body: Uint8Array;
}

/** An event and the operation that made it, which is never the same twice. */
export interface NotedEvent extends InterfaceEvent {
  /** Its counter and actor. */
  readonly operation: { readonly counter: number; readonly actor: string };
}

/** Sorts events: by sequence, then by sender, then by counter. */
export function bySequence(left: InterfaceEvent, right: InterfaceEvent): number {
  return left.sequence - right.sequence || compare(left.sender, right.sender) ||
    left.counter - right.counter;
}

/**
 * Events by their order and by their names. A member that restored an old copy and went on writing
 * has used names twice; the first by order keeps the name, on every peer, and the other is counted.
 */
export class EventLog {
  readonly #byName: Map<string, NotedEvent> = new Map();
  readonly #lastCounters: Map<MemberId, number> = new Map();
  #sorted: readonly InterfaceEvent[] | undefined;
  #lastSequence = 0;
  #bodyBytes = 0;
  #duplicates = 0;

  /** A log that goes its own way. */
  copy(): EventLog {
    const log = new EventLog();
    log.add(this.#byName.values());
    for (const [sender, counter] of this.#lastCounters) log.#lastCounters.set(sender, counter);
    log.#lastSequence = this.#lastSequence;
    log.#bodyBytes = this.#bodyBytes;
    log.#duplicates = this.#duplicates;
    return log;
  }

  /** Takes events in any order; each operation once. */
  add(events: Iterable<NotedEvent>): void {
    for (const event of events) {
      const { sender, counter, sequence } = event;
      this.#sorted = undefined;
      this.#lastSequence = Math.max(this.#lastSequence, sequence);
      this.#lastCounters.set(sender, Math.max(this.lastCounter(sender), counter));
      const name = nameOf(event);
      this.#bodyBytes += event.body.length;
      const other = this.#byName.get(name);
      if (other !== undefined) this.#duplicates++;
      if (other === undefined || byOperation(event, other) < 0) this.#byName.set(name, event);
    }
  }

  /** Every event in order. */
  get sorted(): readonly InterfaceEvent[] {
    this.#sorted ??= [...this.#byName.values()].map(toPlain).sort(bySequence);
    return this.#sorted;
  }

  /** The events beyond a sequence, in order. */
  since(sequence: number): readonly InterfaceEvent[] {
    let low = 0;
    for (let high = this.sorted.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]!.sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return this.sorted.slice(low);
  }

  /** Whether this event is the one that keeps its name. */
  holds(event: NotedEvent): boolean {
    const held = this.#byName.get(nameOf(event));
    return held !== undefined && byOperation(held, event) === 0;
  }

  /** The largest sequence; 0 if there is no event. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Bytes of all bodies that were ever added. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** The largest counter of a sender; 0 if it has no event. */
  lastCounter(sender: MemberId): number {
    return this.#lastCounters.get(sender) ?? 0;
  }

  /** Events whose name another one keeps. */
  get duplicates(): number {
    return this.#duplicates;
  }
}

/** The event alone. */
export function toPlain({ operation: _, ...event }: NotedEvent): InterfaceEvent {
  return event;
}

function nameOf({ sender, counter }: InterfaceEvent): string {
  return `${sender}${counter}`;
}

function byOperation(left: NotedEvent, right: NotedEvent): number {
  return left.sequence - right.sequence || left.operation.counter - right.operation.counter ||
    compare(left.operation.actor, right.operation.actor);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
