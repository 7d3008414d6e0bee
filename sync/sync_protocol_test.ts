import * as Automerge from "@automerge/automerge/slim";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { mutants } from "../tests/_mutations.ts";
import { encodeChange } from "./_automerge.ts";
import { BloomFilter } from "./_bloom_filter.ts";
import { decodeSyncMessage, encodeSyncMessage, SYNC_NEED_MAX } from "./_sync_message.ts";
import type { SyncMessage } from "./_sync_message.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { SyncError } from "./errors.ts";
import { HeadTracker } from "./head_tracker.ts";
import { actorOf, parseArtifactId, parseChangeHash, parseHeads, parseMemberId } from "./ids.ts";
import type { ChangeHash, MemberId } from "./ids.ts";
import { InterfaceDocument } from "./interface_document.ts";
import { parseInterfaceId } from "./interface_id.ts";
import { EVENT_BODY_BYTES_MAX, interfaceGenesis } from "./interface_schema.ts";
import { seededSources } from "./sources.ts";
import { SyncProtocol } from "./sync_protocol.ts";
import type { SyncDocument } from "./sync_protocol.ts";

const SEED = 20260105;
const id = (n: number) => n.toString(16).padStart(64, "0");
const interfaceId = parseInterfaceId(id(1));
const [ada, ben, cyd] = ["a1", "b2", "c3"].map((byte) => parseMemberId(byte.repeat(32))) as [
  MemberId,
  MemberId,
  MemberId,
];
const writer = (member: MemberId, session = 0) => ({
  actor: actorOf(member, session),
  nowMs: () => 5000,
});
const realm = (member: MemberId) => InterfaceDocument.create({ interfaceId, ...writer(member) });
const say = (document: InterfaceDocument, count: number, what = "event") => {
  for (let n = 0; n < count; n++) {
    document.appendEvent({ kind: "text", body: new TextEncoder().encode(`${what} ${n}`) });
  }
};

/** One end of a conversation. */
interface Peer {
  next(): Uint8Array | undefined;
  take(message: Uint8Array): void;
  heads(): readonly string[];
}

function ours(document: SyncDocument, peer: MemberId, protocol = new SyncProtocol()): Peer {
  return {
    next: () => protocol.generate(document, peer),
    take: (message) => void protocol.receive(document, peer, message),
    heads: () => document.getHeads(),
  };
}

class Plain implements Peer {
  document: Automerge.Doc<Record<string, unknown>>;
  state: Automerge.SyncState = Automerge.initSyncState();

  constructor(bytes: Uint8Array | undefined, member: MemberId) {
    const empty = Automerge.init<Record<string, unknown>>({ actor: actorOf(member, 9) });
    this.document = bytes === undefined ? empty : Automerge.loadIncremental(empty, bytes);
  }

  next(): Uint8Array | undefined {
    const [state, message] = Automerge.generateSyncMessage(this.document, this.state);
    this.state = state;
    return message ?? undefined;
  }

  take(message: Uint8Array): void {
    [this.document, this.state] = Automerge.receiveSyncMessage(this.document, this.state, message);
  }

  heads(): readonly string[] {
    return [...Automerge.getHeads(this.document)].sort();
  }

  /** Makes changes that fit the schema, without our code. */
  write(count: number, what = "plain"): void {
    for (let n = 0; n < count; n++) {
      this.document = Automerge.change(this.document, { time: 0 }, (draft) => {
        (draft["metadata"] as Record<string, Uint8Array>)[`${what} ${n}`] = new Uint8Array([n]);
      });
    }
  }
}

interface Talk {
  readonly messages: number;
  readonly bytes: number;
}

/** Lets two peers talk in turns until both are silent. */
function talk(left: Peer, right: Peer, turnsMax = 20): Talk {
  let [messages, bytes] = [0, 0];
  for (let turn = 0; turn < turnsMax; turn++) {
    let isSilent = true;
    for (const [from, to] of [[left, right], [right, left]] as const) {
      const message = from.next();
      if (message === undefined) continue;
      isSilent = false;
      messages++;
      bytes += message.length;
      to.take(message);
    }
    if (isSilent) {
      assertEquals(left.heads(), right.heads());
      return { messages, bytes };
    }
  }
  throw new Error(`They still talk after ${messages} messages`);
}

