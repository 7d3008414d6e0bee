import { readSigned, readUnsigned, walkRuns } from "./_columns.ts";

/** Stands for null in unfolded columns; no checked column holds it. */
export const NULL = -1;

/** Unfolds a checked column of unsigned numbers; absent rows stay {@linkcode NULL}. */
export function unfoldUnsigned(bytes: Uint8Array | undefined, rows: number): Float64Array {
  const values = new Float64Array(rows).fill(NULL);
  let at = 0;
  walkRuns(bytes ?? new Uint8Array(0), readUnsigned, (value, count) => {
    if (value !== undefined && count === 1) values[at] = value;
    else if (value !== undefined) values.fill(value, at, at + count);
    at += count;
  });
  return values;
}

/** Unfolds a checked column of differences into their running sums. */
export function unfoldCounters(bytes: Uint8Array | undefined, rows: number): Float64Array {
  const values = new Float64Array(rows).fill(NULL);
  let at = 0;
  let sum = 0;
  walkRuns(bytes ?? new Uint8Array(0), readSigned, (step, count) => {
    if (step === undefined) at += count;
    else for (let i = 0; i < count; i++) values[at++] = sum += step;
  });
  return values;
}
