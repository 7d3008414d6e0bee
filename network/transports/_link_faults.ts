import type { MemberId } from "../../sync/mod.ts";
import type { Faults, Latency } from "./faults.ts";

/** What holds for one link. */
export type LinkFaults = Required<Omit<Faults, "between">>;

/** Some of what holds for one link. */
export type NamedFaults = { -readonly [Key in keyof LinkFaults]?: LinkFaults[Key] };

const CHANCES = ["loss", "duplicate", "reorder", "crash"] as const;

/** The faults of all links: for each, the last call that named a fault decides. */
export class FaultSettings {
  readonly #defaults: LinkFaults;
  readonly #pairs: Map<string, NamedFaults> = new Map();
  #all: LinkFaults;

  /** No faults, and a latency. */
  constructor(latencyMs: Latency) {
    this.#defaults = { loss: 0, duplicate: 0, reorder: 0, crash: 0, latencyMs };
    this.#all = this.#defaults;
  }

  /** Sets what is named; what names nothing goes back to what held before. */
  set(named: NamedFaults, between?: Faults["between"]): void {
    const names = Object.keys(named) as (keyof LinkFaults)[];
    if (between !== undefined) {
      const key = keyOf(...between);
      if (names.length === 0) this.#pairs.delete(key);
      else this.#pairs.set(key, { ...this.#pairs.get(key), ...named });
    } else if (names.length === 0) {
      this.#all = this.#defaults;
      this.#pairs.clear();
    } else {
      this.#all = { ...this.#all, ...named };
      for (const pair of this.#pairs.values()) for (const name of names) delete pair[name];
    }
  }

  /** What holds between two peers. */
  between(left: MemberId, right: MemberId): LinkFaults {
    if (this.#pairs.size === 0) return this.#all;
    return { ...this.#all, ...this.#pairs.get(keyOf(left, right)) };
  }
}

/**
 * Checks a latency.
 *
 * @throws {RangeError} unless it is two finite times from 0, the smaller one first.
 */
export function checkLatency({ min, max }: Latency, what: string): void {
  if (0 <= min && min <= max && max < Infinity) return;
  throw new RangeError(`Cannot ${what}: latency from ${min} to ${max} ms`);
}

/**
 * What is named.
 *
 * @throws {RangeError} for a probability that is not from 0 to 1, or a latency that is none.
 */
export function namedFaults(faults: Faults): NamedFaults {
  const named: NamedFaults = {};
  for (const name of CHANCES) {
    const chance = faults[name];
    if (chance === undefined) continue;
    if (!(chance >= 0 && chance <= 1)) {
      throw new RangeError(`Cannot set faults: expected ${name} from 0 to 1, got ${chance}`);
    }
    named[name] = chance;
  }
  if (faults.latencyMs !== undefined) {
    checkLatency(faults.latencyMs, "set faults");
    named.latencyMs = { ...faults.latencyMs };
  }
  return named;
}

function keyOf(left: MemberId, right: MemberId): string {
  return left < right ? `${left} ${right}` : `${right} ${left}`;
}
