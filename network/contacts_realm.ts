/**
 * The people that a member keeps, and those that it keeps away.
 *
 * @module
 */
import { SyncError, valueDocumentId } from "../sync/mod.ts";
import type { MemberId, ValueDocumentId } from "../sync/mod.ts";
import { clampSentiment, nameIn, readBlock, readContact, readRequest } from "./_contact_records.ts";
import type { BlockRecord, ContactRecord, RequestRecord } from "./_contact_records.ts";
import { ContactStates } from "./_contact_states.ts";
import { MemberMap } from "./_member_map.ts";
import { invalid } from "./_realm_faults.ts";
import { BLOCKED_MAX, CONTACTS_MAX, REQUESTS_MAX } from "./contact.ts";
import type { Contact, ContactEvent, ContactRequest, ContactStatus } from "./contact.ts";
import { parseDisplayName } from "./display_name.ts";
import { NetworkError } from "./errors.ts";
import type { EventStream } from "./event_stream.ts";
import type { RealmHost } from "./realm_host.ts";

/** What {@linkcode ContactsRealm.addContact} takes besides the member. */
export interface AddContactOptions {
  /** What the member calls it, if it has no name for it yet. @default {what a request says} */
  readonly name?: string;
}

/** What a {@linkcode ContactsRealm} is made of. */
export interface ContactsRealmOptions {
  /** The place of the member's home realm in its network. */
  readonly host: RealmHost;
  /** Where what happens is told. */
  readonly events: EventStream<ContactEvent>;
  /** Called when somebody was blocked, here or at another device. @default {nothing} */
  readonly onBlocked?: (member: MemberId) => void;
}

/**
 * The contacts of one member, strangers who ask to be contacts, and members that it blocks. All of
 * it lies in documents of its home realm, which nobody else gets.
 *
 * Nothing that somebody else sends makes it a contact, or confirms one. Who is blocked is neither a
 * contact nor a stranger who waits, whatever else is stored.
 *
 * Reading writes nothing. What is written is in the store when the method returns; each of these
 * methods also throws what a {@linkcode Document} throws.
 *
 * @example A contact is what one member thinks of another
 * ```ts
 * import { IndrasNetwork, SimulatedWorld } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const world = new SimulatedWorld({ seed: "7" });
 * const network = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
 * network.start();
 * const contacts = network.contactsRealm();
 * const ben = parseMemberId("b2".repeat(32));
 * contacts.addContact(ben, { name: "Ben" });
 * contacts.setSentiment(ben, 1);
 * assertEquals([contacts.status(ben), contacts.displayNameOf(ben)], ["pending", "Ben"]);
 *
 * contacts.block(ben);
 * assertEquals([contacts.isContact(ben), contacts.blocked()], [false, [ben]]);
 * ```
 */
export class ContactsRealm {
  /** The document that the contacts are in; another one for each member. */
  readonly id: ValueDocumentId;
  readonly #host: RealmHost;
  readonly #events: EventStream<ContactEvent>;
  readonly #onBlocked: (member: MemberId) => void;
  readonly #contacts: MemberMap<ContactRecord>;
  readonly #requests: MemberMap<RequestRecord>;
  readonly #blocks: MemberMap<BlockRecord>;
  readonly #states: ContactStates;
  #refusedRequests = 0;

