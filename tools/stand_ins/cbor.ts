/**
 * Stands in for `jsr:@std/cbor` where JSR cannot be reached: the same bytes, from `npm:cborg`.
 *
 * @module
 */
import { decode, encode } from "npm:cborg@^6.1.0";

/** What `encodeCbor()` takes and `decodeCbor()` gives; tags and streams are left out. */
export type CborType =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | CborType[]
  | { [key: string]: CborType };

/** Encodes one value, object keys in their own order and floats as 64 bits. */
export function encodeCbor(value: CborType): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encode(value, { float64: true, mapSorter: () => 0 }));
}

/** Decodes one value. */
export function decodeCbor(bytes: Uint8Array): CborType {
  return decode(bytes, { allowUndefined: true, allowBigInt: true, useMaps: false }) as CborType;
}
