import { assertAlmostEquals, assertEquals, assertNotEquals, equal, fail } from "@std/assert";
import { NOTHING } from "../values.ts";
import type { LuaFunction } from "../values.ts";
import { bytes, isTable, kindOf, optionalText } from "./_arguments.ts";
import type { BindingContext } from "./context.ts";
import { checked } from "./_failed_assertion.ts";
import { PlainValues } from "./_plain_values.ts";

/** What a function of Lua is bound to. */
export type Binding = (...args: unknown[]) => unknown;

/** Passes if `check` does not throw; the failure begins with the script's own message. */
export function passes(check: () => void, msg?: unknown): typeof NOTHING {
  checked(check, optionalText(msg, "msg"));
  return NOTHING;
}

/** Checks that compare or print values, for the scripts of one runtime. */
export class Checks {
  readonly #describe: (object: object) => string;

  /** Takes `tostring` as it is before any script has run. */
  constructor({ runtime }: BindingContext) {
    const tostring = runtime.getGlobal("tostring") as LuaFunction;
    this.#describe = (object) => String(runtime.call(tostring, object)[0]);
  }

  /** Values as they are compared and printed in one assertion. */
  values(emptyTable?: () => unknown): PlainValues {
    return new PlainValues(this.#describe, emptyTable);
  }

  /** Passes for deeply equal values. */
  equals(a: unknown, b: unknown, msg: unknown): typeof NOTHING {
    const values = this.values();
    return passes(() => assertEquals(values.of(a), values.of(b)), msg);
  }

  /** Passes for values that are not deeply equal. */
  notEquals(a: unknown, b: unknown, msg: unknown): typeof NOTHING {
    const values = this.values();
    return passes(() => assertNotEquals(values.of(a), values.of(b)), msg);
  }

  /** Passes if it holds; `expected` completes "Expected ..., got the actual value." */
  holds(holdsNow: boolean, expected: string, actual: unknown, msg?: unknown): typeof NOTHING {
    return passes(() => {
      if (!holdsNow) fail(`Expected ${expected}, got ${this.values().show(actual)}.`);
    }, msg);
  }

  /** Passes if a text has a part, or a table a value. */
  contains(within: unknown, value: unknown, msg: unknown): typeof NOTHING {
    const values = this.values();
    const wanted = values.of(value);
    const found = kindOf(within) === "string"
      ? byteText(within).includes(byteText(value))
      : members(within).some((one) => equal(values.of(one), wanted));
    return this.holds(found, `something that contains ${values.show(value)}`, within, msg);
  }
}

/** Passes for numbers that differ by no more than a tolerance, by default a tiny one. */
export function almost(a: unknown, b: unknown, eps: unknown, msg: unknown): typeof NOTHING {
  const tolerance = eps === undefined ? undefined : number(eps, "tolerance");
  return passes(
    () => assertAlmostEquals(number(a, "actual"), number(b, "expected"), tolerance),
    msg,
  );
}

/** A check of the order of two numbers or two texts; Lua compares nothing else. */
export function compare(check: (actual: number, expected: number) => void): Binding {
  return (a, b, msg) => {
    const kinds = [kindOf(a), kindOf(b)];
    if (kinds[0] !== kinds[1] || (kinds[0] !== "number" && kinds[0] !== "string")) {
      throw new TypeError(`attempt to compare ${kinds[0]} with ${kinds[1]}`);
    }
    const isBinary = a instanceof Uint8Array || b instanceof Uint8Array;
    const [left, right] = isBinary ? [byteText(a), byteText(b)] : [a, b];
    return passes(() => check(left as number, right as number), msg);
  };
}

/** What counts as true in Lua. */
export function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** What `#` gives in Lua: items of a list, bytes of a string. */
export function lengthOf(value: unknown): number {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (isTable(value)) return 0;
  throw new TypeError(`attempt to get length of a ${kindOf(value)} value`);
}

/** One character per byte, so that text and bytes that are no text can be compared. */
function byteText(value: unknown): string {
  return bytes(value, "value").reduce((read, byte) => read + String.fromCharCode(byte), "");
}

function members(value: unknown): unknown[] {
  if (isTable(value)) return Object.values(value as object);
  throw new TypeError(`bad argument 'within': expected a table or text, got ${kindOf(value)}`);
}

function number(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  throw new TypeError(`bad argument '${name}': expected a number, got ${kindOf(value)}`);
}
