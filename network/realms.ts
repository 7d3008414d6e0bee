/**
 * The realms of one network: creating them, joining, meeting directly, leaving, and what arrives
 * for them.
 *
 * @module
 */
import {
  artifactIdOf,
  INTERFACE_MEMBERS_MAX,
  InterfaceDocument,
  SyncError,
  ValueDocument,
} from "../sync/mod.ts";
import type { DocumentId, InterfaceId, MemberId, Sources, Writer } from "../sync/mod.ts";
import type { Artifact } from "./artifact.ts";
import type { Document } from "./document.ts";
import { NetworkError } from "./errors.ts";
import { formatInvite, isInviteExpired, parseInvite } from "./invite.ts";
import { inviteRefused } from "./invite_book.ts";
import { inviteStatusOf } from "./issued_invite.ts";
import type { InviteId } from "./issued_invite.ts";
import {
  answerJoinRequest,
  isToAnswer,
  JOIN_REQUEST_KIND,
  joinRequestMetadata,
  readJoinAnswer,
  readJoinRequest,
} from "./join_requests.ts";
import type { JoinAnswer } from "./join_requests.ts";
import type { NetworkCore } from "./network_core.ts";
import type { RealmRecord, RealmState } from "./network_records.ts";
import { OpenRealm } from "./open_realm.ts";
import { putName, readName } from "./member_name.ts";
import type { MessageKey } from "./message.ts";
import type { Realm } from "./realm.ts";
import type { RealmHost } from "./realm_host.ts";
import { dmRealmId, homeRealmId, realmIdOf } from "./realm_ids.ts";
import { REALM_KEYS } from "./realm_keys.ts";
import { creatorOf, membersOf } from "./realm_rules.ts";

/** What {@linkcode Realms} needs of its network. */
export interface RealmsOptions {
  readonly self: MemberId;
  readonly sources: Sources;
  /** What is open now. */
  readonly core: () => NetworkCore;
  /** Shares an artifact with a member that people do not see. */
  readonly ask: (
    member: MemberId,
    kind: string,
    metadata: ReadonlyMap<string, Uint8Array>,
  ) => void;
  /** What people call a member, as far as is known outside of realms. */
  readonly contactName: (member: MemberId) => string | undefined;
  /** Whether somebody's direct messages are shown. */
  readonly isWelcome: (member: MemberId) => boolean;
  /** Something has been written: it is to be sent. */
  readonly wake: () => void;
  /** A document was written here or arrived. */
  readonly onChanged?: (realmId: InterfaceId, document: InterfaceDocument | ValueDocument) => void;
  /** Finds messages by an index, if there is one. */
  readonly search?: (realmId: InterfaceId, query: string) => readonly MessageKey[];
}

/** Something direct has come from another member. */
export interface DirectNews {
  /** From somebody whose messages are not shown, or in answer to this peer. */
  readonly type: "request" | "answered";
  /** Who. */
  readonly member: MemberId;
}

/** The realms of one network. */
export class Realms {
  readonly #options: RealmsOptions;
  readonly #homeId: InterfaceId;
  readonly #open: Map<InterfaceId, OpenRealm> = new Map();
  /** Who is to be let in at the end of this moment. */
  readonly #admitted: { readonly realmId: InterfaceId; readonly request: Artifact }[] = [];

  constructor(options: RealmsOptions) {
    this.#options = options;
    this.#homeId = homeRealmId(options.self) as string as InterfaceId;
    this.reopen();
  }

