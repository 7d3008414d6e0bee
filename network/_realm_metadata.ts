/**
 * Metadata of a realm's first document, by key.
 *
 * @module
 */
import { decodeWire } from "../sync/mod.ts";
import type { MemberId, WireValue } from "../sync/mod.ts";
import { writing } from "./_realm_faults.ts";
import type { RealmHost } from "./realm_host.ts";
import { REALM_KEYS } from "./realm_keys.ts";

/** Begins the keys of what each member has set as the realm's alias. */
export const ALIAS_PREFIX = "alias/";
/** Begins the keys of the names of documents. */
export const DOCUMENT_PREFIX: string = REALM_KEYS.document;

/**
 * Writes one value, unless it is there already; whether it was written.
 *
 * @throws {NetworkError} `not_member`, `too_large` or `limit_reached`.
 */
export function writeMetadata(host: RealmHost, key: string, value: Uint8Array): boolean {
  host.checkMember();
  const before = host.document.getMetadata(key);
  if (before !== undefined && before.toHex() === value.toHex()) return false;
  writing(() => host.document.setMetadata(key, value));
  host.changed(host.document);
  return true;
}

/** A text that a member wrote; `undefined` if it is not one in UTF-8. */
export function decodeText(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

/** Plain data that a member wrote; `undefined` if it cannot be read. */
export function decodeData(value: Uint8Array | undefined): WireValue | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeWire(value, { bytesMax: 1024, depthMax: 2, itemsMax: 8 });
  } catch {
    return undefined;
  }
}

/** The member behind a prefix; `undefined` if the rest of the key is no member's id. */
export function memberBehind(prefix: string, key: string): MemberId | undefined {
  const rest = key.startsWith(prefix) ? key.slice(prefix.length) : "";
  return /^[0-9a-f]{64}$/.test(rest) ? rest as MemberId : undefined;
}
