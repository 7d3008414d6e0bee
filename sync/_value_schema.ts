/**
 * What the document of a value holds, and which operations may write it.
 *
 * ```text
 * realm_id   string             genesis
 * name       string             genesis
 * map        map                genesis; the value while it is a map
 * list       list               genesis; the value while it is a list
 * text       text               genesis; the value while it is a collaborative text
 * value      whatever has no parts, or an unsigned number: 0 for map, 1 for list, 2 for text
 * ```
 *
 * The genesis makes the outermost map, list and text, so that two peers who write the same document
 * before they have met write into the same one. Maps, lists and texts inside of them are made by
 * whoever writes them first: of two that are made under one key at once, one is shown.
 *
 * Words are scalars. A text is edited letter by letter. Nothing counts up, nothing is marked.
 *
 * @module
 */
import type { DecodedChange, Handle, Operation } from "./_automerge.ts";
import { Blake3 } from "./blake3.ts";
import { badSchema } from "./_schema_check.ts";
import { isKey, isWord, utf8Length } from "./_value_input.ts";
import {
  DOCUMENT_NAME_LENGTH_MAX,
  VALUE_DEPTH_MAX,
  VALUE_STRING_BYTES_MAX,
} from "./_value_limits.ts";
import { checkObjects, OPERATION_BYTES } from "./_value_objects.ts";
import type { ObjectType, ValueObject, ValueObjects } from "./_value_objects.ts";
import { genesisTemplate } from "./genesis.ts";
import type { Genesis } from "./genesis.ts";
import type { Brand, DocumentBrand } from "./ids.ts";
import { parseInterfaceId } from "./interface_id.ts";
import type { InterfaceId } from "./interface_id.ts";

/** 64 lowercase hex digits: the name of one document of a realm. */
export type ValueDocumentId = string & Brand<"ValueDocumentId"> & DocumentBrand;

/** Which document of which realm. */
export interface ValueDocumentName {
  /** The realm that shares it: 64 hex digits. */
  readonly realmId: string;
  /** At most 256 UTF-16 units, without control characters. */
  readonly name: string;
}

/** The same, checked. */
export interface CheckedName extends ValueDocumentName {
  readonly realmId: InterfaceId;
}

/** What `value` holds while the value is a map, a list or a text. */
export const MARKS: readonly ObjectType[] = ["map", "list", "text"];

/**
 * The id of one document of a realm:
 * `BLAKE3("value-document-v1:" || realm id as 32 bytes || name as UTF-8)`.
 *
 * @throws {TypeError} if the realm is no id, or the name not Unicode or with control characters.
 * @throws {RangeError} if the name is longer than {@linkcode DOCUMENT_NAME_LENGTH_MAX}.
 *
 * @example Two realms may have documents of one name
 * ```ts
 * import { valueDocumentId } from "@indras/toolkit/sync";
 * import { assertNotEquals } from "@std/assert";
 *
 * const [one, other] = ["00", "11"].map((byte) => byte.repeat(32));
 * assertNotEquals(valueDocumentId(one!, "notes"), valueDocumentId(other!, "notes"));
 * ```
 */
export function valueDocumentId(realmId: string, name: string): ValueDocumentId {
  const checked = checkName({ realmId, name });
  const hash = new Blake3().update(new TextEncoder().encode("value-document-v1:"))
    .update(Uint8Array.fromHex(checked.realmId)).update(new TextEncoder().encode(name));
  return hash.digest().toHex() as ValueDocumentId;
}

/** Checks which document it is; throws as {@linkcode valueDocumentId} does. */
export function checkName({ realmId, name }: ValueDocumentName): CheckedName {
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) {
    throw new TypeError("Cannot name document: the name is not Unicode or has control characters");
  }
  if (name.length > DOCUMENT_NAME_LENGTH_MAX) {
    throw new RangeError(
      `Cannot name document: ${name.length} units, at most ${DOCUMENT_NAME_LENGTH_MAX}`,
    );
  }
  return { realmId: parseInterfaceId(realmId), name };
}

/** The first change of a document: its id and the objects that hold its value. */
export function valueGenesis({ realmId, name }: CheckedName): Genesis {
  const template = templates.get(name) ?? templateOf(name);
  templates.delete(name);
  templates.set(name, template);
  if (templates.size > TEMPLATES_MAX) templates.delete(templates.keys().next().value!);
  return template(realmId);
}

/** Names whose documents are made from a pattern: many realms use the same. */
const TEMPLATES_MAX = 64;
const templates: Map<string, (realmId: string) => Genesis> = new Map();

function templateOf(name: string): (realmId: string) => Genesis {
  return genesisTemplate("value", (handle, realmId) => {
    handle.put("/", "realm_id", realmId, "str");
    handle.put("/", "name", name, "str");
    handle.putObject("/", "map", {});
    handle.putObject("/", "list", []);
    handle.putObject("/", "text", "");
  }, (realmId) => valueDocumentId(realmId, name));
}

