import { SyncError } from "./errors.ts";
import { memberOf } from "./ids.ts";
import type { ActorId } from "./ids.ts";

/**
 * Does what hostile changes may make fail. Automerge throws errors, strings and panics; all of them
 * mean that the changes were bad.
 *
 * @throws {SyncError} `equivocation` if there are two changes of one number, else `bad_changes`.
 */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyncError) throw error;
    if (/duplicate seq/i.test(String(error))) throw equivocation(undefined, error);
    throw new SyncError("bad_changes", "Cannot apply changes: Automerge refused them", {
      cause: error,
    });
  }
}

/** What to throw where an author has written two changes with one number. */
export function equivocation(actor: ActorId | undefined, cause?: unknown): SyncError {
  const who = actor === undefined ? "their author" : `member "${memberOf(actor)}"`;
  return new SyncError(
    "equivocation",
    `Cannot apply changes: ${who} has written another one of the same number`,
    cause === undefined ? {} : { cause },
  );
}
