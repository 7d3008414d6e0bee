import { SCAN_LIMITS } from "./scan.ts";
import type { ScanLimits } from "./scan.ts";

/** Chunks appended to a snapshot may weigh as much again, uncompressed, before they are compacted. */
export const STORED_LIMITS: ScanLimits = {
  bytesMax: 4 * SCAN_LIMITS.bytesMax,
  inflatedBytesMax: 4 * SCAN_LIMITS.inflatedBytesMax,
  rowsMax: 2 * SCAN_LIMITS.rowsMax,
};
