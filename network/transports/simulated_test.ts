import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { parseArtifactId, parseMemberId } from "../../sync/mod.ts";
import type { Connection, MemberId } from "../../sync/mod.ts";
import { isConverged } from "../converged.ts";
import { NetworkError } from "../errors.ts";
import { IndrasNetwork } from "../network.ts";
import { SimulatedWorld, WORLD_EPOCH_MS } from "./simulated.ts";
import type { Faults, SimulatedWorldOptions, Traffic } from "./simulated.ts";

const ada = parseMemberId("a1".repeat(32));
const ben = parseMemberId("b2".repeat(32));
const bytes = (...values: number[]) => new Uint8Array(values);

/** A world with Ada and Ben in it, each writing down what it is told. */
function pair(options: Partial<SimulatedWorldOptions> = {}) {
  const world = new SimulatedWorld({ seed: "7", ...options });
  const log: string[] = [];
  const attach = (id: MemberId, name: string): Connection =>
    world.attach(id, {
      onEnvelope: (_from, envelope) => log.push(`${name} got ${envelope} at ${world.elapsedMs}`),
      onReachable: () => log.push(`${name} up`),
      onUnreachable: () => log.push(`${name} down`),
      onWake: () => log.push(`${name} wakes`),
      onTime: () => log.push(`${name} at ${world.elapsedMs}`),
    });
  return { world, log, adas: attach(ada, "ada"), bens: attach(ben, "ben"), attach };
}

const fixed = (ms: number) => ({ latencyMs: { min: ms, max: ms } });

Deno.test("SimulatedWorld delivers after the latency, and only when it is run", () => {
  const { world, log, adas } = pair(fixed(50));
  world.connect(ada, ben);
  world.settle();
  assertEquals(log.splice(0), ["ada up", "ben up"]);
  assert(adas.send(ben, bytes(1)));
  assertEquals(log, []);
  world.runFor(49);
  assertEquals(log, []);
  world.runFor(1);
  assertEquals(log, ["ben got 1 at 50"]);
  assertEquals(world.nowMs, WORLD_EPOCH_MS + 50);
});

Deno.test("SimulatedWorld keeps envelopes of one link in order", () => {
  const { world, log, adas } = pair({ latencyMs: { min: 0, max: 1000 } });
  world.connect(ada, ben);
  world.settle();
  for (let n = 0; n < 50; n++) adas.send(ben, bytes(n));
  world.settle();
  const got = log.filter((line) => line.startsWith("ben got")).map((line) => line.split(" ")[2]);
  assertEquals(got, Array.from({ length: 50 }, (_, n) => `${n}`));
});

Deno.test("SimulatedWorld gives the same run for the same seed and another for another", () => {
  const run = (seed: string) => {
    const { world, log, adas, bens } = pair({ seed });
    world.connect(ada, ben);
    world.runFor(1);
    for (let n = 0; n < 9; n++) {
      adas.send(ben, bytes(n));
      bens.send(ada, bytes(n));
      world.runFor(7);
    }
    world.settle();
    return log;
  };
  assertEquals(run("7"), run("7"));
  assert(run("7").join() !== run("8").join());
});

Deno.test("Connection.send() gives false when the peer cannot be reached", () => {
  const { world, adas } = pair();
  assertFalse(adas.send(ben, bytes(1)));
  world.connect(ada, ben);
  assert(adas.send(ben, bytes(1)));
  world.goOffline(ben);
  assertFalse(adas.send(ben, bytes(1)));
  assertEquals(adas.reachable(), []);
  world.goOnline(ben);
  assertEquals(adas.reachable(), [ben]);
  world.disconnect(ada, ben);
  assertFalse(adas.send(ben, bytes(1)));
});

Deno.test("what is on a link that goes down is lost, also if it comes up again at once", () => {
  const { world, log, adas } = pair(fixed(50));
  world.connect(ada, ben);
  world.settle();
  log.length = 0;
  adas.send(ben, bytes(1));
  world.runFor(10);
  world.goOffline(ben);
  world.goOnline(ben);
  adas.send(ben, bytes(2));
  world.settle();
  assertEquals(log, ["ben down", "ada down", "ben up", "ada up", "ben got 2 at 60"]);
  assertEquals(world.stats(ada), { envelopes: 2, bytes: 2, delivered: 0, dropped: 0 });
  assertEquals(world.stats(ben), { envelopes: 0, bytes: 0, delivered: 1, dropped: 1 });
});

