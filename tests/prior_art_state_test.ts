/** Faults 26 to 32 of the prior system: what reading does, what concurrent writing keeps, and tests. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Realm } from "../network/mod.ts";
import { createHandle } from "../sync/_automerge.ts";
import { encodeWire } from "../sync/mod.ts";
import type { ArtifactId } from "../sync/mod.ts";
import { countCalls } from "./_count_calls.ts";
import { LuaScript } from "./_lua_script.ts";
import { People } from "./_people.ts";
import type { Person } from "./_people.ts";

const contents = (realm: Realm) => realm.messages().map(({ content }) => content);

/** Everything that a person can ask without doing anything. */
function readAll({ network }: Person, realm: Realm): unknown[] {
  const [home, contacts] = [network.homeRealm(), network.contactsRealm()];
  const [first] = realm.members();
  const leaf = home.sharedWith(network.memberId)[0];
  return [
    ...[
      network.displayName,
      network.identityCode(),
      network.identityUri(),
      network.realms().length,
    ],
    ...[realm.id, realm.name, realm.alias, realm.isMember, realm.memberCount, realm.members()],
    ...[realm.messages(), realm.messagesSince(1), realm.search("tide"), realm.message(1)],
    ...[realm.message("none:1"), realm.skippedMessages, realm.invites()],
    ...realm.members().flatMap(({ id }) => [realm.unreadCount(id), realm.lastReadSeq(id)]),
    ...[realm.documentNames(), realm.document("notes").read(), realm.document("notes").readTyped()],
    ...[realm.document("never written").read(), realm.document("never written").refresh()],
    ...[String(realm.document("notes").text(["story"])), realm.document("notes").heads],
    ...[contacts.contacts(), contacts.contactCount, contacts.requests(), contacts.blocked()],
    ...[
      contacts.isContact(first!.id),
      contacts.status(first!.id),
      contacts.displayNameOf(first!.id),
    ],
    ...[
      home.id,
      home.document("diary").read(),
      home.sharedWith(first!.id),
      network.artifacts().length,
    ],
    ...[leaf && home.getArtifact(leaf.id), network.realm(realm.id)?.id, network.realm("none")],
    ...[network.audience(realm.id as string as ArtifactId).size, network.sharedHeads().size],
  ];
}

Deno.test("fault 26: reading writes nothing and sends nothing, however often", () => {
  using people = new People();
  const { ada, ben, cyd } = people;
  const garden = people.garden();
  garden.ada.setAlias("Eden");
  garden.ada.send("tide tables");
  garden.ada.react(1, "🌊");
  garden.ben.document("notes").update({ story: "In May", done: true });
  ben.network.contactsRealm().addContact(cyd.id);
  const leaf = ada.network.homeRealm().upload(new Uint8Array([1, 2, 3]), { name: "tides.png" });
  ada.network.homeRealm().grantAccess(leaf, ben.id, { mode: "revocable" });
  people.settle();
  const events = garden.ben.events();
  const before = [ben.heads(), ben.kept(), people.carried.length];
  const first = readAll(ben, garden.ben);
  for (let n = 0; n < 20; n++) assertEquals(readAll(ben, garden.ben), first);
  people.world.runFor(24 * 3600 * 1000);
  people.settle();
  assertEquals([ben.heads(), ben.kept(), people.carried.length], before);
  // Nor does anybody wait for a reader.
  void events.return!();
  assertEquals(contents(garden.ben), ["tide tables", "🌊"]);
});

