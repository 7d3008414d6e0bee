import { assert, assertEquals } from "@std/assert";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { Buffer } from "node:buffer";
import { ArtifactDocument } from "./artifact_document.ts";
import { Engine } from "./engine.ts";
import { sealBody, sealEnvelope } from "./envelope.ts";
import { actorOf, parseArtifactId, parseMemberId } from "./ids.ts";
import type { ArtifactId, ChangeHash, MemberId } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import { RETRIES_MAX, RETRY_MS_MIN } from "./mailbox.ts";
import { MemoryStore } from "./memory_store.ts";
import { encodePayload } from "./payload.ts";
import { newArtifactId, seededSources } from "./sources.ts";
import { makeVoucher } from "./voucher.ts";
import type { Voucher } from "./voucher.ts";

const child = (n: number) => parseArtifactId(n.toString(16).padStart(64, "0"));

function keysOf(name: string): MemberKeys {
  const seed = seededSources(`keys of ${name}`, () => 0).randomBytes(32);
  const prefix = Uint8Array.fromHex("302e020100300506032b657004220420");
  const key = Buffer.concat([prefix, seed]);
  const secretKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(secretKey).export({ format: "jwk" });
  return { memberId: parseMemberId(Buffer.from(x!, "base64url").toString("hex")), secretKey };
}

/** Engines with one clock, and what is between them. */
class Wire {
  nowMs = 1_000_000;
  readonly engines: Map<MemberId, Engine> = new Map();
  readonly keys: Map<MemberId, MemberKeys> = new Map();

  add(name: string): Engine {
    const keys = keysOf(name);
    const engine = new Engine({ keys, sources: seededSources(name, () => this.nowMs) });
    this.engines.set(keys.memberId, engine);
    this.keys.set(keys.memberId, keys);
    return engine;
  }

  /** Everything that one engine has for another. */
  take(from: Engine, to: Engine): Uint8Array[] {
    const envelopes: Uint8Array[] = [];
    for (;;) {
      const envelope = from.takeEnvelope(idOf(this, to));
      if (envelope === undefined) return envelopes;
      envelopes.push(envelope);
    }
  }

  deliver(
    from: Engine,
    to: Engine,
    envelopes: readonly Uint8Array[] = this.take(from, to),
  ): number {
    for (const envelope of envelopes) to.onEnvelope(idOf(this, from), envelope);
    return envelopes.length;
  }

  /** Delivers until nobody has anything to say. Gives the number of envelopes. */
  settle(): number {
    let count = 0;
    for (let before = -1; before !== count;) {
      before = count;
      for (const from of this.engines.values()) {
        for (const to of this.engines.values()) if (from !== to) count += this.deliver(from, to);
      }
      assert(count < 1000, "there is no end");
    }
    return count;
  }
}

function idOf(wire: Wire, engine: Engine): MemberId {
  return [...wire.engines].find(([, one]) => one === engine)![0];
}

/** Ada's story, granted to everybody else on the wire. */
function meet(...names: string[]) {
  const wire = new Wire();
  const engines = names.map((name) => wire.add(name));
  const [ada] = engines as [Engine];
  const steward = idOf(wire, ada);
  const story = ArtifactDocument.create({
    nonce: new Uint8Array(32),
    artifactType: "story",
    ...ada.writer,
  });
  ada.add(story);
  const grant = (grantee: MemberId) => {
    story.addGrant({ grantee, grantedBy: steward, grantedAtMs: wire.nowMs, mode: "revocable" });
    ada.onLocalMutation(story.artifactId);
  };
  for (const engine of engines.slice(1)) grant(idOf(wire, engine));
  wire.settle();
  for (const engine of engines) engine.takeEvents();
  return { wire, engines, story, grant, id: story.artifactId };
}

type Met = ReturnType<typeof meet> & { readonly engines: [Engine, Engine] };

const codes = (engine: Engine) =>
  engine.takeEvents().map((event) => event.type === "refused" ? event.code : event.type);

