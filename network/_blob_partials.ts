/**
 * The partial blobs of a store: kept chunk by chunk, each checked before it is.
 */
import { Blake3 } from "../sync/mod.ts";
import type { MemberId, StoreWriter } from "../sync/mod.ts";
import { encodePartial, encodeReceived, readPartial } from "./_blob_partial_records.ts";
import type { KeptPartial } from "./_blob_partial_records.ts";
import { chunkKey, encodeHead, SPACE } from "./_blob_records.ts";
import type { BlobRecords } from "./_blob_records.ts";
import { blobIdOf } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import { checkManifest, chunkLengthOf, manifestIdOf } from "./blob_manifest.ts";
import type { BlobId, BlobManifest, ManifestId } from "./blob_manifest.ts";
import {
  BLOB_PARTIAL_BYTES_PER_PEER_MAX,
  BLOB_PARTIALS_MAX,
  BLOB_PARTIALS_PER_PEER_MAX,
} from "./blob_partial.ts";
import type { BlobPartial, ChunkOutcome } from "./blob_partial.ts";

/** Chunks that are read back and hashed for each one that arrives, so that none takes long. */
const HASHED_AT_ONCE = 4;

/** The hash of a whole that is not there yet: its first chunks. */
interface WholeHash {
  readonly hasher: Blake3;
  /** Chunks that it has taken. */
  chunks: number;
}

/** The partial blobs of a store. */
export class Partials {
  readonly #records: BlobRecords;
  readonly #byBlob: Map<BlobId, Map<ManifestId, KeptPartial>> = new Map();
  readonly #hashes: WeakMap<KeptPartial, WholeHash> = new WeakMap();

  constructor(records: BlobRecords) {
    this.#records = records;
    const kept = records.entries(SPACE.partials).map(([key, value]) => {
      return readPartial(records, key, value);
    });
    kept.sort((left, right) => Number(left.handle) - Number(right.handle));
    for (const partial of kept) {
      if (records.head(partial.manifest.blobId) === undefined) this.#remember(partial);
      else this.#dropAll([partial]); // the process ended between the two
    }
  }

  /** All of them, each blob's together, blobs in the order in which they were begun. */
  list(): readonly KeptPartial[] {
    return [...this.#byBlob.values()].flatMap((partials) => [...partials.values()]);
  }

  /** Those of one blob, oldest first. */
  of(blobId: BlobId): readonly KeptPartial[] {
    return [...this.#byBlob.get(blobId)?.values() ?? []];
  }

  begin(manifest: BlobManifest, from: MemberId): BlobPartial {
    checkManifest(manifest);
    const manifestId = manifestIdOf(manifest);
    const known = this.#byBlob.get(manifest.blobId)?.get(manifestId);
    if (known !== undefined) return known;
    const all = this.list();
    if (all.length >= BLOB_PARTIALS_MAX) {
      throw new BlobError("limit_reached", `Cannot begin blob: ${all.length} others are partial`);
    }
    if (all.filter((one) => one.from === from).length >= BLOB_PARTIALS_PER_PEER_MAX) {
      throw overPeerLimit("begin blob", from, `${BLOB_PARTIALS_PER_PEER_MAX} partial blobs`);
    }
    const partial: KeptPartial = {
      manifest,
      manifestId,
      from,
      handle: this.#records.newHandle(),
      missing: new Set(manifest.chunkHashes.keys()),
      receivedBytes: 0,
      bytesFrom: new Map(),
    };
    this.#records.write(0, (writer) => {
      writer.put(SPACE.partials, keyOf(partial), encodePartial(partial));
      writer.put(SPACE.hashes, partial.handle, Uint8Array.fromHex(manifest.chunkHashes.join("")));
    });
    this.#remember(partial);
    return partial;
  }

  add(
    { blobId, manifestId }: { readonly blobId: BlobId; readonly manifestId: ManifestId },
    index: number,
    bytes: Uint8Array,
    from: MemberId,
  ): ChunkOutcome {
    const partial = this.#byBlob.get(blobId)?.get(manifestId);
    if (partial === undefined || !partial.missing.has(index)) return { type: "not_needed" };
    const { size, chunkHashes } = partial.manifest;
    const fits = bytes.length === chunkLengthOf(size, index);
    if (!fits || blobIdOf(bytes) !== chunkHashes[index]!) return { type: "bad_chunk" };
    const isLast = partial.missing.size === 1;
    const hash = this.#hash(partial, index, bytes, isLast ? Infinity : HASHED_AT_ONCE);
    if (isLast && hash.digest().toHex() !== blobId) {
      this.#dropAll([partial]);
      return { type: "bad_manifest", from: partial.from };
    }
    if (isLast) {
      this.#complete(partial, index, bytes);
      return { type: "complete" };
    }
    this.#checkPeerBytes(from, bytes.length);
    this.#keep(partial, index, bytes, from);
    return { type: "kept" };
  }

