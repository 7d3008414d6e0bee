/** Entries of one mod's cache; beyond it the one that was used longest ago goes. */
export const CACHE_ENTRIES_MAX: number = 10_000;
/** Bytes of one mod's cache, estimated; beyond it the ones that were used longest ago go. */
export const CACHE_BYTES_MAX: number = 8 * 1024 * 1024;

interface Entry {
  readonly value: unknown;
  readonly bytes: number;
  readonly endMs: number;
}

/** What one mod remembers for a while. A map in the order of use. */
export class ModCache {
  readonly #nowMs: () => number;
  readonly #entries: Map<string, Entry> = new Map();
  #bytes = 0;

  /** Starts empty. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How many entries there are, ended ones too that nobody has asked for. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Remembers a value in place of any that the key has.
   *
   * @param ttlMs For how long; for ever if it is left out.
   * @throws {RangeError} for a value larger than the whole cache.
   */
  set(key: string, value: unknown, ttlMs: number = Infinity): void {
    const bytes = bytesOf(key) + bytesOf(value);
    if (bytes > CACHE_BYTES_MAX) {
      throw new RangeError(
        `Cannot cache "${key.slice(0, 80)}": it takes more than ${CACHE_BYTES_MAX} bytes`,
      );
    }
    this.delete(key);
    this.#entries.set(key, { value, bytes, endMs: this.#nowMs() + ttlMs });
    this.#bytes += bytes;
    this.#makeRoom();
  }

  /** The value; `undefined` if there is none or its time is over. */
  get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.endMs > this.#nowMs()) {
      this.#entries.set(key, entry);
      return entry.value;
    }
    this.#bytes -= entry.bytes;
    return undefined;
  }

  /** Forgets an entry; whether it was there. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#bytes -= entry.bytes;
    this.#entries.delete(key);
    return entry.endMs > this.#nowMs();
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** What is over goes first, then what was used longest ago. */
  #makeRoom(): void {
    if (!this.#isFull()) return;
    const nowMs = this.#nowMs();
    for (const [key, { endMs }] of this.#entries) if (endMs <= nowMs) this.delete(key);
    for (const key of this.#entries.keys()) {
      if (!this.#isFull()) return;
      this.delete(key);
    }
  }

  #isFull(): boolean {
    return this.#entries.size > CACHE_ENTRIES_MAX || this.#bytes > CACHE_BYTES_MAX;
  }
}

/** About what a value takes in memory. */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return 16 + value.length * 2;
  if (value instanceof Uint8Array) return 32 + value.length;
  if (typeof value !== "object" || value === null) return 16;
  let bytes = 32;
  for (const [key, item] of Object.entries(value)) bytes += bytesOf(key) + bytesOf(item);
  return bytes;
}
