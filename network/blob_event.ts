/**
 * What becomes of blobs that are wanted.
 *
 * @module
 */
import type { MemberId } from "../sync/mod.ts";
import type { BlobId } from "./blob_manifest.ts";

/** Why a wanted blob does not come. What is there of it stays, for when it is wanted again. */
export type BlobFailure =
  /** A holder that can be reached does not answer, however often it is asked. */
  | "no_answer"
  /** No holder has it, or none gives it to this peer. */
  | "refused"
  /** There is no room for it. */
  | "storage_full"
  /** Too much of other blobs is there that are not complete. */
  | "limit_reached"
  /** It is larger than it may be. */
  | "too_large"
  /** Every holder sent something else under its name. */
  | "bad_data";

/** Something that happened to a blob or to what a peer sent. */
export type BlobEvent =
  | {
    /** All of it is here, and is what its id says. */
    readonly type: "blob_arrived";
    readonly blobId: BlobId;
    /** Its bytes. */
    readonly size: number;
  }
  | {
    /** It is not wanted any more, because nobody brings it. */
    readonly type: "blob_failed";
    readonly blobId: BlobId;
    readonly code: BlobFailure;
  }
  | {
    /** More of it is here; the latest one only. */
    readonly type: "progress";
    readonly blobId: BlobId;
    /** Bytes that are here. */
    readonly receivedBytes: number;
    /** Bytes that there are, as its holder says. */
    readonly size: number;
  }
  | {
    /** A holder sent something else; it is not asked for this blob again. */
    readonly type: "holder_banned";
    readonly blobId: BlobId;
    readonly holder: MemberId;
    /** A chunk or whole with another hash; chunks that together are another blob; or both of two. */
    readonly why: "bad_chunk" | "bad_manifest" | "two_manifests";
  }
  | {
    /** Bytes that are no message; the latest one only. */
    readonly type: "bad_message";
    readonly from: MemberId;
    /** Why: the code of a `BlobError` or a `SyncError`. */
    readonly code: string;
    readonly message: string;
  };

/** What a transfer has counted since it began. */
export interface BlobTransferStats {
  /** Chunks that were asked for, by what a manifest says. */
  readonly chunksRequested: number;
  /** Chunks that came and were kept, blobs of one chunk included. */
  readonly chunksReceived: number;
  /** Messages that nobody had asked for, or whose content was there already. */
  readonly messagesIgnored: number;
  /** Requests that count as lost. */
  readonly retries: number;
  /** Chunks that were handed over to others, blobs of one chunk included. */
  readonly chunksServed: number;
  /** Answers that were not given because too much waited for the peer. */
  readonly answersDropped: number;
}
