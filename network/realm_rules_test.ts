import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  actorOf,
  artifactIdOf,
  InterfaceDocument,
  parseInterfaceId,
  parseMemberId,
  SyncError,
  ValueDocument,
} from "../sync/mod.ts";
import type { InterfaceId, MemberId, SyncedDocument } from "../sync/mod.ts";
import { dmRealmId, homeRealmId, realmIdOf } from "./realm_ids.ts";
import { REALM_KEYS } from "./realm_keys.ts";
import { creatorOf, interfaceRules, isCreation, membersOf, valueRules } from "./realm_rules.ts";

const [ADA, BEN, CYD, EVE] = ["a1", "b2", "c3", "e5"].map((byte) =>
  parseMemberId(byte.repeat(32))
) as [MemberId, MemberId, MemberId, MemberId];
const NONCE = new Uint8Array(32).fill(7);
const CREATED = parseInterfaceId(realmIdOf(Uint8Array.fromHex(artifactIdOf(ADA, NONCE))));
const DIRECT = parseInterfaceId(dmRealmId(ADA, BEN));
const HOME = parseInterfaceId(homeRealmId(ADA));
const text = (said: string) => new TextEncoder().encode(said);
const NOTHING = new Uint8Array();

/** One peer's copy of a realm, and what it takes from others by the rules. */
class Copy implements Disposable {
  readonly self: MemberId;
  readonly document: InterfaceDocument;
  readonly values: Map<string, ValueDocument> = new Map();
  readonly awaited: MemberId[] = [];
  readonly #directory = {
    documentOf: (id: InterfaceId) => id === this.document.interfaceId ? this.document : undefined,
    awaitedFrom: () => this.awaited,
  };
  readonly rules = interfaceRules(this.#directory);
  readonly valueRules = valueRules(this.#directory);
  /** Sessions give each copy of one member a name of its own. */
  static #sessions = 0;

  constructor(self: MemberId, id: InterfaceId = CREATED, document?: InterfaceDocument) {
    this.self = self;
    this.document = document ?? InterfaceDocument.awaiting(id, this.writer());
  }

  writer() {
    return { actor: actorOf(this.self, Copy.#sessions++), nowMs: () => 5_000 };
  }

  /** Takes all that another copy holds. Gives the code of why not. */
  take(from: Copy | InterfaceDocument): string {
    const other = from instanceof Copy ? from.document : from;
    const { document, rules } = this;
    const before = [document.save().toHex(), document.getHeads(), [...document.everMembers]];
    try {
      const checked: number[] = [];
      const { type } = rules.apply(document, {
        bytes: other.encodeChangesSince(document.getHeads()),
        announced: other.getHeads(),
        checkAuthors: (changes) => void checked.push(changes.length),
      });
      if (type === "applied") assertEquals(checked.length, 1);
      return type;
    } catch (error) {
      assert(error instanceof SyncError);
      assertEquals(
        [document.save().toHex(), document.getHeads(), [...document.everMembers]],
        before,
      );
      return error.code;
    }
  }

  /** The document as somebody else would go on with it. */
  fork(self: MemberId): Copy {
    const copy = new Copy(self, this.document.interfaceId);
    copy.document[Symbol.dispose]();
    return new Copy(self, this.document.interfaceId, this.document.fork(copy.writer()));
  }

  audience(document: InterfaceDocument = this.document): MemberId[] {
    return [...this.rules.audience(document, 5_000).keys()].sort();
  }

  [Symbol.dispose](): void {
    this.document[Symbol.dispose]();
    for (const value of this.values.values()) value[Symbol.dispose]();
  }
}

/** Ada's realm, with these in it. */
function created(...others: MemberId[]): Copy {
  const ada = new Copy(ADA);
  ada.document.setMetadata(REALM_KEYS.creation, NONCE);
  ada.document.addMember(ADA);
  ada.document.setMetadata(REALM_KEYS.name, text("Garden"));
  for (const member of others) ada.document.addMember(member);
  return ada;
}

/** What somebody who took all of a realm then writes, and what becomes of it at another. */
function judged(
  from: Copy,
  author: MemberId,
  write: (document: InterfaceDocument) => unknown,
): string {
  using other = from.fork(author);
  using reader = from.fork(ADA);
  write(other.document);
  const apart = reader.take(other);
  // With all that it builds upon it is the same.
  using whole = new Copy(ADA, from.document.interfaceId);
  const together = whole.take(other);
  assertEquals(together, apart);
  return apart;
}

Deno.test("realm rules: a created realm is founded by whom its id commits to", () => {
  using ada = created(BEN);
  using ben = new Copy(BEN);
  assertEquals(ben.take(ada), "applied");
  assertEquals(creatorOf(ben.document), ADA);
  assertEquals([...ben.document.members().keys()], [ADA, BEN]);
  assertEquals(ben.take(ada), "already_had");

  using eve = new Copy(EVE);
  for (const nonce of [NONCE, new Uint8Array(32), new Uint8Array(5)]) {
    using claim = new Copy(EVE);
    claim.document.setMetadata(REALM_KEYS.creation, nonce);
    claim.document.addMember(EVE);
    assertEquals(new Copy(BEN).take(claim), "no_access");
    assertEquals(ben.take(claim), "no_access");
    assertEquals(creatorOf(claim.document), undefined);
  }
  eve.document.addMember(EVE);
  eve.document.addMember(BEN);
  assertEquals(new Copy(BEN).take(eve), "no_access");
  assertEquals([isCreation(CREATED, ADA, NONCE), isCreation(CREATED, EVE, NONCE)], [true, false]);
});

Deno.test("realm rules: a founding that arrives in pieces is one all the same", () => {
  using ada = new Copy(ADA);
  using ben = new Copy(BEN);
  const writes: ((document: InterfaceDocument) => unknown)[] = [
    (document) => document.setMetadata(REALM_KEYS.creation, NONCE),
    (document) => document.addMember(ADA),
    (document) => document.setMetadata(REALM_KEYS.name, text("Garden")),
    (document) => document.addMember(BEN),
  ];
  for (const write of writes) {
    write(ada.document);
    assertEquals(ben.take(ada), "applied");
  }
  assertEquals([creatorOf(ben.document), membersOf(ben.document).size], [ADA, 2]);
  using both = new Copy(ADA, DIRECT);
  using other = new Copy(BEN, DIRECT);
  for (const member of [BEN, ADA]) {
    both.document.addMember(member);
    assertEquals(other.take(both), "applied");
  }
  assertEquals(judged(both, BEN, (document) => document.addMember(CYD)), "not_allowed");
});

Deno.test("realm rules: the creation is written once, by the creator, as it is", () => {
  using ada = created(BEN);
  const put = (nonce: Uint8Array) => (document: InterfaceDocument) =>
    document.setMetadata(REALM_KEYS.creation, nonce);
  for (const author of [ADA, BEN]) {
    assertEquals(judged(ada, author, put(new Uint8Array(32))), "not_allowed");
    assertEquals(judged(ada, author, put(NOTHING)), "not_allowed");
  }
});

Deno.test("realm rules: members let others in, strangers do not", () => {
  using ada = created(BEN);
  using ben = new Copy(BEN);
  ben.take(ada);
  ben.document.addMember(CYD);
  using cyd = new Copy(CYD);
  assertEquals(cyd.take(ben), "applied");
  cyd.document.addMember(EVE);
  cyd.document.appendEvent({ kind: "text", body: text("hello") });
  // A whole chain of admissions at once.
  assertEquals(ada.take(cyd), "applied");
  assertEquals(ada.audience(), [ADA, BEN, CYD, EVE]);
  using realm = created(BEN);
  assertEquals(judged(realm, EVE, (document) => document.addMember(EVE)), "no_access");
  assertEquals(judged(realm, EVE, (document) => document.addMember(CYD)), "no_access");
  const speak = (document: InterfaceDocument) =>
    document.appendEvent({ kind: "text", body: text("hello") });
  assertEquals(judged(realm, EVE, speak), "no_access");
  assertEquals(judged(realm, BEN, speak), "applied");
});

Deno.test("realm rules: nobody is removed but by the creator or by itself", () => {
  using ada = created(BEN, CYD);
  const remove = (member: MemberId) => (document: InterfaceDocument) =>
    document.removeMember(member);
  assertEquals(judged(ada, ADA, remove(BEN)), "applied");
  assertEquals(judged(ada, BEN, remove(BEN)), "applied");
  assertEquals(judged(ada, ADA, remove(ADA)), "applied");
  assertEquals(judged(ada, BEN, remove(CYD)), "not_allowed");
  assertEquals(judged(ada, BEN, remove(ADA)), "not_allowed");
});

Deno.test("realm rules: each key has those who may write it", () => {
  using ada = created(BEN);
  const put = (key: string) => (document: InterfaceDocument) =>
    document.setMetadata(key, text("x"));
  const own = [REALM_KEYS.who, REALM_KEYS.read, REALM_KEYS.alias];
  for (const author of [ADA, BEN]) {
    const [other] = [ADA, BEN].filter((one) => one !== author);
    for (const key of own) {
      assertEquals(judged(ada, author, put(key + author)), "applied");
      assertEquals(judged(ada, author, put(key + other)), "not_allowed");
      assertEquals(judged(ada, author, put(key + EVE)), "not_allowed");
    }
    assertEquals(judged(ada, author, put(`${REALM_KEYS.document}notes`)), "applied");
    for (const key of ["else", "alias", "who", `doc`, `Who/${author}`, `who/${author}/`, "out"]) {
      assertEquals(judged(ada, author, put(key)), "not_allowed", key);
    }
  }
  for (const key of [REALM_KEYS.name, `${REALM_KEYS.out}${CYD}`]) {
    assertEquals(judged(ada, ADA, put(key)), "applied");
    assertEquals(judged(ada, BEN, put(key)), "not_allowed");
  }
});

Deno.test("realm rules: a direct message is of two, founded by either, and of nobody else", () => {
  for (const [self, other] of [[ADA, BEN], [BEN, ADA]] as const) {
    using founder = new Copy(self, DIRECT);
    founder.document.addMember(other);
    founder.document.addMember(self);
    founder.document.setMetadata(REALM_KEYS.who + self, text("me"));
    founder.document.appendEvent({ kind: "text", body: text("hello") });
    using answer = new Copy(other, DIRECT);
    assertEquals(answer.take(founder), "applied");
    assertEquals([answer.audience(), creatorOf(answer.document)], [[ADA, BEN], undefined]);
    for (const author of [ADA, BEN]) {
      const outcome = (write: (document: InterfaceDocument) => unknown) =>
        judged(answer, author, write);
      const [another] = [ADA, BEN].filter((one) => one !== author);
      assertEquals(outcome((document) => document.addMember(EVE)), "not_allowed");
      assertEquals(outcome((document) => document.removeMember(another!)), "not_allowed");
      for (const key of [REALM_KEYS.name, REALM_KEYS.creation, REALM_KEYS.out + another]) {
        assertEquals(outcome((document) => document.setMetadata(key, NONCE)), "not_allowed");
      }
      const leaves = (document: InterfaceDocument) => document.removeMember(author);
      assertEquals(outcome(leaves), "applied");
      const comes = (document: InterfaceDocument) => {
        leaves(document);
        document.addMember(author);
      };
      assertEquals(outcome(comes), "applied");
    }
  }
  // Both at once, without knowing of each other.
  using left = new Copy(ADA, DIRECT);
  using right = new Copy(BEN, DIRECT);
  for (const { document } of [left, right]) {
    for (const member of [ADA, BEN]) document.addMember(member);
  }
  assertEquals([left.take(right), right.take(left)], ["applied", "applied"]);
  // A third, who knows both ids; also together with what a party wrote.
  using eve = left.fork(EVE);
  eve.document.addMember(EVE);
  assertEquals([left.take(eve), new Copy(ADA, DIRECT).take(eve)], ["no_access", "no_access"]);
  using alone = new Copy(EVE, DIRECT);
  for (const member of [ADA, BEN, EVE]) alone.document.addMember(member);
  assertEquals(new Copy(ADA, DIRECT).take(alone), "no_access");
});

Deno.test("realm rules: a home is of one, from the first change on", () => {
  using ada = new Copy(ADA, HOME);
  ada.document.addMember(ADA);
  ada.document.setMetadata(`${REALM_KEYS.document}diary`, NOTHING);
  using device = new Copy(ADA, HOME);
  assertEquals(device.take(ada), "applied");
  assertEquals(device.audience(), [ADA]);
  assertEquals(judged(ada, ADA, (document) => document.addMember(BEN)), "not_allowed");
  assertEquals(judged(ada, BEN, (document) => document.addMember(BEN)), "no_access");
  using both = new Copy(ADA, HOME);
  both.document.addMember(ADA);
  both.document.addMember(BEN);
  assertEquals(device.take(both), "not_allowed");
  assertEquals(new Copy(ADA, HOME).take(both), "not_allowed");
});

Deno.test("realm rules: an audience is who is a member now, or who invited", () => {
  using ben = new Copy(BEN);
  ben.awaited.push(ADA);
  assertEquals(ben.audience(), [ADA]);
  using ada = created(BEN, CYD);
  ben.take(ada);
  assertEquals(ben.audience(), [ADA, BEN, CYD]);
  const segment = InterfaceDocument.awaiting(CREATED, ben.writer(), { segment: 1 });
  assertEquals(ben.audience(segment), [ADA, BEN, CYD]);
  for (const member of [CYD, BEN, ADA]) ada.document.removeMember(member);
  ben.take(ada);
  // Everybody has left: nobody is spoken to, not even who invited.
  assertEquals(ben.audience(), []);
  segment[Symbol.dispose]();
});

Deno.test("realm rules: who is let in again has another entry, so that it is sent all again", () => {
  using ada = created(BEN, CYD);
  const entry = () => ada.rules.audience(ada.document, 0).get(BEN);
  const before = entry();
  using ben = ada.fork(BEN);
  ben.document.removeMember(BEN);
  ada.take(ben);
  assertEquals(entry(), undefined);
  using cyd = ada.fork(CYD);
  cyd.document.addMember(BEN);
  ada.take(cyd);
  assert(before !== undefined && entry() !== undefined && entry() !== before);
});

Deno.test("realm rules: whom the creator removed is out, whatever came first", () => {
  using start = created(BEN);
  // Ada lets Cyd in; Ben, who does not know, lets her in, too.
  const admission = start.fork(ADA);
  admission.document.addMember(CYD);
  const unaware = start.fork(BEN);
  unaware.document.addMember(CYD);
  const removal = admission.fork(ADA);
  removal.document.setMetadata(REALM_KEYS.out + CYD, NOTHING);
  removal.document.removeMember(CYD);
  // Cyd writes herself in once more, as nobody honest does, and Ben lets her in against the rule.
  const again = admission.fork(CYD);
  again.document.removeMember(CYD);
  again.document.addMember(CYD);
  const against = removal.fork(BEN);
  against.document.addMember(CYD);
  const writers = [removal, unaware, again, against];
  const found = orders(writers).map((order) => {
    using reader = start.fork(ADA);
    for (const one of order) assertFalse(isRefused(reader.take(one)));
    assert(reader.document.members().has(CYD), "she was written in");
    assertFalse(membersOf(reader.document).has(CYD));
    assertEquals(reader.audience(), [ADA, BEN]);
    return reader.document.getHeads();
  });
  for (const heads of found) assertEquals(heads, found[0]);
  for (const one of [...writers, admission]) one[Symbol.dispose]();
});

Deno.test("realm rules: whom the creator removed is out, also while its removal is on its way", () => {
  using ada = created(BEN, CYD);
  using reader = ada.fork(BEN);
  assertEquals(reader.audience(), [ADA, BEN, CYD]);
  ada.document.setMetadata(REALM_KEYS.out + CYD, NOTHING);
  assertEquals(reader.take(ada), "applied");
  assertEquals(reader.audience(), [ADA, BEN]);
});

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

Deno.test("realm rules: what a joiner wrote early is taken once it is let in", () => {
  // Cyd writes before anything has arrived, and once more with the history, still no member.
  using start = created(BEN);
  const early = new Copy(CYD);
  early.document.appendEvent({ kind: "text", body: text("hello") });
  early.document.setMetadata(REALM_KEYS.who + CYD, text("Cyd"));
  const admission = start.fork(BEN);
  admission.document.addMember(CYD);
  for (const order of orders([early, admission])) {
    using reader = start.fork(ADA);
    const outcomes = order.map((one) => reader.take(one));
    if (order[0] === early) assertEquals(outcomes, ["no_access", "applied"]);
    assertEquals(reader.take(early), order[0] === early ? "applied" : "already_had");
    assertEquals(reader.document.events().map(({ sender }) => sender), [CYD]);
    assertEquals(reader.document.getMetadata(REALM_KEYS.who + CYD), text("Cyd"));
  }
  // In one payload it does not matter what stands first in it.
  const both = early.fork(CYD);
  assertEquals(both.take(admission), "applied");
  using reader = start.fork(ADA);
  assertEquals(reader.take(both), "applied");
  for (const one of [early, admission, both]) one[Symbol.dispose]();
});

Deno.test("realm rules: documents and later segments are written by whoever was ever let in", () => {
  using ada = created(BEN);
  const write = (author: MemberId): [SyncedDocument, SyncedDocument] => {
    const writer = { actor: actorOf(author, 777), nowMs: () => 5_000 };
    const value = ValueDocument.awaiting({ realmId: CREATED, name: "notes" }, writer);
    value.update({ by: author });
    const segment = InterfaceDocument.awaiting(CREATED, writer, { segment: 1 });
    segment.appendEvent({ kind: "text", body: text("hello") });
    return [value, segment];
  };
  const outcomes = (author: MemberId) => {
    const [value, segment] = write(author);
    const own = ValueDocument.awaiting({ realmId: CREATED, name: "notes" }, ada.writer());
    const next = InterfaceDocument.awaiting(CREATED, ada.writer(), { segment: 1 });
    const incoming = (from: SyncedDocument) => ({
      bytes: from.encodeChangesSince([]),
      announced: from.getHeads(),
      checkAuthors: () => {},
    });
    const codes = [
      () => ada.valueRules.apply(own, incoming(value)).type,
      () => ada.rules.apply(next, incoming(segment)).type,
    ].map((work) => {
      try {
        return work();
      } catch (error) {
        return (error as SyncError).code;
      }
    });
    assertEquals([...ada.valueRules.audience(own, 0).keys()], ada.audience());
    for (const one of [value, segment, own, next]) one[Symbol.dispose]();
    return codes;
  };
  assertEquals([outcomes(BEN), outcomes(EVE)], [
    ["applied", "applied"],
    ["no_access", "no_access"],
  ]);
  ada.document.removeMember(BEN);
  assertEquals(outcomes(BEN), ["applied", "applied"]);
  // Of a realm that is not here nobody is believed.
  using nowhere = new Copy(ADA, HOME);
  const [value] = write(ADA);
  const own = ValueDocument.awaiting({ realmId: CREATED, name: "notes" }, ada.writer());
  const bytes = value.encodeChangesSince([]);
  const incoming = { bytes, announced: value.getHeads(), checkAuthors: () => {} };
  assertThrows(() => nowhere.valueRules.apply(own, incoming), SyncError, "is no member");
  assertEquals([...nowhere.valueRules.audience(own, 0).keys()], []);
  for (const one of [value, own]) one[Symbol.dispose]();
});

/** What a member honestly does. */
const action = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom("say", "take", "take", "who", "alias", "read", "doc", "admit", "leave"),
  whom: fc.nat(2),
});

Deno.test("realm rules: honest histories are accepted in every order and converge", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 25 }), fc.array(fc.nat(), { maxLength: 40 }), (
      actions,
      picks,
    ) => {
      using start = created(BEN, CYD);
      const members = [ADA, BEN, CYD];
      const copies = members.map((member) => start.fork(member));
      const written: InterfaceDocument[] = [];
      for (const { who, what, whom } of actions) {
        const { self, document } = copies[who]!;
        if (what === "who" || what === "alias" || what === "read") {
          document.setMetadata(REALM_KEYS[what] + self, text(what));
        }
        if (what === "say") document.appendEvent({ kind: "text", body: text("hello") });
        if (what === "doc") document.setMetadata(`${REALM_KEYS.document}${whom}`, NOTHING);
        if (what === "take") assertFalse(isRefused(copies[who]!.take(copies[whom]!)));
        if (what === "admit" && document.members().has(self)) document.addMember(members[whom]!);
        if (what === "leave") {
          if (self === ADA && whom > 0) {
            document.setMetadata(REALM_KEYS.out + members[whom], NOTHING);
            document.removeMember(members[whom]!);
          } else document.removeMember(self);
        }
        // Each state may reach somebody, late or never.
        written.push(document.fork(copies[who]!.writer()));
      }
      const readers = [0, 1].map((turn) => {
        const reader = start.fork(ADA);
        const left = [...written];
        for (const pick of picks) {
          if (left.length === 0) break;
          const at = (turn === 0 ? pick : 7 * pick + 3) % left.length;
          assertFalse(isRefused(reader.take(left.splice(at, 1)[0]!)));
        }
        for (const one of copies) assertFalse(isRefused(reader.take(one)));
        return reader;
      });
      const [left, right] = readers as [Copy, Copy];
      assertEquals(left.document.getHeads(), right.document.getHeads());
      assertEquals(left.audience(), right.audience());
      for (const one of [...copies, ...readers]) one[Symbol.dispose]();
      for (const one of written) one[Symbol.dispose]();
    }),
    { numRuns: 60, seed: 7 },
  );
});

