/**
 * What has happened in a realm since somebody last looked.
 *
 * @module
 */
import type { Heads, MemberId } from "../sync/mod.ts";
import { sameHeads } from "../sync/mod.ts";
import { realmAlias } from "./alias.ts";
import { documentNames } from "./document_names.ts";
import type { Message } from "./message.ts";
import type { Messages } from "./messages.ts";
import { readCounts } from "./read_tracker.ts";
import type { RealmEvent } from "./realm_event.ts";
import type { RealmHost } from "./realm_host.ts";
import { realmName } from "./realm_name.ts";
import { membersOf } from "./realm_rules.ts";

/**
 * Compares what a realm holds with what it held. What is there when the watcher is made is no news.
 *
 * It says nothing about what was there and gone between two looks, and nothing about being let in:
 * whoever asked to be knows.
 */
export class RealmWatcher {
  readonly #host: RealmHost;
  readonly #messages: Messages;
  #heads: Heads;
  #realm: RealmState;
  #seen: readonly Message[];

  /** Looks for the first time. */
  constructor(host: RealmHost, messages: Messages) {
    this.#host = host;
    this.#messages = messages;
    this.#heads = host.document.getHeads();
    this.#realm = stateOf(host);
    this.#seen = messages.messages();
  }

  /**
   * What has happened since the last look: members first, in the order of their ids, and messages
   * last, in theirs. Costs little if nothing has.
   */
  poll(): RealmEvent[] {
    return [...this.#pollRealm(), ...this.#pollMessages()];
  }

  #pollRealm(): RealmEvent[] {
    const heads = this.#host.document.getHeads();
    if (sameHeads(heads, this.#heads)) return [];
    const [before, after] = [this.#realm, stateOf(this.#host)];
    this.#heads = heads;
    this.#realm = after;
    return differences(before, after);
  }

  #pollMessages(): RealmEvent[] {
    const [before, after] = [this.#seen, this.#messages.messages()];
    if (before === after) return [];
    this.#seen = after;
    return newIn(before, after).map((message) => ({ type: "message", message }));
  }
}

interface RealmState {
  readonly members: ReadonlySet<MemberId>;
  readonly name: string | undefined;
  readonly alias: string | undefined;
  readonly documents: ReadonlySet<string>;
  readonly read: ReadonlyMap<MemberId, number>;
}

function stateOf(host: RealmHost): RealmState {
  const { document, sources } = host;
  return {
    members: new Set(membersOf(document).keys()),
    name: realmName(document),
    alias: realmAlias(document, sources.nowMs()),
    documents: new Set(documentNames(host)),
    read: readCounts(document.metadata()),
  };
}

function differences(before: RealmState, after: RealmState): RealmEvent[] {
  const { name, alias } = after;
  const events: RealmEvent[] = [
    ...behind(before.members, after.members, "member_joined"),
    ...behind(after.members, before.members, "member_left"),
  ];
  if (name !== before.name) events.push({ type: "renamed", ...(name !== undefined && { name }) });
  if (alias !== before.alias) {
    events.push({ type: "alias_changed", ...(alias !== undefined && { alias }) });
  }
  for (const name of after.documents.difference(before.documents)) {
    events.push({ type: "document_added", name });
  }
  for (const [member, count] of after.read) {
    if (count > (before.read.get(member) ?? -1)) {
      events.push({ type: "read_marked", member, count });
    }
  }
  return events;
}

function behind(
  before: ReadonlySet<MemberId>,
  after: ReadonlySet<MemberId>,
  type: "member_joined" | "member_left",
): RealmEvent[] {
  return [...after.difference(before)].sort().map((member) => ({ type, member }));
}

/** The messages that were not there; usually all of them are at the end. */
function newIn(before: readonly Message[], after: readonly Message[]): readonly Message[] {
  const last = before.at(-1);
  if (last === undefined) return after;
  const added = after.slice(before.length);
  // A list that only grew at its end has the same objects before that.
  if (after[before.length - 1] === last) return added;
  const keys = new Set(before.map(({ key }) => key));
  return after.filter(({ key }) => !keys.has(key));
}
