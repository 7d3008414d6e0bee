import { assertEquals, assertNotEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

const LOCKED = { text: "a.lua:1: Storage error: Database is locked", code: "storage_error" };

Deno.test("Network.new(path) continues with what lies there: identity, name, realms, messages", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a = indras.Network.new("ada")
    a:start()
    a:set_display_name("Ada")
    local realm = a:create_realm("Sailing")
    realm:send("one")
    realm:document("log"):update({ n = 1 })
    a:contacts_realm():add_contact(("b2"):rep(32))
    a:stop()
    local again = indras.Network.new("ada")
    local stopped = { again:id() == a:id(), again:is_running(), again:display_name(), again ~= a }
    again:start()
    local same = again:get_realm(realm:id())
    return stopped, same:send("two"), #same:all_messages(), same:document("log"):read().n,
      again:contacts_realm():contact_count(), indras.Network.new("other"):id() ~= a:id(),
      #indras.Network.new():realms()`);
  assertEquals(seen, [[true, false, "Ada", true], 2, 2, 1, 1, true, 0]);
});

Deno.test("a path belongs to a network until it stops or crashes", async () => {
  using script = await LuaScript.open();
  script.run("a = indras.Network.new('ada')");
  assertEquals(script.raisedBy("indras.Network.new('ada')"), LOCKED);
  script.run("a:start()");
  assertEquals(script.raisedBy("indras.Network.new('ada')"), LOCKED);
  script.run("a:stop() a:start()");
  assertEquals(script.raisedBy("indras.Network.new('ada')"), LOCKED);
  script.run("a:crash() b = indras.Network.new('ada')");
  assertEquals(script.raisedBy("a:start()"), LOCKED);
  script.run("b:start()");
  assertEquals(script.raisedBy("a:start()"), LOCKED);
  script.run("a:stop() a:crash()"); // takes nothing from the other
  assertEquals(script.raisedBy("indras.Network.new('ada')"), LOCKED);
  script.run("b:stop() c = indras.Network.new('ada') c:stop() d = indras.Network.new('ada')");
  assertEquals(script.run("return a:is_running(), b:is_running(), d:id() == a:id()"), [
    ...[false, false, true],
  ]);
});

Deno.test("a network that gets its path back continues with what the other wrote", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local first = indras.Network.new("ada")
    first:start()
    local realm = first:create_realm("Sailing")
    realm:send("one")
    first:stop()
    local second = indras.Network.new("ada")
    second:start()
    second:get_realm(realm:id()):send("two")
    second:stop()
    first:start()
    local messages = realm:all_messages()
    return #messages, messages[2].content, messages[1].key ~= messages[2].key, realm:send("three"),
      first:get_realm(realm:id()) == realm`);
  assertEquals(seen, [2, "two", true, 3, true]);
  assertEquals([script.networks.length, script.networks[0]!.isRunning], [1, true]);
});

Deno.test("what came to a path that was taken over is not counted twice", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a, b = indras.Network.new("ada"), indras.Network.new()
    a:start() b:start()
    a:connect_to(b)
    local realm = a:create_realm("Sailing")
    b:join(realm:invite_code())
    indras.settle()
    a:stop()
    a = indras.Network.new("ada")
    a:start()
    b:get_realm(realm:id()):send("hello")
    indras.settle()
    return a:get_realm(realm:id()):all_messages()[1].content, indras.converged(),
      indras.stats().envelopes == indras.stats(a).envelopes + indras.stats(b).envelopes`);
  assertEquals(seen, ["hello", true, true]);
});

Deno.test("Network.crash() loses nothing that a method has answered for", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a = indras.Network.new()
    a:start()
    local realm = a:create_realm("Sailing")
    realm:send("one")
    local answered = select("#", a:crash())
    local running = a:is_running()
    a:start()
    return answered, running, realm:all_messages()[1].content, realm:send("two"),
      a:get_realm(realm:id()) == realm`);
  assertEquals(seen, [0, false, "one", 2, true]);
});

Deno.test("an exported identity can be installed where there is none, with its passphrase", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a = indras.Network.new()
    local plain = a:export_identity()
    local answered = select("#", indras.Network.import_identity("plain", plain))
    indras.Network.import_identity("plain", " " .. plain:sub(1, 10) .. "\\n" .. plain:sub(11))
    indras.Network.import_identity("safe", a:export_identity("correct horse"), "correct horse")
    return answered, plain:match("^[%w+/]+=*$") == plain, #plain % 4,
      indras.Network.new("plain"):id() == a:id(), indras.Network.new("safe"):id() == a:id()`);
  assertEquals(seen, [0, true, 0, true, true]);
});

Deno.test("an import that fails changes nothing", async () => {
  using script = await LuaScript.open();
  script.run(`
    a, b = indras.Network.new("ada"), indras.Network.new()
    locked = b:export_identity("secret")`);
  const cases: [string, string, string | undefined][] = [
    [
      "'ada', b:export_identity()",
      `Cannot import identity: "ada" has another one already`,
      "bad_identity",
    ],
    ["'new', 'garbage!'", "Cannot import identity: it is not base64", "bad_identity"],
    ["'new', 'AAAA'", "Cannot import identity: it is no exported identity", "bad_identity"],
    ["'new', ''", "Cannot import identity: it is no exported identity", "bad_identity"],
    ["'new', locked", "Cannot import identity: a passphrase protects it", "passphrase_needed"],
    ["'new', locked, 'x'", "Cannot import identity: wrong passphrase", "wrong_passphrase"],
    ["'new'", "bad argument 'base64': expected text, got nil", "bad_argument"],
    ["nil, locked", "bad argument 'path': expected text, got nil", "bad_argument"],
    ["{}, locked", "bad argument 'path': expected text, got table", "bad_argument"],
  ];
  for (const [given, said, code] of cases) {
    const raised = script.raisedBy(`indras.Network.import_identity(${given})`);
    assertEquals([given, raised?.text, raised?.code], [given, `a.lua:1: ${said}`, code]);
  }
  const [id, before, fresh, other] = script.run(`
    local before = a:id()
    a:stop()
    return indras.Network.new("ada"):id(), before, indras.Network.new("new"):id(), b:id()`);
  assertEquals(id, before);
  assertNotEquals(fresh, other);
});

Deno.test("two scenarios do not share their paths", async () => {
  using left = await LuaScript.open("1");
  using right = await LuaScript.open("2");
  const id = (script: LuaScript) => script.run("return indras.Network.new('ada'):id()")[0];
  assertNotEquals(id(left), id(right));
});

Deno.test("identity_code() is 64 characters, and identity_uri() adds the name", async () => {
  using script = await LuaScript.open();
  const [code, plain, uri, name, answered] = script.run(`
    local a = indras.Network.new()
    local plain, unnamed = a:identity_uri(), a:display_name()
    local answered = select("#", a:set_display_name("Ada L"))
    assert(unnamed == nil)
    return a:identity_code(), plain, a:identity_uri(), a:display_name(), answered`);
  assertEquals([/^indra1[a-z0-9]{58}$/.test(String(code)), plain, uri, name, answered], [
    ...[true, code, `${code}?name=Ada%20L`, "Ada L", 0],
  ]);
});
