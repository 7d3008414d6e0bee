/**
 * Which operations may write a document, as tables: the root's registers, lists in pages, maps.
 *
 * An entry is written whole in the change that makes it and never touched again, except to delete
 * it, so whatever passes leaves a document that reads well.
 */
import type { DecodedChange, Handle, Operation } from "./_automerge.ts";
import { SyncError } from "./errors.ts";

/** A test of one value that an operation writes. */
export type ValueCheck = (operation: Operation) => boolean;

/** What each field of a map must hold. */
export type Fields = Readonly<Record<string, ValueCheck>>;

/** An object that the genesis makes and that is written ever after. */
export type Container =
  /** A list of pages, each a list of entries. */
  | { readonly type: "pages"; readonly entry: Fields; readonly deletes: boolean }
  /** A map of entries. */
  | { readonly type: "entries"; readonly key: (key: string) => boolean; readonly entry: Fields }
  /** A map of scalars. */
  | {
    readonly type: "scalars";
    readonly key: (key: string) => boolean;
    readonly value: ValueCheck;
  };

/** The tables of one kind of document. */
export interface Schema {
  /** Registers of the root. */
  readonly root: Fields;
  /** By the key of the root under which they are. */
  readonly containers: Readonly<Record<string, Container>>;
  /** The key of each container by its object, which the genesis fixes. */
  readonly objects: ReadonlyMap<string, string>;
  /** The key of each page's container, as far as it was looked up for changes that came together. */
  readonly pages: Map<string, string>;
}

/** An entry that a change makes. */
export interface MadeEntry {
  /** The key of its container. */
  readonly container: string;
  /** The counter of the operation that makes it; the change's actor makes it an object id. */
  readonly counter: number;
  /** Its fields as they are stored, every one of them. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** What a change that passed the check writes. */
export interface CheckedWrites {
  /** The entries that it makes, in their order. */
  readonly made: readonly MadeEntry[];
  /** The containers that it writes into, by their keys; the root's registers are `"root"`. */
  readonly touched: ReadonlySet<string>;
}

/** A string that passes a test. */
export function text(accept: (value: string) => boolean): ValueCheck {
  return ({ value, datatype }) =>
    typeof value === "string" && datatype === undefined && accept(value);
}

/** At most that many bytes. */
export function bytes(bytesMax: number): ValueCheck {
  // Automerge hands out the bytes of an operation as a list of numbers.
  return ({ value }) => Array.isArray(value) && (value as number[]).length <= bytesMax;
}

/** A whole number from 0, such as a time in milliseconds. */
export const whole: ValueCheck = ({ value, datatype }) =>
  datatype === "int" && Number.isSafeInteger(value) && (value as number) >= 0;

/** An id: 64 lowercase hex digits. */
export const id: ValueCheck = text(isId);

/** Either what another check accepts or null. */
export function optional(check: ValueCheck): ValueCheck {
  return (operation) => operation.value === null || check(operation);
}

/** Whether a string is an id: 64 lowercase hex digits. */
export function isId(value: string): boolean {
  return /^[0-9a-f]{64}$/.test(value);
}

/**
 * Checks each operation of a change.
 *
 * @param after The document with the change applied, to look up where an object is.
 * @throws {SyncError} `bad_schema` if the change writes anything else.
 */
export function checkOperations(
  change: DecodedChange,
  schema: Schema,
  after: Handle,
): CheckedWrites {
  const touched = new Set<string>();
  const made = new Map<string, MadeEntry & { readonly fields: Map<string, unknown> }>();
  change.ops.forEach((operation, index) => {
    if (!allowed(operation, change.startOp + index)) {
      throw badSchema(change, `${operation.action} in ${operation.obj}`);
    }
  });
  for (const { container, fields } of made.values()) {
    if (fields.size === Object.keys(entryOf(container)).length) continue;
    throw badSchema(change, `a partial entry of ${container}`);
  }
  return { made: [...made.values()], touched };

  function allowed(operation: Operation, counter: number): boolean {
    if (operation.obj === "_root") {
      touched.add("root");
      return sets(schema.root, operation);
    }
    const entry = made.get(operation.obj);
    if (entry !== undefined) {
      entry.fields.set(operation.key, operation.value);
      return sets(entryOf(entry.container), operation);
    }
    const name = schema.objects.get(operation.obj);
    return name === undefined ? inPage(operation, counter) : inContainer(name, operation, counter);
  }

  function inContainer(name: string, operation: Operation, counter: number): boolean {
    const container = schema.containers[name]!;
    touched.add(name);
    if (container.type === "pages") {
      schema.pages.set(`${counter}@${change.actor}`, name);
      return inserts("makeList", operation);
    }
    if (!isInMap(operation) || !container.key(operation.key)) return false;
    if (operation.action === "del") return true;
    if (container.type === "scalars") {
      return operation.action === "set" && container.value(operation);
    }
    make(name, counter);
    return operation.action === "makeMap";
  }

  function inPage(operation: Operation, counter: number): boolean {
    const name = schema.pages.get(operation.obj) ?? pageOf(operation.obj, after);
    const container = name === undefined ? undefined : schema.containers[name];
    if (container?.type !== "pages") return false;
    schema.pages.set(operation.obj, name!);
    touched.add(name!);
    if (operation.action === "del") return container.deletes && isInList(operation, false);
    make(name!, counter);
    return inserts("makeMap", operation);
  }

  function make(container: string, counter: number): void {
    made.set(`${counter}@${change.actor}`, { container, counter, fields: new Map() });
  }

  function entryOf(name: string): Fields {
    const container = schema.containers[name]!;
    return container.type === "scalars" ? {} : container.entry;
  }
}

/** What to throw for a change that writes what its document cannot hold. */
export function badSchema(change: DecodedChange, what: string): SyncError {
  return new SyncError("bad_schema", `Cannot apply change "${change.hash}": ${what}`);
}

function sets(fields: Fields, operation: Operation): boolean {
  if (operation.action !== "set" || !isInMap(operation)) return false;
  return Object.hasOwn(fields, operation.key) && fields[operation.key]!(operation);
}

function inserts(action: "makeList" | "makeMap", operation: Operation): boolean {
  return operation.action === action && isInList(operation, true);
}

/** Where an operation says that it writes; Automerge's own type knows maps only. */
interface Place {
  readonly key?: unknown;
  readonly elemId?: unknown;
  readonly insert?: unknown;
}

/**
 * Whether an operation writes under a key. Automerge takes an insertion into a map, and panics at
 * the next honest write of that key.
 */
function isInMap(operation: Operation): boolean {
  const { key, elemId, insert }: Place = operation;
  return typeof key === "string" && elemId === undefined && insert !== true;
}

/** Whether it writes at an element. Automerge takes a key in a list, and cannot load the document. */
function isInList(operation: Operation, inserting: boolean): boolean {
  const { key, elemId, insert }: Place = operation;
  return key === undefined && typeof elemId === "string" && (insert === true) === inserting;
}

/** Which list an object is a page of; pages are never deleted, so a page always has a path. */
function pageOf(object: string, handle: Handle): string | undefined {
  const info = handle.objInfo(object) as { type: string; path?: readonly unknown[] };
  if (info.type !== "list" || info.path?.length !== 2) return undefined;
  return String(info.path[0]);
}
