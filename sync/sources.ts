/**
 * Clock, randomness and fresh ids, as arguments.
 *
 * This is the one file of the layer that touches the system's clock and random bytes; everything
 * else takes a {@linkcode Sources}. The same seed and the same clock give the same run.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { parseArtifactId } from "./ids.ts";
import type { ArtifactId } from "./ids.ts";

/** Where time and chance come from. */
export interface Sources {
  /** Milliseconds since the Unix epoch; may jump. */
  readonly nowMs: () => number;
  /** Uniform in [0, 1), 32 bits of it. */
  readonly random: () => number;
  /** That many bytes, unpredictable outside the simulated world. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * The clock and the random bytes of this machine.
 *
 * @example Two draws differ
 * ```ts
 * import { systemSources } from "@indras/toolkit/sync";
 * import { assertNotEquals } from "@std/assert";
 *
 * const sources = systemSources();
 * assertNotEquals(sources.randomBytes(32), sources.randomBytes(32));
 * ```
 */
export function systemSources(): Sources {
  const bytes = (length: number) => new Uint8Array(randomBytes(length));
  return { nowMs: () => Date.now(), random: () => uniform(bytes(4)), randomBytes: bytes };
}

/**
 * Chance that repeats: the bytes are SHA-256 of the seed and a counter.
 *
 * @param seed Any text; another seed gives another stream.
 * @param nowMs The clock to hand on.
 *
 * @example The same seed gives the same bytes
 * ```ts
 * import { seededSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const draw = () => seededSources("7", () => 0).randomBytes(8);
 * assertEquals(draw(), draw());
 * ```
 */
export function seededSources(seed: string, nowMs: () => number): Sources {
  let counter = 0;
  let block = new Uint8Array(0);
  const next = (length: number): Uint8Array => {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (block.length === 0) {
        block = new Uint8Array(createHash("sha256").update(`${seed}\n${counter++}`).digest());
      }
      const part = block.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      block = block.subarray(part.length);
    }
    return out;
  };
  return { nowMs, random: () => uniform(next(4)), randomBytes: next };
}

/** A random artifact id. What is created gets its id from its steward and a nonce instead. */
export function newArtifactId(sources: Sources): ArtifactId {
  return parseArtifactId(sources.randomBytes(32).toHex());
}

function uniform(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}
