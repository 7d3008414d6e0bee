import type { Handle } from "./_automerge.ts";
import type { Heads } from "./ids.ts";

/** The encoding that was chosen, and how large a whole save was last seen to be. */
export interface Smallest {
  readonly bytes: Uint8Array;
  readonly savedBytes: number;
}

/** More changes than this are never smaller one by one. */
const SINGLE_CHANGES_MAX = 8;
/** A whole save never shrinks to less than half of an earlier one: histories only grow. */
const SAVE_SHRINK_MAX = 2;

/**
 * Encodes what a peer with these heads lacks, in the smallest of Automerge's three encodings:
 * changes one by one, one bundle of them, or the whole document.
 *
 * The whole document is tried only if it could win. It is by far the slowest to encode, and it only
 * grows, so its size when it was last encoded says whether it could.
 *
 * @param lacking The hashes of the changes that it lacks.
 * @param savedBytes The size of an earlier whole save; 0 if there was none.
 */
export function encodeSmallest(
  handle: Handle,
  heads: Heads,
  lacking: string[],
  savedBytes: number,
): Smallest {
  if (lacking.length === 0) return { bytes: new Uint8Array(0), savedBytes };
  if (heads.length === 0 && lacking.length > SINGLE_CHANGES_MAX) {
    // To somebody who has nothing, a bundle is never smaller by more than a few bytes in a hundred.
    const whole = handle.save();
    return { bytes: whole, savedBytes: whole.length };
  }
  // A bundle of one is smaller too, if its value can be compressed.
  const bundle = handle.saveBundle(lacking);
  const bytes = lacking.length > SINGLE_CHANGES_MAX
    ? bundle
    : smaller(handle.saveSince([...heads]), bundle);
  if (bytes.length * SAVE_SHRINK_MAX < savedBytes) return { bytes, savedBytes };
  const whole = handle.save();
  return { bytes: smaller(bytes, whole), savedBytes: whole.length };
}

function smaller(left: Uint8Array, right: Uint8Array): Uint8Array {
  return right.length < left.length ? right : left;
}