/** Which document it is, as its genesis says. */
export function readName(handle: Handle): CheckedName {
  const [realmId, name] = ["realm_id", "name"].map((key) =>
    String(handle.getWithType("/", key)?.[1])
  );
  return checkName({ realmId: realmId!, name: name! });
}

/**
 * Checks each operation of a change, and takes note of what it makes.
 *
 * @param objects What the changes before it have made.
 * @throws {SyncError} `bad_schema` if the change writes what no value holds, `too_large` if it makes
 * more objects than a payload can carry.
 */
export function checkValueChange(change: DecodedChange, objects: ValueObjects): void {
  let { rows, bytes } = objects.size;
  change.ops.forEach((operation, index) => {
    const made = allowed(operation, objects);
    if (made === undefined) throw badSchema(change, `${operation.action} in ${operation.obj}`);
    if (made !== "no object") objects.add(`${change.startOp + index}@${change.actor}`, made);
    objects.noteKey(operation.key);
    rows += 1 + (operation.pred?.length ?? 0);
    bytes += OPERATION_BYTES + bytesIn(operation);
  });
  objects.take({ rows, bytes });
  checkObjects(objects.size);
}

/** What an operation makes; `undefined` if it is not allowed. */
function allowed(
  operation: Operation,
  objects: ValueObjects,
): ValueObject | "no object" | undefined {
  const { action, obj } = operation;
  if (obj === "_root") return setsRoot(operation) ? "no object" : undefined;
  const object = objects.find(obj);
  if (object === undefined || !isIn(object.type, operation)) return undefined;
  if (action === "del") return "no object";
  if (object.type === "text") return isLetter(operation) ? "no object" : undefined;
  if (action === "set") return isScalar(operation) ? "no object" : undefined;
  const type = MADE[action];
  if (type === undefined || object.depth >= VALUE_DEPTH_MAX) return undefined;
  return { type, depth: object.depth + 1 };
}

const MADE: Readonly<Record<string, ObjectType | undefined>> = Object.freeze(
  Object.assign(Object.create(null), { makeMap: "map", makeList: "list", makeText: "text" }),
);

function setsRoot(operation: Operation): boolean {
  const { action, key, value, datatype } = operation;
  if (action !== "set" || key !== "value" || !isIn("map", operation)) return false;
  if (datatype === "uint") return Number.isInteger(value) && MARKS[Number(value)] !== undefined;
  return isScalar(operation);
}

/** Where an operation says that it writes; Automerge's own type knows maps only. */
interface Place {
  readonly key?: unknown;
  readonly elemId?: unknown;
  readonly insert?: unknown;
}

/**
 * Whether an operation writes where its object has room for it: under a key of a map, at an element
 * of a list. Automerge takes an insertion into a map, and panics at the next honest write of that
 * key; it takes a key in a list, and cannot load the document.
 */
function isIn(type: ObjectType, operation: Operation): boolean {
  const { key, elemId, insert }: Place = operation;
  if (type === "map") {
    return typeof key === "string" && elemId === undefined && insert !== true && isKey(key);
  }
  if (key !== undefined || typeof elemId !== "string") return false;
  if (insert === true) return operation.action !== "del";
  // What is in a text is never overwritten.
  return elemId !== "_head" && (type === "list" || operation.action === "del");
}

function isLetter({ action, value, datatype }: Operation): boolean {
  return action === "set" && datatype === undefined && typeof value === "string" &&
    value.isWellFormed() && [...value.slice(0, 3)].length === 1;
}

/** The last instant that a `Date` can hold, in milliseconds. */
const INSTANT_MS_MAX = 8.64e15;

function isScalar({ value, datatype }: Operation): boolean {
  const scalar: unknown = value;
  switch (datatype) {
    case "int":
      return Number.isSafeInteger(scalar);
    case "float64":
      return Number.isFinite(scalar) && !Object.is(scalar, -0);
    case "timestamp":
      return Number.isInteger(scalar) && Math.abs(Number(scalar)) <= INSTANT_MS_MAX;
    case undefined:
      if (typeof scalar === "string") return isWord(scalar);
      // Automerge hands out the bytes of an operation as a list of numbers.
      if (Array.isArray(scalar)) return scalar.length <= VALUE_STRING_BYTES_MAX;
      return scalar === null || typeof scalar === "boolean";
    default:
      return false;
  }
}

function bytesIn(operation: Operation): number {
  const { key }: Place = operation;
  const value: unknown = operation.value;
  return (typeof key === "string" ? utf8Length(key) : 0) +
    (typeof value === "string" ? utf8Length(value) : Array.isArray(value) ? value.length : 0);
}
