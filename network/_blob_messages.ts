/**
 * What peers tell each other about blobs. CBOR maps, with the keys in this order:
 *
 * ```text
 * ask       {"v": 1, "t": "ask", "q": number, "b": blob id}
 * get       {"v": 1, "t": "get", "q": number, "b": blob id, "m": manifest id, "c": [index...]}
 * manifest  {"v": 1, "t": "manifest", "b": blob id, "s": size, "h": chunk hashes}
 * whole     {"v": 1, "t": "whole", "b": blob id, "d": bytes}
 * chunk     {"v": 1, "t": "chunk", "b": blob id, "m": manifest id, "i": index, "d": bytes}
 * refused   {"v": 1, "t": "refused", "q": number, "b": blob id}
 * ```
 *
 * `ask` is answered by `manifest`, or by `whole` if the blob has one chunk; `get` by a `chunk` for
 * each index, or like `ask` if the holder's manifest is another; either by `refused`. Ids are 32
 * bytes, hashes one after the other; indices ascend. `q` is the requester's count of its requests.
 */
import { decodeWire, encodeWire, parseArtifactId } from "../sync/mod.ts";
import type { WireValue } from "../sync/mod.ts";
import { BLOB_BYTES_MAX } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import { BLOB_CHUNK_BYTES, checkManifest, chunkCountOf } from "./blob_manifest.ts";
import type { BlobId, BlobManifest, ManifestId } from "./blob_manifest.ts";

/** The version of the messages. */
export const BLOB_MESSAGE_VERSION: number = 1;
/** What a message has at most besides a chunk or hashes, in bytes. */
export const BLOB_MESSAGE_OVERHEAD_BYTES: number = 160;
/** Bytes of one message. */
export const BLOB_MESSAGE_BYTES_MAX: number = BLOB_CHUNK_BYTES + BLOB_MESSAGE_OVERHEAD_BYTES;
/** Requests that wait for one peer's answer: chunks, and blobs that are not begun. */
export const BLOB_WINDOW_CHUNKS: number = 8;
/** Requests are counted up to this number, and then from 0 again. */
export const BLOB_NUMBER_MAX: number = 0xffff_ffff;

/** Says that a blob is wanted, by requester's number. */
export interface AskMessage {
  readonly type: "ask";
  readonly number: number;
  readonly blobId: BlobId;
}

/** Says which chunks of a blob are wanted. */
export interface GetMessage {
  readonly type: "get";
  readonly number: number;
  readonly blobId: BlobId;
  readonly manifestId: ManifestId;
  readonly indices: readonly number[];
}

/** Any message. */
export type BlobMessage =
  | AskMessage
  | GetMessage
  | { readonly type: "manifest"; readonly manifest: BlobManifest }
  | { readonly type: "whole"; readonly blobId: BlobId; readonly bytes: Uint8Array }
  | {
    readonly type: "chunk";
    readonly blobId: BlobId;
    readonly manifestId: ManifestId;
    readonly index: number;
    readonly bytes: Uint8Array;
  }
  | { readonly type: "refused"; readonly number: number; readonly blobId: BlobId };

/** Encodes a message. */
export function encodeBlobMessage(message: BlobMessage): Uint8Array {
  return encodeWire({ v: BLOB_MESSAGE_VERSION, t: message.type, ...fieldsOf(message) });
}

/**
 * Decodes a message that came from elsewhere; each field is what it must be by itself.
 *
 * @throws {SyncError} `bad_encoding` or `too_large`.
 * @throws {BlobError} `bad_message`, `bad_manifest` or `unknown_version`.
 */
export function decodeBlobMessage(bytes: Uint8Array): BlobMessage {
  const limits = { bytesMax: BLOB_MESSAGE_BYTES_MAX, depthMax: 2, itemsMax: 32, keyBytesMax: 1 };
  const fields = decodeWire(bytes, limits);
  if (!isMap(fields)) throw bad("it is not a map");
  const { v: version, t: type } = fields;
  if (typeof version !== "number") throw bad("it has no version");
  if (version !== BLOB_MESSAGE_VERSION) {
    const known = `this release reads ${BLOB_MESSAGE_VERSION}`;
    throw new BlobError(
      "unknown_version",
      `Cannot read blob message: version ${version}, ${known}`,
    );
  }
  if (typeof type !== "string" || !Object.hasOwn(KEYS, type)) throw bad("its type is not known");
  const expected = KEYS[type as BlobMessage["type"]];
  if (Object.keys(fields).join("") !== `vt${expected}`) throw bad(`not the fields of ${type}`);
  return readFields(type as BlobMessage["type"], fields);
}

