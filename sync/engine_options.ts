/**
 * What a sync engine needs from outside.
 *
 * @module
 */
import type { ArtifactDocument } from "./artifact_document.ts";
import type { ArtifactId, MemberId } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import type { Sources } from "./sources.ts";
import type { Store } from "./store.ts";

/** What an `Engine` is made of. */
export interface EngineOptions {
  /** Whose engine this is; signs and seals. */
  readonly keys: MemberKeys;
  /** Clock and chance. */
  readonly sources: Sources;
  /**
   * Who has access besides the steward and those with a live grant in the document itself, with what
   * lets each in. They are sent what is written, and may not write. @default {nobody}
   */
  readonly inherited?: (
    document: ArtifactDocument,
    documents: ReadonlyMap<ArtifactId, ArtifactDocument>,
    nowMs: number,
  ) => ReadonlyMap<MemberId, string>;
  /** Where everything is kept; closed by whoever opened it. @default {a new `MemoryStore`} */
  readonly store?: Store;
}
