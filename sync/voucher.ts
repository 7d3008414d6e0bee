/**
 * Vouchers: a change is believed because its author signed for it.
 *
 * The changes of a document form a hash chain, so one signature over the hash of a member's latest
 * change vouches for everything that this member wrote before it. A voucher says nothing about
 * whether the change was allowed, nor about changes by others that it builds upon.
 *
 * ```text
 * voucher    member (32) + change (32) + signature (64): bytes(128), as a store keeps it
 * signature  Ed25519 over 0xff + "indras voucher 1\0" + document id (32) + change (32)
 * ```
 *
 * @module
 */
import { bad } from "./_wire_fields.ts";
import type { WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseChangeHash, parseMemberId } from "./ids.ts";
import type { ChangeHash, DocumentId, MemberId } from "./ids.ts";
import { sign, SIGNATURE_BYTES, verify } from "./keys.ts";
import type { MemberKeys } from "./keys.ts";

/** A member's word that a change, and all that it wrote before in that document, is its own. */
export interface Voucher {
  /** Who wrote the changes. */
  readonly member: MemberId;
  /** The latest of them. */
  readonly change: ChangeHash;
  /** 64 bytes: Ed25519 over the document's id and the change's hash. */
  readonly signature: Uint8Array;
}

/** Bytes of an encoded voucher. */
export const VOUCHER_BYTES: number = 64 + SIGNATURE_BYTES;
/** Good vouchers that need no second verification; beyond, the oldest is verified again. */
export const VOUCHERS_CACHED_MAX: number = 4096;

/** No text begins with 255 in UTF-8, so nobody who signs a given text signs a voucher. */
const PURPOSE = new Uint8Array([255, ...new TextEncoder().encode("indras voucher 1\0")]);

/** What was found good, all of it in hex; what was not good is never kept. */
const verified = new Set<string>();

/**
 * Vouches for a change and all that the member wrote before it in that document.
 *
 * @throws {SyncError} `bad_key` if the secret key is not the member's.
 *
 * @example A voucher is for one document
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import {
 *   makeVoucher, newArtifactId, parseChangeHash, systemSources, verifyVoucher,
 * } from "@indras/toolkit/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const [sources, documentId] = [systemSources(), newArtifactId(systemSources())];
 * const voucher = makeVoucher(createIdentity(sources), documentId, parseChangeHash("07".repeat(32)));
 * assert(verifyVoucher(documentId, voucher));
 * assertFalse(verifyVoucher(newArtifactId(sources), voucher));
 * ```
 */
export function makeVoucher(
  keys: MemberKeys,
  documentId: DocumentId,
  change: ChangeHash,
): Voucher {
  const signature = sign(keys, messageOf(documentId, change));
  return { member: keys.memberId, change, signature };
}

/**
 * Whether the member signed for that change in that document; `false`, too, if the member's id is
 * no key. A good voucher costs a verification once and is remembered.
 *
 * @example Another change needs another voucher
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import {
 *   makeVoucher, newArtifactId, parseChangeHash, systemSources, verifyVoucher,
 * } from "@indras/toolkit/sync";
 * import { assertFalse } from "@std/assert";
 *
 * const [sources, documentId] = [systemSources(), newArtifactId(systemSources())];
 * const voucher = makeVoucher(createIdentity(sources), documentId, parseChangeHash("07".repeat(32)));
 * const change = parseChangeHash("08".repeat(32));
 * assertFalse(verifyVoucher(documentId, { ...voucher, change }));
 * ```
 */
export function verifyVoucher(documentId: DocumentId, voucher: Voucher): boolean {
  const { member, change, signature } = voucher;
  if (signature.length !== SIGNATURE_BYTES) return false;
  // The signature is part of it: a bad one must not pass for the good one seen before.
  const entry = `${documentId}${member}${change}${signature.toHex()}`;
  if (verified.has(entry)) return true;
  if (!signedBy(member, messageOf(documentId, change), signature)) return false;
  verified.add(entry);
  if (verified.size > VOUCHERS_CACHED_MAX) verified.delete(verified.values().next().value!);
  return true;
}

/**
 * Encodes a voucher as a store keeps it; equal vouchers give equal bytes.
 *
 * @example A voucher is kept as it was made
 * ```ts
 * import { createIdentity } from "@indras/toolkit/network";
 * import {
 *   decodeVoucher, encodeVoucher, makeVoucher, newArtifactId, parseChangeHash, systemSources,
 * } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const sources = systemSources();
 * const change = parseChangeHash("07".repeat(32));
 * const voucher = makeVoucher(createIdentity(sources), newArtifactId(sources), change);
 * assertEquals(decodeVoucher(encodeVoucher(voucher)), voucher);
 * ```
 */
export function encodeVoucher({ member, change, signature }: Voucher): Uint8Array {
  const bytes = new Uint8Array(VOUCHER_BYTES);
  bytes.set(Uint8Array.fromHex(member));
  bytes.set(Uint8Array.fromHex(change), 32);
  bytes.set(signature, 64);
  return bytes;
}

/**
 * Decodes a voucher that was kept or came from elsewhere; its signature is not looked at.
 *
 * @throws {SyncError} `bad_encoding` if it is not {@linkcode VOUCHER_BYTES} bytes.
 */
export function decodeVoucher(value: WireValue | undefined): Voucher {
  if (!(value instanceof Uint8Array) || value.length !== VOUCHER_BYTES) {
    throw bad("voucher", `it is not ${VOUCHER_BYTES} bytes`);
  }
  return {
    member: parseMemberId(value.subarray(0, 32).toHex()),
    change: parseChangeHash(value.subarray(32, 64).toHex()),
    signature: value.slice(64),
  };
}

function messageOf(documentId: DocumentId, change: ChangeHash): Uint8Array {
  const bytes = new Uint8Array(PURPOSE.length + 64);
  bytes.set(PURPOSE);
  bytes.set(Uint8Array.fromHex(documentId), PURPOSE.length);
  bytes.set(Uint8Array.fromHex(change), PURPOSE.length + 32);
  return bytes;
}

function signedBy(member: MemberId, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(member, message, signature);
  } catch (error) {
    if (error instanceof SyncError && error.code === "bad_key") return false;
    throw error;
  }
}
