import type { DocumentId, MemberId } from "./ids.ts";

/** Peers, by the document for which they are noted. */
export class PairSet {
  readonly #peers: Map<DocumentId, Set<MemberId>> = new Map();

  /** Notes a peer for a document. */
  add(artifactId: DocumentId, peer: MemberId): void {
    const peers = this.#peers.get(artifactId) ?? new Set();
    this.#peers.set(artifactId, peers.add(peer));
  }

  /** Whether a peer is noted for a document. */
  has(artifactId: DocumentId, peer: MemberId): boolean {
    return this.#peers.get(artifactId)?.has(peer) ?? false;
  }

  /** Forgets who was noted for a document. */
  delete(artifactId: DocumentId): void {
    this.#peers.delete(artifactId);
  }

  /** Gives all pairs, and forgets them. */
  takeAll(): [DocumentId, MemberId][] {
    const pairs = [...this.#peers].flatMap(([artifactId, peers]) =>
      [...peers].map((peer): [DocumentId, MemberId] => [artifactId, peer])
    );
    this.#peers.clear();
    return pairs;
  }
}