Deno.test("SimulatedWorld.partition() cuts between groups and heal() joins them again", () => {
  const { world, adas, bens } = pair();
  world.connect(ada, ben);
  world.partition([[ada], [ben]]);
  assertFalse(adas.send(ben, bytes(1)));
  world.partition([[ada, ben]]);
  assert(adas.send(ben, bytes(1)));
  world.partition([[ada]]);
  assert(bens.send(ada, bytes(1)));
  world.partition([[ada], [ben]]);
  world.heal();
  assert(adas.send(ben, bytes(1)));
  world.disconnect(ada, ben);
  world.heal();
  assertFalse(adas.send(ben, bytes(1)));
});

Deno.test("a link survives a peer that detaches and comes back", () => {
  const { world, log, adas, bens, attach } = pair(fixed(5));
  world.connect(ada, ben);
  world.settle();
  bens[Symbol.dispose]();
  bens[Symbol.dispose]();
  world.settle();
  assertFalse(adas.send(ben, bytes(1)));
  assertFalse(world.isOnline(ben));
  log.length = 0;
  attach(ben, "ben again");
  world.settle();
  assertEquals(log.toSorted(), ["ada up", "ben again up"]);
});

Deno.test("Connection.wake() wakes once per moment", () => {
  const { world, log, adas } = pair();
  adas.wake();
  adas.wake();
  world.settle();
  adas.wake();
  world.settle();
  assertEquals(log, ["ada wakes", "ada wakes"]);
});

Deno.test("an envelope is copied when it is sent", () => {
  const { world, log, adas } = pair(fixed(1));
  world.connect(ada, ben);
  const envelope = bytes(1, 2);
  adas.send(ben, envelope);
  envelope.fill(9);
  world.settle();
  assert(log.includes("ben got 1,2 at 1"));
});

Deno.test("SimulatedWorld.settle() throws when there is no end", () => {
  const { world, adas } = pair();
  const again = world.attach(parseMemberId("c3".repeat(32)), {
    onEnvelope: () => {},
    onReachable: () => {},
    onUnreachable: () => {},
    onWake: () => again.wake(),
    onTime: () => {},
  });
  again.wake();
  assertEquals(assertThrows(() => world.settle(), NetworkError).code, "not_settled");
  world.connect(ada, ben);
  adas.send(ben, bytes(1));
  assertThrows(() => world.settle(0), NetworkError, "Cannot settle");
});

Deno.test("SimulatedWorld refuses links to oneself, attaching twice and odd times", () => {
  const { world, attach } = pair();
  assertThrows(() => world.connect(ada, ada), NetworkError, "linked to itself");
  assertThrows(() => world.disconnect(ada, ada), NetworkError, "linked to itself");
  assertThrows(() => attach(ada, "twice"), NetworkError, "attached already");
  for (const bad of [-1, NaN, Infinity]) assertThrows(() => world.runFor(bad), RangeError);
  assertThrows(() => pair({ latencyMs: { min: 5, max: 4 } }), RangeError, "latency");
});

Deno.test("SimulatedWorldOptions.onTraffic sees each envelope sent, delivered and dropped", () => {
  const seen: string[] = [];
  const { world, adas } = pair({
    ...fixed(10),
    onTraffic: ({ type, atMs, bytes: size }) => seen.push(`${type} ${size} at ${atMs}`),
  });
  world.connect(ada, ben);
  adas.send(ben, bytes(1, 2, 3));
  world.settle();
  adas.send(ben, bytes(1));
  world.disconnect(ada, ben);
  world.settle();
  assertEquals(seen, ["sent 3 at 0", "delivered 3 at 10", "sent 1 at 10", "dropped 1 at 20"]);
});

Deno.test("a world without faults is what it always was", () => {
  const { world, log, adas, bens } = pair();
  world.connect(ada, ben);
  for (let n = 0; n < 5; n++) {
    adas.send(ben, bytes(n));
    bens.send(ada, bytes(n));
    world.runFor(10);
  }
  world.settle();
  assertEquals(log.filter((line) => line.includes("got")), [
    ...["ada got 0 at 30", "ben got 0 at 78", "ben got 1 at 78", "ada got 1 at 85"],
    ...["ada got 2 at 85", "ada got 3 at 85", "ada got 4 at 93", "ben got 2 at 95"],
    ...["ben got 3 at 95", "ben got 4 at 114"],
  ]);
});

