import type { Handle } from "./_automerge.ts";
import { LOCAL_SHARE } from "./_room.ts";
import { insertValues, putObject, readParts, storedScalar } from "./_value_handle.ts";
import { checkKey, tooMuch, utf8Length } from "./_value_input.ts";
import {
  TEXT_EDITS_MAX,
  VALUE_CHANGE_BYTES_MAX,
  VALUE_CHANGE_OPERATIONS_MAX,
  VALUE_DEPTH_MAX,
  VALUE_KEYS_MAX,
  VALUE_TEXT_LENGTH_MAX,
} from "./_value_limits.ts";
import { checkSize, OPERATION_BYTES } from "./_value_objects.ts";
import type { ObjectType, ValueObjects } from "./_value_objects.ts";
import { MARKS } from "./_value_schema.ts";
import { isList, isMap } from "./_value_types.ts";
import type { TypedValue, ValuePath } from "./_value_types.ts";

/** A map, list or text, and where it lies. */
export interface Container {
  /** Its id in Automerge. */
  readonly id: string;
  readonly type: ObjectType;
  readonly path: ValuePath;
}

/** What the value is: one of the three that the genesis made, something without parts, or nothing. */
export type Kind = ObjectType | "scalar" | undefined;

/** What the value of a document is, now or as of some heads. */
export function kindOf(handle: Handle, heads?: readonly string[]): Kind {
  const found = handle.getWithType("/", "value", heads && [...heads]);
  if (found === null) return undefined;
  return found[0] === "uint" ? MARKS[Number(found[1])] : "scalar";
}

/**
 * Writes one change, operation by operation, and keeps it within the limits. Some of what Automerge
 * reads with, such as `materialize` and `getHeads`, would end the change, and is not used.
 *
 * Nothing here looks whether a write is needed, and all values are checked already.
 */
export class ValueWriter {
  readonly handle: Handle;
  readonly #objects: ValueObjects;
  #operations = 0;
  #bytes = 0;
  #made = 0;
  #deepest = 0;
  #nodes = 0;
  /** How many keys a map has: counting them takes as long as there are many. */
  readonly #keys: Map<string, number> = new Map();

  /** `objects` is what the changes before this one have made. */
  constructor(handle: Handle, objects: ValueObjects) {
    this.handle = handle;
    this.#objects = objects;
  }

  /** What this change adds to the value, at most. */
  get nodes(): number {
    return this.#nodes;
  }

  /** A map or list with all that is in it. */
  read(container: Container): TypedValue {
    return readParts(this.handle, container);
  }

  /** The object that holds the value while it is of a type. */
  root(type: ObjectType): Container {
    return { id: this.#objects.root(type), type, path: [] };
  }

  /** The map, list or text under a key or at an index; `undefined` if there is something else. */
  child({ id, path }: Container, prop: string | number): Container | undefined {
    const [type, child] = this.handle.getWithType(id, prop) ?? [];
    if (type !== "map" && type !== "list" && type !== "text") return undefined;
    return { id: String(child), type, path: [...path, prop] };
  }

  /**
   * Makes the value a map, list or text, and empty, unless it is one. What some change has left in
   * there before must not come back, and what goes must be gone for those who write beside it.
   */
  enter(type: ObjectType): Container {
    const kind = kindOf(this.handle);
    const root = this.root(type);
    if (kind === type) return root;
    this.#leave(kind);
    this.#clear(root);
    this.#spend(1);
    this.handle.put("/", "value", MARKS.indexOf(type), "uint");
    return root;
  }

  /** Makes something without parts the value. */
  putRoot(value: TypedValue): void {
    const [type, stored] = storedScalar(value)!;
    this.#leave(kindOf(this.handle));
    this.#spendValue(value, []);
    this.handle.put("/", "value", stored, type);
  }

  /** Puts a value under a key, or in the place of an element. */
  put(into: Container, prop: string | number, value: TypedValue): void {
    if (typeof prop === "string") this.#checkRoom(into, prop);
    this.#spendValue(value, [...into.path, prop]);
    const scalar = storedScalar(value);
    if (scalar === undefined) putObject(this.handle, into.id, { prop, value });
    else this.handle.put(into.id, prop, scalar[1], scalar[0]);
  }

  /** Inserts values into a list. */
  insert(list: Container, index: number, values: readonly TypedValue[]): void {
    if (values.length === 0) return;
    values.forEach((value, offset) => this.#spendValue(value, [...list.path, index + offset]));
    insertValues(this.handle, list.id, { index, values });
  }

  /** Deletes a key. */
  deleteKey(map: Container, key: string): void {
    this.#spend(1);
    const keys = this.#keys.get(map.id);
    if (keys !== undefined) this.#keys.set(map.id, keys - 1);
    this.handle.delete(map.id, key);
  }

  /** Deletes elements of a list. */
  deleteElements(list: Container, index: number, count: number): void {
    if (count === 0) return;
    this.#spend(count);
    this.handle.splice(list.id, index, count);
  }

  /** Makes a text under a key, or in the place of an element; its letters are still to come. */
  makeText(into: Container, prop: string | number): Container {
    const path = [...into.path, prop];
    if (typeof prop === "string") this.#checkRoom(into, prop);
    this.#nodes++;
    this.#objects.noteKey(prop);
    this.#spendObject(path.length + 1, path);
    this.#spend(1);
    return { id: this.handle.putObject(into.id, prop, ""), type: "text", path };
  }

  /** Replaces letters of a text. */
  spliceText(
    text: Container,
    index: number,
    { deleting, insert }: { readonly deleting: number; readonly insert: string },
  ): void {
    const length = this.handle.length(text.id) - deleting + insert.length;
    if (insert !== "" && length > VALUE_TEXT_LENGTH_MAX) {
      throw tooMuch(text.path, `a text of more than ${VALUE_TEXT_LENGTH_MAX} units`);
    }
    this.#spend(deleting + insert.length);
    if (deleting > 0 || insert !== "") this.handle.splice(text.id, index, deleting, insert);
  }

  /** Makes a text another one by the smallest edit. */
  updateText(text: Container, now: string): void {
    const before = this.handle.text(text.id);
    const from = commonStart(before, now);
    const behind = commonEnd(before.slice(from), now.slice(from));
    const deleting = before.length - from - behind;
    const insert = now.slice(from, now.length - behind);
    const isSmall = Math.max(deleting, insert.length) <= TEXT_EDITS_MAX;
    if (!isSmall || deleting === 0 || insert === "") {
      return this.spliceText(text, from, { deleting, insert });
    }
    if (now.length > VALUE_TEXT_LENGTH_MAX) {
      throw tooMuch(text.path, `a text of more than ${VALUE_TEXT_LENGTH_MAX} units`);
    }
    this.#spend(deleting + insert.length);
    this.handle.updateText(text.id, now);
  }

  #leave(kind: Kind): void {
    if (kind !== undefined && kind !== "scalar") this.#clear(this.root(kind));
  }

  #clear(container: Container): void {
    if (container.type === "map") {
      for (const key of new Set(this.handle.keys(container.id))) this.deleteKey(container, key);
      return;
    }
    const length = this.handle.length(container.id);
    if (container.type === "list") this.deleteElements(container, 0, length);
    else this.spliceText(container, 0, { deleting: length, insert: "" });
  }

