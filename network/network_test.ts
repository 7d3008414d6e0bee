import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  encodePayload,
  encodeReceipt,
  encodeWire,
  newArtifactId,
  parseArtifactId,
  sealBody,
  sealEnvelope,
} from "../sync/mod.ts";
import type { ArtifactId, MemberId, SyncEvent } from "../sync/mod.ts";
import type { Artifact } from "./artifact.ts";
import { isConverged } from "./converged.ts";
import { NetworkError } from "./errors.ts";
import { createIdentity } from "./identity.ts";
import { IndrasNetwork } from "./network.ts";
import { SimulatedWorld } from "./transports/simulated.ts";

const child = (n: number) => parseArtifactId(n.toString(16).padStart(64, "0"));
const bytes = (text: string) => new TextEncoder().encode(text);

/** Networks that are started and linked, each with what happened to it. */
function meet(count: number, seed = "7") {
  const world = new SimulatedWorld({ seed });
  const events: SyncEvent[][] = [];
  const networks = Array.from({ length: count }, (_, n) => {
    const mine: SyncEvent[] = [];
    events.push(mine);
    const network = IndrasNetwork.create({
      transport: world,
      sources: world.sources(`network ${n}`),
      onEvent: (event) => mine.push(event),
    });
    network.start();
    return network;
  });
  for (const [n, left] of networks.entries()) {
    for (const right of networks.slice(n + 1)) world.connect(left.memberId, right.memberId);
  }
  world.settle();
  const [ada, ben, cyd] = networks as [IndrasNetwork, IndrasNetwork, IndrasNetwork];
  return { world, networks, events, ada, ben, cyd };
}

function share(from: IndrasNetwork, ...others: IndrasNetwork[]): Artifact {
  const artifact = from.homeRealm().createArtifact("story", { name: "Tides" });
  for (const other of others) artifact.grant(other.memberId, { mode: "revocable" });
  return artifact;
}

/** Asserts that all hold the same, and that each knows it of each other. */
function assertConverged(id: ArtifactId, networks: readonly IndrasNetwork[]): void {
  const heads = networks[0]!.artifact(id)!.heads;
  for (const left of networks) {
    assertEquals(left.artifact(id)!.heads, heads);
    for (const right of networks) {
      if (left !== right) assertEquals(left.knownHeads(id, right.memberId), heads);
    }
  }
}

const payloadsFrom = (network: IndrasNetwork, sender: IndrasNetwork) =>
  network.stats().payloadsFrom.get(sender.memberId) ?? 0;

Deno.test("an artifact reaches whom it is granted to, and nobody else", () => {
  const { world, ada, ben, cyd } = meet(3);
  const story = share(ada, ben);
  story.appendRef(child(1), { label: "one" });
  world.settle();
  const bens = ben.artifact(story.id)!;
  assertEquals([bens.kind, bens.steward, bens.status], ["story", ada.memberId, "active"]);
  assertEquals(bens.references, story.references);
  assertEquals(bens.getMetadata("name"), bytes("Tides"));
  assertEquals(cyd.artifact(story.id), undefined);
  assertConverged(story.id, [ada, ben]);
  assertEquals(cyd.stats().payloadsFrom, new Map());
});

Deno.test("a burst is one payload to each peer", () => {
  const { world, ada, ben, cyd } = meet(3);
  const story = share(ada, ben, cyd);
  for (let n = 0; n < 100; n++) story.appendRef(child(n));
  world.settle();
  assertEquals([payloadsFrom(ben, ada), payloadsFrom(cyd, ada)], [1, 1]);
  assertEquals([payloadsFrom(ada, ben), payloadsFrom(ada, cyd)], [0, 0]);
  assertEquals(ben.artifact(story.id)!.references.length, 100);
});

