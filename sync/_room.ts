import { PLAIN_DEPTH_MAX } from "./_plain_changes.ts";
import { SyncError } from "./errors.ts";
import { scan, SCAN_LIMITS } from "./scan.ts";
import type { ChunkSize, ScanLimits } from "./scan.ts";

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

/** What part of the limits changes from elsewhere may fill before the whole is measured again. */
const APPLIED_SHARE = 0.95;

/**
 * How much room a document has left. Local changes stop well before the limits of a payload, so
 * that what others write meanwhile fits as well and a new peer can get the whole document.
 */
export class Room {
  #changes = 0;
  #bytes = 0;
  #isFull = false;
  /** What the whole document would cost to take, as far as is known; never less. */
  #cost: ChunkSize = NOTHING;

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

  /** The whole document was scanned. */
  measured(whole: readonly ChunkSize[]): void {
    this.#cost = whole.reduce(sum, NOTHING);
  }

  /** Whether changes from elsewhere surely fit, so that the whole need not be measured. */
  fits(chunks: readonly ChunkSize[]): boolean {
    const cost = chunks.reduce(sum, this.#cost);
    return COSTS.every((name) => cost[name] <= APPLIED_MAX[name]);
  }

  /** Changes from elsewhere were applied. */
  takeApplied(chunks: readonly ChunkSize[]): void {
    this.#cost = chunks.reduce(sum, this.#cost);
  }
}

const NOTHING: ChunkSize = { bytes: 0, inflatedBytes: 0, rows: 0, changes: 0, objects: 0 };
const COSTS = Object.keys(NOTHING) as (keyof ChunkSize)[];
const APPLIED_MAX: ChunkSize = {
  bytes: SCAN_LIMITS.bytesMax * APPLIED_SHARE,
  inflatedBytes: SCAN_LIMITS.inflatedBytesMax * APPLIED_SHARE,
  rows: SCAN_LIMITS.rowsMax * APPLIED_SHARE,
  changes: SCAN_LIMITS.changesMax * APPLIED_SHARE,
  objects: Math.min(SCAN_LIMITS.objectsMax, SCAN_LIMITS.pathStepsMax / (PLAIN_DEPTH_MAX + 1)) *
    APPLIED_SHARE,
};

function sum(left: ChunkSize, right: ChunkSize): ChunkSize {
  return {
    bytes: left.bytes + right.bytes,
    inflatedBytes: left.inflatedBytes + right.inflatedBytes,
    rows: left.rows + right.rows,
    changes: left.changes + right.changes,
    objects: left.objects + right.objects,
  };
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
