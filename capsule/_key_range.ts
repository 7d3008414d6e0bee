/**
 * Prefixes as ranges, which a table in the order of its keys answers without looking at the rest.
 */
import { STORE_KEY_LENGTH_MAX } from "../sync/mod.ts";

const LAST = 0x10ffff;
/** Comes after every key that is not too long. */
const AFTER_ALL: string = String.fromCodePoint(LAST).repeat(STORE_KEY_LENGTH_MAX / 2 + 1);

/** The least text that comes after every key with this prefix, in the order of code points. */
export function afterPrefix(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  while (points.at(-1) === LAST) points.pop();
  const last = points.pop();
  if (last === undefined) return AFTER_ALL;
  const next = last === 0xd7ff ? 0xe000 : last + 1; // between them are halves of pairs
  return String.fromCodePoint(...points, next);
}
