import { assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseArtifactId, SEGMENT_SEQUENCES } from "../sync/mod.ts";
import { ada, ben, cyd, meet, realmOf } from "./_fake_realm_host.ts";
import type { FakeRealmHost } from "./_fake_realm_host.ts";
import { encodeBody } from "./_message_body.ts";
import { NetworkError } from "./errors.ts";
import type { NetworkErrorCode } from "./errors.ts";
import { sayName } from "./member_name.ts";
import { EMOJI_BYTES_MAX, Messages, TEXT_BYTES_MAX } from "./messages.ts";

const SEED = 20260107;
const artifactId = parseArtifactId("0f".repeat(32));

function threeHosts() {
  const hosts = realmOf(ben, cyd) as [FakeRealmHost, FakeRealmHost, FakeRealmHost];
  const [a, b, c] = hosts.map((host) => new Messages(host)) as [Messages, Messages, Messages];
  const stack = new DisposableStack();
  for (const host of hosts) stack.use(host);
  return { hosts, a, b, c, [Symbol.dispose]: () => stack.dispose() };
}

function refuses(code: NetworkErrorCode, write: () => unknown, text = "") {
  assertEquals(assertThrows(write, NetworkError, text).code, code);
}

const contents = (messages: Messages) => messages.messages().map(({ content }) => content);

Deno.test("messages: what one sends all have, in one order", () => {
  using realm = threeHosts();
  const { hosts, a, b, c } = realm;
  assertEquals(a.send("one"), 1);
  meet(...hosts);
  assertEquals([c.send("from Cyd"), b.send("from Ben"), a.send("from Ada")], [2, 2, 2]);
  meet(...hosts);
  assertEquals(b.send("last"), 3);
  meet(...hosts);
  for (const messages of [a, b, c]) {
    assertEquals(contents(messages), ["one", "from Ada", "from Ben", "from Cyd", "last"]);
    assertEquals(messages.messages(), a.messages());
  }
  assertEquals(a.messages()[2], {
    id: 2,
    key: `${ben}:1`,
    sender: ben,
    senderName: "b2b2b2b2b2",
    type: "text",
    content: "from Ben",
    timestampMs: 5_000_000_000,
  });
  assertEquals(hosts[0].written, [hosts[0].document.documentId, hosts[0].document.documentId]);
});

Deno.test("messages: replies and reactions say what they are to, by id or key", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  a.send("question");
  meet(...hosts);
  assertEquals([b.reply(1, "answer"), b.react(`${ada}:1`, "👍")], [2, 3]);
  meet(...hosts);
  const [, reply, reaction] = a.messages();
  assertEquals([reply!.type, reply!.replyTo, reply!.targetKey], ["text", 1, `${ada}:1`]);
  assertEquals([reaction!.type, reaction!.reactionTarget], ["reaction", 1]);
  assertEquals([reaction!.content, reaction!.targetKey], ["👍", `${ada}:1`]);
  assertFalse("replyTo" in reaction!);
});

Deno.test("messages: an id that is not here is kept, a key that is not here is refused", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  b.reply(7, "to what is to come");
  const [reply] = b.messages();
  assertEquals([reply!.replyTo, reply!.targetKey], [7, undefined]);
  refuses("not_found", () => b.reply(`${ada}:9`, "x"), `Message not found: ${ada}:9`);
  for (const key of ["", "1", `${ben}:01`, "__proto__", "x".repeat(10_000)]) {
    refuses("not_found", () => b.react(key, "👍"));
  }
  for (const id of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    refuses("invalid_operation", () => b.react(id, "👍"));
  }
  meet(...hosts);
  assertEquals(a.messages().length, 1);
});

Deno.test("messages: of two with one id the first is meant, and a key tells them apart", () => {
  using realm = threeHosts();
  const { hosts, a, b, c } = realm;
  c.send("Cyd's");
  b.send("Ben's");
  meet(...hosts);
  a.reply(1, "to Ben");
  a.reply(`${cyd}:1`, "to Cyd");
  assertEquals(a.message(1)!.content, "Ben's");
  assertEquals(a.message(`${cyd}:1`)!.content, "Cyd's");
  assertEquals(a.message(3)!.targetKey, `${cyd}:1`);
  assertEquals(a.message(2)!.targetKey, `${ben}:1`);
  assertEquals([a.message(9), a.message("x"), a.message(0)], [undefined, undefined, undefined]);
});

Deno.test("messages: a member reacts once with one emoji to one message", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  a.send("one");
  a.send("two");
  meet(...hosts);
  assertEquals([b.react(1, "👍"), b.react(1, "👍"), b.react(`${ada}:1`, "👍")], [3, 3, 3]);
  assertEquals([b.react(1, "👎"), b.react(2, "👍"), a.react(1, "👍")], [4, 5, 3]);
  meet(...hosts);
  assertEquals(a.messages().length, 6);
  assertEquals(b.react(1, "👍"), 3);
});

