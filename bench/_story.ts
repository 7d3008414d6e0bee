import { createHandle } from "../sync/_automerge.ts";
import { appendEntry } from "../sync/_paged_list.ts";
import {
  actorOf,
  ArtifactDocument,
  newArtifactId,
  parseMemberId,
  seededSources,
} from "../sync/mod.ts";
import type { ArtifactId, MemberId, Writer } from "../sync/mod.ts";

/** References in one change of a base: a change for each would be more than a payload may hold. */
const BASE_CHANGE_REFERENCES = 20;

const sources = seededSources("bench", () => 0);

/** An id that no reference has yet. */
export function freshChild(): ArtifactId {
  return newArtifactId(sources);
}

/** 32 bytes that were not given before. */
export function freshNonce(): Uint8Array {
  return sources.randomBytes(32);
}

/** Appends references, one change each. */
export function append(document: ArtifactDocument, count: number): void {
  for (let n = 0; n < count; n++) document.appendRef(freshChild());
}

/** A story as it is saved: that many references, granted to these members. */
export function savedStory(
  steward: MemberId,
  references: number,
  grantees: readonly MemberId[] = [],
): Uint8Array {
  const writer: Writer = { actor: actorOf(steward, 0), nowMs: () => 0 };
  using story = ArtifactDocument.create({
    nonce: freshNonce(),
    artifactType: "story",
    ...writer,
  });
  for (const grantee of grantees) {
    story.addGrant({ grantee, grantedBy: steward, grantedAtMs: 0, mode: "revocable" });
  }
  const handle = createHandle(writer.actor);
  try {
    handle.loadIncremental(story.save());
    const list = String(handle.getWithType("/", "references")![1]);
    for (let position = 0; position < references; position++) {
      appendEntry(handle, list, { artifact_id: freshChild(), position, label: null });
      if ((position + 1) % BASE_CHANGE_REFERENCES === 0) handle.commit(null, 0);
    }
    handle.commit(null, 0);
    return handle.save();
  } finally {
    handle.free();
  }
}

/** Somebody who only gives a story its steward. */
export function freshMember(): MemberId {
  return parseMemberId(sources.randomBytes(32).toHex());
}
