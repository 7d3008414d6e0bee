import { assertEquals } from "@std/assert";
import { ada, ben, cyd, meet, realmOf } from "./_fake_realm_host.ts";
import { setRealmAlias } from "./alias.ts";
import { registerDocument } from "./document_names.ts";
import { Messages } from "./messages.ts";
import { ReadTracker } from "./read_tracker.ts";
import { RealmWatcher } from "./realm_watcher.ts";
import { renameRealm } from "./realm_name.ts";

function twoHosts() {
  const hosts = realmOf(ben);
  const [one, other] = hosts.map((host) => ({ host, messages: new Messages(host) }));
  const watcher = new RealmWatcher(other!.host, other!.messages);
  const dispose = () => hosts.forEach((host) => host[Symbol.dispose]());
  return { a: one!, b: other!, watcher, meet: () => meet(...hosts), [Symbol.dispose]: dispose };
}

Deno.test("RealmWatcher: says once what happened, and nothing of what was there", () => {
  using realm = twoHosts();
  const { a, watcher } = realm;
  assertEquals(watcher.poll(), []);
  a.messages.send("hello");
  registerDocument(a.host, "notes");
  registerDocument(a.host, "_internal");
  renameRealm(a.host, "Garden");
  setRealmAlias(a.host, "Eden");
  a.host.document.addMember(cyd);
  new ReadTracker(a.host, a.messages).markRead(ada);
  assertEquals(watcher.poll(), []);
  realm.meet();
  const events = watcher.poll();
  assertEquals(events.slice(0, -1), [
    { type: "member_joined", member: cyd },
    { type: "renamed", name: "Garden" },
    { type: "alias_changed", alias: "Eden" },
    { type: "document_added", name: "notes" },
    { type: "read_marked", member: ada, count: 0 },
  ]);
  assertEquals(events.at(-1), { type: "message", message: a.messages.message(1)! });
  assertEquals(watcher.poll(), []);
  const late = new RealmWatcher(realm.b.host, realm.b.messages);
  assertEquals(late.poll(), []);
});

Deno.test("RealmWatcher: what goes is said too", () => {
  using realm = twoHosts();
  const { a, watcher } = realm;
  setRealmAlias(a.host, "Eden");
  realm.meet();
  watcher.poll();
  setRealmAlias(a.host, null);
  a.host.document.removeMember(ben);
  realm.meet();
  assertEquals(watcher.poll(), [{ type: "member_left", member: ben }, { type: "alias_changed" }]);
});

Deno.test("RealmWatcher: messages are new wherever they come, each once", () => {
  using realm = twoHosts();
  const { a, b, watcher } = realm;
  a.messages.send("early, but late");
  b.messages.send("mine");
  b.messages.send("mine again");
  const polled = () =>
    watcher.poll().map((event) => event.type === "message" && event.message.content);
  assertEquals(polled(), ["mine", "mine again"]);
  realm.meet();
  assertEquals(polled(), ["early, but late"]);
  a.messages.send("last");
  a.host.beginsSegment = true;
  a.messages.send("in another segment");
  realm.meet();
  b.host.names.set(ada, "Ada"); // makes other objects of all messages
  assertEquals(polled(), ["last", "in another segment"]);
  b.host.names.set(ada, "Ada L.");
  assertEquals(polled(), []);
});

Deno.test("RealmWatcher: looking writes nothing", () => {
  using realm = twoHosts();
  const { a, b, watcher } = realm;
  a.messages.send("hello");
  realm.meet();
  const heads = b.host.heads();
  watcher.poll();
  assertEquals([b.host.heads(), b.host.written], [heads, []]);
});
