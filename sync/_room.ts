import { SyncError } from "./errors.ts";
import { scan, SCAN_LIMITS } from "./scan.ts";
import type { ScanLimits } from "./scan.ts";

/** What part of the limits of a payload a document may use up by local changes. */
export const LOCAL_SHARE: number = 0.75;
/** Local changes, and their bytes, after which the size of the document is looked at again. */
export const MEASURE_AFTER: { readonly changes: number; readonly bytes: number } = {
  changes: 1024,
  bytes: 1024 * 1024,
};

const LOCAL_LIMITS: ScanLimits = Object.fromEntries(
  Object.entries(SCAN_LIMITS).map(([name, limit]) => [name, Math.floor(limit * LOCAL_SHARE)]),
);

/**
 * How much room a document has left. Local changes stop well before the limits of a payload, so
 * that what others write meanwhile fits as well and a new peer can get the whole document.
 */
export class Room {
  #changes = 0;
  #bytes = 0;
  #isFull = false;

  /** Counts a local change. */
  take(bytes: number): void {
    this.#changes++;
    this.#bytes += bytes;
  }

  /**
   * Fails if there is no room for a change. Now and then it measures the whole document.
   *
   * @throws {SyncError} `too_large` if the document takes up most of what a payload can carry.
   */
  make(save: () => Uint8Array): void {
    if (this.#changes >= MEASURE_AFTER.changes || this.#bytes >= MEASURE_AFTER.bytes) {
      this.#changes = 0;
      this.#bytes = 0;
      this.#isFull = exceeds(save(), LOCAL_LIMITS);
    }
    if (!this.#isFull) return;
    throw new SyncError("too_large", "Cannot change document: it takes up most of a payload");
  }
}

function exceeds(bytes: Uint8Array, limits: ScanLimits): boolean {
  try {
    scan(bytes, limits);
    return false;
  } catch (error) {
    if (error instanceof SyncError && error.code === "too_large") return true;
    throw error;
  }
}
