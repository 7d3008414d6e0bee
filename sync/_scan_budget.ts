import { inflateRawSync } from "node:zlib";
import { bad, tooLarge } from "./_byte_reader.ts";

/** What a scan may still spend; every limit that adds up over a whole payload is here. */
export class ScanBudget {
  readonly #max: Readonly<Record<Counted, number>>;
  readonly #used: Record<Counted, number>;

  constructor(max: Readonly<Record<Counted, number>>) {
    this.#max = max;
    this.#used = {
      inflatedBytesMax: 0,
      rowsMax: 0,
      chunksMax: 0,
      changesMax: 0,
      headsMax: 0,
      objectsMax: 0,
      marksMax: 0,
    };
  }

  /** How much of a limit is used up. */
  used(limit: Counted): number {
    return this.#used[limit];
  }

  /** How much of a limit is left. */
  left(limit: Counted): number {
    return this.#max[limit] - this.#used[limit];
  }

  /** Spends; `too_large` beyond the limit. */
  spend(limit: Counted, amount: number): void {
    this.#used[limit] += amount;
    if (this.#used[limit] > this.#max[limit]) {
      throw tooLarge(limit, this.#used[limit], this.#max[limit]);
    }
  }

  /** Inflates one whole stream, and stops at the limit instead of filling the memory. */
  inflate(bytes: Uint8Array): Uint8Array {
    const left = this.left("inflatedBytesMax");
    const { buffer, engine } = inflateWhole(bytes, left);
    if (engine.bytesWritten !== bytes.length) throw bad("bytes follow a deflate stream");
    return buffer;
  }
}

/** The limits of `ScanLimits` that add up over all chunks. */
export type Counted =
  | "inflatedBytesMax"
  | "rowsMax"
  | "chunksMax"
  | "changesMax"
  | "headsMax"
  | "objectsMax"
  | "marksMax";

interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function inflateWhole(bytes: Uint8Array, left: number): Inflated {
  try {
    // zlib refuses 0 as a maximum; the byte too many is caught when it is spent. With `info`
    // the result is not a buffer, which the types of node:zlib do not say.
    const options = { maxOutputLength: Math.max(1, left), info: true };
    return inflateRawSync(bytes, options) as unknown as Inflated;
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge("inflatedBytesMax", left + 1, left);
    throw bad("a deflate stream is broken");
  }
}
