import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { actorOf, parseArtifactId } from "../sync/ids.ts";
import type { MemberKeys } from "../sync/keys.ts";
import { PAYLOAD_CHANGES_BYTES_MAX } from "../sync/payload.ts";
import { seededSources } from "../sync/sources.ts";
import { setOps } from "./_forge.ts";
import * as forge from "./_forge.ts";
import {
  ADA,
  assertOutcome,
  bodyOf,
  encode,
  EVE,
  hashOf,
  hex32,
  MALLORIES,
  nowMs,
  Raw,
  World,
} from "./_forged_artifacts.ts";
import type { Op, Said } from "./_forged_artifacts.ts";

const SEED = 20260107;
const GENERATED = 3050;
const [MALLORY, OTHER] = MALLORIES as [MemberKeys, MemberKeys];
/** A change on top of the story, and whether Automerge by itself would have taken it. */
function attack(change: (world: World) => Partial<Said>, automerge: string) {
  return (world: World, keys = MALLORY): Uint8Array => {
    const bytes = encode(world.honest(keys, change(world)));
    using raw = new Raw(world.story.save());
    assertEquals(raw.take(bytes), automerge);
    return bytes;
  };
}
const plain = attack(() => ({}), "takes");

Deno.test("order of checks: the sender comes first", () => {
  assertOutcome("a member", ["applied"], (world) => world.bring(plain(world)));
  assertOutcome("a stranger who brings what a member wrote", ["no_access"], (world) => {
    const bytes = plain(world);
    return world.bring(bytes, { keys: EVE, vouched: [[MALLORY, hashOf(bytes)]] });
  });
});

Deno.test("order of checks: size, then the scan, before Automerge sees a byte", () => {
  const none = { announced: [], vouched: [] };
  const at = (bytes: number) => (world: World) => world.bring(new Uint8Array(bytes), none);
  // At the limit it is the scan that finds nothing but zeros.
  assertOutcome("a payload at the limit", ["bad_changes"], at(PAYLOAD_CHANGES_BYTES_MAX));
  assertOutcome("one byte more", ["too_large", "decode"], at(PAYLOAD_CHANGES_BYTES_MAX + 1));
  const bomb = forge.forgeChange({ columns: setOps(10_000_000) });
  assert(bomb.length < 120);
  const words = "rowsMax";
  assertOutcome("a change of ten million", ["too_large", words], (world) => world.bring(bomb));
});

Deno.test("order of checks: the actor belongs to whoever vouches", () => {
  const squat = attack(() => ({ actor: actorOf(OTHER.memberId, 1) }), "takes");
  assertOutcome(
    "an actor of another member",
    ["not_vouched"],
    (world) => world.bring(squat(world)),
  );
  const own = attack(
    ({ ada }) => ({ actor: actorOf(ADA.memberId, 9), seq: Number(ada !== null) }),
    "takes",
  );
  assertOutcome("an actor of the recipient", ["not_vouched"], (world) => world.bring(own(world)));
  const next = attack(({ ada, story }) => {
    return { actor: ada.writer.actor, seq: story.getAllChanges().length };
  }, "takes");
  assertOutcome(
    "the recipient's next change",
    ["bad_changes", "actor of this copy"],
    (world) => world.bring(next(world)),
  );
});

Deno.test("order of checks: numbers of changes and operations follow on", () => {
  const repeated = (seq: number, startOp = 0) => (world: World) => {
    const first = plain(world);
    assertEquals(world.bring(first), ["applied"]);
    const state = world.state();
    const change = world.honest(MALLORY, { seq });
    const bytes = encode({ ...change, startOp: change.startOp + startOp });
    const result = world.bring(bytes);
    assertEquals(world.state(), state);
    return [...result];
  };
  for (const seq of [1, 3, 1_000]) {
    using world = new World();
    const code = seq === 1 ? "equivocation" : "bad_changes";
    assertEquals(repeated(seq)(world)[0], code, `number ${seq} after 1`);
    world.assertAlive();
  }
  for (const by of [-1, -5, 1, 1_000, 1_000_000]) {
    using world = new World();
    const [code, message] = repeated(2, by)(world);
    assertEquals(code, "bad_changes", `${by} from the next operation: ${message}`);
    world.assertAlive();
  }
  const early = attack((world) => ({ startOp: world.top().maxOp + 2 }), "takes");
  assertOutcome(
    "a counter left out",
    ["bad_changes", "forged"],
    (world) => world.bring(early(world)),
  );
});

