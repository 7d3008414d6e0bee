import type { DecodedChange, Handle, Operation } from "./_automerge.ts";
import type { CausalPast } from "./_causal_past.ts";

/** Objects that lie in each other, the root not included, beyond which a change is not plain. */
export const PLAIN_DEPTH_MAX = 8;

/**
 * Tells changes that Automerge itself could have made on a document from those that only look like
 * it: each object exists and is of the kind that is written to, each element is there, and each
 * predecessor is just what stood in that place for whoever wrote it.
 *
 * What is plain needs no trial: Automerge takes it, saves it and loads it as it does its own. What
 * is not may be harmless all the same (it may have been written beside something that has been
 * deleted since), but only saving and loading it again can tell.
 */
export class PlainChanges {
  readonly #before: Handle;
  readonly #past: CausalPast;
  /** The number of the latest change, by actor. */
  readonly #lastSeq: (actor: string) => number;
  readonly #takenSeq: Map<string, number> = new Map();
  /** Objects that the changes before have made, and those that were looked up. */
  readonly #objects: Map<string, Container> = new Map([["_root", { kind: "map", depth: 0 }]]);
  readonly #made: Set<string> = new Set();
  /** What stands under a key, by object and key. */
  readonly #values: Map<string, readonly string[]> = new Map();
  /** The list of each element that was made, or `undefined` once it is deleted. */
  readonly #elements: Map<string, string | undefined> = new Map();

  /**
   * @param before The document without the changes.
   * @param past What each of the changes has seen.
   * @param lastSeq The number of an actor's latest change in the document; 0 if it has none.
   */
  constructor(before: Handle, past: CausalPast, lastSeq: (actor: string) => number) {
    this.#before = before;
    this.#past = past;
    this.#lastSeq = lastSeq;
  }

  /** Whether the next change is plain. Once one is not, nothing can be said of those after it. */
  take(change: DecodedChange): boolean {
    const { actor, seq, startOp } = change;
    const last = this.#takenSeq.get(actor) ?? this.#lastSeq(actor);
    if (seq !== last + 1) return false;
    this.#takenSeq.set(actor, seq);
    try {
      return change.ops.every((operation, index) =>
        this.#takes(operation, `${startOp + index}@${actor}`, change.hash!)
      );
    } catch (error) {
      // Automerge does not know an object or an element by that name.
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  #takes(operation: Operation, id: string, hash: string): boolean {
    const { key, elemId, insert } = operation as Place;
    const kind = KIND_BY_ACTION[operation.action];
    if (kind === undefined) return false;
    const isTaken = typeof key === "string" && elemId === undefined && insert !== true
      ? this.#takesInMap(operation, { key, id, hash })
      : key === undefined && typeof elemId === "string" &&
        this.#takesInList(operation, { elemId, id, inserts: insert === true });
    if (!isTaken || kind === "value") return isTaken;
    const depth = this.#object(operation.obj).depth + 1;
    this.#objects.set(id, { kind, depth });
    this.#made.add(id);
    return depth <= PLAIN_DEPTH_MAX;
  }

  #takesInMap(
    { obj, action, pred = [] }: Operation,
    { key, id, hash }: { readonly key: string; readonly id: string; readonly hash: string },
  ): boolean {
    if (this.#object(obj).kind !== "map") return false;
    const place = `${obj} ${key}`;
    const values = this.#values.get(place) ?? this.#valuesBefore(obj, key);
    const seen = new Set(values.filter((value) => this.#past.hasSeen(hash, value)));
    const overwrites = pred.length === seen.size && pred.every((one) => seen.has(one));
    if (!overwrites || (action === "del" && seen.size === 0)) return false;
    const left = values.filter((value) => !seen.has(value));
    this.#values.set(place, action === "del" ? left : [...left, id]);
    return true;
  }

  #takesInList(
    { obj, action, pred = [] }: Operation,
    { elemId, id, inserts }: {
      readonly elemId: string;
      readonly id: string;
      readonly inserts: boolean;
    },
  ): boolean {
    if (this.#object(obj).kind !== "list") return false;
    if (inserts) {
      if (action === "del" || pred.length > 0) return false;
      this.#elements.set(id, obj);
      return elemId === "_head" || this.#isElement(obj, elemId);
    }
    if (action !== "del" || pred.length !== 1 || pred[0] !== elemId) return false;
    if (!this.#isElement(obj, elemId)) return false;
    this.#elements.set(elemId, undefined);
    return true;
  }

  #object(id: string): Container {
    const known = this.#objects.get(id);
    if (known !== undefined) return known;
    const { type, path } = this.#before.objInfo(id) as Info;
    // What lies in something that was deleted has no path.
    const object = { kind: String(type), depth: path?.length ?? PLAIN_DEPTH_MAX };
    this.#objects.set(id, object);
    return object;
  }

  #valuesBefore(object: string, key: string): readonly string[] {
    if (this.#made.has(object)) return [];
    const stored = this.#before.getAll(object === "_root" ? "/" : object, key) as unknown[][];
    return stored.map((value) => String(value.at(-1)));
  }

  /** Whether an object is an element of a list, and nothing but that stands in its place. */
  #isElement(list: string, element: string): boolean {
    if (this.#elements.has(element)) return this.#elements.get(element) === list;
    if (this.#made.has(list)) return false;
    const last = this.#before.length(list) - 1;
    if (last >= 0 && this.#isAt(list, last, element)) return true;
    const index = (this.#before.objInfo(element) as Info).path?.at(-1);
    return typeof index === "number" && this.#isAt(list, index, element);
  }

  #isAt(list: string, index: number, element: string): boolean {
    const values = this.#before.getAll(list, index) as unknown[][];
    return values.length === 1 && values[0]!.at(-1) === element;
  }
}

/** Where an operation says that it writes; Automerge's own type knows maps only. */
interface Place {
  readonly key?: unknown;
  readonly elemId?: unknown;
  readonly insert?: unknown;
}

/** What Automerge tells of an object. */
interface Info {
  readonly type: string;
  readonly path?: readonly unknown[];
}

/** An object as far as it matters here. */
interface Container {
  readonly kind: string;
  /** The objects that it lies in, the root not included. */
  readonly depth: number;
}

/** What an operation puts in its place; counters, texts and marks are never plain. */
const KIND_BY_ACTION: Readonly<Record<string, string | undefined>> = {
  set: "value",
  del: "value",
  makeMap: "map",
  makeList: "list",
};
