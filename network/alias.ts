/**
 * The alias of a realm: one word that every member may set, and that all of them see.
 *
 * Each member writes an entry of its own; the one that was set last by hybrid time is the alias, so
 * that it does not matter in which order the entries arrive.
 *
 * @module
 */
import { encodeWire, isFarAhead, nextPosition } from "../sync/mod.ts";
import type { InterfaceDocument, MemberId } from "../sync/mod.ts";
import { ALIAS_PREFIX, decodeData, memberBehind, writeMetadata } from "./_realm_metadata.ts";
import { cutAlias } from "./display_name.ts";
import type { RealmHost } from "./realm_host.ts";

interface AliasEntry {
  /** Hybrid time, as `nextPosition()` gives it. */
  readonly position: number;
  readonly member: MemberId;
  /** `null` once it was cleared. */
  readonly text: string | null;
}

/**
 * The alias; `undefined` if there is none.
 *
 * @param nowMs Now, in milliseconds since the Unix epoch. What says that it was set more than a day
 * later than that is not believed, so that nobody can set an alias for ever.
 */
export function realmAlias(document: InterfaceDocument, nowMs: number): string | undefined {
  return lastEntry(document, nowMs)?.text ?? undefined;
}

/**
 * Sets the alias, cut by {@linkcode cutAlias}; `null`, or nothing but white space, clears it.
 *
 * @returns Whether anything was written: there is nothing to clear where there is no alias.
 * @throws {NetworkError} `not_member`, `too_large` or `limit_reached`.
 */
export function setRealmAlias(host: RealmHost, alias: string | null): boolean {
  host.checkMember();
  const nowMs = host.sources.nowMs();
  const last = lastEntry(host.document, nowMs);
  const text = alias === null || alias.trim() === "" ? null : cutAlias(alias);
  if (text === null && (last === undefined || last.text === null)) return false;
  const position = nextPosition(nowMs, last?.position ?? 0);
  return writeMetadata(host, ALIAS_PREFIX + host.self, encodeWire([position, text]));
}

/** The entry with the largest time; of equals that of the largest member id. */
function lastEntry(document: InterfaceDocument, nowMs: number): AliasEntry | undefined {
  let last: AliasEntry | undefined;
  for (const [key, value] of document.metadata()) {
    const member = memberBehind(ALIAS_PREFIX, key);
    const entry = member && readEntry(member, value);
    if (entry === undefined || isFarAhead(nowMs, entry.position)) continue;
    // In the order of the keys, so a later member wins a tie.
    if (last === undefined || entry.position >= last.position) last = entry;
  }
  return last;
}

function readEntry(member: MemberId, value: Uint8Array): AliasEntry | undefined {
  const data = decodeData(value);
  if (!Array.isArray(data) || data.length !== 2) return undefined;
  const [position, text] = data;
  if (!Number.isSafeInteger(position) || position < 0) return undefined;
  if (text === null) return { position, member, text };
  return typeof text === "string" ? { position, member, text: cutAlias(text) } : undefined;
}
