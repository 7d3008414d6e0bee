import { decodeWire } from "./codec.ts";
import type { CborLimits, WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseHeads } from "./ids.ts";
import type { Heads } from "./ids.ts";

/** Heads that a payload or receipt may name: as many peers may have written at once. */
export const HEADS_MAX: number = 1000;

/** Heads as they are stored and sent: 32 bytes each, ascending. */
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
  if (value.length > HEADS_MAX) {
    throw new SyncError(
      "too_large",
      `Cannot decode ${what}: ${value.length} heads, at most ${HEADS_MAX}`,
    );
  }
  const heads = value.map((head) => hex32(what, head));
  if (heads.some((head, index) => index > 0 && heads[index - 1]! >= head)) {
    throw bad(what, "heads are not ascending");
  }
  return parseHeads(heads);
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
  if (typeof found !== "number") throw bad(what, "it has no version");
  if (found !== version) {
    throw new SyncError(
      "unknown_version",
      `Cannot decode ${what}: version ${found}, this release reads ${version}`,
    );
  }
  const names = Object.keys(fields).join(", ");
  const expected = ["v", ...keys].join(", ");
  if (names !== expected) throw bad(what, `expected the fields ${expected}`);
  return fields;
}

/** What to throw for bytes that are not what they should be. */
export function bad(what: string, why: string): SyncError {
  return new SyncError("bad_encoding", `Cannot decode ${what}: ${why}`);
}

function isMap(value: WireValue): value is Readonly<Record<string, WireValue>> {
  return value !== null && typeof value === "object" && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
}