Deno.test("order of checks: who tells peers different things is named, not whoever carries it", () => {
  using world = new World();
  const first = world.honest(MALLORY);
  assertEquals(world.bring(encode(first)), ["applied"]);
  const state = world.state();
  const [op] = first.ops;
  const second = encode({ ...first, ops: [{ ...op!, value: [7, [8]] }] });
  const vouched: [MemberKeys, ReturnType<typeof hashOf>][] = [[MALLORY, hashOf(second)]];
  const [code, message] = world.bring(second, { keys: OTHER, vouched });
  assertEquals(code, "equivocation");
  assertStringIncludes(message!, MALLORY.memberId);
  assertEquals(world.state(), state);
  assertEquals(world.ada.isQuarantined(world.id, OTHER.memberId), false);
  const next = world.honest(OTHER);
  assertEquals(world.bring(encode(next), { keys: OTHER }), ["applied"]);
  world.assertAlive();
});

Deno.test("order of checks: what waits for a change is held outside of Automerge", () => {
  const absent = hex32(0xabc);
  const orphan = attack(() => ({ deps: [absent] }), "waits");
  assertOutcome("an orphan", ["waiting"], (world) => world.bring(orphan(world)));
  // Queued in Automerge, this would stand in the way of what Ada really writes next.
  const squat = attack(({ ada, story }) => {
    return { actor: ada.writer.actor, seq: story.getAllChanges().length, deps: [absent] };
  }, "waits");
  assertOutcome("an orphan in Ada's name", ["waiting"], (world) => world.bring(squat(world)));
  assertOutcome("an orphan beside an honest change", ["waiting"], (world) => {
    return world.bring(forge.concat(plain(world), orphan(world, OTHER)));
  });
});

Deno.test("order of checks: announced heads come true, or nothing of the payload stays", () => {
  const absent = hex32(0xabc);
  assertOutcome("a head of nothing", ["heads_absent", absent], (world) => {
    const bytes = plain(world);
    return world.bring(bytes, { announced: [hashOf(bytes), absent] });
  });
  assertOutcome("the same without it", ["applied"], (world) => world.bring(plain(world)));
  assertOutcome(
    "a head alone",
    ["waiting"],
    (world) => world.bring(new Uint8Array(0), { announced: [absent], vouched: [] }),
  );
});

type Random = (below: number) => number;