Deno.test("messages: a reaction that was written twice is shown once", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  b.react(1, "👍"); // is number 1 itself, before it has Ada's
  a.send("one");
  meet(...hosts);
  const body = encodeBody({ type: "reaction", emoji: "👍", to: { sequence: 1, key: `${ada}:1` } });
  hosts[1].document.appendEvent({ kind: "reaction", body });
  meet(...hosts);
  assertEquals(a.messages().map(({ key }) => key), [`${ada}:1`, `${ben}:1`]);
  assertEquals(b.messages(), a.messages());
  assertEquals(b.react(1, "👍"), 1);
});

Deno.test("messages: a reaction waits for what it is to", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  b.react(2, "👍");
  const again = encodeBody({ type: "reaction", emoji: "👍", to: { sequence: 2, key: `${ada}:2` } });
  assertEquals(b.messages().length, 1);
  a.send("one");
  a.send("two");
  hosts[2].take(hosts[1]);
  hosts[1].take(hosts[0]);
  assertEquals(b.react(2, "👍"), 1);
  hosts[1].document.appendEvent({ kind: "reaction", body: again });
  assertEquals(b.messages().length, 3);
  meet(...hosts);
  assertEquals(new Messages(hosts[2]).messages(), b.messages());
});

Deno.test("messages: too large, empty or malformed is refused or made to fit", () => {
  using realm = threeHosts();
  const { a } = realm;
  a.send("é".repeat(TEXT_BYTES_MAX / 2));
  refuses("too_large", () => a.send("é".repeat(TEXT_BYTES_MAX / 2) + "x"), "65537 bytes");
  refuses("too_large", () => a.announce("x".repeat(TEXT_BYTES_MAX + 1)));
  refuses("too_large", () => a.reply(1, "x".repeat(TEXT_BYTES_MAX + 1)));
  a.react(1, "x".repeat(EMOJI_BYTES_MAX));
  refuses("too_large", () => a.react(1, "x".repeat(EMOJI_BYTES_MAX + 1)));
  refuses("invalid_operation", () => a.react(1, ""), "Invalid operation: ");
  refuses("invalid_name", () => a.sendArtifact(artifactId, { name: "a\nb" }));
  assertEquals(a.messages().length, 2);
  a.send("");
  a.send("half \ud83c");
  assertEquals(contents(a).slice(2), ["", "half \ufffd"]);
  assertEquals(a.skipped, 0);
});

Deno.test("messages: artifacts and announcements", () => {
  using realm = threeHosts();
  const { a } = realm;
  a.sendArtifact(artifactId, { name: "tides.png" });
  a.sendArtifact(artifactId);
  a.announce("Ben has joined");
  const [named, plain, system] = a.messages();
  assertEquals([named!.type, named!.content], ["artifact", "tides.png"]);
  assertEquals(named!.artifactId, artifactId);
  assertEquals([plain!.content, plain!.artifactId], [artifactId as string, artifactId]);
  assertEquals([system!.type, system!.content], ["system", "Ben has joined"]);
});

Deno.test("messages: who is no member says nothing", () => {
  using realm = threeHosts();
  const { hosts, b } = realm;
  b.send("while I am in");
  hosts[0].document.removeMember(ben);
  meet(...hosts);
  const heads = hosts[1].heads();
  for (
    const write of [
      () => b.send("x"),
      () => b.reply(1, "x"),
      () => b.react(1, "👍"),
      () => b.sendArtifact(artifactId),
      () => b.announce("x"),
    ]
  ) refuses("not_member", write, "Not a member");
  assertEquals(hosts[1].heads(), heads);
  assertEquals(contents(b), ["while I am in"]);
});

Deno.test("messages: damaged and unknown events of others are left out and counted", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  a.send("before");
  meet(...hosts);
  const { document } = hosts[1];
  document.appendEvent({ kind: "text", body: new Uint8Array([0xff]) });
  document.appendEvent({ kind: "text", body: new Uint8Array() });
  document.appendEvent({ kind: "text", body: new Uint8Array(100 * 1024).fill(0x81) });
  document.appendEvent({ kind: "poll", body: encodeBody({ type: "text", text: "a" }) });
  b.send("after");
  meet(...hosts);
  assertEquals(contents(a), ["before", "after"]);
  assertEquals([a.skipped, a.messages()[1]!.id], [4, 6]);
  assertEquals(a.react(3, "👍"), 7);
  assertEquals(a.message(7)!.targetKey, undefined);
});

Deno.test("messages: search finds text in any case, the same at all", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  a.send("The TIDES of Fundy");
  b.send("cafe\u0301 ΟΔΟΣ");
  a.react(1, "tides");
  a.sendArtifact(artifactId, { name: "tides.png" });
  a.sendArtifact(artifactId);
  a.announce("Tides has ended");
  meet(...hosts);
  for (const messages of [a, b]) {
    const ids = (query: string) => messages.search(query).map(({ id }) => id);
    assertEquals(ids("tides"), [1, 3, 5]);
    assertEquals(ids("TIDES OF"), [1]);
    assertEquals(ids("CAFÉ"), [1]);
    assertEquals(ids("οδοσ"), [1]);
    assertEquals(ids("ς"), [1]);
    assertEquals(ids("0f"), []);
    assertEquals(ids(""), []);
    assertEquals(ids("nothing"), []);
    assertEquals(ids(".*"), []);
  }
});

