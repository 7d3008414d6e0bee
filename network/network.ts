/**
 * One peer's network: who it is, what it holds, and its place on a transport.
 *
 * @module
 */
import type {
  ArtifactId,
  Connection,
  Heads,
  MemberId,
  Sources,
  Store,
  SyncEvent,
  SyncStats,
  Transport,
} from "../sync/mod.ts";
import { Artifact } from "./artifact.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";
import { ArtifactSyncRegistry } from "./artifact_sync.ts";
import { NetworkError } from "./errors.ts";
import { HomeRealm } from "./home_realm.ts";
import type { CreateArtifactOptions } from "./home_realm.ts";
import { createIdentity } from "./identity.ts";
import type { Identity } from "./identity.ts";

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
  /** Told of what happened to payloads, once the envelope they came in is dealt with. */
  readonly onEvent?: (event: SyncEvent) => void;
}

/**
 * A peer's network.
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
 * const story = ada.homeRealm().createArtifact("story", { name: "Tides" });
 * story.grant(ben.memberId, { mode: "revocable" });
 * world.settle();
 * assertEquals(ben.artifact(story.id)?.kind, "story");
 * ```
 */
export class IndrasNetwork implements Disposable {
  readonly #options: IndrasNetworkOptions;
  readonly #registry: ArtifactSyncRegistry;
  readonly #artifacts: Map<ArtifactId, Artifact> = new Map();
  readonly #homeRealm: HomeRealm;
  #connection: Connection | undefined;

  /** A network that is not started. */
  constructor(options: IndrasNetworkOptions) {
    this.#options = options;
    this.#registry = new ArtifactSyncRegistry({
      keys: options.identity,
      sources: options.sources,
      ...(options.store && { store: options.store }),
    });
    this.#homeRealm = new HomeRealm({
      self: this.memberId,
      createArtifact: (kind, settings) => this.#createArtifact(kind, settings),
    });
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

  /**
   * Goes on the transport.
   *
   * @throws {NetworkError} `already_started`.
   */
  start(): void {
    if (this.isRunning) throw new NetworkError("already_started", "Network already started");
    this.#connection = this.#options.transport.attach(this.memberId, {
      onEnvelope: (from, bytes) => {
        this.#registry.onIncomingPayload(from, bytes);
        this.#connection?.wake();
      },
      onReachable: (peer) => {
        this.#registry.engine.onReachable(peer);
        this.#connection?.wake();
      },
      onUnreachable: (peer) => this.#registry.engine.onUnreachable(peer),
      onWake: () => this.#flush(),
      onTime: () => {
        this.#registry.onTime();
        this.#connection?.wake();
      },
    });
  }

  /** Leaves the transport; everything stays and continues with the next start. */
  stop(): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }

  /** The peer's own realm. */
  homeRealm(): HomeRealm {
    if (!this.isRunning) throw new NetworkError("not_started", "Network not started");
    return this.#homeRealm;
  }

  /** An artifact that is here, the same object each time; `undefined` if it is not here. */
  artifact(id: ArtifactId): Artifact | undefined {
    const document = this.#registry.engine.documents.get(id);
    if (document === undefined) {
      this.#artifacts.delete(id); // it was recalled
      return undefined;
    }
    const artifact = this.#artifacts.get(id) ?? new Artifact({
      document,
      self: this.memberId,
      nowMs: this.#options.sources.nowMs,
      vault: this.#registry.vault,
      write: (mutations) => this.#write(mutations),
      changed: () => {
        this.#registry.onDocumentChanged(id);
        this.#connection?.wake();
      },
    });
    this.#artifacts.set(id, artifact);
    return artifact;
  }

  /** The artifacts that are here, by id. */
  artifacts(): Artifact[] {
    return [...this.#registry.engine.documents.keys()].sort().map((id) => this.artifact(id)!);
  }

  /** Everybody who may have an artifact now; nobody if it is not here. */
  audience(artifactId: ArtifactId): ReadonlySet<MemberId> {
    return this.#registry.engine.audience(artifactId);
  }

  /** The heads that a member has acknowledged of an artifact, sorted; `[]` if nothing is known. */
  knownHeads(artifactId: ArtifactId, member: MemberId): Heads {
    return this.#registry.engine.knownHeads(artifactId, member);
  }

  /** What has been counted about payloads. */
  stats(): SyncStats {
    return this.#registry.engine.stats();
  }

  /** Stops, and gives the memory of the documents back. */
  [Symbol.dispose](): void {
    this.stop();
    this.#artifacts.clear();
    this.#registry[Symbol.dispose]();
  }

  #createArtifact(kind: string, { name }: CreateArtifactOptions): Artifact {
    const created = this.#registry.vault.compose(kind, name === undefined ? {} : { name });
    this.#write(created.mutations);
    return this.artifact(created.artifactId)!;
  }

  #write(mutations: readonly ArtifactMutation[]): void {
    this.#registry.onLocalMutation(mutations);
    this.#connection?.wake();
  }

  #flush(): void {
    const connection = this.#connection;
    for (const peer of connection?.reachable() ?? []) {
      for (;;) {
        const envelope = this.#registry.engine.takeEnvelope(peer);
        if (envelope === undefined) break;
        if (connection?.send(peer, envelope)) continue;
        this.#registry.engine.returnEnvelope(peer);
        break;
      }
    }
    connection?.wakeAt(this.#registry.engine.nextMs);
    for (const event of this.#registry.takeEvents()) {
      if (event.type === "recalled") this.#artifacts.delete(event.artifactId);
      this.#options.onEvent?.(event);
    }
  }
}
