/** Faults 13 to 20 of the prior system, among people: who gets what, and who may write what. */
import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { formatInvite, parseInvite } from "../network/mod.ts";
import { REALM_KEYS } from "../network/realm_keys.ts";
import {
  actorOf,
  encodeWire,
  InterfaceDocument,
  interfaceSegmentId,
  openEnvelope,
  ValueDocument,
  valueDocumentId,
} from "../sync/mod.ts";
import type { ArtifactId, InterfaceId } from "../sync/mod.ts";
import { People } from "./_people.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin1 = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
const contents = (realm: { messages(): readonly { content: string }[] }) =>
  realm.messages().map(({ content }) => content);

/** Ada's realm, her direct message with Ben, her home and her contacts, and what is in them. */
function lifeOf(people: People) {
  const garden = people.garden();
  const direct = people.direct();
  garden.ada.send("for three");
  garden.ada.document("notes").update({ secret: "beans" });
  direct.ada.send("for two");
  const home = people.ada.network.homeRealm();
  home.document("diary").update("for one");
  people.ada.network.contactsRealm().addContact(people.cyd.id);
  people.settle();
  // Who was let in may be heard before that is.
  for (const one of people.all) one.events.length = 0;
  const homeId = home.id as string as InterfaceId;
  const realms = [garden.id, direct.id, homeId];
  const values: [InterfaceId, string][] = [
    ...realms.flatMap((id) => ["notes", "diary", "_contacts"].map((name) => [id, name] as const)),
  ] as [InterfaceId, string][];
  return { garden, direct, home, realms, values };
}

Deno.test("fault 13: a stranger that is linked to everybody is sent nothing", () => {
  using people = new People();
  const { ada, ben, cyd, eve } = people;
  const { garden, direct, home } = lifeOf(people);
  for (const one of [ada, ben, cyd]) assertFalse(one.audiences().has(eve.id));
  people.world.disconnect(ada.id, eve.id);
  people.world.connect(ada.id, eve.id);
  people.settle();
  assertEquals(people.carried.filter(({ to }) => to === eve.id), []);
  // What is Ada's alone leaves her with nobody; what is for two goes to one.
  const { network } = ada;
  const audience = (id: string) => [...network.audience(id as ArtifactId)].sort();
  const diary = valueDocumentId(home.id as string as InterfaceId, "diary");
  const alone = [home.id, diary, network.contactsRealm().id];
  assertEquals(alone.map(audience), [[ada.id], [ada.id], [ada.id]]);
  assertEquals(audience(direct.id), [ada.id, ben.id].sort());
  assertEquals(audience(garden.id), [ada.id, ben.id, cyd.id].sort());
  for (const other of [ben, cyd]) {
    for (const id of alone) assertFalse(other.store.documents().includes(id));
  }
  assertFalse(cyd.store.documents().includes(direct.id));
  // And whoever carries it reads none of it.
  const wire = people.carried.map(({ bytes }) => latin1(bytes)).join("\n");
  for (const secret of ["for three", "for two", "for one", "beans", "Garden", "notes", "diary"]) {
    assertFalse(wire.includes(secret), secret);
  }
});

Deno.test("fault 14: who knows the ids gets nothing and becomes no member", () => {
  using people = new People();
  const { ada, ben, eve } = people;
  const { garden, direct, realms, values } = lifeOf(people);
  const stolen = realms.map((id) => [id, ada.store.readDocument(id)] as const);
  const cheat = people.cheat(eve);
  for (const victim of [ada, ben]) {
    const before = [victim.heads(), victim.kept(), contents(garden.ada), contents(direct.ada)];
    for (const id of realms) {
      // Nothing but the id; a realm made up under that id; with a creation, as if it were Eve's.
      using blank = InterfaceDocument.awaiting(id, cheat.writer);
      using own = InterfaceDocument.create({ interfaceId: id, ...cheat.writer });
      using created = InterfaceDocument.awaiting(id, cheat.writer);
      created.setMetadata(REALM_KEYS.creation, new Uint8Array(32));
      created.addMember(eve.id);
      created.addMember(ada.id);
      created.appendEvent({ kind: "text", body: encodeWire({ text: "hello" }) });
      for (const document of [blank, own, created]) cheat.bring(victim, document);
      for (const segment of [0, 1]) cheat.askFor(victim, interfaceSegmentId(id, segment));
      using next = InterfaceDocument.awaiting(id, cheat.writer, { segment: 1 });
      next.appendEvent({ kind: "text", body: encodeWire({ text: "hello" }) });
      cheat.bring(victim, next);
    }
    for (const [id, kept] of stolen) {
      // She has even got hold of the document, and adds herself.
      if (kept === undefined) continue;
      using copy = cheat.copyOf(id, ada);
      const base = copy.getHeads();
      copy.addMember(eve.id);
      cheat.bring(victim, copy, base);
      cheat.bring(victim, copy);
    }
    for (const [realmId, name] of values) {
      using document = ValueDocument.awaiting({ realmId, name }, cheat.writer);
      document.update({ secret: "peas" });
      cheat.bring(victim, document);
      cheat.askFor(victim, document.documentId);
    }
    assertEquals(
      [victim.heads(), victim.kept(), contents(garden.ada), contents(direct.ada)],
      before,
    );
    assert(victim.faults().every((code) => ["no_access", "bad_changes"].includes(code)));
    assertFalse(victim.audiences().has(eve.id));
  }
  assertEquals(cheat.bodies(), []);
  assertEquals([garden.ada.memberCount, garden.ben.memberCount, direct.ben.memberCount], [3, 3, 2]);
});

