/**
 * The name that a realm's creator gives it.
 *
 * @module
 */
import type { InterfaceDocument } from "../sync/mod.ts";
import { faultOfName } from "./_name_text.ts";
import { decodeText, writeMetadata } from "./_realm_metadata.ts";
import { NetworkError } from "./errors.ts";
import type { RealmHost } from "./realm_host.ts";
import { REALM_KEYS } from "./realm_keys.ts";
import { checkCreator } from "./realm_members.ts";

/** Unicode scalar values of a realm's name. */
export const REALM_NAME_LENGTH_MAX: number = 256;

/**
 * Checks a realm's name.
 *
 * @throws {NetworkError} `invalid_name` if it is empty, longer than
 * {@linkcode REALM_NAME_LENGTH_MAX}, not well-formed, or has a control character.
 */
export function parseRealmName(text: string): string {
  const fault = faultOfName(text, REALM_NAME_LENGTH_MAX);
  if (fault === undefined) return text;
  throw new NetworkError("invalid_name", `Invalid operation: cannot name realm: ${fault}`);
}

/** What a realm is called; `undefined` if its name is not here, or cannot be shown on a line. */
export function realmName(document: InterfaceDocument): string | undefined {
  const name = decodeText(document.getMetadata(REALM_KEYS.name));
  if (name === undefined || faultOfName(name, REALM_NAME_LENGTH_MAX) !== undefined) {
    return undefined;
  }
  return name;
}

/**
 * Names a realm that this peer created.
 *
 * @returns Whether that is new.
 * @throws {NetworkError} `invalid_name`, `not_member` or `too_large`; `invalid_operation` if this
 * peer did not create the realm.
 */
export function renameRealm(host: RealmHost, name: string): boolean {
  checkCreator(host, "rename a realm");
  return writeMetadata(host, REALM_KEYS.name, new TextEncoder().encode(parseRealmName(name)));
}
