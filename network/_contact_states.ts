import { sameHeads } from "../sync/mod.ts";
import type { Heads, MemberId } from "../sync/mod.ts";
import type { BlockRecord, ContactRecord, RequestRecord } from "./_contact_records.ts";
import type { MemberMap } from "./_member_map.ts";
import type { Contact, ContactEvent, ContactRequest } from "./contact.ts";

/** What somebody is to a member: at most one of the three. */
export interface ContactState {
  readonly contact?: ContactRecord | undefined;
  readonly request?: RequestRecord | undefined;
  readonly isBlocked: boolean;
}

/** Where it is stored. */
export interface ContactMaps {
  readonly contacts: MemberMap<ContactRecord>;
  readonly requests: MemberMap<RequestRecord>;
  readonly blocks: MemberMap<BlockRecord>;
}

/**
 * What everybody is to a member, out of all that is stored: a block counts more than a contact, and
 * a contact more than a request. Two devices that write at once can leave more than one of them.
 */
export class ContactStates {
  readonly #maps: ContactMaps;
  /** What was told last, and of which changes that came. */
  #told: Map<MemberId, ContactState>;
  #heads: readonly Heads[];

  /** What is there now is no news. */
  constructor(maps: ContactMaps) {
    this.#maps = maps;
    this.#told = this.#all();
    this.#heads = this.#headsNow();
  }

  /** What somebody is now. */
  of(member: MemberId): ContactState {
    const { contacts, requests, blocks } = this.#maps;
    if (blocks.entries.has(member)) return { isBlocked: true };
    const contact = contacts.entries.get(member);
    if (contact !== undefined) return { contact, isBlocked: false };
    return { request: requests.entries.get(member), isBlocked: false };
  }

  /** All contacts, in the order of their ids. */
  contacts(): Contact[] {
    return this.#contactIds().sort()
      .map((member) => ({ member, ...this.#maps.contacts.entries.get(member)! }));
  }

  /** How many contacts there are. */
  get contactCount(): number {
    return this.#contactIds().length;
  }

  /** All requests, who came first is first. */
  requests(): ContactRequest[] {
    const found = [...this.#maps.requests.entries].flatMap(([member, record]) =>
      this.of(member).request === undefined ? [] : [{ member, ...record }]
    );
    return found.sort((left, right) =>
      left.receivedAtMs - right.receivedAtMs || (left.member < right.member ? -1 : 1)
    );
  }

  /**
   * What has happened since this was last asked, in the order of the members' ids. Costs little if
   * nothing has.
   *
   * @param only The one member to whom anything can have happened. @default {anybody}
   */
  changes(only?: MemberId): ContactEvent[] {
    const heads = this.#headsNow();
    if (heads.every((now, index) => sameHeads(now, this.#heads[index]!))) return [];
    this.#heads = heads;
    if (only !== undefined) return this.#tell(only, this.of(only));
    const now = this.#all();
    const members = [...this.#told.keys(), ...now.keys()].sort();
    return [...new Set(members)].flatMap((member) => this.#tell(member, now.get(member) ?? NOBODY));
  }

  #tell(member: MemberId, after: ContactState): ContactEvent[] {
    const before = this.#told.get(member) ?? NOBODY;
    if (isSomebody(after)) this.#told.set(member, after);
    else this.#told.delete(member);
    return differences(member, before, after);
  }

  #all(): Map<MemberId, ContactState> {
    const { contacts, requests, blocks } = this.#maps;
    const members = [contacts, requests, blocks].flatMap(({ entries }) => [...entries.keys()]);
    return new Map(members.map((member) => [member, this.of(member)]));
  }

  #headsNow(): Heads[] {
    const { contacts, requests, blocks } = this.#maps;
    return [contacts.heads, requests.heads, blocks.heads];
  }

  #contactIds(): MemberId[] {
    const { contacts, blocks } = this.#maps;
    const blocked = blocks.entries;
    return [...contacts.entries.keys()].filter((member) => !blocked.has(member));
  }
}

const NOBODY: ContactState = { isBlocked: false };

function isSomebody({ contact, request, isBlocked }: ContactState): boolean {
  return isBlocked || contact !== undefined || request !== undefined;
}

function differences(member: MemberId, before: ContactState, after: ContactState): ContactEvent[] {
  const events: ContactEvent[] = [];
  const wasThere = before.contact ?? before.request;
  const isThere = after.contact ?? after.request;
  if (wasThere !== undefined && isThere === undefined) events.push({ type: "removed", member });
  if (after.isBlocked && !before.isBlocked) events.push({ type: "blocked", member });
  if (before.isBlocked && !after.isBlocked) events.push({ type: "unblocked", member });
  if (after.request !== undefined && before.request === undefined) {
    events.push({ type: "requested", member, request: { member, ...after.request } });
  }
  if (after.contact === undefined) return events;
  const contact = { member, ...after.contact };
  const now = { member, contact };
  if (before.contact === undefined) events.push({ type: "added", ...now });
  else if (hasChanged(before.contact, after.contact)) events.push({ type: "changed", ...now });
  if (contact.status === "confirmed" && before.contact?.status !== "confirmed") {
    events.push({ type: "confirmed", ...now });
  }
  return events;
}

function hasChanged(before: ContactRecord, after: ContactRecord): boolean {
  return before.name !== after.name || before.sentiment !== after.sentiment ||
    before.relayable !== after.relayable;
}