Deno.test("fault 14: an invite that somebody made up of a realm's id lets nobody in", () => {
  using people = new People();
  const { ada, eve } = people;
  const { garden } = lifeOf(people);
  const secret = people.world.sources("guess").randomBytes(32);
  const guess = formatInvite({ ...parseInvite(garden.invite), secret });
  const eves = eve.network.join(guess);
  assertEquals([eves.isMember, eves.messages()], [false, []]);
  people.settle();
  assertEquals([eves.isMember, eves.messages(), eves.documentNames()], [false, [], []]);
  assertEquals(
    assertThrows(() => eves.send("hello"), Error, "Invite unknown").name,
    "NetworkError",
  );
  assertEquals(garden.ada.memberCount, 3);
  assertEquals(ada.network.sharedHeads().get(garden.id)?.audience.has(eve.id), false);
});

Deno.test("fault 15: everybody has other contacts, in a document that nobody else gets", () => {
  using people = new People();
  const ids = people.all.map(({ network }) => network.contactsRealm().id as string);
  assertEquals(new Set(ids).size, people.all.length);
  people.ada.network.contactsRealm().addContact(people.ben.id, { name: "Benjamin" });
  people.settle();
  assertEquals(people.carried, []);
  for (const { network } of [people.ben, people.cyd, people.eve]) {
    assertEquals(network.contactsRealm().contacts(), []);
    assertFalse(network.sharedHeads().has(ids[0]!));
  }
});

Deno.test("fault 16: an envelope is of whoever sealed it, a change of whoever vouched for it", () => {
  using people = new People();
  const { ada, ben, eve } = people;
  const { garden } = lifeOf(people);
  const before = [ada.heads(), contents(garden.ada)];
  const cheat = people.cheat(eve);
  const bens = people.cheat(ben);
  using copy = bens.copyOf(garden.id);
  const base = copy.getHeads();
  copy.appendEvent({ kind: "text", body: encodeWire({ text: "I am Ben" }) });

  // Ben's name on Eve's envelope.
  const eves = cheat.seal(ada, [bens.payload(copy, base)]);
  const renamed = eves.slice();
  renamed.set(Uint8Array.fromHex(ben.id), eves.toHex().indexOf(eve.id) / 2);
  cheat.send(ada, renamed);
  assertEquals(ada.faults(), ["bad_seal"]);
  // Eve's envelope under Ben's name on the wire.
  bens.send(ada, eves);
  assertEquals(ada.faults(), ["no_access"]);
  // Nobody vouches; Ben vouches for what he wrote in Ada's name; Eve vouches for Ben.
  bens.send(ada, bens.seal(ada, [bens.payload(copy, base, { vouched: [] })]));
  assertEquals(ada.faults(), ["quarantined", "not_vouched"]);
  assertEquals([ada.heads(), contents(garden.ada)], before);
});

