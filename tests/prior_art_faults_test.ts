import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { createIdentity } from "../network/identity.ts";
import { ArtifactDocument } from "../sync/artifact_document.ts";
import type { AccessGrant } from "../sync/access.ts";
import { Engine, SYNC_EVENTS_MAX } from "../sync/engine.ts";
import { openEnvelope, sealBody, sealEnvelope } from "../sync/envelope.ts";
import { EventStore } from "../sync/event_store.ts";
import { actorOf, parseArtifactId } from "../sync/ids.ts";
import type { Heads, MemberId } from "../sync/ids.ts";
import type { MemberKeys } from "../sync/keys.ts";
import { MemoryStore } from "../sync/memory_store.ts";
import { encodePayload } from "../sync/payload.ts";
import { seededSources } from "../sync/sources.ts";
import { makeVoucher } from "../sync/voucher.ts";

const child = (n: number) => parseArtifactId(n.toString(16).padStart(64, "0"));
const keysOf = (name: string) => createIdentity(seededSources(`keys of ${name}`, () => 0));
const [ADA, BEN, CYD, EVE] = ["ada", "ben", "cyd", "eve"].map(keysOf) as [
  MemberKeys,
  MemberKeys,
  MemberKeys,
  MemberKeys,
];

/** Ada's story with Ben and Cyd, engines that can be reopened, and what is between them. */
class World {
  nowMs = 1_000_000;
  bytes = 0;
  readonly stores: Map<MemberId, MemoryStore> = new Map();
  readonly engines: Map<MemberId, Engine> = new Map();
  readonly ada: Engine = this.open(ADA);
  readonly ben: Engine = this.open(BEN);
  readonly cyd: Engine = this.open(CYD);
  readonly story: ArtifactDocument = ArtifactDocument.create({
    ...{ nonce: new Uint8Array(32), artifactType: "story", ...this.ada.writer },
  });
  readonly id = this.story.artifactId;

  constructor() {
    this.ada.add(this.story);
    for (const { memberId } of [BEN, CYD]) this.grant(memberId);
    this.settle();
    for (const engine of this.engines.values()) engine.takeEvents();
  }
  open(keys: MemberKeys): Engine {
    const store = this.stores.get(keys.memberId) ?? new MemoryStore();
    this.stores.set(keys.memberId, store);
    const sources = seededSources(keys.memberId, () => this.nowMs);
    const engine = new Engine({ keys, sources, store });
    this.engines.set(keys.memberId, engine);
    return engine;
  }
  grant(grantee: MemberId, more: Partial<AccessGrant> = {}): void {
    const grant = { grantee, grantedBy: ADA.memberId, grantedAtMs: this.nowMs, mode: "revocable" };
    this.story.addGrant({ ...grant, ...more } as AccessGrant);
    this.ada.onLocalMutation(this.id);
  }
  write(n: number, label?: string): void {
    this.story.appendRef(child(n), label === undefined ? {} : { label });
    this.ada.onLocalMutation(this.id);
  }
  take(from: Engine, to: MemberKeys): Uint8Array[] {
    const envelopes: Uint8Array[] = [];
    for (let one = from.takeEnvelope(to.memberId); one; one = from.takeEnvelope(to.memberId)) {
      this.bytes += one.length;
      envelopes.push(one);
    }
    return envelopes;
  }
  /** Delivers until nobody has anything to say. Gives the number of envelopes. */
  settle(): number {
    for (let count = 0, before = -1;; before = count) {
      if (before === count) return count;
      before = count;
      for (const [from, source] of this.engines) {
        for (const [to, target] of this.engines) {
          if (from === to) continue;
          for (const one of this.take(source, { memberId: to } as MemberKeys)) {
            target.onEnvelope(from, one);
            count++;
          }
        }
      }
      assert(count < 1000, "there is no end");
      if (before === count) return count;
    }
  }
  /** What somebody puts into an envelope for Ada by hand. */
  forge(keys: MemberKeys, document: ArtifactDocument, base: Heads, heads = document.getHeads()) {
    const sources = seededSources("forged", () => 0);
    const changes = document.encodeChangesSince(base);
    const vouchers = [makeVoucher(keys, this.id, document.getHeads()[0]!)];
    const payload = { artifactId: this.id, senderHeads: heads, changes, vouchers };
    const bodies = [sealBody(encodePayload(payload, keys.memberId), sources)];
    const recipient = ADA.memberId;
    const note = new Uint8Array(0);
    return sealEnvelope({ keys, recipient, number: 2 ** 40, bodies, note, sources });
  }
  fork(keys: MemberKeys): ArtifactDocument {
    return this.story.fork({ actor: actorOf(keys.memberId, 9), nowMs: () => this.nowMs });
  }
}
const codes = (engine: Engine) =>
  engine.takeEvents().map((event) => event.type === "refused" ? event.code : event.type);

