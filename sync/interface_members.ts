/**
 * Who is a member, and how that is stored.
 *
 * @module
 */
import type { Handle } from "./_automerge.ts";
import { parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";

/** How somebody became a member. */
export interface Membership {
  /** When, by the clock of who let it in, in milliseconds since the Unix epoch. */
  readonly joinedAtMs: number;
  /** Who let it in; itself if it created the interface. */
  readonly addedBy: MemberId;
}

/** Writes a member into the map of members. */
export function putMember(
  handle: Handle,
  map: string,
  member: MemberId,
  { joinedAtMs, addedBy }: Membership,
): void {
  const entry = handle.putObject(map, member, {});
  handle.put(entry, "joined_at", joinedAtMs, "int");
  handle.put(entry, "added_by", addedBy, "str");
}

/** Everybody in the map of members, in the order of their ids. */
export function readMembers(handle: Handle, map: string): Map<MemberId, Membership> {
  const stored = handle.materialize(map) as Readonly<Record<string, Stored>>;
  const ids = Object.keys(stored).sort();
  return new Map(ids.map((id) => [parseMemberId(id), toMembership(stored[id]!)]));
}

type Stored = Readonly<Record<string, unknown>>;

function toMembership(stored: Stored): Membership {
  return {
    joinedAtMs: Number(stored["joined_at"]),
    // Automerge hands out stored words as objects of its own class.
    addedBy: parseMemberId(String(stored["added_by"])),
  };
}
