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

/** A copy of one value of a map of bytes; `undefined` if it was never set. */
export function readMetadata(handle: Handle, map: string, key: string): Uint8Array | undefined {
  const found = handle.getWithType(map, key);
  return found?.[0] === "bytes" ? (found[1] as Uint8Array).slice() : undefined;
}

/** Every value of a map of bytes by its key, in the order of the keys. */
export function readAllMetadata(handle: Handle, map: string): Map<string, Uint8Array> {
  const keys = handle.keys(map).sort();
  return new Map(keys.map((key) => [key, readMetadata(handle, map, key)!]));
}
