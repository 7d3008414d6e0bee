/**
 * The invites to one realm that a peer can answer for: what it issued, and who has used it.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import type { MemberId, Sources, WireValue } from "../sync/mod.ts";
import { faultOfTerms, INVITE_SECRET_BYTES } from "./_invite_faults.ts";
import { INVITES_MAX, loadRecords, saveRecords } from "./_invite_records.ts";
import { NetworkError } from "./errors.ts";
import { inviteIdOf, inviteStatusOf } from "./issued_invite.ts";
import type { InviteId, IssuedInvite } from "./issued_invite.ts";

export { INVITES_MAX } from "./_invite_records.ts";

/** For how long a book knows an invite that has expired or was revoked, in milliseconds. */
export const INVITE_KEPT_MS: number = 30 * 24 * 60 * 60 * 1000;

/** What {@linkcode InviteBook.issue} takes. */
export interface IssueInviteOptions {
  /** The clock, and the secret. */
  readonly sources: Pick<Sources, "nowMs" | "randomBytes">;
  /** From when on it is refused, in milliseconds since the Unix epoch. @default {never} */
  readonly expiresAtMs?: number;
  /** How many members it lets in, from 1. @default {INVITE_USES_MAX: 1024} */
  readonly usesMax?: number;
}

/** Who wants to be let in, and when. */
export interface InviteUse {
  /** Who asks; from its voucher or its seal, never from what it wrote. */
  readonly member: MemberId;
  /** Now, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** Why an invite does not let somebody in; also codes of {@linkcode NetworkError}. */
export type InviteRefusal = "unknown_invite" | "invite_revoked" | "invite_expired" | "realm_full";

/** What an invite does for somebody. */
export type InviteOutcome =
  | {
    /** It lets the member in. */
    readonly type: "admitted";
    /** The invite, this use included. */
    readonly invite: IssuedInvite;
    /** Whether it lets this member in for the first time. Others may have been removed since. */
    readonly isFirst: boolean;
  }
  | {
    /** It does not. */
    readonly type: "refused";
    /** Why. */
    readonly code: InviteRefusal;
  };

/**
 * Issues invites, and says whom they let in. It holds plain data only: what it knows is saved with
 * {@linkcode InviteBook.save}, which whoever changes the book does in the same transaction.
 *
 * @example An invite for one
 * ```ts
 * import { InviteBook } from "@indras/toolkit/network";
 * import { parseMemberId, systemSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["01", "02"].map((byte) => parseMemberId(byte.repeat(32)));
 * const book = new InviteBook();
 * const { secret } = book.issue({ sources: systemSources(), usesMax: 1 });
 * assertEquals(book.use(secret, { member: ada!, nowMs: 0 }).type, "admitted");
 * assertEquals(book.use(secret, { member: ada!, nowMs: 0 }).type, "admitted");
 * assertEquals(book.use(secret, { member: ben!, nowMs: 0 }), {
 *   type: "refused",
 *   code: "realm_full",
 * });
 * ```
 */
export class InviteBook {
  readonly #invites: Map<InviteId, IssuedInvite> = new Map();

  /**
   * A book from what {@linkcode InviteBook.save} gave.
   *
   * @throws {NetworkError} `storage_error` if it is not that.
   */
  static load(state: WireValue): InviteBook {
    const book = new InviteBook();
    for (const invite of loadRecords(state)) book.#invites.set(invite.id, invite);
    return book;
  }

