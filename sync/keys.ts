/**
 * What a member's one Ed25519 key pair is good for: signatures, and a key with each other member.
 *
 * The pairwise keys need no exchange: X25519 over the two Ed25519 keys, carried over to Curve25519
 * (as libsodium's `crypto_sign_ed25519_pk_to_curve25519` does; for why one key may serve both, see
 * Thormarker, "On using the same key pair for Ed25519 and an X25519 based KEM", 2021). So a
 * member's id is enough to write to it, and a secret key is needed to read.
 *
 * Not protected: whoever gets a member's secret key reads all that was ever sealed to or by it (no
 * forward secrecy), and can seal to it in anybody's name.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createPublicKey,
  createSecretKey,
  hkdfSync,
  sign as signWith,
  verify as verifyWith,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { agree, agreementKeyOf, faultOfPublicKey, montgomeryOf } from "./_agreement.ts";
import { SyncError } from "./errors.ts";
import type { MemberId } from "./ids.ts";

/** A member's id and the secret key that belongs to it. */
export interface MemberKeys {
  /** The public key, as the member's id. */
  readonly memberId: MemberId;
  /** The Ed25519 secret key; it does not show its bytes when printed. */
  readonly secretKey: KeyObject;
}

/** The two keys between a member and another, one for each direction; 32 bytes each. */
export interface PairwiseKeys {
  /** For what this member seals to the other. */
  readonly outgoing: KeyObject;
  /** For what the other sealed to this member. */
  readonly incoming: KeyObject;
}

/** Bytes of a signature. */
export const SIGNATURE_BYTES: number = 64;
/** Public keys kept ready; beyond, the oldest is made anew when it is needed again. */
export const PUBLIC_KEYS_CACHED_MAX: number = 4096;
/** Others, per secret key, with whom the pairwise keys are kept ready; beyond, the same. */
export const PAIRWISE_KEYS_CACHED_MAX: number = 4096;

/** What stands before the 32 bytes of an Ed25519 public key in SPKI (RFC 8410). */
const SPKI_PREFIX = Uint8Array.fromHex("302a300506032b6570032100");
/** What a pairwise key is for, and in which version; HKDF's info begins with it. */
const PAIRWISE_PURPOSE = new TextEncoder().encode("indras envelope key 1\0");
const NO_SALT = new Uint8Array(0);

const publicKeys = new Map<string, KeyObject>();
const montgomeries = new Map<string, Uint8Array>();
/** What was worked out for a secret key; gone with it. */
const ownKeys = new WeakMap<KeyObject, OwnKeys>();

interface OwnKeys {
  readonly memberId: string;
  readonly agreementKey: KeyObject;
  readonly pairs: Map<string, PairwiseKeys>;
}

/**
 * Signs bytes; the same bytes always give the same 64 bytes.
 *
 * What is signed must begin with the purpose of the signature, so that none can pass for another.
 * Begin it with byte 255 moreover: no text does in UTF-8, and some servers have their clients sign
 * a text of the server's choice.
 *
 * @throws {SyncError} `bad_key` if the secret key is not the member's.
 *
 * @example A signature is good for its member and its bytes
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import { sign, systemSources, verify } from "@indras/toolkit/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const ada = createIdentity(systemSources());
 * const signature = sign(ada, new Uint8Array([255, 1]));
 * assert(verify(ada.memberId, new Uint8Array([255, 1]), signature));
 * assertFalse(verify(ada.memberId, new Uint8Array([255, 2]), signature));
 * ```
 */
export function sign(keys: MemberKeys, bytes: Uint8Array): Uint8Array {
  ownKeysOf(keys);
  return new Uint8Array(signWith(null, bytes, keys.secretKey));
}

/**
 * Whether a member signed these bytes; `false` for a signature of any other length, too.
 *
 * @throws {SyncError} `bad_key` if the id is no key that a member can have: no point of the curve,
 * or one of small order, for which one signature would fit all bytes.
 *
 * @example Nobody can be the member whose signature fits everything
 * ```ts
 * import { parseMemberId, SyncError, verify } from "@indras/toolkit/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const nobody = parseMemberId("01" + "00".repeat(31));
 * const fitsAll = new Uint8Array(64);
 * fitsAll[0] = 1;
 * assertThrows(() => verify(nobody, new Uint8Array(3), fitsAll), SyncError);
 * ```
 */
