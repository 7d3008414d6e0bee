import type { Handle } from "./_automerge.ts";

/** UTF-16 units of a key in the metadata. */
export const METADATA_KEY_LENGTH_MAX: number = 128;
/** Bytes of a value in the metadata. */
export const METADATA_VALUE_BYTES_MAX: number = 64 * 1024;

/** Whether a string can be a key of the metadata. */
export function isMetadataKey(value: string): boolean {
  return value.length > 0 && value.length <= METADATA_KEY_LENGTH_MAX && value.isWellFormed();
}

/**
 * Fails unless this key and value can be written.
 *
 * @throws {RangeError} if the key is empty or too long, or the value too large.
 */
export function checkMetadata(key: string, value: Uint8Array): void {
  if (!isMetadataKey(key)) {
    throw new RangeError(`Cannot set metadata: key "${key.slice(0, 80)}" is empty or too long`);
  }
  if (value.length > METADATA_VALUE_BYTES_MAX) {
    throw new RangeError(
      `Cannot set metadata: ${value.length} bytes, at most ${METADATA_VALUE_BYTES_MAX}`,
    );
  }
}

/** The values of a map of bytes: each is read once, until {@linkcode MetadataReader.clear}. */
export class MetadataReader {
  readonly #map: () => readonly [handle: Handle, object: string];
  readonly #values: Map<string, Uint8Array | undefined> = new Map();
  /** All keys: most that are asked for are not there, and then nothing is read. */
  #known: Set<string> | undefined;
  #sorted: readonly string[] | undefined;

  constructor(map: () => readonly [handle: Handle, object: string]) {
    this.#map = map;
  }

  /** A copy of one value; `undefined` if it was never set. */
  get(key: string): Uint8Array | undefined {
    if (!this.#keys.has(key)) return undefined;
    if (!this.#values.has(key)) this.#values.set(key, this.#read(key));
    return this.#values.get(key)?.slice();
  }

  /** All keys, sorted. */
  keys(): readonly string[] {
    return this.#sorted ??= [...this.#keys].sort();
  }

  /** Every value by its key, in the order of the keys. */
  all(): Map<string, Uint8Array> {
    return new Map(this.keys().map((key) => [key, this.get(key)!]));
  }

  /** One value was written here, over all that stood there. */
  wrote(key: string, value: Uint8Array): void {
    if (!this.#keys.has(key)) this.#sorted = undefined;
    this.#keys.add(key);
    this.#values.set(key, value.slice());
  }

  /** These values, and no others, are what is there now. */
  hold(values: ReadonlyMap<string, Uint8Array>): void {
    this.clear();
    this.#known = new Set(values.keys());
    for (const [key, value] of values) this.#values.set(key, value);
  }

  /** Anything may have been written. */
  clear(): void {
    this.#values.clear();
    this.#known = undefined;
    this.#sorted = undefined;
  }

  get #keys(): Set<string> {
    const [handle, object] = this.#map();
    return this.#known ??= new Set(handle.keys(object));
  }

  #read(key: string): Uint8Array | undefined {
    const [handle, object] = this.#map();
    const found = handle.getWithType(object, key);
    return found?.[0] === "bytes" ? (found[1] as Uint8Array).slice() : undefined;
  }
}
