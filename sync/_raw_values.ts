import { isUtf8 } from "node:buffer";
import { bad, ByteReader } from "./_byte_reader.ts";
import { readUnsigned, walkRuns } from "./_columns.ts";

/**
 * Checks the raw values of a table against their metadata, which is `length << 4 | type`.
 * Returns the rows of the metadata.
 *
 * Automerge splits the raw bytes by these lengths and panics when there are too few.
 */
export function checkValues(
  metadata: Uint8Array | undefined,
  raw: Uint8Array | undefined,
): number {
  const bytes = raw ?? NOTHING;
  let at = 0;
  const rows = walkRuns(metadata ?? NOTHING, readUnsigned, (value, count) => {
    if (value === undefined) throw bad("a value has no metadata");
    const length = Math.floor(value / 16);
    const end = at + length * count;
    if (end > bytes.length) throw bad(`values claim ${end} bytes of ${bytes.length}`);
    checkRun(bytes.subarray(at, end), value % 16, length);
    at = end;
  });
  if (at !== bytes.length) throw bad(`values claim ${at} bytes of ${bytes.length}`);
  return rows;
}

/** Checks the lengths of values that have no type, such as the extra bytes in a bundle. */
export function checkLengths(
  lengths: Uint8Array | undefined,
  raw: Uint8Array | undefined,
): number {
  let sum = 0;
  const rows = walkRuns(lengths ?? NOTHING, readUnsigned, (value, count) => {
    if (value === undefined) throw bad("a value has no length");
    sum += value * count;
  });
  const found = (raw ?? NOTHING).length;
  if (sum !== found) throw bad(`values claim ${sum} bytes of ${found}`);
  return rows;
}

const NOTHING = new Uint8Array(0);

/** The types of values in Automerge's binary format; 10 to 15 are unused. */
const TYPE = { true: 2, uint: 3, int: 4, float: 5, string: 6, bytes: 7, time: 9 };

/** Checks a run of values of one type and length, which lie one after the other. */
function checkRun(values: Uint8Array, type: number, length: number): void {
  if (type <= TYPE.true && length > 0) throw bad(`a value of type ${type} has ${length} bytes`);
  if (type === TYPE.float && length !== 8) throw bad(`a float has ${length} bytes`);
  if (type > TYPE.time) throw bad(`a value has the unknown type ${type}`);
  if (type === TYPE.string) return checkStrings(values, length);
  if (type <= TYPE.true || type === TYPE.float || type === TYPE.bytes) return;
  if (length === 0 || length > 10) throw bad(`a number has ${length} bytes`);
  for (let at = 0; at < values.length; at += length) {
    checkNumber(values.subarray(at, at + length), type === TYPE.uint);
  }
}

/** A run is UTF-8 string by string if it is UTF-8 as a whole and no string starts inside one. */
function checkStrings(values: Uint8Array, length: number): void {
  if (!isUtf8(values)) throw bad("a string is not UTF-8");
  for (let at = 0; at < values.length; at += length) {
    if ((values[at]! & 0xc0) === 0x80) throw bad("a string is not UTF-8");
  }
}

/** Values, unlike the numbers of the format, use all 64 bits. */
function checkNumber(bytes: Uint8Array, unsigned: boolean): void {
  const wide = bytes.length > 7;
  if (wide) {
    const ends = bytes.every((byte, i) => byte >= 0x80 === i < bytes.length - 1);
    const last = bytes[bytes.length - 1]!;
    const fits = bytes.length < 10 || last === 0 || last === 1 || (!unsigned && last === 0x7f);
    if (!ends || !fits) throw bad("a number is not canonical LEB128");
    return;
  }
  const reader = new ByteReader(bytes);
  if (unsigned) reader.uleb();
  else reader.sleb();
  reader.end();
}
