import { audienceOf, survivesRecall } from "./_audience.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { checkAuthority } from "./authority.ts";
import type { EngineOptions } from "./engine_options.ts";
import type { ArtifactId } from "./ids.ts";
import type { DocumentRules } from "./synced_document.ts";

/** The rules of artifacts: the steward decides who has one, and each change is judged in its past. */
export function artifactRules(
  documents: ReadonlyMap<ArtifactId, ArtifactDocument>,
  inherited: EngineOptions["inherited"],
): DocumentRules<ArtifactDocument> {
  return {
    kind: "artifact",
    owns: (document) => document instanceof ArtifactDocument,
    open: ({ snapshot, chunks }, writer) =>
      ArtifactDocument.loadStored(snapshot ?? new Uint8Array(0), chunks, writer),
    apply: (document, { bytes, announced, checkAuthors }) =>
      document.applyEncoded(bytes, announced, (changes, at) => {
        checkAuthors(changes);
        checkAuthority(changes, at);
      }),
    audience: (document, nowMs) =>
      new Map([...inherited?.(document, documents, nowMs) ?? [], ...audienceOf(document, nowMs)]),
    isRecalledFor: (document, member) =>
      document.isCreated && document.status() === "recalled" && !survivesRecall(document, member),
  };
}
