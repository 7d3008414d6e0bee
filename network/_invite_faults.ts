import { INTERFACE_MEMBERS_MAX } from "../sync/mod.ts";
import { NetworkError } from "./errors.ts";
import type { Invite } from "./invite.ts";
import { REALM_SEED_BYTES, realmIdOf } from "./realm_ids.ts";

/** Bytes of an invite's secret. */
export const INVITE_SECRET_BYTES: number = 32;
/** Address hints in one invite. */
export const INVITE_HINTS_MAX: number = 8;
/** Characters of one address hint. */
export const INVITE_HINT_LENGTH_MAX: number = 256;
/** Members that one invite can let in: as many as a realm has. */
export const INVITE_USES_MAX: number = INTERFACE_MEMBERS_MAX;

/** For how long, and for how many, an invite is good. */
export interface InviteTerms {
  readonly expiresAtMs?: number;
  readonly usesMax?: number;
}

/** What is wrong with an invite; the name is not looked at, as it is made to fit. */
export function faultOfInvite(invite: Invite): string | undefined {
  const { realmId, seed, hints, secret } = invite;
  if (secret.length !== INVITE_SECRET_BYTES) return `its secret has ${secret.length} bytes`;
  if (seed !== undefined && (seed.length !== REALM_SEED_BYTES || realmIdOf(seed) !== realmId)) {
    return "its seed is not the realm's";
  }
  if (hints.length > INVITE_HINTS_MAX) {
    return `${hints.length} address hints, at most ${INVITE_HINTS_MAX}`;
  }
  return hints.every(isHint) ? faultOfTerms(invite) : "an address hint is none";
}

/** What is wrong with the terms of an invite; `undefined` if nothing is. */
export function faultOfTerms({ expiresAtMs = 0, usesMax = 1 }: InviteTerms): string | undefined {
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs < 0) return "its expiry is no time";
  if (Number.isInteger(usesMax) && usesMax >= 1 && usesMax <= INVITE_USES_MAX) return undefined;
  return `its uses are not from 1 to ${INVITE_USES_MAX}`;
}

/** What to throw for text that is no invite. */
export function invalid(why: string, cause?: unknown): NetworkError {
  const options = cause === undefined ? {} : { cause };
  return new NetworkError("invalid_invite", `Invalid invite code: ${why}`, options);
}

function isHint(hint: string): boolean {
  return hint.length <= INVITE_HINT_LENGTH_MAX && /^[\x21-\x7e]+$/.test(hint);
}