const CASES: [name: string, leftMore: number, rightMore: number, messagesMax: number][] = [
  ["in sync", 0, 0, 2],
  ["one ahead by 10", 10, 0, 4],
  ["the other ahead by 10", 0, 10, 4],
  ["diverged by 10", 10, 10, 4],
  ["diverged by 100", 100, 100, 4],
];

for (const [name, leftMore, rightMore, messagesMax] of CASES) {
  Deno.test(`SyncProtocol brings two of ours together: ${name}`, () => {
    using left = realm(ada);
    say(left, 200);
    using right = left.fork(writer(ben));
    say(left, leftMore);
    say(right, rightMore);
    const { messages } = talk(ours(left, ben), ours(right, ada));
    assert(messages <= messagesMax, `${messages} messages`);
    assertEquals(left.events(), right.events());
    assertEquals(right.events().length, 200 + leftMore + rightMore);
  });

  for (const first of ["ours", "plain"]) {
    Deno.test(`SyncProtocol talks to plain Automerge: ${name}, ${first} first`, () => {
      using document = realm(ada);
      say(document, 200);
      const plain = new Plain(document.save(), ben);
      say(document, leftMore);
      plain.write(rightMore);
      const us = ours(document, ben);
      const { messages } = first === "ours" ? talk(us, plain) : talk(plain, us);
      assert(messages <= messagesMax, `${messages} messages`);
      assertEquals(document.metadata().size, rightMore);
      assertEquals(plain.heads(), document.getHeads());
    });
  }
}

Deno.test("SyncProtocol brings a fresh peer of ours and a plain one up to date", () => {
  using document = realm(ada);
  say(document, 300);
  using fresh = InterfaceDocument.awaiting(interfaceId, writer(cyd));
  const own = talk(ours(fresh, ada), ours(document, cyd));
  assert(own.messages <= 4, `${own.messages} messages`);
  assert(own.bytes < document.save().length + 2000, `${own.bytes} bytes`);
  assertEquals(fresh.events(), document.events());

  const plain = new Plain(undefined, ben);
  const { messages, bytes } = talk(ours(document, ben), plain);
  assert(messages <= 4, `${messages} messages`);
  assert(bytes < document.save().length + 2000, `${bytes} bytes`); // the whole document, once
  const events = Automerge.toJS(plain.document)["events"] as unknown[][];
  assertEquals(events.flat().length, 300);

  using second = InterfaceDocument.awaiting(interfaceId, writer(cyd, 1));
  assert(talk(new Plain(document.save(), ben), ours(second, ben)).messages <= 4);
  assertEquals(second.events(), document.events());
});

Deno.test("SyncProtocol works for artifacts, and in the middle of a conversation", () => {
  const options = { nonce: new Uint8Array(32), artifactType: "story" };
  using left = ArtifactDocument.create({ ...options, ...writer(ada) });
  using right = ArtifactDocument.awaiting(left.artifactId, writer(ben));
  const [us, them] = [ours(left, ben), ours(right, ada)];
  talk(us, them);
  for (let n = 0; n < 20; n++) {
    (n % 3 === 0 ? right : left).appendRef(parseArtifactId(id(100 + n)));
    assert(talk(us, them).messages <= 2);
  }
  assertEquals(right.references(), left.references());
  assertEquals(talk(us, them), { messages: 0, bytes: 0 });
});

Deno.test("SyncProtocol.generate() says nothing twice", () => {
  using document = realm(ada);
  const protocol = new SyncProtocol();
  assert(protocol.generate(document, ben) !== undefined);
  assertEquals(protocol.generate(document, ben), undefined);
  say(document, 1);
  assert(protocol.generate(document, ben) !== undefined);
  assertEquals(protocol.generate(document, ben), undefined);
});

