/**
 * References and grants, and how they are stored.
 *
 * @module
 */
import type { Entry } from "./_paged_list.ts";
import { isAccessMode } from "./access.ts";
import type { AccessGrant, AccessMode } from "./access.ts";
import { parseMemberId } from "./ids.ts";
import type { ArtifactId, MemberId } from "./ids.ts";

/** One child of a tree. */
export interface ArtifactRef {
  /** The child. */
  readonly artifactId: ArtifactId;
  /** Where it sorts; see {@linkcode nextPosition}. */
  readonly position: number;
  /** What the one who appended it called it. */
  readonly label: string | undefined;
}

/** A reference as it is stored. */
export function fromReference(reference: ArtifactRef): Entry {
  return {
    artifact_id: reference.artifactId,
    position: reference.position,
    label: reference.label ?? null,
  };
}

/** The reference that an entry stores. */
export function toReference(entry: Entry): ArtifactRef {
  return {
    artifactId: entry["artifact_id"] as ArtifactId,
    position: Number(entry["position"]),
    label: entry["label"] === null ? undefined : String(entry["label"]),
  };
}

/** Sorts references: by position, then by id, then by label. */
export function byPosition(left: ArtifactRef, right: ArtifactRef): number {
  return left.position - right.position || compare(left.artifactId, right.artifactId) ||
    compare(left.label ?? "", right.label ?? "");
}

/**
 * Fails unless a grant can be stored.
 *
 * @throws {RangeError} if a time is not a whole number of milliseconds from 0.
 * @throws {TypeError} if the mode is unknown, or an id none.
 */
export function checkGrant(grant: AccessGrant): void {
  const times = [grant.grantedAtMs, ...(grant.mode === "timed" ? [grant.expiresAtMs] : [])];
  if (!times.every((timeMs) => Number.isSafeInteger(timeMs) && timeMs >= 0)) {
    throw new RangeError(`Cannot add grant: ${times.join(", ")} are not whole milliseconds`);
  }
  if (!isAccessMode(grant.mode)) throw new TypeError(`Cannot add grant: mode "${grant.mode}"`);
  for (const member of [grant.grantee, grant.grantedBy]) parseMemberId(member);
}

/** A grant as it is stored. */
export function fromGrant(grant: AccessGrant): Entry {
  return {
    grantee: grant.grantee,
    mode: grant.mode,
    granted_at: grant.grantedAtMs,
    granted_by: grant.grantedBy,
    expires_at: grant.mode === "timed" ? grant.expiresAtMs : null,
  };
}

/** The grant that an entry stores. */
export function toGrant(entry: Entry): AccessGrant {
  const grant = {
    grantee: entry["grantee"] as MemberId,
    grantedAtMs: Number(entry["granted_at"]),
    grantedBy: entry["granted_by"] as MemberId,
  };
  const mode = entry["mode"] as AccessMode;
  return mode === "timed"
    ? { ...grant, mode, expiresAtMs: Number(entry["expires_at"]) }
    : { ...grant, mode };
}

/** Sorts grants: by grantee, then by time. */
export function byGrantee(left: AccessGrant, right: AccessGrant): number {
  return compare(left.grantee, right.grantee) || left.grantedAtMs - right.grantedAtMs;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
