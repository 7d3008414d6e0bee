/**
 * What a network remembers beside its documents: who it is, which realms it is in, whom it has
 * invited. Each write is one transaction of the store.
 *
 * @module
 */
import { decodeWire, encodeWire, parseInterfaceId, parseMemberId } from "../sync/mod.ts";
import type { InterfaceId, MemberId, Store, WireValue } from "../sync/mod.ts";
import { NetworkError } from "./errors.ts";
import { InviteBook } from "./invite_book.ts";

/** How this peer stands to a realm. */
export type RealmState = "in" | "joining" | "refused" | "request" | "left";

/** What a network remembers of a realm. */
export interface RealmRecord {
  /** Which realm. */
  readonly id: InterfaceId;
  /** How it came to be. */
  readonly kind: "created" | "direct" | "home";
  /** How this peer stands to it. */
  readonly state: RealmState;
  /** Who is spoken to until the realm's document has arrived: whoever invited. */
  readonly awaitedFrom: readonly MemberId[];
  /** What the invite called it. */
  readonly name: string | undefined;
  /** Why it was not let in, while `state` is `"refused"`. */
  readonly refusal: string | undefined;
}

const SPACE = "network";
const STATES: readonly string[] = ["in", "joining", "refused", "request", "left"];
const KINDS: readonly string[] = ["created", "direct", "home"];

/** The records of one network. */
export class NetworkRecords {
  readonly #store: Store;
  readonly #realms: Map<InterfaceId, RealmRecord> = new Map();
  readonly #books: Map<InterfaceId, InviteBook> = new Map();

  /**
   * Opens what a store holds.
   *
   * @throws {NetworkError} `storage_error` if it is not what was put there.
   */
  constructor(store: Store) {
    this.#store = store;
    for (const [, value] of store.entries(SPACE, "realm/")) {
      const record = toRecord(decodeWire(value));
      this.#realms.set(record.id, record);
    }
  }

  /** The realms, by id; also those that were left. */
  get realms(): ReadonlyMap<InterfaceId, RealmRecord> {
    return this.#realms;
  }

  /** Remembers a realm, or what has become of it. */
  putRealm(record: RealmRecord): void {
    this.#realms.set(record.id, record);
    const { id, kind, state, awaitedFrom, name = null, refusal = null } = record;
    this.#put(`realm/${id}`, [id, kind, state, [...awaitedFrom], name, refusal]);
  }

  /** One value by its name; `undefined` if there is none. */
  get(key: string): WireValue | undefined {
    const value = this.#store.get(SPACE, `value/${key}`);
    return value === undefined ? undefined : decodeWire(value);
  }

  /** Remembers a value. */
  put(key: string, value: WireValue): void {
    this.#put(`value/${key}`, value);
  }

  /** The invites to a realm; write them back with {@linkcode NetworkRecords.putInvites}. */
  invites(realmId: InterfaceId): InviteBook {
    const known = this.#books.get(realmId);
    if (known !== undefined) return known;
    const stored = this.#store.get(SPACE, `invites/${realmId}`);
    const book = stored === undefined ? new InviteBook() : InviteBook.load(decodeWire(stored));
    this.#books.set(realmId, book);
    return book;
  }

  /** Keeps the invites to a realm. */
  putInvites(realmId: InterfaceId): void {
    this.#put(`invites/${realmId}`, this.invites(realmId).save());
  }

  #put(key: string, value: WireValue): void {
    this.#store.transact((writer) => writer.put(SPACE, key, encodeWire(value)));
  }
}

function toRecord(value: WireValue): RealmRecord {
  if (!Array.isArray(value)) throw damaged();
  const [id, kind, state, awaitedFrom, name, refusal] = value;
  const isRight = KINDS.includes(String(kind)) && STATES.includes(String(state)) &&
    Array.isArray(awaitedFrom);
  if (!isRight) throw damaged();
  return {
    id: parseInterfaceId(String(id)),
    kind: kind as RealmRecord["kind"],
    state: state as RealmState,
    awaitedFrom: awaitedFrom.map((member) => parseMemberId(String(member))),
    name: typeof name === "string" ? name : undefined,
    refusal: typeof refusal === "string" ? refusal : undefined,
  };
}

function damaged(): NetworkError {
  return new NetworkError("storage_error", "Storage error: a realm's record is damaged");
}
