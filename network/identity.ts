/**
 * Who a network is: an Ed25519 key pair, whose public half is the member's id.
 *
 * @module
 */
import { createPrivateKey, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { Buffer } from "node:buffer";
import { parseMemberId } from "../sync/mod.ts";
import type { MemberId, Sources } from "../sync/mod.ts";

/** A member's keys. */
export interface Identity {
  /** The public key, as the member's id. */
  readonly memberId: MemberId;
  /** The secret key; it does not show its bytes when printed. */
  readonly secretKey: KeyObject;
}

/** What stands before the 32 secret bytes in PKCS #8 (RFC 8410, section 7). */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");

/**
 * Makes new keys.
 *
 * @param sources Gives the 32 secret bytes; the same bytes give the same keys.
 *
 * @example The simulated world repeats its members
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import { seededSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const id = () => createIdentity(seededSources("7", () => 0)).memberId;
 * assertEquals(id(), id());
 * ```
 */
export function createIdentity(sources: Pick<Sources, "randomBytes">): Identity {
  const key = Buffer.concat([PKCS8_PREFIX, sources.randomBytes(32)]);
  const secretKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(secretKey).export({ format: "jwk" });
  return { memberId: parseMemberId(Buffer.from(x ?? "", "base64url").toString("hex")), secretKey };
}
