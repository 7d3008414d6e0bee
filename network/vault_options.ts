/**
 * What a vault takes and gives.
 *
 * @module
 */
import type { ArtifactId, MemberId, Sources } from "../sync/mod.ts";
import type { ArtifactIndex } from "./artifact_index.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";

export type { RecalledArtifact, RecallOutcome } from "./_recall.ts";

/** What a `Vault` is made of. */
export interface VaultOptions {
  /** Who asks. */
  readonly self: MemberId;
  /** What is here; the vault reads it only. */
  readonly index: ArtifactIndex;
  /** The clock that ends grants, and the bytes that make ids. */
  readonly sources: Pick<Sources, "nowMs" | "randomBytes">;
}

/** What `Vault.compose` takes besides the kind. */
export interface ComposeOptions {
  /** What people call it. @default {none} */
  readonly name?: string;
  /** What it is made of, in this order; each of this steward and without a parent. @default {[]} */
  readonly children?: readonly ArtifactId[];
}

/** What `Vault.addLeaf` takes besides the bytes. */
export interface AddLeafOptions {
  /** What people call it. @default {none} */
  readonly name?: string;
  /** What kind of bytes. @default {none} */
  readonly mimeType?: string;
}

/** What `Vault.attachChild` takes besides the two artifacts. */
export interface AttachOptions {
  /** At most 1,024 characters. @default {none} */
  readonly label?: string;
}

/** An artifact that is new, or was here already, and what that takes. */
export interface ComposeOutcome {
  /** Which artifact. */
  readonly artifactId: ArtifactId;
  /** What to write; `[]` if it was here already. */
  readonly mutations: readonly ArtifactMutation[];
}
