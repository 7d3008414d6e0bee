/**
 * What an engine needs of a document, whatever is in it: the document itself, and the rules of its
 * kind.
 *
 * @module
 */
import type { AuthoredChange } from "./authorship.ts";
import type { ApplyOutcome, Writer } from "./history.ts";
import type { DocumentId, Heads, MemberId } from "./ids.ts";
import type { StoredDocument } from "./store.ts";

/** A document that an engine keeps and sends. */
export interface SyncedDocument extends Disposable {
  /** Which document it is. */
  readonly documentId: DocumentId;
  /** The hashes of the changes nothing comes after, sorted. */
  getHeads(): Heads;
  /** Whether each of these changes is here. */
  hasHeads(heads: Heads): boolean;
  /** What a peer that holds `heads` lacks. */
  getChangesSince(heads: Heads): Uint8Array[];
  /** The same as one byte string, in the smallest of three encodings. */
  encodeChangesSince(heads: Heads): Uint8Array;
  /** The changes that a peer with these heads lacks, without what they write. */
  authorsSince(heads: Heads): AuthoredChange[];
  /** The whole document with its history. */
  save(): Uint8Array;
}

/** Everybody who may have a document, with what lets each in: one grant differs from a later one. */
export type Audience = ReadonlyMap<MemberId, string>;

/** What arrived for a document. */
export interface IncomingChanges {
  /** Changes in Automerge's encoding. */
  readonly bytes: Uint8Array;
  /** Heads that must be here afterwards. */
  readonly announced: Heads;
  /** Checks who wrote them; has to be called with all new changes before any takes effect. */
  readonly checkAuthors: (changes: readonly AuthoredChange[]) => void;
}

/**
 * The rules of one kind of document.
 *
 * Methods are given only documents for which {@linkcode DocumentRules.owns} says yes.
 */
export interface DocumentRules<Document extends SyncedDocument = SyncedDocument> {
  /** One word under which documents of this kind are kept. */
  readonly kind: string;
  /** Whether a document is of this kind. */
  owns(document: SyncedDocument): boolean;
  /**
   * Opens what a store keeps.
   *
   * @throws {SyncError} if it is damaged.
   */
  open(stored: StoredDocument, writer: Writer): Document;
  /**
   * Applies what arrived, all or nothing, once its authors are known and were allowed to write it.
   *
   * @throws {SyncError} if it must not be applied; the document is then as it was.
   */
  apply(document: Document, incoming: IncomingChanges): ApplyOutcome;
  /** Everybody who may have it now. */
  audience(document: Document, nowMs: number): Audience;
  /** Whether a member has to drop it although it is in the audience. */
  isRecalledFor(document: Document, member: MemberId): boolean;
}