  /** Drops what is there of a blob, or only what came under one manifest. */
  drop(blobId: BlobId, manifestId?: ManifestId): boolean {
    const found = this.of(blobId).filter((partial) =>
      manifestId === undefined || partial.manifestId === manifestId
    );
    this.#dropAll(found);
    return found.length > 0;
  }

  #keep(partial: KeptPartial, index: number, bytes: Uint8Array, from: MemberId): void {
    const { handle, manifest, missing, bytesFrom } = partial;
    const after = {
      missing: new Set([...missing].filter((one) => one !== index)),
      bytesFrom: new Map(bytesFrom).set(from, (bytesFrom.get(from) ?? 0) + bytes.length),
    };
    this.#records.write(bytes.length, (writer) => {
      writer.put(SPACE.chunks, chunkKey(handle, index), bytes);
      const received = encodeReceived(manifest.chunkHashes.length, after);
      writer.put(SPACE.received, handle, received);
    });
    partial.missing.delete(index);
    partial.bytesFrom.set(from, after.bytesFrom.get(from)!);
    partial.receivedBytes += bytes.length;
  }

  #complete(partial: KeptPartial, index: number, bytes: Uint8Array): void {
    const { handle, manifest: { blobId, size }, manifestId } = partial;
    this.#records.write(bytes.length, (writer) => {
      writer.put(SPACE.chunks, chunkKey(handle, index), bytes);
      writer.put(SPACE.heads, blobId, encodeHead({ size, handle, manifestId }));
      this.#deleteRecords(writer, partial);
    });
    this.#forget(partial);
    this.#dropAll(this.of(blobId));
  }

  #dropAll(partials: readonly KeptPartial[]): void {
    if (partials.length === 0) return;
    const bytes = partials.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
    this.#records.write(-bytes, (writer) => {
      for (const partial of partials) {
        this.#deleteRecords(writer, partial);
        writer.delete(SPACE.hashes, partial.handle);
        writer.deletePrefix(SPACE.chunks, `${partial.handle}/`);
      }
    });
    for (const partial of partials) this.#forget(partial);
  }

  #deleteRecords(writer: StoreWriter, partial: KeptPartial): void {
    writer.delete(SPACE.partials, keyOf(partial));
    writer.delete(SPACE.received, partial.handle);
  }

  /**
   * Lets the whole hash take the chunks that come next and are there. Chunks that it took stay
   * right even if they are then not kept: what comes in their place has the same hash.
   */
  #hash(
    partial: KeptPartial,
    index: number,
    bytes: Uint8Array,
    chunksMax: number,
  ): Blake3 {
    const whole = this.#hashes.get(partial) ?? { hasher: new Blake3(), chunks: 0 };
    this.#hashes.set(partial, whole);
    const { handle, manifest, missing } = partial;
    const end = Math.min(manifest.chunkHashes.length, whole.chunks + chunksMax);
    for (; whole.chunks < end; whole.chunks++) {
      const next = whole.chunks;
      if (next === index) whole.hasher.update(bytes);
      else if (missing.has(next)) break;
      else whole.hasher.update(this.#records.chunk(handle, next));
    }
    return whole.hasher;
  }

  #checkPeerBytes(peer: MemberId, bytesMore: number): void {
    const bytes = this.list().reduce((sum, one) => sum + (one.bytesFrom.get(peer) ?? 0), 0);
    if (bytes + bytesMore <= BLOB_PARTIAL_BYTES_PER_PEER_MAX) return;
    throw overPeerLimit("keep chunk", peer, `${bytes} bytes of partial blobs`);
  }

  #remember(partial: KeptPartial): void {
    const { blobId } = partial.manifest;
    const partials = this.#byBlob.get(blobId) ?? new Map<ManifestId, KeptPartial>();
    this.#byBlob.set(blobId, partials.set(partial.manifestId, partial));
  }

  #forget({ manifest: { blobId }, manifestId }: BlobPartial): void {
    const partials = this.#byBlob.get(blobId);
    partials?.delete(manifestId);
    if (partials?.size === 0) this.#byBlob.delete(blobId);
  }
}

function keyOf({ manifest, manifestId }: BlobPartial): string {
  return `${manifest.blobId}/${manifestId}`;
}

function overPeerLimit(what: string, peer: MemberId, found: string): BlobError {
  return new BlobError("peer_limit_reached", `Cannot ${what}: "${peer}" has brought ${found}`);
}