  /** Goes on with what is open now; realms that were handed out stay good. */
  reopen(): void {
    this.#admitted.length = 0; // those who wait ask again
    for (const open of this.#open.values()) open.reset();
    if (this.#core.records.realms.has(this.#homeId)) return;
    this.#remember({ id: this.#homeId, kind: "home", state: "in" });
  }

  /** What the home realm's documents need. */
  get home(): RealmHost {
    return this.#home.host;
  }

  /** A document of the home realm, the same object each time. */
  homeDocument(name: string): Document {
    return this.#home.document(name);
  }

  /** The realms that people are in or wait for, by id. */
  list(): InterfaceId[] {
    return this.#inStates("in", "joining");
  }

  #inStates(...states: readonly RealmState[]): InterfaceId[] {
    return [...this.#core.records.realms.values()]
      .filter(({ kind, state }) => kind !== "home" && states.includes(state))
      .map(({ id }) => id).sort();
  }

  /** A realm that people know, also one that let them not in; the same object each time. */
  get(id: string): Realm | undefined {
    return this.#inStates("in", "joining", "refused").some((one) => one === id)
      ? this.#openRealm(id as InterfaceId).realm
      : undefined;
  }

  /** A realm whatever people see of it, with what is remembered of it; not one that was left. */
  anyRealm(id: string): OpenRealm | undefined {
    const record = this.#core.records.realms.get(id as InterfaceId);
    if (record === undefined || record.state === "left") return undefined;
    return this.#documentOf(record.id) && this.#openRealm(record.id);
  }

  /** Creates a realm of which this peer is the first member. */
  create(name: string): Realm {
    const { self, sources } = this.#options;
    const nonce = sources.randomBytes(32);
    const id = realmIdOf(Uint8Array.fromHex(artifactIdOf(self, nonce))) as string as InterfaceId;
    const document = this.#await(id);
    document.setMetadata(REALM_KEYS.creation, nonce);
    document.addMember(self);
    document.setMetadata(REALM_KEYS.name, new TextEncoder().encode(name));
    this.#sayName(document);
    this.#remember({ id, kind: "created", state: "in" });
    this.#written(document);
    this.#options.wake();
    return this.#openRealm(id).realm;
  }

  /**
   * Asks whoever invited to be let in. Works offline; joining twice is harmless.
   *
   * @throws {NetworkError} `invalid_invite` if the text is none, `invite_expired`.
   */
  join(text: string): Realm {
    const { self, sources } = this.#options;
    const { records } = this.#core;
    const invite = parseInvite(text);
    const id = invite.realmId as string as InterfaceId;
    const known = records.realms.get(id);
    if (known?.state === "in" || known?.state === "joining") return this.#openRealm(id).realm;
    if (isInviteExpired(invite, sources.nowMs())) throw inviteRefused("invite_expired");
    if (invite.inviter === self) {
      throw new NetworkError(
        "invalid_operation",
        "Invalid operation: cannot join by one's own invite",
      );
    }
    this.#remember({
      ...{ id, kind: "created", state: "joining", awaitedFrom: [invite.inviter] },
      ...(invite.name !== undefined && { name: invite.name }),
    });
    if (this.#core.documents.documentOf(id) === undefined) {
      this.#core.engine.await(this.#await(id));
    }
    this.#options.ask(invite.inviter, JOIN_REQUEST_KIND, joinRequestMetadata(invite));
    this.#options.wake();
    return this.#openRealm(id).realm;
  }

  /**
   * The direct realm of this peer and another.
   *
   * @throws {NetworkError} `invalid_operation` for oneself.
   */
  direct(member: MemberId): Realm {
    const { self } = this.#options;
    const { records, documents } = this.#core;
    if (member === self) {
      throw new NetworkError("invalid_operation", "Invalid operation: cannot connect to oneself");
    }
    const id = dmRealmId(self, member) as string as InterfaceId;
    const known = documents.documentOf(id);
    const document = known ?? this.#await(id);
    document.addMember(member);
    document.addMember(self);
    // Written in any case, so that the other learns that this peer has come.
    this.#sayName(document, true);
    if (records.realms.get(id)?.state !== "in") {
      this.#remember({ id, kind: "direct", state: "in" });
    }
    this.#written(document);
    this.#options.wake();
    return this.#openRealm(id).realm;
  }

