import { createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { joined, NONCE_BYTES } from "./_aead.ts";
import { bad, itemsOf } from "./_wire_fields.ts";
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

/** Bytes of the recipient's id that are in an envelope; who carries it knows all of them. */
export const RECIPIENT_HINT_BYTES: number = 4;
/** Bytes of a body's key. */
export const BODY_KEY_BYTES: number = 32;
/** Bytes of a body's commitment. */
export const COMMITMENT_BYTES: number = 16;
/** CBOR items besides the bodies that a version may have; ours has 4. */
const FIELD_ITEMS_MAX = 64;

const ID_BYTES = 32;
/** What is in front of the number: sender, hint, nonce. */
const FIXED_BYTES = ID_BYTES + RECIPIENT_HINT_BYTES + NONCE_BYTES;
/** The largest number, 2^53 - 1, has so many. */
const NUMBER_BYTES_MAX = 7;

/** What stands outside of the manifest and is authenticated with it. */
export interface Header {
  readonly from: MemberId;
  /** The beginning of the recipient's id. */
  readonly hint: string;
  readonly nonce: Uint8Array;
  readonly number: number;
}

/** The beginning of a member's id by which it knows its envelopes from those of others. */
export function hintOf(member: MemberId): string {
  return member.slice(0, 2 * RECIPIENT_HINT_BYTES);
}

/** Encodes a header; the number is big-endian, without zeros in front. */
export function encodeHeader({ from, hint, nonce, number }: Header): Uint8Array {
  const digits = number === 0 ? "" : number.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Uint8Array.fromHex(from + hint + nonce.toHex() + even);
}

function decodeHeader(bytes: Uint8Array): Header {
  const numberBytes = bytes.length - FIXED_BYTES;
  if (numberBytes < 0 || numberBytes > NUMBER_BYTES_MAX) {
    throw bad("envelope", `its header cannot be ${bytes.length} bytes`);
  }
  const digits = bytes.subarray(FIXED_BYTES);
  const number = digits.reduce((high, byte) => 256 * high + byte, 0);
  if (digits[0] === 0) throw bad("envelope", "its number has a zero in front");
  if (!isEnvelopeNumber(number)) throw bad("envelope", "its number is beyond 2^53 - 1");
  return {
    from: parseMemberId(bytes.subarray(0, ID_BYTES).toHex()),
    hint: bytes.subarray(ID_BYTES, ID_BYTES + RECIPIENT_HINT_BYTES).toHex(),
    nonce: bytes.subarray(ID_BYTES + RECIPIENT_HINT_BYTES, FIXED_BYTES),
    number,
  };
}

/** What is authenticated with a manifest: the version, the header, and all of the recipient's id. */
export function associatedWith(header: Uint8Array, recipient: MemberId): Uint8Array {
  return encodeWire([SEALED_ENVELOPE_VERSION, header, Uint8Array.fromHex(recipient)]);
}

/** What everybody can read of an envelope. */
export interface Outside extends Header {
  /** The header as it stands there. */
  readonly header: Uint8Array;
  readonly manifest: Uint8Array;
  /** The bodies that others may have as well. */
  readonly ciphertexts: readonly Uint8Array[];
}

/** Writes what everybody can read; equal contents give equal bytes. */
export function encodeOutside(
  { header, manifest, ciphertexts }: Pick<Outside, "header" | "manifest" | "ciphertexts">,
): Uint8Array {
  return encodeWire([SEALED_ENVELOPE_VERSION, header, manifest, ...ciphertexts]);
}

/**
 * Reads what everybody can read, and refuses a second spelling of it.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function readOutside(bytes: Uint8Array, { bytesMax, bodiesMax }: SealingLimits): Outside {
  const limits = { bytesMax, itemsMax: bodiesMax + FIELD_ITEMS_MAX };
  const items = itemsOf("envelope", bytes, SEALED_ENVELOPE_VERSION, limits);
  if (!isListOfBytes(items)) throw bad("envelope", "not all of its parts are bytes");
  const [header, manifest, ...ciphertexts] = items;
  if (header === undefined || manifest === undefined) throw bad("envelope", "it has no manifest");
  checkCount(ciphertexts.length, bodiesMax);
  return { ...decodeHeader(header), header, manifest, ciphertexts };
}

/** What the recipient needs for one body that others may have as well. */
export interface BodyAccess {
  readonly key: KeyObject;
  readonly commitment: Uint8Array;
}

/** What is for the recipient alone. */
export interface Manifest {
  readonly note: Uint8Array;
  /** For each body, in order: the body itself, or what opens it. */
  readonly bodies: readonly (BodyAccess | Uint8Array)[];
}

/** Encodes a manifest, yet to be encrypted. */
export function encodeManifest({ note, bodies }: Manifest): Uint8Array {
  return encodeWire([
    note,
    ...bodies.map((body) =>
      body instanceof Uint8Array ? body : [joined(body.key.export(), body.commitment)]
    ),
  ]);
}

/**
 * Decodes a manifest whose sender is known by now, and may yet be hostile.
 *
 * @throws {SyncError} `bad_encoding` or `too_large`.
 */
export function decodeManifest(bytes: Uint8Array, bodiesMax: number): Manifest {
  const items = decodeWire(bytes, { itemsMax: 2 * bodiesMax + FIELD_ITEMS_MAX });
  if (!Array.isArray(items)) throw bad("manifest", "it is not a list");
  const [note, ...entries] = items;
  if (!isBytes(note)) throw bad("manifest", "it has no note");
  checkCount(entries.length, bodiesMax);
  return { note, bodies: entries.map((entry) => isBytes(entry) ? entry : accessFrom(entry)) };
}

function accessFrom(entry: WireValue): BodyAccess {
  const [access, ...more] = Array.isArray(entry) ? entry : [];
  if (!isBytes(access) || access.length !== BODY_KEY_BYTES + COMMITMENT_BYTES || more.length > 0) {
    throw bad("manifest", "a body is neither bytes nor a key and commitment of 48 bytes");
  }
  return {
    key: createSecretKey(access.subarray(0, BODY_KEY_BYTES)),
    commitment: access.subarray(BODY_KEY_BYTES),
  };
}

/** Refuses more bodies than the limit allows. */
export function checkCount(count: number, bodiesMax: number): void {
  if (count <= bodiesMax) return;
  throw new SyncError("too_large", `Cannot use envelope: ${count} bodies, at most ${bodiesMax}`);
}

/** Whether this can be an envelope's number. */
export function isEnvelopeNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isListOfBytes(items: readonly WireValue[]): items is readonly Uint8Array[] {
  return items.every(isBytes);
}

function isBytes(value: WireValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array;
}
