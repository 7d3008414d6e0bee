import { isLive } from "../sync/mod.ts";
import type { ArtifactDocument, ArtifactId, MemberId } from "../sync/mod.ts";
import { entryIdOf, METADATA_KEYS, TREE_DEPTH_MAX } from "./artifact_types.ts";

/**
 * Who has access to an artifact through the trees that it is in: an ancestor's steward, and whoever
 * holds a live grant there. It ends at the first ancestor that is not active; what is recalled is
 * still told to those who had it through ancestors that are recalled with it.
 */
export function inheritedAudience(
  document: ArtifactDocument,
  documents: ReadonlyMap<ArtifactId, ArtifactDocument>,
  nowMs: number,
): Map<MemberId, string> {
  const audience = new Map<MemberId, string>();
  const isRecalled = document.status() === "recalled";
  let child = document;
  for (let depth = 0; depth < TREE_DEPTH_MAX; depth++) {
    const parent = parentOf(child, documents);
    if (parent === undefined || (parent.status() !== "active" && !isRecalled)) break;
    for (const grant of parent.grants().filter((one) => isLive(one, nowMs))) {
      audience.set(grant.grantee, `${parent.artifactId} ${grant.mode} ${grant.grantedAtMs}`);
    }
    audience.set(parent.steward(), `${parent.artifactId} steward`);
    child = parent;
  }
  return audience;
}

/** The tree that a document names as its parent, if that tree refers to it. */
function parentOf(
  child: ArtifactDocument,
  documents: ReadonlyMap<ArtifactId, ArtifactDocument>,
): ArtifactDocument | undefined {
  const named = child.getMetadata(METADATA_KEYS.parent);
  const parent = named && documents.get(named.toHex() as ArtifactId);
  if (parent === undefined) return undefined;
  if (!child.isCreated) return undefined;
  const id = entryIdOf(child);
  return parent.references().some(({ artifactId }) => artifactId === id) ? parent : undefined;
}
