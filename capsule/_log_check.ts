/**
 * Whether the write-ahead log beside a file was damaged, rather than cut off by a crash.
 *
 * SQLite reads the log up to the first frame that is wrong and forgets the rest without a word,
 * because a crash leaves just that: a last transaction that was not finished. Damage in the middle
 * forgets transactions that had returned, and it shows: finished ones follow it.
 *
 * The format is https://sqlite.org/fileformat2.html#walformat.
 */

/** Bytes before the first frame; a shorter log holds nothing. */
export const LOG_HEADER_BYTES: number = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/** A log that was written with every transaction on disk before the next began. */
export function isLogDamaged(log: Uint8Array): boolean {
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  const magic = view.getUint32(0);
  const littleEndian = magic === MAGIC;
  if (!littleEndian && magic !== MAGIC + 1) return true;
  const sums = new Checksums(view, littleEndian);
  sums.add(0, 24);
  if (!sums.areAt(24)) return true;

  const frameBytes = FRAME_HEADER_BYTES + view.getUint32(8);
  let isWhole = true;
  let commitsAfter = 0;
  for (let at = LOG_HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    // Frames of other salts are left over from before the log began anew.
    const isCurrent = view.getUint32(at + 8) === view.getUint32(16) &&
      view.getUint32(at + 12) === view.getUint32(20);
    if (isWhole) {
      sums.add(at, 8);
      sums.add(at + FRAME_HEADER_BYTES, frameBytes - FRAME_HEADER_BYTES);
      isWhole = isCurrent && sums.areAt(at + 16);
    }
    const isCommit = view.getUint32(at + 4) !== 0;
    if (!isWhole && isCurrent && isCommit) commitsAfter++;
  }
  // One is the unfinished transaction itself, whose parts may reach the disk in any order.
  return commitsAfter > 1;
}

/** Two running sums over pairs of 32-bit words. */
class Checksums {
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  #first = 0;
  #second = 0;

  constructor(view: DataView, littleEndian: boolean) {
    this.#view = view;
    this.#littleEndian = littleEndian;
  }

  /** Goes on over these bytes, a multiple of 8 of them. */
  add(at: number, bytes: number): void {
    const end = at + bytes;
    for (; at < end; at += 8) {
      const left = this.#view.getUint32(at, this.#littleEndian);
      const right = this.#view.getUint32(at + 4, this.#littleEndian);
      this.#first = (this.#first + left + this.#second) >>> 0;
      this.#second = (this.#second + right + this.#first) >>> 0;
    }
  }

  /** Whether the sums so far are written at this place. */
  areAt(at: number): boolean {
    return this.#view.getUint32(at) === this.#first &&
      this.#view.getUint32(at + 4) === this.#second;
  }
}
