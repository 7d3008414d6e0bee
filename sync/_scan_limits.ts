/**
 * How much one payload may hold; a limit that is left out is the one in {@linkcode SCAN_LIMITS}.
 *
 * The sums are over all chunks of the payload.
 */
export interface ScanLimits {
  /** Bytes of the payload. */
  readonly bytesMax?: number;
  /** Bytes of all columns after inflation, with each repetition of a repeated string. */
  readonly inflatedBytesMax?: number;
  /** Operations, changes, their dependencies and predecessors, and counters left out. */
  readonly rowsMax?: number;
  /** Chunks of any type. */
  readonly chunksMax?: number;
  /** Changes, also those inside documents and bundles. */
  readonly changesMax?: number;
  /** Dependencies of one change, bundle, or heads of one document. */
  readonly depsMax?: number;
  /** Changes in the payload that no other one in it depends on. */
  readonly headsMax?: number;
  /** Different actors. */
  readonly actorsMax?: number;
  /** Bytes of one actor. */
  readonly actorBytesMax?: number;
  /** The highest counter of an operation, and number of a change in its actor's sequence. */
  readonly opCounterMax?: number;
  /** Operations that make a map, list or text. */
  readonly objectsMax?: number;
  /** Operations that begin or end a mark; two for each marked range. */
  readonly marksMax?: number;
  /** Objects of the payload that lie in each other, the root or the object they hang from included. */
  readonly depthMax?: number;
  /** The depth found, times the objects made. */
  readonly pathStepsMax?: number;
}

/**
 * The highest counter of an operation.
 *
 * Automerge 3.5 takes about 66 bytes for each counter that a change leaves out when it loads the
 * document again: 130 MB at this limit. At 100,000,000 the document can be saved but not loaded.
 */
export const OP_COUNTER_MAX: number = 2_000_000;

/**
 * The limits for one payload from a peer.
 *
 * Chosen so that what passes costs Automerge 3.5 seconds and some hundred megabytes at worst;
 * see `tests/hostile_changes_test.ts` for the attacks that each of them stops.
 */
export const SCAN_LIMITS: Required<ScanLimits> = {
  bytesMax: 16 * 1024 * 1024,
  inflatedBytesMax: 64 * 1024 * 1024,
  rowsMax: 1_000_000,
  chunksMax: 100_000,
  changesMax: 100_000,
  depsMax: 1_000,
  headsMax: 1_000,
  actorsMax: 4_096,
  actorBytesMax: 64,
  opCounterMax: OP_COUNTER_MAX,
  objectsMax: 200_000,
  marksMax: 4_000,
  depthMax: 100,
  pathStepsMax: 1_000_000,
};
