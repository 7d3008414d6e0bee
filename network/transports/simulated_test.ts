import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { parseMemberId } from "../../sync/mod.ts";
import type { Connection, MemberId } from "../../sync/mod.ts";
import { NetworkError } from "../errors.ts";
import { SimulatedWorld, WORLD_EPOCH_MS } from "./simulated.ts";
import type { SimulatedWorldOptions } from "./simulated.ts";

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