Deno.test("fault 27: reading costs no more after many changes than after few", () => {
  using people = new People();
  const { ada, ben } = people;
  const garden = people.garden();
  const document = garden.ben.document<{ n: number; list: string[] }>("notes");
  const prototype = Object.getPrototypeOf(createHandle("00ff"));
  const names = Object.getOwnPropertyNames(prototype).filter((name) =>
    name !== "constructor" && typeof prototype[name] === "function"
  );
  const read = () => {
    garden.ben.messages();
    garden.ben.unreadCount(ben.id);
    garden.ben.alias;
    document.read();
  };
  const costOf = (work: () => void) =>
    Object.values(countCalls(prototype, names, work)).reduce((sum, count) => sum + count, 0);
  const costs = [5, 200].map((changes) => {
    for (let n = 0; n < changes; n++) {
      garden.ada.document<{ n: number }>("notes").merge({ n });
      garden.ada.send(`message ${n}`);
      if (n % 50 === 0) people.settle();
    }
    people.settle();
    const cost = costOf(read);
    assert(cost > 0);
    assertEquals(costOf(read), 0, "what was read is known");
    return cost;
  });
  const [few, many] = costs as [number, number];
  assert(many <= few, `${few} calls after 5 changes, ${many} after 200 more`);
  assertEquals(garden.ben.messages().length, 205);
  assertEquals(ada.network.realm(garden.id)?.document("notes").read(), document.read());
});

Deno.test("fault 27: what was removed stays removed, and nothing old comes back", () => {
  using people = new People();
  const { ada, ben } = people;
  const garden = people.garden();
  const notes = garden.ada.document<Record<string, unknown>>("notes");
  notes.update({ keep: 1, drop: { deep: true } });
  people.settle();
  const early = people.carried.filter(({ from }) => from === ada.id);
  notes.update({ keep: 2 });
  people.settle();
  const bens = garden.ben.document("notes");
  assertEquals(bens.read(), { keep: 2 });
  // An old envelope comes once more, as it was.
  const cheat = people.cheat(ada);
  for (const { to, bytes } of early.toReversed()) if (to === ben.id) cheat.send(ben, bytes);
  assertEquals(bens.read(), { keep: 2 });
  const again = ben.restart().realm(garden.id)!.document("notes");
  for (let n = 0; n < 5; n++) assertEquals(again.read(), { keep: 2 });
  again.merge({ more: 3 });
  assertEquals(again.read(), { keep: 2, more: 3 });
});

Deno.test("fault 28: of changes at the same time none is lost", () => {
  using people = new People();
  const { world, all: [ada, ben, cyd] } = people;
  const three = [ada!, ben!, cyd!];
  const garden = people.garden();
  const realms = [garden.ada, garden.ben, garden.cyd];
  garden.ada.document("shared").update({ counts: {}, list: [] });
  people.settle();
  world.partition(three.map(({ id }) => [id]));
  for (const [n, realm] of realms.entries()) {
    // Registry of documents; one document, with different keys, a list and a map below.
    realm.document(`notes of ${n}`).update({ by: n });
    realm.document("shared").merge({ [`key ${n}`]: n, counts: { [`c${n}`]: n } });
    realm.document("shared").change<{ list: number[] }>((draft) => void draft.list.push(n));
    // Everybody writes a document that nobody knows yet.
    realm.document("new").update({ [`from ${n}`]: true });
    three[n]!.network.setDisplayName(`Person ${n}`);
    realm.send(`hello from ${n}`);
    realm.markRead(three[n]!.id);
  }
  world.heal();
  people.settle();
  for (const realm of realms) {
    assertEquals(realm.documentNames(), [
      "new",
      "notes of 0",
      "notes of 1",
      "notes of 2",
      "shared",
    ]);
    const shared = realm.document<Record<string, unknown>>("shared").read()!;
    assertEquals(
      [shared["key 0"], shared["key 1"], shared["key 2"], shared["counts"]],
      [0, 1, 2, { c0: 0, c1: 1, c2: 2 }],
    );
    assertEquals((shared["list"] as number[]).toSorted(), [0, 1, 2]);
    assertEquals(realm.document("new").read(), { "from 0": true, "from 1": true, "from 2": true });
    assertEquals(realm.messages().length, 3);
    assertEquals(
      realm.members().map(({ name }) => name).sort(),
      [0, 1, 2].map((n) => `Person ${n}`),
    );
    assertEquals(contents(realm), contents(realms[0]!));
  }
});

