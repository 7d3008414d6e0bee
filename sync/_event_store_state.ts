import { bad, fieldsOf, hex32 } from "./_wire_fields.ts";
import { encodeWire } from "./codec.ts";
import type { WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";
import { isEventKind } from "./interface_schema.ts";

/** Bytes of a light event's body. */
export const LIGHT_EVENT_BODY_BYTES_MAX: number = 4096;
/** Members that a store delivers to. */
export const LIGHT_EVENT_MEMBERS_MAX: number = 1024;
/** Events of one sender that wait for those before them. */
export const LIGHT_EVENTS_HELD_MAX: number = 64;

/** Something that passes: somebody is here, somebody is typing. */
export interface LightEvent {
  /** Who sent it. */
  readonly sender: MemberId;
  /** The sender's own count of its light events, up by one each time. */
  readonly counter: number;
  /** One word that says how to read the body, at most 64 characters. */
  readonly kind: string;
  /** At most {@linkcode LIGHT_EVENT_BODY_BYTES_MAX}. */
  readonly body: Uint8Array;
  /** From when on nobody needs it, in milliseconds since the Unix epoch; `undefined` for never. */
  readonly expiresAtMs: number | undefined;
}

/** A light event in a store. */
export interface StoredEvent extends LightEvent {
  /** The store's own count of what was appended to it; what a member acknowledges. */
  readonly sequence: number;
}

/** What became of all events that a store was given. */
export interface EventCounts {
  /** Events that were given a sequence. */
  readonly appended: number;
  /** Events that had come before, or whose sender's later events had. */
  readonly stale: number;
  /** Events that never came, and for which later ones no longer wait. */
  readonly skipped: number;
  /** Events whose time was over before everybody had them. */
  readonly expired: number;
  /** Events that a limit took away before everybody had them. */
  readonly dropped: number;
}

/** What a member has. */
export interface Delivery {
  /** It has acknowledged everything up to here; 0 if it never has. */
  readonly mark: number;
  /** Events that a limit took away before it had them. */
  readonly lost: number;
}

/** A sender's count, and what came too early. */
export interface Intake {
  /** The counter of its last event that was appended or skipped. */
  readonly last: number;
  /** By counter, ascending. */
  readonly held: readonly HeldEvent[];
}

/** An event that waits for those before it. */
export interface HeldEvent {
  readonly event: LightEvent;
  /** When it came. */
  readonly sinceMs: number;
}

/** Everything that a store knows. */
export interface EventStoreState {
  readonly lastSequence: number;
  readonly counts: EventCounts;
  readonly deliveries: ReadonlyMap<MemberId, Delivery>;
  readonly intakes: ReadonlyMap<MemberId, Intake>;
  /** By sequence, ascending. */
  readonly events: readonly StoredEvent[];
}

/** The version of the format that {@linkcode encodeState} writes. */
const VERSION = 1;
const WHAT = "event store";
const COUNTS = ["appended", "stale", "skipped", "expired", "dropped"] as const;
const KEYS = ["last", "counts", "members", "senders", "events"];

/** A state as bytes; equal states give equal bytes. */
export function encodeState(state: EventStoreState): Uint8Array {
  return encodeWire({
    v: VERSION,
    last: state.lastSequence,
    counts: COUNTS.map((name) => state.counts[name]),
    members: sorted(state.deliveries).map(([member, { mark, lost }]) => [
      ...[Uint8Array.fromHex(member), mark, lost],
    ]),
    senders: sorted(state.intakes).map(([sender, { last, held }]) => [
      ...[Uint8Array.fromHex(sender), last],
      held.map(({ event, sinceMs }): WireValue => [sinceMs, ...contentToWire(event)]),
    ]),
    events: state.events.map((event) => [
      ...[event.sequence, Uint8Array.fromHex(event.sender)],
      ...contentToWire(event),
    ]),
  });
}

/**
 * Reads what {@linkcode encodeState} wrote.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function decodeState(bytes: Uint8Array): EventStoreState {
  const fields = fieldsOf(WHAT, bytes, VERSION, KEYS);
  const lastSequence = whole(fields["last"]);
  const deliveries = new Map<MemberId, Delivery>();
  for (const record of list(fields["members"], LIGHT_EVENT_MEMBERS_MAX)) {
    const [id, mark, lost] = tuple(record, 3);
    deliveries.set(member(id), { mark: whole(mark, lastSequence), lost: whole(lost) });
  }
  const intakes = new Map<MemberId, Intake>();
  for (const record of list(fields["senders"], LIGHT_EVENT_MEMBERS_MAX)) {
    const [id, last, held] = tuple(record, 3);
    const sender = member(id);
    if (!deliveries.has(sender)) throw bad(WHAT, "a sender is no member");
    intakes.set(sender, { last: whole(last), held: heldFromWire(sender, whole(last), held) });
  }
  ascending([...deliveries.keys()], list(fields["members"]).length);
  ascending([...intakes.keys()], list(fields["senders"]).length);
  const events = list(fields["events"]).map((record): StoredEvent => {
    const [sequence, sender, ...content] = tuple(record, 6);
    return {
      ...contentFromWire(member(sender), content),
      sequence: whole(sequence, lastSequence),
    };
  });
  if (events.some(({ sequence }, index) => sequence <= (events[index - 1]?.sequence ?? 0))) {
    throw bad(WHAT, "events are not ascending");
  }
  const values = tuple(fields["counts"], COUNTS.length).map((count) => whole(count));
  const counts = Object.fromEntries(COUNTS.map((name, index) => [name, values[index]!]));
  return { lastSequence, counts: counts as unknown as EventCounts, deliveries, intakes, events };
}

/**
 * Fails unless an event is one that a store can hold.
 *
 * @throws {RangeError} if its counter, kind, body or time is out of range.
 */
export function checkLightEvent({ counter, kind, body, expiresAtMs }: LightEvent): void {
  const fault = !Number.isSafeInteger(counter) || counter < 1
    ? `counter ${counter} is not a whole number from 1`
    : !isEventKind(kind)
    ? `kind "${kind.slice(0, 80)}" is not one word`
    : body.length > LIGHT_EVENT_BODY_BYTES_MAX
    ? `${body.length} bytes, at most ${LIGHT_EVENT_BODY_BYTES_MAX}`
    : expiresAtMs !== undefined && (!Number.isSafeInteger(expiresAtMs) || expiresAtMs < 0)
    ? `${expiresAtMs} is not whole milliseconds`
    : undefined;
  if (fault !== undefined) throw new RangeError(`Cannot take light event: ${fault}`);
}

function heldFromWire(sender: MemberId, last: number, value: WireValue | undefined): HeldEvent[] {
  const held = list(value, LIGHT_EVENTS_HELD_MAX).map((record) => {
    const [sinceMs, ...content] = tuple(record, 5);
    return { sinceMs: whole(sinceMs), event: contentFromWire(sender, content) };
  });
  const counters = [last + 1, ...held.map(({ event }) => event.counter)];
  if (counters.some((counter, index) => index > 0 && counter <= counters[index - 1]!)) {
    throw bad(WHAT, "held events are not ascending");
  }
  return held;
}

function contentToWire({ counter, kind, body, expiresAtMs }: LightEvent): WireValue[] {
  return [counter, kind, body, expiresAtMs ?? null];
}

function contentFromWire(sender: MemberId, content: readonly WireValue[]): LightEvent {
  const [counter, kind, body, expires] = content;
  if (typeof kind !== "string" || !(body instanceof Uint8Array)) {
    throw bad(WHAT, "an event is not one");
  }
  const expiresAtMs = expires === null ? undefined : whole(expires);
  const event = { sender, counter: whole(counter), kind, body, expiresAtMs };
  try {
    checkLightEvent(event);
  } catch (error) {
    throw bad(WHAT, (error as Error).message);
  }
  return event;
}

function whole(value: WireValue | undefined, max = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max) {
    return value as number;
  }
  throw bad(WHAT, "a number is out of range");
}

function member(value: WireValue | undefined): MemberId {
  return parseMemberId(hex32(WHAT, value));
}

function list(value: WireValue | undefined, max = Infinity): readonly WireValue[] {
  if (!Array.isArray(value)) throw bad(WHAT, "a list is missing");
  if (value.length > max) {
    throw new SyncError(
      "too_large",
      `Cannot decode ${WHAT}: ${value.length} items, at most ${max}`,
    );
  }
  return value;
}

function tuple(value: WireValue | undefined, length: number): readonly WireValue[] {
  const items = list(value);
  if (items.length !== length) throw bad(WHAT, `expected ${length} items, found ${items.length}`);
  return items;
}

function ascending(keys: readonly string[], length: number): void {
  if (keys.length !== length || keys.some((key, index) => key < (keys[index - 1] ?? ""))) {
    throw bad(WHAT, "records are not ascending");
  }
}

function sorted<Value>(map: ReadonlyMap<MemberId, Value>): [MemberId, Value][] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1));
}
