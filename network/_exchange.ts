import { ENVELOPE_PARTS_MAX, sameHeads } from "../sync/mod.ts";
import type { ArtifactId, Envelope, Heads } from "../sync/mod.ts";

/** A payload that waits for its receipt. */
export interface OnTheWay {
  /** What the peer was known to hold when it was prepared. */
  readonly base: Heads;
  /** The heads that it brings the peer to. */
  readonly senderHeads: Heads;
}

/** What is going on with one peer, by document. */
export class Exchange {
  /** Documents of which the peer lacks something. */
  readonly due: Set<ArtifactId> = new Set();
  /** Documents whose payload is on its way. */
  readonly onTheWay: Map<ArtifactId, OnTheWay> = new Map();
  /** Documents of which the peer is to be told which heads are here, and which payload it answers. */
  readonly receiptsDue: Map<ArtifactId, Heads> = new Map();
  /** The heads that the peer was last told, by a payload or a receipt. */
  readonly told: Map<ArtifactId, Heads> = new Map();

  /** Documents that wait for the peer or for its receipt. */
  get waiting(): number {
    return this.due.union(new Set(this.onTheWay.keys())).size;
  }

  /** The peer has to hear which heads are here, unless it was told just these. */
  tell(artifactId: ArtifactId, heads: Heads): void {
    const told = this.told.get(artifactId);
    if (told !== undefined && sameHeads(told, heads)) return;
    if (!this.receiptsDue.has(artifactId)) this.receiptsDue.set(artifactId, []);
  }

  /** Begins anew with one document; a payload that arrived is answered all the same. */
  forget(artifactId: ArtifactId): void {
    for (const one of [this.due, this.onTheWay, this.told]) one.delete(artifactId);
  }

  /** What was on its way may be lost: it has to be sent again. */
  cut(): void {
    for (const artifactId of this.onTheWay.keys()) this.due.add(artifactId);
    this.onTheWay.clear();
    this.told.clear();
  }

  /** Takes the receipts that are due, at most as many as an envelope holds. */
  takeReceipts(): [ArtifactId, answers: Heads][] {
    const taken = [...this.receiptsDue].slice(0, ENVELOPE_PARTS_MAX);
    for (const [artifactId] of taken) this.receiptsDue.delete(artifactId);
    return taken;
  }

  /** An envelope could not be handed over: all in it is due again. */
  giveBack({ payloads, receipts }: Envelope): void {
    for (const { artifactId } of payloads) {
      this.onTheWay.delete(artifactId);
      this.due.add(artifactId);
    }
    for (const { artifactId, answers } of receipts) this.receiptsDue.set(artifactId, answers);
    for (const { artifactId } of [...payloads, ...receipts]) this.told.delete(artifactId);
  }
}