  /** All that the book knows, secrets included, as plain data that `encodeWire()` takes. */
  save(): WireValue {
    return saveRecords(this.#invites.values());
  }

  /**
   * Issues an invite. A book that is full forgets the oldest one that has expired or was revoked,
   * else the oldest that is used up; it is `unknown_invite` from then on.
   *
   * @throws {NetworkError} `limit_reached` if {@linkcode INVITES_MAX} others are open,
   * `invalid_operation` if the expiry is no whole number of milliseconds from 0, the uses are not
   * from 1 to `INVITE_USES_MAX`, or the secret is one that the book knows.
   */
  issue({ sources, ...terms }: IssueInviteOptions): IssuedInvite {
    const fault = faultOfTerms(terms);
    if (fault !== undefined) throw invalid(`cannot issue invite: ${fault}`);
    const issuedAtMs = sources.nowMs();
    const secret = sources.randomBytes(INVITE_SECRET_BYTES).slice();
    const invite = { ...terms, id: inviteIdOf(secret), secret, issuedAtMs, usedBy: [] };
    // A source that repeats itself must not bring an invite back that was revoked or used up.
    if (this.#invites.has(invite.id)) throw invalid("cannot issue invite: its secret is not new");
    this.#makeRoom(issuedAtMs);
    this.#invites.set(invite.id, invite);
    return copyOf(invite);
  }

  /** The invite of that name; `undefined` if the book knows none. */
  find(id: InviteId): IssuedInvite | undefined {
    const invite = this.#invites.get(id);
    return invite === undefined ? undefined : copyOf(invite);
  }

  /** All invites, ended ones that the book still knows too, in the order in which they were issued. */
  list(): IssuedInvite[] {
    return [...this.#invites.values()].map(copyOf);
  }

  /**
   * What the invite with this secret would do for a member; counts nothing.
   *
   * A member that it let in before is let in again, also when it is used up. So whoever removes a
   * member has to keep it out by other means.
   */
  check(secret: Uint8Array, { member, nowMs }: InviteUse): InviteOutcome {
    const invite = this.#bySecret(secret);
    if (invite === undefined) return refused("unknown_invite");
    const isFirst = !invite.usedBy.includes(member);
    switch (inviteStatusOf(invite, nowMs)) {
      case "revoked":
        return refused("invite_revoked");
      case "expired":
        return refused("invite_expired");
      case "used_up":
        return isFirst ? refused("realm_full") : admitted(invite, isFirst);
      case "open":
        return admitted(
          isFirst ? { ...invite, usedBy: [...invite.usedBy, member] } : invite,
          isFirst,
        );
    }
  }

  /** As {@linkcode InviteBook.check}, and counts the use: once for each member. */
  use(secret: Uint8Array, use: InviteUse): InviteOutcome {
    const outcome = this.check(secret, use);
    if (outcome.type === "admitted") this.#invites.set(outcome.invite.id, copyOf(outcome.invite));
    return outcome;
  }

  /** Lets nobody in by this invite any more; `false` if it is unknown or was revoked before. */
  revoke(id: InviteId, nowMs: number): boolean {
    const invite = this.#invites.get(id);
    if (invite === undefined || invite.revokedAtMs !== undefined) return false;
    this.#invites.set(id, { ...invite, revokedAtMs: nowMs });
    return true;
  }

  /**
   * Forgets what expired or was revoked longer than {@linkcode INVITE_KEPT_MS} ago. Until then who
   * comes with it is told why it is refused.
   *
   * @returns How many.
   */
  expire(nowMs: number): number {
    const gone = [...this.#invites.values()]
      .filter((invite) => endOf(invite) <= nowMs - INVITE_KEPT_MS);
    for (const { id } of gone) this.#invites.delete(id);
    return gone.length;
  }

  #bySecret(secret: Uint8Array): IssuedInvite | undefined {
    if (secret.length !== INVITE_SECRET_BYTES) return undefined;
    const invite = this.#invites.get(inviteIdOf(secret));
    // In constant time, so that nobody learns a secret byte by byte.
    return invite && timingSafeEqual(invite.secret, secret) ? invite : undefined;
  }

  #makeRoom(nowMs: number): void {
    if (this.#invites.size < INVITES_MAX) return;
    const invites = [...this.#invites.values()];
    const gone = invites.find((invite) => endOf(invite) <= nowMs) ??
      invites.find((invite) => inviteStatusOf(invite, nowMs) === "used_up");
    if (gone !== undefined) {
      this.#invites.delete(gone.id);
      return;
    }
    const message = `Invalid operation: too many invites, at most ${INVITES_MAX}; revoke some`;
    throw new NetworkError("limit_reached", message);
  }
}

/**
 * The error that says why an invite does not let somebody in.
 *
 * @example Scripts may rely on the text
 * ```ts
 * import { inviteRefused } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(inviteRefused("invite_expired").message, "Invite expired");
 * ```
 */
export function inviteRefused(code: InviteRefusal): NetworkError {
  return new NetworkError(code, REFUSALS[code]);
}

const REFUSALS: Readonly<Record<InviteRefusal, string>> = {
  unknown_invite: "Invite unknown",
  invite_revoked: "Invite revoked",
  invite_expired: "Invite expired",
  realm_full: "Realm full: the invite is used up",
};

function admitted(invite: IssuedInvite, isFirst: boolean): InviteOutcome {
  return { type: "admitted", invite: copyOf(invite), isFirst };
}

function refused(code: InviteRefusal): InviteOutcome {
  return { type: "refused", code };
}

/** When it ended or will end, in milliseconds since the Unix epoch. */
function endOf({ expiresAtMs = Infinity, revokedAtMs = Infinity }: IssuedInvite): number {
  return Math.min(expiresAtMs, revokedAtMs);
}

/** Bytes and lists can be written to by whoever gets them. */
function copyOf(invite: IssuedInvite): IssuedInvite {
  return { ...invite, secret: invite.secret.slice(), usedBy: [...invite.usedBy] };
}

function invalid(why: string): NetworkError {
  return new NetworkError("invalid_operation", `Invalid operation: ${why}`);
}
