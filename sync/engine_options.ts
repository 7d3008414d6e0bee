/**
 * What a sync engine needs from outside.
 *
 * @module
 */
import type { ArtifactDocument } from "./artifact_document.ts";
import type { Writer } from "./history.ts";
import type { ArtifactId, DocumentId, MemberId } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import type { Sources } from "./sources.ts";
import type { Store } from "./store.ts";
import type { DocumentRules, SyncedDocument } from "./synced_document.ts";

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
  /** The rules of documents that are not artifacts. @default {there are none} */
  readonly rules?: readonly DocumentRules[];
  /**
   * Makes the empty document of which a peer has sent a part, if one by that id is awaited; an
   * artifact is what nobody awaits. @default {nothing is awaited}
   */
  readonly awaited?: (id: DocumentId, from: MemberId, writer: Writer) => SyncedDocument | undefined;
  /** Documents that one peer may bring that others decide about. @default {DOCUMENTS_PER_PEER_MAX} */
  readonly documentsMax?: (from: MemberId) => number;
  /** What rides along with payloads and receipts, sealed with them. @default {nothing} */
  readonly riders?: Riders;
  /** Whether nothing at all is taken from a peer. @default {everybody is heard} */
  readonly isBlocked?: (peer: MemberId) => boolean;
  /** Where everything is kept; closed by whoever opened it. @default {a new `MemoryStore`} */
  readonly store?: Store;
}

/** Messages that an engine carries without looking into them; they may be lost. */
export interface Riders {
  /** Takes what is due to a peer, about as many bytes as are given. */
  take(peer: MemberId, bytesMax: number): readonly Uint8Array[];
  /** A message has arrived; must not throw, whatever it is. */
  receive(from: MemberId, message: Uint8Array): void;
}
