/**
 * Strict CBOR: bytes are checked before they are decoded.
 *
 * The wire holds a small part of CBOR (RFC 8949): definite lengths, no tags, maps with short ASCII
 * keys in the order in which they were written. `@std/cbor` does the coding; what it would do with
 * hostile bytes (a 100-byte nest of array headers ends the process) never reaches it.
 *
 * @module
 */
import { decodeCbor, encodeCbor } from "@std/cbor";
import type { CborType } from "@std/cbor";
import { checkCbor } from "./_cbor_check.ts";
import type { CborLimits } from "./_cbor_check.ts";
import { SyncError } from "./errors.ts";

export type { CborLimits };
export { CBOR_LIMITS_DEFAULT } from "./_cbor_check.ts";

/** What the wire can hold. */
export type WireValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly WireValue[]
  | { readonly [key: string]: WireValue };

/**
 * Encodes a value; the keys of a map keep their order, so equal values give equal bytes.
 *
 * @example Keys keep their order
 * ```ts
 * import { encodeWire } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(encodeWire({ b: 1, a: 2 }), new Uint8Array([0xa2, 0x61, 0x62, 1, 0x61, 0x61, 2]));
 * ```
 */
export function encodeWire(value: WireValue): Uint8Array {
  return encodeCbor(value as CborType);
}

/**
 * Decodes bytes that came from elsewhere. Every byte string in the result is a copy.
 *
 * @throws {SyncError} `bad_encoding` if the bytes are not one well-formed item of this subset,
 * `too_large` if a limit is exceeded.
 *
 * @example What was encoded comes back
 * ```ts
 * import { decodeWire, encodeWire } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeWire(encodeWire({ v: 1, ids: ["a"] })), { v: 1, ids: ["a"] });
 * ```
 */
export function decodeWire(bytes: Uint8Array, limits?: Partial<CborLimits>): WireValue {
  checkCbor(bytes, limits);
  try {
    return normalise(decodeCbor(bytes));
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw new SyncError("bad_encoding", "Cannot decode CBOR", { cause: error });
  }
}

/** Big integers become numbers, byte strings copies, maps objects without a prototype's reach. */
function normalise(value: unknown): WireValue {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean" || value === null) return value;
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, normalise(member)]),
    );
  }
  throw new SyncError("bad_encoding", `Cannot decode CBOR: unexpected ${typeof value}`);
}
