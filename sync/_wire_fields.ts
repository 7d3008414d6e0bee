import { decodeWire } from "./codec.ts";
import type { CborLimits, WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";
import type { ChangeHash, Heads } from "./ids.ts";

const HASH_BYTES = 32;

/** Heads that a payload or receipt may name: as many peers may have written at once. */
export const HEADS_MAX: number = 1000;

/** Heads as they are stored: a list of 32 bytes each, ascending. */
export function headsToWire(heads: Heads): Uint8Array[] {
  return heads.map((head) => Uint8Array.fromHex(head));
}

/**
 * Reads what {@linkcode headsToWire} wrote.
 *
 * @throws {SyncError} `bad_encoding` if it is not that, `too_large` beyond {@linkcode HEADS_MAX}.
 */
export function headsFromWire(what: string, value: WireValue | undefined): Heads {
  if (!Array.isArray(value)) throw bad(what, "heads are not a list");
  checkCount(what, value.length);
  return ascending(what, value.map((head) => hex32(what, head)));
}

/** Heads as they are sent: 32 bytes each, ascending, in a row. */
export function headsToBytes(heads: Heads): Uint8Array {
  return Uint8Array.fromHex(heads.join(""));
}

/**
 * Reads what {@linkcode headsToBytes} wrote.
 *
 * @throws {SyncError} `bad_encoding` if it is not that, `too_large` beyond {@linkcode HEADS_MAX}.
 */
export function headsFromBytes(what: string, value: WireValue | undefined): Heads {
  if (!(value instanceof Uint8Array)) throw bad(what, "heads are not bytes");
  const count = value.length / HASH_BYTES;
  if (!Number.isInteger(count)) throw bad(what, "a head is not 32 bytes");
  checkCount(what, count);
  const heads = Array.from(
    { length: count },
    (_, n) => value.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES).toHex(),
  );
  return ascending(what, heads);
}

function checkCount(what: string, count: number): void {
  if (count <= HEADS_MAX) return;
  throw new SyncError("too_large", `Cannot decode ${what}: ${count} heads, at most ${HEADS_MAX}`);
}

function ascending(what: string, heads: readonly string[]): Heads {
  if (heads.some((head, index) => index > 0 && heads[index - 1]! >= head)) {
    throw bad(what, "heads are not ascending");
  }
  return heads as ChangeHash[];
}

/** Reads 32 bytes as 64 hex digits. */
export function hex32(what: string, value: WireValue | undefined): string {
  if (value instanceof Uint8Array && value.length === 32) return value.toHex();
  throw bad(what, "an id or hash is not 32 bytes");
}

/**
 * Decodes a map of exactly `v` and these keys in this order.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function fieldsOf(
  what: string,
  bytes: Uint8Array,
  version: number,
  keys: readonly string[],
  limits?: Partial<CborLimits>,
): Readonly<Record<string, WireValue>> {
  const fields = decodeWire(bytes, limits);
  if (!isMap(fields)) throw bad(what, "it is not a map");
  const found = fields["v"];
  checkVersion(what, found, version);
  const names = Object.keys(fields).join(", ");
  const expected = ["v", ...keys].join(", ");
  if (names !== expected) throw bad(what, `expected the fields ${expected}`);
  return fields;
}

/**
 * Decodes a list that begins with this version, and gives what stands behind it. A version is from
 * 0 to 23, hence one byte.
 *
 * @throws {SyncError} `bad_encoding`, `unknown_version` or `too_large`.
 */
export function itemsOf(
  what: string,
  bytes: Uint8Array,
  version: number,
  limits?: Partial<CborLimits>,
): readonly WireValue[] {
  const items = decodeWire(bytes, limits);
  if (!Array.isArray(items)) throw bad(what, "it is not a list");
  checkVersion(what, items[0], version);
  // A float says the same in nine bytes: one content would have two spellings.
  if (bytes[listHeadBytes(items.length)] !== version) {
    throw bad(what, "its version is not in the shortest form");
  }
  return items.slice(1);
}

/** Bytes in which CBOR says that so many items follow (RFC 8949, section 3). */
function listHeadBytes(count: number): number {
  if (count < 24) return 1;
  if (count < 2 ** 8) return 2;
  return count < 2 ** 16 ? 3 : 5;
}

function checkVersion(what: string, found: WireValue | undefined, version: number): void {
  if (typeof found !== "number") throw bad(what, "it has no version");
  if (found === version) return;
  throw new SyncError(
    "unknown_version",
    `Cannot decode ${what}: version ${found}, this release reads ${version}`,
  );
}

/** What to throw for bytes that are not what they should be. */
export function bad(what: string, why: string): SyncError {
  return new SyncError("bad_encoding", `Cannot decode ${what}: ${why}`);
}

function isMap(value: WireValue): value is Readonly<Record<string, WireValue>> {
  return value !== null && typeof value === "object" && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
}
