/**
 * What the document of an interface holds, and which operations may write it.
 *
 * ```text
 * interface_id  string            genesis
 * segment       whole number      genesis
 * events        list of pages     genesis; a page is a list of
 *                                 {sender, counter, sequence, kind, at, body}
 * members       map of entries    genesis of segment 0; by member id, {joined_at, added_by}
 * metadata      map of bytes      genesis of segment 0
 * ```
 *
 * Words and ids are scalars, never collaborative text. Events are never deleted. Times are
 * milliseconds since the Unix epoch.
 *
 * @module
 */
import type { DecodedChange, Handle } from "./_automerge.ts";
import { isMetadataKey, METADATA_VALUE_BYTES_MAX } from "./_metadata.ts";
import { badSchema, bytes, checkOperations, id, isId, text, whole } from "./_schema_check.ts";
import type { Container } from "./_schema_check.ts";
import { genesisOf, genesisTemplate } from "./genesis.ts";
import type { Genesis } from "./genesis.ts";
import { memberOf } from "./ids.ts";
import type { ActorId, MemberId } from "./ids.ts";
import type { NotedEvent } from "./interface_events.ts";
import { interfaceSegmentId, SEGMENT_SEQUENCES } from "./interface_id.ts";
import type { InterfaceId } from "./interface_id.ts";

/** Bytes of an event's body: a text of 64 KiB and as much about it. */
export const EVENT_BODY_BYTES_MAX: number = 128 * 1024;
/** Characters of an event's kind, such as `"text"`. */
export const EVENT_KIND_LENGTH_MAX: number = 64;
/** Members that one copy lets in. Two copies that reach it at once may hold more when they meet. */
export const INTERFACE_MEMBERS_MAX: number = 1024;
/** Keys of the metadata that one copy lets in; see {@linkcode INTERFACE_MEMBERS_MAX}. */
export const INTERFACE_METADATA_KEYS_MAX: number = 8192;

/** Which document of an interface this is. */
export interface InterfaceSegment {
  /** The interface. */
  readonly interfaceId: InterfaceId;
  /** 0 for the one that also holds members and metadata. */
  readonly segment: number;
}

/** The first change of a segment's document: its id and its empty containers. */
export function interfaceGenesis({ interfaceId, segment }: InterfaceSegment): Genesis {
  if (segment === 0) return first(interfaceId);
  return genesisOf("interface", interfaceSegmentId(interfaceId, segment), (handle) => {
    build(handle, { interfaceId, segment });
  });
}

const first = genesisTemplate("interface", (handle, id) => {
  build(handle, { interfaceId: id, segment: 0 });
});

function build(
  handle: Handle,
  { interfaceId, segment }: { readonly interfaceId: string; readonly segment: number },
): void {
  handle.put("/", "interface_id", interfaceId, "str");
  handle.put("/", "segment", segment, "int");
  handle.putObject("/", "events", []);
  if (segment > 0) return;
  handle.putObject("/", "members", {});
  handle.putObject("/", "metadata", {});
}

/** The objects of the containers, which the genesis makes; only the first segment has all three. */
export function interfaceObjects(
  { actor }: Genesis,
  segment: number,
): Readonly<Record<string, string>> {
  const events = `3@${actor}`;
  return segment > 0 ? { events } : { events, members: `4@${actor}`, metadata: `5@${actor}` };
}

const CONTAINERS: Readonly<Record<string, Container>> = {
  events: {
    type: "pages",
    deletes: false,
    entry: {
      sender: id,
      counter: whole,
      sequence: whole,
      kind: text(isEventKind),
      at: whole,
      body: bytes(EVENT_BODY_BYTES_MAX),
    },
  },
  members: { type: "entries", key: isId, entry: { joined_at: whole, added_by: id } },
  metadata: { type: "scalars", key: isMetadataKey, value: bytes(METADATA_VALUE_BYTES_MAX) },
};

/** Whether a string can be an event's kind: one word, visible characters only. */
export function isEventKind(value: string): boolean {
  return value.length <= EVENT_KIND_LENGTH_MAX && /^[^\s\p{C}]+$/u.test(value);
}

/**
 * Checks each operation of a change against the schema. An event and an admission say who wrote
 * them, and that must be the member whose change it is.
 *
 * @param after The document with the change applied, to look up where an object is.
 * @param pages The pages that were looked up or made, of changes that are checked together.
 * @returns The events that it appends.
 * @throws {SyncError} `bad_schema` if the change writes anything else.
 */
export function checkInterfaceChange(
  change: DecodedChange,
  genesis: Genesis,
  segment: number,
  after: Handle,
  pages: Map<string, string> = new Map(),
): readonly NotedEvent[] {
  const named = Object.entries(interfaceObjects(genesis, segment));
  const objects = new Map(named.map(([name, object]) => [object, name]));
  const schema = { root: {}, containers: CONTAINERS, objects, pages };
  const { made } = checkOperations(change, schema, after);
  const author = memberOf(change.actor as ActorId);
  return made.flatMap(({ container, counter, fields }) => {
    const writer = fields.get(container === "events" ? "sender" : "added_by");
    if (writer !== author) throw badSchema(change, `${container} in the name of ${writer}`);
    if (container !== "events") return [];
    const event = toEvent(fields, { counter, actor: change.actor });
    if (!isNumbered(event, segment)) {
      throw badSchema(change, `event ${event.counter} with sequence ${event.sequence}`);
    }
    return [event];
  });
}

/** Who a change lets in and removes, and which keys of the metadata it writes. */
export interface InterfaceWrites {
  /** Who is a member from then on. */
  readonly admits: readonly MemberId[];
  /** Who is none any more. */
  readonly removes: readonly MemberId[];
  /** The keys of the metadata that it writes. */
  readonly keys: readonly string[];
  /** What it writes under the key `creation`. */
  readonly creation: Uint8Array | undefined;
}

/** What a change that passed {@linkcode checkInterfaceChange} writes beside events. */
export function interfaceWrites(change: DecodedChange, genesis: Genesis): InterfaceWrites {
  const members = change.ops.filter(({ obj }) => obj === `4@${genesis.actor}`);
  const of = (isRemoval: boolean) =>
    members.filter(({ action }) => (action === "del") === isRemoval)
      .map(({ key }) => key as MemberId);
  const metadata = change.ops.filter(({ obj }) => obj === `5@${genesis.actor}`);
  const creation = metadata.find(({ key }) => key === "creation")?.value;
  return {
    admits: of(false),
    removes: of(true),
    keys: metadata.map(({ key }) => key),
    creation: Array.isArray(creation) ? Uint8Array.from(creation as number[]) : undefined,
  };
}

/**
 * Each event takes several operations, and its sequence and counter go up by one from the largest
 * seen. So honest numbers stay below the counter of the operation that makes the event, and nobody
 * can push the sequences of others to their end.
 */
function isNumbered({ sequence, counter, operation }: NotedEvent, segment: number): boolean {
  const before = segment * SEGMENT_SEQUENCES;
  return counter > before && counter <= sequence && sequence <= before + SEGMENT_SEQUENCES &&
    sequence <= before + operation.counter;
}

function toEvent(
  fields: ReadonlyMap<string, unknown>,
  operation: NotedEvent["operation"],
): NotedEvent {
  return {
    sender: fields.get("sender") as MemberId,
    counter: Number(fields.get("counter")),
    sequence: Number(fields.get("sequence")),
    kind: String(fields.get("kind")),
    atMs: Number(fields.get("at")),
    body: Uint8Array.from(fields.get("body") as number[]),
    operation,
  };
}
