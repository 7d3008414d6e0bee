import { bad, tooLarge } from "./_byte_reader.ts";

/**
 * How deeply the objects that a payload makes lie in each other.
 *
 * Automerge 3.5 builds the path of every object it was told about, so a chain of n maps takes
 * n * n / 2 steps: a 44 KB change with 20,000 of them fills 3 GB and ends the wasm module.
 */
export class Nesting {
  readonly #parents = new Map<number, number>();
  readonly #actors = new Map<string, number>();
  readonly #actorsMax: number;

  constructor(actorsMax: number) {
    this.#actorsMax = actorsMax;
  }

  /** The number of a writer, the same in each chunk of the payload. */
  intern(actor: string): number {
    const known = this.#actors.get(actor);
    if (known !== undefined) return known;
    const number = this.#actors.size;
    if (number >= this.#actorsMax) throw tooLarge("actorsMax", number + 1, this.#actorsMax);
    this.#actors.set(actor, number);
    return number;
  }

  /** One number for the id of an operation; `actor` comes from {@linkcode intern}. */
  key(counter: number, actor: number): number {
    return counter * this.#actorsMax + actor;
  }

  /** Says that an object lies in another; ids count upwards, so a circle cannot be said. */
  nest(child: number, parent: number): void {
    if (child <= parent) throw bad("an object lies in one that is younger");
    this.#parents.set(child, parent);
  }

  /** How many of the payload's objects lie in each other at most; stops above `max`. */
  depth(max: number): number {
    const depths = new Map<number, number>();
    let deepest = 0;
    for (const start of this.#parents.keys()) {
      const path: number[] = [];
      let at: number | undefined = start;
      while (at !== undefined && !depths.has(at)) {
        path.push(at);
        at = this.#parents.get(at);
      }
      let depth = at === undefined ? 0 : depths.get(at) ?? 0;
      for (const object of path.reverse()) depths.set(object, ++depth);
      if (depth > max) throw tooLarge("depthMax", depth, max);
      deepest = Math.max(deepest, depth);
    }
    return deepest;
  }
}