  #checkRoom(map: Container, key: string): void {
    checkKey(key, map.path);
    if (this.handle.getWithType(map.id, key) !== null) return;
    const keys = this.#keys.get(map.id) ?? this.handle.length(map.id);
    if (keys >= VALUE_KEYS_MAX) throw tooMuch(map.path, `more than ${VALUE_KEYS_MAX} keys`);
    this.#keys.set(map.id, keys + 1);
  }

  /** Counts a value with all that is in it. */
  #spendValue(value: TypedValue, path: ValuePath): void {
    this.#nodes++;
    this.#objects.noteKey(path.at(-1));
    this.#bytes += bytesOf(value, path.at(-1));
    this.#spend(1);
    if (!isList(value) && !isMap(value)) return;
    this.#spendObject(path.length + 1, path);
    for (const [key, part] of isList(value) ? value.entries() : Object.entries(value)) {
      this.#spendValue(part, [...path, key]);
    }
  }

  #spendObject(depth: number, path: ValuePath): void {
    if (depth > VALUE_DEPTH_MAX) throw tooMuch(path, `deeper than ${VALUE_DEPTH_MAX}`);
    this.#made++;
    this.#deepest = Math.max(this.#deepest, depth);
  }

  #spend(operations: number): void {
    this.#operations += operations;
    if (this.#operations > VALUE_CHANGE_OPERATIONS_MAX) {
      throw tooMuch([], `more than ${VALUE_CHANGE_OPERATIONS_MAX} operations in one change`);
    }
    if (this.#bytes > VALUE_CHANGE_BYTES_MAX) {
      throw tooMuch([], `more than ${VALUE_CHANGE_BYTES_MAX} bytes in one change`);
    }
    const { objects, deepest, rows, bytes } = this.#objects.size;
    checkSize({
      objects: objects + this.#made,
      deepest: Math.max(deepest, this.#deepest),
      // Each operation may replace one that was there.
      rows: rows + 2 * this.#operations,
      bytes: bytes + this.#operations * OPERATION_BYTES + this.#bytes,
    }, LOCAL_SHARE);
  }
}

function bytesOf(value: TypedValue, key: string | number | undefined): number {
  return (typeof key === "string" ? utf8Length(key) : 0) +
    (typeof value === "string"
      ? utf8Length(value)
      : value instanceof Uint8Array
      ? value.length
      : 0);
}

/** UTF-16 units that two texts begin with, whole letters only. */
function commonStart(left: string, right: string): number {
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at++;
  return isInside(left, at) || isInside(right, at) ? at - 1 : at;
}

/** UTF-16 units that two texts end with, whole letters only. */
function commonEnd(left: string, right: string): number {
  let count = 0;
  while (
    count < left.length && count < right.length &&
    left[left.length - 1 - count] === right[right.length - 1 - count]
  ) count++;
  const isCut = isInside(left, left.length - count) || isInside(right, right.length - count);
  return isCut ? count - 1 : count;
}

/** Whether an index lies between the halves of a letter. */
export function isInside(text: string, index: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(index - 1, index + 1));
}
