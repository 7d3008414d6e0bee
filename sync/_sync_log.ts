import type { ApplyOutcome } from "./history.ts";
import { SyncError } from "./errors.ts";
import type { DocumentId, MemberId } from "./ids.ts";
import type { SyncEvent } from "./sync_event.ts";

/** Events that wait to be taken; the ones after are dropped and counted. */
export const SYNC_EVENTS_MAX: number = 10_000;

/** What has happened to what was sent and what has come. */
export class SyncLog {
  /** Counts since the beginning. */
  readonly counts = {
    payloadsFrom: new Map<MemberId, number>(),
    receipts: 0,
    duplicates: 0,
    retries: 0,
  };
  readonly #events: SyncEvent[] = [];
  #dropped = 0;

  /** How many events there was no room for. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes what has happened since it was last asked, in order. */
  take(): SyncEvent[] {
    return this.#events.splice(0);
  }

  /** Writes an event down. */
  note(event: SyncEvent): void {
    if (this.#events.length < SYNC_EVENTS_MAX) this.#events.push(event);
    else this.#dropped++;
  }

  /** A payload has come. */
  countPayload(from: MemberId): void {
    const { payloadsFrom } = this.counts;
    payloadsFrom.set(from, (payloadsFrom.get(from) ?? 0) + 1);
  }

  /** What has become of a payload. */
  noteOutcome(artifactId: DocumentId, from: MemberId, outcome: ApplyOutcome): void {
    if (outcome.type === "already_had") this.counts.duplicates++;
    this.note({ type: outcome.type, artifactId, from, changes: countOf(outcome) });
  }

  /** Does what a peer wants; if that is wrong, it is written down and gives `undefined`. */
  guarded<T>(from: MemberId, artifactId: DocumentId | undefined, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      const { code, message } = error;
      this.note({ type: "refused", artifactId, from, code, message });
      return undefined;
    }
  }
}

function countOf(outcome: ApplyOutcome): number {
  if (outcome.type === "applied") return outcome.changes.length;
  return outcome.type === "waiting" ? outcome.missing.length : 0;
}
