/**
 * What a blob is made of: its chunks and their hashes.
 *
 * @module
 */
import { Blake3 } from "../sync/mod.ts";
import type { ArtifactId, Brand } from "../sync/mod.ts";
import { BLOB_BYTES_MAX } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";

/** Bytes of each chunk of a blob but the last. */
export const BLOB_CHUNK_BYTES: number = 256 * 1024;

/** The BLAKE3 of a blob's bytes: an artifact's id. */
export type BlobId = ArtifactId;

/** 64 lowercase hex digits: the BLAKE3 by which a manifest is named. */
export type ManifestId = string & Brand<"ManifestId">;

/**
 * How to check a blob chunk by chunk. Whoever holds a blob can say anything here: that it was true is
 * known when all chunks are there and their BLAKE3 is the blob's id. Honest manifests of a blob are
 * equal.
 */
export interface BlobManifest {
  /** Which blob. */
  readonly blobId: BlobId;
  /** Its bytes. */
  readonly size: number;
  /** The BLAKE3 of each chunk as 64 lowercase hex digits, in order. */
  readonly chunkHashes: readonly string[];
}

/** How many chunks a blob of a size has; 0 for an empty one. */
export function chunkCountOf(size: number): number {
  return Math.ceil(size / BLOB_CHUNK_BYTES);
}

/** How many bytes a chunk has in a blob of a size. */
export function chunkLengthOf(size: number, index: number): number {
  return Math.min(BLOB_CHUNK_BYTES, size - index * BLOB_CHUNK_BYTES);
}

/**
 * The name of a manifest: the BLAKE3 of `"blob-manifest-v1:"`, the blob's id (32 bytes), its size
 * (8 bytes, big-endian) and the hashes (32 bytes each).
 */
export function manifestIdOf({ blobId, size, chunkHashes }: BlobManifest): ManifestId {
  const hasher = new Blake3();
  hasher.update(new TextEncoder().encode("blob-manifest-v1:"));
  hasher.update(Uint8Array.fromHex(blobId));
  const sizeBytes = new Uint8Array(8);
  new DataView(sizeBytes.buffer).setBigUint64(0, BigInt(size));
  hasher.update(sizeBytes);
  hasher.update(Uint8Array.fromHex(chunkHashes.join("")));
  return hasher.digest().toHex() as ManifestId;
}

/**
 * Checks that a manifest can be a blob's: a size up to {@linkcode BLOB_BYTES_MAX} that takes several
 * chunks, and a hash for each. A blob of one chunk needs none: its id is the chunk's hash.
 *
 * @throws {BlobError} `bad_manifest`.
 */
export function checkManifest({ size, chunkHashes }: BlobManifest): void {
  if (!Number.isSafeInteger(size) || size <= BLOB_CHUNK_BYTES || size > BLOB_BYTES_MAX) {
    const needed = `from ${BLOB_CHUNK_BYTES + 1} to ${BLOB_BYTES_MAX}`;
    throw new BlobError("bad_manifest", `Cannot use manifest: size ${size} is not ${needed}`);
  }
  if (chunkHashes.length !== chunkCountOf(size)) {
    const found = `${chunkHashes.length} hashes for ${size} bytes`;
    throw new BlobError("bad_manifest", `Cannot use manifest: ${found}`);
  }
  if (!chunkHashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))) {
    throw new BlobError("bad_manifest", "Cannot use manifest: a hash is not 64 hex digits");
  }
}
