import { blake3, decodeWire, encodeWire, parseMemberId } from "../sync/mod.ts";
import type { CborLimits, WireValue } from "../sync/mod.ts";
import { faultOfInvite, invalid } from "./_invite_faults.ts";
import { faultOfName, firstScalars } from "./_name_text.ts";
import type { Invite } from "./invite.ts";
import { parseRealmId } from "./realm_ids.ts";

/** Unicode scalar values of a realm's name in an invite; what is beyond is cut. */
export const INVITE_NAME_LENGTH_MAX: number = 64;

const VERSION = 1;
const SUM_BYTES = 4;
const LIMITS: CborLimits = { bytesMax: 4096, depthMax: 2, itemsMax: 64, keyBytesMax: 16 };

type Fields = Readonly<Record<string, WireValue>>;

/** An invite as the map that `invite.ts` describes; nothing is checked. */
export function encodeInvite(invite: Invite): Uint8Array {
  const { realmId, inviter, creator, seed, hints, secret, expiresAtMs, usesMax } = invite;
  const name = invite.name === undefined ? undefined : lineOf(invite.name);
  const bytes = encodeWire({
    v: VERSION,
    realm: Uint8Array.fromHex(realmId),
    inviter: Uint8Array.fromHex(inviter),
    ...(creator !== inviter && { creator: Uint8Array.fromHex(creator) }),
    ...(seed !== undefined && { seed }),
    ...(name !== undefined && { name }),
    hints,
    secret,
    ...(expiresAtMs !== undefined && { expires_at: expiresAtMs }),
    ...(usesMax !== undefined && { uses: usesMax }),
    sum: new Uint8Array(SUM_BYTES),
  });
  bytes.set(sumOf(bytes), bytes.length - SUM_BYTES);
  return bytes;
}

/**
 * Reads exactly what {@linkcode encodeInvite} writes.
 *
 * @throws {NetworkError} `invalid_invite`.
 */
export function decodeInvite(bytes: Uint8Array): Invite {
  // First, so that damage is called damage, wherever it is.
  if (bytes.length < SUM_BYTES || !same(bytes.subarray(-SUM_BYTES), sumOf(bytes))) {
    throw invalid("it is damaged or not whole");
  }
  const invite = read(fieldsOf(bytes));
  const fault = faultOfInvite(invite);
  if (fault !== undefined) throw invalid(fault);
  // One invite has one form: fields that are unknown, in another order or of no use end here.
  if (!same(encodeInvite(invite), bytes)) throw invalid("it is not written as invites are");
  return invite;
}

function fieldsOf(bytes: Uint8Array): Fields {
  const value = decoded(bytes);
  const isMap = value !== null && typeof value === "object" && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
  if (!isMap) throw invalid("it is not a map");
  const fields = value as Fields;
  if (fields["v"] === VERSION) return fields;
  throw invalid(`this release reads version ${VERSION} only`);
}

function decoded(bytes: Uint8Array): WireValue {
  try {
    return decodeWire(bytes, LIMITS);
  } catch (cause) {
    throw invalid("it is not a map of CBOR", cause);
  }
}

function read(fields: Fields): Invite {
  const { creator, seed, name, hints, expires_at: expiresAtMs, uses: usesMax } = fields;
  const inviter = parseMemberId(bytes32(fields["inviter"]).toHex());
  if (!Array.isArray(hints)) throw unlike();
  return {
    realmId: parseRealmId(bytes32(fields["realm"]).toHex()),
    inviter,
    creator: creator === undefined ? inviter : parseMemberId(bytes32(creator).toHex()),
    ...(seed !== undefined && { seed: bytes32(seed) }),
    ...(name !== undefined && { name: text(name) }),
    hints: hints.map(text),
    secret: bytes32(fields["secret"]),
    ...(expiresAtMs !== undefined && { expiresAtMs: number(expiresAtMs) }),
    ...(usesMax !== undefined && { usesMax: number(usesMax) }),
  };
}

function bytes32(value: WireValue | undefined): Uint8Array {
  if (value instanceof Uint8Array && value.length === 32) return value;
  throw unlike();
}

function text(value: WireValue): string {
  if (typeof value === "string") return value;
  throw unlike();
}

function number(value: WireValue): number {
  if (typeof value === "number") return value;
  throw unlike();
}

function unlike(): Error {
  return invalid("a field is not as invites have it");
}

/** A name as one line that can be shown; `undefined` if it is none. */
function lineOf(name: string): string | undefined {
  const line = firstScalars(name.trim(), INVITE_NAME_LENGTH_MAX).trim();
  return faultOfName(line, INVITE_NAME_LENGTH_MAX) === undefined ? line : undefined;
}

/** Over all but the place of the checksum, which is at the end. */
function sumOf(bytes: Uint8Array): Uint8Array {
  return blake3(bytes.subarray(0, -SUM_BYTES)).subarray(0, SUM_BYTES);
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
