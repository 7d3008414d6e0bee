/**
 * Whether networks have nothing left to tell each other.
 *
 * @module
 */
import { sameHeads } from "../sync/mod.ts";
import type { IndrasNetwork } from "./network.ts";

/**
 * Whether everybody in the audience of each artifact holds it with equal heads. Networks outside
 * of the list do not count.
 *
 * @example Not yet, and then
 * ```ts
 * import { IndrasNetwork, isConverged, SimulatedWorld } from "@indras/toolkit/network";
 * import { assert } from "@std/assert";
 *
 * const world = new SimulatedWorld({ seed: "7" });
 * const ada = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
 * const ben = IndrasNetwork.create({ transport: world, sources: world.sources("ben") });
 * ada.start();
 * ben.start();
 * world.connect(ada.memberId, ben.memberId);
 * ada.homeRealm().createArtifact("story").grant(ben.memberId, { mode: "revocable" });
 * assert(!isConverged([ada, ben]));
 * world.settle();
 * assert(isConverged([ada, ben]));
 * ```
 */
export function isConverged(networks: readonly IndrasNetwork[]): boolean {
  return networks.every((network) =>
    network.artifacts().every(({ id, steward, heads }) => {
      // Whose grant has ended is not told so: who belongs to an artifact its steward knows best.
      const audience = (networks.find(({ memberId }) => memberId === steward) ?? network)
        .audience(id);
      if (!audience.has(network.memberId)) return true;
      return networks.filter(({ memberId }) => audience.has(memberId)).every((other) => {
        const theirs = other.artifact(id);
        return theirs !== undefined && sameHeads(theirs.heads, heads);
      });
    })
  );
}