Deno.test("fault 16: nobody speaks in another member's name", () => {
  for (const vouched of [["ben"], ["eve"], []] as const) {
    using people = new People();
    const { ada, cyd } = people;
    const { garden } = lifeOf(people);
    const cheat = people.cheat(people.ben);
    using copy = cheat.copyOf(garden.id, people.ben, {
      actor: actorOf(cyd.id, 9_999),
      nowMs: () => people.world.nowMs,
    });
    const base = copy.getHeads();
    copy.appendEvent({ kind: "text", body: encodeWire({ text: "I am Cyd" }) });
    const before = [ada.heads().get(garden.id), contents(garden.ada)];
    const keys = vouched.map((name) => people[name].keys);
    cheat.send(ada, cheat.seal(ada, [cheat.payload(copy, base, { vouched: keys })]));
    assertEquals(ada.faults(), ["quarantined", "not_vouched"]);
    assertEquals([ada.heads().get(garden.id), contents(garden.ada)], before);
  }
});

Deno.test("fault 17: nobody but the two can open what goes between them", () => {
  using people = new People();
  const { ada, ben, cyd, eve } = people;
  const direct = people.direct();
  people.carried.length = 0;
  direct.ada.send("for two only");
  people.settle();
  assert(people.carried.length >= 2);
  for (const { from, to, bytes } of people.carried) {
    assertEquals(new Set([from, to]), new Set([ada.id, ben.id]));
    const recipient = to === ada.id ? ada.keys : ben.keys;
    assertEquals(openEnvelope(recipient, bytes).from, from);
    for (const other of [cyd.keys, eve.keys]) {
      assertThrows(() => openEnvelope(other, bytes));
      // Nor by the ids, which everybody knows.
      assertThrows(() => openEnvelope({ ...other, memberId: to }, bytes));
      assertThrows(() => openEnvelope({ ...other, memberId: from }, bytes));
    }
    assertFalse(latin1(bytes).includes("for two only"));
  }
  assertEquals(contents(direct.ben), ["for two only"]);
});

/** What Ben, who is a member, writes although it is not his to write. */
const FORGERIES: Readonly<Record<string, (copy: InterfaceDocument, people: People) => void>> = {
  "the name": (copy) => copy.setMetadata(REALM_KEYS.name, utf8("Ben's")),
  "the creation": (copy) => copy.setMetadata(REALM_KEYS.creation, new Uint8Array(32).fill(1)),
  "who is out": (copy, { cyd }) => copy.setMetadata(REALM_KEYS.out + cyd.id, new Uint8Array()),
  "that Cyd is no member": (copy, { cyd }) => void copy.removeMember(cyd.id),
  "that the creator is no member": (copy, { ada }) => void copy.removeMember(ada.id),
  "what Cyd is called": (copy, { cyd }) => copy.setMetadata(REALM_KEYS.who + cyd.id, utf8("C")),
  "what Cyd has read": (copy, { cyd }) =>
    copy.setMetadata(REALM_KEYS.read + cyd.id, encodeWire(99)),
  "Cyd's alias": (copy, { cyd }) =>
    copy.setMetadata(REALM_KEYS.alias + cyd.id, encodeWire([1, "Cyd's"])),
  "a key that nobody knows": (copy) => copy.setMetadata("else", new Uint8Array()),
};

for (const [what, write] of Object.entries(FORGERIES)) {
  Deno.test(`fault 18: a member cannot write ${what}, and the others go on`, () => {
    using people = new People();
    const { ada, ben, cyd } = people;
    const { garden } = lifeOf(people);
    const cheat = people.cheat(ben);
    using copy = cheat.copyOf(garden.id);
    const base = copy.getHeads();
    write(copy, people);
    const see = () =>
      [garden.ada, garden.cyd].map((realm) => [
        ...[realm.name, realm.alias, realm.members(), realm.isMember, contents(realm)],
        ...[realm.unreadCount(cyd.id), realm.document("notes").read()],
      ]);
    const before = see();
    for (const victim of [ada, cyd]) {
      const heads = victim.heads();
      cheat.bring(victim, copy, base);
      assertEquals(victim.faults(), ["quarantined", "not_allowed"]);
      assertEquals(victim.heads(), heads);
    }
    assertEquals(see(), before);
    garden.cyd.send("still here");
    garden.ada.rename("Orchard");
    people.settle();
    assertEquals(contents(garden.ada), ["for three", "still here"]);
    assertEquals([garden.cyd.name, garden.ada.memberCount], ["Orchard", 3]);
    // It holds after a restart, too.
    const again = ada.restart().realm(garden.id)!;
    cheat.bring(ada, copy, base);
    assertEquals(ada.faults(), ["quarantined"]);
    assertEquals([again.name, again.memberCount], ["Orchard", 3]);
  });
}

