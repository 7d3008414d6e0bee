/**
 * Partial blobs as records of a store.
 */
import { encodeWire, parseArtifactId, parseMemberId } from "../sync/mod.ts";
import type { MemberId, WireValue } from "../sync/mod.ts";
import { corrupt, readFields, SPACE } from "./_blob_records.ts";
import type { BlobRecords, Handle } from "./_blob_records.ts";
import { chunkLengthOf, manifestIdOf } from "./blob_manifest.ts";
import type { BlobManifest } from "./blob_manifest.ts";
import type { BlobPartial } from "./blob_partial.ts";

/** A partial blob and where its chunks are. */
export interface KeptPartial extends BlobPartial {
  readonly handle: Handle;
  readonly missing: Set<number>;
  receivedBytes: number;
  readonly bytesFrom: Map<MemberId, number>;
}

/** What does not change while chunks arrive; the hashes stand apart. */
export function encodePartial({ manifest, from, handle }: KeptPartial): Uint8Array {
  return encodeWire({ s: manifest.size, k: handle, f: Uint8Array.fromHex(from) });
}

/** What changes with each chunk: a bit for each that is there, and who brought how much. */
export function encodeReceived(
  count: number,
  { missing, bytesFrom }: Pick<BlobPartial, "missing" | "bytesFrom">,
): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (let index = 0; index < count; index++) {
    if (!missing.has(index)) bits[index >> 3]! |= 1 << (index & 7);
  }
  const givers = [...bytesFrom].map(([peer, bytes]) => [Uint8Array.fromHex(peer), bytes]);
  return encodeWire({ c: bits, p: givers });
}

/** Reads a partial blob back. */
export function readPartial(records: BlobRecords, key: string, value: Uint8Array): KeptPartial {
  const { s: size, k: handle, f: from } = readFields(value);
  if (typeof size !== "number" || typeof handle !== "string" || !(from instanceof Uint8Array)) {
    throw corrupt("a partial blob is not one");
  }
  const blobId = parseArtifactId(key.slice(0, 64));
  const manifest: BlobManifest = { blobId, size, chunkHashes: records.hashes(handle) };
  const manifestId = manifestIdOf(manifest);
  if (key !== `${blobId}/${manifestId}`) throw corrupt("a partial blob has another's hashes");
  const received = records.get(SPACE.received, handle);
  const { c: bits, p: givers = [] } = received === undefined ? {} : readFields(received);
  const missing = new Set<number>();
  let receivedBytes = 0;
  for (const index of manifest.chunkHashes.keys()) {
    const isThere = bits instanceof Uint8Array && (bits[index >> 3]! & (1 << (index & 7))) !== 0;
    if (isThere) receivedBytes += chunkLengthOf(size, index);
    else missing.add(index);
  }
  const bytesFrom = new Map(readGivers(givers));
  return { manifest, manifestId, from: memberOf(from), handle, missing, receivedBytes, bytesFrom };
}

function readGivers(value: WireValue): [MemberId, number][] {
  if (!Array.isArray(value)) throw corrupt("a partial blob does not say who brought it");
  return value.map(([peer, bytes]) => [memberOf(peer), Number(bytes)]);
}

function memberOf(bytes: Uint8Array): MemberId {
  return parseMemberId(bytes.toHex());
}