const SENT = 400;
const numbers = Array.from({ length: SENT }, (_, n) => n);

/** What Ben gets of numbered envelopes that are sent one per millisecond, in order. */
function received(faults: readonly Faults[], options: Partial<SimulatedWorldOptions> = {}) {
  const { world, log, adas } = pair(options);
  world.connect(ada, ben);
  world.settle();
  log.length = 0;
  for (const some of faults) world.faults(some);
  for (const n of numbers) {
    assert(adas.send(ben, bytes(n >> 8, n & 255)));
    world.runFor(1);
  }
  world.settle();
  const got = log.map((line) => {
    const [high, low] = line.split(" ")[2]!.split(",").map(Number);
    return high! * 256 + low!;
  });
  return { got, log, stats: world.stats(ben), sent: world.stats(ada).envelopes };
}

const inOrder = (list: readonly number[]) => list.every((n, at) => at === 0 || list[at - 1]! <= n);

Deno.test("faults({ loss }) drops about that many, counts them and tells the sender nothing", () => {
  const { got, stats, sent } = received([{ loss: 0.3 }]);
  assert(got.length > SENT * 0.6 && got.length < SENT * 0.8);
  assert(inOrder(got));
  assertEquals([sent, new Set(got).size], [SENT, got.length]);
  assertEquals([stats.delivered, stats.dropped], [got.length, SENT - got.length]);
  assertEquals(received([{ loss: 1 }]).stats.dropped, SENT);
});

Deno.test("faults({ duplicate }) delivers some twice, the copy with a latency of its own", () => {
  const { got, log, stats, sent } = received([{ duplicate: 0.25 }]);
  assertEquals([...new Set(got)], numbers);
  assert(inOrder(got));
  assert(got.length > SENT * 1.15 && got.length < SENT * 1.35);
  assertEquals([sent, stats.delivered, stats.dropped], [SENT, got.length, 0]);
  const once = new Set(log);
  assert(once.size > SENT); // else each copy had arrived with its original
  const lost = received([{ duplicate: 1, loss: 1 }]).stats;
  assertEquals([lost.delivered, lost.dropped], [0, SENT]);
});

Deno.test("faults({ reorder }) lets envelopes overtake earlier ones, and no others", () => {
  const { got } = received([{ reorder: 0.5 }]);
  assertEquals(got.toSorted((a, b) => a - b), numbers);
  const overtaking = got.filter((n, at) => got.slice(at + 1).some((later) => later < n));
  assert(overtaking.length > 20 && overtaking.length < SENT * 0.6);
  assertEquals(received([{ reorder: 0 }]).got, numbers);
  assertEquals(received([{ reorder: 1 }], fixed(50)).got, numbers);
});

Deno.test("a copy is the receiver's own", () => {
  const { world, adas } = pair(fixed(1));
  const cid = parseMemberId("c3".repeat(32));
  const got: string[] = [];
  world.attach(cid, {
    onEnvelope: (_from, envelope) => {
      got.push(`${envelope}`);
      envelope.fill(9);
    },
    onReachable: () => {},
    onUnreachable: () => {},
    onWake: () => {},
    onTime: () => {},
  });
  world.connect(ada, cid);
  world.faults({ duplicate: 1 });
  adas.send(cid, bytes(1, 2));
  world.settle();
  assertEquals(got, ["1,2", "1,2"]);
});

Deno.test("faults({ latencyMs }) holds from now on, until it is taken back", () => {
  const { world, log, adas } = pair(fixed(50));
  world.connect(ada, ben);
  world.settle();
  log.length = 0;
  adas.send(ben, bytes(1));
  const slow = { min: 200, max: 200 };
  world.faults({ latencyMs: slow });
  slow.min = 0; // the caller's own again
  world.runFor(100);
  adas.send(ben, bytes(2));
  world.settle();
  world.faults({});
  adas.send(ben, bytes(3));
  world.settle();
  assertEquals(log, ["ben got 1 at 50", "ben got 2 at 300", "ben got 3 at 350"]);
});

