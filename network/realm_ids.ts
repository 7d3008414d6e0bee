/**
 * Realm ids that can be computed. They are names, never secrets.
 *
 * @module
 */
import { blake3 } from "@noble/hashes/blake3.js";
import type { Brand, MemberId } from "../sync/mod.ts";

/** 64 lowercase hex digits: a BLAKE3 that names a realm. */
export type RealmId = string & Brand<"RealmId">;

/**
 * The id of a member's own realm.
 *
 * @example It is the BLAKE3 of a prefix and the member's key
 * ```ts
 * import { homeRealmId } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals<string>(
 *   homeRealmId(parseMemberId("01".repeat(32))),
 *   "77bb02f88bad64b9618c970374b32405f5d374ebab4d4a9fe3e2c5baf50388bd",
 * );
 * ```
 */
export function homeRealmId(member: MemberId): RealmId {
  const prefix = new TextEncoder().encode("home-realm-v1:");
  const input = new Uint8Array([...prefix, ...Uint8Array.fromHex(member)]);
  return new Uint8Array(blake3(input)).toHex() as RealmId;
}
