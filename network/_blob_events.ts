import type { BlobEvent } from "./blob_event.ts";

/** Events that wait to be taken; the ones after are dropped and counted. */
export const BLOB_EVENTS_MAX: number = 10_000;

/** What has happened; of what only the latest matters, only that one. */
export class BlobEvents {
  readonly #events: Map<string, BlobEvent> = new Map();
  #told = 0;
  /** Events that were dropped. */
  dropped = 0;

  tell(event: BlobEvent): void {
    const key = this.#keyOf(event);
    this.#events.delete(key);
    if (this.#events.size < BLOB_EVENTS_MAX) this.#events.set(key, event);
    else this.dropped++;
  }

  take(): BlobEvent[] {
    const events = [...this.#events.values()];
    this.#events.clear();
    return events;
  }

  #keyOf(event: BlobEvent): string {
    switch (event.type) {
      case "progress":
        return `progress ${event.blobId}`;
      case "bad_message":
        return `bad_message ${event.from}`;
      case "blob_arrived":
      case "blob_failed":
      case "holder_banned":
        return String(this.#told++);
    }
  }
}