/** An envelope with a payload that its sender put together by hand. */
function forge(
  wire: Wire,
  { from, to, document, base, vouchers }: {
    readonly from: Engine;
    readonly to: Engine;
    readonly document: ArtifactDocument;
    readonly base: readonly ChangeHash[];
    readonly vouchers: readonly Voucher[];
  },
): Uint8Array {
  const sources = seededSources("forged", () => wire.nowMs);
  const payload = {
    artifactId: document.artifactId,
    senderHeads: document.getHeads(),
    changes: document.encodeChangesSince(base),
    vouchers,
  };
  return sealEnvelope({
    keys: wire.keys.get(idOf(wire, from))!,
    recipient: idOf(wire, to),
    number: Number.MAX_SAFE_INTEGER - 1,
    bodies: [sealBody(encodePayload(payload, idOf(wire, from)), sources)],
    note: new Uint8Array(0),
    sources,
  });
}

Deno.test("Engine brings a change to each peer in one envelope, with one receipt", () => {
  const { wire, engines, story, id } = meet("ada", "ben", "cyd");
  const [ada, ben, cyd] = engines as [Engine, Engine, Engine];
  for (let n = 0; n < 50; n++) story.appendRef(child(n));
  ada.onLocalMutation(id);
  assertEquals(wire.settle(), 4);
  for (const engine of [ben, cyd]) {
    assertEquals(engine.documents.get(id)!.getHeads(), story.getHeads());
    assertEquals(ada.knownHeads(id, idOf(wire, engine)), story.getHeads());
    assertEquals(codes(engine), ["applied"]);
  }
  assertEquals(ada.nextMs, Infinity);
});

Deno.test("Engine passes on what others wrote, with their vouchers", () => {
  const { wire, engines, grant, id } = meet("ada", "ben");
  const [ada, ben] = engines as [Engine, Engine];
  ben.documents.get(id)!.appendRef(child(1));
  ben.onLocalMutation(id);
  wire.settle();
  const cyd = wire.add("cyd");
  grant(idOf(wire, cyd));
  wire.deliver(ada, cyd); // Ben is away
  assertEquals(codes(cyd), ["applied"]);
  assertEquals(cyd.documents.get(id)!.references().length, 1);
});

Deno.test("replayed, doubled and reordered envelopes change nothing", () => {
  const { wire, engines, story, id } = meet("ada", "ben");
  const [ada, ben] = engines as [Engine, Engine];
  const seen: Uint8Array[] = [];
  for (let n = 0; n < 4; n++) {
    story.appendRef(child(n));
    ada.onLocalMutation(id);
    const envelopes = wire.take(ada, ben);
    seen.push(...envelopes);
    wire.deliver(ada, ben, envelopes);
    const answers = wire.take(ben, ada);
    wire.deliver(ben, ada, answers);
    wire.deliver(ben, ada, answers);
  }
  const heads = story.getHeads();
  wire.deliver(ada, ben, seen.toReversed());
  wire.deliver(ada, ben, seen);
  wire.settle();
  assertEquals(ben.documents.get(id)!.getHeads(), heads);
  assertEquals(ben.knownHeads(id, idOf(wire, ada)), heads);
  assertEquals(ada.knownHeads(id, idOf(wire, ben)), heads);
  assertEquals(codes(ben).filter((code) => code !== "already_had"), Array(4).fill("applied"));
});

Deno.test("a late envelope does not move the record of a peer back", () => {
  const { wire, engines, story, id } = meet("ada", "ben");
  const [ada, ben] = engines as [Engine, Engine];
  story.appendRef(child(1));
  ada.onLocalMutation(id);
  const first = wire.take(ada, ben);
  ada.onUnreachable(idOf(wire, ben));
  story.appendRef(child(2));
  ada.onLocalMutation(id);
  wire.deliver(ada, ben);
  assertEquals(ben.knownHeads(id, idOf(wire, ada)), story.getHeads());
  wire.deliver(ada, ben, first);
  assertEquals(ben.knownHeads(id, idOf(wire, ada)), story.getHeads());
});

