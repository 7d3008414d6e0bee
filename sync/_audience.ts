import { ACCESS_RIGHTS, isLive } from "./access.ts";
import type { ArtifactDocument } from "./artifact_document.ts";
import type { MemberId } from "./ids.ts";
import type { Audience } from "./synced_document.ts";

/**
 * The audience of an artifact now: its steward and whoever holds a live grant. The value tells one
 * grant of a member from a later one.
 */
export function audienceOf(document: ArtifactDocument, nowMs: number): Audience {
  const granted = document.grants()
    .filter((grant) => isLive(grant, nowMs))
    .map((grant): [MemberId, string] => [grant.grantee, `${grant.mode} ${grant.grantedAtMs}`]);
  return new Map([...granted, [document.steward(), "steward"]]);
}

/** Whether a member keeps an artifact that was recalled: the steward, and who has it for good. */
export function survivesRecall(document: ArtifactDocument, member: MemberId): boolean {
  const grant = document.grants().find(({ grantee }) => grantee === member);
  return document.steward() === member ||
    (grant !== undefined && ACCESS_RIGHTS[grant.mode].survivesRecall);
}

/** Who came in or has another grant than before, and who left. */
export function compareAudiences(
  before: Audience,
  now: Audience,
): { readonly entered: MemberId[]; readonly left: MemberId[] } {
  if (before === now) return { entered: [], left: [] };
  return {
    entered: [...now].filter(([member, grant]) => before.get(member) !== grant).map(([m]) => m),
    left: [...before.keys()].filter((member) => !now.has(member)),
  };
}
