/**
 * What the members of a realm share: who they are, metadata and a log of events, as one document
 * or a chain of them.
 *
 * Knows the document only: who may let members in or remove them is decided above.
 *
 * @module
 */
import type { Handle } from "./_automerge.ts";
import { concat } from "./_concat.ts";
import { checkMetadata, MetadataReader } from "./_metadata.ts";
import { appendEntry } from "./_paged_list.ts";
import type { Genesis } from "./genesis.ts";
import { History } from "./history.ts";
import type { ApplyOutcome, ChangeCheck, Writer } from "./history.ts";
import type { AuthoredChange } from "./authorship.ts";
import { memberOf, parseHeads } from "./ids.ts";
import type { ActorId, ChangeHash, Heads, MemberId } from "./ids.ts";
import { bySequence, EventLog, toPlain } from "./interface_events.ts";
import type { InterfaceEvent, NotedEvent } from "./interface_events.ts";
import {
  interfaceSegmentId,
  parseInterfaceId,
  SEGMENT_BODY_BYTES_MAX,
  SEGMENT_SEQUENCES,
} from "./interface_id.ts";
import type { InterfaceId } from "./interface_id.ts";
import { putMember, readMembers } from "./interface_members.ts";
import type { Membership } from "./interface_members.ts";
import {
  checkInterfaceChange,
  EVENT_BODY_BYTES_MAX,
  INTERFACE_MEMBERS_MAX,
  INTERFACE_METADATA_KEYS_MAX,
  interfaceGenesis,
  interfaceObjects,
  interfaceWrites,
  isEventKind,
} from "./interface_schema.ts";
import type { InterfaceSegment, InterfaceWrites } from "./interface_schema.ts";
import { STORED_LIMITS } from "./_stored_limits.ts";
import type { ScanLimits } from "./scan.ts";

/** What {@linkcode InterfaceDocument.create} needs. */
export interface InterfaceOptions extends Writer {
  /** The interface; others may create the same one. */
  readonly interfaceId: InterfaceId;
}

/** What {@linkcode InterfaceDocument.awaiting} takes besides id and writer. */
export interface AwaitingOptions {
  /** Which document of the chain. @default {0} */
  readonly segment?: number;
}

/** What {@linkcode InterfaceDocument.appendEvent} appends. */
export interface EventContent {
  /** One word that says how to read the body, at most 64 characters. */
  readonly kind: string;
  /** At most 128 KiB. */
  readonly body: Uint8Array;
}

/**
 * One document of an interface.
 *
 * Segment 0 holds the members, the metadata and the first events. Each segment holds the events of
 * {@linkcode SEGMENT_SEQUENCES} sequences; once one {@linkcode InterfaceDocument.isFull}, the next
 * event goes to the segment behind it. Segments need no agreement: their genesis and the numbers
 * in them follow from the interface and the segment, so an old log opens by its newest segment.
 *
 * It holds memory outside of JavaScript; dispose it when it is no longer needed.
 *
 * @example Two peers that create the same interface lose nothing when they meet
 * ```ts
 * import { actorOf, InterfaceDocument, parseInterfaceId, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = [parseMemberId("a1".repeat(32)), parseMemberId("b2".repeat(32))];
 * const interfaceId = parseInterfaceId("00".repeat(32));
 * const nowMs = () => 0;
 * using left = InterfaceDocument.create({ interfaceId, actor: actorOf(ada, 0), nowMs });
 * using right = InterfaceDocument.create({ interfaceId, actor: actorOf(ben, 0), nowMs });
 *
 * left.appendEvent({ kind: "text", body: new TextEncoder().encode("from Ada") });
 * right.appendEvent({ kind: "text", body: new TextEncoder().encode("from Ben") });
 * right.applyChanges(left.getChangesSince(right.getHeads()));
 *
 * assertEquals([...right.members().keys()], [ada, ben]);
 * assertEquals(right.events().map(({ sender, sequence }) => [sender, sequence]), [[ada, 1], [ben, 1]]);
 * ```
 */