Deno.test("a lost envelope is sent again, later each time, and in the end not any more", () => {
  const { wire, engines, story, id } = meet("ada", "ben");
  const [ada, ben] = engines as [Engine, Engine];
  story.appendRef(child(1));
  ada.onLocalMutation(id);
  const waits: number[] = [];
  for (;;) {
    assertEquals(wire.take(ada, ben).length, 1); // lost
    if (waits.length === RETRIES_MAX + 1) break;
    waits.push(ada.nextMs - wire.nowMs);
    wire.nowMs = ada.nextMs;
    ada.onTime();
    if (ada.nextMs === Infinity && ada.stats().waiting === 0) break;
  }
  assertEquals(waits.slice(0, 4), [1, 2, 4, 8].map((factor) => factor * RETRY_MS_MIN));
  assertEquals(waits.length, RETRIES_MAX + 1);
  assertEquals(codes(ada), ["stalled"]);
  assertEquals(ada.stats().retries, RETRIES_MAX);
  story.appendRef(child(2));
  ada.onLocalMutation(id);
  wire.settle();
  assertEquals(ben.documents.get(id)!.getHeads(), story.getHeads());
});

Deno.test("a lost receipt costs a payload; what was sent again is harmless", () => {
  const { wire, engines, story, id } = meet("ada", "ben");
  const [ada, ben] = engines as [Engine, Engine];
  story.appendRef(child(1));
  ada.onLocalMutation(id);
  wire.deliver(ada, ben);
  wire.take(ben, ada); // the receipt is lost
  wire.nowMs = ada.nextMs;
  ada.onTime();
  wire.settle();
  assertEquals(ada.knownHeads(id, idOf(wire, ben)), story.getHeads());
  assertEquals(codes(ben), ["applied", "already_had"]);
});

Deno.test("heads that a peer was told and has not heard of are told again", () => {
  const { wire, engines: [ada, ben], story, id } = meet("ada", "ben") as Met;
  story.setMetadata("title", new Uint8Array([1]));
  ada.onLocalMutation(id);
  wire.take(ada, ben); // lost, and Ada has lost what she knew of Ben
  ada.onLost(idOf(wire, ben));
  assertEquals(wire.take(ada, ben).length, 1, "the heads are told, and lost");
  assertEquals(wire.settle(), 0);
  wire.nowMs = ada.nextMs;
  ada.onTime();
  wire.settle();
  assertEquals(ben.documents.get(id)!.getHeads(), story.getHeads());
});

Deno.test("a payload answers the question which heads its sender holds", () => {
  const { wire, engines: [ada, ben], story, id } = meet("ada", "ben") as Met;
  story.setMetadata("title", new Uint8Array([1]));
  ada.onLocalMutation(id);
  wire.take(ada, ben); // lost
  ada.onLost(idOf(wire, ben));
  wire.deliver(ada, ben);
  wire.take(ben, ada); // Ben's answer is lost, too; only what he writes comes through
  ben.documents.get(id)!.setMetadata("reader", new Uint8Array([2]));
  ben.onLocalMutation(id);
  wire.settle();
  assertEquals(ben.documents.get(id)!.getHeads(), story.getHeads());
});

Deno.test("an envelope with one bit changed, for somebody else, or noise is refused", () => {
  const { wire, engines, story, id } = meet("ada", "ben", "cyd");
  const [ada, ben, cyd] = engines as [Engine, Engine, Engine];
  story.appendRef(child(1));
  ada.onLocalMutation(id);
  const [envelope] = wire.take(ada, ben) as [Uint8Array];
  const before = ben.documents.get(id)!.save();
  for (let bit = 0; bit < envelope.length * 8; bit += 37) {
    const damaged = envelope.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    ben.onEnvelope(idOf(wire, ada), damaged);
  }
  assert(
    codes(ben).every((code) =>
      ["bad_seal", "bad_encoding", "not_for_us", "unknown_version", "bad_key"].includes(code)
    ),
  );
  assertEquals(ben.documents.get(id)!.save(), before);
  cyd.onEnvelope(idOf(wire, ada), envelope);
  assertEquals(codes(cyd), ["not_for_us"]);
});

