/**
 * Names that people give themselves, and how much of an alias of a realm is kept.
 *
 * @module
 */
import { faultOfName, firstScalars } from "./_name_text.ts";
import { NetworkError } from "./errors.ts";

/** Unicode scalar values in a display name. */
export const DISPLAY_NAME_LENGTH_MAX: number = 64;
/** Unicode scalar values in the alias of a realm; what is beyond is cut. */
export const ALIAS_LENGTH_MAX: number = 77;

/**
 * Checks a display name, of this member or from another; white space around it is trimmed.
 *
 * @throws {NetworkError} `invalid_name` if it is empty, longer than
 * {@linkcode DISPLAY_NAME_LENGTH_MAX}, not well-formed, or has a control character; line ends and
 * the marks that turn the direction of the text around them count as such.
 *
 * @example A name is one line
 * ```ts
 * import { NetworkError, parseDisplayName } from "@indras/toolkit/network";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseDisplayName(" Ada 🌱 "), "Ada 🌱");
 * assertThrows(() => parseDisplayName("Ada\nBen"), NetworkError, "control character");
 * ```
 */
export function parseDisplayName(text: string): string {
  const name = text.trim();
  const fault = faultOfName(name, DISPLAY_NAME_LENGTH_MAX);
  if (fault === undefined) return name;
  throw new NetworkError("invalid_name", `Invalid operation: cannot use display name: ${fault}`);
}

/**
 * As much of an alias as is kept: {@linkcode ALIAS_LENGTH_MAX} Unicode scalar values. It refuses
 * nothing; half of a surrogate pair becomes U+FFFD, and `""` stays empty.
 *
 * @example A character is never cut in two
 * ```ts
 * import { ALIAS_LENGTH_MAX, cutAlias } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cutAlias("🌱".repeat(100)), "🌱".repeat(ALIAS_LENGTH_MAX));
 * ```
 */
export function cutAlias(text: string): string {
  return firstScalars(text, ALIAS_LENGTH_MAX);
}
