/**
 * Who a network is: an Ed25519 key pair, whose public half is the member's id.
 *
 * @module
 */
import type { KeyObject } from "node:crypto";
import type { MemberId, Sources } from "../sync/mod.ts";
import { identityOf, SECRET_KEY_BYTES } from "./_secret_key.ts";

/** A member's keys. */
export interface Identity {
  /** The public key, as the member's id. */
  readonly memberId: MemberId;
  /** The secret key; it does not show its bytes when printed. */
  readonly secretKey: KeyObject;
}

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
  return identityOf(sources.randomBytes(SECRET_KEY_BYTES));
}