Deno.test("faults() leaves alone what it does not name, and takes all back if it names nothing", () => {
  const dropped = (...faults: Faults[]) => received(faults).stats.dropped;
  const between = [ben, ada] as const;
  assertEquals(dropped({ loss: 1 }, { duplicate: 1 }), SENT);
  assertEquals(dropped({ loss: 1 }, { loss: 0 }), 0);
  assertEquals(dropped({ loss: 1 }, {}), 0);
  assertEquals(dropped({ loss: 1, between }), SENT);
  assertEquals(dropped({ loss: 1 }, { loss: 0, between }), 0);
  assertEquals(dropped({ loss: 1, between }, { duplicate: 1, between }), SENT);
  assertEquals(dropped({ loss: 1, between }, { duplicate: 1 }), SENT);
  assertEquals(dropped({ loss: 1, between }, { loss: 0 }), 0);
  assertEquals(dropped({ loss: 1, between }, {}), 0);
  assertEquals(dropped({ loss: 1, between }, { between }), 0);
  assertEquals(dropped({ loss: 1 }, { loss: 0, between }, { between }), SENT);
});

Deno.test("faults({ between }) spoils one link, in both directions", () => {
  const { world, log, adas, bens, attach } = pair(fixed(5));
  const cid = parseMemberId("c3".repeat(32));
  const cids = attach(cid, "cid");
  world.connect(ada, ben);
  world.connect(ada, cid);
  world.settle();
  log.length = 0;
  world.faults({ loss: 1, between: [ada, ben] });
  adas.send(ben, bytes(1));
  bens.send(ada, bytes(2));
  adas.send(cid, bytes(3));
  cids.send(ada, bytes(4));
  world.settle();
  assertEquals(log, ["cid got 3 at 5", "ada got 4 at 5"]);
});

Deno.test("faults() refuses what is no probability, no latency and no link, and then sets nothing", () => {
  const { world, log, adas } = pair({ ...fixed(5), onCrash: () => {} });
  world.connect(ada, ben);
  for (const name of ["loss", "duplicate", "reorder", "crash"] as const) {
    for (const bad of [-0.1, 1.1, NaN, Infinity]) {
      assertThrows(() => world.faults({ loss: 1, [name]: bad }), RangeError, name);
    }
  }
  for (const [min, max] of [[5, 4], [-1, 4], [0, Infinity], [NaN, 1]] as [number, number][]) {
    assertThrows(() => world.faults({ loss: 1, latencyMs: { min, max } }), RangeError, "latency");
  }
  const toOneself = () => world.faults({ loss: 1, between: [ada, ada] });
  assertThrows(toOneself, NetworkError, "linked to itself");
  adas.send(ben, bytes(1));
  world.settle();
  assert(log.includes("ben got 1 at 5"));
});

Deno.test("faults({ crash }) crashes whom an envelope has reached, before it answers", () => {
  const log: string[] = [];
  let inside = false;
  const world = new SimulatedWorld({
    ...{ seed: "7", ...fixed(5) },
    onCrash: (member) => {
      log.push(`${member === ben ? "ben" : "ada"} crashes, inside: ${inside}`);
      bens[Symbol.dispose]();
    },
  });
  const attach = (id: MemberId, name: string): Connection => {
    const connection: Connection = world.attach(id, {
      onEnvelope: (_from, envelope) => {
        inside = true;
        log.push(`${name} got ${envelope}`);
        connection.wake();
        inside = false;
      },
      onReachable: () => {},
      onUnreachable: () => log.push(`${name} down`),
      onWake: () => log.push(`${name} wakes`),
      onTime: () => {},
    });
    return connection;
  };
  const adas = attach(ada, "ada");
  const bens = attach(ben, "ben");
  world.connect(ada, ben);
  world.settle();
  adas.send(ben, bytes(1));
  world.faults({ crash: 1 });
  adas.send(ben, bytes(2));
  world.settle();
  assertEquals(log, [
    ...["ben got 1", "ben got 2", "ben crashes, inside: false"],
    ...["ben down", "ada down"], // and the second crash finds nobody
  ]);
  log.length = 0;
  attach(ben, "ben");
  world.faults({ crash: 0 });
  world.settle();
  adas.send(ben, bytes(3));
  world.settle();
  assertEquals(log, ["ben got 3", "ben wakes"]);
});

Deno.test("faults({ crash }) crashes about that often, and never for what is lost", () => {
  let crashes = 0;
  const onCrash = () => void crashes++;
  received([{ crash: 0.2 }], { onCrash });
  assert(crashes > SENT * 0.12 && crashes < SENT * 0.28);
  crashes = 0;
  received([{ crash: 1, loss: 1 }], { onCrash });
  assertEquals(crashes, 0);
  received([{ crash: 1, between: [ada, ben] }], { onCrash });
  assertEquals(crashes, SENT);
});