  /** Networks make their own. */
  constructor({ host, events, onBlocked = () => {} }: ContactsRealmOptions) {
    this.id = valueDocumentId(host.realmId, CONTACTS_NAME);
    this.#host = host;
    this.#events = events;
    this.#onBlocked = onBlocked;
    this.#contacts = new MemberMap({ host, name: CONTACTS_NAME, read: readContact });
    this.#requests = new MemberMap({ host, name: REQUESTS_NAME, read: readRequest });
    this.#blocks = new MemberMap({ host, name: BLOCKED_NAME, read: readBlock });
    this.#states = new ContactStates({
      contacts: this.#contacts,
      requests: this.#requests,
      blocks: this.#blocks,
    });
  }

  /**
   * Adds a contact, pending; one who has asked is confirmed at once, because both want it. Of one
   * that is there only a missing name is set.
   *
   * @returns Whether it was none before.
   * @throws {NetworkError} `invalid_operation` for oneself and for who is blocked, `invalid_name`,
   * or `limit_reached` if there are {@linkcode CONTACTS_MAX} others.
   */
  addContact(member: MemberId, options: AddContactOptions = {}): boolean {
    const name = options.name === undefined ? {} : { name: parseDisplayName(options.name) };
    if (member === this.#host.self) throw invalid("one cannot be one's own contact");
    const { contact, request, isBlocked } = this.#states.of(member);
    if (isBlocked) throw invalid(`cannot add contact: "${member}" is blocked`);
    if (contact === undefined) {
      const status = request === undefined ? "pending" : "confirmed";
      this.#add(member, { ...nameIn(request ?? {}), ...name, status });
      return true;
    }
    if (contact.name === undefined && name.name !== undefined) this.#edit(member, name);
    return false;
  }

  /** Forgets a contact, or turns a stranger who waits away; `false` if it was neither. */
  removeContact(member: MemberId): boolean {
    const { contact, request } = this.#states.of(member);
    if (contact === undefined && request === undefined) return false;
    this.#write(member, () => this.#forget(member));
    return true;
  }

  /** Whether somebody is a contact, pending or confirmed. Strangers who wait are none. */
  isContact(member: MemberId): boolean {
    return this.#states.of(member).contact !== undefined;
  }

  /** All contacts, in the order of their ids. */
  contacts(): Contact[] {
    return this.#states.contacts();
  }

  /** How many contacts there are. */
  get contactCount(): number {
    return this.#states.contactCount;
  }

  /**
   * Confirms a contact; a stranger who waits becomes a confirmed contact.
   *
   * @returns Whether it was not confirmed before.
   * @throws {NetworkError} `invalid_operation` for everybody else, `limit_reached` if there are
   * {@linkcode CONTACTS_MAX} other contacts.
   */
  confirmContact(member: MemberId): boolean {
    const { contact, request } = this.#states.of(member);
    if (contact === undefined && request !== undefined) {
      this.#add(member, { ...nameIn(request), status: "confirmed" });
      return true;
    }
    if (this.#contact(member).status === "confirmed") return false;
    this.#edit(member, { status: "confirmed" });
    return true;
  }

  /** The status of a contact; `"pending"` for a stranger who waits, `undefined` for all others. */
  status(member: MemberId): ContactStatus | undefined {
    const { contact, request } = this.#states.of(member);
    return contact?.status ?? (request && "pending");
  }

  /**
   * Says how much the member thinks of a contact; beyond -1 and 1 the nearest of them counts.
   *
   * @throws {NetworkError} `invalid_operation` if it is no contact.
   * @throws {RangeError} if it is not a number.
   */
  setSentiment(member: MemberId, sentiment: number): void {
    if (Number.isNaN(sentiment)) throw new RangeError("Cannot set sentiment: NaN is no number");
    this.#setField(member, { sentiment: clampSentiment(sentiment) });
  }

  /**
   * How much the member thinks of a contact, from -1 to 1.
   *
   * @throws {NetworkError} `invalid_operation` if it is no contact.
   */
  sentiment(member: MemberId): number {
    return this.#contact(member).sentiment;
  }

  /**
   * Says whether a contact may be made known to others.
   *
   * @throws {NetworkError} `invalid_operation` if it is no contact.
   */
  setRelayable(member: MemberId, isRelayable: boolean): void {
    this.#setField(member, { relayable: isRelayable });
  }

  /**
   * Whether a contact may be made known to others.
   *
   * @throws {NetworkError} `invalid_operation` if it is no contact.
   */
  relayable(member: MemberId): boolean {
    return this.#contact(member).relayable;
  }

  /** What the member calls a contact; `undefined` if it has no name for it. */
  displayNameOf(member: MemberId): string | undefined {
    return this.#states.of(member).contact?.name;
  }

  /**
   * Keeps somebody away: it is no contact any more, and waits for nothing, until it is unblocked.
   *
   * @returns Whether it was not blocked before.
   * @throws {NetworkError} `invalid_operation` for oneself, `limit_reached` if there are
   * {@linkcode BLOCKED_MAX} others.
   */
  block(member: MemberId): boolean {
    if (member === this.#host.self) throw invalid("one cannot block oneself");
    if (this.isBlocked(member)) return false;
    if (this.#blocks.entries.size >= BLOCKED_MAX) {
      throw full(`cannot block: ${BLOCKED_MAX} members are the most`);
    }
    this.#write(member, () => {
      // First of all: from then on it is blocked, whatever fails.
      this.#blocks.set(member, this.#nowMs);
      this.#forget(member);
    });
    return true;
  }

  /** Blocks somebody no longer; what it was before does not come back. `false` if it was not. */
  unblock(member: MemberId): boolean {
    if (!this.isBlocked(member)) return false;
    this.#write(member, () => this.#blocks.delete(member));
    return true;
  }

  /** Whether somebody is blocked. */
  isBlocked(member: MemberId): boolean {
    return this.#blocks.entries.has(member);
  }

  /** Everybody who is blocked, in the order of their ids. */
  blocked(): MemberId[] {
    return [...this.#blocks.entries.keys()].sort();
  }

  /** The strangers who wait for an answer, who came first is first. */
  requests(): ContactRequest[] {
    return this.#states.requests();
  }

  /** Messages of strangers for whom there was no room. */
  get refusedRequests(): number {
    return this.#refusedRequests;
  }

  /**
   * Takes note that somebody has written to this member directly; for its network. A stranger waits
   * for an answer from then on; of one who waits only a missing name is set. Contacts stay as they
   * are.
   *
   * @param name What it says that it is called; what cannot be shown on a line counts as nothing.
   * @returns Whether what it wrote is to be kept: not of who is blocked, and not of a stranger
   * beyond {@linkcode REQUESTS_MAX}, which is counted.
   */
  noteRequest(member: MemberId, name?: string): boolean {
    const { contact, request, isBlocked } = this.#states.of(member);
    if (isBlocked || member === this.#host.self) return false;
    if (contact !== undefined) return true;
    const said = nameIn({ name });
    if (request === undefined) return this.#addRequest(member, said);
    if (request.name === undefined && said.name !== undefined) {
      this.#write(member, () => this.#requests.edit(member, said));
    }
    return true;
  }

  /** Tells what has arrived from another device of the same member; for its network. */
  refresh(): void {
    this.#tell(this.#states.changes());
  }

  /** What happens from now on, to be read with `for await`; leaving the loop ends it. */
  events(): AsyncIterableIterator<ContactEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  #add(member: MemberId, fields: Pick<ContactRecord, "name" | "status">): void {
    if (this.contactCount >= CONTACTS_MAX) {
      throw full(`cannot add contact: ${CONTACTS_MAX} are the most`);
    }
    const record = { sentiment: 0, relayable: true, addedAtMs: this.#nowMs, ...fields };
    this.#write(member, () => {
      this.#contacts.set(member, record);
      this.#requests.delete(member);
    });
  }

  #addRequest(member: MemberId, name: { readonly name?: string }): boolean {
    const isAdded = this.#requests.entries.size < REQUESTS_MAX && unlessFull(() => {
      const record = { ...name, receivedAtMs: this.#nowMs };
      this.#write(member, () => this.#requests.set(member, record));
    });
    if (!isAdded) this.#refusedRequests++;
    return isAdded;
  }

  #setField(member: MemberId, fields: Partial<ContactRecord>): void {
    this.#contact(member);
    this.#edit(member, fields);
  }

  #edit(member: MemberId, fields: Partial<ContactRecord>): void {
    this.#write(member, () => this.#contacts.edit(member, fields));
  }

  #forget(member: MemberId): void {
    this.#contacts.delete(member);
    this.#requests.delete(member);
  }

  #contact(member: MemberId): ContactRecord {
    const { contact } = this.#states.of(member);
    if (contact === undefined) throw invalid(`"${member}" is no contact`);
    return contact;
  }

  /** Writes what concerns one member, and tells what happened to it. */
  #write(member: MemberId, write: () => void): void {
    this.refresh();
    try {
      write();
    } finally {
      this.#tell(this.#states.changes(member));
    }
  }

  #tell(events: readonly ContactEvent[]): void {
    for (const event of events) {
      this.#events.emit(event);
      if (event.type === "blocked") this.#onBlocked(event.member);
    }
  }

  get #nowMs(): number {
    return Math.max(0, Math.trunc(this.#host.sources.nowMs()));
  }
}

const CONTACTS_NAME = "_contacts";
const REQUESTS_NAME = "_requests";
const BLOCKED_NAME = "_blocked";

function full(why: string): NetworkError {
  return new NetworkError("limit_reached", `Invalid operation: ${why}`);
}

/** Whether there was room. A stranger must be able to make nothing fail but its own message. */
function unlessFull(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    const code = error instanceof SyncError || error instanceof NetworkError ? error.code : "";
    if (code === "too_large" || code === "limit_reached") return false;
    throw error;
  }
}
