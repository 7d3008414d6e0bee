/** The eight integration tests of store-and-forward sync, over sealed envelopes. */
import { assert, assertEquals } from "@std/assert";
import { IndrasNetwork, SimulatedWorld } from "../network/mod.ts";
import type { Artifact } from "../network/mod.ts";
import { parseArtifactId } from "../sync/mod.ts";
import type { ArtifactId } from "../sync/mod.ts";

const child = (n: number) => parseArtifactId(n.toString(16).padStart(64, "0"));
const bytes = (text: string) => new TextEncoder().encode(text);

/** Peers that were created independently and are linked, each to each. */
function meet(...names: string[]) {
  const world = new SimulatedWorld({ seed: "7" });
  const peers = names.map((name) => {
    const peer = IndrasNetwork.create({ transport: world, sources: world.sources(name) });
    peer.start();
    return peer;
  });
  for (const [n, left] of peers.entries()) {
    for (const right of peers.slice(n + 1)) world.connect(left.memberId, right.memberId);
  }
  world.settle();
  const [a, b, c, d] = peers as [IndrasNetwork, IndrasNetwork, IndrasNetwork, IndrasNetwork];
  return { world, peers, a, b, c, d };
}

function share(from: IndrasNetwork, ...others: IndrasNetwork[]): Artifact {
  const story = from.homeRealm().createArtifact("story");
  for (const other of others) story.grant(other.memberId, { mode: "revocable" });
  return story;
}

const refs = (peer: IndrasNetwork, id: ArtifactId) =>
  peer.artifact(id)?.references.map(({ artifactId }) => artifactId);
const received = (peer: IndrasNetwork, from: IndrasNetwork) =>
  peer.stats().payloadsFrom.get(from.memberId) ?? 0;

Deno.test("1. basic sync: A creates a story, appends a reference, B has it", () => {
  const { world, a, b } = meet("a", "b");
  const story = share(a, b);
  story.appendRef(child(1), { label: "hello" });
  world.settle();
  assertEquals(b.artifact(story.id)!.references, story.references);
  assertEquals(received(b, a), 1);
});

Deno.test("2. offline convergence: both append while disconnected, both end up with both", () => {
  const { world, a, b } = meet("a", "b");
  const story = share(a, b);
  world.settle();
  world.disconnect(a.memberId, b.memberId);
  story.appendRef(child(1));
  world.runFor(1000);
  b.artifact(story.id)!.appendRef(child(2));
  world.settle();
  assertEquals([refs(a, story.id), refs(b, story.id)], [[child(1)], [child(2)]]);
  const before = [received(a, b), received(b, a)];
  world.connect(a.memberId, b.memberId);
  world.settle();
  assertEquals(refs(a, story.id), [child(1), child(2)]);
  assertEquals(b.artifact(story.id)!.heads, story.heads);
  assertEquals([received(a, b) - before[0]!, received(b, a) - before[1]!], [1, 1]);
});

Deno.test("3. three peers: what C missed waits for it, then all three hold the same", () => {
  const { world, peers, a, b, c } = meet("a", "b", "c");
  const story = share(a, b, c);
  world.settle();
  world.goOffline(c.memberId);
  story.appendRef(child(1));
  world.settle();
  assertEquals([refs(b, story.id), refs(c, story.id)], [[child(1)], []]);
  assertEquals(a.stats().waiting, 1);
  const before = received(c, a);
  world.goOnline(c.memberId);
  world.settle();
  assertEquals(received(c, a) - before, 1);
  for (const peer of peers) assertEquals(peer.artifact(story.id)!.heads, story.heads);
});

Deno.test("4. a new member gets everything in one delivery", () => {
  const { world, a, b, d } = meet("a", "b", "c", "d");
  const story = share(a, b);
  for (let n = 0; n < 40; n++) story.appendRef(child(n));
  world.settle();
  b.artifact(story.id)!.appendRef(child(100));
  world.settle();
  assertEquals(a.knownHeads(story.id, d.memberId), []);
  story.grant(d.memberId, { mode: "revocable" });
  world.settle();
  assertEquals(refs(d, story.id), refs(a, story.id));
  assertEquals(refs(d, story.id)!.length, 41);
  assertEquals(received(d, a), 1);
  assertEquals(a.knownHeads(story.id, d.memberId), story.heads);
});

Deno.test("5. revocation: B's record is cleared, and nothing reaches it any more", () => {
  const { world, a, b } = meet("a", "b");
  const story = share(a, b);
  world.settle();
  story.revoke(b.memberId);
  assertEquals(a.knownHeads(story.id, b.memberId), []);
  const before = [b.artifact(story.id)!.heads, received(b, a)];
  story.appendRef(child(1));
  world.settle();
  assertEquals([b.artifact(story.id)!.heads, received(b, a)], before);
  assertEquals(a.stats().waiting, 0);
});

Deno.test("7. a stale record sends too much, which is harmless", () => {
  const { world, a, b, c } = meet("a", "b", "c");
  const story = share(a, b, c);
  world.settle();
  // B and C exchange while A is away; A does not know what B has since.
  world.goOffline(a.memberId);
  c.artifact(story.id)!.appendRef(child(1));
  world.settle();
  world.goOffline(b.memberId);
  world.goOnline(a.memberId);
  world.settle(); // A gets it from C
  story.appendRef(child(2));
  world.goOnline(b.memberId);
  world.settle();
  const events = received(b, a);
  assert(events >= 1);
  assertEquals(refs(b, story.id), [child(1), child(2)]);
  assertEquals(b.artifact(story.id)!.heads, story.heads);
  assertEquals(c.artifact(story.id)!.heads, story.heads);
});

Deno.test("8. metadata written at the same time: both have both keys", () => {
  const { world, a, b } = meet("a", "b");
  const story = share(a, b);
  world.settle();
  story.setMetadata("color", bytes("blue"));
  b.artifact(story.id)!.setMetadata("size", bytes("large"));
  world.settle();
  for (const peer of [a, b]) {
    assertEquals(
      peer.artifact(story.id)!.metadata,
      new Map([["color", bytes("blue")], ["size", bytes("large")]]),
    );
  }
});
