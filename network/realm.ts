/**
 * A realm: what its members say, write and share.
 *
 * @module
 */
import type { ArtifactId, JsonValue, MemberId } from "../sync/mod.ts";
import { realmAlias, setRealmAlias } from "./alias.ts";
import type { Document } from "./document.ts";
import { checkDocumentName, documentNames } from "./document_names.ts";
import type { EventStream } from "./event_stream.ts";
import type { InviteId, IssuedInvite } from "./issued_invite.ts";
import { Messages } from "./messages.ts";
import type { Message, MessageKey, SendArtifactOptions } from "./messages.ts";
import { ReadTracker } from "./read_tracker.ts";
import type { RealmEvent } from "./realm_event.ts";
import type { RealmHost } from "./realm_host.ts";
import { parseRealmId } from "./realm_ids.ts";
import type { RealmId } from "./realm_ids.ts";
import { realmMembers, removeRealmMember } from "./realm_members.ts";
import type { RealmMember } from "./realm_members.ts";
import { realmName, renameRealm } from "./realm_name.ts";
import { membersOf } from "./realm_rules.ts";

/** For how long, and for how many, an invite is good. */
export interface RealmInviteOptions {
  /** From when on it is refused, in milliseconds since the Unix epoch. @default {never} */
  readonly expiresAtMs?: number;
  /** How many members it lets in, from 1. @default {as many as a realm can have} */
  readonly usesMax?: number;
}

/** The invites of one realm that this peer answers for. */
export interface RealmInvites {
  /** The text of an open invite without expiry and for any number; issued if there is none. */
  standing(): string;
  /** The text of a new invite. */
  create(options: RealmInviteOptions): string;
  /** All that were issued and are not forgotten. */
  list(): readonly IssuedInvite[];
  /** Lets nobody in by it any more; whether it did. */
  revoke(id: InviteId): boolean;
}

/** What a {@linkcode Realm} is made of. */
export interface RealmOptions {
  /** Its documents, and who writes them. */
  readonly host: RealmHost;
  /** Opens a document that may have this name; the same object each time. */
  readonly openDocument: (name: string) => Document;
  /** Its invites. */
  readonly invites: RealmInvites;
  /** Leaves it. */
  readonly leave: () => void;
  /** Where what happens is told. */
  readonly events: EventStream<RealmEvent>;
  /** Finds the same messages as {@linkcode Messages.search}, by an index. @default {none} */
  readonly search?: (query: string) => readonly MessageKey[];
  /** Its messages, if somebody else reads them too. @default {those of the host} */
  readonly messages?: Messages;
}

/**
 * One realm, as its members see it.
 *
 * What is read writes nothing. What is written is here, and due to the others, when the method
 * returns; each of these methods throws a {@linkcode NetworkError} `not_member` unless this peer is
 * a member, `too_large` once the realm's document is full, and `limit_reached` if it has no room for
 * another entry.
 */
export class Realm {
  /** Its id; {@linkcode realmIdOf} says of what. */
  readonly id: RealmId;
  readonly #options: RealmOptions;
  readonly #messages: Messages;
  readonly #reading: ReadTracker;

  /** A realm at its host. */
  constructor(options: RealmOptions) {
    const { host } = options;
    this.id = parseRealmId(host.realmId);
    this.#options = options;
    this.#messages = options.messages ?? new Messages(host);
    this.#reading = new ReadTracker(host, this.#messages);
  }

