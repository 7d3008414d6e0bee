/**
 * Who is in a realm, and who created it.
 *
 * @module
 */
import type { InterfaceDocument, MemberId } from "../sync/mod.ts";
import { invalid, writing } from "./_realm_faults.ts";
import { writeMetadata } from "./_realm_metadata.ts";
import { memberName } from "./member_name.ts";
import type { RealmHost } from "./realm_host.ts";
import { REALM_KEYS } from "./realm_keys.ts";
import { isCreation, membersOf } from "./realm_rules.ts";

/** A member as the others see it. */
export interface RealmMember {
  /** Who it is. */
  readonly id: MemberId;
  /** What it is called, else the first 10 digits of its id. */
  readonly name: string;
}

/** Everybody who is a member, this peer included, in the order of their ids. */
export function realmMembers(host: RealmHost): RealmMember[] {
  return [...membersOf(host.document).keys()].sort().map((id) => ({
    id,
    name: memberName(host, id),
  }));
}

/**
 * Whether a member created the realm. The realm's id is made of its creator and a nonce, so nobody
 * can claim it; a realm for two, and one whose nonce is not here yet, has no creator.
 */
export function isRealmCreator(document: InterfaceDocument, member: MemberId): boolean {
  const nonce = document.getMetadata(REALM_KEYS.creation);
  return nonce !== undefined && isCreation(document.interfaceId, member, nonce);
}

/**
 * Removes a member from a realm that this peer created; it gets nothing that is written afterwards,
 * and nobody else can let it in again.
 *
 * @returns Whether it was a member.
 * @throws {NetworkError} `not_member`, `too_large` or `limit_reached`; `invalid_operation` if this
 * peer did not create the realm, or would remove itself: it leaves instead.
 */
export function removeRealmMember(host: RealmHost, member: MemberId): boolean {
  checkCreator(host, "remove a member");
  if (member === host.self) throw invalid("the creator can only leave");
  if (!membersOf(host.document).has(member)) return false;
  writeMetadata(host, REALM_KEYS.out + member, new Uint8Array());
  writing(() => host.document.removeMember(member));
  host.changed(host.document);
  return true;
}

/**
 * Fails unless this peer is a member and created the realm.
 *
 * @param what What only the creator can do, such as `"rename a realm"`.
 * @throws {NetworkError} `not_member` or `invalid_operation`.
 */
export function checkCreator(host: RealmHost, what: string): void {
  host.checkMember();
  if (isRealmCreator(host.document, host.self)) return;
  throw invalid(`only its creator can ${what}`);
}