Deno.test("fault 18: in a direct message nobody is let in, shown out or called by another", () => {
  const writes: ((copy: InterfaceDocument, people: People) => void)[] = [
    (copy, { eve }) => void copy.addMember(eve.id),
    (copy, { ada }) => void copy.removeMember(ada.id),
    (copy) => copy.setMetadata(REALM_KEYS.name, utf8("Ben's")),
    (copy) => copy.setMetadata(REALM_KEYS.creation, new Uint8Array(32)),
    (copy, { ada }) => copy.setMetadata(REALM_KEYS.who + ada.id, utf8("A")),
  ];
  for (const write of writes) {
    using people = new People();
    const { direct } = lifeOf(people);
    const cheat = people.cheat(people.ben);
    using copy = cheat.copyOf(direct.id);
    const [base, before] = [copy.getHeads(), people.ada.heads()];
    write(copy, people);
    cheat.bring(people.ada, copy, base);
    assertEquals(people.ada.faults(), ["quarantined", "not_allowed"]);
    assertEquals(people.ada.heads(), before);
    assertEquals([direct.ada.memberCount, contents(direct.ada)], [2, ["for two"]]);
  }
});

Deno.test("fault 18: whom the creator has shown out stays out, whoever would let it in again", () => {
  using people = new People();
  const { ada, ben, cyd } = people;
  const { garden } = lifeOf(people);
  garden.ada.removeMember(cyd.id);
  people.settle();
  const cheat = people.cheat(ben);
  using copy = cheat.copyOf(garden.id);
  const base = copy.getHeads();
  copy.addMember(cyd.id);
  cheat.bring(ada, copy, base);
  garden.ada.send("without Cyd");
  people.settle();
  assertFalse(ada.network.sharedHeads().get(garden.id)!.audience.has(cyd.id));
  assertEquals(contents(garden.cyd), ["for three"]);
});

Deno.test("fault 19: text that is damaged is refused, and nothing else happens", () => {
  using people = new People();
  const { network } = people.ada;
  const realm = network.createRealm("Garden");
  const { invite } = people.garden();
  const [code, uri] = [people.ben.network.identityCode(), people.ben.network.identityUri()];
  const before = people.ada.kept();
  const realms = () => network.realms().map(({ id }) => id);
  const listed = realms();
  for (const whole of [invite, code, uri, `indra:artifact:${invite}`]) {
    const damaged = [...damage(whole)];
    if (whole.startsWith("indra:artifact")) damaged.push(whole);
    for (const text of damaged) {
      assertEquals(codeOf(() => network.join(text)), "invalid_invite", text);
      assert(
        ["invalid_code", "invalid_name"].includes(codeOf(() => network.connectByCode(text))!),
        text,
      );
    }
  }
  for (
    const id of ["", "0", "zz", realm.id.toUpperCase(), `${realm.id} `, "../realm", "ab".repeat(32)]
  ) {
    assertEquals(network.realm(id), undefined);
    assertEquals(codeOf(() => network.leaveRealm(id)), "not_found");
    assertEquals(network.artifact(id as ArtifactId), undefined);
    assertEquals(
      codeOf(() => network.homeRealm().getArtifact(id as ArtifactId)),
      "artifact_not_found",
    );
  }
  assertEquals([realms(), people.ada.kept()], [listed, before]);
});

/** Every text that is a little shorter, longer or different. */
function* damage(text: string): Generator<string> {
  yield "";
  for (let end = 1; end < text.length; end += 7) yield text.slice(0, end);
  for (let at = 0; at < text.length; at += 11) {
    yield text.slice(0, at) + (text[at] === "q" ? "p" : "q") + text.slice(at + 1);
    yield `${text.slice(0, at)}\0${text.slice(at)}`;
  }
  yield `${text}a`;
}

function codeOf(work: () => unknown): string | undefined {
  const error = assertThrows(work) as { code?: string };
  return error.code;
}

