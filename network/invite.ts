/**
 * Invites to a realm, as people pass them on. Whoever has one can ask to be let in.
 *
 * ```text
 * text    "indra:realm:", then the map in base64url without padding
 * map     CBOR: v = 1, realm (32), inviter (32), creator (32)?, seed (32)?, name?, hints: [text],
 *         secret (32), expires_at?, uses?, sum (4)
 * sum     the first 4 bytes of the BLAKE3 of all bytes before them
 * ```
 *
 * The keys come in this order, and `creator` is left out when it is the inviter. So an invite has
 * one text only, and damage to any character is noticed.
 *
 * @module
 */
import type { MemberId } from "../sync/mod.ts";
import { decodeInvite, encodeInvite } from "./_invite_bytes.ts";
import { faultOfInvite, invalid } from "./_invite_faults.ts";
import { NetworkError } from "./errors.ts";
import type { RealmId } from "./realm_ids.ts";

export { INVITE_NAME_LENGTH_MAX } from "./_invite_bytes.ts";
export {
  INVITE_HINT_LENGTH_MAX,
  INVITE_HINTS_MAX,
  INVITE_SECRET_BYTES,
  INVITE_USES_MAX,
} from "./_invite_faults.ts";

/** Characters of an invite, prefix included. */
export const INVITE_LENGTH_MAX: number = 4096;

const PREFIX = "indra:realm:";

/** What an invite says. All of it is the inviter's word; the seed proves the realm's id only. */
export interface Invite {
  /** The realm. */
  readonly realmId: RealmId;
  /** Who issued it, and who is to be asked. */
  readonly inviter: MemberId;
  /** Who created the realm, and so decides who else may do what. */
  readonly creator: MemberId;
  /** The 32 bytes of the document id that the realm's id is made of. */
  readonly seed?: Uint8Array;
  /** What the realm was called: to be shown until its documents say it. */
  readonly name?: string;
  /** Where to find the inviter: printable ASCII without spaces, and nobody has tried it. */
  readonly hints: readonly string[];
  /** {@linkcode INVITE_SECRET_BYTES} random bytes: who knows them has the invite. */
  readonly secret: Uint8Array;
  /** From when on it is refused, in milliseconds since the Unix epoch. */
  readonly expiresAtMs?: number;
  /** How many members it lets in, from 1 to {@linkcode INVITE_USES_MAX}. */
  readonly usesMax?: number;
}

/**
 * Writes an invite as text; equal invites give equal texts.
 *
 * The realm's name is trimmed, cut after {@linkcode INVITE_NAME_LENGTH_MAX}, and left out if it is
 * no line that can be shown.
 *
 * @throws {NetworkError} `invalid_operation` if the seed is not the realm's, a hint, the expiry or
 * the number of uses is none, or there are more than {@linkcode INVITE_HINTS_MAX} hints.
 *
 * @example What was written is read
 * ```ts
 * import { createIdentity, formatInvite, parseInvite, realmIdOf } from "@indras/toolkit/network";
 * import { systemSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const sources = systemSources();
 * const [seed, secret] = [sources.randomBytes(32), sources.randomBytes(32)];
 * const { memberId: ada } = createIdentity(sources);
 * const whose = { realmId: realmIdOf(seed), inviter: ada, creator: ada };
 * const invite = { ...whose, seed, secret, name: "Garden", hints: [], usesMax: 3 };
 * assertEquals(parseInvite(formatInvite(invite)), invite);
 * ```
 */
export function formatInvite(invite: Invite): string {
  const fault = faultOfInvite(invite);
  if (fault === undefined) return PREFIX + toText(encodeInvite(invite));
  throw new NetworkError("invalid_operation", `Invalid operation: cannot write invite: ${fault}`);
}

/**
 * Reads an invite. White space around it is trimmed, and the prefix may be missing. Whether it has
 * expired is not looked at: that is {@linkcode isInviteExpired}.
 *
 * @throws {NetworkError} `invalid_invite` if it is anything else than a whole invite of this
 * version, written as {@linkcode formatInvite} does, of at most {@linkcode INVITE_LENGTH_MAX}
 * characters.
 *
 * @example Another kind of text is refused
 * ```ts
 * import { NetworkError, parseInvite } from "@indras/toolkit/network";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => parseInvite("indra:artifact:AAAA"), NetworkError, "Invalid invite code: ");
 * ```
 */
export function parseInvite(text: string): Invite {
  const trimmed = text.trim();
  if (trimmed.length > INVITE_LENGTH_MAX) {
    throw invalid(`${trimmed.length} characters, at most ${INVITE_LENGTH_MAX}`);
  }
  if (trimmed.startsWith(PREFIX)) return decodeInvite(toBytes(trimmed.slice(PREFIX.length)));
  if (/^indra:/i.test(trimmed)) throw invalid(`expected "${PREFIX}" at its beginning`);
  return decodeInvite(toBytes(trimmed));
}

/**
 * Whether an invite has expired; one without an expiry never does.
 *
 * @param nowMs Milliseconds since the Unix epoch.
 *
 * @example It ends on the millisecond
 * ```ts
 * import { isInviteExpired } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([99, 100].map((now) => isInviteExpired({ expiresAtMs: 100 }, now)), [false, true]);
 * ```
 */
export function isInviteExpired(invite: Pick<Invite, "expiresAtMs">, nowMs: number): boolean {
  return invite.expiresAtMs !== undefined && nowMs >= invite.expiresAtMs;
}

function toText(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function toBytes(text: string): Uint8Array {
  // What the decoder takes besides, as white space, padding and spare bits, is no second text.
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    if (toText(bytes) === text) return bytes;
  } catch (cause) {
    throw invalid("it is not base64url", cause);
  }
  throw invalid("it is not base64url");
}