export class InterfaceDocument implements Disposable {
  /** Which interface this belongs to. */
  readonly interfaceId: InterfaceId;
  /** Which document of the chain this is, from 0. */
  readonly segment: number;
  /** The id of this document: the interface's own for segment 0. */
  readonly documentId: InterfaceId;
  readonly #history: History;
  readonly #genesis: Genesis;
  readonly #log: EventLog;
  readonly #noted: NotedChange[];
  readonly #everMembers: Set<MemberId> = new Set();
  readonly #objects: Readonly<Record<string, string | undefined>>;
  readonly #metadata: MetadataReader = new MetadataReader(
    () => [this.#history.handle, this.#map("metadata")],
  );
  #members: ReadonlyMap<MemberId, Membership> | undefined;

  private constructor(
    which: InterfaceSegment,
    history: History,
    { genesis, log, changes }: Noted,
  ) {
    this.interfaceId = which.interfaceId;
    this.segment = which.segment;
    this.documentId = interfaceSegmentId(which.interfaceId, which.segment);
    this.#history = history;
    this.#genesis = genesis;
    this.#objects = interfaceObjects(genesis, which.segment);
    this.#log = log;
    this.#noted = changes;
    this.#keepNoted();
  }

  /** Creates an interface: segment 0, with the writer as its first member. */
  static create(options: InterfaceOptions): InterfaceDocument {
    const document = InterfaceDocument.awaiting(options.interfaceId, options);
    document.addMember(memberOf(options.actor));
    return document;
  }

  /**
   * A document of which nothing is here yet but its id: apply what others hold to it, or, behind a
   * full segment, append the next event.
   *
   * @throws {RangeError} if the segment is not a whole number in its range.
   */
  static awaiting(
    interfaceId: InterfaceId,
    writer: Writer,
    { segment = 0 }: AwaitingOptions = {},
  ): InterfaceDocument {
    const genesis = interfaceGenesis({ interfaceId, segment });
    const noted = { genesis, log: new EventLog(), changes: [] };
    const history = History.create(genesis, noting(noted.changes, () => segment), writer);
    return new InterfaceDocument({ interfaceId, segment }, history, noted);
  }

  /**
   * Opens what {@linkcode InterfaceDocument.save} gave.
   *
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large` if the bytes are not that.
   */
  static load(bytes: Uint8Array, writer: Writer): InterfaceDocument {
    return InterfaceDocument.#load(bytes, writer, {});
  }