/** Ada's story with Ben and Mallory, and Mallory's copy to write forbidden things into. */
function tempt() {
  const met = meet("ada", "ben", "mallory");
  const [ada, ben, mallory] = met.engines as [Engine, Engine, Engine];
  const { wire, id } = met;
  const copy = mallory.documents.get(id)!.fork({
    actor: actorOf(idOf(wire, mallory), 9),
    nowMs: () => wire.nowMs,
  });
  const base = copy.getHeads();
  const vouch = (keys: MemberKeys, documentId: ArtifactId = id) =>
    makeVoucher(keys, documentId, copy.getHeads()[0]!);
  const keys = wire.keys.get(idOf(wire, mallory))!;
  return { ...met, ada, ben, mallory, copy, base, vouch, keys };
}

/** Asserts that Ada and Ben refuse Mallory's copy, whoever brings it, and that life goes on. */
function assertForbidden(
  temptation: ReturnType<typeof tempt>,
  code: string,
  vouchers: readonly Voucher[],
): void {
  const { wire, ada, ben, mallory, copy, base, story, id } = temptation;
  const before = story.save();
  ada.onEnvelope(
    idOf(wire, mallory),
    forge(wire, { from: mallory, to: ada, document: copy, base, vouchers }),
  );
  assertEquals(codes(ada), ["quarantined", code]);
  assertEquals(story.save(), before);
  assert(ada.isQuarantined(id, idOf(wire, mallory)));
  // Hidden behind somebody who passes it on.
  ada.onEnvelope(
    idOf(wire, ben),
    forge(wire, { from: ben, to: ada, document: copy, base, vouchers }),
  );
  assertEquals(codes(ada), ["quarantined", code]);
  assertEquals(story.save(), before);
  const cyd = wire.add("cyd");
  story.addGrant({
    grantee: idOf(wire, cyd),
    grantedBy: idOf(wire, ada),
    grantedAtMs: wire.nowMs,
    mode: "revocable",
  });
  ada.onLocalMutation(id);
  wire.settle();
  assertEquals(cyd.documents.get(id)!.getHeads(), story.getHeads());
  copy[Symbol.dispose]();
}

Deno.test("a steward's fields are written by the steward only", () => {
  const writes: ((temptation: ReturnType<typeof tempt>) => void)[] = [
    ({ copy, wire, mallory }) => copy.setSteward(idOf(wire, mallory)),
    ({ copy }) => copy.setStatus("recalled"),
    ({ copy, wire, mallory }) =>
      copy.addGrant({
        grantee: keysOf("eve").memberId,
        grantedBy: idOf(wire, mallory),
        grantedAtMs: 1,
        mode: "permanent",
      }),
    ({ copy, wire, ben }) => copy.removeGrant(idOf(wire, ben)),
  ];
  for (const write of writes) {
    const temptation = tempt();
    write(temptation);
    assertForbidden(temptation, "not_allowed", [temptation.vouch(temptation.keys)]);
  }
});

Deno.test("a change without a voucher of its author is refused whole", () => {
  const useless: ((temptation: ReturnType<typeof tempt>) => Voucher[])[] = [
    () => [],
    ({ vouch, wire, ben }) => [vouch(wire.keys.get(idOf(wire, ben))!)],
    ({ vouch, keys }) => [vouch(keys, child(5))],
    ({ vouch, keys }) => [{ ...vouch(keys), signature: new Uint8Array(64) }],
    ({ vouch, keys, base }) => [{ ...vouch(keys), change: base[0]! }],
  ];
  for (const vouchers of useless) {
    const temptation = tempt();
    temptation.copy.appendRef(child(1));
    assertForbidden(temptation, "not_vouched", vouchers(temptation));
  }
});

Deno.test("a change in somebody else's name is refused", () => {
  const temptation = tempt();
  const { wire, ada, mallory, id, vouch, keys } = temptation;
  const copy = mallory.documents.get(id)!.fork({
    actor: actorOf(idOf(wire, ada), 9), // as if Ada had another device
    nowMs: () => wire.nowMs,
  });
  copy.setSteward(idOf(wire, mallory));
  const voucher = { ...vouch(keys), change: copy.getHeads()[0]! };
  assertForbidden({ ...temptation, copy }, "not_vouched", [voucher]);
});

