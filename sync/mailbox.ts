/**
 * What waits for one peer: at most one payload per document, prepared when it is handed over, and
 * the receipts that it is owed.
 *
 * @module
 */
import { sameHeads } from "./ids.ts";
import type { DocumentId, Heads } from "./ids.ts";
import type { Receipt } from "./payload.ts";

/** Payloads, and likewise receipts, in one envelope. */
export const ENVELOPE_PARTS_MAX: number = 1024;
/** How long a payload waits for its receipt before it is sent again, in milliseconds. */
export const RETRY_MS_MIN: number = 2_000;
/** The longest such wait; each is twice as long as the one before, up to this. */
export const RETRY_MS_MAX: number = 5 * 60_000;
/** How often a payload is sent again before the sender waits until it hears from the peer. */
export const RETRIES_MAX: number = 10;

/** A payload that waits for its receipt. */
export interface OnTheWay {
  /** What the peer was known to hold when it was prepared. */
  readonly base: Heads;
  /** The heads that it brings the peer to. */
  readonly senderHeads: Heads;
  /** How often it has been sent again. */
  readonly retries: number;
  /** When it is to be sent again, in milliseconds since the Unix epoch. */
  readonly retryAtMs: number;
}

/** What is in an envelope that was taken. */
export interface TakenParts {
  /** The documents whose payloads are in it. */
  readonly payloads: readonly DocumentId[];
  /** Its receipts. */
  readonly receipts: readonly Receipt[];
}

/** The mailbox of one peer. */
export class Mailbox {
  /** Documents of which the peer lacks something. */
  readonly due: Set<DocumentId> = new Set();
  /** Documents whose payload is on its way. */
  readonly onTheWay: Map<DocumentId, OnTheWay> = new Map();
  /** Documents of which the peer is to be told which heads are here, and which payload it answers. */
  readonly receiptsDue: Map<DocumentId, Heads> = new Map();
  /** The heads that the peer was last told, by a payload or a receipt. */
  readonly told: Map<DocumentId, Heads> = new Map();
  /** How often the payload that is due was sent before. */
  readonly #retries: Map<DocumentId, number> = new Map();
  /** Documents that were sent often enough while nothing came back. */
  readonly #givenUp: Set<DocumentId> = new Set();

  /** Documents that wait for the peer or for its receipt. */
  get waiting(): number {
    return this.due.union(new Set(this.onTheWay.keys())).size;
  }

  /** When the next payload is to be sent again; `Infinity` if none is on its way. */
  get retryAtMs(): number {
    return Math.min(Infinity, ...[...this.onTheWay.values()].map(({ retryAtMs }) => retryAtMs));
  }

  /** A payload was handed over. */
  sent(artifactId: DocumentId, base: Heads, senderHeads: Heads, nowMs: number): void {
    const retries = this.#retries.get(artifactId) ?? 0;
    const retryAtMs = nowMs + Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** retries);
    this.due.delete(artifactId);
    this.onTheWay.set(artifactId, { base, senderHeads, retries, retryAtMs });
    this.told.set(artifactId, senderHeads);
  }

  /** A payload was answered. */
  answered(artifactId: DocumentId): void {
    this.onTheWay.delete(artifactId);
    this.#retries.delete(artifactId);
  }

  /** Makes overdue payloads due again. Gives those that were sent often enough. */
  retry(nowMs: number): { readonly again: DocumentId[]; readonly givenUp: DocumentId[] } {
    const overdue = [...this.onTheWay].filter(([, { retryAtMs }]) => retryAtMs <= nowMs);
    const again: DocumentId[] = [];
    const givenUp: DocumentId[] = [];
    for (const [artifactId, { retries }] of overdue) {
      this.onTheWay.delete(artifactId);
      if (retries >= RETRIES_MAX) {
        this.#retries.delete(artifactId);
        this.#givenUp.add(artifactId);
        givenUp.push(artifactId);
        continue;
      }
      this.#retries.set(artifactId, retries + 1);
      this.due.add(artifactId);
      again.push(artifactId);
    }
    return { again, givenUp };
  }

  /** The peer has been heard from: what was given up is due again. */
  heard(): void {
    for (const artifactId of this.#givenUp) this.due.add(artifactId);
    this.#givenUp.clear();
  }

  /** The peer has to hear which heads are here, unless it was told just these. */
  tell(artifactId: DocumentId, heads: Heads): void {
    const told = this.told.get(artifactId);
    if (told !== undefined && sameHeads(told, heads)) return;
    if (!this.receiptsDue.has(artifactId)) this.receiptsDue.set(artifactId, []);
  }

  /** Begins anew with one document; a payload that arrived is answered all the same. */
  forget(artifactId: DocumentId): void {
    const all = [this.due, this.onTheWay, this.told, this.#retries, this.#givenUp];
    for (const one of all) one.delete(artifactId);
  }

  /** What was on its way may be lost: it has to be sent again. */
  cut(): void {
    for (const artifactId of this.onTheWay.keys()) this.due.add(artifactId);
    for (const one of [this.onTheWay, this.told, this.#retries]) one.clear();
  }

  /** Takes the receipts that are due, at most as many as an envelope holds. */
  takeReceipts(): [DocumentId, answers: Heads][] {
    const taken = [...this.receiptsDue].slice(0, ENVELOPE_PARTS_MAX);
    for (const [artifactId] of taken) this.receiptsDue.delete(artifactId);
    return taken;
  }

  /** An envelope could not be handed over: all in it is due again. */
  giveBack({ payloads, receipts }: TakenParts): void {
    for (const artifactId of payloads) {
      this.onTheWay.delete(artifactId);
      this.due.add(artifactId);
      this.told.delete(artifactId);
    }
    for (const { artifactId, answers } of receipts) {
      this.receiptsDue.set(artifactId, answers);
      this.told.delete(artifactId);
    }
  }
}
