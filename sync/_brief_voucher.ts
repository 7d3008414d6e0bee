import { joined } from "./_aead.ts";
import { bad } from "./_wire_fields.ts";
import type { WireValue } from "./codec.ts";
import { parseChangeHash, parseMemberId } from "./ids.ts";
import type { Heads, MemberId } from "./ids.ts";
import { SIGNATURE_BYTES } from "./keys.ts";
import type { Voucher } from "./voucher.ts";

/** Heads whose place fits one byte; changes beyond are spelled out. */
const PLACES_MAX = 256;
const ID_BYTES = 32;
const PLACE_BYTES = 1;

/** What the recipient of a voucher knows without it. */
export interface VoucherContext {
  /** Who sends it. */
  readonly sender: MemberId;
  /** The heads that are sent with it. */
  readonly heads: Heads;
}

/**
 * Encodes a voucher without what its recipient knows: the member, if that is the sender, and the
 * change, if it is one of the heads, whose place stands for it then. So the length tells what is
 * there, and equal vouchers give equal bytes.
 *
 * ```text
 * brief voucher  member (32, or 0 for the sender)
 *                + change (32, or 1: its place among the heads) + signature (64)
 * ```
 */
export function encodeBriefVoucher(
  { member, change, signature }: Voucher,
  { sender, heads }: VoucherContext,
): Uint8Array {
  const place = heads.indexOf(change);
  const isNear = place >= 0 && place < PLACES_MAX;
  const names = joined(
    member === sender ? new Uint8Array(0) : Uint8Array.fromHex(member),
    isNear ? new Uint8Array([place]) : Uint8Array.fromHex(change),
  );
  const bytes = new Uint8Array(names.length + SIGNATURE_BYTES);
  bytes.set(names);
  bytes.set(signature, names.length);
  return bytes;
}

/**
 * Decodes what {@linkcode encodeBriefVoucher} wrote; its signature is not looked at.
 *
 * @throws {SyncError} `bad_encoding` if it is not that, or spells out what could be left out.
 */
export function decodeBriefVoucher(
  value: WireValue | undefined,
  { sender, heads }: VoucherContext,
): Voucher {
  if (!(value instanceof Uint8Array)) throw bad("voucher", "it is not bytes");
  const names = value.subarray(0, Math.max(0, value.length - SIGNATURE_BYTES));
  const hasMember = names.length >= ID_BYTES + PLACE_BYTES;
  const named = hasMember ? names.subarray(ID_BYTES) : names;
  if (named.length !== PLACE_BYTES && named.length !== ID_BYTES) {
    throw bad("voucher", `it cannot be ${value.length} bytes`);
  }
  const member = hasMember ? parseMemberId(names.subarray(0, ID_BYTES).toHex()) : sender;
  if (hasMember && member === sender) throw bad("voucher", "it names its sender");
  const change = named.length === PLACE_BYTES ? heads[named[0]!] : parseChangeHash(named.toHex());
  if (change === undefined) throw bad("voucher", `there is no head ${named[0]}`);
  if (named.length === ID_BYTES && heads.slice(0, PLACES_MAX).includes(change)) {
    throw bad("voucher", "it spells out a head");
  }
  return { member, change, signature: value.slice(-SIGNATURE_BYTES) };
}
