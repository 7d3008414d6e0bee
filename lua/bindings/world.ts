/**
 * What a Lua script can do with the world: let time pass, cut links, look at counters.
 *
 * @module
 */
import { IndrasNetwork, isConverged } from "../../network/mod.ts";
import type { SimulatedWorld } from "../../network/mod.ts";
import { instance, list, seconds } from "./_arguments.ts";
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
    heal: () => nothing(world.heal()),
    converged: (some) => isConverged(all(some)),
    stats: (one) => {
      const chosen = one === undefined ? networks : [instance(one, "network", IndrasNetwork)];
      return total(chosen, world);
    },
  };
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
