import { sameHeads } from "./ids.ts";
import type { Heads } from "./ids.ts";

/** What is remembered of a change that is in the document. */
export interface KnownChange {
  /** Its name. */
  readonly hash: string;
  /** The names of the changes that it builds upon directly. */
  readonly deps: readonly string[];
  /** Who wrote it. */
  readonly actor: string;
  /** The counter of its first operation. */
  readonly startOp: number;
  /** The counter of its last one. */
  readonly maxOp: number;
  /** The whole of it, as Automerge writes it. */
  readonly bytes: Uint8Array;
}

/** Changes that are kept with their bytes, and those bytes. */
const KEPT_MAX = { changes: 64, bytes: 16 * 1024 } as const;
/** Older changes that are remembered to be there. */
const FOUND_MAX = 1_024;

/**
 * What a document knows of its changes without asking Automerge, where each answer is searched for
 * and carried over from WebAssembly. Most of what is asked is about the last few: what one step has
 * added is written to the store, and sent to those who held all that was there before.
 */
export class KnownChanges {
  /** Each step, with the heads that there were before it, and so all of the changes before it. */
  readonly #steps: { readonly before: Heads; readonly changes: readonly KnownChange[] }[] = [];
  readonly #kept: Map<string, KnownChange> = new Map();
  /** The highest operations of older changes, as far as was asked: no change ever goes. */
  readonly #found: Map<string, number> = new Map();
  #bytes = 0;
  /** The first change, as long as all that came after it is kept. */
  #first: string | undefined;

  /** @param first The first change, if whatever comes after it will be added. */
  constructor(first?: string) {
    this.#first = first;
  }

  /** Takes note of what one step has added to a document, each after those that it builds upon. */
  add(before: Heads, changes: readonly KnownChange[]): void {
    const step = {
      before,
      changes: changes.map(({ hash, deps, actor, startOp, maxOp, bytes }) => {
        return { hash, deps, actor, startOp, maxOp, bytes };
      }),
    };
    this.#steps.push(step);
    for (const change of step.changes) {
      this.#kept.set(change.hash, change);
      this.#bytes += change.bytes.length;
    }
    while (this.#kept.size > KEPT_MAX.changes || this.#bytes > KEPT_MAX.bytes) this.#dropFirst();
  }

  /**
   * What the document holds beyond these heads, each after those that it builds upon; `undefined` if
   * that is not known.
   */
  since(heads: Heads): readonly KnownChange[] | undefined {
    const first = this.#steps.findLastIndex(({ before }) => sameHeads(before, heads));
    if (first < 0) return undefined;
    return this.#steps.slice(first).flatMap(({ changes }) => changes);
  }

  /**
   * The highest operation of a change.
   *
   * @param ask Searches the document; `undefined` if the change is not there.
   */
  maxOpOf(hash: string, ask: () => number | undefined): number | undefined {
    const known = this.#kept.get(hash)?.maxOp ?? this.#found.get(hash);
    if (known !== undefined) return known;
    if (this.#first !== undefined && this.#first !== hash) return undefined;
    const found = ask();
    if (found === undefined) return undefined;
    if (this.#found.size >= FOUND_MAX) this.#found.clear();
    this.#found.set(hash, found);
    return found;
  }

  #dropFirst(): void {
    this.#first = undefined;
    for (const { hash, bytes } of this.#steps.shift()!.changes) {
      this.#kept.delete(hash);
      this.#bytes -= bytes.length;
    }
  }
}
