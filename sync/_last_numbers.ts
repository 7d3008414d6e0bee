/** The number of each actor's latest change in a document, but for those that are made here. */
export class LastNumbers {
  readonly #byActor: Map<string, number>;

  constructor(numbers?: LastNumbers) {
    this.#byActor = new Map(numbers === undefined ? [] : numbers.#byActor);
  }

  /** The number of an actor's latest change; 0 if it has none. */
  of(actor: string): number {
    return this.#byActor.get(actor) ?? 0;
  }

  /** How many actors there are. */
  get size(): number {
    return this.#byActor.size;
  }

  /** Takes note of changes that are in the document now. */
  note(changes: readonly { readonly actor: string; readonly seq: number }[]): void {
    for (const { actor, seq } of changes) {
      this.#byActor.set(actor, Math.max(seq, this.of(actor)));
    }
  }
}
