import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeWire, parseArtifactId, SyncError } from "../sync/mod.ts";
import type { WireValue } from "../sync/mod.ts";
import {
  BLOB_MESSAGE_BYTES_MAX,
  BLOB_MESSAGE_OVERHEAD_BYTES,
  BLOB_NUMBER_MAX,
  BLOB_WINDOW_CHUNKS,
  decodeBlobMessage,
  encodeBlobMessage,
} from "./_blob_messages.ts";
import type { BlobMessage } from "./_blob_messages.ts";
import { BLOB_BYTES_MAX } from "./artifact_types.ts";
import { BlobError } from "./blob_errors.ts";
import { BLOB_CHUNK_BYTES } from "./blob_manifest.ts";
import type { ManifestId } from "./blob_manifest.ts";

const blobId = parseArtifactId("0b".repeat(32));
const manifestId = "0c".repeat(32) as ManifestId;
const hash = "0d".repeat(32);
const size = BLOB_CHUNK_BYTES + 1;
const indices = [0, 1, 2, 3, 4, 5, 398, 399];
const MESSAGES: readonly BlobMessage[] = [
  { type: "ask", number: BLOB_NUMBER_MAX, blobId },
  { type: "get", number: BLOB_NUMBER_MAX, blobId, manifestId, indices },
  { type: "manifest", manifest: { blobId, size, chunkHashes: [hash, hash] } },
  { type: "whole", blobId, bytes: new Uint8Array(0) },
  { type: "whole", blobId, bytes: new Uint8Array(BLOB_CHUNK_BYTES) },
  { type: "chunk", blobId, manifestId, index: 399, bytes: new Uint8Array(BLOB_CHUNK_BYTES) },
  { type: "refused", number: 0, blobId },
];

Deno.test("decodeBlobMessage() gives what was encoded, within the size of a message", () => {
  for (const message of MESSAGES) {
    const bytes = encodeBlobMessage(message);
    assertEquals(decodeBlobMessage(bytes), message);
    const content = message.type === "whole" || message.type === "chunk"
      ? message.bytes.length
      : message.type === "manifest"
      ? 64
      : 0;
    assert(bytes.length <= content + BLOB_MESSAGE_OVERHEAD_BYTES, message.type);
  }
  const chunkHashes = new Array<string>(400).fill(hash);
  const largest = { blobId, size: BLOB_BYTES_MAX, chunkHashes };
  const bytes = encodeBlobMessage({ type: "manifest", manifest: largest });
  assertEquals(decodeBlobMessage(bytes), { type: "manifest", manifest: largest });
  assert(bytes.length <= 400 * 32 + BLOB_MESSAGE_OVERHEAD_BYTES);
  assertEquals(BLOB_WINDOW_CHUNKS, indices.length);
});

Deno.test("encodeBlobMessage() writes these bytes", () => {
  const hex = (message: BlobMessage) => encodeBlobMessage(message).toHex();
  assertEquals(
    hex({ type: "ask", number: 7, blobId }),
    `a461760161746361736b61710761625820${blobId}`,
  );
  assertEquals(
    hex({ type: "get", number: 7, blobId, manifestId, indices: [1, 300] }),
    `a661760161746367657461710761625820${blobId}616d5820${manifestId}6163820119012c`,
  );
  assertEquals(
    hex({ type: "refused", number: 7, blobId }),
    `a46176016174677265667573656461710761625820${blobId}`,
  );
  assertEquals(
    hex({ type: "manifest", manifest: { blobId, size, chunkHashes: [hash, hash] } }),
    `a56176016174686d616e696665737461625820${blobId}61731a0004000161685840${hash}${hash}`,
  );
  assertEquals(
    hex({ type: "whole", blobId, bytes: new Uint8Array([1, 2]) }),
    `a461760161746577686f6c6561625820${blobId}6164420102`,
  );
  assertEquals(
    hex({ type: "chunk", blobId, manifestId, index: 3, bytes: new Uint8Array([1, 2]) }),
    `a66176016174656368756e6b61625820${blobId}616d5820${manifestId}6169036164420102`,
  );
});

Deno.test("decodeBlobMessage() refuses each field that is not what it must be", () => {
  const b = Uint8Array.fromHex(blobId);
  const ask = { v: 1, t: "ask", q: 1, b };
  const get = { v: 1, t: "get", q: 1, b, m: b, c: [0] };
  const manifest = { v: 1, t: "manifest", b, s: size, h: new Uint8Array(64) };
  const chunk = { v: 1, t: "chunk", b, m: b, i: 0, d: new Uint8Array(1) };
  for (const right of [ask, get, manifest, chunk]) decodeBlobMessage(encodeWire(right));
  const bad: WireValue[] = [
    null,
    7,
    [],
    b,
    {},
    { t: "ask", v: 1, q: 1, b },
    { t: "ask", q: 1, b },
    { ...ask, v: "1" },
    { ...ask, t: 1 },
    { ...ask, t: "tell" },
    { ...ask, t: "isPrototypeOf" },
    { ...ask, x: 1 },
    { v: 1, t: "ask", b, q: 1 },
    { v: 1, t: "ask", q: 1 },
    ...[-1, 0.5, "1", null, BLOB_NUMBER_MAX + 1, NaN, Infinity].map((q) => ({ ...ask, q })),
    ...[new Uint8Array(31), new Uint8Array(33), blobId, null].map((b) => ({ ...ask, b })),
    ...[new Uint8Array(0), 5].map((m) => ({ ...get, m })),
    ...[[], [0, 0], [1, 0], [-1], [400], [0.5], ["0"], 0, { a: 0 }, [0, 2 ** 50]].map((
      c,
    ) => ({
      ...get,
      c,
    })),
    { ...get, c: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
    ...[-1, 400, 2 ** 53 - 1, 0.1, null].map((i) => ({ ...chunk, i })),
    { ...chunk, d: "text" },
    { ...chunk, d: new Uint8Array(BLOB_CHUNK_BYTES + 1) },
    { ...manifest, h: new Uint8Array(63) },
    { ...manifest, h: null },
    { ...manifest, s: -1 },
  ];
  for (const value of bad) {
    const error = assertThrows(() => decodeBlobMessage(encodeWire(value)), BlobError);
    assertEquals(error.code, "bad_message", JSON.stringify(value));
  }
  for (
    const wrong of [{ s: BLOB_CHUNK_BYTES }, { s: 3 * BLOB_CHUNK_BYTES }, { h: new Uint8Array(0) }]
  ) {
    const bytes = encodeWire({ ...manifest, ...wrong });
    assertEquals(assertThrows(() => decodeBlobMessage(bytes), BlobError).code, "bad_manifest");
  }
  const other = encodeWire({ ...ask, v: 2 });
  assertEquals(assertThrows(() => decodeBlobMessage(other), BlobError).code, "unknown_version");
});

Deno.test("decodeBlobMessage() refuses what is too large before it decodes it", () => {
  const bytes = new Uint8Array(BLOB_MESSAGE_BYTES_MAX + 1);
  assertEquals(assertThrows(() => decodeBlobMessage(bytes), SyncError).code, "too_large");
  const nested = new Uint8Array(100).fill(0x81);
  assertEquals(assertThrows(() => decodeBlobMessage(nested), SyncError).code, "too_large");
  const cut = encodeBlobMessage(MESSAGES[0]!).slice(0, -1);
  assertEquals(assertThrows(() => decodeBlobMessage(cut), SyncError).code, "bad_encoding");
});
