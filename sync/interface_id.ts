/**
 * The ids of what a realm's members share.
 *
 * @module
 */
import { blake3 } from "./blake3.ts";
import type { Brand, DocumentBrand } from "./ids.ts";

/** 64 lowercase hex digits: the name of what a realm's members share, or of a segment of it. */
export type InterfaceId = string & Brand<"InterfaceId"> & DocumentBrand;

/**
 * Sequences in one segment of a log.
 *
 * A document of this many short events takes a third of a second to open, twice as many twice as
 * long; 16 pages.
 */
export const SEGMENT_SEQUENCES: number = 4096;

/** Bytes of events after which a log goes on in the next segment, so that a payload can carry it. */
export const SEGMENT_BODY_BYTES_MAX: number = 10 * 1024 * 1024;

/** The last segment: its last sequence still fits in 32 bits. */
export const SEGMENT_MAX: number = 2 ** 32 / SEGMENT_SEQUENCES - 1;

/**
 * Checks and brands the id of an interface; upper case is accepted and lowered.
 *
 * @throws {TypeError} if `text` is not 64 hex digits.
 *
 * @example Ids are lowered
 * ```ts
 * import { parseInterfaceId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseInterfaceId("AB".repeat(32)) as string, "ab".repeat(32));
 * ```
 */
export function parseInterfaceId(text: string): InterfaceId {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as InterfaceId;
  const found = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  throw new TypeError(`Cannot parse interface id "${found}": expected 64 hex digits`);
}

/**
 * The id of one segment's document: the interface's own for segment 0, else
 * `BLAKE3("interface-segment-v1:" || id || segment as 4 bytes, high byte first)`.
 *
 * @throws {RangeError} if `segment` is not from 0 to {@linkcode SEGMENT_MAX}.
 *
 * @example Every segment is a document of its own
 * ```ts
 * import { interfaceSegmentId, parseInterfaceId } from "@indras/toolkit/sync";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const realm = parseInterfaceId("11".repeat(32));
 * assertEquals(interfaceSegmentId(realm, 0), realm);
 * assertNotEquals(interfaceSegmentId(realm, 1), realm);
 * ```
 */
export function interfaceSegmentId(interfaceId: InterfaceId, segment: number): InterfaceId {
  if (!Number.isInteger(segment) || segment < 0 || segment > SEGMENT_MAX) {
    throw new RangeError(`Cannot name a segment: ${segment} is not from 0 to ${SEGMENT_MAX}`);
  }
  if (segment === 0) return interfaceId;
  const prefix = new TextEncoder().encode("interface-segment-v1:");
  const input = new Uint8Array(prefix.length + 36);
  input.set(prefix);
  input.set(Uint8Array.fromHex(interfaceId), prefix.length);
  new DataView(input.buffer).setUint32(prefix.length + 32, segment);
  return blake3(input).toHex() as InterfaceId;
}

/**
 * The segment that holds a sequence, counted from 1.
 *
 * @example A segment is full before the next one begins
 * ```ts
 * import { SEGMENT_SEQUENCES, segmentOf } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(segmentOf(SEGMENT_SEQUENCES), 0);
 * assertEquals(segmentOf(SEGMENT_SEQUENCES + 1), 1);
 * ```
 */
export function segmentOf(sequence: number): number {
  return Math.floor((sequence - 1) / SEGMENT_SEQUENCES);
}
