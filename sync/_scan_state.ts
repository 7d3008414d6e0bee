import { bad, type ByteReader, tooLarge } from "./_byte_reader.ts";
import { Nesting } from "./_nesting.ts";
import { ScanBudget } from "./_scan_budget.ts";
import type { ScanLimits } from "./_scan_limits.ts";

/** What the chunks of one payload know of each other. */
export class ScanState {
  readonly limits: Required<ScanLimits>;
  readonly budget: ScanBudget;
  readonly nesting: Nesting;
  /** The highest counter of each change in the payload so far, by hash. */
  readonly #maxOps = new Map<string, number>();
  /** Changes that nothing in the payload depends on so far, by hash. */
  readonly #tips = new Set<string>();

  constructor(limits: Required<ScanLimits>) {
    this.limits = limits;
    this.budget = new ScanBudget(limits);
    this.nesting = new Nesting(limits.actorsMax);
  }

  /** Hashes that a chunk lists. */
  hashes(reader: ByteReader): string[] {
    const count = reader.uleb();
    if (count > this.limits.depsMax) throw tooLarge("depsMax", count, this.limits.depsMax);
    return Array.from({ length: count }, () => reader.take(32).toHex());
  }

  /** One actor, in hexadecimal. */
  actor(reader: ByteReader): string {
    const bytes = reader.prefixed();
    const max = this.limits.actorBytesMax;
    if (bytes.length > max) throw tooLarge("actorBytesMax", bytes.length, max);
    if (bytes.length === 0) throw bad("an actor is empty");
    return bytes.toHex();
  }

  /** The actors that a chunk lists: ascending, so none twice. */
  actors(reader: ByteReader): string[] {
    const count = reader.uleb();
    if (count > this.limits.actorsMax) throw tooLarge("actorsMax", count, this.limits.actorsMax);
    const actors: string[] = [];
    for (let i = 0; i < count; i++) {
      const actor = this.actor(reader);
      if (i > 0 && actor <= actors[i - 1]!) throw bad("actors are not in ascending order");
      actors.push(actor);
    }
    return actors;
  }

  /** Takes note of a change, so that the ones after it can be compared with it. */
  follow(hash: string, deps: readonly string[], startOp: number, opCount: number): void {
    if (this.#maxOps.has(hash)) return;
    const known = deps.map((dep) => this.#maxOps.get(dep));
    const before = known.reduce<number>((max, op) => Math.max(max, op ?? 0), 0);
    if (startOp <= before) throw bad("a change counts backwards");
    // Counters left out cost Automerge as much as used ones; see `_change_table.ts`.
    if (!known.includes(undefined)) this.budget.spend("rowsMax", startOp - 1 - before);
    this.#maxOps.set(hash, startOp + opCount - 1);
    this.#tips.add(hash);
    for (const dep of deps) this.#tips.delete(dep);
  }

  /** Checks what only shows when all chunks were read. */
  end(): void {
    this.budget.spend("headsMax", this.#tips.size);
    const depth = this.nesting.depth(this.limits.depthMax);
    const steps = depth * this.budget.used("objectsMax");
    const max = this.limits.pathStepsMax;
    if (steps > max) throw tooLarge("pathStepsMax", steps, max);
  }
}
