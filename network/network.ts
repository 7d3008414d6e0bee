/**
 * One peer's network: who it is, its realms, what it holds, and its place on a transport.
 *
 * @module
 */
import { MemoryStore, ValueDocument } from "../sync/mod.ts";
import type {
  ArtifactId,
  Connection,
  Heads,
  InterfaceDocument,
  MemberId,
  Sources,
  Store,
  SyncEvent,
  SyncStats,
  Transport,
} from "../sync/mod.ts";
import { Artifact } from "./artifact.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";
import type { ContactEvent } from "./contact.ts";
import { ContactsRealm } from "./contacts_realm.ts";
import { parseDisplayName } from "./display_name.ts";
import { NetworkError } from "./errors.ts";
import { EventStream } from "./event_stream.ts";
import { HomeRealm } from "./home_realm.ts";
import { createIdentity } from "./identity.ts";
import type { Identity } from "./identity.ts";
import { formatIdentityCode, formatIdentityUri, parseIdentityUri } from "./identity_code.ts";
import { exportIdentity } from "./identity_export.ts";
import { JOIN_REQUEST_KIND } from "./join_requests.ts";
import { NetworkCore } from "./network_core.ts";
import type { SharedHeads } from "./shared_heads.ts";
import type { NetworkEvent } from "./network_event.ts";
import { isInternalDocument } from "./document_names.ts";
import { NetworkSource } from "./network_source.ts";
import { Projection } from "./projection.ts";
import type { ProjectionTarget } from "./projection_source.ts";
import type { Realm } from "./realm.ts";
import { Realms } from "./realms.ts";

/** The kind of artifact by which somebody asks for what it has lost. */
const RECOVERY_REQUEST_KIND = "_recover";

/** What a network is made of. */
export interface IndrasNetworkOptions {
  /** Whose network this is. */
  readonly identity: Identity;
  /** Clock and randomness. */
  readonly sources: Sources;
  /** What carries its envelopes. */
  readonly transport: Transport;
  /** Where it keeps its state; closed by whoever opened it. @default {in memory} */
  readonly store?: Store;
  /**
   * Tables that are kept equal to what is here, for queries and full-text search; closed by whoever
   * opened them. @default {none; messages are searched one by one}
   */
  readonly projection?: ProjectionTarget;
  /** Told of what happened to payloads, once the envelope they came in is dealt with. */
  readonly onEvent?: (event: SyncEvent) => void;
}

/**
 * A peer's network.
 *
 * What a person does is done, kept and due to the others when the method returns, whether anybody
 * can be reached or not.
 *
 * @example What one shares the other has
 * ```ts
 * import { IndrasNetwork, SimulatedWorld } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * const world = new SimulatedWorld({ seed: "7" });
 * const ada = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
 * const ben = IndrasNetwork.create({ transport: world, sources: world.sources("ben") });
 * ada.start();
 * ben.start();
 * world.connect(ada.memberId, ben.memberId);
 *
 * const sailing = ada.createRealm("Sailing");
 * const bens = ben.join(sailing.inviteCode());
 * sailing.send("Fair winds");
 * world.settle();
 * assertEquals(bens.messages().map(({ content }) => content), ["Fair winds"]);
 * ```
 */