/** Says something about the story that is mostly allowed, and odd in one way or another. */
function say({ genesis }: World, changes: readonly Made[], keys: MemberKeys, below: Random): Said {
  const pick = <T>(from: readonly T[]) => from[below(from.length)]!;
  const odd = (oneIn: number) => below(oneIn) === 0;
  const above = changes.length < 3 || odd(3) ? [pick(changes), pick(changes)] : changes.slice(-1);
  const deps = odd(40) ? [] : odd(30) ? [hex32(below(9))] : above.map(({ hash }) => hash).sort();
  const mine = changes.filter(({ actor }) => actor.startsWith(keys.memberId));
  const actor = odd(40)
    ? pick([...changes.map((one) => one.actor), actorOf(pick(MALLORIES).memberId, 1)])
    : actorOf(keys.memberId, odd(4) ? 2 : 1);
  const seq = mine.filter((one) => one.actor === actor).length + 1 +
    (odd(20) ? below(3) - 1 : odd(40) ? below(1_000) : 0);
  const next = Math.max(...above.map(({ maxOp }) => maxOp)) + 1;
  const startOp = Math.max(1, odd(15) ? next + below(7) - 3 : odd(40) ? below(100_000) : next);
  const ops: Op[] = [];
  // To refer to what it does not build upon is another matter: see the last test.
  const past = pastOf(deps, changes);
  const all = past.flatMap(({ ids }) => ids);
  const of = (kind: string) => all.filter((one) => one.kind === kind);
  const own = () => `${startOp + ops.length}@${actor}`;
  const any = () => odd(6) || all.length === 0 ? `${below(startOp + 9)}@${actor}` : pick(all).id;
  const page = () => odd(15) || of("page").length === 0 ? any() : pick(of("page")).id;
  const preds = (right: readonly string[]) =>
    odd(9) ? Array.from({ length: below(4) }, any).toSorted() : right;
  const put = (obj: string, key: string, value: Op["value"], right: string[] = []) =>
    ops.push({ action: 1, obj, at: { key }, value: value!, pred: preds(right) });
  const word = (text: string): Op["value"] => [6, [...new TextEncoder().encode(text)]];
  const entry = (page: string) => {
    const on = of("entry").filter(({ inside }) => inside === page).map(({ id }) => id);
    const elem = odd(20) ? any() : odd(2) || on.length === 0 ? "_head" : pick(on);
    const id = own();
    const pred = odd(25) ? [any()] : [];
    ops.push({ action: 0, obj: page, at: { elem }, insert: true, pred });
    const fields = ["artifact_id", "position", "label"].slice(0, odd(30) ? below(3) : 3);
    for (const field of fields) {
      const value = { artifact_id: word(hex32(below(99))), position: [4, [below(64)]] as const };
      put(id, field, field === "label" ? [0, []] : value[field as "position"]);
    }
  };
  const kinds = {
    page: () => {
      const id = own();
      const elem = odd(20) ? any() : "_head";
      const at = { elem };
      ops.push({ action: 2, obj: `2@${genesis.actor}`, at, insert: true, pred: preds([]) });
      entry(id);
    },
    entry: () => entry(page()),
    remove: () => {
      const { id, inside } = pick(of("entry")) ?? { id: any(), inside: page() };
      const obj = odd(20) ? page() : inside;
      ops.push({ action: 3, obj, at: { elem: odd(20) ? any() : id }, pred: preds([id]) });
    },
    metadata: () => {
      const key = pick(["k", "m", "n"]);
      const before = of("put").filter(({ inside }) => inside === key).map(({ id }) => id);
      const right = before.slice(-1);
      if (odd(4)) {
        const obj = `4@${genesis.actor}`;
        ops.push({ action: 3, obj, at: { key }, pred: preds(right) });
      } else put(`4@${genesis.actor}`, key, [7, [below(256)]], right);
    },
    steward: () => put("_root", "steward", word(keys.memberId)),
    anything: () =>
      ops.push({ action: below(8), obj: any(), at: { elem: any() }, pred: preds([any()]) }),
  };
  const likely = ["entry", "remove", "metadata", "page", "metadata", "remove"] as const;
  for (let n = 1 + below(4); n > 0; n--) {
    kinds[odd(60) ? pick(["steward", "anything"] as const) : pick(likely)]();
  }
  return { actor, seq, startOp, deps, ops };
}

/** What comes before a change with these dependencies. */
function pastOf(deps: readonly string[], changes: readonly Made[]): Made[] {
  const names = new Set(deps);
  return changes.toReversed().filter((one) => {
    if (names.has(one.hash)) { for (const dep of one.deps) names.add(dep); }
    return names.has(one.hash);
  });
}

/** A change that is in the document, with what others can refer to. */
interface Made {
  readonly hash: string;
  readonly actor: string;
  readonly deps: readonly string[];
  readonly maxOp: number;
  readonly ids: readonly { readonly kind: string; readonly id: string; readonly inside: string }[];
}

