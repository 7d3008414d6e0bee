/**
 * An envelope: the payloads and receipts that go from one peer to another together.
 *
 * ```text
 * {"v": 1, "payloads": [bytes...], "receipts": [bytes...]}
 * ```
 *
 * @module
 */
import { bad, fieldsOf } from "./_wire_fields.ts";
import { encodeWire } from "./codec.ts";
import type { WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { decodePayload, decodeReceipt, encodePayload, encodeReceipt } from "./payload.ts";
import type { ArtifactSyncPayload, Receipt } from "./payload.ts";

/** The version of the format that this release writes and reads. */
export const ENVELOPE_VERSION: number = 1;
/** Payloads, and likewise receipts, in one envelope. */
export const ENVELOPE_PARTS_MAX: number = 1024;
/** Bytes of one envelope. */
export const ENVELOPE_BYTES_MAX: number = 32 * 1024 * 1024;

/** What goes to one peer in one delivery. */
export interface Envelope {
  /** At most one per document. */
  readonly payloads: readonly ArtifactSyncPayload[];
  /** What the sender holds, in answer to payloads; at most one per document. */
  readonly receipts: readonly Receipt[];
}

/**
 * Encodes an envelope; equal envelopes give equal bytes.
 *
 * @example An envelope survives the way
 * ```ts
 * import { decodeEnvelope, encodeEnvelope, parseArtifactId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const receipt = { artifactId: parseArtifactId("00".repeat(32)), heads: [] };
 * const envelope = { payloads: [], receipts: [receipt] };
 * assertEquals(decodeEnvelope(encodeEnvelope(envelope)), envelope);
 * ```
 */
export function encodeEnvelope({ payloads, receipts }: Envelope): Uint8Array {
  return encodeWire({
    v: ENVELOPE_VERSION,
    payloads: payloads.map(encodePayload),
    receipts: receipts.map(encodeReceipt),
  });
}

/**
 * Decodes an envelope that came from elsewhere.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const limits = { bytesMax: ENVELOPE_BYTES_MAX };
  const fields = fieldsOf("envelope", bytes, ENVELOPE_VERSION, ["payloads", "receipts"], limits);
  const payloads = parts(fields["payloads"], decodePayload);
  const receipts = parts(fields["receipts"], decodeReceipt);
  return { payloads, receipts };
}

function parts<Part extends { readonly artifactId: string }>(
  value: WireValue | undefined,
  decode: (bytes: Uint8Array) => Part,
): Part[] {
  if (!Array.isArray(value)) throw bad("envelope", "its parts are not a list");
  if (value.length > ENVELOPE_PARTS_MAX) {
    throw new SyncError(
      "too_large",
      `Cannot decode envelope: ${value.length} parts, at most ${ENVELOPE_PARTS_MAX}`,
    );
  }
  const decoded = value.map((part) => {
    if (!(part instanceof Uint8Array)) throw bad("envelope", "a part is not bytes");
    return decode(part);
  });
  if (new Set(decoded.map(({ artifactId }) => artifactId)).size !== decoded.length) {
    throw bad("envelope", "two parts are for one document");
  }
  return decoded;
}
