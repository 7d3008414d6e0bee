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
/** How often a payload is sent again to a silent peer before the sender waits until it hears of it. */
export const RETRIES_MAX: number = 12;

/** What waits for an answer of the peer. */
export interface Waiting {
  /** How often it has been sent again. */
  readonly retries: number;
  /** When it is to be sent again, in milliseconds since the Unix epoch; `Infinity` if not by time. */
  readonly retryAtMs: number;
}

/** A payload that waits for its receipt. */
export interface OnTheWay extends Waiting {
  /** What the peer was known to hold when it was prepared. */
  readonly base: Heads;
  /** The heads that it brings the peer to. */
  readonly senderHeads: Heads;
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
  /** Documents whose heads the peer was told so that it says which it holds, and has not yet. */
  readonly #asked: Map<DocumentId, Waiting> = new Map();
  /** How often the payload that is due was sent before. */
  readonly #retries: Map<DocumentId, number> = new Map();
  /** Documents that were sent often enough while nothing came back. */
  readonly #givenUp: Set<DocumentId> = new Set();
  #heardAtMs = -Infinity;

  /** Documents that wait for the peer or for its receipt. */
  get waiting(): number {
    return this.due.union(new Set(this.onTheWay.keys())).size;
  }

  /** When something is to be sent again; `Infinity` if nothing waits for an answer. */
  get retryAtMs(): number {
    const waiting = [...this.onTheWay.values(), ...this.#asked.values()];
    return waiting.reduce((first, { retryAtMs }) => Math.min(first, retryAtMs), Infinity);
  }

  /** A payload was handed over. */
  sent(artifactId: DocumentId, base: Heads, senderHeads: Heads, nowMs: number): void {
    const retries = this.#retries.get(artifactId) ?? 0;
    const retryAtMs = nowMs + waitMs(retries);
    this.due.delete(artifactId);
    this.onTheWay.set(artifactId, { base, senderHeads, retries, retryAtMs });
    this.told.set(artifactId, senderHeads);
  }

  /** The peer was told which heads are here, and is to say which it holds. */
  asked(artifactId: DocumentId, nowMs: number): void {
    const before = this.#asked.get(artifactId);
    const retries = before === undefined ? 0 : before.retries + 1;
    this.#asked.set(artifactId, { retries, retryAtMs: nowMs + waitMs(retries) });
  }

  /** The peer has said what it holds of a document, or that it will not have it. */
  heardOf(artifactId: DocumentId): void {
    this.#asked.delete(artifactId);
  }

  /** A payload was answered. */
  answered(artifactId: DocumentId): void {
    this.onTheWay.delete(artifactId);
    this.#retries.delete(artifactId);
  }

  /** Makes overdue payloads and questions due again. Gives what was sent often enough. */
  retry(
    nowMs: number,
    retriesMax: number = RETRIES_MAX,
  ): { readonly again: DocumentId[]; readonly givenUp: DocumentId[] } {
    const overdue = [...this.onTheWay].filter(([, { retryAtMs }]) => retryAtMs <= nowMs);
    const again: DocumentId[] = [];
    const givenUp: DocumentId[] = [];
    for (const [artifactId, { retries }] of overdue) {
      this.onTheWay.delete(artifactId);
      if (retries >= retriesMax) {
        this.#retries.delete(artifactId);
        this.#givenUp.add(artifactId);
        givenUp.push(artifactId);
        continue;
      }
      this.#retries.set(artifactId, retries + 1);
      this.due.add(artifactId);
      again.push(artifactId);
    }
    for (const [artifactId, question] of this.#asked) {
      if (question.retryAtMs > nowMs) continue;
      const isLast = question.retries >= retriesMax;
      this.#asked.set(artifactId, { ...question, retryAtMs: Infinity });
      if (!isLast) this.ask(artifactId);
      (isLast ? givenUp : again).push(artifactId);
    }
    return { again, givenUp };
  }

  /**
   * The peer has been heard from: what was given up is due again. If it was silent for a while, all
   * that waits is sent again soon, and as often as at first. A peer that talks but does not answer
   * is not sent more for it.
   */
  heard(nowMs: number): void {
    for (const artifactId of this.#givenUp) this.due.add(artifactId);
    this.#givenUp.clear();
    const wasSilent = nowMs - this.#heardAtMs > RETRY_MS_MAX;
    this.#heardAtMs = nowMs;
    if (!wasSilent) return;
    this.#retries.clear();
    for (const waiting of [this.onTheWay, this.#asked] as Map<DocumentId, Waiting>[]) {
      for (const [artifactId, one] of waiting) {
        const retryAtMs = Math.min(one.retryAtMs, nowMs + RETRY_MS_MIN);
        waiting.set(artifactId, { ...one, retries: 0, retryAtMs });
      }
    }
  }

  /** The peer has to hear which heads are here, unless it was told just these. */
  tell(artifactId: DocumentId, heads: Heads): void {
    const told = this.told.get(artifactId);
    if (told === undefined || !sameHeads(told, heads)) this.ask(artifactId);
  }

  /** The peer has to hear which heads are here, and to send what is not. */
  ask(artifactId: DocumentId): void {
    if (!this.receiptsDue.has(artifactId)) this.receiptsDue.set(artifactId, []);
  }

  /** Begins anew with one document; a payload that arrived is answered all the same. */
  forget(artifactId: DocumentId): void {
    const all = [this.due, this.onTheWay, this.told, this.#asked, this.#retries, this.#givenUp];
    for (const one of all) one.delete(artifactId);
  }

  /** What was on its way may be lost: it has to be sent again. */
  cut(): void {
    for (const artifactId of this.onTheWay.keys()) this.due.add(artifactId);
    for (const one of [this.onTheWay, this.told, this.#asked, this.#retries]) one.clear();
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

/** How long something waits for its answer that was sent again so often. */
function waitMs(retries: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** retries);
}
