import { ByteReader } from "./_byte_reader.ts";
import { readChunk } from "./_chunk.ts";
import { ScanBudget } from "./_scan_budget.ts";
import { SCAN_LIMITS } from "./_scan_limits.ts";
import { parseChangeHash } from "./ids.ts";
import type { ChangeHash } from "./ids.ts";

/** A change by its name. */
export interface LinkedChange {
  readonly hash: ChangeHash;
  /** The changes that it follows. */
  readonly deps: readonly ChangeHash[];
  /** The change as Automerge encodes it. */
  readonly bytes: Uint8Array;
}

/** Reads the name of a change of our own and the names of those it follows, and no more of it. */
export function linkChange(bytes: Uint8Array): LinkedChange {
  const { hash, body } = readChunk(new ByteReader(bytes), new ScanBudget(SCAN_LIMITS));
  const reader = new ByteReader(body);
  const deps = Array.from(
    { length: reader.uleb() },
    () => parseChangeHash(reader.take(32).toHex()),
  );
  return { hash: parseChangeHash(hash), deps, bytes };
}
