/**
 * What the members of a realm are called in it.
 *
 * @module
 */
import type { InterfaceDocument, MemberId } from "../sync/mod.ts";
import { faultOfName } from "./_name_text.ts";
import { decodeText, writeMetadata } from "./_realm_metadata.ts";
import { DISPLAY_NAME_LENGTH_MAX, parseDisplayName } from "./display_name.ts";
import type { RealmHost } from "./realm_host.ts";
import { REALM_KEYS } from "./realm_keys.ts";

/** Digits of its id by which a member is called that has no name. */
export const SHORT_ID_LENGTH: number = 10;

/** The first {@linkcode SHORT_ID_LENGTH} hex digits of an id. */
export function shortIdOf(member: MemberId): string {
  return member.slice(0, SHORT_ID_LENGTH);
}

/**
 * What a member is called: as it says in this realm, else as the host knows it, else by the start
 * of its id. What a member says and cannot be shown on a line counts as nothing.
 */
export function memberName(host: RealmHost, member: MemberId): string {
  return saidName(host, member) ?? host.displayName(member) ?? shortIdOf(member);
}

/**
 * Tells a realm what this member is called; `undefined` takes it back.
 *
 * @returns Whether that is new.
 * @throws {NetworkError} `invalid_name`, `not_member`, `too_large` or `limit_reached`.
 */
export function sayName(host: RealmHost, name: string | undefined): boolean {
  if (name === undefined && saidName(host, host.self) === undefined) return false;
  const text = name === undefined ? "" : parseDisplayName(name);
  return writeMetadata(host, REALM_KEYS.who + host.self, new TextEncoder().encode(text));
}

/**
 * Writes what a member is called, `""` for nothing, unless that stands there already; whether it did.
 *
 * @param isForced Whether to write also that it is called nothing where nothing stands.
 */
export function putName(
  document: InterfaceDocument,
  member: MemberId,
  name: string,
  isForced: boolean,
): boolean {
  const key = REALM_KEYS.who + member;
  const bytes = new TextEncoder().encode(name);
  const before = document.getMetadata(key);
  const isSaid = before === undefined
    ? bytes.length === 0 && !isForced
    : before.toHex() === bytes.toHex();
  if (!isSaid) document.setMetadata(key, bytes);
  return !isSaid;
}

/** What a member says it is called; `undefined` if it says nothing that can be shown on a line. */
export function readName(said: Uint8Array | undefined): string | undefined {
  const name = decodeText(said);
  if (name === undefined || faultOfName(name, DISPLAY_NAME_LENGTH_MAX) !== undefined) {
    return undefined;
  }
  return name;
}

function saidName(host: RealmHost, member: MemberId): string | undefined {
  return readName(host.document.getMetadata(REALM_KEYS.who + member));
}