Deno.test("somebody who never had access cannot write through a member", () => {
  const temptation = tempt();
  const { wire, mallory, id } = temptation;
  const eve = keysOf("eve");
  const copy = mallory.documents.get(id)!.fork({
    actor: actorOf(eve.memberId, 0),
    nowMs: () => wire.nowMs,
  });
  copy.appendRef(child(1));
  const voucher = makeVoucher(eve, id, copy.getHeads()[0]!);
  assertForbidden({ ...temptation, copy }, "not_allowed", [voucher]);
});

Deno.test("stewardship cannot be taken at the same time as it is handed over", () => {
  const temptation = tempt();
  const { wire, ada, ben, mallory, copy, base, story, id, vouch, keys } = temptation;
  copy.setSteward(keys.memberId);
  story.setSteward(idOf(wire, ben));
  ada.onLocalMutation(id);
  const vouchers = [vouch(keys)];
  for (const to of [ada, ben]) {
    to.onEnvelope(
      idOf(wire, mallory),
      forge(wire, { from: mallory, to, document: copy, base, vouchers }),
    );
    assertEquals(codes(to), ["quarantined", "not_allowed"]);
  }
  wire.settle();
  assertEquals(story.steward(), idOf(wire, ben));
  assertEquals(ben.documents.get(id)!.steward(), idOf(wire, ben));
  copy[Symbol.dispose]();
});

Deno.test("after a transfer only the new steward decides", () => {
  const { wire, engines, story, id } = meet("ada", "ben", "cyd");
  const [ada, ben, cyd] = engines as [Engine, Engine, Engine];
  const grantee = keysOf("eve").memberId;
  const grant = (by: Engine) =>
    ({ grantee, grantedBy: idOf(wire, by), grantedAtMs: 1, mode: "revocable" }) as const;
  story.addGrant({ ...grant(ada), grantee: idOf(wire, ada) }); // she stays a reader
  story.setSteward(idOf(wire, ben));
  ada.onLocalMutation(id);
  wire.settle();
  const bens = ben.documents.get(id)!;
  bens.addGrant(grant(ben));
  ben.onLocalMutation(id);
  wire.settle();
  assertEquals(cyd.documents.get(id)!.grants().length, 4);
  codes(cyd);
  story.setStatus("recalled"); // nothing stops her at home
  ada.onLocalMutation(id);
  wire.deliver(ada, cyd);
  assertEquals(codes(cyd), ["quarantined", "not_allowed"]);
  assertEquals(cyd.documents.get(id)!.status(), "active");
});

Deno.test("what a member wrote before it saw its revocation stands, what it wrote after does not", () => {
  const { wire, engines, story, id } = meet("ada", "ben", "cyd");
  const [ada, ben, cyd] = engines as [Engine, Engine, Engine];
  const bens = ben.documents.get(id)!;
  story.removeGrant(idOf(wire, ben));
  ada.onLocalMutation(id);
  bens.appendRef(child(1));
  ben.onLocalMutation(id);
  wire.deliver(ben, cyd); // Cyd has not heard of the revocation
  wire.settle();
  assertEquals(story.references().length, 1);
  assertEquals(cyd.documents.get(id)!.getHeads(), story.getHeads());
  bens.applyChanges(story.getChangesSince(bens.getHeads()));
  const base = story.getHeads();
  bens.appendRef(child(2));
  const vouchers = [makeVoucher(wire.keys.get(idOf(wire, ben))!, id, bens.getHeads()[0]!)];
  codes(ada);
  ada.onEnvelope(
    idOf(wire, cyd),
    forge(wire, { from: cyd, to: ada, document: bens, base, vouchers }),
  );
  assertEquals(codes(ada), ["quarantined", "not_allowed"]);
});

