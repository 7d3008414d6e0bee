/**
 * The bytes of the leaves that a peer may have: which it wants, from whom, and to whom it gives.
 *
 * Anybody can make a leaf that names bytes it has never seen. So bytes are given to others only by
 * the leaves by which they came here, not by one that names what is here already; see
 * {@linkcode BlobOrigins}.
 *
 * @module
 */
import type { ArtifactId, MemberId, Riders, Sources, Store } from "../sync/mod.ts";
import { BlobOrigins } from "./_blob_origins.ts";
import { BlobShares } from "./_blob_shares.ts";
import { BLOB_WANTS_MAX } from "./_blob_wants.ts";
import type { ArtifactIndex } from "./artifact_index.ts";
import type { HomeArtifactEntry, LeafArtifact } from "./artifact_types.ts";
import type { BlobEvent } from "./blob_event.ts";
import { BlobStore } from "./blob_store.ts";
import { BlobTransfer } from "./blob_transfer.ts";

/** What {@linkcode HomeBlobs} is made of. */
export interface HomeBlobsOptions {
  readonly self: MemberId;
  readonly sources: Sources;
  readonly store: Store;
  readonly index: () => ArtifactIndex;
}

/** Who was asked for a blob that is wanted. */
interface Asked {
  readonly holders: ReadonlySet<MemberId>;
  readonly sizeMax: number;
}

/** The bytes that one peer holds, wants and gives. */
export class HomeBlobs {
  /** What is here. */
  readonly store: BlobStore;
  /** Brings what is not. */
  readonly transfer: BlobTransfer;
  readonly #options: HomeBlobsOptions;
  readonly #origins: BlobOrigins;
  readonly #asked: Map<ArtifactId, Asked> = new Map();
  #hasLeftOut = false;

  constructor(options: HomeBlobsOptions) {
    const { sources, store } = options;
    this.#options = options;
    this.#origins = new BlobOrigins(store);
    this.store = new BlobStore(store);
    this.transfer = new BlobTransfer({
      ...{ store: this.store, sources },
      mayServe: (peer, blobId) => this.#mayGive(peer, blobId),
    });
  }

  /** What rides on the envelopes of the engine. */
  get riders(): Riders {
    return {
      take: (peer, bytesMax) => this.transfer.take(peer, bytesMax),
      receive: (from, message) => this.transfer.onMessage(from, message),
    };
  }

  /**
   * Keeps bytes; for whichever of this peer's leaves name them next.
   *
   * @param blobId Their BLAKE3.
   */
  put(blobId: ArtifactId, bytes: Uint8Array): void {
    this.store.putHashed(blobId, bytes);
    this.#origins.expect(blobId);
  }

  /** The bytes of a leaf, if they are here. */
  get(id: ArtifactId): Uint8Array | undefined {
    return this.store.get(id);
  }

