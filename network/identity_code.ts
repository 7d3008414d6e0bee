/**
 * Member ids as people pass them on: bech32m (BIP-350), alone or in a URI with a name.
 *
 * ```text
 * code  "indra1", 52 digits for the 32 bytes, 6 digits of checksum: 64 characters
 * URI   code, or code "?name=" percent-encoded display name
 * ```
 *
 * @module
 */
import { bech32m } from "@scure/base";
import { parseMemberId } from "../sync/mod.ts";
import type { MemberId } from "../sync/mod.ts";
import { parseDisplayName } from "./display_name.ts";
import { NetworkError } from "./errors.ts";

/** Characters of an identity code. */
export const IDENTITY_CODE_LENGTH: number = 64;
/** Characters of an identity URI: prefix, code, and 64 characters of 4 bytes, percent-encoded. */
export const IDENTITY_URI_LENGTH_MAX: number = 8 + IDENTITY_CODE_LENGTH + 6 + 64 * 4 * 3;

/** What a code's human-readable part is. */
const HRP = "indra";
const PREFIX = /^(?:indra|INDRA):\/\//;
const NAME = "name=";

/** Whom an identity URI names. */
export interface IdentityUri {
  /** The member. */
  readonly memberId: MemberId;
  /** What it calls itself: a suggestion, for a contact that has no name yet. */
  readonly name?: string;
}

/**
 * A member's id as an identity code.
 *
 * @example A code has 64 characters
 * ```ts
 * import { formatIdentityCode } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   formatIdentityCode(parseMemberId("01".repeat(32))),
 *   "indra1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqsj6zz6t",
 * );
 * ```
 */
export function formatIdentityCode(member: MemberId): string {
  return bech32m.encode(HRP, bech32m.toWords(Uint8Array.fromHex(member)), IDENTITY_CODE_LENGTH);
}

/**
 * Reads an identity code. White space around it and `indra://` before it are left away; it is all
 * in lower case or all in upper case, as QR codes have it.
 *
 * @throws {NetworkError} `invalid_code` for anything else.
 *
 * @example A letter that was mistyped is noticed
 * ```ts
 * import { formatIdentityCode, NetworkError, parseIdentityCode } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const ada = parseMemberId("01".repeat(32));
 * const code = formatIdentityCode(ada);
 * assertEquals(parseIdentityCode(` indra://${code}\n`), ada);
 * assertThrows(() => parseIdentityCode(code.replace("6t", "t6")), NetworkError);
 * ```
 */
export function parseIdentityCode(text: string): MemberId {
  return decode(text.trim().replace(PREFIX, ""));
}

/**
 * An identity code with the member's name, or without.
 *
 * @param name Taken as {@linkcode parseDisplayName} gives it.
 * @throws {NetworkError} `invalid_name` if it is no display name.
 *
 * @example The code is a plain part of it
 * ```ts
 * import { formatIdentityCode, formatIdentityUri } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ada = parseMemberId("01".repeat(32));
 * assertEquals(formatIdentityUri(ada, "Ada L."), `${formatIdentityCode(ada)}?name=Ada%20L.`);
 * assertEquals(formatIdentityUri(ada), formatIdentityCode(ada));
 * ```
 */
export function formatIdentityUri(member: MemberId, name?: string): string {
  const code = formatIdentityCode(member);
  if (name === undefined) return code;
  return `${code}?${NAME}${encodeURIComponent(parseDisplayName(name))}`;
}

/**
 * Reads an identity URI, or a code alone as {@linkcode parseIdentityCode} does.
 *
 * @throws {NetworkError} `invalid_code` for anything else: a bad escape, a name that is no display
 * name, another parameter.
 *
 * @example The name comes along
 * ```ts
 * import { formatIdentityUri, parseIdentityUri } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const memberId = parseMemberId("01".repeat(32));
 * assertEquals(parseIdentityUri(formatIdentityUri(memberId, "Ada")), { memberId, name: "Ada" });
 * assertEquals(parseIdentityUri(formatIdentityUri(memberId)), { memberId });
 * ```
 */
export function parseIdentityUri(text: string): IdentityUri {
  const uri = text.trim();
  if (uri.length > IDENTITY_URI_LENGTH_MAX) {
    throw invalid(`${uri.length} characters, at most ${IDENTITY_URI_LENGTH_MAX}`);
  }
  const end = uri.indexOf("?");
  const memberId = decode((end < 0 ? uri : uri.slice(0, end)).replace(PREFIX, ""));
  return end < 0 ? { memberId } : { memberId, name: nameOf(uri.slice(end + 1)) };
}

function decode(code: string): MemberId {
  if (code.length !== IDENTITY_CODE_LENGTH) {
    throw invalid(`expected ${IDENTITY_CODE_LENGTH} characters, found ${code.length}`);
  }
  // Beyond ASCII there are letters that only become ASCII in another case.
  if (!/^(?:[0-9a-z]+|[0-9A-Z]+)$/.test(code)) {
    throw invalid("expected digits and letters, all in lower case or all in upper case");
  }
  if (!code.toLowerCase().startsWith(`${HRP}1`)) throw invalid(`it does not begin with "${HRP}1"`);
  try {
    return parseMemberId(bech32m.decodeToBytes(code).bytes.toHex());
  } catch (cause) {
    throw invalid("a character is wrong, or some are in the wrong place", cause);
  }
}

function nameOf(query: string): string {
  if (!query.startsWith(NAME) || /[&#?]/.test(query)) {
    throw invalid(`expected "?${NAME}" and a name behind the code`);
  }
  try {
    return parseDisplayName(decodeURIComponent(query.slice(NAME.length)));
  } catch (cause) {
    throw invalid("the name behind the code is no display name", cause);
  }
}

function invalid(why: string, cause?: unknown): NetworkError {
  const options = cause === undefined ? {} : { cause };
  return new NetworkError("invalid_code", `Invalid invite code: ${why}`, options);
}
