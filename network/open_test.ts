import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TempFolder } from "../tests/_temp_folder.ts";
import { createIdentity } from "./identity.ts";
import { exportIdentity } from "./identity_export.ts";
import { NetworkError } from "./errors.ts";
import { importIdentityInto, openNetwork } from "./open.ts";
import { SimulatedWorld } from "./transports/simulated.ts";

Deno.test("openNetwork() goes on with everything after it was closed, by deltas", () => {
  using folder = new TempFolder();
  const world = new SimulatedWorld({ seed: "7" });
  const open = (name: string) =>
    openNetwork(folder.file(`${name}.db`), { transport: world, sources: world.sources(name) });
  using ben = open("ben");
  ben.start();
  let id = "";
  let member = "";
  {
    using ada = open("ada");
    ada.start();
    world.connect(ada.memberId, ben.memberId);
    ada.setDisplayName("Ada");
    const realm = ada.createRealm("Sailing");
    [id, member] = [realm.id, ada.memberId];
    const bens = ben.join(realm.inviteCode());
    realm.send("Fair winds");
    realm.document("plan").update({ boats: 2 });
    ada.contactsRealm().addContact(ben.memberId, { name: "Ben" });
    world.settle();
    bens.markRead(ben.memberId);
    bens.send("Thanks");
    world.settle();
  }
  ben.realm(id)!.send("Are you there?");
  using ada = open("ada");
  assertEquals(ada.memberId as string, member);
  const realm = ada.realm(id)!;
  assertEquals(realm.messages().map(({ content }) => content), ["Fair winds", "Thanks"]);
  assertEquals(realm.document("plan").read(), { boats: 2 });
  assertEquals([ada.displayName, realm.name], ["Ada", "Sailing"]);
  ada.start();
  assertEquals(ada.contactsRealm().displayNameOf(ben.memberId), "Ben");
  world.connect(ada.memberId, ben.memberId);
  realm.send("Back");
  world.settle();
  const said = ["Fair winds", "Thanks", "Are you there?", "Back"];
  assertEquals(realm.messages().map(({ content }) => content).sort(), said.sort());
  const keys = realm.messages().map(({ key }) => key);
  assertEquals(ben.realm(id)!.messages().map(({ key }) => key), keys);
  assertEquals(ada.stats().fullSyncs + ben.stats().fullSyncs <= ben.realms().length * 8, true);
});

Deno.test("openNetwork() has what it holds in tables beside the file, and finds it there", () => {
  using folder = new TempFolder();
  const world = new SimulatedWorld({ seed: "7" });
  const path = folder.file("ada.db");
  {
    using ada = openNetwork(path, { transport: world, sources: world.sources("ada") });
    ada.start();
    const realm = ada.createRealm("Sailing");
    realm.send("Fair WINDS to all");
    realm.send("Nothing else");
    assertEquals(realm.search("winds").map(({ content }) => content), ["Fair WINDS to all"]);
    ada.homeRealm().upload(new TextEncoder().encode("Hello"), { name: "hello.txt" });
    world.settle();
  }
  using database = new DatabaseSync(`${path}.index`, { readOnly: true });
  const all = (query: string) => database.prepare(query).all().map((row) => ({ ...row }));
  assertEquals(all("SELECT content FROM messages ORDER BY sequence"), [
    { content: "Fair WINDS to all" },
    { content: "Nothing else" },
  ]);
  assertEquals(all("SELECT name FROM realms WHERE kind = 'shared'"), [{ name: "Sailing" }]);
  assertEquals(all("SELECT name, size FROM artifacts"), [{ name: "hello.txt", size: 5 }]);
});

Deno.test("what a projection holds after all that people do is what a rebuild makes", () => {
  using folder = new TempFolder();
  const world = new SimulatedWorld({ seed: "11" });
  const open = (name: string) =>
    openNetwork(folder.file(`${name}.db`), { transport: world, sources: world.sources(name) });
  using ada = open("ada");
  using ben = open("ben");
  for (const network of [ada, ben]) network.start();
  world.connect(ada.memberId, ben.memberId);
  const rows = (network: typeof ada, name: string) => {
    network.flushProjection();
    using database = new DatabaseSync(folder.file(`${name}.db.index`), { readOnly: true });
    const tables = [
      "realms",
      "members",
      "messages",
      "documents",
      "artifacts",
      "grants",
      "contacts",
    ];
    return tables.map((table) => {
      const all = database.prepare(`SELECT * FROM ${table}`).all().map((row) =>
        JSON.stringify(row)
      );
      return [table, ...all.sort()];
    });
  };
  const realm = ada.createRealm("Sailing");
  const bens = ben.join(realm.inviteCode());
  const home = ada.homeRealm();
  const story = home.createArtifact("story", { name: "Tides" });
  const file = home.upload(new TextEncoder().encode("bytes"), { name: "a.txt" });
  const steps: (() => unknown)[] = [
    () => realm.send("one"),
    () => bens.reply(1, "two"),
    () => bens.document("plan").update({ boats: [1, 2] }),
    () => story.grant(ben.memberId, { mode: "revocable" }),
    () => home.grantAccess(file, ben.memberId, { mode: "permanent" }),
    () => ada.connect(ben.memberId).send("psst"),
    () => ben.connect(ada.memberId),
    () => realm.setAlias("At sea"),
    () => bens.markRead(ben.memberId),
    () => ben.setDisplayName("Ben"),
    () => realm.document("plan").merge({ crew: 3 }),
    () => home.recall(story.id),
    () => ada.contactsRealm().block(ben.memberId),
    () => realm.removeMember(ben.memberId),
  ];
  for (const [index, step] of steps.entries()) {
    step();
    world.settle();
    for (const [network, name] of [[ada, "ada"], [ben, "ben"]] as const) {
      const live = rows(network, name);
      network.rebuildProjection();
      assertEquals(live, rows(network, name), `${name} after step ${index}`);
    }
  }
});

Deno.test("openNetwork() is for one at a time", () => {
  using folder = new TempFolder();
  const world = new SimulatedWorld({ seed: "7" });
  using _ada = openNetwork(folder.file("ada.db"), { transport: world });
  const error = assertThrows(() => openNetwork(folder.file("ada.db"), { transport: world }));
  assert(String(error).includes("Database is locked"), String(error));
});

Deno.test("importIdentityInto() comes before the first use, and never replaces another identity", () => {
  using folder = new TempFolder();
  const world = new SimulatedWorld({ seed: "7" });
  const sources = world.sources("ada");
  const identity = createIdentity(sources);
  const exported = exportIdentity(identity, { sources });
  importIdentityInto(folder.file("ada.db"), exported);
  {
    using ada = openNetwork(folder.file("ada.db"), { transport: world });
    assertEquals(ada.memberId, identity.memberId);
  }
  const other = exportIdentity(createIdentity(sources), { sources });
  const error = assertThrows(() => importIdentityInto(folder.file("ada.db"), other), NetworkError);
  assertEquals(error.code, "invalid_operation");
  assertThrows(() => importIdentityInto(folder.file("new.db"), new Uint8Array(9)), NetworkError);
  using ada = openNetwork(folder.file("ada.db"), { transport: world });
  assertEquals(ada.memberId, identity.memberId);
});