Deno.test("SyncProtocol falls silent with a peer that will never agree", () => {
  using document = realm(ada);
  const plain = new Plain(document.save(), ben);
  plain.document = Automerge.change(
    plain.document,
    { time: 0 },
    (draft) => void (draft["evil"] = 1),
  );
  say(document, 3);
  const us = ours(document, ben);
  let [sent, refused] = [0, 0];
  for (let turn = 0; turn < 50; turn++) {
    const message = us.next();
    if (message !== undefined) sent++;
    if (message !== undefined) plain.take(message);
    const answer = plain.next();
    if (answer === undefined) continue;
    try {
      us.take(answer);
    } catch (error) {
      assertEquals((error as SyncError).code, "bad_schema");
      refused++;
    }
  }
  assert(refused > 0);
  assert(sent <= 3, `${sent} messages to somebody who will not agree`);
  assertEquals(document.events().length, 3);
});

Deno.test("SyncProtocol.save() then load() keeps what is shared, and a reconnection is cheap", () => {
  using left = realm(ada);
  say(left, 500);
  using right = InterfaceDocument.awaiting(interfaceId, writer(ben));
  const [adaTo, benTo] = [new SyncProtocol(), new SyncProtocol()];
  talk(ours(left, ben, adaTo), ours(right, ada, benTo));
  assertEquals(adaTo.sharedHeads(left, ben), left.getHeads());
  say(left, 5);
  const [again, benAgain] = [adaTo, benTo].map((protocol) => SyncProtocol.load(protocol.save()));
  assertEquals(again!.save(), adaTo.save());
  const cheap = talk(ours(left, ben, again), ours(right, ada, benAgain));
  const costly = talk(ours(left, ben), ours(right, ada));
  assert(cheap.bytes < 2600, `${cheap.bytes} bytes`);
  assert(costly.bytes > 600, `${costly.bytes} bytes`);
});

Deno.test("SyncProtocol.disconnect() makes up for lost messages", () => {
  using left = realm(ada);
  using right = InterfaceDocument.awaiting(interfaceId, writer(ben));
  const [adaTo, benTo] = [new SyncProtocol(), new SyncProtocol()];
  const [us, them] = [ours(left, ben, adaTo), ours(right, ada, benTo)];
  talk(us, them);
  say(left, 5);
  assert(us.next() !== undefined); // and lost
  assertEquals(us.next(), undefined);
  adaTo.disconnect(ben);
  benTo.disconnect(ada);
  talk(us, them);
  assertEquals(right.events().length, 5);
});

Deno.test("SyncProtocol recovers a peer that lost everything, and one that lost a part", () => {
  using left = realm(ada);
  say(left, 20);
  using right = left.fork(writer(ben));
  const old = right.save();
  const protocol = new SyncProtocol();
  talk(ours(left, ben, protocol), ours(right, ada));
  say(left, 20, "more");
  talk(ours(left, ben, protocol), ours(right, ada));
  using restored = InterfaceDocument.load(old, writer(ben, 1));
  say(restored, 1, "since then");
  protocol.disconnect(ben);
  talk(ours(left, ben, protocol), ours(restored, ada));
  assertEquals(restored.events().length, 41);
  using empty = InterfaceDocument.awaiting(interfaceId, writer(ben, 2));
  talk(ours(left, ben, protocol), ours(empty, ada));
  assertEquals(empty.events(), left.events());
});

Deno.test("SyncProtocol recovers when this side lost a part, as plain Automerge does", () => {
  using document = realm(ada);
  say(document, 20);
  const old = document.save();
  const plain = new Plain(old, ben);
  say(document, 20);
  talk(ours(document, ben), plain);
  plain.write(3);
  plain.state = Automerge.decodeSyncState(Automerge.encodeSyncState(plain.state));
  using restored = InterfaceDocument.load(old, writer(ada, 1));
  talk(ours(restored, ben), plain);
  assertEquals(restored.events().length, 40);
});

