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
import { encodePayload, encodeReceipt } from "./payload.ts";
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
 * import {
 *   decodeEnvelope, decodeReceipt, encodeEnvelope, parseArtifactId,
 * } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const receipt = { artifactId: parseArtifactId("00".repeat(32)), heads: [], answers: [] };
 * const parts = decodeEnvelope(encodeEnvelope({ payloads: [], receipts: [receipt] }));
 * assertEquals(parts.receipts.map(decodeReceipt), [receipt]);
 * ```
 */
export function encodeEnvelope({ payloads, receipts }: Envelope): Uint8Array {
  return encodeWire({
    v: ENVELOPE_VERSION,
    payloads: payloads.map(encodePayload),
    receipts: receipts.map(encodeReceipt),
  });
}

/** An envelope whose parts are not decoded yet, so that one that is wrong does not spoil the others. */
export interface EnvelopeParts {
  /** For `decodePayload()`, each. */
  readonly payloads: readonly Uint8Array[];
  /** For `decodeReceipt()`, each. */
  readonly receipts: readonly Uint8Array[];
}

/**
 * Opens an envelope that came from elsewhere.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function decodeEnvelope(bytes: Uint8Array): EnvelopeParts {
  const limits = { bytesMax: ENVELOPE_BYTES_MAX };
  const fields = fieldsOf("envelope", bytes, ENVELOPE_VERSION, ["payloads", "receipts"], limits);
  return { payloads: parts(fields["payloads"]), receipts: parts(fields["receipts"]) };
}

function parts(value: WireValue | undefined): Uint8Array[] {
  if (!Array.isArray(value)) throw bad("envelope", "its parts are not a list");
  if (value.length > ENVELOPE_PARTS_MAX) {
    throw new SyncError(
      "too_large",
      `Cannot decode envelope: ${value.length} parts, at most ${ENVELOPE_PARTS_MAX}`,
    );
  }
  return value.map((part) => {
    if (!(part instanceof Uint8Array)) throw bad("envelope", "a part is not bytes");
    return part;
  });
}
