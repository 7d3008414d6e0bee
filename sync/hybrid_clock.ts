/**
 * Positions that sort by time on every peer, as one integer.
 *
 * A hybrid logical clock (Kulkarni and others, "Logical Physical Clocks", 2014): wall-clock
 * milliseconds times 1,024 plus a counter, and always beyond every position seen, so that what was
 * written in answer to something sorts behind it even if a clock is slow. Good until the year 2248.
 *
 * @module
 */

/** Positions in one millisecond. */
export const POSITIONS_PER_MS: number = 1024;

/** A position further ahead of the own clock than this does not push the own positions ahead. */
export const POSITION_AHEAD_MS_MAX: number = 24 * 60 * 60 * 1000;

/**
 * The position for something that is appended now.
 *
 * @param nowMs Milliseconds since the Unix epoch.
 * @param lastPosition The largest position seen; 0 if none.
 *
 * @example A slow clock still sorts an answer behind what it answers
 * ```ts
 * import { nextPosition } from "@indras/toolkit/sync";
 * import { assert } from "@std/assert";
 *
 * const question = nextPosition(2_000, 0);
 * assert(nextPosition(1_000, question) > question);
 * ```
 */
export function nextPosition(nowMs: number, lastPosition: number): number {
  const now = Math.max(0, Math.floor(nowMs)) * POSITIONS_PER_MS;
  return isFarAhead(nowMs, lastPosition) ? now : Math.max(now, lastPosition + 1);
}

/** Whether a position is further ahead of a clock than {@linkcode POSITION_AHEAD_MS_MAX}. */
export function isFarAhead(nowMs: number, position: number): boolean {
  return position > (nowMs + POSITION_AHEAD_MS_MAX) * POSITIONS_PER_MS;
}
