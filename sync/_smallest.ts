import type { Handle } from "./_automerge.ts";
import { concat } from "./_concat.ts";
import type { KnownChange } from "./_known_changes.ts";

/** A change that a peer lacks. */
export type LackingChange = Pick<KnownChange, "hash" | "deps" | "actor" | "bytes">;

/** The encoding that was chosen, and how large a whole save was last seen to be. */
export interface Smallest {
  readonly bytes: Uint8Array;
  readonly savedBytes: number;
}

/** More changes than this are never smaller one by one. */
const SINGLE_CHANGES_MAX = 8;
/**
 * No column of a change so small is deflated in a bundle, which writes more columns than the change
 * itself: it is never smaller.
 */
const DEFLATED_BYTES_MIN = 256;
/** A whole save never shrinks to less than half of an earlier one: histories only grow. */
const SAVE_SHRINK_MAX = 2;

/**
 * Encodes what a peer with these heads lacks, in the smallest of Automerge's three encodings:
 * changes one by one, one bundle of them, or the whole document.
 *
 * The whole document is tried only if it could win. It is by far the slowest to encode, and it only
 * grows, so its size when it was last encoded says whether it could.
 *
 * @param lacking The changes that it lacks, each after those that it builds upon.
 * @param isAll Whether it has nothing.
 * @param savedBytes The size of an earlier whole save; 0 if there was none.
 */
export function encodeSmallest(
  handle: Handle,
  lacking: readonly LackingChange[],
  isAll: boolean,
  savedBytes: number,
): Smallest {
  if (lacking.length === 0) return { bytes: new Uint8Array(0), savedBytes };
  if (isAll && lacking.length > SINGLE_CHANGES_MAX) {
    // To somebody who has nothing, a bundle is never smaller by more than a few bytes in a hundred.
    const whole = handle.save();
    return { bytes: whole, savedBytes: whole.length };
  }
  const bytes = smallerOfChanges(handle, lacking);
  if (bytes.length * SAVE_SHRINK_MAX < savedBytes) return { bytes, savedBytes };
  const whole = handle.save();
  return { bytes: smaller(bytes, whole), savedBytes: whole.length };
}

/** The changes one by one or as a bundle. */
function smallerOfChanges(handle: Handle, changes: readonly LackingChange[]): Uint8Array {
  const singly = changes.length > SINGLE_CHANGES_MAX
    ? undefined
    : concat(changes.map(({ bytes }) => bytes));
  if (singly !== undefined && changes.length === 1 && singly.length < DEFLATED_BYTES_MIN) {
    return singly;
  }
  const bundle = handle.saveBundle(changes.map(({ hash }) => hash));
  return singly === undefined ? bundle : smaller(singly, bundle);
}

function smaller(left: Uint8Array, right: Uint8Array): Uint8Array {
  return right.length < left.length ? right : left;
}