Deno.test("a quarantined peer is refused for that document and served in others", () => {
  const temptation = tempt();
  const { wire, ada, mallory, copy, base, vouch, keys, id } = temptation;
  copy.setStatus("recalled");
  const vouchers = [vouch(keys)];
  ada.onEnvelope(
    idOf(wire, mallory),
    forge(wire, { from: mallory, to: ada, document: copy, base, vouchers }),
  );
  codes(ada);
  mallory.documents.get(id)!.appendRef(child(1)); // an honest write
  mallory.onLocalMutation(id);
  wire.deliver(mallory, ada);
  assertEquals(codes(ada), ["quarantined"]);
  const other = ArtifactDocument.create({
    nonce: new Uint8Array(32).fill(1),
    artifactType: "gallery",
    ...mallory.writer,
  });
  other.addGrant({
    grantee: idOf(wire, ada),
    grantedBy: idOf(wire, mallory),
    grantedAtMs: 1,
    mode: "revocable",
  });
  mallory.add(other);
  wire.settle();
  assert(ada.documents.has(other.artifactId));
});

Deno.test("Engine opens with what its store holds, and goes on with deltas", () => {
  const wire = new Wire();
  const store = new MemoryStore();
  const sources = seededSources("ada", () => wire.nowMs);
  const keys = keysOf("ada");
  let ada = new Engine({ keys, sources, store });
  wire.engines.set(keys.memberId, ada);
  const ben = wire.add("ben");
  const story = ArtifactDocument.create({
    nonce: new Uint8Array(32),
    artifactType: "story",
    ...ada.writer,
  });
  const grant = { grantedBy: keys.memberId, grantedAtMs: 1, mode: "revocable" } as const;
  story.addGrant({ ...grant, grantee: idOf(wire, ben) });
  for (let n = 0; n < 300; n++) story.appendRef(newArtifactId(sources));
  ada.add(story);
  wire.settle();
  const id = story.artifactId;
  ben.documents.get(id)!.appendRef(child(1000));
  ben.onLocalMutation(id);
  wire.settle();
  const heads = story.getHeads();
  const full = story.save().length;
  const session = Number.parseInt(ada.writer.actor.slice(64), 16);
  ada[Symbol.dispose]();

  ada = new Engine({ keys, sources, store });
  wire.engines.set(keys.memberId, ada);
  const reopened = ada.documents.get(id)!;
  assertEquals(reopened.getHeads(), heads);
  assertEquals(ada.knownHeads(id, idOf(wire, ben)), heads);
  assertEquals(ada.writer.actor, actorOf(keys.memberId, session + 1));
  reopened.appendRef(child(2000));
  ada.onLocalMutation(id);
  const [envelope] = wire.take(ada, ben) as [Uint8Array];
  assert(envelope.length < full / 10, `${envelope.length} of ${full} bytes`);
  wire.deliver(ada, ben, [envelope]);
  assertEquals(ben.documents.get(id)!.getHeads(), reopened.getHeads());

  // Ben's change is passed on with his voucher, which was kept as well.
  wire.engines.delete(idOf(wire, ben));
  const cyd = wire.add("cyd");
  reopened.addGrant({ ...grant, grantee: idOf(wire, cyd) });
  ada.onLocalMutation(id);
  wire.settle();
  assertEquals(cyd.documents.get(id)!.getHeads(), reopened.getHeads());
});

Deno.test("Engine keeps each change when it returns, and what it refused not at all", () => {
  const wire = new Wire();
  const store = new MemoryStore();
  const keys = keysOf("ada");
  const sources = seededSources("ada", () => wire.nowMs);
  const ada = new Engine({ keys, sources, store });
  const story = ArtifactDocument.create({
    nonce: new Uint8Array(32),
    artifactType: "story",
    ...ada.writer,
  });
  ada.add(story);
  for (let n = 0; n < 50; n++) {
    story.appendRef(child(n));
    ada.onLocalMutation(story.artifactId);
    using copy = new Engine({ keys, sources, store });
    assertEquals(copy.documents.get(story.artifactId)!.getHeads(), story.getHeads());
  }
  const ben = new Engine({ keys: keysOf("ben"), sources, store: new MemoryStore() });
  ben.onEnvelope(keys.memberId, new Uint8Array(100));
  assertEquals(ben.documents.size, 0);
});