/** The keys of each message behind `v` and `t`. */
const KEYS: Readonly<Record<BlobMessage["type"], string>> = {
  ask: "qb",
  get: "qbmc",
  manifest: "bsh",
  whole: "bd",
  chunk: "bmid",
  refused: "qb",
};

type Fields = Readonly<Record<string, WireValue>>;

function fieldsOf(message: BlobMessage): Fields {
  const id = (hex: string) => Uint8Array.fromHex(hex);
  switch (message.type) {
    case "ask":
    case "refused":
      return { q: message.number, b: id(message.blobId) };
    case "get": {
      const { number, blobId, manifestId, indices } = message;
      return { q: number, b: id(blobId), m: id(manifestId), c: indices };
    }
    case "manifest": {
      const { blobId, size, chunkHashes } = message.manifest;
      return { b: id(blobId), s: size, h: id(chunkHashes.join("")) };
    }
    case "whole":
      return { b: id(message.blobId), d: message.bytes };
    case "chunk": {
      const { blobId, manifestId, index, bytes } = message;
      return { b: id(blobId), m: id(manifestId), i: index, d: bytes };
    }
  }
}

function readFields(type: BlobMessage["type"], { q, b, m, c, s, h, i, d }: Fields): BlobMessage {
  const blobId = parseArtifactId(hexOf(b));
  switch (type) {
    case "ask":
    case "refused":
      return { type, number: integer(q, BLOB_NUMBER_MAX), blobId };
    case "get": {
      const number = integer(q, BLOB_NUMBER_MAX);
      return { type, number, blobId, manifestId: manifestIdFrom(m), indices: indicesFrom(c) };
    }
    case "manifest":
      return { type, manifest: manifestFrom(blobId, s, h) };
    case "whole":
      return { type, blobId, bytes: chunkFrom(d) };
    case "chunk": {
      const [manifestId, index] = [manifestIdFrom(m), integer(i, INDEX_MAX)];
      return { type, blobId, manifestId, index, bytes: chunkFrom(d) };
    }
  }
}

/** The last chunk of the largest blob. */
const INDEX_MAX = chunkCountOf(BLOB_BYTES_MAX) - 1;

function manifestFrom(
  blobId: BlobId,
  s: WireValue | undefined,
  h: WireValue | undefined,
): BlobManifest {
  if (!(h instanceof Uint8Array) || h.length % 32 !== 0) throw bad("its hashes are not 32 bytes");
  const chunkHashes = h.toHex().match(/.{64}/g) ?? [];
  const manifest = { blobId, size: integer(s, BLOB_BYTES_MAX), chunkHashes };
  checkManifest(manifest);
  return manifest;
}

function indicesFrom(value: WireValue | undefined): number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > BLOB_WINDOW_CHUNKS) {
    throw bad(`its indices are not a list of 1 to ${BLOB_WINDOW_CHUNKS}`);
  }
  const indices = value.map((index) => integer(index, INDEX_MAX));
  if (indices.some((index, at) => at > 0 && indices[at - 1]! >= index)) {
    throw bad("its indices do not ascend");
  }
  return indices;
}

function chunkFrom(value: WireValue | undefined): Uint8Array {
  if (value instanceof Uint8Array && value.length <= BLOB_CHUNK_BYTES) return value;
  throw bad(`it does not hold up to ${BLOB_CHUNK_BYTES} bytes`);
}

function manifestIdFrom(value: WireValue | undefined): ManifestId {
  return hexOf(value) as ManifestId;
}

function hexOf(value: WireValue | undefined): string {
  if (value instanceof Uint8Array && value.length === 32) return value.toHex();
  throw bad("an id is not 32 bytes");
}

function integer(value: WireValue | undefined, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max) {
    return value;
  }
  throw bad(`a number is not an integer from 0 to ${max}`);
}

function bad(why: string): BlobError {
  return new BlobError("bad_message", `Cannot read blob message: ${why}`);
}

function isMap(value: WireValue): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
}
