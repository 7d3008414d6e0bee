/**
 * An invite as who issued it knows it.
 *
 * @module
 */
import { blake3 } from "../sync/mod.ts";
import type { Brand, MemberId } from "../sync/mod.ts";
import { INVITE_SECRET_BYTES, INVITE_USES_MAX } from "./_invite_faults.ts";
import { isInviteExpired } from "./invite.ts";

const PREFIX = new TextEncoder().encode("indras-invite-v1:");

/** 64 lowercase hex digits: the BLAKE3 of a prefix and an invite's secret. It lets nobody in. */
export type InviteId = string & Brand<"InviteId">;

/** An invite and what has become of it. */
export interface IssuedInvite {
  /** Its name, for listing and revoking. */
  readonly id: InviteId;
  /** 32 bytes; who knows them is let in. */
  readonly secret: Uint8Array;
  /** When it was issued, in milliseconds since the Unix epoch. */
  readonly issuedAtMs: number;
  /** From when on it is refused; never if there is none. */
  readonly expiresAtMs?: number;
  /** How many members it lets in; {@linkcode INVITE_USES_MAX} if there is none. */
  readonly usesMax?: number;
  /** When it was revoked, if it was. */
  readonly revokedAtMs?: number;
  /** Whom it has let in, in that order, each once. */
  readonly usedBy: readonly MemberId[];
}

/** What an issued invite is good for now; the first of revoked, expired, used up that holds. */
export type InviteStatus = "open" | "revoked" | "expired" | "used_up";

/**
 * The name of the invite with this secret: `BLAKE3("indras-invite-v1:" || secret)`.
 *
 * @throws {RangeError} if the secret is not {@linkcode INVITE_SECRET_BYTES} bytes.
 *
 * @example A book finds an invite by it
 * ```ts
 * import { InviteBook, inviteIdOf } from "@indras/toolkit/network";
 * import { systemSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const book = new InviteBook();
 * const invite = book.issue({ sources: systemSources() });
 * assertEquals(book.find(inviteIdOf(invite.secret)), invite);
 * ```
 */
export function inviteIdOf(secret: Uint8Array): InviteId {
  if (secret.length !== INVITE_SECRET_BYTES) {
    throw new RangeError(`Cannot name invite: its secret has ${secret.length} bytes, not 32`);
  }
  return blake3(new Uint8Array([...PREFIX, ...secret])).toHex() as InviteId;
}

/**
 * What an issued invite is good for at a time.
 *
 * @param nowMs Milliseconds since the Unix epoch.
 *
 * @example An expiry that has come
 * ```ts
 * import { InviteBook, inviteStatusOf } from "@indras/toolkit/network";
 * import { systemSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const invite = new InviteBook().issue({ sources: systemSources(), expiresAtMs: 100 });
 * assertEquals([99, 100].map((now) => inviteStatusOf(invite, now)), ["open", "expired"]);
 * ```
 */
export function inviteStatusOf(invite: IssuedInvite, nowMs: number): InviteStatus {
  if (invite.revokedAtMs !== undefined) return "revoked";
  if (isInviteExpired(invite, nowMs)) return "expired";
  return invite.usedBy.length >= (invite.usesMax ?? INVITE_USES_MAX) ? "used_up" : "open";
}
