import { SyncError } from "./errors.ts";

/**
 * Reads forward through untrusted bytes; whatever is missing or not canonical is `bad_changes`.
 *
 * Numbers are LEB128 as in Automerge's binary format
 * (https://automerge.org/automerge-binary-format-spec/). Only the shortest form of a number is
 * accepted, and only numbers that JavaScript holds exactly: honest encoders write nothing else.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How far it has read. */
  get offset(): number {
    return this.#at;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw bad("bytes end early");
    this.#at++;
    return value;
  }

  /** An unsigned number from 0 to 2^53 - 1. */
  uleb(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    do {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (value > Number.MAX_SAFE_INTEGER) throw bad("a number exceeds 2^53 - 1");
    } while (byte >= 0x80 && scale <= 2 ** 56);
    if (byte >= 0x80 || byte === 0) throw bad("a number is not canonical LEB128");
    return value;
  }

  /** A signed number from -(2^53 - 1) to 2^53 - 1. */
  sleb(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte < 0x40 ? byte : byte - 0x80;
    let value = byte & 0x7f;
    let scale = 128;
    let previous: number;
    do {
      previous = byte;
      byte = this.byte();
      // The last byte has the sign, and is taken signed so that the sum is never beyond exact.
      value += (byte >= 0x40 && byte < 0x80 ? byte - 0x80 : byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80 && scale <= 2 ** 56);
    const signRepeats = (byte === 0 && (previous & 0x40) === 0) ||
      (byte === 0x7f && (previous & 0x40) !== 0);
    if (byte >= 0x80 || signRepeats) throw bad("a number is not canonical LEB128");
    if (!Number.isSafeInteger(value)) throw bad("a number exceeds 2^53 - 1");
    return value;
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    if (length > this.left) throw bad(`${length} bytes are claimed and ${this.left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** What was read from an offset on, as a view. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.#at);
  }

  /** Bytes with their length in front. */
  prefixed(): Uint8Array {
    return this.take(this.uleb());
  }

  /** Fails unless everything was read. */
  end(): void {
    if (this.left > 0) throw bad(`${this.left} bytes follow the end`);
  }
}

/** The error for bytes that no honest Automerge writes. */
export function bad(what: string): SyncError {
  return new SyncError("bad_changes", `Cannot scan changes: ${what}`);
}

/** The error for bytes beyond a named limit. */
export function tooLarge(limit: string, found: number, max: number): SyncError {
  return new SyncError("too_large", `Cannot scan changes: ${limit} is ${max}, found ${found}`);
}
