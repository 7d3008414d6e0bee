import { PLAIN_DEPTH_MAX } from "./_plain_changes.ts";
import { SyncError } from "./errors.ts";
import { scan, SCAN_LIMITS } from "./scan.ts";
import type { ChunkSize, ScanLimits } from "./scan.ts";

/** What part of the limits of a payload a document may use up by local changes. */
export const LOCAL_SHARE: number = 0.75;
/** Local changes, and their bytes when inflated, after which the size of the document is looked at again. */
export const MEASURE_AFTER: { readonly changes: number; readonly bytes: number } = {
  changes: 1024,
  bytes: 1024 * 1024,
};

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
  take(change: ChunkSize): void {
    this.#changes++;
    this.#bytes += change.inflatedBytes;
    this.#cost = sum(this.#cost, change);
  }

  /**
   * Fails if there is no room for a change. It measures the whole document, now and then, once the
   * sum of what was taken says that it may be too large.
   *
   * @param isCrowded Whether there may be too many heads or authors, which no sum shows.
   * @throws {SyncError} `too_large` if the document takes up most of what a payload can carry.
   */
  make(save: () => Uint8Array, isCrowded: boolean): void {
    const isDue = this.#changes >= MEASURE_AFTER.changes || this.#bytes >= MEASURE_AFTER.bytes;
    if (isDue && (isCrowded || !isWithin(this.#cost, LOCAL_LIMITS))) {
      const chunks = scanned(save(), LOCAL_LIMITS);
      this.#isFull = chunks === undefined;
      if (chunks !== undefined) this.measured(chunks);
    }
    if (isDue) {
      this.#changes = 0;
      this.#bytes = 0;
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
    return isWithin(chunks.reduce(sum, this.#cost), APPLIED_LIMITS);
  }

  /** Changes from elsewhere were applied. */
  takeApplied(chunks: readonly ChunkSize[]): void {
    this.#cost = chunks.reduce(sum, this.#cost);
  }
}

const NOTHING: ChunkSize = { bytes: 0, inflatedBytes: 0, rows: 0, changes: 0, objects: 0 };
const LOCAL_LIMITS = shareOf(LOCAL_SHARE);
const APPLIED_LIMITS = shareOf(APPLIED_SHARE);

function shareOf(share: number): ScanLimits {
  return Object.fromEntries(
    Object.entries(SCAN_LIMITS).map(([name, limit]) => [name, Math.floor(limit * share)]),
  );
}

/** Whether what costs so much surely keeps within limits. */
function isWithin(cost: ChunkSize, limits: ScanLimits): boolean {
  const { bytesMax = 0, inflatedBytesMax = 0, rowsMax = 0, changesMax = 0 } = limits;
  const { objectsMax = 0, pathStepsMax = 0 } = limits;
  return cost.bytes <= bytesMax && cost.inflatedBytes <= inflatedBytesMax &&
    cost.rows <= rowsMax && cost.changes <= changesMax &&
    cost.objects <= Math.min(objectsMax, pathStepsMax / (PLAIN_DEPTH_MAX + 1));
}

function sum(left: ChunkSize, right: ChunkSize): ChunkSize {
  return {
    bytes: left.bytes + right.bytes,
    inflatedBytes: left.inflatedBytes + right.inflatedBytes,
    rows: left.rows + right.rows,
    changes: left.changes + right.changes,
    objects: left.objects + right.objects,
  };
}

/** A document's chunks; `undefined` if they do not keep within limits. */
function scanned(bytes: Uint8Array, limits: ScanLimits): readonly ChunkSize[] | undefined {
  try {
    return scan(bytes, limits);
  } catch (error) {
    if (error instanceof SyncError && error.code === "too_large") return undefined;
    throw error;
  }
}
