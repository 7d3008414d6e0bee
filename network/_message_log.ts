/**
 * The messages of a realm's log, read once each.
 *
 * @module
 */
import type { InterfaceEvent, MemberId } from "../sync/mod.ts";
import { decodeBody, keyOf } from "./_message_body.ts";
import type { MessageBody, MessageTarget } from "./_message_body.ts";
import { isReadable } from "./message.ts";
import type { MessageKey } from "./message.ts";

/** A message before anybody is called by a name. */
export interface MessageRow {
  readonly event: InterfaceEvent;
  readonly key: MessageKey;
  readonly body: MessageBody;
}

/** A document that holds events in order; {@linkcode InterfaceEvent.body} is the same each time. */
export interface EventSource {
  events(): readonly InterfaceEvent[];
}

/**
 * Keeps what it has read. Events that come behind all others are added; when one comes between
 * them, everything is put in order again, but nothing is decoded twice.
 */
export class MessageLog {
  readonly #bodies: WeakMap<Uint8Array, MessageBody | "damaged"> = new WeakMap();
  #lists: readonly (readonly InterfaceEvent[])[] = [];
  #events: readonly InterfaceEvent[] = [];
  #state: State = newState();
  #generation = 0;
  #decoded = 0;

  /** Takes what the documents hold now. Costs next to nothing if that is what they held before. */
  refresh(documents: readonly EventSource[]): void {
    const lists = documents.map((document) => document.events());
    if (sameItems(lists, this.#lists)) return;
    this.#lists = lists;
    const [before, events] = [this.#events, lists.flat()];
    this.#events = events;
    if (before.every(({ body }, index) => events[index]?.body === body)) {
      if (this.#append(events.slice(before.length))) return;
    }
    this.#generation++;
    this.#state = newState();
    this.#append(events);
  }

  /** The messages in order; grows at its end until {@linkcode MessageLog.generation} goes up. */
  get rows(): readonly MessageRow[] {
    return this.#state.rows;
  }

  /** Goes up whenever {@linkcode MessageLog.rows} is another list. */
  get generation(): number {
    return this.#generation;
  }

  /** Everybody who has sent something. */
  get senders(): ReadonlyMap<MemberId, SenderCounts> {
    return this.#state.senders;
  }

  /** Texts and artifacts of everybody. */
  get readable(): number {
    return this.#state.readable;
  }

  /** Events that are no message that this release knows, or damaged. */
  get skipped(): number {
    return this.#state.skipped;
  }

  /** Bodies that were decoded so far. */
  get decoded(): number {
    return this.#decoded;
  }

  /** The first message with that place or name, be it a reaction that repeats another one. */
  find(target: number | MessageKey): MessageRow | undefined {
    return this.#state.byTarget.get(target);
  }

  /** The reaction of a member that says the same. */
  findReaction(sender: MemberId, body: MessageBody & { type: "reaction" }): MessageRow | undefined {
    return this.#state.reactions.get(this.#nameOfReaction(sender, body));
  }

  /** Adds events; `false`, half way, if one of them is what an earlier one was waiting for. */
  #append(events: readonly InterfaceEvent[]): boolean {
    const state = this.#state;
    const added = events.flatMap((event) => {
      const body = this.#bodyOf(event);
      if (body !== undefined) return [{ event, key: keyOf(event), body }];
      state.skipped++;
      return [];
    });
    // All places before all reactions: what a reaction is to may come behind it.
    for (const row of added) {
      const { sequence } = row.event;
      if (state.awaited.has(sequence)) return false;
      if (!state.byTarget.has(sequence)) state.byTarget.set(sequence, row);
      state.byTarget.set(row.key, row);
    }
    for (const row of added) this.#show(row);
    return true;
  }

  #show(row: MessageRow): void {
    const { event: { sender }, body } = row;
    const state = this.#state;
    if (body.type === "reaction") {
      const { key, sequence } = body.to;
      if (key === undefined && !state.byTarget.has(sequence)) state.awaited.add(sequence);
      const name = this.#nameOfReaction(sender, body);
      if (state.reactions.has(name)) return;
      state.reactions.set(name, row);
    }
    state.rows.push(row);
    const counts = state.senders.get(sender) ?? { readable: 0 };
    if (isReadable(body)) {
      counts.readable++;
      state.readable++;
    }
    state.senders.set(sender, counts);
  }

  #nameOfReaction(sender: MemberId, body: MessageBody & { type: "reaction" }): string {
    return `${sender} ${this.#nameOfTarget(body.to)} ${body.emoji}`;
  }

  #nameOfTarget({ key, sequence }: MessageTarget): string {
    return key ?? this.find(sequence)?.key ?? `${sequence}`;
  }

  #bodyOf(event: InterfaceEvent): MessageBody | undefined {
    let body = this.#bodies.get(event.body);
    if (body === undefined) {
      this.#decoded++;
      body = decodeBody(event) ?? "damaged";
      this.#bodies.set(event.body, body);
    }
    return body === "damaged" ? undefined : body;
  }
}

/** What is counted of one sender. */
export interface SenderCounts {
  /** Its texts and artifacts. */
  readable: number;
}

interface State {
  readonly rows: MessageRow[];
  readonly byTarget: Map<number | MessageKey, MessageRow>;
  readonly reactions: Map<string, MessageRow>;
  /** Sequences that a reaction is to, and that no message here has. */
  readonly awaited: Set<number>;
  readonly senders: Map<MemberId, SenderCounts>;
  readable: number;
  skipped: number;
}

function newState(): State {
  return {
    rows: [],
    byTarget: new Map(),
    reactions: new Map(),
    awaited: new Set(),
    senders: new Map(),
    readable: 0,
    skipped: 0,
  };
}

function sameItems<Item>(left: readonly Item[], right: readonly Item[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