Deno.test("fault 1: two who create the same document share its lists", () => {
  const make = (session: number) =>
    ArtifactDocument.create({
      ...{ nonce: new Uint8Array(32), artifactType: "story" },
      ...{ actor: actorOf(ADA.memberId, session), nowMs: () => 0 },
    });
  using left = make(1);
  using right = make(2);
  left.appendRef(child(1));
  right.appendRef(child(2));
  left.applyEncoded(right.save());
  assertEquals(left.references().length, 2);
});

Deno.test("fault 2: what was acknowledged is not sent again", () => {
  const world = new World();
  world.write(1);
  world.settle();
  for (let cycle = 0; cycle < 5; cycle++) {
    for (const peer of [BEN, CYD]) world.ada.onReachable(peer.memberId);
    world.nowMs += 600_000;
    world.ada.onTime();
    assertEquals(world.settle(), 0);
  }
});

Deno.test("fault 3: copies do not multiply", () => {
  const world = new World();
  world.write(1);
  const [envelope] = world.take(world.ada, BEN) as [Uint8Array];
  for (let copy = 0; copy < 20; copy++) world.ben.onEnvelope(ADA.memberId, envelope);
  assertEquals(world.ben.documents.get(world.id)!.references().length, 1);
  assertEquals(world.ben.stats().duplicates, 19);
  assert(world.settle() < 10);
});

Deno.test("fault 4: an answer is not answered for ever", () => {
  const world = new World();
  world.write(1);
  assertEquals(world.settle(), 4); // a payload and a receipt for each of two
  assertEquals(world.settle(), 0);
});

Deno.test("fault 5: a peer that only reads costs deltas", () => {
  const world = new World();
  const cost = (n: number) => {
    const before = world.bytes;
    world.write(n);
    world.settle();
    return world.bytes - before;
  };
  const first = cost(1);
  for (let n = 2; n < 100; n++) cost(n);
  assert(cost(100) < 2 * first, `first ${first} bytes`);
});

Deno.test("fault 5: heads are recorded only if they came true, from whoever they are", () => {
  const world = new World();
  const known = world.ada.knownHeads(world.id, BEN.memberId);
  using copy = world.fork(BEN);
  const base = copy.getHeads();
  copy.appendRef(child(1));
  const skipped = copy.getHeads();
  copy.appendRef(child(2));
  world.ada.onEnvelope(BEN.memberId, world.forge(BEN, copy, skipped));
  const claims = [...copy.getHeads(), child(7) as unknown as Heads[number]].sort();
  world.ada.onEnvelope(BEN.memberId, world.forge(BEN, copy, base, claims));
  const asBen = { memberId: BEN.memberId, secretKey: EVE.secretKey };
  assertThrows(() => world.forge(asBen, copy, base));
  const eves = world.forge(EVE, copy, base);
  world.ada.onEnvelope(BEN.memberId, eves); // carried under Ben's name
  assertEquals(codes(world.ada), ["waiting", "heads_absent", "no_access"]);
  assertEquals(world.ada.knownHeads(world.id, BEN.memberId), known);
});

Deno.test("fault 5: a revocation clears what was known of that peer, and of no other", () => {
  const world = new World();
  world.story.removeGrant(BEN.memberId);
  world.ada.onLocalMutation(world.id);
  assertEquals(world.ada.knownHeads(world.id, BEN.memberId), []);
  assert(world.ada.knownHeads(world.id, CYD.memberId).length > 0);
});

Deno.test("fault 6: a document of more than a megabyte goes on to sync", () => {
  const world = new World();
  const { randomBytes } = seededSources("large", () => 0);
  for (let n = 0; n < 20; n++) world.story.setMetadata(`k${n}`, randomBytes(60_000));
  world.write(1);
  world.settle();
  assert(world.bytes > 2 * 1024 * 1024);
  world.write(2);
  world.settle();
  assertEquals(world.cyd.documents.get(world.id)!.getHeads(), world.story.getHeads());
});

