import { LuaFloat } from "../values.ts";
import { isTable } from "./_arguments.ts";

/** How a value prints that has no form of its own in TypeScript. */
class Printed {
  /** What tells two of them apart where their texts do not. */
  readonly number: number;
  readonly #text: string;

  constructor(number: number, text: string) {
    this.number = number;
    this.#text = text;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return this.#text;
  }
}

const NIL = new Printed(0, "nil");

/**
 * Values of Lua as `@std/assert` compares and prints them, for one assertion: `nil` and objects
 * print as in Lua, an empty table is a list, and an object is equal to itself only.
 */
export class PlainValues {
  readonly #describe: (object: object) => string;
  readonly #emptyTable: () => unknown;
  readonly #objects: Map<object, Printed> = new Map();

  /** `describe` answers what `tostring` does in Lua. */
  constructor(describe: (object: object) => string, emptyTable: () => unknown = () => []) {
    this.#describe = describe;
    this.#emptyTable = emptyTable;
  }

  /** The value as an ordinary one. */
  of(value: unknown): unknown {
    if (value === undefined) return NIL;
    if (value instanceof LuaFloat) return value.value;
    if (typeof value === "bigint") return numberIfExact(value);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if (!isTable(value)) return this.#ofObject(value);
    if (Array.isArray(value)) return value.map((item) => this.of(item));
    const entries = Object.entries(value);
    if (entries.length === 0) return this.#emptyTable();
    return Object.fromEntries(entries.map(([key, item]) => [key, this.of(item)]));
  }

  /** The value in one line. */
  show(value: unknown): string {
    if (value instanceof LuaFloat) {
      return Number.isInteger(value.value) ? `${value.value}.0` : `${value.value}`;
    }
    if (typeof value === "string") return JSON.stringify(value);
    return Deno.inspect(this.of(value), { compact: true, breakLength: 100, colors: false });
  }

  #ofObject(object: object): Printed {
    const known = this.#objects.get(object);
    if (known !== undefined) return known;
    const number = this.#objects.size + 1;
    const text = number === 1 ? "" : ` (object ${number})`;
    const printed = new Printed(number, `${this.#describe(object)}${text}`);
    this.#objects.set(object, printed);
    return printed;
  }
}

/** Integers and floats of the same value are equal in Lua, also beyond 2^53. */
function numberIfExact(integer: bigint): number | bigint {
  return BigInt(Number(integer)) === integer ? Number(integer) : integer;
}
