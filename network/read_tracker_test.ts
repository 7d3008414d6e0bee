import { assertEquals, assertThrows } from "@std/assert";
import { encodeWire, parseArtifactId } from "../sync/mod.ts";
import { ada, ben, cyd, meet, realmOf } from "./_fake_realm_host.ts";
import { NetworkError } from "./errors.ts";
import { Messages } from "./messages.ts";
import { ReadTracker } from "./read_tracker.ts";

function twoHosts() {
  const hosts = realmOf(ben);
  const [one, other] = hosts.map((host) => {
    const messages = new Messages(host);
    return { host, messages, reading: new ReadTracker(host, messages) };
  });
  const dispose = () => hosts.forEach((host) => host[Symbol.dispose]());
  return { a: one!, b: other!, meet: () => meet(...hosts), [Symbol.dispose]: dispose };
}

Deno.test("read tracking: texts and artifacts of others are unread until they are marked", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  a.messages.send("one");
  a.messages.sendArtifact(parseArtifactId("0f".repeat(32)));
  a.messages.react(1, "👍");
  a.messages.announce("nobody has to read this");
  realm.meet();
  b.messages.send("mine");
  assertEquals([b.reading.unreadCount(ben), b.reading.unreadCount(ada)], [2, 1]);
  assertEquals(b.reading.lastReadSeq(ben), 0);
  assertEquals(b.reading.markRead(ben), true);
  assertEquals([b.reading.unreadCount(ben), b.reading.lastReadSeq(ben)], [0, 5]);
  realm.meet();
  assertEquals([a.reading.unreadCount(ben), a.reading.lastReadSeq(ben)], [0, 5]);
  assertEquals([a.reading.unreadCount(ada), a.reading.lastReadSeq(ada)], [1, 0]);
  a.messages.send("two");
  realm.meet();
  assertEquals([b.reading.unreadCount(ben), b.reading.lastReadSeq(ben)], [1, 5]);
});

Deno.test("read tracking: one marks only for oneself", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  a.messages.send("one");
  realm.meet();
  const error = assertThrows(() => a.reading.markRead(ben), NetworkError, "Invalid operation: ");
  assertEquals(error.code, "invalid_operation");
  a.host.document.removeMember(ben);
  realm.meet();
  assertEquals(assertThrows(() => b.reading.markRead(ben), NetworkError).code, "not_member");
  assertEquals(b.reading.unreadCount(ben), 1);
});

Deno.test("read tracking: it goes forward only, and marking twice writes once", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  a.messages.send("one");
  realm.meet();
  assertEquals([b.reading.markRead(ben), b.reading.markRead(ben)], [true, false]);
  assertEquals(b.host.written.length, 1);
  b.host.document.setMetadata(`read/${ben}`, encodeWire(5));
  assertEquals(b.reading.markRead(ben), false);
  assertEquals(b.reading.unreadCount(ben), 0);
});

Deno.test("read tracking: a message that comes late is unread", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  a.messages.send("early");
  b.messages.send("mine");
  b.messages.send("mine too");
  b.reading.markRead(ben);
  assertEquals([b.reading.unreadCount(ben), b.reading.lastReadSeq(ben)], [0, 2]);
  realm.meet();
  assertEquals([b.reading.unreadCount(ben), b.reading.lastReadSeq(ben)], [1, 0]);
  b.reading.markRead(ben);
  assertEquals(b.reading.lastReadSeq(ben), 2);
});

Deno.test("read tracking: what a member wrote that is no count counts as nothing", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  a.messages.send("one");
  realm.meet();
  for (const value of [encodeWire(-1), encodeWire(0.5), encodeWire("1"), new Uint8Array([0xff])]) {
    b.host.document.setMetadata(`read/${ben}`, value);
    realm.meet();
    assertEquals([a.reading.unreadCount(ben), a.reading.lastReadSeq(ben)], [1, 0]);
  }
  b.host.document.setMetadata(`read/${ben}`, encodeWire(Number.MAX_SAFE_INTEGER));
  realm.meet();
  assertEquals([a.reading.unreadCount(ben), a.reading.lastReadSeq(ben)], [0, 1]);
});

Deno.test("read tracking: asking writes nothing", () => {
  using realm = twoHosts();
  const { a, b } = realm;
  a.messages.send("one");
  realm.meet();
  const heads = b.host.heads();
  for (const member of [ada, ben, cyd]) {
    b.reading.unreadCount(member);
    b.reading.lastReadSeq(member);
  }
  assertEquals([b.host.heads(), b.host.written], [heads, []]);
});
