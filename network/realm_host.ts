/**
 * What a realm needs of the network that it belongs to.
 *
 * @module
 */
import type {
  InterfaceDocument,
  InterfaceId,
  MemberId,
  Sources,
  ValueDocument,
} from "../sync/mod.ts";

/** A realm's place in its network. */
export interface RealmHost {
  /** Whose network this is. */
  readonly self: MemberId;
  /** Which realm. */
  readonly realmId: InterfaceId;
  /** Clock and randomness. */
  readonly sources: Sources;
  /** The realm's first document: members, metadata, the first events. */
  readonly document: InterfaceDocument;
  /** The documents of the realm's log that are here, in order. */
  segments(): readonly InterfaceDocument[];
  /** The document that takes the next event; another one is begun if the last is full. */
  openSegment(): InterfaceDocument;
  /** Keeps and sends what was written to a document of this realm. */
  changed(document: InterfaceDocument | ValueDocument): void;
  /** Whether a value document of this realm is here. */
  hasValueDocument(name: string): boolean;
  /** A value document of this realm: the one that is here, or an empty one. */
  valueDocument(name: string): ValueDocument;
  /** What people call a member; `undefined` if nobody has said so. */
  displayName(member: MemberId): string | undefined;
  /**
   * Fails unless this peer may write here now.
   *
   * @throws {NetworkError} `not_member`, or the reason for which it was not let in.
   */
  checkMember(): void;
}
