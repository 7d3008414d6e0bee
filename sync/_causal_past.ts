import type { DecodedChange, Operation } from "./_automerge.ts";
import { SyncError } from "./errors.ts";

/** What Automerge tells of a change without opening it. */
interface Meta {
  readonly hash: string;
  readonly deps: readonly string[];
  readonly actor: string;
  readonly startOp: number;
  readonly maxOp: number;
}

/** The document without the new changes, as far as it matters here. */
export interface Before {
  /** What there is beyond some heads, each after those that it builds upon. */
  readonly getChangesMeta: (heads: string[]) => readonly Meta[];
}

/** What a change has seen: all of the recent changes up to a place, and some beyond it. */
interface Seen {
  readonly upTo: number;
  /** The highest operation by actor, of those beyond. */
  readonly beyond: ReadonlyMap<string, number>;
}

/**
 * Knows which operations new changes have seen, so that none refers to something beside its own
 * past. Automerge takes such changes, and panics when the document is loaded elsewhere.
 *
 * Only what is not in everybody's past is looked at: the new changes, and what is concurrent to them.
 * A change that has seen all before it, as most have, is remembered by its place alone.
 */
export class CausalPast {
  /** By actor, its recent changes in order, with their places. */
  readonly #byActor: Map<string, { readonly meta: Meta; readonly place: number }[]> = new Map();
  readonly #seenByHash: Map<string, Seen> = new Map();
  /** Changes that have not seen the one that their actor made before. */
  readonly #astray: Set<string> = new Set();

  /**
   * @param before The document without the new changes.
   * @param added The new changes, each after those that it builds upon.
   */
  constructor(before: Before, added: readonly Meta[]) {
    let heads = new Set<string>();
    recentOf(before, added).forEach((meta, place) => {
      const changes = this.#byActor.get(meta.actor) ?? [];
      const seesAll = [...heads].every((head) => meta.deps.includes(head));
      const seen = seesAll ? { upTo: place, beyond: NONE } : this.#merge(meta);
      const last = changes.at(-1);
      if (last && last.place > seen.upTo && last.meta.maxOp > (seen.beyond.get(meta.actor) ?? 0)) {
        this.#astray.add(meta.hash);
      }
      changes.push({ meta, place });
      this.#byActor.set(meta.actor, changes);
      const beyond = seesAll ? NONE : new Map(seen.beyond).set(meta.actor, meta.maxOp);
      this.#seenByHash.set(meta.hash, { upTo: seen.upTo, beyond });
      heads = heads.difference(new Set(meta.deps)).add(meta.hash);
    });
  }

  /**
   * Checks that a change follows on the one that its actor made before, and refers to nothing but
   * itself and what it has seen.
   *
   * @throws {SyncError} `bad_changes` if it does not.
   */
  check(change: DecodedChange): void {
    if (this.#astray.has(change.hash!)) throw bad(change, "its actor has gone two ways");
    for (const operation of change.ops) {
      for (const id of idsIn(operation)) {
        if (!this.hasSeen(change.hash!, id)) throw bad(change, "it refers to what it has not seen");
      }
    }
  }

  /** Whether a new change has seen an operation, or is of one with it. */
  hasSeen(hash: string, id: string): boolean {
    const { upTo, beyond } = this.#seenByHash.get(hash)!;
    const at = id.indexOf("@");
    if (at < 0) return true; // the root, or the head of a list
    const counter = Number(id.slice(0, at));
    const actor = id.slice(at + 1);
    const changes = this.#byActor.get(actor);
    // What is not recent, everybody has seen.
    if (changes === undefined || counter < changes[0]!.meta.startOp) return true;
    return counter <= (beyond.get(actor) ?? 0) || placeOf(changes, counter) <= upTo;
  }

  #merge(meta: Meta): Seen {
    const deps = meta.deps.flatMap((dep) => this.#seenByHash.get(dep) ?? []);
    const beyond = new Map<string, number>();
    for (const [actor, counter] of deps.flatMap((one) => [...one.beyond])) {
      beyond.set(actor, Math.max(counter, beyond.get(actor) ?? 0));
    }
    return { upTo: Math.max(-1, ...deps.map(({ upTo }) => upTo)), beyond };
  }
}

const NONE: ReadonlyMap<string, number> = new Map();

function bad(change: DecodedChange, why: string): SyncError {
  return new SyncError("bad_changes", `Cannot apply change "${change.hash}": ${why}`);
}

/** The new changes and those concurrent to them, each after those that it builds upon. */
function recentOf(before: Before, added: readonly Meta[]): readonly Meta[] {
  const hashes = new Set(added.map(({ hash }) => hash));
  const concurrent = added.filter(({ deps }) => !deps.some((dep) => hashes.has(dep)))
    .map(({ deps }) => before.getChangesMeta([...deps]));
  if (concurrent.length < 2) return [...(concurrent[0] ?? []), ...added];
  const recent = new Set(concurrent.flatMap((metas) => metas.map(({ hash }) => hash)));
  if (recent.size === 0) return added;
  return [...before.getChangesMeta([]).filter(({ hash }) => recent.has(hash)), ...added];
}

/** Where the change of an actor stands that made an operation; beyond all, if none did. */
function placeOf(
  changes: readonly { readonly meta: Meta; readonly place: number }[],
  counter: number,
): number {
  let low = 0;
  for (let high = changes.length; low < high;) {
    const middle = (low + high) >> 1;
    if (changes[middle]!.meta.maxOp < counter) low = middle + 1;
    else high = middle;
  }
  return changes[low]?.place ?? Infinity;
}

function* idsIn(operation: Operation): Generator<string> {
  yield operation.obj;
  const { elemId } = operation as Operation & { readonly elemId?: unknown };
  if (typeof elemId === "string") yield elemId;
  yield* operation.pred ?? [];
}