Deno.test("messages: messagesSince() gives what is beyond an id", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  a.send("one");
  b.send("also one");
  meet(...hosts);
  a.send("two");
  const since = (id: number) => a.messagesSince(id).map(({ content }) => content);
  assertEquals(since(0), ["one", "also one", "two"]);
  assertEquals(since(-5).length, 3);
  assertEquals(since(1), ["two"]);
  assertEquals([since(2), since(Infinity), since(NaN)], [[], [], []]);
});

Deno.test("messages: names are those of now", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  b.send("hello");
  meet(...hosts);
  const name = () => a.messages()[0]!.senderName;
  assertEquals(name(), "b2b2b2b2b2");
  hosts[0].names.set(ben, "Ben from elsewhere");
  assertEquals(name(), "Ben from elsewhere");
  sayName(hosts[1], "Ben");
  meet(...hosts);
  assertEquals(name(), "Ben");
});

Deno.test("messages: reading decodes each event once and writes nothing", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  for (let n = 0; n < 50; n++) b.send(`${n}`);
  meet(...hosts);
  assertEquals(a.messages().length, 50);
  assertEquals(a.decoded, 50);
  b.send("one more");
  meet(...hosts);
  const heads = hosts[0].heads();
  const before = a.messages();
  assertEquals([before.length, a.decoded], [51, 51]);
  assertStrictEquals(a.messages(), before);
  a.search("one");
  a.messagesSince(3);
  a.message(1);
  assertStrictEquals(a.messages(), before);
  assertEquals([hosts[0].heads(), hosts[0].written], [heads, []]);
  a.send("mine");
  assertEquals([before.length, a.messages().length, a.decoded], [51, 52, 52]);
  assertStrictEquals(a.messages()[50], before[50]);
});

Deno.test("messages: what comes late goes where it belongs, and is decoded alone", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  a.send("early, and late");
  for (let n = 0; n < 20; n++) b.send(`${n}`);
  assertEquals(b.messages().length, 20);
  meet(...hosts);
  assertEquals(contents(b)[0], "early, and late");
  assertEquals(b.decoded, 21);
});

Deno.test("messages: a log goes on in another segment", () => {
  using realm = threeHosts();
  const { hosts, a, b } = realm;
  a.send("in the first");
  hosts[0].beginsSegment = true;
  assertEquals(a.send("in the second"), SEGMENT_SEQUENCES + 1);
  a.react(1, "👍");
  meet(...hosts);
  assertEquals(b.react(SEGMENT_SEQUENCES + 1, "👍"), SEGMENT_SEQUENCES + 3);
  meet(...hosts);
  assertEquals(contents(b), ["in the first", "in the second", "👍", "👍"]);
  assertEquals(b.messages(), a.messages());
  assertEquals(b.message(`${ada}:${SEGMENT_SEQUENCES + 1}`)!.content, "in the second");
  assertEquals(hosts[0].written[1], hosts[0].segments()[1]!.documentId as string);
  // One that was written to the first segment at the same time.
  const late = hosts[2].document.appendEvent({
    kind: "text",
    body: encodeBody({ type: "text", text: "late" }),
  });
  assertEquals(late.sequence, 2);
  meet(...hosts);
  assertEquals(contents(b)[1], "late");
});

Deno.test(`messages: reading bit by bit gives what reading all gives (seed ${SEED})`, () => {
  const step = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom("send", "reply", "react", "damage", "meet", "take", "read"),
    target: fc.nat(12),
    emoji: fc.constantFrom("👍", "👎"),
    from: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      using realm = threeHosts();
      const { hosts } = realm;
      const all = [realm.a, realm.b, realm.c];
      for (const { who, what, target, emoji, from } of steps) {
        const [host, messages] = [hosts[who]!, all[who]!];
        if (what === "send") messages.send(`${target}`);
        if (what === "reply") messages.reply(target, "reply");
        if (what === "react") {
          const id = messages.react(target, emoji);
          assertEquals(messages.react(target, emoji), id);
        }
        if (what === "damage") {
          host.document.appendEvent({ kind: "text", body: new Uint8Array([target]) });
        }
        if (what === "take" && from !== who) host.take(hosts[from]!);
        if (what === "meet") meet(...hosts);
        const before = messages.messages();
        const fresh = new Messages(host);
        assertEquals(messages.messages(), fresh.messages());
        assertEquals(messages.skipped, fresh.skipped);
        assertStrictEquals(messages.messages(), before);
      }
      meet(...hosts);
      assertEquals(realm.b.messages(), realm.a.messages());
      assertEquals(realm.c.messages(), realm.a.messages());
    }),
    { seed: SEED, numRuns: 60 },
  );
});
