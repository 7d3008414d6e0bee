import type { ArtifactId, MemberId } from "../sync/mod.ts";
import type { ArtifactIndex } from "./artifact_index.ts";
import type { ArtifactMutation, DropMutation } from "./artifact_mutation.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";

/** What a recall means for one artifact. */
export interface RecalledArtifact {
  /** Which artifact. */
  readonly artifactId: ArtifactId;
  /** Its document. */
  readonly documentId: ArtifactId;
  /** Who has a permanent grant and keeps it, for ever. */
  readonly keepers: ReadonlySet<MemberId>;
  /** Who hears of the recall with the last change it is sent, and then drops everything. */
  readonly droppers: ReadonlySet<MemberId>;
  /** Whether the steward's bytes may go, too; never for a tree, which has none. */
  readonly bytesMayGo: boolean;
}

/** What came of a recall. */
export interface RecallOutcome {
  /** False if there was nothing to recall: unknown, or not active. */
  readonly recalled: boolean;
  /** What to write, and which bytes to let go. */
  readonly mutations: readonly ArtifactMutation[];
  /** The artifact and what was recalled with it, in the order of the tree. */
  readonly artifacts: readonly RecalledArtifact[];
}

/** Who asks, and when. */
interface Now {
  readonly self: MemberId;
  readonly nowMs: number;
}

/** Recalls an artifact and everything of this steward below it. */
export function recall(index: ArtifactIndex, entry: HomeArtifactEntry, now: Now): RecallOutcome {
  // What others put into the tree is theirs; it only loses what it inherited.
  const entries = [entry, ...index.descendants(entry.documentId)]
    .filter(({ steward, status }) => steward === now.self && status === "active");
  const going = new Set(entries.filter((one) => index.keepers(one.documentId, now).size === 0));
  const artifacts = entries.map((one): RecalledArtifact => {
    const { id: artifactId, documentId } = one;
    const keepers = index.keepers(documentId, now);
    const droppers = new Set(index.audience(documentId, now)).difference(keepers);
    droppers.delete(now.self);
    const bytesMayGo = one.type === "leaf" && going.has(one) &&
      !isNeeded(index, one, (other) => going.has(other) || isGone(index, other, now));
    return { artifactId, documentId, keepers, droppers, bytesMayGo };
  });
  const mutations = entries.flatMap((one, at) => mutationsOf(one, artifacts[at]!, now));
  const drops = artifacts.filter(({ bytesMayGo }) => bytesMayGo)
    .map(({ documentId, artifactId }) => drop(documentId, artifactId, "bytes"));
  return { recalled: true, mutations: [...mutations, ...drops], artifacts };
}

/** What a peer must no longer keep of what is in its index. */
export function dropsOf(index: ArtifactIndex, now: Now): DropMutation[] {
  const gone = [...index.entries.values()].filter((entry) => isGone(index, entry, now));
  return gone.flatMap((entry): DropMutation[] => {
    const { documentId, id, type, steward } = entry;
    const needed = isNeeded(index, entry, (other) => isGone(index, other, now));
    if (steward !== now.self) return [drop(documentId, id, needed ? "document" : "all")];
    return type === "tree" || needed ? [] : [drop(documentId, id, "bytes")];
  });
}

function mutationsOf(
  { documentId, grants }: HomeArtifactEntry,
  { keepers }: RecalledArtifact,
  { self, nowMs }: Now,
): ArtifactMutation[] {
  // What is recalled inherits nothing, so a permanent grant from above is written down here.
  const inherited = [...keepers].filter((member) =>
    !grants.some(({ grantee, mode }) => grantee === member && mode === "permanent")
  );
  const kept = inherited.map((grantee): ArtifactMutation => {
    const grant = { grantee, grantedBy: self, grantedAtMs: nowMs, mode: "permanent" as const };
    return { type: "add_grant", documentId, grant };
  });
  return [...kept, { type: "set_status", documentId, status: "recalled" }];
}

/** Whether an artifact was recalled and nobody here may keep its bytes. */
function isGone(index: ArtifactIndex, entry: HomeArtifactEntry, { self, nowMs }: Now): boolean {
  if (entry.status !== "recalled") return false;
  const keepers = index.keepers(entry.documentId, { nowMs });
  return entry.steward === self ? keepers.size === 0 : !keepers.has(self);
}

/** Whether another artifact here is of the same bytes and stays. */
function isNeeded(
  index: ArtifactIndex,
  entry: HomeArtifactEntry,
  isGoing: (other: HomeArtifactEntry) => boolean,
): boolean {
  return entry.type === "leaf" &&
    index.named(entry.id).some((other) => other !== entry && !isGoing(other));
}

function drop(
  documentId: ArtifactId,
  artifactId: ArtifactId,
  what: DropMutation["what"],
): DropMutation {
  return { type: "drop", documentId, artifactId, what };
}
