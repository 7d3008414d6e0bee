/**
 * What happened to what peers sent.
 *
 * @module
 */
import type { DocumentId, MemberId } from "./ids.ts";

/** Something that happened to what a peer sent, or could not be sent to one. */
export type SyncEvent =
  | {
    readonly type: "applied" | "already_had" | "waiting";
    readonly artifactId: DocumentId;
    readonly from: MemberId;
    /** Changes that were new, or that must come first. */
    readonly changes: number;
  }
  | {
    readonly type: "refused";
    readonly artifactId: DocumentId | undefined;
    readonly from: MemberId;
    /** Why: the code of a `SyncError`. */
    readonly code: string;
    readonly message: string;
  }
  | {
    /**
     * A receipt shows no progress, or none has come however often the payload was sent: nothing
     * more is sent until something changes.
     */
    readonly type: "stalled";
    readonly artifactId: DocumentId;
    readonly from: MemberId;
  }
  | {
    /** An artifact was recalled by its steward: it is not here any more. */
    readonly type: "recalled";
    readonly artifactId: DocumentId;
    readonly from: MemberId;
  }
  | {
    /** A peer sent what nobody may write; nothing of its is taken for this document any more. */
    readonly type: "quarantined";
    readonly artifactId: DocumentId;
    readonly from: MemberId;
  }
  | {
    /** A document cannot be put into a payload; the others are sent all the same. */
    readonly type: "unsendable";
    readonly artifactId: DocumentId;
    readonly to: MemberId;
    readonly message: string;
  };

/** What a registry has counted since it began. */
export interface SyncStats {
  /** Payloads that were sent again because no receipt came in time. */
  readonly retries: number;
  /** Payloads that arrived, by who sent them. */
  readonly payloadsFrom: ReadonlyMap<MemberId, number>;
  /** Receipts that arrived. */
  readonly receipts: number;
  /** Payloads that arrived and held nothing new. */
  readonly duplicates: number;
  /** Payloads prepared that hold a whole document, because nothing was known of the peer. */
  readonly fullSyncs: number;
  /** Documents that wait for a peer or for its receipt, counted once per peer. */
  readonly waiting: number;
}
