/**
 * Damaged copies of honest bytes, from a seed.
 *
 * @module
 */
import { seededSources } from "../sync/mod.ts";

/** Yields damaged copies: flipped bits, cuts, repeats, splices, noise. */
export function* mutations(
  original: Uint8Array,
  { seed, count }: { readonly seed: string; readonly count: number },
): Generator<Uint8Array> {
  const { random } = seededSources(`mutations ${seed}`, () => 0);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let index = 0; index < count; index++) {
    let bytes: Uint8Array = original.slice();
    for (let rounds = 1 + below(3); rounds > 0; rounds--) {
      const at = below(bytes.length);
      switch (below(5)) {
        case 0:
          if (bytes.length > 0) bytes[at]! ^= 1 << below(8);
          break;
        case 1:
          bytes = bytes.slice(0, at);
          break;
        case 2:
          bytes = join(bytes.slice(0, at), bytes.slice(at, at + below(40)), bytes.slice(at));
          break;
        case 3:
          bytes = join(bytes.slice(0, at), bytes.slice(at + 1 + below(8)));
          break;
        case 4:
          bytes.fill(below(256), at, at + below(8));
      }
    }
    yield bytes;
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
