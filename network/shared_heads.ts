import type { Heads, MemberId } from "../sync/mod.ts";

/** What a peer holds of one document, and who else may have it. */
export interface SharedHeads {
  /** The hashes of the changes nothing comes after, sorted. */
  readonly heads: Heads;
  /** Everybody who may have it, as far as this peer knows. */
  readonly audience: ReadonlySet<MemberId>;
  /** Whether it is an artifact; otherwise it belongs to a realm. */
  readonly isArtifact: boolean;
}