Deno.test("faults({ crash }) is refused where nobody carries crashes out", () => {
  const { world } = pair();
  const error = assertThrows(() => world.faults({ crash: 0.1 }), NetworkError);
  assertEquals(error.code, "invalid_operation");
  world.faults({ crash: 0 });
});

const HARSH: Faults = { loss: 0.3, duplicate: 0.3, reorder: 0.5 };

/** Three peers write to one story under faults and a partition; then all heals. */
function harshRun(seed: string) {
  const traffic: Traffic[] = [];
  const world = new SimulatedWorld({ seed, onTraffic: (one) => traffic.push(one) });
  const networks = ["ada", "ben", "cid"].map((name) => {
    const network = IndrasNetwork.create({ transport: world, sources: world.sources(name) });
    network.start();
    return network;
  });
  const [a, b, c] = networks.map(({ memberId }) => memberId) as [MemberId, MemberId, MemberId];
  for (const [left, right] of [[a, b], [a, c], [b, c]] as const) world.connect(left, right);
  const story = networks[0]!.homeRealm().createArtifact("story");
  for (const member of [b, c]) story.grant(member, { mode: "revocable" });
  world.settle();
  world.faults(HARSH);
  let written = 0;
  for (let round = 0; round < 12; round++) {
    if (round === 4) world.partition([[a, b], [c]]);
    if (round === 8) world.heal();
    for (const network of networks) {
      const child = parseArtifactId((++written).toString(16).padStart(64, "0"));
      network.artifact(story.id)!.appendRef(child);
      world.runFor(60);
    }
  }
  const apart = !isConverged(networks);
  world.runFor(30_000);
  world.faults({});
  world.settle();
  const converged = isConverged(networks);
  const seen = {
    ...{ apart, converged, written },
    references: networks.map((network) => network.artifact(story.id)!.references.length),
    waiting: networks.map((network) => network.stats().waiting),
    dropped: [a, b, c].reduce((sum, id) => sum + world.stats(id).dropped, 0),
    endedAtMs: world.elapsedMs,
    traffic,
  };
  for (const network of networks) network[Symbol.dispose]();
  return seen;
}

Deno.test("three networks converge over links that lose, duplicate and reorder (seeds 0 to 5)", () => {
  let apart = 0;
  for (let seed = 0; seed < 6; seed++) {
    const run = harshRun(`${seed}`);
    const what = `seed ${seed}`;
    assertEquals([run.converged, run.waiting], [true, [0, 0, 0]], what);
    assertEquals(run.references, [run.written, run.written, run.written], what);
    assert(run.dropped > 10, what);
    if (run.apart) apart++;
  }
  assert(apart > 0); // else the faults were none
});

Deno.test("a run with faults is the same for the same seed, envelope by envelope", () => {
  assertEquals(harshRun("7"), harshRun("7"));
  assert(JSON.stringify(harshRun("7").traffic) !== JSON.stringify(harshRun("8").traffic));
});

Deno.test("SimulatedWorld.setTimer() does something once at its time, in order, unless disposed", () => {
  const world = new SimulatedWorld({ seed: "7" });
  const seen: string[] = [];
  const at = (name: string, delayMs: number) =>
    world.setTimer(() => seen.push(`${name} at ${world.elapsedMs}`), delayMs);
  at("b", 20);
  at("a", 10);
  const never = at("never", 15);
  at("c", 20);
  never[Symbol.dispose]();
  world.runFor(19);
  assertEquals(seen, ["a at 10"]);
  never[Symbol.dispose]();
  world.runFor(1);
  assertEquals(seen, ["a at 10", "b at 20", "c at 20"]);
});

Deno.test("settle() waits for no timer that is not due, and runs those on its way", () => {
  const { world } = pair();
  let beats = 0;
  const beat = () => {
    beats++;
    world.setTimer(beat, 10);
  };
  beat();
  world.connect(ada, ben);
  world.settle();
  assertEquals([beats, world.elapsedMs], [1, 0]);
  let isDone = false;
  world.setTimer(() => world.setTimer(() => isDone = true, 0), 0);
  world.settle();
  assertEquals([isDone, world.elapsedMs], [true, 0]);
  world.runFor(35);
  assertEquals(beats, 4);
});