Deno.test("SyncProtocol sends a large document in parts", () => {
  using left = realm(ada);
  const { randomBytes } = seededSources("large", () => 0);
  for (let n = 0; n < 80; n++) {
    left.appendEvent({ kind: "text", body: randomBytes(EVENT_BODY_BYTES_MAX) });
  }
  using right = InterfaceDocument.awaiting(interfaceId, writer(ben));
  const { messages, bytes } = talk(ours(left, ben), ours(right, ada));
  assertEquals(right.events().length, 80);
  assert(bytes > 10_000_000);
  assert(messages <= 6, `${messages} messages`);
});

const heads = (...ns: number[]) => parseHeads(ns.map(id));
const message = (more: Partial<SyncMessage>): Uint8Array =>
  encodeSyncMessage({
    ...{ version: 1, heads: [], need: [], have: [], changes: [] },
    ...{ takesDocuments: true, isReadOnly: false },
    ...more,
  });

Deno.test("SyncProtocol holds changes that came before what they depend on", () => {
  using document = realm(ada);
  using other = document.fork(writer(ben));
  using behind = document.fork(writer(cyd));
  say(other, 2);
  const [first, second] = other.getChangesSince(document.getHeads()) as [Uint8Array, Uint8Array];
  const protocol = new SyncProtocol();
  const late = message({ heads: other.getHeads(), changes: [second] });
  const outcome = protocol.receive(document, ben, late);
  assertEquals(outcome.type, "waiting");
  assertEquals(document.events(), []);
  const asking = decodeSyncMessage(protocol.generate(document, ben)!);
  assertEquals(asking.need, outcome.type === "waiting" ? outcome.missing : []);
  assertEquals(asking.have, []);
  const early = message({ heads: other.getHeads(), changes: [first] });
  assertEquals(protocol.receive(document, ben, early).type, "applied");
  assertEquals(document.events().length, 2);

  assertEquals(protocol.receive(behind, ben, late).type, "waiting");
  assertEquals(protocol.applyHeld(behind, ben).type, "waiting");
  behind.applyChanges([first]); // from somebody else
  assertEquals(protocol.applyHeld(behind, ben).type, "applied");
  assertEquals(protocol.applyHeld(behind, ben), { type: "already_had" });
  assertEquals(behind.events().length, 2);
});

Deno.test("SyncProtocol.receive() lets go of held changes that turn out to be bad", () => {
  using document = realm(ada);
  using other = document.fork(writer(ben));
  say(other, 1);
  const [first] = other.getChangesSince(document.getHeads());
  const evil = Automerge.change(
    Automerge.load<Record<string, unknown>>(other.save(), { actor: actorOf(ben, 1) }),
    { time: 0 },
    (draft) => void (draft["evil"] = 1),
  );
  const protocol = new SyncProtocol();
  const late = message({ heads: heads(9), changes: [Automerge.getLastLocalChange(evil)!] });
  const early = message({ heads: heads(9), changes: [first!] });
  assertEquals(protocol.receive(document, ben, late).type, "waiting");
  const error = assertThrows(() => protocol.receive(document, ben, early), SyncError);
  assertEquals(error.code, "bad_schema");
  assertEquals(document.events(), []);
  assertEquals(protocol.receive(document, ben, early).type, "applied");
});

Deno.test("SyncProtocol answers a peer that only repeats itself once", () => {
  using document = realm(ada);
  say(document, 5);
  const protocol = new SyncProtocol();
  let answers = 0;
  for (let n = 0; n < 10; n++) {
    // It says that it has something of its own, and never sends it.
    protocol.receive(document, ben, message({ heads: heads(9), have: [] }));
    if (protocol.generate(document, ben) !== undefined) answers++;
  }
  assertEquals(answers, 1);
});

Deno.test("SyncProtocol sends each change once, also before it is acknowledged", () => {
  using left = realm(ada);
  using right = left.fork(writer(ben));
  const protocol = new SyncProtocol();
  talk(ours(left, ben, protocol), ours(right, ada));
  const counts = [1, 2, 3].map((count) => {
    say(left, count);
    return decodeSyncMessage(protocol.generate(left, ben)!).changes.length;
  });
  assertEquals(counts, [1, 2, 3]);
});

