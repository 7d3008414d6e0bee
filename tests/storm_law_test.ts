import { assert, assertEquals } from "@std/assert";
import { IndrasNetwork, isConverged, SimulatedWorld } from "../network/mod.ts";
import { seededSources } from "../sync/mod.ts";

/** Some that once parted two for good, and others. */
const SEEDS = [
  ...["more-61", "more-82", "more-117", "more-222", "more-322", "more-402"],
  ...Array.from({ length: 40 }, (_, n) => `storm-${n}`),
];
const PEERS = 3;

/** Everybody joins, talks and writes on links that lose, double and reorder; one link is dead for a while. */
function weather(seed: string) {
  const { random } = seededSources(`storm ${seed}`, () => 0);
  const below = (limit: number) => Math.floor(random() * limit);
  const world = new SimulatedWorld({ seed });
  const networks = Array.from({ length: PEERS }, (_, n) => {
    const sources = world.sources(`peer ${n}`);
    const network = IndrasNetwork.create({ transport: world, sources });
    network.start();
    return network;
  });
  for (const [n, left] of networks.entries()) {
    for (const right of networks.slice(n + 1)) world.connect(left.memberId, right.memberId);
  }
  const [ada, ben] = networks as [IndrasNetwork, IndrasNetwork, IndrasNetwork];
  const realm = ada.createRealm("Storm");
  realm.document("log").update({ entries: [] });
  const invite = realm.inviteCode();
  world.faults({ loss: 0.4, duplicate: 0.3, reorder: 0.5, latencyMs: { min: 0, max: 3_000 } });
  for (const network of networks.slice(1)) network.join(invite);
  world.runFor(below(20_000));
  const between = [ada.memberId, ben.memberId] as const;
  let said = 0;
  for (let step = 0; step < 12; step++) {
    if (step === 4) world.faults({ loss: 1, between });
    if (step === 8) world.faults({ between });
    const theirs = networks[below(PEERS)]!.realm(realm.id);
    if (theirs?.isMember) {
      if (below(2) === 0) theirs.send(`${++said}`);
      else theirs.document("log").merge({ [`by ${below(3)}`]: step });
    }
    world.runFor(below(10) === 0 ? 10 * 60_000 : below(4_000));
  }
  world.settle();
  const histories = networks.map((network) =>
    network.realm(realm.id)!.messages().map(({ content }) => content)
  );
  const isEqual = isConverged(networks);
  for (const network of networks) network[Symbol.dispose]();
  return { isEqual, histories, said };
}

for (const seed of SEEDS) {
  Deno.test(`law: whatever the weather, in the end all have all of it (seed ${seed})`, () => {
    const { isEqual, histories, said } = weather(seed);
    assert(isEqual);
    assertEquals(histories[0]!.length, said);
    for (const history of histories) assertEquals(history, histories[0]);
  });
}
