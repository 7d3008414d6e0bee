import { SCAN_LIMITS } from "./scan.ts";
import type { ScanLimits } from "./scan.ts";

/** Chunks appended to a snapshot may weigh as much again, uncompressed, before they are compacted. */
export const STORED_LIMITS: ScanLimits = {
  bytesMax: 4 * SCAN_LIMITS.bytesMax,
  inflatedBytesMax: 4 * SCAN_LIMITS.inflatedBytesMax,
  rowsMax: 2 * SCAN_LIMITS.rowsMax,
};

/** Chunks behind each other, as one byte string. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