const isRefused = (outcome: string) => !["applied", "already_had", "waiting"].includes(outcome);

/** What nobody may do: each is refused, and the document is what it was. */
const forgeries: Readonly<Record<string, readonly [MemberId, (d: InterfaceDocument) => unknown]>> =
  {
    stranger: [EVE, (document) => document.addMember(EVE)],
    name: [BEN, (document) => document.setMetadata(REALM_KEYS.name, text("Ben's"))],
    removal: [BEN, (document) => document.removeMember(CYD)],
    out: [CYD, (document) => document.setMetadata(REALM_KEYS.out + BEN, NOTHING)],
    who: [CYD, (document) => document.setMetadata(REALM_KEYS.who + ADA, text("Ada"))],
    creation: [ADA, (document) => document.setMetadata(REALM_KEYS.creation, NOTHING)],
  };

Deno.test("realm rules: forged changes are refused, whatever honest ones come with them", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(forgeries)),
      fc.nat(4),
      fc.nat(4),
      (name, before, after) => {
        using start = created(BEN, CYD);
        const [author, write] = forgeries[name]!;
        using forged = start.fork(author);
        using honest = start.fork(BEN);
        for (let n = 0; n < before; n++) {
          honest.document.appendEvent({ kind: "text", body: text(`${n}`) });
        }
        forged.take(honest);
        write(forged.document);
        for (let n = 0; n < after; n++) {
          forged.document.appendEvent({ kind: "text", body: text(`${n}`) });
        }
        using reader = start.fork(CYD);
        const code = name === "stranger" ? "no_access" : "not_allowed";
        assertEquals(reader.take(forged), code); // take() compares before and after
        assertEquals(reader.take(honest), before === 0 ? "already_had" : "applied");
        assertEquals(reader.take(forged), code);
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});

Deno.test("realm rules: what is kept is opened as what it was", () => {
  using ada = created(BEN, CYD);
  ada.document.setMetadata(REALM_KEYS.out + CYD, NOTHING);
  ada.document.removeMember(CYD);
  const stored = { snapshot: ada.document.save(), chunks: [] };
  const again = ada.rules.open(stored, ada.writer());
  using reader = new Copy(BEN, CREATED, again);
  assertEquals([...again.everMembers].sort(), [ADA, BEN, CYD]);
  assertEquals([reader.audience(), creatorOf(again)], [[ADA, BEN], ADA]);
  assert(ada.rules.owns(again));
  assertFalse(ada.valueRules.owns(again));
  assertEquals([ada.rules.kind, ada.valueRules.kind], ["interface", "value"]);
  assertFalse(ada.rules.isRecalledFor(again, BEN));
});