  static #load(bytes: Uint8Array, writer: Writer, limits: ScanLimits): InterfaceDocument {
    const changes: NotedChange[] = [];
    let which: InterfaceSegment | undefined;
    let genesis: Genesis | undefined;
    const genesisOf = (handle: Handle) => genesis = interfaceGenesis(which = readSegment(handle));
    const check = noting(changes, () => which!.segment);
    const history = History.load(bytes, genesisOf, check, writer, limits);
    const noted = { genesis: genesis!, log: new EventLog(), changes };
    return new InterfaceDocument(which!, history, noted);
  }

  /**
   * Opens a snapshot, and changes that were appended to it, from one's own store.
   *
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large` if the bytes are not that.
   */
  static loadStored(
    snapshot: Uint8Array,
    chunks: readonly Uint8Array[],
    writer: Writer,
  ): InterfaceDocument {
    return InterfaceDocument.#load(concat([snapshot, ...chunks]), writer, STORED_LIMITS);
  }

  /** The whole document with its history, in Automerge's format. */
  save(): Uint8Array {
    return this.#history.save();
  }

  /** A copy with the same history that goes its own way; give it an actor of its own. */
  fork(writer: Writer): InterfaceDocument {
    const noted = { genesis: this.#genesis, log: this.#log.copy(), changes: [] };
    const copy = new InterfaceDocument(
      this,
      this.#history.fork(writer, noting(noted.changes, () => this.segment)),
      noted,
    );
    for (const member of this.#everMembers) copy.#everMembers.add(member);
    return copy;
  }

  /** The hashes of the changes nothing comes after, sorted. */
  getHeads(): Heads {
    return this.#history.heads;
  }

  /** Whether each of these changes is here. */
  hasHeads(heads: Heads): boolean {
    return this.#history.has(heads);
  }

  /** What a peer that holds `heads` lacks; everything for `[]`, more than needed for unknown heads. */
  getChangesSince(heads: Heads): Uint8Array[] {
    return this.#history.changesSince(heads);
  }

  /** Every change, each after those it depends on. */
  getAllChanges(): Uint8Array[] {
    return this.#history.changesSince([]);
  }

  /** {@linkcode getChangesSince} as one byte string, in the smallest of three encodings. */
  encodeChangesSince(heads: Heads): Uint8Array {
    return this.#history.encodeSince(heads);
  }

  /**
   * Applies changes from elsewhere, all or nothing. Applying them again is harmless.
   *
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large`; the document stays as it was.
   */
  applyChanges(changes: readonly Uint8Array[]): ApplyOutcome {
    return this.applyEncoded(concat(changes));
  }

  /**
   * Applies what {@linkcode InterfaceDocument.encodeChangesSince} or `save` gave, all or nothing.
   *
   * @param announced Heads that the sender says it has; they must be here afterwards.
   * @param judge Looks at the new changes, each after those it builds upon, and throws to refuse all
   * of them. Without it whoever can write Automerge's format is believed.
   * @throws {SyncError} `heads_absent` if they are not; else as {@linkcode applyChanges} does.
   */
  applyEncoded(bytes: Uint8Array, announced: Heads = [], judge?: InterfaceJudge): ApplyOutcome {
    this.#noted.length = 0; // what a refused batch left behind says nothing
    const outcome = this.#history.apply(bytes, announced, { judge: () => judge?.(this.#noted) });
    if (outcome.type === "applied") this.#keepNoted();
    return outcome;
  }

  /** The changes that a peer with these heads lacks, without what they write. */
  authorsSince(heads: Heads): AuthoredChange[] {
    return this.#history.metaSince(heads).map(({ hash, deps, actor }) => ({
      hash: hash as ChangeHash,
      deps: parseHeads(deps),
      author: memberOf(actor as ActorId),
    })).filter(({ hash }) => hash !== this.#history.genesis.hash);
  }

  /** Everybody who was ever let in, as far as is known here; nobody in a later segment. */
  get everMembers(): ReadonlySet<MemberId> {
    return this.#everMembers;
  }

  /**
   * Lets somebody in, in the writer's name.
   *
   * @returns Whether it was not a member yet; otherwise nothing happens.
   * @throws {RangeError} beyond {@linkcode INTERFACE_MEMBERS_MAX} members.
   */
  addMember(member: MemberId): boolean {
    return this.addMembers([member]);
  }

  /**
   * Lets several in by one change.
   *
   * @returns Whether anybody was not a member yet; otherwise nothing happens.
   * @throws {RangeError} beyond {@linkcode INTERFACE_MEMBERS_MAX} members; then nobody is let in.
   */
  addMembers(added: readonly MemberId[]): boolean {
    const members = this.#map("members");
    const { handle, writer } = this.#history;
    const isMember = (member: MemberId) => handle.getWithType(members, member) !== null;
    const others = [...new Set(added)].filter((member) => !isMember(member));
    if (others.length === 0) return false;
    if (handle.length(members) + others.length > INTERFACE_MEMBERS_MAX) {
      throw new RangeError(`Cannot add member: there are ${INTERFACE_MEMBERS_MAX}, the most`);
    }
    const membership = { joinedAtMs: wholeMs(writer), addedBy: memberOf(writer.actor) };
    for (const member of others) this.#everMembers.add(member);
    if (this.#members !== undefined) {
      const all = [...this.#members, ...others.map((id) => [id, membership] as const)];
      this.#members = new Map(all.sort(([left], [right]) => left < right ? -1 : 1));
    }
    return this.#history.change((handle) => {
      for (const member of others) putMember(handle, members, member, membership);
    });
  }

  /** Removes a member, itself if it leaves; whether it was one. Whoever adds it at once wins. */
  removeMember(member: MemberId): boolean {
    const members = this.#map("members");
    if (this.#history.handle.getWithType(members, member) === null) return false;
    this.#members = undefined;
    return this.#history.change((handle) => handle.delete(members, member));
  }

  /** Everybody who is a member, in the order of their ids; nobody in a later segment. */
  members(): ReadonlyMap<MemberId, Membership> {
    if (this.segment > 0) return new Map();
    return this.#members ??= readMembers(this.#history.handle, this.#map("members"));
  }

  /**
   * Appends an event of the writer's.
   *
   * @returns The event with its numbers.
   * @throws {RangeError} if the kind is not one word, the body too large or the segment full.
   * @throws {SyncError} `too_large` once the document takes up most of what a payload can carry.
   */
  appendEvent({ kind, body }: EventContent): InterfaceEvent {
    if (!isEventKind(kind)) {
      throw new RangeError(`Cannot append event: kind "${kind.slice(0, 80)}" is not one word`);
    }
    if (body.length > EVENT_BODY_BYTES_MAX) {
      throw new RangeError(
        `Cannot append event: ${body.length} bytes, at most ${EVENT_BODY_BYTES_MAX}`,
      );
    }
    if (this.isFull) {
      throw new RangeError(
        `Cannot append event: segment ${this.segment} is full, it belongs in the next`,
      );
    }
    const { writer } = this.#history;
    const sender = memberOf(writer.actor);
    const counter = Math.max(this.#log.lastCounter(sender), this.#sequencesBefore) + 1;
    const event = { sender, counter, sequence: this.lastSequence + 1, kind, atMs: wholeMs(writer) };
    let entry = "";
    this.#history.change((handle) => {
      const { atMs: at, ...fields } = event;
      entry = appendEntry(handle, this.#map("events"), { ...fields, at });
      handle.put(entry, "body", body, "bytes");
    });
    const noted = { ...event, body: body.slice(), operation: parseOperation(entry) };
    this.#log.add([noted]);
    return toPlain(noted);
  }

  /** Every event, by sequence and then by sender: the same order on every peer. */
  events(): readonly InterfaceEvent[] {
    return this.#log.sorted;
  }

  /**
   * The events beyond a sequence, in order. What was written elsewhere at the same time may still
   * arrive with a sequence that is not beyond it; {@linkcode eventsIn} says what arrived.
   */
  eventsSince(sequence: number): readonly InterfaceEvent[] {
    return this.#log.since(sequence);
  }

  /** The events of these changes that are here, in order: what an apply that was `applied` brought. */
  eventsIn(changes: readonly ChangeHash[]): InterfaceEvent[] {
    const { handle } = this.#history;
    return changes.flatMap((hash) => {
      const change = handle.getDecodedChangeByHash(hash);
      if (change === null || change.hash === this.#genesis.hash) return [];
      return checkInterfaceChange(change, this.#genesis, this.segment, handle)
        .filter((event) => this.#log.holds(event))
        .map(toPlain);
    }).sort(bySequence);
  }

  /** The largest sequence seen; that of the segment before if there is no event here. */
  get lastSequence(): number {
    return Math.max(this.#log.lastSequence, this.#sequencesBefore);
  }

  /** Whether the next event belongs in the next segment: by its sequence, or because of its bytes. */
  get isFull(): boolean {
    return this.lastSequence >= this.#sequencesBefore + SEGMENT_SEQUENCES ||
      this.#log.bodyBytes >= SEGMENT_BODY_BYTES_MAX;
  }

  /** Events that are not shown because their sender used a counter twice. */
  get duplicateEvents(): number {
    return this.#log.duplicates;
  }

  /**
   * Sets one value; of two peers that set the same key at once one wins, the same everywhere.
   *
   * @throws {RangeError} if the key is empty or too long, the value larger than 64 KiB, or there
   * are {@linkcode INTERFACE_METADATA_KEYS_MAX} other keys.
   */
  setMetadata(key: string, value: Uint8Array): void {
    checkMetadata(key, value);
    const map = this.#map("metadata");
    const { handle } = this.#history;
    const isNew = handle.getWithType(map, key) === null;
    if (isNew && handle.length(map) >= INTERFACE_METADATA_KEYS_MAX) {
      throw new RangeError(`Cannot set metadata: ${INTERFACE_METADATA_KEYS_MAX} keys are the most`);
    }
    this.#history.change((handle) => handle.put(map, key, value, "bytes"));
    this.#metadata.wrote(key, value);
  }

  /** A copy of one value; `undefined` if it was never set. */
  getMetadata(key: string): Uint8Array | undefined {
    if (this.segment > 0) return undefined;
    return this.#metadata.get(key);
  }

  /** The keys that begin with a text; their values are not read. */
  metadataKeys(prefix: string): string[] {
    if (this.segment > 0) return [];
    return this.#metadata.keys().filter((key) => key.startsWith(prefix));
  }

  /** Every value by its key, in the order of the keys. */
  metadata(): Map<string, Uint8Array> {
    if (this.segment > 0) return new Map();
    return this.#metadata.all();
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#history.free();
  }

  /** What a change that has taken effect appended goes into the log. */
  #keepNoted(): void {
    const noted = this.#noted.splice(0);
    this.#log.add(noted.flatMap(({ events }) => events));
    for (const member of noted.flatMap(({ admits }) => admits)) this.#everMembers.add(member);
    // Reading a thousand members takes long, and most changes are messages.
    const isSame = noted.every(({ admits, removes }) => admits.length + removes.length === 0);
    if (!isSame) this.#members = undefined;
    if (noted.some(({ keys }) => keys.length > 0)) this.#metadata.clear();
  }

  get #sequencesBefore(): number {
    return this.segment * SEGMENT_SEQUENCES;
  }

  /** The object of a container; the genesis fixes it. */
  #map(name: "events" | "members" | "metadata"): string {
    const object = this.#objects[name];
    if (object !== undefined) return object;
    throw new TypeError(`Cannot write ${name}: segment ${this.segment} holds events only`);
  }
}

/** A change that came from elsewhere: whose it is and what it writes. */
export interface InterfaceChange extends AuthoredChange, InterfaceWrites {}

/** Decides about new changes together, each after those it builds upon; throws to refuse them. */
export type InterfaceJudge = (changes: readonly InterfaceChange[]) => void;

interface NotedChange extends InterfaceChange {
  readonly events: readonly NotedEvent[];
}

/** What the checks of changes find, until it is known whether the changes take effect. */
interface Noted {
  readonly genesis: Genesis;
  readonly log: EventLog;
  readonly changes: NotedChange[];
}

function noting(changes: NotedChange[], segment: () => number): ChangeCheck {
  let pages = new Map<string, string>();
  return (change, genesis, document) => {
    if (changes.length === 0) pages = new Map();
    changes.push({
      ...interfaceWrites(change, genesis),
      events: checkInterfaceChange(change, genesis, segment(), document, pages),
      hash: change.hash as ChangeHash,
      deps: parseHeads(change.deps),
      author: memberOf(change.actor as ActorId),
    });
  };
}

function readSegment(handle: Handle): InterfaceSegment {
  return {
    interfaceId: parseInterfaceId(String(handle.getWithType("/", "interface_id")?.[1])),
    segment: Number(handle.getWithType("/", "segment")?.[1]),
  };
}

function parseOperation(object: string): NotedEvent["operation"] {
  const [counter, actor] = object.split("@") as [string, string];
  return { counter: Number(counter), actor };
}

function wholeMs({ nowMs }: Writer): number {
  return Math.max(0, Math.floor(nowMs()));
}
