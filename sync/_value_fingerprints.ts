import { isList, isMap, ValueFloat } from "./_value_types.ts";
import type { TypedValue } from "./_value_types.ts";

/** Gives equal values equal numbers, so that comparing two of them costs nothing. */
export class Fingerprints {
  readonly #numbers: Map<string, number> = new Map();
  readonly #known: Map<object, number> = new Map();

  /** The number of a value; it must not change afterwards. */
  of(value: TypedValue): number {
    if (!isList(value) && !isMap(value)) return this.#number(describe(value));
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const text = isList(value)
      ? `[${value.map((part) => this.of(part)).join()}]`
      : `{${
        Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${this.of(value[key]!)}`)
          .join()
      }}`;
    const number = this.#number(text);
    this.#known.set(value, number);
    return number;
  }

  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }
}

/** A text that no other value without parts has. */
function describe(value: TypedValue): string {
  if (typeof value === "string") return `"${value}`;
  if (value instanceof ValueFloat) return `float ${value.value}`;
  if (value instanceof Uint8Array) return `bytes ${value.toHex()}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  return String(value);
}
