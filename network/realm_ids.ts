/**
 * Realm ids that can be computed. They are names, never secrets.
 *
 * @module
 */
import { blake3 } from "../sync/mod.ts";
import type { ArtifactId, Brand, MemberId } from "../sync/mod.ts";

/** 64 lowercase hex digits: a BLAKE3 that names a realm. */
export type RealmId = string & Brand<"RealmId">;

/** Bytes of the document id that a realm's id is made of. */
export const REALM_SEED_BYTES: number = 32;

/**
 * Checks and brands a realm's id; upper case is accepted and lowered.
 *
 * @throws {TypeError} if `text` is not 64 hex digits.
 *
 * @example Ids are lowered
 * ```ts
 * import { parseRealmId } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseRealmId("AB".repeat(32)) as string, "ab".repeat(32));
 * ```
 */
export function parseRealmId(text: string): RealmId {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as RealmId;
  const found = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  throw new TypeError(`Cannot parse realm id "${found}": expected 64 hex digits`);
}

/**
 * The id of the realm that belongs to a document id; for a realm that is created, 32 random bytes.
 *
 * @param documentId {@linkcode REALM_SEED_BYTES} bytes.
 * @throws {RangeError} if it has another length.
 *
 * @example A realm for two is one as well
 * ```ts
 * import { dmRealmId, dmStoryId, realmIdOf } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["01", "02"].map((byte) => parseMemberId(byte.repeat(32)));
 * assertEquals(realmIdOf(Uint8Array.fromHex(dmStoryId(ada!, ben!))), dmRealmId(ada!, ben!));
 * ```
 */
export function realmIdOf(documentId: Uint8Array): RealmId {
  if (documentId.length !== REALM_SEED_BYTES) {
    throw new RangeError(
      `Cannot name realm: its document id has ${documentId.length} bytes, not ${REALM_SEED_BYTES}`,
    );
  }
  return hash("artifact-sync-v1:", documentId) as RealmId;
}

/**
 * The id of the story that two members' direct messages are; whose is named first does not matter.
 *
 * @example Both compute the same
 * ```ts
 * import { dmStoryId } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["01", "02"].map((byte) => parseMemberId(byte.repeat(32)));
 * const id = "c084997a5e98cbc13a78a22f8bd257e04b7ece2b7f5ceb82d3ed55f36d9c9103";
 * assertEquals([dmStoryId(ada!, ben!), dmStoryId(ben!, ada!)] as string[], [id, id]);
 * ```
 */
export function dmStoryId(one: MemberId, other: MemberId): ArtifactId {
  const [lower, higher] = one < other ? [one, other] : [other, one];
  return hash("dm-v1:", new TextEncoder().encode(lower + higher)) as ArtifactId;
}

/**
 * The id of the realm of two members' direct messages; whose is named first does not matter.
 *
 * @example Both compute the same
 * ```ts
 * import { dmRealmId } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["01", "02"].map((byte) => parseMemberId(byte.repeat(32)));
 * const id = "c0b2bd5ed3ebfcf4899fe3539949b6e2de7f308844c3431c26243a93af57eabc";
 * assertEquals([dmRealmId(ada!, ben!), dmRealmId(ben!, ada!)] as string[], [id, id]);
 * ```
 */
export function dmRealmId(one: MemberId, other: MemberId): RealmId {
  return remembered(
    one < other ? one + other : other + one,
    () => realmIdOf(Uint8Array.fromHex(dmStoryId(one, other))),
  );
}

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
  const make = () => hash("home-realm-v1:", Uint8Array.fromHex(member)) as RealmId;
  return remembered(member, make);
}

/**
 * The id of the realm where a member takes what strangers send.
 *
 * @example It is the BLAKE3 of a prefix and the member's key
 * ```ts
 * import { inboxId } from "@indras/toolkit/network";
 * import { parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals<string>(
 *   inboxId(parseMemberId("01".repeat(32))),
 *   "a342c00641071602d921c09c8f2cebd49c895b693324235a7f005ff8b48ac35c",
 * );
 * ```
 */
export function inboxId(member: MemberId): RealmId {
  return hash("inbox-v1:", Uint8Array.fromHex(member)) as RealmId;
}

/** Ids that are kept; beyond, the oldest is made anew when it is needed again. */
const REMEMBERED_MAX = 4096;
const idByMembers: Map<string, RealmId> = new Map();

/** The same few are asked for with each message that arrives, and hashing takes long. */
function remembered(members: string, make: () => RealmId): RealmId {
  const known = idByMembers.get(members);
  if (known !== undefined) return known;
  const id = make();
  idByMembers.set(members, id);
  if (idByMembers.size > REMEMBERED_MAX) idByMembers.delete(idByMembers.keys().next().value!);
  return id;
}

function hash(prefix: string, bytes: Uint8Array): string {
  const start = new TextEncoder().encode(prefix);
  const input = new Uint8Array(start.length + bytes.length);
  input.set(start);
  input.set(bytes, start.length);
  return blake3(input).toHex();
}
