import {
  VALUE_DEPTH_MAX,
  VALUE_KEY_BYTES_MAX,
  VALUE_KEYS_MAX,
  VALUE_NODES_MAX,
  VALUE_STRING_BYTES_MAX,
} from "./_value_limits.ts";
import { pathText, ValueFloat } from "./_value_types.ts";
import type { TypedValue, ValuePath } from "./_value_types.ts";

/**
 * Checks what a caller wants to write, and copies it.
 *
 * @param path Where it will lie.
 * @throws {TypeError} if something in it cannot be stored.
 * @throws {RangeError} beyond a limit, and for numbers that cannot be stored exactly.
 */
export function checkedValue(value: unknown, path: ValuePath = []): TypedValue {
  return new Input().check(value, path);
}

/** Whether a string can be a key. */
export function isKey(key: string): boolean {
  return key.isWellFormed() && isWithin(key, VALUE_KEY_BYTES_MAX);
}

/** Whether a string can be a word. */
export function isWord(word: string): boolean {
  return word.isWellFormed() && isWithin(word, VALUE_STRING_BYTES_MAX);
}

/** A unit takes three bytes at most, and encoding is slow. */
function isWithin(text: string, bytesMax: number): boolean {
  return text.length * 3 <= bytesMax || utf8Length(text) <= bytesMax;
}

/** The bytes of a string in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

class Input {
  #nodes = 0;
  /** The maps and lists around the current place. */
  readonly #around: Set<object> = new Set();

  check(value: unknown, path: ValuePath): TypedValue {
    if (++this.#nodes > VALUE_NODES_MAX) throw tooMuch(path, `more than ${VALUE_NODES_MAX} parts`);
    switch (typeof value) {
      case "boolean":
        return value;
      case "number":
        return checkedNumber(value, path);
      case "string":
        return checkedString(value, path);
      case "object":
        return value === null ? null : this.#object(value, path);
      default:
        throw badType(path, typeof value === "undefined" ? "undefined" : `a ${typeof value}`);
    }
  }

  #object(value: object, path: ValuePath): TypedValue {
    if (value instanceof ValueFloat) return value;
    if (value instanceof Date) return checkedDate(value, path);
    if (value instanceof Uint8Array) {
      if (value.length <= VALUE_STRING_BYTES_MAX) return Uint8Array.from(value);
      throw tooMuch(path, `more than ${VALUE_STRING_BYTES_MAX} bytes`);
    }
    if (this.#around.has(value)) throw badType(path, "a cycle");
    if (path.length >= VALUE_DEPTH_MAX) throw tooMuch(path, `deeper than ${VALUE_DEPTH_MAX}`);
    this.#around.add(value);
    const copy = Array.isArray(value) ? this.#list(value, path) : this.#map(value, path);
    this.#around.delete(value);
    return copy;
  }

  #list(list: readonly unknown[], path: ValuePath): TypedValue {
    if (list.length > VALUE_NODES_MAX) throw tooMuch(path, `more than ${VALUE_NODES_MAX} parts`);
    return Array.from(list, (element, index) => this.check(element, [...path, index]));
  }

  #map(map: object, path: ValuePath): TypedValue {
    const prototype = Object.getPrototypeOf(map);
    // An ordinary object of another realm of JavaScript has another Object.prototype.
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    if (!isPlain) throw badType(path, `an object of ${className(prototype)}`);
    if (Object.getOwnPropertySymbols(map).length > 0) throw badType(path, "a symbol as a key");
    const keys = Object.keys(map);
    if (keys.length > VALUE_KEYS_MAX) throw tooMuch(path, `more than ${VALUE_KEYS_MAX} keys`);
    return Object.fromEntries(keys.map((key) => {
      checkKey(key, path);
      return [key, this.check((map as Record<string, unknown>)[key], [...path, key])];
    }));
  }
}

/**
 * Fails unless a string can be a key.
 *
 * @throws {TypeError} if it is not Unicode.
 * @throws {RangeError} if it is too long.
 */
export function checkKey(key: string, path: ValuePath): void {
  if (!key.isWellFormed()) throw badType(path, "a key that is not Unicode");
  if (!isKey(key)) throw tooMuch(path, `a key of more than ${VALUE_KEY_BYTES_MAX} bytes`);
}

function checkedString(value: string, path: ValuePath): string {
  if (!value.isWellFormed()) throw badType(path, "a string that is not Unicode");
  if (isWord(value)) return value;
  throw tooMuch(path, `a string of more than ${VALUE_STRING_BYTES_MAX} bytes`);
}

function checkedNumber(value: number, path: ValuePath): number {
  if (!Number.isFinite(value)) throw tooMuch(path, String(value));
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw tooMuch(path, `${value}, which is beyond 2^53 and no ValueFloat`);
}

function checkedDate(value: Date, path: ValuePath): Date {
  if (!Number.isNaN(value.getTime())) return new Date(value);
  throw tooMuch(path, "a date that is none");
}

function className(prototype: { readonly constructor?: { readonly name?: unknown } }): string {
  return typeof prototype.constructor?.name === "string" ? prototype.constructor.name : "a class";
}

/** What to throw for something that no document holds. */
export function badType(path: ValuePath, what: string): TypeError {
  return new TypeError(`Cannot write ${pathText(path)}: ${what}`);
}

/** What to throw beyond a limit. */
export function tooMuch(path: ValuePath, what: string): RangeError {
  return new RangeError(`Cannot write ${pathText(path)}: ${what}`);
}