Deno.test("fault 19: bytes that are damaged break nothing, wherever they are", () => {
  using people = new People();
  const { ada, ben } = people;
  const { garden } = lifeOf(people);
  const cheat = people.cheat(ben);
  using copy = cheat.copyOf(garden.id);
  const base = copy.getHeads();
  copy.appendEvent({ kind: "text", body: encodeWire({ text: "damaged" }) });
  const payload = cheat.payload(copy, base);
  const before = [ada.heads(), contents(garden.ada)];
  const whole = cheat.seal(ada, [payload]);
  for (let length = 0; length < whole.length; length += 13) cheat.send(ada, whole.slice(0, length));
  for (let length = 0; length < payload.length - 1; length += 13) {
    cheat.send(ada, cheat.seal(ada, [payload.slice(0, length)]));
  }
  const notes = [
    utf8("noise"),
    encodeWire(5),
    encodeWire([5]),
    encodeWire([[1, new Uint8Array(9)]]),
  ];
  for (const note of notes) cheat.send(ada, cheat.seal(ada, [], note));
  // What rides along: bytes of leaves, and requests for them.
  const rider = (bytes: Uint8Array) => new Uint8Array([0xff, ...bytes]);
  const riders = [
    new Uint8Array(),
    utf8("noise"),
    encodeWire({ v: 1, t: "ask", q: 1, b: new Uint8Array(5) }),
  ];
  for (const bytes of riders) cheat.send(ada, cheat.seal(ada, [rider(bytes)]));
  assertEquals([ada.heads(), contents(garden.ada)], before);
  assertEquals(new Set(ada.faults()), new Set(["bad_encoding"]));
  // And nobody is held up by it.
  garden.cyd.send("still here");
  people.settle();
  assertEquals(contents(garden.ada), ["for three", "still here"]);
});

Deno.test("fault 19: what a member may write, but damaged, is not shown and breaks nothing", () => {
  using people = new People();
  const { ada, ben, cyd } = people;
  const { garden } = lifeOf(people);
  garden.ada.setAlias("Eden");
  people.settle();
  const cheat = people.cheat(ben);
  using copy = cheat.copyOf(garden.id);
  const base = copy.getHeads();
  const noise = new Uint8Array([0xff, 0, 0xfe, 0x9f]);
  for (const key of [REALM_KEYS.who, REALM_KEYS.read, REALM_KEYS.alias]) {
    copy.setMetadata(key + ben.id, noise);
  }
  for (const name of ["", "\u0007", "x".repeat(300), "../../etc/passwd"]) {
    if (REALM_KEYS.document.length + name.length > 256) continue;
    copy.setMetadata(REALM_KEYS.document + name, noise);
  }
  for (const kind of ["text", "reaction", "artifact", "system", "poll"]) {
    for (const body of [noise, new Uint8Array(), encodeWire(null), encodeWire([[], {}, 7])]) {
      copy.appendEvent({ kind, body });
    }
  }
  cheat.bring(ada, copy, base);
  assertEquals(ada.faults(), []);
  assertEquals(contents(garden.ada), ["for three"]);
  assertEquals(garden.ada.skippedMessages, 20);
  assertEquals([garden.ada.alias, garden.ada.unreadCount(ben.id)], ["Eden", 1]);
  assertEquals(garden.ada.members().map(({ id }) => id), [ada.id, ben.id, cyd.id].sort());
  garden.ada.send("all is well");
  people.settle();
  assertEquals(contents(garden.cyd), ["for three", "all is well"]);
});

Deno.test("fault 19: a name that cannot be shown on a line is not shown", () => {
  for (const name of [new Uint8Array([0xff, 0]), utf8("Ada\n\u202e"), utf8("x".repeat(60_000))]) {
    using people = new People();
    const { ada, ben } = people;
    const { garden } = lifeOf(people);
    const cheat = people.cheat(ben);
    using copy = cheat.copyOf(garden.id);
    const base = copy.getHeads();
    copy.setMetadata(REALM_KEYS.who + ben.id, name);
    copy.appendEvent({ kind: "text", body: encodeWire({ text: "hello" }) });
    cheat.bring(ada, copy, base);
    const shown = [
      garden.ada.members().find(({ id }) => id === ben.id)!.name,
      garden.ada.messages().at(-1)!.senderName,
    ];
    assertEquals(shown, [ben.id.slice(0, 10), ben.id.slice(0, 10)]);
  }
});

Deno.test("fault 19: a delta may come before what it builds upon", () => {
  using people = new People();
  const { ada, ben } = people;
  const { garden } = lifeOf(people);
  const cheat = people.cheat(ben);
  using copy = cheat.copyOf(garden.id);
  const heads = ["one", "two"].map((text) => {
    const before = copy.getHeads();
    copy.appendEvent({ kind: "text", body: encodeWire({ text }) });
    return before;
  });
  cheat.bring(ada, copy, heads[1]);
  assertEquals(ada.events.splice(0).at(-1)?.type, "waiting");
  cheat.bring(ada, copy, heads[0]);
  assertEquals(ada.events.splice(0).at(-1)?.type, "applied");
  assertEquals(ada.heads().get(garden.id), copy.getHeads());
});

