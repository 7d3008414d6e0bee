import { SyncError } from "./errors.ts";

/** How much CBOR is accepted; beyond it is `too_large`. */
export interface CborLimits {
  /** Bytes of the whole input. @default {33_554_432} */
  readonly bytesMax: number;
  /** Arrays and maps inside one another. @default {16} */
  readonly depthMax: number;
  /** Items in all, keys included. @default {1_000_000} */
  readonly itemsMax: number;
  /** Bytes of one key of a map; all keys are ASCII. @default {64} */
  readonly keyBytesMax: number;
}

/** The limits that hold where no others are given. */
export const CBOR_LIMITS_DEFAULT: CborLimits = {
  bytesMax: 32 * 1024 * 1024,
  depthMax: 16,
  itemsMax: 1_000_000,
  keyBytesMax: 64,
};

/** `@std/cbor` cannot decode objects with these keys; cborg refuses the first. */
const KEYS_REFUSED = new Set([
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
  "toString",
  "valueOf",
]);

/** false, true, null and a 64-bit float: the low bits of their first byte. */
const SIMPLE = new Set([20, 21, 22, 27]);

/** The first byte's high bits (RFC 8949, section 3). */
const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 };

/**
 * Walks bytes without decoding them: exactly one definite-length item, every length within what is
 * left, shortest heads only, valid UTF-8, ASCII keys each once, no tags, nothing behind the item.
 *
 * Takes constant memory apart from the keys of the maps that are open.
 */
export function checkCbor(bytes: Uint8Array, limits?: Partial<CborLimits>): void {
  const { bytesMax, depthMax, itemsMax, keyBytesMax } = { ...CBOR_LIMITS_DEFAULT, ...limits };
  if (bytes.length > bytesMax) throw tooLarge(`${bytes.length} bytes, at most ${bytesMax}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let items = 0;
  item(0);
  if (at !== bytes.length) throw bad(`${bytes.length - at} bytes behind the item`);

  function item(depth: number): void {
    const { major, count, info } = head();
    switch (major) {
      case MAJOR.unsigned:
      case MAJOR.negative:
        return;
      case MAJOR.bytes:
        take(count);
        return;
      case MAJOR.text:
        utf8(take(count));
        return;
      case MAJOR.array:
        enter(depth, count);
        for (let index = 0; index < count; index++) item(depth + 1);
        return;
      case MAJOR.map:
        enter(depth, 2 * count);
        map(depth, count);
        return;
      case MAJOR.simple:
        if (!SIMPLE.has(info)) throw bad(`simple value ${info} at byte ${at - 1}`);
        return;
      default:
        throw bad(`a tag at byte ${at - 1}`);
    }
  }

  function map(depth: number, count: number): void {
    const seen = new Set<string>();
    for (let index = 0; index < count; index++) {
      const start = at;
      const { major, count: length } = head();
      if (major !== MAJOR.text) throw bad(`a key that is not text at byte ${start}`);
      if (length > keyBytesMax) throw tooLarge(`a key of ${length} bytes, at most ${keyBytesMax}`);
      const key = ascii(take(length));
      if (KEYS_REFUSED.has(key) || seen.has(key)) throw bad(`key "${key}" at byte ${start}`);
      seen.add(key);
      item(depth + 1);
    }
  }

  function head(): { major: number; info: number; count: number } {
    if (++items > itemsMax) throw tooLarge(`more than ${itemsMax} items`);
    const first = take(1)[0]!;
    const major = first >> 5;
    const info = first & 31;
    if (info < 24) return { major, info, count: info };
    if (info > 27) throw bad(`an indefinite or reserved length at byte ${at - 1}`);
    const size = 1 << (info - 24);
    take(size);
    if (major === MAJOR.simple) return { major, info, count: 0 };
    return { major, info, count: argument(at - size, size) };
  }

  function argument(start: number, size: number): number {
    const value = size === 8
      ? Number(view.getBigUint64(start))
      : size === 4
      ? view.getUint32(start)
      : size === 2
      ? view.getUint16(start)
      : view.getUint8(start);
    if (value > Number.MAX_SAFE_INTEGER) throw bad(`an integer beyond 2^53 at byte ${start}`);
    const shortest = value < 24
      ? 0
      : value < 2 ** 8
      ? 1
      : value < 2 ** 16
      ? 2
      : value < 2 ** 32
      ? 4
      : 8;
    if (size !== shortest) throw bad(`a length that is not the shortest at byte ${start}`);
    return value;
  }

  function enter(depth: number, children: number): void {
    if (depth >= depthMax) throw tooLarge(`more than ${depthMax} levels`);
    // Each child takes a byte at least, so a count beyond what is left is a lie.
    if (children > bytes.length - at) throw bad(`a count beyond the end at byte ${at}`);
  }

  function take(length: number): Uint8Array {
    if (length > bytes.length - at) throw bad(`it ends inside an item, at byte ${bytes.length}`);
    at += length;
    return bytes.subarray(at - length, at);
  }
}

function utf8(text: Uint8Array): void {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch (error) {
    throw new SyncError("bad_encoding", "Cannot decode CBOR: text is not UTF-8", { cause: error });
  }
}

function ascii(text: Uint8Array): string {
  if (text.some((byte) => byte < 0x20 || byte > 0x7e)) throw bad("a key that is not ASCII");
  return String.fromCharCode(...text);
}

function bad(what: string): SyncError {
  return new SyncError("bad_encoding", `Cannot decode CBOR: ${what}`);
}

function tooLarge(what: string): SyncError {
  return new SyncError("too_large", `Cannot decode CBOR: ${what}`);
}
