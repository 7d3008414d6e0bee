import type { Handle } from "./_automerge.ts";
import { isList, isMap, ValueFloat } from "./_value_types.ts";
import type { TypedValue } from "./_value_types.ts";

/**
 * A word on its way to or from Automerge. Bare strings are collaborative texts there.
 */
class Word {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Has Automerge hand out whole maps and lists so that words, texts, floats and integers differ. */
function withTypes(handle: Handle): Handle {
  handle.registerDatatype(
    "str",
    (text: string) => new Word(text),
    (value: unknown) => value instanceof Word ? value.text : undefined,
  );
  handle.registerDatatype(
    "f64",
    (value: number) => new Float(value),
    (value: unknown) => value instanceof Float ? value.value : undefined,
  );
  return handle;
}

/** A float on its way. It may be what {@linkcode ValueFloat} refuses until it is checked. */
class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** How to read a map, list or text. */
export interface ReadOptions {
  /** As of which heads; now if left out. */
  readonly heads?: readonly string[] | undefined;
  /** Whether a key in it may be `__proto__`, with which Automerge makes a prototype. */
  readonly hasProto: boolean;
}

/**
 * A map, list or text with all that is in it. Never while a change is being made: it would be over.
 */
export function readObject(
  handle: Handle,
  { type, id }: StoredObject,
  { heads, hasProto }: ReadOptions,
): TypedValue {
  if (hasProto) return readParts(handle, { type, id }, heads);
  return fromStored(withTypes(handle).materialize(id, heads && [...heads]));
}

/** A map, list or text in Automerge. */
export interface StoredObject {
  /** Its id there. */
  readonly id: string;
  /** `"map"`, `"list"` or `"text"`. */
  readonly type: string;
}

/** The same part by part: several times slower, and harmless to a change that is being made. */
export function readParts(
  handle: Handle,
  { type, id }: StoredObject,
  heads?: readonly string[],
): TypedValue {
  const at = heads && [...heads];
  const part = (prop: string | number): TypedValue => {
    const [type, value] = handle.getWithType(id, prop, at)!;
    if (!isObjectType(type)) return fromScalar(type, value);
    return readParts(handle, { type, id: String(value) }, heads);
  };
  if (type === "text") return handle.text(id, at);
  if (type === "list") return Array.from({ length: handle.length(id, at) }, (_, at) => part(at));
  return Object.fromEntries(handle.keys(id, at).map((key) => [key, part(key)]));
}

function isObjectType(type: string): boolean {
  return type === "map" || type === "list" || type === "text";
}

/** A value without parts by its type in Automerge, which hands out some integers as `bigint`. */
export function fromScalar(type: string, value: unknown): TypedValue {
  if (type === "f64") return toTyped(Number(value));
  return typeof value === "bigint" ? Number(value) : value as TypedValue;
}

/** A value without parts, now or as of some heads. */
export function readScalar(
  handle: Handle,
  object: string,
  { prop, heads }: {
    readonly prop: string | number;
    readonly heads?: readonly string[] | undefined;
  },
): TypedValue {
  const [type, value] = handle.getWithType(object, prop, heads && [...heads])!;
  return fromScalar(type, value);
}

/** A patch as Automerge hands it out, with values of ours in it. */
export type StoredPatch =
  | { readonly action: "put"; readonly path: Path; readonly value: TypedValue }
  | { readonly action: "insert"; readonly path: Path; readonly values: readonly TypedValue[] }
  | { readonly action: "splice"; readonly path: Path; readonly value: string }
  | { readonly action: "del"; readonly path: Path; readonly length?: number }
  | { readonly action: "conflict" | "mark" | "unmark" | "inc"; readonly path: Path };

type Path = readonly (string | number)[];

/** What changed between two heads. */
export function storedPatches(
  handle: Handle,
  before: readonly string[],
  after: readonly string[],
): StoredPatch[] {
  return withTypes(handle).diff([...before], [...after]).map((patch): StoredPatch => {
    if (patch.action === "put") return { ...patch, value: fromStored(patch.value) };
    if (patch.action === "insert") return { ...patch, values: patch.values.map(fromStored) };
    return patch;
  });
}

/** A value that Automerge handed out. */
function fromStored(stored: unknown): TypedValue {
  if (stored instanceof Word) return stored.text;
  if (stored instanceof Float) return toTyped(stored.value);
  if (typeof stored === "bigint") return Number(stored);
  const value = stored as TypedValue;
  if (isList(value)) return value.map(fromStored);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fromStored(part)]));
}

/** A float, whole or not. */
function toTyped(float: number): TypedValue {
  return Number.isInteger(float) ? new ValueFloat(float) : float;
}

/** Puts a map or list under a key, or in the place of an element. */
export function putObject(
  handle: Handle,
  object: string,
  { prop, value }: { readonly prop: string | number; readonly value: TypedValue },
): void {
  withTypes(handle).putObjectFromHydrate(object, prop, toStored(value));
}

/** Inserts values into a list. */
export function insertValues(
  handle: Handle,
  list: string,
  { index, values }: { readonly index: number; readonly values: readonly TypedValue[] },
): void {
  withTypes(handle).spliceFromHydrate(list, index, 0, values.map(toStored));
}

function toStored(value: TypedValue): unknown {
  if (typeof value === "string") return new Word(value);
  if (value instanceof ValueFloat) return new Float(value.value);
  // Automerge takes some integers for floats, 0 among them, unless they are given like this.
  if (Number.isInteger(value)) return BigInt(value as number);
  if (isList(value)) return value.map(toStored);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toStored(part)]));
}

/** Something without parts, and the type under which Automerge stores it. */
export type StoredScalar = readonly [
  type: "null" | "boolean" | "int" | "f64" | "str" | "bytes" | "timestamp",
  value: null | boolean | number | string | Uint8Array | Date,
];

/** How a value without parts is stored; `undefined` for maps and lists. */
export function storedScalar(value: TypedValue): StoredScalar | undefined {
  if (value === null) return ["null", value];
  if (typeof value === "boolean") return ["boolean", value];
  if (typeof value === "number") return [Number.isInteger(value) ? "int" : "f64", value];
  if (typeof value === "string") return ["str", value];
  if (value instanceof ValueFloat) return ["f64", value.value];
  if (value instanceof Uint8Array) return ["bytes", value];
  if (value instanceof Date) return ["timestamp", value];
  return undefined;
}