  /** The direct realm with somebody if it was opened here; `undefined` if not. */
  directWith(member: MemberId): Realm | undefined {
    return member === this.#options.self
      ? undefined
      : this.get(dmRealmId(this.#options.self, member));
  }

  /**
   * Leaves a realm for good: this peer gets nothing that is written afterwards.
   *
   * @throws {NetworkError} `not_found` if this peer is in no such realm.
   */
  leave(id: string): void {
    const { self } = this.#options;
    const { records, documents } = this.#core;
    const record = records.realms.get(id as InterfaceId);
    const isThere = record !== undefined && record.kind !== "home" && record.state !== "left";
    if (!isThere) throw new NetworkError("not_found", `Realm not found: ${id}`);
    const document = documents.documentOf(record.id)!;
    document.removeMember(self);
    records.putRealm({ ...record, state: "left" });
    this.#written(document);
    this.#open.get(record.id)?.close();
    this.#open.delete(record.id);
    this.#options.wake();
  }

  /** Tells every realm what this peer wants to be called. */
  sayName(): void {
    for (const id of this.list()) {
      const document = this.#core.documents.documentOf(id)!;
      if (membersOf(document).has(this.#options.self) && this.#sayName(document)) {
        this.#written(document);
      }
    }
    this.#options.wake();
  }

  /** A document of a realm has arrived or has grown; direct messages of strangers are told. */
  onArrived(id: DocumentId, from: MemberId): DirectNews | undefined {
    const document = this.#core.engine.allDocuments.get(id);
    if (!(document instanceof InterfaceDocument) && !(document instanceof ValueDocument)) {
      return undefined;
    }
    this.#core.documents.add(document);
    const realmId = document instanceof InterfaceDocument ? document.interfaceId : document.realmId;
    this.#options.onChanged?.(realmId, document);
    const request = this.#meet(realmId, from);
    const record = this.#core.records.realms.get(realmId);
    if (record === undefined || record.state === "left") return request;
    this.#awaitDocuments(realmId);
    const open = this.#openRealm(realmId);
    const isMember = this.#core.documents.isMember(realmId, this.#options.self);
    if (record.state !== "in" && record.state !== "request" && isMember) this.#enter(record);
    open.arrived(document, from);
    return request;
  }

  /** An artifact has arrived or has changed: it may be a request to be let in, or an answer. */
  onArtifact(artifact: Artifact): void {
    const request = readJoinRequest(artifact);
    if (request === undefined) return;
    if (isToAnswer(artifact, this.#options.self)) {
      const answer = this.#admit(request.realmId, request.secret, artifact.steward);
      if (answer !== undefined) answerJoinRequest(artifact, answer);
      else this.#admitted.push({ realmId: request.realmId, request: artifact });
      return;
    }
    const answer = readJoinAnswer(artifact);
    if (artifact.steward !== this.#options.self || answer === undefined) return;
    if (answer !== "admitted") this.#refuse(request.realmId, answer);
    artifact.recall();
  }

  #letIn(realmId: InterfaceId, members: readonly MemberId[]): JoinAnswer {
    const { records, documents } = this.#core;
    const document = documents.documentOf(realmId)!;
    try {
      document.addMembers(members);
    } catch (error) {
      // Its document holds no more.
      if (error instanceof SyncError && error.code === "too_large") return "realm_full";
      throw error;
    }
    records.putInvites(realmId);
    this.#written(document);
    return "admitted";
  }

  /** What a member is called in any realm that is shared with it. */
  nameOf(member: MemberId): string | undefined {
    for (const id of this.#core.documents.realmIds) {
      const said = this.#core.documents.documentOf(id)?.getMetadata(REALM_KEYS.who + member);
      const name = readName(said);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  /** Shows a direct message that was a request. */
  welcome(member: MemberId): void {
    const id = dmRealmId(this.#options.self, member) as string as InterfaceId;
    if (this.#core.records.realms.get(id)?.state === "request") this.direct(member);
  }

  /** Ends every realm's events. */
  close(): void {
    for (const open of this.#open.values()) open.close();
    this.#open.clear();
  }

  get #home(): OpenRealm {
    return this.#openRealm(this.#homeId);
  }

  /** The home realm is founded when it is first looked at: many networks never write to it. */
  #documentOf(id: InterfaceId): InterfaceDocument | undefined {
    const { documents, engine } = this.#core;
    const known = documents.documentOf(id);
    if (known !== undefined || id !== this.#homeId) return known;
    const document = this.#await(id);
    document.addMember(this.#options.self);
    engine.add(document);
    return document;
  }

  get #core(): NetworkCore {
    return this.#options.core();
  }

  /** Why somebody is not let in, or is in already; `undefined` if it is to be let in. */
  #admit(realmId: InterfaceId, secret: Uint8Array, member: MemberId): JoinAnswer | undefined {
    const { self, sources } = this.#options;
    const { records, documents } = this.#core;
    const document = documents.documentOf(realmId);
    if (document === undefined || !membersOf(document).has(self)) return "not_member";
    if (membersOf(document).has(member)) return "admitted";
    if (document.members().size + this.#admitted.length >= INTERFACE_MEMBERS_MAX) {
      return "realm_full";
    }
    if (document.getMetadata(REALM_KEYS.out + member) !== undefined) return "not_member";
    const use = { member, nowMs: sources.nowMs() };
    const outcome = records.invites(realmId).use(secret, use);
    return outcome.type === "refused" ? outcome.code : undefined;
  }

  /** Lets those in who have asked in this moment: together, so that the others hear of it once. */
  admit(): void {
    const waiting = this.#admitted.splice(0);
    for (const [realmId, requests] of Map.groupBy(waiting, (one) => one.realmId)) {
      const answer = this.#letIn(realmId, requests.map(({ request }) => request.steward));
      for (const { request } of requests) answerJoinRequest(request, answer);
      this.#openRealm(realmId).looked();
    }
  }

  #refuse(realmId: InterfaceId, answer: Exclude<JoinAnswer, "admitted">): void {
    const record = this.#core.records.realms.get(realmId);
    if (record?.state !== "joining") return;
    this.#core.records.putRealm({ ...record, state: "refused", refusal: answer });
    this.#openRealm(realmId).events.emit({ type: "refused", code: answer });
  }

  #enter(record: RealmRecord): void {
    this.#core.records.putRealm({ ...record, state: "in", refusal: undefined });
    const document = this.#core.documents.documentOf(record.id)!;
    this.#sayName(document);
    this.#written(document);
    this.#openRealm(record.id).events.emit({ type: "joined" });
    this.#options.wake();
  }

  /** A direct message opens by itself if it comes from somebody who is welcome. */
  #meet(realmId: InterfaceId, member: MemberId): DirectNews | undefined {
    const { self, isWelcome } = this.#options;
    if (member === self || (dmRealmId(self, member) as string) !== realmId) return undefined;
    const state = this.#core.records.realms.get(realmId)?.state;
    if (state === "in") return { type: "answered", member };
    if (state === "left") return undefined;
    if (isWelcome(member)) {
      this.direct(member);
      return { type: "answered", member };
    }
    if (state === undefined) this.#remember({ id: realmId, kind: "direct", state: "request" });
    return { type: "request", member };
  }

  /** Asks for the documents that a realm lists and that are not here. */
  #awaitDocuments(realmId: InterfaceId): void {
    const { documents, engine } = this.#core;
    for (const name of documents.namesIn(realmId)) {
      if (documents.valueOf(realmId, name) !== undefined) continue;
      const document = ValueDocument.awaiting({ realmId, name }, engine.writer);
      const here = engine.allDocuments.get(document.documentId);
      if (here === undefined) engine.await(documents.add(document));
      else {
        // It came in the same envelope.
        document[Symbol.dispose]();
        documents.add(here);
      }
    }
  }

  #sayName(document: InterfaceDocument, isForced = false): boolean {
    const name = this.#core.records.get("display_name");
    return putName(document, this.#options.self, typeof name === "string" ? name : "", isForced);
  }

  /** Keeps and sends what was written. */
  #written(document: InterfaceDocument): void {
    const { engine } = this.#core;
    if (engine.allDocuments.has(document.documentId)) engine.onLocalMutation(document.documentId);
    else engine.add(document);
    this.#options.onChanged?.(document.interfaceId, document);
  }

  #await(id: InterfaceId): InterfaceDocument {
    const writer: Writer = this.#core.engine.writer;
    return this.#core.documents.add(InterfaceDocument.awaiting(id, writer));
  }

  #remember(
    record: Pick<RealmRecord, "id" | "kind" | "state"> & Partial<RealmRecord>,
  ): void {
    const empty = { awaitedFrom: [], name: undefined, refusal: undefined };
    this.#core.records.putRealm({ ...empty, ...record });
  }