Deno.test("fault 28: contacts that two devices of one person add at once are all there", () => {
  using people = new People();
  const { ada, ben, cyd, eve, world } = people;
  const contacts = ada.network.contactsRealm();
  contacts.addContact(ben.id, { name: "Ben" });
  // What another device of Ada's holds, and writes there.
  const device = people.cheat(eve);
  using other = device.valueOf(contacts.id, ada);
  const record = { sentiment: 0, relayable: true, addedAtMs: world.nowMs, status: "pending" };
  other.change((draft: Record<string, unknown>) => void (draft[cyd.id] = { ...record }));
  contacts.addContact(eve.id, { name: "Eve" });
  contacts.setSentiment(ben.id, 1);
  using merged = device.valueOf(contacts.id, ada, device.writerOf(9_998));
  merged.applyEncoded(other.encodeChangesSince([]));
  const read = merged.read() as Record<string, { name?: string; sentiment: number }>;
  assertEquals(Object.keys(read).sort(), [ben.id, cyd.id, eve.id].sort());
  assertEquals([read[ben.id]!.sentiment, read[eve.id]!.name], [1, "Eve"]);
});

Deno.test("fault 29: what is no message is told from one by its kind, and skipped", () => {
  using people = new People();
  const { ada, ben, cyd } = people;
  const garden = people.garden();
  garden.ada.send("before");
  people.settle();
  const cheat = people.cheat(ben);
  using copy = cheat.copyOf(garden.id);
  const base = copy.getHeads();
  // A newer release says something; it would even decode as a text, if only it were tried.
  for (const kind of ["poll", "document", "TEXT", "text2"]) {
    copy.appendEvent({ kind, body: encodeWire({ text: `a ${kind}` }) });
  }
  copy.appendEvent({ kind: "text", body: encodeWire({ text: "from Ben" }) });
  for (const victim of [ada, cyd]) cheat.bring(victim, copy, base);
  garden.cyd.send("after");
  people.settle();
  const check = (realm: Realm) => {
    assertEquals(contents(realm), ["before", "from Ben", "after"]);
    assertEquals([realm.skippedMessages, realm.search("a poll")], [4, []]);
  };
  check(garden.ada);
  check(garden.cyd);
  check(ada.restart().realm(garden.id)!);
  assertEquals(garden.cyd.unreadCount(cyd.id), 2);
});

Deno.test("fault 30: what somebody else wrote is found, now and after a restart", () => {
  using people = new People();
  const { ben } = people;
  const garden = people.garden();
  garden.ada.send("Ebb TIDE at noon");
  garden.ada.reply(1, "and flood at six");
  garden.cyd.sendArtifact("0f".repeat(32) as ArtifactId, { name: "tides.png" });
  people.settle();
  garden.ben.send("Thanks for the tide table");
  people.settle();
  const check = (realm: Realm) => {
    const found = (query: string) => realm.search(query).map(({ content }) => content).sort();
    const all = ["Ebb TIDE at noon", "Thanks for the tide table", "tides.png"];
    assertEquals(found("tide"), all);
    assertEquals(found("FLOOD"), ["and flood at six"]);
    assertEquals([found("neap"), found("")], [[], []]);
    const ids = new Set(realm.messages().map(({ key }) => key));
    assert(realm.search("tide").every(({ key }) => ids.has(key)));
  };
  for (const realm of [garden.ben, garden.cyd, garden.ada]) check(realm);
  check(ben.restart().realm(garden.id)!);
});

Deno.test("fault 31: unread is what others wrote beyond the mark, each once", () => {
  using people = new People();
  const { ada, ben } = people;
  const garden = people.garden();
  for (let n = 0; n < 3; n++) garden.ada.send(`message ${n}`);
  garden.ada.react(1, "👍");
  garden.ada.announce("Ada is here");
  people.settle();
  garden.ben.send("my own");
  garden.ben.send("my own too");
  people.settle();
  const counts = () =>
    [garden.ada, garden.ben, garden.cyd].map((realm) =>
      [ada, ben].map(({ id }) => realm.unreadCount(id))
    );
  assertEquals(counts(), [[2, 3], [2, 3], [2, 3]]);
  garden.ben.markRead(ben.id);
  people.settle();
  assertEquals(counts(), [[2, 0], [2, 0], [2, 0]]);
  // Everything comes once more, and in another order.
  const recorded = people.carried.filter(({ from, to }) => from === ada.id && to === ben.id);
  const cheat = people.cheat(ada);
  for (const { bytes } of recorded.toReversed()) cheat.send(ben, bytes);
  assertEquals([garden.ben.unreadCount(ben.id), garden.ben.messages().length], [0, 7]);
  cheat[Symbol.dispose]();
  const adas = ada.restart().realm(garden.id)!;
  adas.send("one more");
  people.settle();
  const bens = ben.restart().realm(garden.id)!;
  assertEquals([bens.unreadCount(ben.id), adas.unreadCount(ben.id)], [1, 1]);
  assertEquals(bens.lastReadSeq(ben.id), 7);
});