Deno.test("a peer that was away gets one payload from each sender, and all know of all", () => {
  const { world, ada, ben, cyd } = meet(3);
  const story = share(ada, ben, cyd);
  for (let n = 0; n < 5; n++) story.appendRef(child(n));
  world.settle();
  world.goOffline(ben.memberId);
  world.runFor(60_000);
  for (let n = 5; n < 8; n++) {
    story.appendRef(child(n));
    world.runFor(60_000);
  }
  for (let n = 8; n < 10; n++) {
    cyd.artifact(story.id)!.appendRef(child(n));
    world.runFor(60_000);
  }
  assertEquals(ben.artifact(story.id)!.references.length, 5);
  assertEquals([ada.stats().waiting, cyd.stats().waiting], [1, 1]);
  const before = [payloadsFrom(ben, ada), payloadsFrom(ben, cyd)];
  world.goOnline(ben.memberId);
  world.settle();
  assertEquals(payloadsFrom(ben, ada) - before[0]!, 1);
  assertEquals(payloadsFrom(ben, cyd) - before[1]!, 1);
  assertEquals(ben.artifact(story.id)!.references.map((ref) => ref.artifactId), [
    ...Array.from({ length: 10 }, (_, n) => child(n)),
  ]);
  assertConverged(story.id, [ada, ben, cyd]);
  assertEquals([ada.stats().waiting, cyd.stats().waiting], [0, 0]);
});

Deno.test("what was on its way when a peer left is sent again", () => {
  const { world, ada, ben } = meet(2);
  const story = share(ada, ben);
  world.runFor(1); // on its way now
  world.goOffline(ben.memberId);
  world.runFor(10_000);
  assertEquals(ben.artifact(story.id), undefined);
  world.goOnline(ben.memberId);
  world.settle();
  assertConverged(story.id, [ada, ben]);
});

Deno.test("a receipt that is lost costs a payload, not convergence", () => {
  const world = new SimulatedWorld({ seed: "7", latencyMs: { min: 50, max: 50 } });
  const make = (name: string) =>
    IndrasNetwork.create({ transport: world, sources: world.sources(name) });
  const [ada, ben] = [make("ada"), make("ben")];
  ada.start();
  ben.start();
  world.connect(ada.memberId, ben.memberId);
  const story = share(ada, ben);
  world.runFor(60); // delivered, the receipt is on its way
  assert(ben.artifact(story.id));
  world.disconnect(ada.memberId, ben.memberId);
  world.connect(ada.memberId, ben.memberId);
  world.settle();
  assertEquals(ben.stats().duplicates, 1);
  assertConverged(story.id, [ada, ben]);
});

Deno.test("changes reach a peer through another when their author is gone", () => {
  const { world, ada, ben, cyd } = meet(3);
  const story = share(ada, ben, cyd);
  world.settle();
  world.goOffline(ben.memberId);
  cyd.artifact(story.id)!.appendRef(child(1));
  world.settle();
  world.goOffline(cyd.memberId);
  world.goOnline(ben.memberId);
  world.settle();
  assertEquals(ben.artifact(story.id)!.references, story.references);
  assertEquals(ben.artifact(story.id)!.references.length, 1);
});

Deno.test("random runs converge once everybody is back (seeds 0 to 19)", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { world, networks, ada, ben, cyd } = meet(3, `${seed}`);
    const story = share(ada, ben, cyd);
    world.settle();
    const chance = world.sources("test");
    const pick = <T>(list: readonly T[]): T => list[Math.floor(chance.random() * list.length)]!;
    for (let step = 0; step < 40; step++) {
      const who = pick(networks);
      const what = chance.random();
      if (what < 0.5) who.artifact(story.id)!.appendRef(newArtifactId(chance));
      else if (what < 0.65) world.goOffline(who.memberId);
      else if (what < 0.85) world.goOnline(who.memberId);
      else if (what < 0.9) who.artifact(story.id)!.setMetadata("k", chance.randomBytes(9));
      world.runFor(chance.random() * 200);
    }
    for (const { memberId } of networks) world.goOnline(memberId);
    world.settle();
    // Everybody writes once more, so that what each knows of each is put to the test as well.
    for (const network of networks) network.artifact(story.id)!.appendRef(newArtifactId(chance));
    world.settle();
    assertConverged(story.id, networks);
    for (const network of networks) network[Symbol.dispose]();
  }
});

