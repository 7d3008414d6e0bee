/**
 * Light events and who still lacks them: presence, typing, signals that pass.
 *
 * What must stay goes into a document; see `interface_document.ts`. An event is kept until every
 * member has acknowledged it, its time is over, or a named limit takes it away, which is counted.
 *
 * @module
 */
import { isOver, release } from "./_event_intake.ts";
import {
  checkLightEvent,
  decodeState,
  encodeState,
  LIGHT_EVENT_MEMBERS_MAX,
  LIGHT_EVENTS_HELD_MAX,
} from "./_event_store_state.ts";
import type {
  Delivery,
  EventCounts,
  Intake,
  LightEvent,
  StoredEvent,
} from "./_event_store_state.ts";

import type { MemberId } from "./ids.ts";

export {
  LIGHT_EVENT_BODY_BYTES_MAX,
  LIGHT_EVENT_MEMBERS_MAX,
  LIGHT_EVENTS_HELD_MAX,
} from "./_event_store_state.ts";
export type { EventCounts, LightEvent, StoredEvent } from "./_event_store_state.ts";

/** How much a store keeps. */
export interface EventStoreOptions {
  /** Events that wait to be acknowledged. @default {1_024} */
  readonly eventsMax?: number;
  /** Bytes of their bodies. @default {1_048_576} */
  readonly bodyBytesMax?: number;
  /** How long an event waits for those of its sender before it, in milliseconds. @default {30_000} */
  readonly gapMs?: number;
}

/** The limits that hold where no others are given. */
export const EVENT_STORE_DEFAULTS: Required<EventStoreOptions> = {
  eventsMax: 1024,
  bodyBytesMax: 1024 * 1024,
  gapMs: 30_000,
};

/** What became of an event. */
export type AppendOutcome =
  | {
    readonly type: "appended";
    /** The event, and those that had waited for it, in the order of their counters. */
    readonly events: readonly StoredEvent[];
  }
  /** One of the same sender's before it has not come; it waits. */
  | { readonly type: "held" }
  /** It had come before, or later ones of its sender had. */
  | { readonly type: "stale" }
  /** Its time is over. */
  | { readonly type: "expired" }
  /** Its sender is no member. */
  | { readonly type: "not_member" };

/**
 * A bounded log of light events with a mark for each member.
 *
 * @example An event waits until everybody has it
 * ```ts
 * import { EventStore, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = [parseMemberId("a1".repeat(32)), parseMemberId("b2".repeat(32))];
 * const store = new EventStore();
 * store.addMember(ada);
 * store.addMember(ben);
 * const typing = {
 *   sender: ada, counter: 1, kind: "typing", body: new Uint8Array(), expiresAtMs: 5_000,
 * };
 * assertEquals(store.append(typing, 0).type, "appended");
 * assertEquals(store.append(typing, 0).type, "stale");
 *
 * const [event] = store.pendingFor(ben);
 * store.acknowledge(ben, event!.sequence);
 * assertEquals(store.pendingFor(ben), []);
 * assertEquals(store.prune(), 1);
 * ```
 */
export class EventStore {
  readonly #limits: Required<EventStoreOptions>;
  readonly #deliveries: Map<MemberId, Delivery> = new Map();
  readonly #intakes: Map<MemberId, Intake> = new Map();
  #events: StoredEvent[] = [];
  #bodyBytes = 0;
  #lastSequence = 0;
  #counts: EventCounts = { appended: 0, stale: 0, skipped: 0, expired: 0, dropped: 0 };

  /** A store without members. */
  constructor(options: EventStoreOptions = {}) {
    this.#limits = { ...EVENT_STORE_DEFAULTS, ...options };
  }