Deno.test("SyncProtocol answers what is asked for, and nothing to those who take nothing", () => {
  using document = realm(ada);
  say(document, 5);
  const [, , third] = document.getAllChanges().map((change) => Automerge.decodeChange(change).hash);
  const ask = (more: Partial<SyncMessage>) => {
    const protocol = new SyncProtocol();
    protocol.receive(document, ben, message(more));
    return decodeSyncMessage(protocol.generate(document, ben)!).changes.length;
  };
  assertEquals(ask({ heads: heads(9), need: parseHeads([third!]) }), 1);
  assertEquals(ask({ heads: heads(9), need: heads(8) }), 0);
  assertEquals(ask({ heads: [] }), 1); // the whole document
  assertEquals(ask({ heads: [], takesDocuments: false }), 7);
  assertEquals(ask({ heads: [], isReadOnly: true }), 0);
  const protocol = new SyncProtocol();
  for (let n = 0; n < 2; n++) { // a peer that starts anew gets everything again
    protocol.receive(document, ben, message({ heads: [] }));
    assertEquals(decodeSyncMessage(protocol.generate(document, ben)!).changes.length, 1);
  }
});

Deno.test("SyncProtocol.removePeer() and removeDocument() forget", () => {
  using left = realm(ada);
  using right = left.fork(writer(ben));
  const protocol = new SyncProtocol(new HeadTracker());
  talk(ours(left, ben, protocol), ours(right, ada));
  talk(ours(left, cyd, protocol), ours(right, ada));
  protocol.removePeer(ben);
  assertEquals(protocol.sharedHeads(left, ben), []);
  assertEquals(protocol.sharedHeads(left, cyd), left.getHeads());
  protocol.removeDocument(left);
  assertEquals(protocol.sharedHeads(left, cyd), []);
  assert(protocol.generate(left, cyd) !== undefined); // as if they had never met
});

Deno.test("SyncProtocol.receive() refuses forged changes, and the document stays as it was", () => {
  using document = realm(ada);
  say(document, 3);
  const before = document.save();
  const genesis = interfaceGenesis({ interfaceId, segment: 0 });
  const change = (ops: unknown[], more: Partial<Parameters<typeof encodeChange>[0]> = {}) => {
    const { maxOp } = { maxOp: 5 + 3 + 1 + 3 * 7 };
    return encodeChange({
      ...{ actor: actorOf(ben, 0), author: null, seq: 1, startOp: maxOp + 1, time: 0 },
      ...{ message: null, deps: [...document.getHeads()], ops: ops as never },
      ...more,
    });
  };
  const set = (obj: string, key: string, value: unknown) => ({
    action: "set",
    obj,
    key,
    value,
    pred: [],
  });
  const cases: [string, Uint8Array, string][] = [
    ["a field of one's own", change([set("_root", "evil", 1)]), "bad_schema"],
    ["metadata that is text", change([set(`5@${genesis.actor}`, "k", "text")]), "bad_schema"],
    ["numbers far ahead", change([], { startOp: 1_000_000 }), "bad_changes"],
    ["no member's actor", change([], { actor: "abcd" }), "bad_changes"],
    ["noise", new Uint8Array(50), "bad_changes"],
    ["half a change", change([]).slice(0, 40), "bad_changes"],
  ];
  for (const [what, forged, code] of cases) {
    const protocol = new SyncProtocol();
    const bytes = message({ heads: heads(9), changes: [forged] });
    const error = assertThrows(() => protocol.receive(document, ben, bytes), SyncError, "", what);
    assertEquals(error.code, code, what);
    assertEquals(document.save(), before);
  }
  using other = document.fork(writer(ben));
  talk(ours(document, ben), ours(other, ada));
});

