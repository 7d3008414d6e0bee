import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CapsuleProjection, GlyphCaseError, readModFolder } from "../lua/mod.ts";
import { IndrasNetwork } from "../network/mod.ts";
import { TestCase } from "./_glyphcase.ts";

const EXAMPLES = new URL("../examples/mods/", import.meta.url);

/** Ada, whose network is projected into the capsule and beside whom mods live, and Ben. */
function open(): TestCase & { ada: IndrasNetwork; ben: IndrasNetwork } {
  const test = new TestCase();
  const { world } = test.clock;
  const make = (name: string, projection?: CapsuleProjection) =>
    IndrasNetwork.create({
      transport: world,
      sources: world.sources(name),
      ...(projection && { projection }),
    });
  const ada = make("ada", new CapsuleProjection(test.capsule));
  const ben = make("ben");
  for (const network of [ada, ben]) network.start();
  world.connect(ada.memberId, ben.memberId);
  test.glyph.attachNetwork(ada);
  return Object.assign(test, { ada, ben });
}

Deno.test("the welcome bot greets whoever writes in a realm, once, and answers", () => {
  using test = open();
  const { ada, ben, glyph, clock: { world } } = test;
  glyph.install(readModFolder(new URL("welcome_bot", EXAMPLES)));
  glyph.activate("welcome_bot");
  ben.setDisplayName("Ben");
  const realm = ada.createRealm("Sailing");
  const theirs = ben.join(realm.inviteCode());
  world.settle();
  theirs.send("Hello?");
  world.settle();
  const said = () => theirs.messages().map(({ content }) => content);
  assertEquals(said(), ["Hello?", "Welcome, Ben!"]);
  theirs.send("!help");
  theirs.send("!who");
  world.settle();
  assertEquals(said().slice(2).toSorted(), [
    "!help",
    "!who",
    "I greet newcomers. Say !who to hear whom I have met.",
    "I have met 1 of you.",
  ]);
  assertEquals(test.failures(), []);
  for (const network of [ada, ben]) network[Symbol.dispose]();
});

Deno.test("a mod hears of messages, documents and artifacts that arrive", () => {
  using test = open();
  const { ada, ben, clock: { world } } = test;
  test.add(
    "m",
    `
    function on_activate()
      glyphcase.watch("messages", function(changes) print("watched", #changes) end)
    end
    function on_data_changed(t, operation, row)
      if t == "messages" then print(t, operation, row.content) end
      if t == "documents" then print(t, operation, row.name, row.value) end
      if t == "artifacts" and row.kind == "story" then print(t, operation, row.status) end
    end`,
  );
  const realm = ada.createRealm("Sailing");
  const theirs = ben.join(realm.inviteCode());
  world.settle();
  theirs.send("Hello");
  theirs.document("plan").update({ from: "A" });
  const story = ben.homeRealm().createArtifact("story");
  story.grant(ada.memberId, { mode: "revocable" });
  world.settle();
  world.runFor(100);
  assertEquals(test.printed.toSorted(), [
    "m: artifacts\tINSERT\tactive",
    'm: documents\tINSERT\tplan\t{"from":"A"}',
    "m: messages\tINSERT\tHello",
    "m: watched\t1",
  ]);
  assertEquals(test.failures(), []);
  for (const network of [ada, ben]) network[Symbol.dispose]();
});

