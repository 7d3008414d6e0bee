import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { parseArtifactId } from "../sync/mod.ts";
import { ada, ben, meet, realmOf, realmOfAda } from "./_fake_realm_host.ts";
import type { FakeRealmHost } from "./_fake_realm_host.ts";
import { Document } from "./document.ts";
import { NetworkError } from "./errors.ts";
import { EventStream } from "./event_stream.ts";
import { InviteBook } from "./invite_book.ts";
import { Realm } from "./realm.ts";
import type { RealmInvites } from "./realm.ts";
import type { RealmEvent } from "./realm_event.ts";

/** Codes that are ids, which is enough to tell invites apart. */
function invitesOf(host: FakeRealmHost): RealmInvites {
  const book = new InviteBook();
  const { sources } = host;
  const create = (options = {}) => book.issue({ sources, ...options }).id;
  return {
    standing: () =>
      book.list().find(({ expiresAtMs, usesMax, revokedAtMs }) =>
        (expiresAtMs ?? usesMax ?? revokedAtMs) === undefined
      )?.id ?? create(),
    create,
    list: () => book.list(),
    revoke: (id) => book.revoke(id, host.nowMs),
  };
}

function twoRealms() {
  const hosts = realmOf(ben);
  const [a, b] = hosts.map((host) => {
    const opened: string[] = [];
    const left: boolean[] = [];
    const events = new EventStream<RealmEvent>();
    const openDocument = (name: string) => {
      opened.push(name);
      return new Document({ host, name });
    };
    const leave = () => void left.push(true);
    const realm = new Realm({ host, openDocument, invites: invitesOf(host), leave, events });
    return { host, realm, opened, left, events };
  });
  const dispose = () => hosts.forEach((host) => host[Symbol.dispose]());
  return { a: a!, b: b!, meet: () => meet(...hosts), [Symbol.dispose]: dispose };
}

Deno.test("Realm: two members see the same", () => {
  using both = twoRealms();
  const [a, b] = [both.a.realm, both.b.realm];
  assertEquals([a.id, b.id] as string[], [realmOfAda, realmOfAda]);
  a.rename("Garden");
  a.setAlias("Eden");
  a.send("hello");
  both.meet();
  b.reply(1, "hello Ada");
  b.react(1, "👍");
  b.sendArtifact(parseArtifactId("0f".repeat(32)), { name: "tides.png" });
  b.announce("Ben is here");
  b.markRead(ben);
  both.meet();
  assertEquals(a.messages(), b.messages());
  assertEquals(a.messages().map(({ type }) => type), [
    ...["text", "text", "reaction", "artifact", "system"],
  ]);
  assertEquals([a.name, b.name, a.alias, b.alias], ["Garden", "Garden", "Eden", "Eden"]);
  assertEquals([a.unreadCount(ben), a.unreadCount(ada), a.lastReadSeq(ben)], [0, 2, 5]);
  assertEquals(a.search("HELLO").map(({ id }) => id), [1, 2]);
  assertEquals(a.messagesSince(4).map(({ content }) => content), ["Ben is here"]);
  assertEquals([a.message(2)?.replyTo, a.skippedMessages], [1, 0]);
  assertEquals([a.memberCount, a.members().map(({ id }) => id)], [2, [ada, ben]]);
  b.clearAlias();
  both.meet();
  assertEquals(a.alias, undefined);
});

Deno.test("Realm: who was removed reads on and writes nothing", () => {
  using both = twoRealms();
  const [a, b] = [both.a.realm, both.b.realm];
  a.send("hello");
  assertEquals([a.removeMember(ben), a.removeMember(ben)], [true, false]);
  both.meet();
  assertEquals([a.isMember, b.isMember, b.messages().length], [true, false, 1]);
  const heads = both.b.host.heads();
  for (
    const write of [
      () => b.send("x"),
      () => b.markRead(ben),
      () => b.setAlias("x"),
      () => b.clearAlias(),
      () => b.rename("x"),
      () => b.removeMember(ada),
      () => b.inviteCode(),
      () => b.createInvite(),
    ]
  ) assertEquals(assertThrows(write, NetworkError, "Not a member").code, "not_member");
  assertEquals([both.b.host.heads(), both.b.host.written], [heads, []]);
});

Deno.test("Realm: its invite is the same until it is revoked", () => {
  using both = twoRealms();
  const { realm } = both.a;
  const code = realm.inviteCode();
  assertEquals(realm.inviteCode(), code);
  const once = realm.createInvite({ usesMax: 1 });
  const soon = realm.inviteCode({ expiresAtMs: 6_000_000_000 });
  assertEquals(realm.inviteCode(), code);
  assertEquals(realm.invites().map(({ id }) => id as string), [code, once, soon]);
  const { id } = realm.invites()[0]!;
  assertEquals([realm.revokeInvite(id), realm.revokeInvite(id)], [true, false]);
  assertEquals(realm.inviteCode() === code, false);
});

Deno.test("Realm: documents are opened by names that they can have", () => {
  using both = twoRealms();
  const { realm, opened, host } = both.a;
  assertEquals(realm.document("notes").name, "notes");
  assertEquals([opened, realm.documentNames(), host.written], [["notes"], [], []]);
  realm.document<{ title: string }>("notes").update({ title: "Tides" });
  both.meet();
  assertEquals(both.b.realm.documentNames(), ["notes"]);
  assertEquals(both.b.realm.document("notes").read(), { title: "Tides" });
  assertThrows(() => realm.document(""), NetworkError, "Invalid operation: ");
  assertEquals(opened, ["notes", "notes"]);
});

Deno.test("Realm: events and leaving are its network's", async () => {
  using both = twoRealms();
  const { realm, events, left } = both.a;
  const reader = realm.events();
  events.emit({ type: "joined" });
  assertEquals((await reader.next()).value, { type: "joined" });
  await reader.return!();
  assertEquals(events.readers, 0);
  realm.leave();
  assertEquals(left, [true]);
});

Deno.test("Realm: reading writes nothing", () => {
  using both = twoRealms();
  both.a.realm.send("hello");
  both.meet();
  const { realm, host } = both.b;
  const heads = host.heads();
  const read = () => [realm.name, realm.alias, realm.isMember, realm.messages(), realm.members()];
  assertEquals(read(), read());
  assertStrictEquals(realm.messages(), realm.messages());
  realm.unreadCount(ben);
  realm.lastReadSeq(ben);
  realm.search("hello");
  realm.messagesSince(0);
  realm.documentNames();
  realm.document("notes");
  assertEquals([host.heads(), host.written], [heads, []]);
});
