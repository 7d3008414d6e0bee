/**
 * Events that parts of an application tell one another.
 *
 * @module
 */
import { Feed } from "./_feed.ts";
import { CapsuleError } from "./errors.ts";

/** How deep handlers may dispatch events within one another; beyond is `event_loop`. */
export const EVENT_DEPTH_MAX: number = 100;

/** Events that wait for one loop; beyond, it ends with `watch_overflow`. */
export const EVENTS_WAITING_MAX: number = 100_000;

/** Names that a pattern stands for: `*` is any text, with dots too. */
export type EventGlob<Pattern extends string> = Pattern extends `${infer Before}*${infer After}`
  ? `${Before}${string}${EventGlob<After>}`
  : Pattern;

/** The names of events that a name or pattern matches. */
export type EventNames<Events extends object, Pattern extends string> = string extends keyof Events
  ? string
  : Extract<keyof Events & string, EventGlob<Pattern>>;

/** What comes with the events that a name or pattern matches. */
export type EventPayload<Events extends object, Pattern extends string> = string extends
  keyof Events ? Events[keyof Events]
  : Events[EventNames<Events, Pattern> & keyof Events];

/** An event, as loops read it. */
export interface DispatchedEvent<Name extends string, Payload> {
  /** Its whole name. */
  readonly name: Name;
  /** What it was dispatched with. */
  readonly payload: Payload;
}

/** Called with what was dispatched. What it throws, or its promise rejects with, is reported. */
export type EventHandler<Events extends object, Pattern extends string> = (
  payload: EventPayload<Events, Pattern>,
  name: EventNames<Events, Pattern>,
) => unknown;

/** How an event bus behaves. */
export interface EventBusOptions {
  /** Told what handlers throw. @default {to write it to the console} */
  readonly onError?: (error: unknown) => void;
}

/**
 * Hands events to those who want them, at once and in the order in which they asked.
 *
 * @typeParam Events What comes with each event, by its name.
 *
 * @example A name may stand for many
 * ```ts
 * import { EventBus } from "@indras/toolkit/capsule";
 * import { assertEquals } from "@std/assert";
 *
 * const bus = new EventBus<{ "note.added": { id: number }; "note.removed": { id: number } }>();
 * const seen: string[] = [];
 * using _all = bus.on("note.*", ({ id }, name) => seen.push(`${name} ${id}`));
 * bus.dispatch("note.added", { id: 1 });
 * assertEquals(seen, ["note.added 1"]);
 * ```
 */
export class EventBus<Events extends object = Record<string, unknown>> implements Disposable {
  readonly #onError: (error: unknown) => void;
  readonly #listeners: Set<Listener> = new Set();
  readonly #ends: Set<() => void> = new Set();
  #depth = 0;

  /** Makes a bus of its own. */
  constructor({ onError = console.error }: EventBusOptions = {}) {
    this.#onError = onError;
  }

  /**
   * Calls all handlers of an event before it returns. Those that are added meanwhile are not called.
   *
   * @throws {CapsuleError} `bad_identifier` for a pattern, `event_loop` if handlers do not end.
   */
  dispatch<Name extends keyof Events & string>(
    name: Name,
    ...[payload]: undefined extends Events[Name] ? [payload?: Events[Name]]
      : [payload: Events[Name]]
  ): void {
    if (name.includes("*")) {
      throw new CapsuleError("bad_identifier", `Cannot dispatch "${name}": it is a pattern`);
    }
    if (this.#depth >= EVENT_DEPTH_MAX) {
      throw new CapsuleError(
        "event_loop",
        `Cannot dispatch "${name}": handlers dispatched ${EVENT_DEPTH_MAX} events in one another`,
      );
    }
    this.#depth++;
    try {
      for (const listener of [...this.#listeners]) {
        if (listener.matches(name) && this.#listeners.has(listener)) {
          this.#call(listener, name, payload);
        }
      }
    } finally {
      this.#depth--;
    }
  }

  /**
   * Calls a handler for each event of a name or pattern, until what is returned is disposed.
   *
   * @param pattern A name, in which `*` stands for any text: `"*"`, `"note.*"`.
   */
  on<const Pattern extends string>(
    pattern: KnownPattern<Events, Pattern>,
    handler: EventHandler<Events, Pattern>,
  ): Disposable {
    return this.#listen(pattern, handler as AnyHandler);
  }

  /** Calls a handler for the next event of a name or pattern only. */
  once<const Pattern extends string>(
    pattern: KnownPattern<Events, Pattern>,
    handler: EventHandler<Events, Pattern>,
  ): Disposable {
    const listening = this.#listen(pattern, (payload, name) => {
      listening[Symbol.dispose]();
      return (handler as AnyHandler)(payload, name);
    });
    return listening;
  }

  /** The events of a name or pattern from now on. Leaving the loop ends it. */
  events<const Pattern extends string>(
    pattern: KnownPattern<Events, Pattern>,
  ): AsyncIterableIterator<
    DispatchedEvent<EventNames<Events, Pattern>, EventPayload<Events, Pattern>>
  > {
    type Item = DispatchedEvent<EventNames<Events, Pattern>, EventPayload<Events, Pattern>>;
    const feed = new Feed<Item>({
      weightOf: () => 1,
      weightMax: EVENTS_WAITING_MAX,
      keepsLatest: false,
      onLeft: () => {
        listening[Symbol.dispose]();
        this.#ends.delete(end);
      },
    });
    const listening = this.#listen(
      pattern,
      (payload, name) => feed.push({ name, payload } as Item),
    );
    const end = () => feed.end();
    this.#ends.add(end);
    return feed.read();
  }

  /** Forgets all handlers and ends all loops. */
  [Symbol.dispose](): void {
    this.#listeners.clear();
    for (const end of this.#ends) end();
    this.#ends.clear();
  }

  #listen(pattern: string, handler: AnyHandler): Disposable {
    const listener = { matches: matcherOf(pattern), handler };
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #call({ handler }: Listener, name: string, payload: unknown): void {
    try {
      const result = handler(payload, name);
      if (result instanceof Promise) result.catch(this.#onError);
    } catch (error) {
      // It is the fault of whoever dispatches at each depth, so it ends all of them.
      if (error instanceof CapsuleError && error.code === "event_loop") throw error;
      this.#onError(error);
    }
  }
}

/** A pattern that matches some event: a mistake in a name does not compile. */
export type KnownPattern<Events extends object, Pattern extends string> =
  [EventNames<Events, Pattern>] extends [never] ? never : Pattern;

type AnyHandler = (payload: unknown, name: string) => unknown;

interface Listener {
  readonly matches: (name: string) => boolean;
  readonly handler: AnyHandler;
}

function matcherOf(pattern: string): (name: string) => boolean {
  if (!pattern.includes("*")) return (name) => name === pattern;
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop() ?? "";
  return (name) => {
    if (name.length < first.length + last.length) return false;
    if (!name.startsWith(first) || !name.endsWith(last)) return false;
    // The first place that fits each part leaves most room for the next.
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= name.length - last.length;
  };
}