Deno.test("fault 31: who uses a number twice is heard once, by all alike", () => {
  using people = new People();
  const { ada, ben, cyd } = people;
  const garden = people.garden();
  const cheat = people.cheat(ben);
  using left = cheat.copyOf(garden.id);
  using right = cheat.copyOf(garden.id, ben, cheat.writerOf(9_998));
  const base = left.getHeads();
  left.appendEvent({ kind: "text", body: encodeWire({ text: "yes" }) });
  right.appendEvent({ kind: "text", body: encodeWire({ text: "no" }) });
  for (const [victim, first, second] of [[ada, left, right], [cyd, right, left]] as const) {
    cheat.bring(victim, first, base);
    cheat.bring(victim, second, base);
  }
  assertEquals(contents(garden.ada), contents(garden.cyd));
  assertEquals([garden.ada.messages().length, garden.ada.unreadCount(ada.id)], [1, 1]);
});

/** What a script raises and prints, with the helpers of scenarios. */
async function runHelpers(source: string) {
  const script = await LuaScript.open();
  const path = new URL("../scenarios/lib/live_network_helpers.lua", import.meta.url);
  const [helpers] = script.lua.run(Deno.readTextFileSync(path), { chunkName: "helpers.lua" });
  script.lua.setGlobal("helpers", helpers);
  const raised = script.raisedBy(source);
  const { logged } = script;
  const elapsedMs = script.world.elapsedMs;
  script[Symbol.dispose]();
  return { raised, logged, elapsedMs };
}

Deno.test("fault 32: waiting reports what went wrong, at once and with its cause", async () => {
  for (const wait of ["wait_for", "assert_eventually"]) {
    const failed = await runHelpers(`
      local net = indras.Network.new()
      helpers.${wait}(function() return net:create_realm("Garden") end, { timeout = 60 })`);
    assertEquals(failed.raised?.code, "not_started");
    assertStringIncludes(failed.raised!.text, "Network not started");
    assertEquals(failed.elapsedMs, 0);
    const mistake = await runHelpers(`helpers.${wait}(function() return nothing.there end)`);
    assertStringIncludes(mistake.raised!.text, "attempt to index a nil value (global 'nothing')");
  }
});

Deno.test("fault 32: waiting in vain says for what, and takes as long as it was given", async () => {
  const late = await runHelpers(`
    helpers.assert_eventually(function() return false end, { timeout = 7, msg = "Ben has it" })`);
  assertStringIncludes(late.raised!.text, "Ben has it");
  assertEquals([late.raised!.code, late.elapsedMs], ["assertion_failed", 7000]);
  assertEquals(late.logged, [["warn", "still waiting: Ben has it"]]);
  const silent = await runHelpers(`
    assert(helpers.wait_for(function() return false end, { timeout = 2, msg = "it" }) == false)`);
  assertEquals([silent.raised, silent.elapsedMs], [undefined, 2000]);
  assertEquals(silent.logged, [["warn", "still waiting: it"]]);
});

Deno.test("fault 32: every live scenario says what must not happen, at least three times", () => {
  const folder = new URL("../scenarios/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /^live_\w+\.lua$/.test(name));
  assert(names.length >= 8);
  for (const name of names) {
    const source = Deno.readTextFileSync(new URL(name, folder));
    const negative = source.match(/\b(refused|pcall|raises|throws)\(/g) ?? [];
    assert(negative.length >= 3, `${name} has ${negative.length}`);
    assert(
      !/\b(?:check|assert)[.\w]*\.(?:ge|greater_or_equal)\(/.test(source),
      `${name} hides copies`,
    );
  }
});