Deno.test("fault 7: history is there after a restart", () => {
  const world = new World();
  world.write(1, "kept");
  const heads = world.story.getHeads();
  world.ada[Symbol.dispose]();
  const again = world.open(ADA).documents.get(world.id)!;
  assertEquals(again.getHeads(), heads);
  assertEquals(again.references()[0]!.label, "kept");
});

Deno.test("fault 8: after a restart no actor and no envelope number is used again", () => {
  const world = new World();
  world.write(1);
  const before = openEnvelope(BEN, world.take(world.ada, BEN)[0]!).number;
  const again = world.open(ADA);
  again.documents.get(world.id)!.appendRef(child(2));
  again.onLocalMutation(world.id);
  assert(openEnvelope(BEN, world.take(again, BEN)[0]!).number > before);
  assertFalse(again.writer.actor === world.ada.writer.actor);
});

Deno.test("fault 9: a member that never said anything loses nothing", () => {
  const events = new EventStore();
  for (const { memberId } of [ADA, BEN, CYD]) events.addMember(memberId);
  const event = { sender: ADA.memberId, counter: 1, kind: "typing", body: new Uint8Array(1) };
  events.append({ ...event, expiresAtMs: 9 }, 0);
  const [pending] = events.pendingFor(BEN.memberId);
  events.acknowledge(BEN.memberId, pending!.sequence);
  assertEquals(events.prune(), 0);
  assertEquals(events.pendingFor(CYD.memberId).length, 1);
});

Deno.test("fault 10: what waits and what is told is bounded", () => {
  const world = new World();
  for (let n = 0; n < 50; n++) world.write(n);
  assertEquals(world.ada.stats().waiting, 2);
  for (let n = 0; n < SYNC_EVENTS_MAX + 5; n++) {
    world.ada.onEnvelope(EVE.memberId, new Uint8Array(1));
  }
  assertEquals(world.ada.takeEvents().length, SYNC_EVENTS_MAX);
  assertEquals(world.ada.eventsDropped, 5);
});

Deno.test("fault 11: envelopes that overtake each other give the same order everywhere", () => {
  const world = new World();
  const sent: Uint8Array[] = [];
  for (const n of [5, 3, 4]) {
    world.write(n);
    sent.push(...world.take(world.ada, BEN));
    world.ada.onUnreachable(BEN.memberId);
  }
  for (const one of sent.toReversed()) world.ben.onEnvelope(ADA.memberId, one);
  const bens = world.ben.documents.get(world.id)!.references();
  assertEquals(bens.map(({ artifactId }) => artifactId), [5, 3, 4].map(child));
});

Deno.test("fault 12: what is written while a peer is away reaches it in one envelope", () => {
  const world = new World();
  world.ada.onUnreachable(BEN.memberId);
  for (let n = 0; n < 30; n++) world.write(n);
  world.ada.onReachable(BEN.memberId);
  const envelopes = world.take(world.ada, BEN);
  assertEquals(envelopes.length, 1);
  world.ben.onEnvelope(ADA.memberId, envelopes[0]!);
  assertEquals(world.ben.documents.get(world.id)!.getHeads(), world.story.getHeads());
});

Deno.test("fault 13: who is no member gets nothing, and who carries it reads nothing", () => {
  const world = new World();
  world.write(1, "a secret of some length");
  world.ada.onReachable(EVE.memberId);
  assertEquals(world.ada.takeEnvelope(EVE.memberId), undefined);
  const [envelope] = world.take(world.ada, BEN) as [Uint8Array];
  assertFalse(new TextDecoder("latin1").decode(envelope).includes("a secret"));
  assertFalse(envelope.toHex().includes(world.id));
  assertThrows(() => openEnvelope({ ...EVE, memberId: BEN.memberId }, envelope));
});

Deno.test("fault 14: to know an artifact's id gives neither the artifact nor a place in it", () => {
  const world = new World();
  const eve = world.open(EVE);
  using awaiting = ArtifactDocument.awaiting(world.id, eve.writer);
  using copy = world.fork(EVE);
  for (const document of [awaiting, copy]) {
    const before = world.story.save();
    world.ada.onEnvelope(EVE.memberId, world.forge(EVE, document, []));
    assertEquals(codes(world.ada), ["no_access"]);
    assertEquals(world.story.save(), before);
  }
  for (const envelope of world.take(world.ada, EVE)) eve.onEnvelope(ADA.memberId, envelope);
  assertEquals([eve.documents.size, world.ada.audience(world.id).has(EVE.memberId)], [0, false]);
});

