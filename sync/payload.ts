/**
 * What travels for one document to one peer, and the receipt that answers it, as bytes.
 *
 * ```text
 * payload  [1, id (32) + the sender's heads (32 each): bytes, changes bytes, brief voucher bytes...]
 * receipt  [1, id (32) + heads (32 each): bytes, answers (32 each): bytes]
 *          without answers where they are the heads
 * ```
 *
 * Heads are ascending. A brief voucher is as in a store, without what its recipient knows: its
 * member, where that is the sender, and its change, where it is one of the heads.
 *
 * @module
 */
import { joined } from "./_aead.ts";
import { decodeBriefVoucher, encodeBriefVoucher } from "./_brief_voucher.ts";
import { bad, headsFromBytes, headsToBytes, itemsOf } from "./_wire_fields.ts";
import { encodeWire } from "./codec.ts";
import type { WireValue } from "./codec.ts";
import { VOUCHERS_MAX } from "./authorship.ts";
import { SyncError } from "./errors.ts";
import { parseArtifactId, sameHeads } from "./ids.ts";
import type { DocumentId, Heads, MemberId } from "./ids.ts";
import type { Voucher } from "./voucher.ts";

export { HEADS_MAX } from "./_wire_fields.ts";

const ID_BYTES = 32;

/** The version of the format that this release writes and reads. */
export const PAYLOAD_VERSION: number = 1;
/** Bytes of changes in one payload. */
export const PAYLOAD_CHANGES_BYTES_MAX: number = 16 * 1024 * 1024;

/** The changes for one document to one peer, and the heads that the sender has with them. */
export interface ArtifactSyncPayload {
  /** Which artifact this is for. */
  readonly artifactId: DocumentId;
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
  readonly artifactId: DocumentId;
  /** The heads that the peer holds; `[]` if it has nothing, or refused the payload. */
  readonly heads: Heads;
  /** The sender's heads of the payload that this answers; `[]` if it answers none. */
  readonly answers: Heads;
}

/**
 * Encodes a payload; equal payloads give equal bytes.
 *
 * @param sender Who sends it: its vouchers need not say so.
 *
 * @example A payload survives the way
 * ```ts
 * import { decodePayload, encodePayload, parseArtifactId, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ada = parseMemberId("a1".repeat(32));
 * const payload = {
 *   artifactId: parseArtifactId("00".repeat(32)), senderHeads: [], changes: new Uint8Array(0),
 *   vouchers: [],
 * };
 * assertEquals(decodePayload(encodePayload(payload, ada), ada), payload);
 * ```
 */
export function encodePayload(payload: ArtifactSyncPayload, sender: MemberId): Uint8Array {
  const { artifactId, senderHeads, changes, vouchers } = payload;
  const context = { sender, heads: senderHeads };
  return encodeWire([
    PAYLOAD_VERSION,
    aboutToBytes(artifactId, senderHeads),
    changes,
    ...vouchers.map((voucher) => encodeBriefVoucher(voucher, context)),
  ]);
}

/**
 * Decodes a payload that came from elsewhere. The changes inside are not looked at.
 *
 * @param sender Who sent it, as the envelope that it came in proves.
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function decodePayload(bytes: Uint8Array, sender: MemberId): ArtifactSyncPayload {
  const [about, changes, ...vouchers] = itemsOf("payload", bytes, PAYLOAD_VERSION);
  if (!(changes instanceof Uint8Array)) throw bad("payload", "changes are not bytes");
  if (changes.length > PAYLOAD_CHANGES_BYTES_MAX) {
    throw new SyncError(
      "too_large",
      `Cannot decode payload: ${changes.length} bytes, at most ${PAYLOAD_CHANGES_BYTES_MAX}`,
    );
  }
  if (vouchers.length > VOUCHERS_MAX) {
    throw new SyncError(
      "too_large",
      `Cannot decode payload: ${vouchers.length} vouchers, at most ${VOUCHERS_MAX}`,
    );
  }
  const { artifactId, heads } = aboutFromBytes("payload", about);
  return {
    artifactId,
    senderHeads: heads,
    changes,
    vouchers: vouchers.map((voucher) => decodeBriefVoucher(voucher, { sender, heads })),
  };
}

/** Encodes a receipt; equal receipts give equal bytes. */
export function encodeReceipt({ artifactId, heads, answers }: Receipt): Uint8Array {
  const about = aboutToBytes(artifactId, heads);
  if (sameHeads(heads, answers)) return encodeWire([PAYLOAD_VERSION, about]);
  return encodeWire([PAYLOAD_VERSION, about, headsToBytes(answers)]);
}

/**
 * Decodes a receipt that came from elsewhere.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const items = itemsOf("receipt", bytes, PAYLOAD_VERSION);
  if (items.length > 2) throw bad("receipt", "it has more than heads and answers");
  const [about, separate] = items;
  const { artifactId, heads } = aboutFromBytes("receipt", about);
  if (separate === undefined) return { artifactId, heads, answers: heads };
  const answers = headsFromBytes("receipt", separate);
  if (sameHeads(heads, answers)) throw bad("receipt", "it spells out answers that are its heads");
  return { artifactId, heads, answers };
}

function aboutToBytes(artifactId: DocumentId, heads: Heads): Uint8Array {
  return joined(Uint8Array.fromHex(artifactId), headsToBytes(heads));
}

function aboutFromBytes(
  what: string,
  value: WireValue | undefined,
): { readonly artifactId: DocumentId; readonly heads: Heads } {
  if (!(value instanceof Uint8Array) || value.length < ID_BYTES) {
    throw bad(what, "it does not begin with an id");
  }
  return {
    artifactId: parseArtifactId(value.subarray(0, ID_BYTES).toHex()),
    heads: headsFromBytes(what, value.subarray(ID_BYTES)),
  };
}
