import { Buffer } from "node:buffer";
import { createHash, createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { SyncError } from "./errors.ts";

/** The field both curves are over: 2^255 - 19 (RFC 7748, section 4.1). */
const P = 2n ** 255n - 19n;

/** The y of a point of order 8; its negative is the other one. */
const ORDER_8_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/**
 * The five y coordinates of the eight points whose order divides 8 (RFC 7748, section 7, on
 * contributory behaviour). One signature of such a key is good for every message, and a key agreed
 * with it is zero.
 */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y]);

/** What stands before the 32 bytes of an X25519 key in PKCS #8 and SPKI (RFC 8410). */
const SECRET_PREFIX = Uint8Array.fromHex("302e020100300506032b656e04220420");
const PUBLIC_PREFIX = Uint8Array.fromHex("302a300506032b656e032100");

/**
 * What makes 32 bytes useless as an Ed25519 public key, as far as its y coordinate tells;
 * `undefined` for nothing. Whether there is a point with that y is left to `createPublicKey`.
 */
export function faultOfPublicKey(publicKey: Uint8Array): string | undefined {
  const y = yOf(publicKey);
  if (y >= P) return "it is not in its shortest form";
  return SMALL_ORDER_Y.has(y) ? "it is of small order" : undefined;
}

/**
 * The X25519 public key for an Ed25519 public key: u = (1 + y) / (1 - y), the birational map of
 * RFC 7748, section 4.1. Only public numbers come in, so it need not take constant time.
 *
 * @param publicKey Not of small order.
 */
export function montgomeryOf(publicKey: Uint8Array): Uint8Array {
  const y = yOf(publicKey);
  const u = (1n + y) * inverse((1n - y + P) % P) % P;
  return Uint8Array.fromHex(u.toString(16).padStart(64, "0")).reverse();
}

/** The X25519 secret key for an Ed25519 secret key: the first half of SHA-512 of the seed. */
export function agreementKeyOf(secretKey: KeyObject): KeyObject {
  const seed = secretKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const hash = createHash("sha512").update(seed).digest();
  const key = Buffer.concat([SECRET_PREFIX, hash.subarray(0, 32)]);
  try {
    // X25519 itself clamps the scalar, in the way in which Ed25519 does.
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } finally {
    for (const secret of [seed, hash, key]) secret.fill(0);
  }
}

/**
 * What two members share and nobody else knows: 32 bytes, to be hashed before they are used.
 *
 * @throws {SyncError} `bad_key` if the result would be zero, and so the same for everybody.
 */
export function agree(secret: KeyObject, montgomery: Uint8Array): Uint8Array {
  const key = Buffer.concat([PUBLIC_PREFIX, montgomery]);
  const publicKey = createPublicKey({ key, format: "der", type: "spki" });
  let shared: Uint8Array;
  try {
    shared = diffieHellman({ privateKey: secret, publicKey });
  } catch (error) {
    throw new SyncError("bad_key", "Cannot agree on a key", { cause: error });
  }
  // Deno refuses zeros by itself; RFC 7748, section 6.1, asks every caller to look.
  if (shared.every((byte) => byte === 0)) {
    throw new SyncError("bad_key", "Cannot agree on a key: what is shared would be zero");
  }
  return shared;
}

/** The low 255 bits, little end first; the highest bit is the sign of x. */
function yOf(publicKey: Uint8Array): bigint {
  return BigInt(`0x${publicKey.toReversed().toHex()}`) & (2n ** 255n - 1n);
}

/** The inverse modulo P of a number that is not 0, by Euclid's extended algorithm. */
function inverse(number: bigint): bigint {
  let [r, nextR] = [P, number];
  let [t, nextT] = [0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return (t + P) % P;
}