Deno.test("Artifact.grant() is the steward's, once per grantee", () => {
  const { world, ada, ben, cyd } = meet(3);
  const story = share(ada, ben);
  world.settle();
  const code = (work: () => void) => assertThrows(work, NetworkError, "Artifact error: ").code;
  const bens = ben.artifact(story.id)!;
  assertEquals(code(() => bens.grant(cyd.memberId, { mode: "revocable" })), "not_steward");
  assertEquals(code(() => bens.revoke(ada.memberId)), "not_steward");
  assertEquals(code(() => story.grant(ben.memberId, { mode: "permanent" })), "already_granted");
  assertEquals(code(() => story.grant(ada.memberId, { mode: "revocable" })), "already_granted");
  story.grant(cyd.memberId, { mode: "permanent" });
  assertEquals(code(() => story.revoke(cyd.memberId)), "permanent_grant");
  assertEquals(story.revoke(child(9) as unknown as MemberId), false);
});

Deno.test("Artifact.revoke() ends delivery in both directions", () => {
  const { world, events, ada, ben } = meet(2);
  const story = share(ada, ben);
  world.settle();
  assertEquals(story.revoke(ben.memberId), true);
  assertEquals(ada.knownHeads(story.id, ben.memberId), []);
  story.appendRef(child(1));
  world.settle();
  assertEquals(payloadsFrom(ben, ada), 1);
  const bens = ben.artifact(story.id)!;
  bens.appendRef(child(2));
  const heads = story.heads;
  world.settle();
  assertEquals(story.heads, heads);
  // Once from what Ben knew, once from the beginning: then he stops.
  assertEquals(events[0]!.map(({ type }) => type), ["refused", "refused"]);
  assertEquals(events[1]!.at(-1)?.type, "stalled");
  assert(events[0]!.every((event) => event.type === "refused" && event.code === "no_access"));
});

Deno.test("a timed grant ends with the clock", () => {
  const { world, ada, ben } = meet(2);
  const story = ada.homeRealm().createArtifact("story");
  story.grant(ben.memberId, { mode: "timed", expiresAtMs: world.nowMs + 60_000 });
  world.settle();
  assertEquals(ben.artifact(story.id)!.references.length, 0);
  world.runFor(60_000);
  story.appendRef(child(1));
  world.settle();
  assertEquals(ben.artifact(story.id)!.references.length, 0);
  const late = () => ben.artifact(story.id)!.appendRef(child(2));
  assertEquals(assertThrows(late, NetworkError, "no access").code, "no_access");
  story.grant(ben.memberId, { mode: "revocable" }); // an ended grant is no grant
  world.settle();
  assertConverged(story.id, [ada, ben]);
});

Deno.test("an artifact from a stranger, or not meant for oneself, is refused", () => {
  const { world, events, ada, ben, cyd } = meet(3);
  const story = share(ada, ben);
  world.settle();
  // Cyd was never let in, and passes on what she should not have.
  cyd.stop();
  const sources = world.sources("network 2");
  const keys = createIdentity(sources); // Cyd's own
  const connection = world.attach(cyd.memberId, {
    onEnvelope: () => {},
    onReachable: () => {},
    onUnreachable: () => {},
    onWake: () => {},
    onTime: () => {},
  });
  const seal = (recipient: MemberId, payload: Uint8Array[], receipts: Uint8Array[]) =>
    sealEnvelope({
      ...{ keys, recipient, number: 1, sources },
      bodies: payload.map((body) => sealBody(body, sources)),
      note: encodeWire(receipts),
    });
  const payload = encodePayload({
    artifactId: story.id,
    senderHeads: story.heads,
    changes: bytes("whatever it is"),
    vouchers: [],
  }, cyd.memberId);
  const receipt = encodeReceipt({ artifactId: story.id, heads: [], answers: [] });
  connection.send(ben.memberId, seal(ben.memberId, [payload], []));
  connection.send(ada.memberId, seal(ada.memberId, [], [receipt]));
  connection.send(ben.memberId, bytes("noise"));
  world.settle();
  assertEquals(
    events[1]!.flatMap((event) => event.type === "refused" ? [event.code] : []),
    ["no_access", "bad_encoding"],
  );
  assertEquals(ada.knownHeads(story.id, cyd.memberId), []);
  assertConverged(story.id, [ada, ben]);
});