Deno.test("fault 16: whose envelope it is decides the seal, not what it says", () => {
  const world = new World();
  using copy = world.fork(EVE);
  const bytes = world.forge(EVE, copy, []);
  const at = bytes.toHex().indexOf(EVE.memberId) / 2;
  const renamed = bytes.slice();
  renamed.set(Uint8Array.fromHex(BEN.memberId), at);
  world.ada.onEnvelope(BEN.memberId, renamed);
  assertEquals(codes(world.ada), ["bad_seal"]);
});

Deno.test("fault 17: who knows both ids cannot open what goes between them", () => {
  const world = new World();
  world.write(1);
  const [envelope] = world.take(world.ada, BEN) as [Uint8Array];
  for (const secretKey of [EVE.secretKey, CYD.secretKey]) {
    assertThrows(() => openEnvelope({ memberId: BEN.memberId, secretKey }, envelope));
  }
  assertEquals(openEnvelope(BEN, envelope).from, ADA.memberId);
});

Deno.test("fault 18: nobody alters steward, grants or references without the right to", () => {
  const writes: [MemberKeys, (copy: ArtifactDocument) => void, string][] = [
    [BEN, (copy) => copy.setSteward(BEN.memberId), "not_allowed"],
    [BEN, (copy) => copy.removeGrant(CYD.memberId), "not_allowed"],
    [EVE, (copy) => copy.appendRef(child(1)), "no_access"],
  ];
  for (const [keys, write, code] of writes) {
    const world = new World();
    using copy = world.fork(keys);
    const base = copy.getHeads();
    const before = world.story.save();
    write(copy);
    world.ada.onEnvelope(keys.memberId, world.forge(keys, copy, base));
    assertEquals(codes(world.ada).at(-1), code);
    assertEquals(world.story.save(), before);
  }
});

Deno.test("fault 19: no bytes crash the reader, and a delta may come before its base", () => {
  const world = new World();
  world.write(1);
  const [first] = world.take(world.ada, BEN) as [Uint8Array];
  for (let length = 0; length < first.length; length++) {
    world.ben.onEnvelope(ADA.memberId, first.slice(0, length));
  }
  assertEquals(new Set(codes(world.ben)), new Set(["bad_encoding"]));
  using copy = world.fork(BEN);
  const base = [0, 1].map((n) => {
    copy.appendRef(child(n));
    return copy.getHeads();
  });
  world.ada.onEnvelope(BEN.memberId, world.forge(BEN, copy, base[0]!));
  assertEquals(codes(world.ada), ["waiting"]);
  world.ada.onEnvelope(BEN.memberId, world.forge(BEN, copy, []));
  assertEquals(codes(world.ada), ["applied"]);
});

Deno.test("fault 20: what was said once cannot be said again by somebody who kept it", () => {
  const world = new World();
  const said = [1, 2].map((n) => {
    world.write(n);
    const envelopes = world.take(world.ada, BEN);
    for (const one of envelopes) world.ben.onEnvelope(ADA.memberId, one);
    for (const one of world.take(world.ben, ADA)) world.ada.onEnvelope(BEN.memberId, one);
    return envelopes;
  });
  const known = world.ben.knownHeads(world.id, ADA.memberId);
  assertEquals(known, world.story.getHeads());
  for (const one of said.flat()) world.ben.onEnvelope(EVE.memberId, one);
  assertEquals(world.ben.knownHeads(world.id, ADA.memberId), known);
});

Deno.test("fault 23: a timed grant ends by the clock, for what is sent and what is taken", () => {
  const world = new World();
  world.grant(BEN.memberId, { mode: "timed", expiresAtMs: world.nowMs + 100 });
  world.settle();
  using copy = world.fork(BEN);
  const base = copy.getHeads();
  copy.appendRef(child(1));
  world.nowMs += 100;
  world.write(2);
  for (const one of world.take(world.ada, BEN)) world.ben.onEnvelope(ADA.memberId, one);
  assertEquals(world.ben.documents.get(world.id)!.references(), []);
  codes(world.ada);
  world.ada.onEnvelope(BEN.memberId, world.forge(BEN, copy, base));
  assertEquals(codes(world.ada), ["no_access"]);
});
