/**
 * What a network is made of while its store is open; after a crash it is made anew.
 *
 * @module
 */
import { DOCUMENTS_PER_PEER_MAX } from "../sync/mod.ts";
import type { ArtifactId, Engine, MemberId, Sources, Store } from "../sync/mod.ts";
import { ArtifactSyncRegistry } from "./artifact_sync.ts";
import { HomeBlobs } from "./home_blobs.ts";
import type { Identity } from "./identity.ts";
import { NetworkRecords } from "./network_records.ts";
import { RealmDocuments } from "./realm_documents.ts";
import type { SharedHeads } from "./shared_heads.ts";
import { interfaceRules, valueRules } from "./realm_rules.ts";

/** Documents that somebody may bring who shares no realm with this peer and is no contact. */
export const STRANGER_DOCUMENTS_MAX: number = 16;

/** What a core needs to know of what is above it. */
export interface NetworkCoreOptions {
  readonly identity: Identity;
  readonly sources: Sources;
  readonly store: Store;
  readonly isBlocked: (peer: MemberId) => boolean;
  readonly isKnown: (peer: MemberId) => boolean;
}

/** Documents, records and bytes of one peer, and the engine that keeps and sends them. */
export class NetworkCore implements Disposable {
  /** What is remembered beside documents. */
  readonly records: NetworkRecords;
  /** The documents of realms. */
  readonly documents: RealmDocuments;
  /** The artifacts. */
  readonly registry: ArtifactSyncRegistry;
  /** The bytes of leaves. */
  readonly blobs: HomeBlobs;

  /** Opens what a store holds. */
  constructor({ identity, sources, store, isBlocked, isKnown }: NetworkCoreOptions) {
    const self = identity.memberId;
    this.records = new NetworkRecords(store);
    const documents = new RealmDocuments(self);
    this.documents = documents;
    this.blobs = new HomeBlobs({ self, sources, store, index: () => this.registry.index });
    const directory = {
      documentOf: (realmId: Parameters<RealmDocuments["documentOf"]>[0]) =>
        documents.documentOf(realmId),
      awaitedFrom: (realmId: Parameters<RealmDocuments["documentOf"]>[0]) =>
        this.records.realms.get(realmId)?.awaitedFrom ?? [],
    };
    const rules = [interfaceRules(directory), valueRules(directory)].map((one) => ({
      ...one,
      open: (...stored: Parameters<typeof one.open>) => documents.add(one.open(...stored)),
    }));
    this.registry = new ArtifactSyncRegistry({
      ...{ keys: identity, sources, store, isBlocked, riders: this.blobs.riders },
      rules: rules as unknown as NonNullable<
        ConstructorParameters<typeof ArtifactSyncRegistry>[0]["rules"]
      >,
      awaited: (id, from, writer) => documents.awaited(id, from, writer),
      documentsMax: (from) => isKnown(from) ? DOCUMENTS_PER_PEER_MAX : STRANGER_DOCUMENTS_MAX,
    });
    this.blobs.review();
  }

  /** Keeps and sends documents. */
  get engine(): Engine {
    return this.registry.engine;
  }

  /** When it has something to do next, in milliseconds since the Unix epoch; `Infinity` for never. */
  get nextMs(): number {
    return Math.min(this.engine.nextMs, this.blobs.transfer.nextMs);
  }

  /** The heads of every document here that is shared, by its id, with those who may have it. */
  sharedHeads(): Map<string, SharedHeads> {
    const all = [...this.engine.allDocuments.values()];
    return new Map(all.map((document) => [document.documentId, {
      heads: document.getHeads(),
      audience: this.engine.audience(document.documentId),
      isArtifact: this.engine.documents.has(document.documentId as ArtifactId),
    }]));
  }

  /** Gives the memory of the documents back; the store stays open. */
  [Symbol.dispose](): void {
    this.registry[Symbol.dispose]();
  }
}