Deno.test("fault 20: whatever a stranger sends, it stays a stranger that waits", () => {
  using people = new People();
  const { ada, eve } = people;
  const { network } = ada;
  eve.network.setDisplayName("Your bank");
  const eves = eve.network.connect(ada.id);
  for (let n = 0; n < 5; n++) {
    eves.send(`hello ${n}`);
    eves.document("contract").update({ n });
    eves.setAlias("Bank");
    people.settle();
    people.world.runFor(60_000);
  }
  const contacts = network.contactsRealm();
  assertEquals([contacts.contacts(), contacts.isContact(eve.id)], [[], false]);
  assertEquals(contacts.requests().map(({ member }) => member), [eve.id]);
  assertEquals(contacts.status(eve.id), "pending");
  assertEquals(network.realms(), []);
  // It is here once Ada wants it, and not before.
  const adas = network.connect(eve.id);
  people.settle();
  assertEquals(contents(adas).length, 5);
  assertEquals(contacts.status(eve.id), "confirmed");
});

Deno.test("fault 20: one whom Ada wants is not confirmed by what somebody else sends", () => {
  using people = new People();
  const { ada, ben, eve } = people;
  const direct = ada.network.connect(ben.id);
  assertEquals(ada.network.contactsRealm().status(ben.id), "pending");
  const kept = ben.store.documents();
  assertEquals(kept.includes(direct.id), false);
  const cheat = people.cheat(eve);
  using forged = InterfaceDocument.awaiting(direct.id as string as InterfaceId, {
    actor: actorOf(ben.id, 9_999),
    nowMs: () => 0,
  });
  forged.addMember(ada.id);
  forged.addMember(ben.id);
  cheat.bring(ada, forged);
  const before = ada.network.contactsRealm().status(ben.id);
  people.world.disconnect(ada.id, ben.id);
  assertEquals(ada.faults(), ["no_access"]);
  assertEquals(before, "pending");
});

Deno.test("fault 20: what was recorded and is said again changes nothing", () => {
  using people = new People();
  const { ada, ben, eve } = people;
  const direct = people.direct();
  direct.ben.send("yes, do it");
  people.settle();
  const recorded = people.carried.filter(({ to }) => to === ada.id);
  assert(recorded.length > 2);
  ada.network.contactsRealm().removeContact(ben.id);
  direct.ada.leave();
  people.settle();
  const cheat = people.cheat(eve);
  const before = [ada.heads(), ada.network.contactsRealm().contacts(), ada.network.realms()];
  for (const { bytes } of recorded) cheat.send(ada, bytes);
  people.world.runFor(24 * 3600 * 1000);
  for (const { bytes } of recorded.toReversed()) cheat.send(ada, bytes);
  const { contacts, requests, status } = {
    contacts: ada.network.contactsRealm().contacts(),
    requests: ada.network.contactsRealm().requests(),
    status: ada.network.contactsRealm().status(ben.id),
  };
  assertEquals([ada.heads(), contacts, ada.network.realms()], before);
  assertEquals([requests, status], [[], undefined]);
});

Deno.test("fault 20: nobody joins a realm, or gives anything, because it is made a member", () => {
  using people = new People();
  const { ada, eve } = people;
  const mine = ada.network.homeRealm().createArtifact("story");
  const trap = eve.network.createRealm("Trap");
  eve.network.stop();
  const cheat = people.cheat(eve);
  using copy = cheat.copyOf(trap.id as string as InterfaceId);
  copy.addMember(ada.id);
  copy.appendEvent({ kind: "text", body: encodeWire({ text: "welcome" }) });
  const before = ada.kept();
  cheat.bring(ada, copy);
  using notes = ValueDocument.awaiting({ realmId: copy.interfaceId, name: "notes" }, cheat.writer);
  notes.update("trap");
  cheat.bring(ada, notes);
  assertEquals([ada.network.realms(), ada.network.realm(trap.id)], [[], undefined]);
  assertEquals([ada.kept(), ada.network.contactsRealm().requests()], [before, []]);
  assertEquals(mine.grants, []);
  assertFalse(ada.audiences().has(eve.id));
});