export class IndrasNetwork implements Disposable {
  readonly #options: IndrasNetworkOptions;
  readonly #store: Store;
  readonly #artifacts: Map<ArtifactId, Artifact> = new Map();
  readonly #events: EventStream<NetworkEvent> = new EventStream();
  readonly #contactEvents: EventStream<ContactEvent> = new ContactEvents((member) => {
    if (this.#contacts.status(member) === "confirmed") this.#realms.welcome(member);
  });
  #core: NetworkCore;
  readonly #realms: Realms;
  readonly #contacts: ContactsRealm;
  readonly #homeRealm: HomeRealm;
  #connection: Connection | undefined;
  readonly #untold: SyncEvent[] = [];
  readonly #projection: Projection | undefined;
  /** The artifact of each document that was projected: of one that is gone, nothing else says it. */
  readonly #projected: Map<ArtifactId, ArtifactId> = new Map();
  readonly #owned: DisposableStack = new DisposableStack();
  #isOpen = true;

  /** A network that is not started. */
  constructor(options: IndrasNetworkOptions) {
    this.#options = options;
    this.#store = options.store ?? new MemoryStore();
    this.#core = this.#openCore();
    this.#realms = new Realms({
      ...{ self: this.memberId, sources: options.sources, core: () => this.#openedCore },
      ask: (member, kind, metadata) => this.#ask(member, kind, metadata),
      contactName: (member) => this.#contacts.displayNameOf(member),
      isWelcome: (member) => this.#contacts.status(member) === "confirmed",
      wake: () => this.#connection?.wake(),
      onChanged: (realmId, document) => this.#onRealmChanged(realmId, document),
      ...(options.projection && {
        search: (realmId: string, query: string) => this.#projection!.search(realmId, query),
      }),
    });
    this.#contacts = new ContactsRealm({
      host: this.#realms.home,
      events: this.#contactEvents,
      onBlocked: (member) => this.#onBlocked(member),
    });
    this.#homeRealm = new HomeRealm({
      self: this.memberId,
      nowMs: options.sources.nowMs,
      core: () => this.#openedCore,
      write: (mutations) => this.#write(mutations),
      artifact: (id) => this.artifact(id),
      document: (name) => this.#realms.homeDocument(name),
    });
    this.#reviewRequests();
    if (options.projection === undefined) return;
    const core = () => this.#openedCore;
    const source = new NetworkSource({ core, realms: this.#realms, contacts: this.#contacts });
    this.#projection = new Projection(source, options.projection);
    for (const { documentId, id } of this.#core.registry.index.entries.values()) {
      this.#projected.set(documentId, id);
    }
    this.#projection.refresh();
  }

  /** A network with new keys, drawn from its sources. */
  static create(options: Omit<IndrasNetworkOptions, "identity">): IndrasNetwork {
    return new IndrasNetwork({ ...options, identity: createIdentity(options.sources) });
  }

  /** Who this is. */
  get memberId(): MemberId {
    return this.#options.identity.memberId;
  }

  /** Whether the network is on its transport. */
  get isRunning(): boolean {
    return this.#connection !== undefined;
  }

  /** What this peer wants to be called; `undefined` if it has not said so. */
  get displayName(): string | undefined {
    const name = this.#core.records.get("display_name");
    return typeof name === "string" ? name : undefined;
  }

  /**
   * Says what this peer wants to be called; the members of its realms hear of it.
   *
   * @throws {NetworkError} `invalid_name`.
   */
  setDisplayName(name: string): void {
    this.#core.records.put("display_name", parseDisplayName(name));
    this.#realms.sayName();
  }

  /** 64 characters by which others find this peer. */
  identityCode(): string {
    return formatIdentityCode(this.memberId);
  }

  /** The same with the display name, if there is one. */
  identityUri(): string {
    return formatIdentityUri(this.memberId, this.displayName);
  }

  /** The secret key as one blob; without a passphrase whoever has it is this peer. */
  exportIdentity(passphrase?: string): Uint8Array {
    const { identity, sources } = this.#options;
    return exportIdentity(identity, { sources, ...(passphrase !== undefined && { passphrase }) });
  }

  /**
   * Goes on the transport.
   *
   * @throws {NetworkError} `already_started`.
   */
  start(): void {
    if (this.isRunning) throw new NetworkError("already_started", "Network already started");
    if (!this.#isOpen) this.#reopen();
    this.#connection = this.#options.transport.attach(this.memberId, {
      onEnvelope: (from, bytes) => {
        this.#core.registry.onIncomingPayload(from, bytes);
        this.#digest();
        this.#connection?.wake();
      },
      onReachable: (peer) => {
        this.#core.engine.onReachable(peer);
        this.#core.blobs.transfer.onReachable(peer);
        this.#connection?.wake();
      },
      onUnreachable: (peer) => {
        this.#core.engine.onUnreachable(peer);
        this.#core.blobs.transfer.onUnreachable(peer);
      },
      onWake: () => this.#flush(),
      onTime: () => {
        this.#core.registry.onTime();
        this.#core.blobs.transfer.onTime(this.#options.sources.nowMs());
        this.#digest();
        this.#connection?.wake();
      },
    });
  }

  /** Leaves the transport; everything stays and continues with the next start. */
  stop(): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }

  /** Loses all that is not in the store, at once; the next start continues from there. */
  crash(): void {
    this.stop();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#artifacts.clear();
    this.#core[Symbol.dispose]();
  }

  /**
   * Creates a realm, of which this peer is the first member.
   *
   * @throws {NetworkError} `not_started`.
   */
  createRealm(name: string): Realm {
    this.#checkStarted();
    return this.#realms.create(name);
  }

  /**
   * Asks to be let into a realm; it is here at once, and fills up once whoever invited was reached.
   *
   * @throws {NetworkError} `invalid_invite`, `invite_expired`, `not_started`.
   */
  join(invite: string): Realm {
    this.#checkStarted();
    return this.#realms.join(invite);
  }

  /** The realms that this peer is in or has asked to join, by id; not its home realm. */
  realms(): Realm[] {
    return this.#realms.list().map((id) => this.#realms.get(id)!);
  }

  /** A realm by its id, the same object each time; `undefined` if this peer is not in it. */
  realm(id: string): Realm | undefined {
    return this.#realms.get(id);
  }

  /**
   * Leaves a realm for good.
   *
   * @throws {NetworkError} `not_found`, `not_started`.
   */
  leaveRealm(id: string): void {
    this.#checkStarted();
    this.#realms.leave(id);
  }

  /**
   * The direct realm with another member, who becomes a contact.
   *
   * @throws {NetworkError} `invalid_operation` for oneself, `not_started`.
   */
  connect(member: MemberId): Realm {
    this.#checkStarted();
    this.#contacts.unblock(member);
    const realm = this.#realms.direct(member);
    // A request becomes a confirmed contact: both sides want it.
    if (!this.#contacts.isContact(member)) this.#contacts.addContact(member);
    return realm;
  }

  /**
   * The same by the other's code or URI. A name in the URI is kept if the contact has none.
   *
   * @throws {NetworkError} `invalid_code`, and as {@linkcode connect} does.
   */
  connectByCode(text: string): Realm {
    const { memberId, name } = parseIdentityUri(text);
    const realm = this.connect(memberId);
    if (name !== undefined) this.#contacts.addContact(memberId, { name });
    return realm;
  }

  /** The peer's own realm. */
  homeRealm(): HomeRealm {
    this.#checkStarted();
    return this.#homeRealm;
  }

  /** Whom this peer knows. */
  contactsRealm(): ContactsRealm {
    this.#checkStarted();
    return this.#contacts;
  }

  /** An artifact that is here, the same object each time; `undefined` if it is not here. */
  artifact(id: ArtifactId): Artifact | undefined {
    const { registry } = this.#core;
    const documentId = registry.index.get(id)?.documentId ?? id;
    if (!registry.engine.documents.has(documentId)) {
      this.#artifacts.delete(documentId); // it was recalled
      return undefined;
    }
    const artifact = this.#artifacts.get(documentId) ?? new Artifact({
      document: registry.engine.documents.get(documentId)!,
      self: this.memberId,
      nowMs: this.#options.sources.nowMs,
      vault: registry.vault,
      write: (mutations) => this.#write(mutations),
      changed: () => {
        registry.onDocumentChanged(documentId);
        this.#onArtifactChanged(documentId);
        this.#connection?.wake();
      },
    });
    this.#artifacts.set(documentId, artifact);
    return artifact;
  }

  /** The artifacts that are here, by id. */
  artifacts(): Artifact[] {
    return [...this.#core.engine.documents.keys()].sort().map((id) => this.artifact(id)!)
      .filter(({ kind }) => !kind.startsWith("_"));
  }

  /**
   * Asks another member for everything that it holds and this peer may have: after an identity was
   * imported into an empty store. Works offline; what it holds for good comes with its bytes.
   *
   * @throws {NetworkError} `not_started`.
   */
  recoverFrom(member: MemberId): void {
    this.#checkStarted();
    this.#ask(member, RECOVERY_REQUEST_KIND);
  }

  /** Everybody who may have an artifact now; nobody if it is not here. */
  audience(artifactId: ArtifactId): ReadonlySet<MemberId> {
    return this.#core.engine.audience(artifactId);
  }

  /** The heads that a member has acknowledged of an artifact, sorted; `[]` if nothing is known. */
  knownHeads(artifactId: ArtifactId, member: MemberId): Heads {
    return this.#core.engine.knownHeads(artifactId, member);
  }

  /** The heads of every document that is here, by its id, with everybody who may have it. */
  sharedHeads(): ReadonlyMap<string, SharedHeads> {
    return this.#core.sharedHeads();
  }

  /** What has been counted about payloads. */
  stats(): SyncStats {
    return this.#core.engine.stats();
  }

  /** What happens from now on beside realms and contacts, to be read with `for await`. */
  events(): AsyncIterableIterator<NetworkEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  /** Writes what has changed to the tables of the projection; it is written by itself soon. */
  flushProjection(): void {
    this.#projection?.flush();
  }

  /** Makes all rows of the projection again, from the documents. */
  rebuildProjection(): void {
    this.#projection?.rebuild();
  }

  /** Takes over what is to be closed with the network, such as its store. */
  own(resource: Disposable): void {
    this.#owned.use(resource);
  }

  /** Stops, ends all events, and gives the memory of the documents back. */
  [Symbol.dispose](): void {
    this.stop();
    this.#artifacts.clear();
    this.#realms.close();
    this.#events.close();
    this.#contactEvents.close();
    if (this.#isOpen) {
      this.#projection?.flush();
      this.#core[Symbol.dispose]();
    }
    this.#isOpen = false;
    this.#owned.dispose();
  }

  #openCore(): NetworkCore {
    const { identity, sources } = this.#options;
    return new NetworkCore({
      ...{ identity, sources, store: this.#store },
      isBlocked: (peer) => this.#contacts?.isBlocked(peer) ?? false,
      isKnown: (peer) => this.#isKnown(peer),
    });
  }

  /** What is open; after a crash, nothing is until the network starts again. */
  get #openedCore(): NetworkCore {
    if (this.#isOpen) return this.#core;
    throw new NetworkError("not_started", "Network not started");
  }

  #reopen(): void {
    this.#core = this.#openCore();
    this.#isOpen = true;
    this.#realms.reopen();
    this.#reviewRequests();
  }

  /** What was asked for and not answered when the network ended. */
  #reviewRequests(): void {
    for (const id of [...this.#core.engine.documents.keys()]) {
      const artifact = this.artifact(id);
      if (artifact?.kind === JOIN_REQUEST_KIND) this.#realms.onArtifact(artifact);
    }
  }

  #isKnown(peer: MemberId): boolean {
    if (this.#contacts?.isContact(peer)) return true;
    const { documents } = this.#core;
    return documents.realmIds.some((id) => documents.isMember(id, peer));
  }

  /** Asks a member for something, by an artifact that people do not see. */
  #ask(
    member: MemberId,
    kind: string,
    metadata: ReadonlyMap<string, Uint8Array> = new Map(),
  ): void {
    const { artifactId: documentId, mutations } = this.#core.registry.vault.compose(kind);
    const grantedAtMs = Math.floor(this.#options.sources.nowMs());
    const facts = [...metadata].map(([key, value]): ArtifactMutation => ({
      ...{ type: "set_metadata", documentId, key, value },
    }));
    const grant: ArtifactMutation = {
      ...{ type: "add_grant", documentId },
      grant: { grantee: member, grantedBy: this.memberId, grantedAtMs, mode: "revocable" },
    };
    this.#write([...mutations, ...facts, grant]);
  }

  #write(mutations: readonly ArtifactMutation[]): void {
    this.#core.registry.onLocalMutation(mutations);
    for (const { documentId } of mutations) this.#onArtifactChanged(documentId);
    this.#core.blobs.review();
    this.#connection?.wake();
  }

  /** Deals with what has arrived: realms fill up, requests are answered, bytes are asked for. */
  #digest(): void {
    let hasArtifacts = false;
    for (const event of this.#core.registry.takeEvents()) {
      if (event.type === "recalled") this.#artifacts.delete(event.artifactId as ArtifactId);
      if (event.type === "recalled") this.#onArtifactChanged(event.artifactId as ArtifactId);
      if (event.type === "applied" || event.type === "recalled") hasArtifacts = true;
      if (event.type === "applied") this.#onApplied(event.artifactId as ArtifactId, event.from);
      this.#untold.push(event);
      this.#events.emit(event);
    }
    if (hasArtifacts) this.#core.blobs.review();
    for (const event of this.#core.blobs.takeEvents()) this.#events.emit(event);
  }

  #onRealmChanged(id: string, document: InterfaceDocument | ValueDocument): void {
    const isContacts = id === this.#homeRealm.id && document instanceof ValueDocument &&
      isInternalDocument(document.name);
    this.#projection?.onChanged({ kind: "realm", id });
    this.#projection?.onChanged({ kind: "document", id });
    if (isContacts) this.#projection?.onChanged({ kind: "contacts" });
  }

  #onArtifactChanged(documentId: ArtifactId): void {
    const entry = this.#core.registry.index.get(documentId);
    if (entry !== undefined) this.#projected.set(documentId, entry.id);
    const id = entry?.id ?? this.#projected.get(documentId);
    if (id !== undefined) this.#projection?.onChanged({ kind: "artifact", id });
  }

  /** Last of all, because what is told may throw. */
  #tell(): void {
    const events = this.#untold.splice(0);
    for (const event of events) this.#options.onEvent?.(event);
  }

  #onApplied(id: ArtifactId, from: MemberId): void {
    const artifact = this.#core.engine.documents.has(id) ? this.artifact(id) : undefined;
    if (artifact !== undefined) {
      this.#onArtifactChanged(id);
      if (artifact.kind === JOIN_REQUEST_KIND) this.#realms.onArtifact(artifact);
      if (artifact.kind === RECOVERY_REQUEST_KIND) this.#onRecovery(artifact);
      return;
    }
    const news = this.#realms.onArrived(id, from);
    this.#contacts.refresh();
    if (news === undefined) return;
    const { type, member } = news;
    if (type === "request") this.#contacts.noteRequest(member, this.#realms.nameOf(member));
    else if (this.#contacts.isContact(member)) this.#contacts.confirmContact(member);
  }

  /** Somebody has lost what it had: it is told of all that it may have. */
  #onRecovery(request: Artifact): void {
    if (request.steward === this.memberId) {
      if (request.getMetadata("answer") !== undefined) request.recall();
    } else if (request.getMetadata("answer") === undefined) {
      this.#core.engine.onLost(request.steward);
      request.setMetadata("answer", new Uint8Array([1]));
    }
  }

  #onBlocked(member: MemberId): void {
    const direct = this.#realms.directWith(member);
    if (direct !== undefined) this.#realms.leave(direct.id);
  }

  #flush(): void {
    const connection = this.#connection;
    this.#realms.admit();
    for (const peer of connection?.reachable() ?? []) {
      for (;;) {
        const envelope = this.#core.engine.takeEnvelope(peer);
        if (envelope === undefined) break;
        if (connection?.send(peer, envelope)) continue;
        this.#core.engine.returnEnvelope(peer);
        break;
      }
    }
    this.#digest();
    connection?.wakeAt(this.#core.nextMs);
    this.#projection?.flush();
    this.#tell();
  }

  #checkStarted(): void {
    if (!this.isRunning) throw new NetworkError("not_started", "Network not started");
  }
}

/** Tells the network first. */
class ContactEvents extends EventStream<ContactEvent> {
  readonly #onEvent: (member: MemberId) => void;

  constructor(onEvent: (member: MemberId) => void) {
    super();
    this.#onEvent = onEvent;
  }

  override emit(event: ContactEvent): void {
    this.#onEvent(event.member);
    super.emit(event);
  }
}