  #openRealm(id: InterfaceId): OpenRealm {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const { wake, contactName, sources, self, onChanged, search } = this.#options;
    const core = () => this.#core;
    const open: OpenRealm = new OpenRealm({
      ...{ id, self, sources, core },
      first: () => this.#documentOf(id)!,
      record: () => core().records.realms.get(id)!,
      keep: (document: InterfaceDocument | ValueDocument) => {
        if (core().engine.allDocuments.has(document.documentId)) {
          core().engine.onLocalMutation(document.documentId);
        } else core().engine.add(core().documents.add(document));
        onChanged?.(id, document);
        wake();
      },
      displayName: (member) => contactName(member) ?? this.nameOf(member),
      invites: {
        standing: () => this.#standingInvite(id),
        create: (options) => this.#invite(id, options),
        list: () => core().records.invites(id).list(),
        revoke: (invite: InviteId) => {
          const isRevoked = core().records.invites(id).revoke(invite, sources.nowMs());
          core().records.putInvites(id);
          return isRevoked;
        },
      },
      leave: () => this.leave(id),
      ...(search && { search: (query: string) => search(id, query) }),
    });
    this.#open.set(id, open);
    return open;
  }

  #standingInvite(id: InterfaceId): string {
    const standing = this.#core.records.get(`invite/${id}`);
    const nowMs = this.#options.sources.nowMs();
    const isOpen = this.#core.records.invites(id).list().some((invite) =>
      Array.isArray(standing) && invite.id === standing[0] &&
      inviteStatusOf(invite, nowMs) === "open"
    );
    if (isOpen && Array.isArray(standing)) return String(standing[1]);
    const text = this.#invite(id, {});
    const issued = this.#core.records.invites(id).list().at(-1)!;
    this.#core.records.put(`invite/${id}`, [issued.id, text]);
    return text;
  }

  #invite(
    id: InterfaceId,
    options: { readonly expiresAtMs?: number; readonly usesMax?: number },
  ): string {
    const { self, sources } = this.#options;
    const { records, documents } = this.#core;
    if (records.realms.get(id)?.kind === "direct") {
      throw new NetworkError(
        "invalid_operation",
        "Invalid operation: nobody else can be invited into a direct message",
      );
    }
    const document = documents.documentOf(id)!;
    const name = this.#openRealm(id).realm.name;
    const { secret } = records.invites(id).issue({ sources, ...options });
    records.putInvites(id);
    return formatInvite({
      realmId: this.#openRealm(id).realm.id,
      inviter: self,
      creator: creatorOf(document) ?? self,
      ...(name !== undefined && { name }),
      hints: [],
      secret,
      ...options,
    });
  }
}