Deno.test("a mod acts through the bindings, without the secret and the world", async () => {
  using test = open();
  const { ada, ben, glyph, clock: { world } } = test;
  test.add(
    "m",
    `
    function act(peer)
      local net = indras.network
      local realm = net:create_realm("Made by a mod")
      realm:send("one")
      realm:document("notes"):update({ n = 1.0 })
      local story = net:home_realm():create_artifact("story", { name = "Tides" })
      story:grant(peer, "revocable")
      net:contacts_realm():add_contact(peer)
      return { tostring(net), realm:document("notes"):read().n, story:kind(), #net:realms(),
        realm:all_messages()[1].content }
    end
    function absent()
      local found = {}
      for _, name in ipairs({ "export_identity", "start", "stop", "crash", "connect_to", "go_offline" }) do
        found[#found + 1] = tostring(indras.network[name])
      end
      return { found, indras.sleep == nil, indras.Network == nil }
    end
    function sorted() table.sort({ 2, 1 }, function() indras.network:create_realm("no") end) end`,
  );
  const call = (name: string, ...args: unknown[]) => glyph.callModFunction("m", name, ...args);
  assertEquals(await call("act", ben.memberId), [
    ...[`Network(id=${ada.memberId.slice(0, 8)}, running=true)`, 1, "story", 1, "one"],
  ]);
  world.settle();
  assertEquals(ben.artifacts().length > 0, true);
  assertEquals(await call("absent"), [Array(6).fill("nil"), true, true]);
  await assertRejects(() => call("sorted"), GlyphCaseError, "Cannot leave Lua here");
  for (const network of [ada, ben]) network[Symbol.dispose]();
});

Deno.test("mods read the tables of a network and never write them", async () => {
  using test = open();
  test.add(
    "m",
    `
    function go() glyphcase.insert("messages", { content = "forged" }) end
    function sql() glyphcase.execute("DELETE FROM artifacts") end
    function count() return glyphcase.queryScalar("SELECT count(*) FROM messages") end`,
  );
  test.ada.createRealm("x").send("one");
  test.clock.world.settle();
  for (const name of ["go", "sql"]) {
    await assertRejects(
      () => test.glyph.callModFunction("m", name),
      GlyphCaseError,
      "the manifest of mod",
    );
  }
  assertEquals(await test.glyph.callModFunction("m", "count"), 1);
  for (const network of [test.ada, test.ben]) network[Symbol.dispose]();
});

Deno.test("CapsuleProjection searches, forgets and refuses a table that is another's", () => {
  using test = new TestCase();
  const { world } = test.clock;
  const projection = new CapsuleProjection(test.capsule);
  const ada = IndrasNetwork.create({ transport: world, sources: world.sources("ada"), projection });
  ada.start();
  const realm = ada.createRealm("Sailing");
  for (const said of ["Wind", "and TIDES", "tide tables"]) realm.send(said);
  world.settle();
  assertEquals(realm.search("tide").map(({ content }) => content), ["and TIDES", "tide tables"]);
  ada.leaveRealm(realm.id);
  world.settle();
  assertEquals(test.capsule.query("SELECT * FROM messages"), []);
  ada.rebuildProjection();
  ada[Symbol.dispose]();
  using other = new TestCase();
  other.capsule.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY)");
  const error = assertThrows(() => new CapsuleProjection(other.capsule), GlyphCaseError);
  assertEquals(error.code, "table_taken");
  assertEquals(other.capsule.query("SELECT name FROM sqlite_schema WHERE name = 'realms'"), []);
});

Deno.test("a projection writes only what differs", () => {
  using test = new TestCase();
  const projection = new CapsuleProjection(test.capsule);
  const changes: string[] = [];
  using _hooks = test.capsule.saves.add({
    changed: (news) =>
      changes.push(...news.map(({ operation, row }) => `${operation} ${row["id"]}`)),
  });
  const row = (id: string, name: string) => ({
    ...{ id, name, kind: "shared", alias: null, is_member: true, heads: null },
  });
  projection.upsert("realms", [row("a", "A"), row("b", "B")]);
  projection.upsert("realms", [row("a", "A"), row("b", "C")]);
  projection.replaceRows("realms", {}, [row("b", "C"), row("c", "C")]);
  assertEquals(changes, ["INSERT a", "INSERT b", "UPDATE b", "DELETE a", "INSERT c"]);
  assertEquals(projection.rows("realms", { id: "c" }), [row("c", "C")]);
  assertEquals(projection.rows("realms", {}, ["id", "is_member"]), [
    { id: "b", is_member: true },
    { id: "c", is_member: true },
  ]);
  projection.clear();
  assertEquals(projection.rows("realms"), []);
  assertEquals(projection.recover(), false);
  assertThrows(() => projection.rows("none"), TypeError);
});
