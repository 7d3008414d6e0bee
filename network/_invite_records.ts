import { parseMemberId } from "../sync/mod.ts";
import type { MemberId, WireValue } from "../sync/mod.ts";
import { faultOfTerms, INVITE_SECRET_BYTES, INVITE_USES_MAX } from "./_invite_faults.ts";
import { NetworkError } from "./errors.ts";
import { inviteIdOf } from "./issued_invite.ts";
import type { IssuedInvite } from "./issued_invite.ts";

/** Invites that one realm's book holds, ended ones that it still knows too. */
export const INVITES_MAX: number = 128;

const VERSION = 1;

type Fields = Readonly<Record<string, WireValue | undefined>>;

/** Records as plain data; members as 32 bytes each, in a row. */
export function saveRecords(records: Iterable<IssuedInvite>): WireValue {
  const invites = [...records].map((invite) => ({
    secret: invite.secret.slice(),
    issued_at: invite.issuedAtMs,
    expires_at: invite.expiresAtMs ?? null,
    revoked_at: invite.revokedAtMs ?? null,
    uses: invite.usesMax ?? null,
    used_by: Uint8Array.fromHex(invite.usedBy.join("")),
  }));
  return { v: VERSION, invites };
}

/**
 * Reads what {@linkcode saveRecords} gave.
 *
 * @throws {NetworkError} `storage_error`.
 */
export function loadRecords(state: WireValue): IssuedInvite[] {
  const { v, invites } = fieldsOf(state);
  if (v !== VERSION) throw bad(`this release reads version ${VERSION} only`);
  if (!Array.isArray(invites)) throw bad("there is no list of them");
  if (invites.length > INVITES_MAX) {
    throw bad(`${invites.length} are there, at most ${INVITES_MAX}`);
  }
  const records = (invites as readonly WireValue[]).map(loadRecord);
  if (new Set(records.map(({ id }) => id)).size === records.length) return records;
  throw bad("one is there twice");
}

function loadRecord(state: WireValue): IssuedInvite {
  const fields = fieldsOf(state);
  const { secret, issued_at: issuedAtMs } = fields;
  if (!(secret instanceof Uint8Array) || secret.length !== INVITE_SECRET_BYTES) {
    throw bad("one has no secret");
  }
  if (!isTime(issuedAtMs)) throw bad("one has no time");
  const expiresAtMs = optional(fields["expires_at"]);
  const revokedAtMs = optional(fields["revoked_at"]);
  const usesMax = optional(fields["uses"]);
  const invite: IssuedInvite = {
    id: inviteIdOf(secret),
    secret: secret.slice(),
    issuedAtMs,
    usedBy: membersOf(fields["used_by"]),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(revokedAtMs !== undefined && { revokedAtMs }),
    ...(usesMax !== undefined && { usesMax }),
  };
  const fault = faultOfTerms(invite);
  if (fault !== undefined) throw bad(fault);
  if (invite.usedBy.length <= (usesMax ?? INVITE_USES_MAX)) return invite;
  throw bad("one was used too often");
}

function fieldsOf(state: WireValue): Fields {
  const isMap = state !== null && typeof state === "object" && !Array.isArray(state) &&
    !(state instanceof Uint8Array);
  if (isMap) return state as Fields;
  throw bad("a map was expected");
}

function optional(value: WireValue | undefined): number | undefined {
  if (value === null) return undefined;
  if (isTime(value)) return value;
  throw bad("a number was expected");
}

function isTime(value: WireValue | undefined): value is number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function membersOf(value: WireValue | undefined): readonly MemberId[] {
  if (!(value instanceof Uint8Array) || value.length % 32 !== 0) throw bad("members were expected");
  const members = Array.from(
    { length: value.length / 32 },
    (_, at) => parseMemberId(value.subarray(32 * at, 32 * (at + 1)).toHex()),
  );
  if (new Set(members).size === members.length) return members;
  throw bad("a member used one twice");
}

function bad(why: string): NetworkError {
  return new NetworkError("storage_error", `Storage error: cannot read invites: ${why}`);
}