Deno.test("SyncProtocol.receive() refuses messages that are not Automerge's or too large", () => {
  using document = realm(ada);
  const protocol = new SyncProtocol();
  const good = message({ have: [{ lastSync: [], filter: BloomFilter.of(heads(1, 2)) }] });
  const at = good.indexOf(10);
  const cases: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "bad_changes"],
    ["another version", Uint8Array.of(0x44, 0, 0, 0, 0), "bad_changes"],
    ["something behind the end", Uint8Array.of(...good, 0), "bad_changes"],
    ["a filter of no bits an entry", good.with(at, 0), "bad_changes"],
    ["a filter of many probes", good.with(at + 1, 127), "bad_changes"],
    ["a filter of more entries", good.with(at - 1, 9), "bad_changes"],
    ["a filter of no entries", good.with(at - 1, 0), "bad_changes"],
    ["too many heads", Uint8Array.of(0x42, 0xe9, 7, ...new Uint8Array(40_000)), "too_large"],
    ["a long message", new Uint8Array(18 * 1024 * 1024 + 1), "too_large"],
  ];
  for (const [what, bytes, code] of cases) {
    const error = assertThrows(() => protocol.receive(document, ben, bytes), SyncError, "", what);
    assertEquals(error.code, code, what);
  }
  const needs = (count: number) =>
    message({ need: Array.from({ length: count }, (_, n) => id(n) as ChangeHash) });
  assertEquals(decodeSyncMessage(needs(SYNC_NEED_MAX)).need.length, SYNC_NEED_MAX);
  assertThrows(() => decodeSyncMessage(needs(SYNC_NEED_MAX + 1)), SyncError, "needs");
  const haves = (count: number) =>
    message({ have: Array(count).fill({ lastSync: [], filter: BloomFilter.of([]) }) });
  assertEquals(decodeSyncMessage(haves(8)).have.length, 8);
  assertThrows(() => decodeSyncMessage(haves(9)), SyncError, "filters");
});

Deno.test("encodeSyncMessage() and decodeSyncMessage() agree with Automerge", () => {
  using document = realm(ada);
  say(document, 5);
  const hashes = document.getAllChanges().map((change) =>
    parseChangeHash(Automerge.decodeChange(change).hash)
  );
  const plain = new Plain(document.save(), ben);
  plain.take(message({ version: 1, heads: heads(7), have: [] })); // so that it answers
  const theirs = plain.next()!;
  const filter = decodeSyncMessage(theirs).have[0]!.filter;
  assertEquals(filter.toBytes(), BloomFilter.of(hashes).toBytes());
  assert(hashes.every((hash) => filter.has(hash)));
  const mine = message({
    version: 2,
    heads: heads(1, 2),
    need: heads(3),
    have: [{ lastSync: heads(4), filter }],
    changes: [new Uint8Array([1, 2])],
  });
  const read = Automerge.decodeSyncMessage(mine);
  assertEquals(read.heads, [...heads(1, 2)]);
  assertEquals(read.need, [...heads(3)]);
  assertEquals(read.have, [{ lastSync: [...heads(4)], bloom: filter.toBytes() }]);
  const { version, changes, takesDocuments } = decodeSyncMessage(mine);
  assertEquals([version, changes, takesDocuments], [2, [new Uint8Array([1, 2])], true]);
});

Deno.test(`law: BloomFilter never says no wrongly and seldom yes (seed ${SEED})`, () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) =>
    parseChangeHash(bytes.toHex())
  );
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 300 }), (hashes) => {
      const filter = BloomFilter.of(hashes);
      assert(hashes.every((one) => filter.has(one)));
    }),
    { seed: SEED },
  );
  const [inside, outside] = [
    fc.sample(hash, { seed: SEED, numRuns: 1000 }),
    fc.sample(hash, {
      seed: SEED + 1,
      numRuns: 5000,
    }),
  ];
  const filter = BloomFilter.of(inside);
  const wrong = outside.filter((one) => !inside.includes(one) && filter.has(one)).length;
  assert(wrong < 150, `${wrong} of 5,000`);
});

