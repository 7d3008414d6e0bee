/**
 * What travels for one document to one peer, and the receipt that answers it, as bytes.
 *
 * ```text
 * payload  {"v": 1, "id": bytes(32), "heads": [bytes(32)...], "changes": bytes,
 *           "vouchers": [bytes(128)...]}
 * receipt  {"v": 1, "id": bytes(32), "heads": [bytes(32)...], "answers": [bytes(32)...]}
 * ```
 *
 * @module
 */
import { bad, fieldsOf, headsFromWire, headsToWire, hex32 } from "./_wire_fields.ts";
import { encodeWire } from "./codec.ts";
import type { WireValue } from "./codec.ts";
import { VOUCHERS_MAX } from "./authorship.ts";
import { SyncError } from "./errors.ts";
import { parseArtifactId } from "./ids.ts";
import type { ArtifactId, Heads } from "./ids.ts";
import { decodeVoucher, encodeVoucher } from "./voucher.ts";
import type { Voucher } from "./voucher.ts";

export { HEADS_MAX } from "./_wire_fields.ts";

/** The version of the format that this release writes and reads. */
export const PAYLOAD_VERSION: number = 1;
/** Bytes of changes in one payload. */
export const PAYLOAD_CHANGES_BYTES_MAX: number = 16 * 1024 * 1024;
/** The changes for one document to one peer, and the heads that the sender has with them. */
export interface ArtifactSyncPayload {
  /** Which artifact this is for. */
  readonly artifactId: ArtifactId;
  /** The sender's heads; the recipient has them too once it has applied the changes. */
  readonly senderHeads: Heads;
  /** Changes in Automerge's encoding; empty if the recipient lacks nothing. */
  readonly changes: Uint8Array;
  /** One for each author of changes in it, at least; none where peers believe each other. */
  readonly vouchers: readonly Voucher[];
}

/** A peer's word that it holds these heads. */
export interface Receipt {
  /** Which artifact this is about. */
  readonly artifactId: ArtifactId;
  /** The heads that the peer holds; `[]` if it has nothing, or refused the payload. */
  readonly heads: Heads;
  /** The sender's heads of the payload that this answers; `[]` if it answers none. */
  readonly answers: Heads;
}

/**
 * Encodes a payload; equal payloads give equal bytes.
 *
 * @example A payload survives the way
 * ```ts
 * import { decodePayload, encodePayload, parseArtifactId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = {
 *   artifactId: parseArtifactId("00".repeat(32)), senderHeads: [], changes: new Uint8Array(0),
 *   vouchers: [],
 * };
 * assertEquals(decodePayload(encodePayload(payload)), payload);
 * ```
 */
export function encodePayload(payload: ArtifactSyncPayload): Uint8Array {
  const { artifactId, senderHeads, changes, vouchers } = payload;
  const encoded = vouchers.map(encodeVoucher);
  return encodeWire({ ...about(artifactId, senderHeads), changes, vouchers: encoded });
}

/**
 * Decodes a payload that came from elsewhere. The changes inside are not looked at.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function decodePayload(bytes: Uint8Array): ArtifactSyncPayload {
  const names = ["id", "heads", "changes", "vouchers"];
  const { changes, vouchers, ...rest } = fieldsOf("payload", bytes, PAYLOAD_VERSION, names);
  if (!(changes instanceof Uint8Array)) throw bad("payload", "changes are not bytes");
  if (changes.length > PAYLOAD_CHANGES_BYTES_MAX) {
    throw new SyncError(
      "too_large",
      `Cannot decode payload: ${changes.length} bytes, at most ${PAYLOAD_CHANGES_BYTES_MAX}`,
    );
  }
  if (!Array.isArray(vouchers)) throw bad("payload", "vouchers are not a list");
  if (vouchers.length > VOUCHERS_MAX) {
    throw new SyncError(
      "too_large",
      `Cannot decode payload: ${vouchers.length} vouchers, at most ${VOUCHERS_MAX}`,
    );
  }
  const { artifactId, heads } = readAbout("payload", rest);
  return { artifactId, senderHeads: heads, changes, vouchers: vouchers.map(decodeVoucher) };
}

/** Encodes a receipt; equal receipts give equal bytes. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const answers = headsToWire(receipt.answers);
  return encodeWire({ ...about(receipt.artifactId, receipt.heads), answers });
}

/**
 * Decodes a receipt that came from elsewhere.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const { answers, ...rest } = fieldsOf("receipt", bytes, PAYLOAD_VERSION, [
    "id",
    "heads",
    "answers",
  ]);
  return { ...readAbout("receipt", rest), answers: headsFromWire("receipt", answers) };
}

function about(artifactId: ArtifactId, heads: Heads): Readonly<Record<string, WireValue>> {
  return { v: PAYLOAD_VERSION, id: Uint8Array.fromHex(artifactId), heads: headsToWire(heads) };
}

function readAbout(
  what: string,
  fields: Readonly<Record<string, WireValue>>,
): { readonly artifactId: ArtifactId; readonly heads: Heads } {
  return {
    artifactId: parseArtifactId(hex32(what, fields["id"])),
    heads: headsFromWire(what, fields["heads"]),
  };
}