  /**
   * Opens what {@linkcode EventStore.save} gave. What is beyond the limits is dropped and counted.
   *
   * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
   */
  static load(bytes: Uint8Array, options: EventStoreOptions = {}): EventStore {
    const state = decodeState(bytes);
    const store = new EventStore(options);
    for (const [member, delivery] of state.deliveries) store.#deliveries.set(member, delivery);
    for (const [sender, intake] of state.intakes) store.#intakes.set(sender, intake);
    store.#lastSequence = state.lastSequence;
    store.#counts = state.counts;
    store.#keep(() => true, state.events);
    store.#shrink();
    return store;
  }

  /** The store as bytes, its limits left out; stores that hold the same give the same bytes. */
  save(): Uint8Array {
    return encodeState({
      lastSequence: this.#lastSequence,
      counts: this.#counts,
      deliveries: this.#deliveries,
      intakes: this.#intakes,
      events: this.#events,
    });
  }

  /**
   * Lets a member in. It is given all that is here, and nothing goes before it has it.
   *
   * @returns Whether it was not a member yet.
   * @throws {RangeError} beyond {@linkcode LIGHT_EVENT_MEMBERS_MAX} members.
   */
  addMember(member: MemberId): boolean {
    if (this.#deliveries.has(member)) return false;
    if (this.#deliveries.size >= LIGHT_EVENT_MEMBERS_MAX) {
      throw new RangeError(`Cannot add member: there are ${LIGHT_EVENT_MEMBERS_MAX}, the most`);
    }
    this.#deliveries.set(member, { mark: 0, lost: 0 });
    return true;
  }

  /**
   * Forgets a member: nothing waits for it any more, and if it comes back its count starts anew.
   * What it sent stays for the others.
   *
   * @returns Whether it was one.
   */
  removeMember(member: MemberId): boolean {
    this.#intakes.delete(member);
    return this.#deliveries.delete(member);
  }

  /** Everybody that events are delivered to. */
  members(): MemberId[] {
    return [...this.#deliveries.keys()].sort();
  }

  /**
   * Appends an event, one's own or one that arrived, once, and in the order of its sender's
   * counters. The first event of a sender may have any counter.
   *
   * @param nowMs Milliseconds since the Unix epoch.
   * @throws {RangeError} if its counter, kind, body or time is out of range.
   */
  append(event: LightEvent, nowMs: number): AppendOutcome {
    checkLightEvent(event);
    const { sender, counter } = event;
    if (!this.#deliveries.has(sender)) return { type: "not_member" };
    const intake = this.#intakes.get(sender) ?? { last: counter - 1, held: [] };
    const isHeld = intake.held.some((held) => held.event.counter === counter);
    if (counter <= intake.last || isHeld) {
      this.#count("stale");
      return { type: "stale" };
    }
    const copy = { ...event, body: event.body.slice() };
    const held = [...intake.held, { event: copy, sinceMs: wholeMs(nowMs) }]
      .sort((left, right) => left.event.counter - right.event.counter);
    const isFull = held.length > LIGHT_EVENTS_HELD_MAX;
    const { events, expired } = this.#release(sender, { ...intake, held }, { nowMs, isFull });
    this.#shrink();
    if (events.length > 0) return { type: "appended", events };
    return { type: expired > 0 ? "expired" : "held" };
  }

  /** What a member lacks, oldest first; `[]` for somebody who is no member. */
  pendingFor(member: MemberId): StoredEvent[] {
    return this.#events.filter((event) => this.#lacks(member, event));
  }

  /**
   * Records that a member has everything up to a sequence. A mark only goes forward, and not beyond
   * what there is: whoever claims that has lost its count.
   *
   * @returns Whether the mark moved.
   */
  acknowledge(member: MemberId, sequence: number): boolean {
    const delivery = this.#deliveries.get(member);
    const isKnown = Number.isSafeInteger(sequence) && sequence <= this.#lastSequence;
    if (delivery === undefined || !isKnown || sequence <= delivery.mark) return false;
    this.#deliveries.set(member, { ...delivery, mark: sequence });
    return true;
  }

  /** The sequence up to which a member has acknowledged everything; 0 if it never has. */
  markOf(member: MemberId): number {
    return this.#deliveries.get(member)?.mark ?? 0;
  }

  /** Events that a limit took away before a member had them; it will not get those. */
  lostBy(member: MemberId): number {
    return this.#deliveries.get(member)?.lost ?? 0;
  }

  /** Removes what every member has acknowledged or sent itself; how many. */
  prune(): number {
    return this.#keep((event) => this.#isLacked(event));
  }

  /**
   * Removes what is over, and lets those go on that have waited too long for what came before them.
   *
   * @param nowMs Milliseconds since the Unix epoch.
   * @returns The events that were appended because of that.
   */
  expire(nowMs: number): readonly StoredEvent[] {
    const over = (event: StoredEvent) => isOver(event, nowMs);
    this.#count(
      "expired",
      this.#events.filter((event) => over(event) && this.#isLacked(event)).length,
    );
    this.#keep((event) => !over(event));
    const events = [...this.#intakes].flatMap(([sender, intake]) =>
      this.#release(sender, intake, { nowMs, isFull: false }).events
    );
    this.#shrink();
    return events;
  }

  /** What became of all events. */
  get counts(): EventCounts {
    return this.#counts;
  }

  /** Appends what nothing is missing before. */
  #release(
    sender: MemberId,
    intake: Intake,
    { nowMs, isFull }: { readonly nowMs: number; readonly isFull: boolean },
  ): { readonly events: readonly StoredEvent[]; readonly expired: number } {
    const { gapMs } = this.#limits;
    const { ready, skipped, ...rest } = release(intake, { nowMs, gapMs, isFull });
    const events = ready.filter((event) => !isOver(event, nowMs))
      .map((event) => ({ ...event, sequence: ++this.#lastSequence }));
    const expired = ready.length - events.length;
    this.#intakes.set(sender, rest);
    this.#count("skipped", skipped);
    this.#count("expired", expired);
    this.#count("appended", events.length);
    this.#keep(() => true, [...this.#events, ...events]);
    return { events, expired };
  }

  /** Keeps within the limits: first what everybody has goes, then the oldest, which is counted. */
  #shrink(): void {
    if (this.#fits()) return;
    this.prune();
    while (!this.#fits()) {
      const [oldest] = this.#events;
      for (const [member, delivery] of this.#deliveries) {
        if (!this.#lacks(member, oldest!)) continue;
        this.#deliveries.set(member, { ...delivery, lost: delivery.lost + 1 });
      }
      this.#count("dropped");
      this.#keep((event) => event !== oldest);
    }
  }

  #fits(): boolean {
    const { eventsMax, bodyBytesMax } = this.#limits;
    return this.#events.length <= eventsMax && this.#bodyBytes <= bodyBytesMax;
  }

  #isLacked(event: StoredEvent): boolean {
    return [...this.#deliveries.keys()].some((member) => this.#lacks(member, event));
  }

  #lacks(member: MemberId, { sender, sequence }: StoredEvent): boolean {
    const delivery = this.#deliveries.get(member);
    return delivery !== undefined && member !== sender && delivery.mark < sequence;
  }

  #keep(
    accept: (event: StoredEvent) => boolean,
    events: readonly StoredEvent[] = this.#events,
  ): number {
    this.#events = events.filter(accept);
    this.#bodyBytes = this.#events.reduce((bytes, { body }) => bytes + body.length, 0);
    return events.length - this.#events.length;
  }

  #count(what: keyof EventCounts, by = 1): void {
    // A sender may skip as much as it likes.
    const sum = Math.min(this.#counts[what] + by, Number.MAX_SAFE_INTEGER);
    this.#counts = { ...this.#counts, [what]: sum };
  }
}

function wholeMs(nowMs: number): number {
  return Math.max(0, Math.floor(nowMs));
}
