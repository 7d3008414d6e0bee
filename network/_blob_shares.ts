/**
 * How the room for wanted blobs is shared among those who say that there are blobs.
 */
import type { MemberId } from "../sync/mod.ts";
import { BLOB_WANTS_MAX } from "./_blob_wants.ts";
import type { LeafArtifact } from "./artifact_types.ts";

/** Wanted blobs of leaves of one steward; the ones after wait, so that there is room for others. */
export const BLOB_WANTS_PER_STEWARD_MAX: number = BLOB_WANTS_MAX / 4;

/** How many more blobs may be wanted, in all and for leaves of each steward. */
export class BlobShares {
  readonly #counts: Map<MemberId, number> = new Map();
  #left: number;

  constructor(left: number) {
    this.#left = left;
  }

  /** Counts one for the steward of these leaves for whom there is the least so far. */
  count(entries: readonly LeafArtifact[]): void {
    const steward = this.#leastOf(entries);
    if (steward !== undefined) this.#counts.set(steward, this.#countOf(steward) + 1);
  }

  /** Takes room for one more, if there is any. */
  take(entries: readonly LeafArtifact[]): boolean {
    const steward = this.#leastOf(entries);
    const isFull = this.#left <= 0 || steward === undefined ||
      this.#countOf(steward) >= BLOB_WANTS_PER_STEWARD_MAX;
    if (isFull) return false;
    this.#left--;
    this.count(entries);
    return true;
  }

  #leastOf(entries: readonly LeafArtifact[]): MemberId | undefined {
    const stewards = entries.map(({ steward }) => steward);
    return stewards.sort((left, right) => this.#countOf(left) - this.#countOf(right))[0];
  }

  #countOf(steward: MemberId): number {
    return this.#counts.get(steward) ?? 0;
  }
}
