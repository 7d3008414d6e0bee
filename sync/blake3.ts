/**
 * BLAKE3 by WebAssembly: many times as fast as in JavaScript, and files are hashed more than once.
 *
 * @module
 */
// The entry for CommonJS takes longer to load; the types are the same.
// @ts-types="npm:hash-wasm@^4.12.0"
import { createBLAKE3 } from "hash-wasm";

/** One machine for all: nothing is left in it between two calls. */
const machine = await createBLAKE3();
const EMPTY = machine.init().save();

/**
 * The BLAKE3 of bytes: 32 bytes.
 *
 * @example Of nothing
 * ```ts
 * import { blake3 } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   blake3(new Uint8Array(0)).toHex(),
 *   "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
 * );
 * ```
 */
export function blake3(bytes: Uint8Array): Uint8Array {
  return machine.init().update(bytes).digest("binary");
}

/**
 * The BLAKE3 of bytes that come one after the other.
 *
 * @example In parts as of the whole
 * ```ts
 * import { Blake3, blake3 } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const parts = new Blake3().update(new Uint8Array([1])).update(new Uint8Array([2, 3]));
 * assertEquals(parts.digest(), blake3(new Uint8Array([1, 2, 3])));
 * ```
 */
export class Blake3 {
  #state: Uint8Array = EMPTY;

  /** Takes the bytes that come next. */
  update(bytes: Uint8Array): this {
    this.#state = machine.load(this.#state).update(bytes).save();
    return this;
  }

  /** The hash of all bytes so far; more may come. */
  digest(): Uint8Array {
    return machine.load(this.#state).digest("binary");
  }
}
