import type { DocumentId, MemberId } from "./ids.ts";
import { Mailbox, RETRIES_MAX } from "./mailbox.ts";

/** What was sent without an answer until now. */
export interface Unanswered {
  readonly peer: MemberId;
  /** What is due again. */
  readonly again: readonly DocumentId[];
  /** What was sent often enough. */
  readonly givenUp: readonly DocumentId[];
}

/** A mailbox for each peer. */
export class Mailboxes {
  readonly #mailboxes: Map<MemberId, Mailbox> = new Map();

  /** The mailbox of a peer. */
  of(peer: MemberId): Mailbox {
    const mailbox = this.#mailboxes.get(peer) ?? new Mailbox();
    this.#mailboxes.set(peer, mailbox);
    return mailbox;
  }

  /** Documents that wait for a peer or for its receipt, by all peers. */
  get waiting(): number {
    return [...this.#mailboxes.values()].reduce((sum, one) => sum + one.waiting, 0);
  }

  /** When {@linkcode Mailboxes.retry} is to be called next; `Infinity` if nothing waits for the time. */
  get nextMs(): number {
    return [...this.#mailboxes.values()]
      .reduce((first, { retryAtMs }) => Math.min(first, retryAtMs), Infinity);
  }

  /** Makes due again what was not answered in time; to who is silent by our choice only once. */
  retry(nowMs: number, isBlocked: (peer: MemberId) => boolean): Unanswered[] {
    return [...this.#mailboxes].map(([peer, mailbox]) => ({
      peer,
      ...mailbox.retry(nowMs, isBlocked(peer) ? 0 : RETRIES_MAX),
    }));
  }

  /** Forgets what belongs to a document. */
  forget(artifactId: DocumentId): void {
    for (const mailbox of this.#mailboxes.values()) mailbox.forget(artifactId);
  }
}
