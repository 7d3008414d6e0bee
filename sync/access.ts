/**
 * Grants: what each mode allows, and when each ends.
 *
 * @module
 */
import type { MemberId } from "./ids.ts";

/** How a steward lets a member in. */
export type AccessMode = "revocable" | "timed" | "permanent" | "transfer";

/** A steward's permission to one member. */
export type AccessGrant =
  & {
    /** Who may. */
    readonly grantee: MemberId;
    /** When it was given, in milliseconds since the Unix epoch. */
    readonly grantedAtMs: number;
    /** The steward who gave it. */
    readonly grantedBy: MemberId;
  }
  & ({
    /** Everything but `timed`. */
    readonly mode: "revocable" | "permanent" | "transfer";
  } | {
    /** Ends by itself. */
    readonly mode: "timed";
    /** When it ends, in milliseconds since the Unix epoch. */
    readonly expiresAtMs: number;
  });

/** What a mode allows. */
export interface AccessRights {
  /** To keep bytes as a file. */
  readonly download: boolean;
  /** To let others in. */
  readonly reshare: boolean;
  /** Whether the steward can take the grant back. */
  readonly revocable: boolean;
  /** Whether the grant stays when the artifact is recalled. */
  readonly survivesRecall: boolean;
}

/** What each mode allows besides viewing, which all of them do. */
export const ACCESS_RIGHTS: Readonly<Record<AccessMode, AccessRights>> = {
  revocable: { download: false, reshare: false, revocable: true, survivesRecall: false },
  timed: { download: false, reshare: false, revocable: true, survivesRecall: false },
  permanent: { download: true, reshare: true, revocable: false, survivesRecall: true },
  transfer: { download: false, reshare: false, revocable: true, survivesRecall: false },
};

/**
 * Whether a string is a mode.
 *
 * @example Modes are words
 * ```ts
 * import { isAccessMode } from "@indras/toolkit/sync";
 * import { assert } from "@std/assert";
 *
 * assert(isAccessMode("timed") && !isAccessMode("forever"));
 * ```
 */
export function isAccessMode(text: string): text is AccessMode {
  return Object.hasOwn(ACCESS_RIGHTS, text);
}

/**
 * Whether a grant counts at a time; an expired grant is no grant.
 *
 * @param nowMs The peer's own clock, in milliseconds since the Unix epoch.
 *
 * @example A timed grant ends
 * ```ts
 * import { isLive, parseMemberId } from "@indras/toolkit/sync";
 * import { assert } from "@std/assert";
 *
 * const [ada, ben] = ["a1", "b2"].map((byte) => parseMemberId(byte.repeat(32)));
 * const grant = {
 *   grantee: ben!, grantedBy: ada!, grantedAtMs: 0, mode: "timed", expiresAtMs: 100,
 * } as const;
 * assert(isLive(grant, 99) && !isLive(grant, 100));
 * ```
 */
export function isLive(grant: AccessGrant, nowMs: number): boolean {
  return grant.mode !== "timed" || nowMs < grant.expiresAtMs;
}
