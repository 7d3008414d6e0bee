/**
 * What a Lua script can do with the world: let time pass, cut and spoil links, look at counters.
 *
 * @module
 */
import { IndrasNetwork, isConverged } from "../../network/mod.ts";
import type { Faults, SimulatedWorld } from "../../network/mod.ts";
import { fields, instance, list, number, seconds } from "./_arguments.ts";
import type { BindingContext } from "./context.ts";
import { nothing } from "./network.ts";

/** Functions of the table `indras`. */
export function worldFunctions(
  { world, networks }: BindingContext,
): Record<string, (...args: unknown[]) => unknown> {
  const all = (value: unknown): readonly IndrasNetwork[] =>
    value === undefined
      ? networks
      : list(value, "networks").map((one) => instance(one, "network", IndrasNetwork));
  const ids = (value: unknown) => all(list(value, "group")).map(({ memberId }) => memberId);
  return {
    sleep: (duration) => nothing(world.runFor(seconds(duration, "seconds"))),
    settle: (max) => nothing(world.settle(max === undefined ? max : seconds(max, "max_seconds"))),
    now: () => world.elapsedMs / 1000,
    seed: () => BigInt(world.seed),
    partition: (...groups) => nothing(world.partition(groups.map(ids))),
    faults: (some) => nothing(world.faults(faultsFrom(some))),
    heal: () => nothing(world.heal()),
    converged: (some) => isConverged(all(some)),
    stats: (one) => {
      const chosen = one === undefined ? networks : [instance(one, "network", IndrasNetwork)];
      return total(chosen, world);
    },
  };
}

const CHANCES = ["loss", "duplicate", "reorder", "crash"] as const;

/** What a table of faults says; all of it is checked before any of it is set. */
function faultsFrom(value: unknown): Faults {
  if (value === undefined) {
    // Left out by mistake it would take all faults back.
    throw new TypeError("bad argument 'faults': expected a table with named fields, got nil");
  }
  const given = fields(value, "faults", [...CHANCES, "latency", "between"]);
  const faults: { -readonly [Key in keyof Faults]: Faults[Key] } = {};
  for (const name of CHANCES) {
    if (given[name] !== undefined) faults[name] = probability(given[name], name);
  }
  if (given.latency !== undefined) {
    const [first, second] = two(given.latency, "latency", "two times");
    const [min, max] = [seconds(first, "latency"), seconds(second, "latency")];
    if (min > max) throw new TypeError("bad argument 'latency': expected the shorter time first");
    faults.latencyMs = { min, max };
  }
  if (given.between !== undefined) {
    const [first, second] = two(given.between, "between", "two networks");
    const idOf = (one: unknown) => instance(one, "between", IndrasNetwork).memberId;
    faults.between = [idOf(first), idOf(second)];
  }
  return faults;
}

function probability(value: unknown, name: string): number {
  const found = number(value, name);
  if (found >= 0 && found <= 1) return found;
  throw new TypeError(`bad argument '${name}': expected a number from 0 to 1, got ${found}`);
}

function two(value: unknown, name: string, expected: string): readonly unknown[] {
  const items = list(value, name);
  if (items.length === 2) return items;
  throw new TypeError(`bad argument '${name}': expected ${expected}, got ${items.length}`);
}

/** Counts of networks, added up; `payloads_from` by the sender's id. */
function total(chosen: readonly IndrasNetwork[], world: SimulatedWorld): Record<string, unknown> {
  const traffic = chosen.map(({ memberId }) => world.stats(memberId));
  const sync = chosen.map((network) => network.stats());
  const from: Record<string, number> = {};
  for (const [sender, count] of sync.flatMap(({ payloadsFrom }) => [...payloadsFrom])) {
    from[sender] = (from[sender] ?? 0) + count;
  }
  return {
    envelopes: sum(traffic.map(({ envelopes }) => envelopes)),
    bytes: sum(traffic.map(({ bytes }) => bytes)),
    delivered: sum(traffic.map(({ delivered }) => delivered)),
    dropped: sum(traffic.map(({ dropped }) => dropped)),
    duplicates: sum(sync.map(({ duplicates }) => duplicates)),
    full_syncs: sum(sync.map(({ fullSyncs }) => fullSyncs)),
    mailbox: sum(sync.map(({ waiting }) => waiting)),
    receipts: sum(sync.map(({ receipts }) => receipts)),
    payloads: sum(Object.values(from)),
    payloads_from: from,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left + right, 0);
}
