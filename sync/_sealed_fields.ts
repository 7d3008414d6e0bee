import { createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { joined, NONCE_BYTES } from "./_aead.ts";
import { bad, fieldsOf, hex32 } from "./_wire_fields.ts";
import { decodeWire, encodeWire } from "./codec.ts";
import type { WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";

/** The version of the format that this release writes and reads. */
export const SEALED_ENVELOPE_VERSION: number = 1;

/** How much is sealed and opened; beyond it is `too_large`. */
export interface SealingLimits {
  /** Bytes of one envelope. @default {33_554_432} */
  readonly bytesMax: number;
  /** Bodies in one envelope. @default {1024} */
  readonly bodiesMax: number;
}

/** The limits that hold where no others are given. */
export const SEALING_LIMITS_DEFAULT: SealingLimits = {
  bytesMax: 32 * 1024 * 1024,
  bodiesMax: 1024,
};

/** Bytes of a body's key. */
export const BODY_KEY_BYTES: number = 32;
/** Bytes of a body's commitment. */
export const COMMITMENT_BYTES: number = 16;
/** CBOR items besides the bodies that a version may have; ours has 15. */
const FIELD_ITEMS_MAX = 64;

/** What is authenticated with the manifest and stands outside of it. */
export interface Header {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly number: number;
  readonly nonce: Uint8Array;
}

/** The header's fields, in the order in which they stand. */
export function headerOf({ from, to, number, nonce }: Header): Readonly<Record<string, WireValue>> {
  const [f, t] = [Uint8Array.fromHex(from), Uint8Array.fromHex(to)];
  return { v: SEALED_ENVELOPE_VERSION, f, t, n: number, i: nonce };
}

/** What everybody can read of an envelope. */
export interface Outside extends Header {
  /** The header as it is authenticated. */
  readonly associated: Uint8Array;
  readonly manifest: Uint8Array;
  readonly ciphertexts: readonly Uint8Array[];
}

/**
 * Reads what everybody can read, and refuses a second spelling of it.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function readOutside(bytes: Uint8Array, { bytesMax, bodiesMax }: SealingLimits): Outside {
  const keys = ["f", "t", "n", "i", "m", "b"];
  const limits = { bytesMax, itemsMax: bodiesMax + FIELD_ITEMS_MAX };
  const fields = fieldsOf("envelope", bytes, SEALED_ENVELOPE_VERSION, keys, limits);
  const { n: number, i: nonce, m: manifest, b: ciphertexts } = fields;
  const from = parseMemberId(hex32("envelope", fields["f"]));
  const to = parseMemberId(hex32("envelope", fields["t"]));
  if (!isEnvelopeNumber(number)) throw bad("envelope", "its number is not from 0 to 2^53 - 1");
  if (!isBytes(nonce) || nonce.length !== NONCE_BYTES) throw bad("envelope", "its nonce is none");
  if (!isBytes(manifest)) throw bad("envelope", "its manifest is not bytes");
  if (!isListOfBytes(ciphertexts)) throw bad("envelope", "its bodies are not a list of bytes");
  checkCount(ciphertexts.length, bodiesMax);
  // A number can also be written as a float: one envelope would have several spellings.
  const associated = encodeWire(headerOf({ from, to, number, nonce }));
  if (!associated.every((byte, at) => at === 0 || byte === bytes[at])) {
    throw bad("envelope", "a number is not in its shortest form");
  }
  return { from, to, number, nonce, associated, manifest, ciphertexts };
}

/** What the recipient needs for one body. */
export interface BodyAccess {
  readonly key: KeyObject;
  readonly commitment: Uint8Array;
}

/** What is for the recipient alone. */
export interface Manifest {
  readonly note: Uint8Array;
  readonly access: readonly BodyAccess[];
}

/** Encodes a manifest, yet to be encrypted. */
export function encodeManifest({ note, access }: Manifest): Uint8Array {
  return encodeWire([
    note,
    ...access.map(({ key, commitment }) => joined(key.export(), commitment)),
  ]);
}

/**
 * Decodes a manifest whose sender is known by now, and may yet be hostile.
 *
 * @throws {SyncError} `bad_encoding` or `too_large`.
 */
export function decodeManifest(bytes: Uint8Array, bodiesMax: number): Manifest {
  const items = decodeWire(bytes, { itemsMax: bodiesMax + 2 });
  if (!isListOfBytes(items)) throw bad("manifest", "it is not a list of bytes");
  const [note, ...entries] = items;
  if (note === undefined) throw bad("manifest", "it has no note");
  if (entries.some(({ length }) => length !== BODY_KEY_BYTES + COMMITMENT_BYTES)) {
    throw bad("manifest", "a body's key and commitment are not 48 bytes");
  }
  const access = entries.map((entry) => ({
    key: createSecretKey(entry.subarray(0, BODY_KEY_BYTES)),
    commitment: entry.subarray(BODY_KEY_BYTES),
  }));
  return { note, access };
}

/** Refuses more bodies than the limit allows. */
export function checkCount(count: number, bodiesMax: number): void {
  if (count <= bodiesMax) return;
  throw new SyncError("too_large", `Cannot use envelope: ${count} bodies, at most ${bodiesMax}`);
}

/** Whether this can be an envelope's number. */
export function isEnvelopeNumber(value: WireValue | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isListOfBytes(value: WireValue | undefined): value is Uint8Array[] {
  return Array.isArray(value) && value.every(isBytes);
}

function isBytes(value: WireValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array;
}
