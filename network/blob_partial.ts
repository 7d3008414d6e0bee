/**
 * What is there of blobs that are not complete, and what can be known of it.
 *
 * @module
 */
import type { MemberId } from "../sync/mod.ts";
import type { BlobManifest, ManifestId } from "./blob_manifest.ts";

/** Partial blobs in one store. */
export const BLOB_PARTIALS_MAX: number = 256;
/** Partial blobs whose manifest one peer gave. */
export const BLOB_PARTIALS_PER_PEER_MAX: number = 16;
/** Bytes of partial blobs that one peer brought; enough for two of the largest blobs. */
export const BLOB_PARTIAL_BYTES_PER_PEER_MAX: number = 256 * 1024 * 1024;

/**
 * Chunks under one manifest of a blob. Who lies about a manifest does not touch what has come under
 * another, so there can be several of one blob until one of them proves true.
 */
export interface BlobPartial {
  /** What the chunks are checked by. */
  readonly manifest: BlobManifest;
  /** Its name. */
  readonly manifestId: ManifestId;
  /** Who gave it. */
  readonly from: MemberId;
  /** The indices of the chunks that are not there, ascending. */
  readonly missing: ReadonlySet<number>;
  /** Bytes that are there. */
  readonly receivedBytes: number;
  /** Bytes that are there, by who brought them. */
  readonly bytesFrom: ReadonlyMap<MemberId, number>;
}

/** What became of a chunk. */
export type ChunkOutcome =
  /** It is kept; others are missing. */
  | { readonly type: "kept" }
  /** It was the last one, and the whole has the blob's id: the blob is there. */
  | { readonly type: "complete" }
  /** It was there already, or nothing is kept under this manifest. */
  | { readonly type: "not_needed" }
  /** It is not the chunk that the manifest names; it was dropped. */
  | { readonly type: "bad_chunk" }
  /** All chunks are what the manifest says, and the whole is another blob: all of it was dropped. */
  | {
    readonly type: "bad_manifest";
    /** Who gave the manifest. */
    readonly from: MemberId;
  };