  /** Asks for what this peer may have and has not, and lets go of what it may have no more. */
  review(): void {
    const leaves = this.#leaves();
    for (const { blobId } of this.store.list()) {
      this.#noteOrigins(blobId, leaves.get(blobId) ?? []);
      if (this.#isKept(blobId)) continue;
      this.store.remove(blobId);
      this.#origins.forget(blobId);
    }
    const { wanted } = this.transfer;
    for (const blobId of wanted) if (!leaves.has(blobId)) this.transfer.cancel(blobId);
    // What nobody brought is asked for again.
    for (const blobId of this.#asked.keys()) if (!wanted.has(blobId)) this.#asked.delete(blobId);
    this.#want(leaves);
  }

  /** Takes what has happened since it was last asked. */
  takeEvents(): BlobEvent[] {
    const events = this.transfer.takeEvents();
    const ended = events.filter(({ type }) => type === "blob_arrived" || type === "blob_failed");
    if (ended.length === 0) return events;
    const leaves = this.#leaves();
    for (const event of ended) {
      if (event.type !== "blob_arrived") continue;
      this.#noteOrigins(event.blobId, leaves.get(event.blobId) ?? []);
    }
    if (this.#hasLeftOut) this.#want(leaves);
    return events;
  }

  /** What this peer may have, by the bytes that it names. */
  #leaves(): Map<ArtifactId, LeafArtifact[]> {
    const leaves = new Map<ArtifactId, LeafArtifact[]>();
    for (const entry of this.#options.index().entries.values()) {
      if (entry.type !== "leaf" || !this.#isFor(entry, this.#options.self)) continue;
      const others = leaves.get(entry.id) ?? [];
      leaves.set(entry.id, [...others, entry]);
    }
    return leaves;
  }

  #want(leaves: ReadonlyMap<ArtifactId, readonly LeafArtifact[]>): void {
    const { wanted } = this.transfer;
    const shares = new BlobShares(BLOB_WANTS_MAX - wanted.size);
    for (const blobId of wanted) shares.count(leaves.get(blobId) ?? []);
    this.#hasLeftOut = false;
    for (const [blobId, entries] of leaves) {
      if (this.store.has(blobId)) continue;
      const holders = this.#holdersOf(entries);
      const sizeMax = Math.max(...entries.map(({ size }) => size));
      const asked = this.#asked.get(blobId);
      const isAsked = asked !== undefined && sizeMax <= asked.sizeMax &&
        holders.every((holder) => asked.holders.has(holder));
      if (isAsked || holders.length === 0) continue;
      if (!wanted.has(blobId) && !shares.take(entries)) {
        this.#hasLeftOut = true;
        continue;
      }
      this.#asked.set(blobId, { holders: new Set(holders), sizeMax });
      this.transfer.want(blobId, holders, sizeMax);
    }
  }

  /**
   * Who may bring what these leaves name. Whoever has it for certain comes first; anybody else in
   * the audience may have it too. Of each leaf one in turn: none crowds out the others.
   */
  #holdersOf(entries: readonly LeafArtifact[]): MemberId[] {
    const { index, self, sources } = this.#options;
    const lists = entries.map(({ documentId, steward }) => [
      ...new Set([steward, ...index().audience(documentId, { nowMs: sources.nowMs() })]),
    ]);
    const longest = Math.max(...lists.map(({ length }) => length));
    const inTurn = Array.from(
      { length: longest },
      (_, at) => lists.flatMap((list) => list[at] ?? []),
    );
    return [...new Set(inTurn.flat())].filter((member) => member !== self);
  }

  /** Bytes that are here came by what this peer has made of them, or by what it may have now. */
  #noteOrigins(blobId: ArtifactId, entries: readonly LeafArtifact[]): void {
    const documents = (some: readonly LeafArtifact[]) => some.map(({ documentId }) => documentId);
    if (this.#origins.isExpected(blobId)) {
      const own = entries.filter(({ steward }) => steward === this.#options.self);
      this.#origins.add(blobId, documents(own).map((documentId) => [documentId]));
    } else if (!this.#origins.has(blobId)) {
      this.#origins.add(blobId, [documents(entries)]);
    }
  }

  #isKept(blobId: ArtifactId): boolean {
    const { self } = this.#options;
    return this.#origins.of(blobId).flat().some((documentId) => this.#lets(documentId, self));
  }

  #mayGive(peer: MemberId, blobId: ArtifactId): boolean {
    return this.#origins.of(blobId).some((documents) =>
      documents.every((documentId) => this.#lets(documentId, peer))
    );
  }

  #lets(documentId: ArtifactId, peer: MemberId): boolean {
    const entry = this.#options.index().entries.get(documentId);
    return entry !== undefined && this.#isFor(entry, peer);
  }

  #isFor(entry: HomeArtifactEntry, peer: MemberId): boolean {
    const { index, sources } = this.#options;
    const at = { nowMs: sources.nowMs() };
    // A steward keeps what it has recalled as long as somebody has it for good.
    if (entry.status === "recalled" && entry.steward === peer) {
      return index().keepers(entry.documentId, at).size > 0;
    }
    return index().access(entry.documentId, peer, at) !== undefined;
  }
}