Deno.test("IndrasNetwork.start() and stop() are a pair; what happened in between arrives", () => {
  const { world, ada, ben } = meet(2);
  assertThrows(() => ada.start(), NetworkError, "Network already started");
  const story = share(ada, ben);
  world.settle();
  ben.stop();
  ben.stop();
  assertEquals(ben.isRunning, false);
  assertThrows(() => ben.homeRealm(), NetworkError, "Network not started");
  story.appendRef(child(1));
  world.settle();
  assertEquals(ben.artifact(story.id)!.references.length, 0);
  ben.start();
  world.settle();
  assertConverged(story.id, [ada, ben]);
});

Deno.test("the same objects for the same ids", () => {
  const { ada } = meet(2);
  const story = ada.homeRealm().createArtifact("story");
  assertStrictEquals(ada.artifact(story.id), story);
  assertStrictEquals(ada.homeRealm(), ada.homeRealm());
  assertEquals(ada.artifact(child(1)), undefined);
  assertEquals(ada.artifacts(), [story]);
});

Deno.test("members of one world differ, and repeat with its seed", () => {
  const ids = (seed: string) => meet(3, seed).networks.map(({ memberId }) => memberId);
  assertEquals(ids("7"), ids("7"));
  assertNotEquals(ids("7"), ids("8"));
  assertEquals(new Set(ids("7")).size, 3);
});

Deno.test("what a revoked member wrote meanwhile arrives once it is let in again", () => {
  const { world, ada, ben } = meet(2);
  const story = share(ada, ben);
  world.settle();
  story.revoke(ben.memberId);
  ben.artifact(story.id)!.appendRef(child(1)); // Ben does not know yet
  world.settle();
  assertEquals(story.references.length, 0);
  story.grant(ben.memberId, { mode: "revocable" });
  world.settle();
  assertEquals(story.references.length, 1);
  assertConverged(story.id, [ada, ben]);
  assertEquals(ben.stats().waiting, 0);
});

Deno.test("a member that one learns of later gets what one wrote before", () => {
  const { world, ada, ben, cyd } = meet(3);
  const story = share(ada, ben);
  world.settle();
  world.disconnect(ada.memberId, ben.memberId);
  ben.artifact(story.id)!.appendRef(child(1));
  story.grant(cyd.memberId, { mode: "revocable" });
  world.settle();
  assertEquals(cyd.artifact(story.id)!.references.length, 0);
  world.connect(ada.memberId, ben.memberId);
  world.settle();
  assertEquals(cyd.artifact(story.id)!.references.length, 1);
});

Deno.test("a member that meets others for the first time is not sent all that it has", () => {
  const { world, networks, ada } = meet(10);
  const story = share(ada, ...networks.slice(1));
  for (let n = 0; n < 200; n++) story.appendRef(child(n));
  world.settle();
  const idle = networks[5]!;
  const bytes = () => networks.reduce((sum, one) => sum + world.stats(one.memberId).bytes, 0);
  const before = bytes();
  world.goOffline(idle.memberId);
  world.goOnline(idle.memberId);
  world.settle();
  assert(bytes() - before < 20 * 500, `${bytes() - before} bytes to find out that all is well`);
});

Deno.test("large documents go in several envelopes, and do not hold up small ones", () => {
  const { world, ada, ben } = meet(2);
  world.goOffline(ben.memberId);
  const chance = world.sources("noise");
  const large = [0, 1, 2].map(() => {
    const artifact = share(ada, ben);
    for (let n = 0; n < 100; n++) artifact.setMetadata(`k${n}`, chance.randomBytes(64 * 1024));
    return artifact;
  });
  const small = share(ada, ben);
  world.goOnline(ben.memberId);
  world.settle();
  for (const { id } of [...large, small]) assertConverged(id, [ada, ben]);
});

