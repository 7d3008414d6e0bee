import type { ByteReader } from "./_byte_reader.ts";
import { SyncError } from "./errors.ts";
import type { ChangeHash } from "./ids.ts";

/** What every Automerge uses; with it one hash in a hundred seems to be there and is not. */
const BITS_PER_ENTRY = 10;
const PROBES = 7;

/**
 * A set of hashes that may say yes too often and never no too often, as Automerge's sync messages
 * carry it (Kleppmann and Howard, "Byzantine Eventual Consistency and the Fundamental Limits of
 * Peer-to-Peer Databases", 2020, algorithm 2).
 */
export class BloomFilter {
  readonly #entries: number;
  readonly #bits: Uint8Array;

  private constructor(entries: number, bits: Uint8Array) {
    this.#entries = entries;
    this.#bits = bits;
  }

  /** A filter that holds these hashes. */
  static of(hashes: readonly ChangeHash[]): BloomFilter {
    const filter = new BloomFilter(hashes.length, new Uint8Array(bytesFor(hashes.length)));
    for (const hash of hashes) {
      for (const probe of filter.#probes(hash)) filter.#bits[probe >>> 3]! |= 1 << (probe & 7);
    }
    return filter;
  }

  /**
   * Reads a filter to the end of the bytes; no bytes are an empty one.
   *
   * @throws {SyncError} `bad_changes` if it is not as large as its number of entries says. Other
   * numbers of bits or probes, with which reading could take for ever, are not accepted.
   */
  static read(reader: ByteReader): BloomFilter {
    if (reader.left === 0) return BloomFilter.of([]);
    const [entries, bitsPerEntry, probes] = [reader.uleb(), reader.uleb(), reader.uleb()];
    const bits = reader.take(reader.left).slice();
    const usual = bitsPerEntry === BITS_PER_ENTRY && probes === PROBES && entries > 0;
    if (!usual || bits.length !== bytesFor(entries)) {
      throw new SyncError("bad_changes", "Cannot decode sync message: a filter is not Automerge's");
    }
    return new BloomFilter(entries, bits);
  }

  /** The filter as bytes; none if it is empty. */
  toBytes(): Uint8Array {
    if (this.#entries === 0) return new Uint8Array(0);
    const head = [...uleb(this.#entries), BITS_PER_ENTRY, PROBES];
    const bytes = new Uint8Array(head.length + this.#bits.length);
    bytes.set(head);
    bytes.set(this.#bits, head.length);
    return bytes;
  }

  /** Whether a hash is in it; sometimes wrongly yes. */
  has(hash: ChangeHash): boolean {
    return this.#entries > 0 &&
      this.#probes(hash).every((probe) => (this.#bits[probe >>> 3]! & 1 << (probe & 7)) !== 0);
  }

  /** Double hashing with three words of the hash itself, which is as good as random. */
  #probes(hash: ChangeHash): number[] {
    const modulo = this.#bits.length * 8;
    const view = new DataView(Uint8Array.fromHex(hash.slice(0, 24)).buffer);
    let [x, y] = [view.getUint32(0, true) % modulo, view.getUint32(4, true) % modulo];
    const z = view.getUint32(8, true) % modulo;
    const probes = [x];
    while (probes.length < PROBES) {
      x = (x + y) % modulo;
      y = (y + z) % modulo;
      probes.push(x);
    }
    return probes;
  }
}

/** An unsigned LEB128 number. */
export function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function bytesFor(entries: number): number {
  return Math.ceil(entries * BITS_PER_ENTRY / 8);
}