  /** What its creator calls it; `undefined` until that has arrived. */
  get name(): string | undefined {
    return realmName(this.#host.document);
  }

  /** Whether this peer is a member, as far as is known here. */
  get isMember(): boolean {
    return membersOf(this.#host.document).has(this.#host.self);
  }

  /** Says something; see {@linkcode Messages.send}. */
  send(text: string): number {
    return this.#messages.send(text);
  }

  /** Answers a message by its id or key; see {@linkcode Messages.reply}. */
  reply(target: number | string, text: string): number {
    return this.#messages.reply(target, text);
  }

  /** Reacts to a message by its id or key; see {@linkcode Messages.react}. */
  react(target: number | string, emoji: string): number {
    return this.#messages.react(target, emoji);
  }

  /** Points the members to an artifact; see {@linkcode Messages.sendArtifact}. */
  sendArtifact(artifactId: ArtifactId, options: SendArtifactOptions = {}): number {
    return this.#messages.sendArtifact(artifactId, options);
  }

  /** Writes a system message; see {@linkcode Messages.announce}. */
  announce(text: string): number {
    return this.#messages.announce(text);
  }

  /** All messages, in the order that is the same for all. */
  messages(): readonly Message[] {
    return this.#messages.messages();
  }

  /** The messages with an id above `id`. */
  messagesSince(id: number): readonly Message[] {
    return this.#messages.messagesSince(id);
  }

  /** The messages with a text in them; see {@linkcode Messages.search}. */
  search(query: string): Message[] {
    const keys = this.#options.search?.(query);
    if (keys === undefined) return this.#messages.search(query);
    return keys.flatMap((key) => this.#messages.message(key) ?? []);
  }

  /** One message by its id or key. */
  message(target: number | string): Message | undefined {
    return this.#messages.message(target);
  }

  /** Events of others that are no message that this release knows, or damaged. */
  get skippedMessages(): number {
    return this.#messages.skipped;
  }

  /** Everybody who is a member, this peer included, in the order of their ids. */
  members(): RealmMember[] {
    return realmMembers(this.#host);
  }

  /** How many members there are, this peer included. */
  get memberCount(): number {
    return membersOf(this.#host.document).size;
  }

  /** Removes a member; its creator can. See {@linkcode removeRealmMember}. */
  removeMember(member: MemberId): boolean {
    return removeRealmMember(this.#host, member);
  }

  /** An invite without expiry and for any number, the same each time; else a new one, as asked. */
  inviteCode(options: RealmInviteOptions = {}): string {
    const isStanding = options.expiresAtMs === undefined && options.usesMax === undefined;
    if (!isStanding) return this.createInvite(options);
    this.#host.checkMember();
    return this.#options.invites.standing();
  }

  /** A new invite. */
  createInvite(options: RealmInviteOptions = {}): string {
    this.#host.checkMember();
    return this.#options.invites.create(options);
  }

  /** The invites that this peer issued, ended ones that it still knows too. */
  invites(): readonly IssuedInvite[] {
    return this.#options.invites.list();
  }

  /** Lets nobody in by an invite any more; `false` if it is unknown or was revoked before. */
  revokeInvite(id: InviteId): boolean {
    return this.#options.invites.revoke(id);
  }

  /** Has read everything that is here; for oneself only. See {@linkcode ReadTracker.markRead}. */
  markRead(member: MemberId): void {
    this.#reading.markRead(member);
  }

  /** How many texts and artifacts of others a member has not read. */
  unreadCount(member: MemberId): number {
    return this.#reading.unreadCount(member);
  }

  /** The id up to which a member has nothing to read; 0 if it never marked anything. */
  lastReadSeq(member: MemberId): number {
    return this.#reading.lastReadSeq(member);
  }

  /**
   * A document, whether it was written yet or not; the same object each time. What is in it came
   * from the members: `T` is what the caller expects, not what was checked.
   *
   * @throws {NetworkError} `invalid_operation` if no document can have this name.
   */
  document<T = JsonValue>(name: string): Document<T> {
    checkDocumentName(name);
    return this.#options.openDocument(name) as unknown as Document<T>;
  }

  /** The names of the documents that were written, sorted, without internal ones. */
  documentNames(): string[] {
    return documentNames(this.#host);
  }

  /** Sets the alias; see {@linkcode setRealmAlias}. */
  setAlias(alias: string): void {
    setRealmAlias(this.#host, alias);
  }

  /** The alias; `undefined` if there is none. */
  get alias(): string | undefined {
    return realmAlias(this.#host.document, this.#host.sources.nowMs());
  }

  /** Takes the alias away, whoever set it. */
  clearAlias(): void {
    setRealmAlias(this.#host, null);
  }

  /** Gives it another name; its creator can. See {@linkcode renameRealm}. */
  rename(name: string): void {
    renameRealm(this.#host, name);
  }

  /** Leaves it. */
  leave(): void {
    this.#options.leave();
  }

  /** What happens from now on, to be read with `for await`; leaving the loop ends it. */
  events(): AsyncIterableIterator<RealmEvent> {
    return this.#options.events[Symbol.asyncIterator]();
  }

  get #host(): RealmHost {
    return this.#options.host;
  }
}
