/**
 * A number that stays a float even where it is whole, such as Lua's 1.0.
 *
 * @example Only those who ask see the difference
 * ```ts
 * import { actorOf, parseMemberId, ValueDocument, ValueFloat } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const writer = { actor: actorOf(parseMemberId("a1".repeat(32)), 0), nowMs: () => 0 };
 * using document = ValueDocument.awaiting({ realmId: "00".repeat(32), name: "sizes" }, writer);
 * document.update({ integer: 1, float: new ValueFloat(1) });
 *
 * assertEquals(document.read(), { integer: 1, float: 1 });
 * assertEquals(document.readTyped(), { integer: 1, float: new ValueFloat(1) });
 * ```
 */
export class ValueFloat {
  /** The number, finite. */
  readonly value: number;

  /**
   * Marks a number as a float; -0 becomes 0.
   *
   * @throws {RangeError} if it is not finite.
   */
  constructor(value: number) {
    if (!Number.isFinite(value)) throw new RangeError(`Cannot make float: ${value} is not finite`);
    this.value = value === 0 ? 0 : value;
  }
}

/** What has no parts. Strings are words: who writes one replaces it. Dates are instants. */
export type ValueScalar = null | boolean | number | string | Uint8Array | Date;

/** What a document can hold, as JavaScript sees it. */
export type JsonValue =
  | ValueScalar
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * The same, where whole floats are told from integers: a whole number is an integer, a
 * {@linkcode ValueFloat} is a float, and so is a number that is not whole.
 */
export type TypedValue =
  | ValueScalar
  | ValueFloat
  | readonly TypedValue[]
  | { readonly [key: string]: TypedValue };

/** A value that is a map. */
export type TypedMap = { readonly [key: string]: TypedValue };

/** Where something lies in a value: keys of maps and indexes of lists; `[]` is the value itself. */
export type ValuePath = readonly (string | number)[];

/** Whether a value is a map. */
export function isMap(value: TypedValue | undefined): value is TypedMap {
  return typeof value === "object" && value !== null && !isList(value) &&
    !(value instanceof Uint8Array || value instanceof Date || value instanceof ValueFloat);
}

/** Whether a value is a list. */
export function isList(value: TypedValue | undefined): value is readonly TypedValue[] {
  return Array.isArray(value);
}

/** What is in a value, itself included. */
export function countNodes(value: TypedValue): number {
  if (isList(value)) return value.reduce<number>((sum, part) => sum + countNodes(part), 1);
  if (!isMap(value)) return 1;
  return Object.values(value).reduce<number>((sum, part) => sum + countNodes(part), 1);
}

/** A fresh copy in which floats are plain numbers. */
export function toPlain(value: TypedValue): JsonValue {
  if (value instanceof ValueFloat) return value.value;
  return copied(value, toPlain);
}

/** A fresh copy. */
export function toCopy(value: TypedValue): TypedValue {
  return copied(value, toCopy);
}

function copied<Part extends TypedValue>(
  value: TypedValue,
  copy: (part: TypedValue) => Part,
): Part {
  if (isList(value)) return value.map(copy) as unknown as Part;
  if (value instanceof Uint8Array) return value.slice() as unknown as Part;
  if (value instanceof Date) return new Date(value) as unknown as Part;
  if (!isMap(value)) return value as Part;
  // In the same order on every peer, and own properties, even the one that is called __proto__.
  return Object.fromEntries(
    Object.keys(value).sort().map((key) => [key, copy(value[key]!)]),
  ) as unknown as Part;
}

/** Where something lies, for people: `value.players[3]["first name"]`. */
export function pathText(path: ValuePath): string {
  const steps = path.map((step) =>
    typeof step === "string" && /^[\p{L}_$][\p{L}\p{N}_$]{0,79}$/u.test(step)
      ? `.${step}`
      : `[${typeof step === "string" ? JSON.stringify(step.slice(0, 80)) : step}]`
  );
  return `value${steps.join("")}`;
}
