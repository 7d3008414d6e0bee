/**
 * Whether networks have nothing left to tell each other.
 *
 * @module
 */
import { sameHeads } from "../sync/mod.ts";
import type { IndrasNetwork } from "./network.ts";

/**
 * Whether everybody in the audience of each artifact, and every member of each realm, holds its
 * documents with equal heads. Networks outside of the list do not count.
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
  return areArtifactsEqual(networks) && areRealmsEqual(networks);
}

function areArtifactsEqual(networks: readonly IndrasNetwork[]): boolean {
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

function areRealmsEqual(networks: readonly IndrasNetwork[]): boolean {
  const held = new Map(networks.map((network) => [network.memberId, network.sharedHeads()]));
  return [...held].every(([self, documents]) =>
    [...documents].every(([id, { heads, audience, isArtifact }]) => {
      // Who has left a realm, or waits to be let in, is told nothing.
      if (isArtifact || !audience.has(self)) return true;
      const others = [...audience].filter((member) => held.has(member));
      return others.every((member) => {
        const theirs = held.get(member)!.get(id);
        return theirs !== undefined && sameHeads(theirs.heads, heads);
      });
    })
  );
}