Deno.test(`law: three peers, plain Automerge among them, converge and fall silent (seed ${SEED})`, () => {
  const event = fc.record({
    type: fc.constantFrom("write", "talk"),
    who: fc.nat(2),
    n: fc.integer({ min: 1, max: 12 }),
  });
  let most = 0;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 15 }), (events) => {
      const first = realm(ada);
      const second = InterfaceDocument.awaiting(interfaceId, writer(ben));
      const plain = new Plain(first.save(), cyd);
      const [adaTo, benTo] = [new SyncProtocol(), new SyncProtocol()];
      const states = [Automerge.initSyncState(), Automerge.initSyncState()];
      const plainTo = (index: number, peer: Peer): Talk => {
        plain.state = states[index]!;
        const result = talk(peer, plain);
        states[index] = plain.state;
        return result;
      };
      const pairs = [
        () => talk(ours(first, ben, adaTo), ours(second, ada, benTo)),
        () => plainTo(0, ours(first, cyd, adaTo)),
        () => plainTo(1, ours(second, cyd, benTo)),
      ];
      for (const [index, { type, who, n }] of events.entries()) {
        if (type === "talk") most = Math.max(most, pairs[who]!().messages);
        else if (who === 2) plain.write(n, `${index}`);
        else say(who === 0 ? first : second, n);
      }
      for (const pair of [...pairs, ...pairs]) most = Math.max(most, pair().messages);
      assertEquals(second.getHeads(), first.getHeads());
      assertEquals(plain.heads(), first.getHeads());
      for (const pair of pairs) assertEquals(pair().messages, 0);
      for (const document of [first, second]) document[Symbol.dispose]();
    }),
    { seed: SEED, numRuns: 80 },
  );
  assert(most <= 8, `${most} messages in one talk`);
});

Deno.test(`SyncProtocol.receive() of 2,000 damaged messages changes nothing wrongly (seed ${SEED})`, () => {
  using adas = realm(ada);
  say(adas, 2);
  using bens = adas.fork(writer(ben));
  const base = bens.getHeads();
  say(adas, 5);
  const adaTo = new SyncProtocol();
  adaTo.generate(adas, ben);
  const hello = new SyncProtocol().generate(bens, ada)!;
  adaTo.receive(adas, ben, hello);
  const honest = adaTo.generate(adas, ben)!;
  assert(decodeSyncMessage(honest).changes.length === 5);
  const reachable = new Set([bens, adas].map((document) => document.getHeads().join()));
  for (let n = 1; n <= 5; n++) {
    using partial = bens.fork(writer(cyd, n));
    partial.applyChanges(adas.getChangesSince(base).slice(0, n));
    reachable.add(partial.getHeads().join());
  }
  let refused = 0;
  for (const damaged of mutants(honest, { seed: SEED, count: 2000 })) {
    using copy = bens.fork(writer(cyd));
    const protocol = new SyncProtocol();
    try {
      protocol.receive(copy, ada, damaged);
      protocol.generate(copy, ada); // whatever the peer claimed, an answer can be made
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      assertEquals(copy.getHeads(), base);
      refused++;
    }
    assert(reachable.has(copy.getHeads().join()));
    SyncProtocol.load(protocol.save());
  }
  assert(refused > 1000, `only ${refused} were refused`);
  const after = ours(bens, ada);
  talk(after, ours(adas, ben));
});

Deno.test(`SyncProtocol.load() of 2,000 damaged inputs throws SyncError or loads (seed ${SEED})`, () => {
  using left = realm(ada);
  using right = left.fork(writer(ben));
  const protocol = new SyncProtocol();
  talk(ours(left, ben, protocol), ours(right, ada));
  talk(ours(left, cyd, protocol), ours(right, ada));
  let refused = 0;
  for (const damaged of mutants(protocol.save(), { seed: SEED, count: 2000 })) {
    try {
      const loaded = SyncProtocol.load(damaged);
      loaded.generate(left, ben); // also with heads that are not here
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      refused++;
    }
  }
  assert(refused > 500, `only ${refused} were refused`);
});
