import { SyncError } from "./errors.ts";
import type { Genesis } from "./genesis.ts";
import { SCAN_LIMITS } from "./scan.ts";

/** What an object of a value is. */
export type ObjectType = "map" | "list" | "text";

/** A map, list or text that some change has made. */
export interface ValueObject {
  readonly type: ObjectType;
  /** How many objects it lies in, itself included: 1 for the value itself. */
  readonly depth: number;
}

/** What a history takes up, in the terms of the limits of a payload. */
export interface HistorySize {
  /** Maps, lists and texts that were ever made. */
  readonly objects: number;
  /** How deep the deepest of them lies. */
  readonly deepest: number;
  /** Operations and what each of them replaces. */
  readonly rows: number;
  /** Bytes of the operations, roughly and with each repetition. */
  readonly bytes: number;
}

/** Bytes of an operation besides its key and its value, at most. */
export const OPERATION_BYTES = 24;

/**
 * Every object that the changes of a document have made, whether it can still be seen or not, and
 * what all changes together take up.
 *
 * Each change is looked at before it is known whether it will be applied: what it makes counts until
 * it is forgotten or settled.
 */
export class ValueObjects {
  readonly #genesis: Genesis;
  readonly #objects: Map<string, ValueObject> = new Map();
  #settled: HistorySize = { objects: 3, deepest: 1, rows: 16, bytes: 1024 };
  #size: HistorySize = this.#settled;
  readonly #unsettled: string[] = [];
  #hasProto = false;

  /** Holds the three objects that the genesis makes. */
  constructor(genesis: Genesis) {
    this.#genesis = genesis;
    for (const type of ["map", "list", "text"] as const) {
      this.#objects.set(this.root(type), { type, depth: 1 });
    }
  }

  /** The same for a copy of the document. */
  copy(): ValueObjects {
    const copy = new ValueObjects(this.#genesis);
    for (const [id, object] of this.#objects) copy.#objects.set(id, object);
    copy.#settled = copy.#size = this.#settled;
    copy.#hasProto = this.#hasProto;
    return copy;
  }

  /** The id of the object that holds the value while it is a map, a list or a text. */
  root(type: ObjectType): string {
    return `${ROOT_COUNTERS[type]}@${this.#genesis.actor}`;
  }

  /** An object by its id; `undefined` if no change has made it. */
  find(id: string): ValueObject | undefined {
    return this.#objects.get(id);
  }

  /** A change makes an object. */
  add(id: string, object: ValueObject): void {
    if (this.#objects.has(id)) return;
    this.#objects.set(id, object);
    this.#unsettled.push(id);
    const { objects, deepest } = this.#size;
    this.take({ objects: objects + 1, deepest: Math.max(deepest, object.depth) });
  }

  /** Whether some change may have written a key that is called `__proto__`. */
  get hasProto(): boolean {
    return this.#hasProto;
  }

  /** A change writes a key. */
  noteKey(key: unknown): void {
    if (key === "__proto__") this.#hasProto = true;
  }

  /** A change brings the size to this. */
  take(size: Partial<HistorySize>): void {
    this.#size = { ...this.#size, ...size };
  }

  /** What all changes take up, those that are not settled too. */
  get size(): HistorySize {
    return this.#size;
  }

  /** What was looked at has been applied. */
  settle(): void {
    this.#settled = this.#size;
    this.#unsettled.length = 0;
  }

  /** What was looked at has not been applied. */
  forget(): void {
    for (const id of this.#unsettled.splice(0)) this.#objects.delete(id);
    this.#size = this.#settled;
  }
}

/** The operations of the genesis that make the three objects. */
export const ROOT_COUNTERS: Readonly<Record<ObjectType, number>> = { map: 3, list: 4, text: 5 };

/**
 * Fails if the objects of a history are more than a payload can carry.
 *
 * @param share What part of the limits may be used.
 * @throws {SyncError} `too_large` if they are.
 */
export function checkObjects({ objects, deepest }: HistorySize, share: number = 1): void {
  // A payload's limit counts the root as well.
  const fits = objects <= SCAN_LIMITS.objectsMax * share &&
    objects * (deepest + 1) <= SCAN_LIMITS.pathStepsMax * share;
  if (fits) return;
  throw new SyncError(
    "too_large",
    `Cannot change document: ${objects} objects, ${deepest} deep, are more than a payload carries`,
  );
}

/**
 * Fails if a history is more than a payload can carry.
 *
 * @throws {SyncError} `too_large` if it is.
 */
export function checkSize(size: HistorySize, share: number): void {
  checkObjects(size, share);
  const fits = size.rows <= SCAN_LIMITS.rowsMax * share &&
    size.bytes <= SCAN_LIMITS.inflatedBytesMax * share;
  if (fits) return;
  throw new SyncError(
    "too_large",
    `Cannot change document: ${size.rows} operations are more than a payload carries`,
  );
}
