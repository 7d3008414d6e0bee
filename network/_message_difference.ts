/**
 * What makes one list of messages another.
 */
import type { MessageKey } from "./message.ts";
import type { ProjectedMessage } from "./projection_source.ts";

/** What to write and what to delete. */
export interface MessageDifference {
  /** The messages that were not there, or not as they are. */
  readonly written: readonly ProjectedMessage[];
  /** The names of the ones that are gone. */
  readonly removed: readonly MessageKey[];
}

/**
 * Compares lists that are mostly the same. A log only grows, but what arrives late comes between the
 * others, and may show that a reaction had been there before, or a name used twice.
 */
export function messageDifference(
  before: readonly ProjectedMessage[],
  after: readonly ProjectedMessage[],
): MessageDifference {
  const length = Math.min(before.length, after.length);
  let start = 0;
  while (start < length && isSame(before[start]!, after[start]!)) start++;
  let end = 0;
  while (end < length - start && isSame(before.at(-1 - end)!, after.at(-1 - end)!)) end++;
  const gone = new Map(
    before.slice(start, before.length - end).map((message) => [message.key, message]),
  );
  const written = after.slice(start, after.length - end).filter((message) => {
    const earlier = gone.get(message.key);
    gone.delete(message.key);
    return earlier === undefined || !isSame(earlier, message);
  });
  return { written, removed: [...gone.keys()] };
}

/** All that a row is made of. */
function isSame(left: ProjectedMessage, right: ProjectedMessage): boolean {
  return left === right || (
    left.key === right.key &&
    left.id === right.id &&
    left.content === right.content &&
    left.type === right.type &&
    left.timestampMs === right.timestampMs &&
    left.replyTo === right.replyTo &&
    left.reactionTarget === right.reactionTarget &&
    left.targetKey === right.targetKey &&
    left.artifactId === right.artifactId
  );
}
