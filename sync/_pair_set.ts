import type { DocumentId, MemberId } from "./ids.ts";

/** Peers, by the document for which they are noted. */
export class PairSet {
  readonly #peers: Map<DocumentId, Set<MemberId>> = new Map();
  readonly #max: number;
  #size = 0;

  /** @param max Pairs beyond which no other is noted. */
  constructor(max: number = Infinity) {
    this.#max = max;
  }

  /** Notes a peer for a document, if there is room. */
  add(artifactId: DocumentId, peer: MemberId): void {
    if (this.#size >= this.#max || this.has(artifactId, peer)) return;
    const peers = this.#peers.get(artifactId) ?? new Set();
    this.#peers.set(artifactId, peers.add(peer));
    this.#size++;
  }

  /** Whether a peer is noted for a document. */
  has(artifactId: DocumentId, peer: MemberId): boolean {
    return this.#peers.get(artifactId)?.has(peer) ?? false;
  }

  /** Forgets who was noted for a document. */
  delete(artifactId: DocumentId): void {
    this.#size -= this.#peers.get(artifactId)?.size ?? 0;
    this.#peers.delete(artifactId);
  }

  /** Gives all pairs, and forgets them. */
  takeAll(): [DocumentId, MemberId][] {
    const pairs = [...this.#peers].flatMap(([artifactId, peers]) =>
      [...peers].map((peer): [DocumentId, MemberId] => [artifactId, peer])
    );
    this.#peers.clear();
    this.#size = 0;
    return pairs;
  }
}