function madeOf(world: World): Made[] {
  using raw = new Raw(world.story.save());
  return raw.handle.getChangesMeta([]).map(({ hash, actor, maxOp, startOp, deps }) => {
    const { ops } = raw.handle.getDecodedChangeByHash(hash)!;
    const ids = ops.flatMap(({ action, obj, key }, n) => {
      const id = `${startOp + n}@${actor}`;
      if (obj.startsWith("2@") && obj.endsWith(world.genesis.actor)) {
        return [{ kind: "page", id, inside: obj }];
      }
      if (action === "makeMap" && actor !== world.genesis.actor) {
        return [{ kind: "entry", id, inside: obj }];
      }
      return obj.startsWith("4@") ? [{ kind: "put", id, inside: key }] : [];
    });
    return { hash, actor, deps, maxOp, ids };
  });
}

/** How far a change came. */
function stageOf(code: string, message: string): string {
  if (code !== "bad_changes") return code;
  if (message.startsWith("Cannot scan")) return "scan";
  return message.endsWith("it is forged") ? "numbers" : "Automerge";
}

Deno.test(`order of checks: ${GENERATED} forged changes leave what saves and loads (seed ${SEED})`, () => {
  const sources = seededSources(`${SEED}`, nowMs);
  const below: Random = (n) => Math.floor(sources.random() * n);
  const counts: Record<string, number> = {};
  const count = (name: string) => counts[name] = (counts[name] ?? 0) + 1;
  let world = new World();
  let raw = new Raw(world.story.save());
  let made = madeOf(world);
  let trusted = [...MALLORIES];
  let before: unknown;
  for (let n = 0; n < GENERATED; n++) {
    if (trusted.length === 0 || made.length > 45) {
      world.assertAlive();
      world[Symbol.dispose]();
      raw[Symbol.dispose]();
      world = new World();
      raw = new Raw(world.story.save());
      made = madeOf(world);
      before = undefined;
      trusted = [...MALLORIES];
    }
    const keys = trusted[below(trusted.length)]!;
    let bytes = encode(say(world, made, keys, below));
    if (below(8) === 0) {
      const body = bodyOf(bytes).slice();
      body[below(body.length)]! ^= 1 << below(8);
      bytes = forge.chunk(1, body);
    }
    using alone = new Raw(raw.handle);
    if (n % 3 === 0 && alone.take(bytes) === "is poisoned") count("poison");
    before ??= world.state();
    const [code, message] = world.bring(bytes, { keys });
    count(stageOf(code!, message ?? ""));
    const what = `change ${n}: ${bytes.toHex()}`;
    if (code === "applied") {
      new Raw(world.story.save())[Symbol.dispose]();
      raw.handle.loadIncremental(bytes);
      made = madeOf(world);
      before = undefined;
    } else assertEquals(world.state(), before, what);
    if (world.ada.isQuarantined(world.id, keys.memberId)) {
      trusted = trusted.filter((one) => one !== keys);
    }
  }
  const least = { poison: 100, scan: 100, not_vouched: 10, waiting: 50, numbers: 50 };
  for (const [stage, times] of Object.entries({ ...least, Automerge: 300, not_allowed: 50 })) {
    assert((counts[stage] ?? 0) >= times, `${stage}: ${JSON.stringify(counts)}`);
  }
  assert(counts["applied"]! >= 300 && counts["bad_schema"]! >= 50, JSON.stringify(counts));
  for (const one of [world, raw]) one[Symbol.dispose]();
});

// Automerge takes it and saves, but panics once it is given the same changes in another order.
Deno.test("order of checks: a change refers to nothing beyond its own past", () => {
  using world = new World();
  const unaware = world.honest(MALLORY);
  world.story.appendRef(parseArtifactId(hex32(50)));
  world.ada.onLocalMutation(world.id);
  const { id, inside } = madeOf(world).at(-1)!.ids[0]!;
  const op = { action: 3, obj: inside, at: { elem: id }, pred: [id] };
  const before = world.state();
  const [code] = world.bring(encode({ ...unaware, ops: [op] }));
  assertEquals(code, "bad_changes");
  assertEquals(world.state(), before);
  world.assertAlive();
});
