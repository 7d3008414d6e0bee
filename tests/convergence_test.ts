import { assertEquals } from "@std/assert";
import { IndrasNetwork, isConverged, NetworkError, SimulatedWorld } from "../network/mod.ts";
import { parseArtifactId, seededSources } from "../sync/mod.ts";

const STEPS = 50;
const PEERS = 4;
const child = (n: number) => parseArtifactId(n.toString(16).padStart(64, "0"));

type Step =
  | ("write" | "metadata" | "remove" | "grant" | "timed" | "revoke")
  | ("off" | "on" | "cut" | "join" | "partition" | "heal" | "stop" | "start" | "run" | "settle");

const WRITES: Step[] = ["write", "write", "metadata", "remove"];
const LINKS: Step[] = [
  ...["off", "on", "on", "cut", "join", "join", "partition", "heal"] as const,
  ...["run", "run", "run", "settle"] as const,
];

/** Plays random steps, then heals everything and settles. Gives what anybody could see of it. */
function play(seed: string, kinds: readonly Step[]) {
  const { random } = seededSources(`convergence ${seed}`, () => 0);
  const below = (limit: number) => Math.floor(random() * limit);
  const world = new SimulatedWorld({ seed });
  const events: string[] = [];
  const networks = Array.from({ length: PEERS }, (_, n) => {
    const sources = world.sources(`peer ${n}`);
    const onEvent = (event: { type: string }) => events.push(`${n} ${event.type}`);
    const network = IndrasNetwork.create({ transport: world, sources, onEvent });
    network.start();
    return network;
  });
  const joinAll = () => {
    for (const [n, left] of networks.entries()) {
      for (const right of networks.slice(n + 1)) world.connect(left.memberId, right.memberId);
    }
  };
  joinAll();
  world.settle();
  const story = networks[0]!.homeRealm().createArtifact("story");
  let written = 0;
  for (let step = 0; step < STEPS; step++) {
    const peer = networks[below(PEERS)]!;
    const other = networks[below(PEERS)]!;
    const theirs = peer.artifact(story.id);
    const kind = kinds[below(kinds.length)]!;
    const act: Record<Step, () => void> = {
      write: () => theirs?.appendRef(child(++written)),
      metadata: () => theirs?.setMetadata(`k${below(4)}`, new Uint8Array([++written])),
      remove: () => theirs?.removeRef(child(1 + below(written + 1))),
      grant: () => story.grant(peer.memberId, { mode: "revocable" }),
      timed: () => {
        const expiresAtMs = Math.floor(world.nowMs) + 50 + below(500);
        story.grant(peer.memberId, { mode: "timed", expiresAtMs });
      },
      revoke: () => void story.revoke(peer.memberId),
      off: () => world.goOffline(peer.memberId),
      on: () => world.goOnline(peer.memberId),
      cut: () => peer !== other && world.disconnect(peer.memberId, other.memberId),
      join: () => peer !== other && world.connect(peer.memberId, other.memberId),
      partition: () => {
        const half = networks.map(({ memberId }) => memberId).filter((_, n) => n % 2 === 0);
        const rest = networks.map(({ memberId }) => memberId).filter((id) => !half.includes(id));
        world.partition([half, rest]);
      },
      heal: () => world.heal(),
      stop: () => peer.stop(),
      start: () => peer.isRunning || peer.start(),
      run: () => world.runFor(below(150)),
      settle: () => world.settle(),
    };
    try {
      act[kind]();
    } catch (error) {
      // What a peer may not do any more is refused; that is no fault.
      if (!(error instanceof NetworkError)) throw error;
    }
  }
  world.heal();
  for (const network of networks) {
    if (!network.isRunning) network.start();
    world.goOnline(network.memberId);
  }
  joinAll();
  world.settle();
  const members = networks.filter(({ memberId }) => networks[0]!.audience(story.id).has(memberId));
  const seen = {
    heads: members.map((network) => network.artifact(story.id)?.heads),
    waiting: members.map((network) => network.stats().waiting),
    converged: isConverged(networks),
    events,
  };
  for (const network of networks) network[Symbol.dispose]();
  return seen;
}

const MIXES: Record<string, readonly Step[]> = {
  "links and grants": [...WRITES, ...LINKS, "grant"],
  "stops and starts": [...WRITES, ...LINKS, "grant", "stop", "start", "start"],
  "revocations": [...WRITES, ...LINKS, "grant", "grant", "revoke"],
  "grants that end": [...WRITES, ...LINKS, "grant", "timed", "revoke"],
  "no faults at all": [...WRITES, "run", "grant"],
};

for (const [name, kinds] of Object.entries(MIXES)) {
  Deno.test(`whoever may have an artifact ends up with the same: ${name} (seeds 0 to 59)`, () => {
    for (let seed = 0; seed < 60; seed++) {
      const { heads, waiting, converged } = play(`${name} ${seed}`, kinds);
      const what = `seed ${seed}`;
      assertEquals(heads, heads.map(() => heads[0]), what);
      assertEquals(waiting, waiting.map(() => 0), what);
      assertEquals(converged, true, what);
    }
  });
}

Deno.test("the same seed gives the same run, event by event", () => {
  for (let seed = 0; seed < 10; seed++) {
    const kinds = [...WRITES, ...LINKS, "grant", "timed", "revoke", "stop", "start"] as Step[];
    assertEquals(play(`${seed}`, kinds), play(`${seed}`, kinds));
  }
});