Deno.test("an onEvent that throws loses no payload", () => {
  const world = new SimulatedWorld({ seed: "7" });
  const ada = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
  const ben = IndrasNetwork.create({
    transport: world,
    sources: world.sources("ben"),
    onEvent: () => {
      throw new Error("a mistake of the application");
    },
  });
  ada.start();
  ben.start();
  world.connect(ada.memberId, ben.memberId);
  const stories = [share(ada, ben), share(ada, ben)];
  assertThrows(() => world.settle(), Error, "a mistake");
  for (let tries = 0; tries < 5; tries++) {
    try {
      world.settle();
    } catch (error) {
      assertEquals((error as Error).message, "a mistake of the application");
    }
  }
  for (const { id } of stories) assertConverged(id, [ada, ben]);
});

Deno.test("isConverged() does not ask those who were let go", () => {
  const { world, ada, ben } = meet(2);
  const story = share(ada, ben);
  world.settle();
  story.revoke(ben.memberId);
  world.settle();
  assertEquals(isConverged([ada, ben]), true);
});

Deno.test("Artifact.recall() takes it from all but those who have it for good", () => {
  const { world, events, ada, ben, cyd } = meet(3);
  const story = share(ada, ben);
  story.grant(cyd.memberId, { mode: "permanent" });
  world.settle();
  assertEquals(
    assertThrows(() => ben.artifact(story.id)!.recall(), NetworkError).code,
    "not_steward",
  );
  assertEquals([story.recall(), story.recall()], [true, false]);
  world.settle();
  assertEquals(ben.artifact(story.id), undefined);
  assertEquals(events[1]!.at(-1)?.type, "recalled");
  assertEquals(ada.knownHeads(story.id, ben.memberId), []);
  assertEquals(cyd.artifact(story.id)!.status, "recalled");
  const write = () => cyd.artifact(story.id)!.appendRef(child(1));
  assertEquals(assertThrows(write, NetworkError).code, "artifact_not_active");
  const grant = () => story.grant(ben.memberId, { mode: "revocable" });
  assertEquals(assertThrows(grant, NetworkError).code, "artifact_recalled");
  assertEquals([ada.stats().waiting, ben.stats().waiting], [0, 0]);
  world.disconnect(ada.memberId, ben.memberId);
  world.connect(ada.memberId, ben.memberId);
  world.settle();
  assertEquals(ben.artifact(story.id), undefined);
});

Deno.test("Artifact.recall() reaches a member that was away", () => {
  const { world, ada, ben } = meet(2);
  const story = share(ada, ben);
  world.settle();
  world.goOffline(ben.memberId);
  story.recall();
  world.settle();
  assert(ben.artifact(story.id));
  world.goOnline(ben.memberId);
  world.settle();
  assertEquals(ben.artifact(story.id), undefined);
});

Deno.test("Artifact.transfer() hands over who decides; the old steward reads and writes on", () => {
  const { world, ada, ben, cyd } = meet(3);
  const story = share(ada, ben);
  world.settle();
  story.transfer(ben.memberId);
  world.settle();
  const bens = ben.artifact(story.id)!;
  assertEquals([story.steward, bens.steward], [ben.memberId, ben.memberId]);
  const grant = () => story.grant(cyd.memberId, { mode: "revocable" });
  assertEquals(assertThrows(grant, NetworkError).code, "not_steward");
  bens.grant(cyd.memberId, { mode: "revocable" });
  story.appendRef(child(1));
  world.settle();
  assertEquals(cyd.artifact(story.id)!.references.length, 1);
  assertConverged(story.id, [ada, ben, cyd]);
  bens.revoke(ada.memberId);
  bens.appendRef(child(2));
  world.settle();
  assertEquals(story.references.length, 1);
  const toSelf = () => bens.transfer(ben.memberId);
  assertEquals(assertThrows(toSelf, NetworkError).code, "invalid_operation");
});
