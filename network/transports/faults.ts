/**
 * What can go wrong on the links of a simulated world.
 *
 * @module
 */
import type { MemberId } from "../../sync/mod.ts";

/** How long an envelope takes, in whole milliseconds, drawn anew for each. */
export interface Latency {
  /** The shortest, from 0. */
  readonly min: number;
  /** The longest. */
  readonly max: number;
}

/** Faults to set; what is left out stays as it is. Probabilities are from 0 to 1. */
export interface Faults {
  /** How likely an envelope is lost. Its sender is not told. */
  readonly loss?: number;
  /** How likely an envelope that is not lost arrives twice; the copy has a latency of its own. */
  readonly duplicate?: number;
  /** How likely an envelope, or a copy, does not wait for those that were sent before it. */
  readonly reorder?: number;
  /** How likely an envelope that is delivered crashes the peer that it reaches. */
  readonly crash?: number;
  /** How long envelopes take. */
  readonly latencyMs?: Latency;
  /** The two peers whose link it is, in both directions. @default {all links} */
  readonly between?: readonly [MemberId, MemberId];
}