export function verify(memberId: MemberId, bytes: Uint8Array, signature: Uint8Array): boolean {
  const publicKey = publicKeyOf(memberId);
  return signature.length === SIGNATURE_BYTES && verifyWith(null, bytes, publicKey, signature);
}

/**
 * The keys between a member and another: X25519, then HKDF-SHA256 (RFC 5869) with the purpose and
 * both ids, sender first, as info. The two directions differ, so nothing can be sent back as if
 * it were an answer.
 *
 * @throws {SyncError} `bad_key` if `other` is no key that a member can have (see
 * {@linkcode verify}) or the member itself, or the secret key is not the member's.
 *
 * @example What goes out at one comes in at the other
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import { pairwiseKeys, systemSources } from "@indras/toolkit/sync";
 * import { assert } from "@std/assert";
 *
 * const [ada, ben] = [createIdentity(systemSources()), createIdentity(systemSources())];
 * const { outgoing } = pairwiseKeys(ada, ben.memberId);
 * assert(outgoing.equals(pairwiseKeys(ben, ada.memberId).incoming));
 * ```
 */
export function pairwiseKeys(keys: MemberKeys, other: MemberId): PairwiseKeys {
  const { agreementKey, pairs } = ownKeysOf(keys);
  return cached(pairs, other, PAIRWISE_KEYS_CACHED_MAX, () => {
    if (other === keys.memberId) throw badKey(other, "a member has none with itself");
    publicKeyOf(other);
    const [mine, theirs] = [Uint8Array.fromHex(keys.memberId), Uint8Array.fromHex(other)];
    const shared = agree(
      agreementKey,
      cached(montgomeries, other, PUBLIC_KEYS_CACHED_MAX, () => montgomeryOf(theirs)),
    );
    try {
      return {
        outgoing: derive(shared, mine, theirs),
        incoming: derive(shared, theirs, mine),
      };
    } finally {
      shared.fill(0);
    }
  });
}

function derive(shared: Uint8Array, from: Uint8Array, to: Uint8Array): KeyObject {
  const info = Buffer.concat([PAIRWISE_PURPOSE, from, to]);
  return createSecretKey(Buffer.from(hkdfSync("sha256", shared, NO_SALT, info, 32)));
}

function publicKeyOf(memberId: MemberId): KeyObject {
  return cached(publicKeys, memberId, PUBLIC_KEYS_CACHED_MAX, () => {
    if (!/^[0-9a-f]{64}$/.test(memberId)) {
      throw new SyncError("bad_key", "Cannot use a member id as a key: it is not 64 hex digits");
    }
    const bytes = Uint8Array.fromHex(memberId);
    const fault = faultOfPublicKey(bytes);
    if (fault !== undefined) throw badKey(memberId, fault);
    try {
      const key = Buffer.concat([SPKI_PREFIX, bytes]);
      return createPublicKey({ key, format: "der", type: "spki" });
    } catch (error) {
      throw badKey(memberId, "it is not a point of the curve", error);
    }
  });
}

/** Checks once per secret key that it is the member's: a mix-up would show only at the others. */
function ownKeysOf({ memberId, secretKey }: MemberKeys): OwnKeys {
  let own = ownKeys.get(secretKey);
  if (own === undefined) {
    if (secretKey.type !== "private" || secretKey.asymmetricKeyType !== "ed25519") {
      throw badKey(memberId, "the secret key is not an Ed25519 one");
    }
    const publicKey = createPublicKey(secretKey).export({ format: "der", type: "spki" });
    own = {
      memberId: publicKey.subarray(-32).toHex(),
      agreementKey: agreementKeyOf(secretKey),
      pairs: new Map(),
    };
    ownKeys.set(secretKey, own);
  }
  if (own.memberId !== memberId) throw badKey(memberId, "the secret key is another member's");
  return own;
}

function badKey(memberId: MemberId, why: string, cause?: unknown): SyncError {
  const options = cause === undefined ? {} : { cause };
  return new SyncError("bad_key", `Cannot use member id "${memberId}" as a key: ${why}`, options);
}

/** What is kept under a key, or made now; the oldest entry makes room. */
function cached<Value>(
  cache: Map<string, Value>,
  key: string,
  max: number,
  make: () => Value,
): Value {
  const found = cache.get(key);
  if (found !== undefined) return found;
  const value = make();
  cache.set(key, value);
  if (cache.size > max) cache.delete(cache.keys().next().value!);
  return value;
}
