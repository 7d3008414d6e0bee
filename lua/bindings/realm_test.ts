import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

/** Two linked networks in one realm: `ra` is the creator's, `rb` the joiner's. */
const TWO = `
  a, b = indras.Network.new(), indras.Network.new()
  a:start() b:start()
  a:connect_to(b)
  a:set_display_name("Ada")
  ra = a:create_realm("Sailing")
  rb = b:join(ra:invite_code())
  indras.settle()
`;

async function open(): Promise<LuaScript> {
  const script = await LuaScript.open();
  script.run(TWO);
  return script;
}

Deno.test("Realm has the id, the name and the members that everybody in it sees", async () => {
  using script = await open();
  const [a, b] = script.run("return a:id(), b:id()") as string[];
  const seen = script.run(`
    return ra:id() == rb:id(), #ra:id(), ra:name(), rb:name(), ra:member_list(), rb:member_list(),
      ra:member_count(), math.type(ra:member_count()), ra:is_member(), rb:is_member(),
      tostring(rb) == ("Realm(id=%s, name=Sailing)"):format(ra:id():sub(1, 8))`);
  const members = [{ id: a!, name: "Ada" }, { id: b!, name: b!.slice(0, 10) }]
    .sort((left, right) => left.id < right.id ? -1 : 1)
    .map((member) => Object.assign(Object.create(null), member));
  assertEquals(seen, [
    ...[true, 64, "Sailing", "Sailing", members, members, 2, "integer", true, true, true],
  ]);
});

Deno.test("a joiner has the realm at once; name and members arrive", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start()
    local realm = a:create_realm("Sailing")
    local joined = b:join(realm:invite_code())
    local before = { joined:name() == nil, joined:member_count(), joined:is_member(),
      tostring(joined):match("name=(.*)%)"), joined == b:join(realm:invite_code()) }
    local sent = joined:send("early")
    a:connect_to(b)
    indras.settle()
    return before, sent, joined:name(), realm:member_count(), realm:all_messages()[1].content`);
  assertEquals(seen, [[true, 0, false, "unnamed", true], 1, "Sailing", 2, "early"]);
});

Deno.test("Realm.rename() is for its creator; leave() and remove_member() end a membership", async () => {
  using script = await open();
  const seen = script.run(`
    local answered = select("#", ra:rename("Boats"))
    indras.settle()
    local name = rb:name()
    local removed, again = ra:remove_member(b:id()), ra:remove_member(b:id())
    indras.settle()
    ra:send("secret")
    indras.settle()
    local after = { #rb:all_messages(), ra:member_count() }
    answered = answered + select("#", ra:leave())
    return answered, name, removed, again, after, a:get_realm(ra:id()), #a:realms()`);
  assertEquals(seen, [0, "Boats", true, false, [0, 1], undefined, 0]);
  assertEquals(script.raisedBy("ra:send('x')"), {
    text: "a.lua:1: Not a member",
    code: "not_member",
  });
});

Deno.test("Realm.send(), reply() and react() answer integer ids; a target is an id or a key", async () => {
  using script = await open();
  const seen = script.run(`
    local sent = ra:send("hello")
    indras.settle()
    local key = rb:all_messages()[1].key
    local ids = { sent, rb:reply(sent, "one"), rb:reply(tostring(sent), "two"), rb:reply(sent + 0.0, "three"),
      rb:reply(key:upper(), "four"), rb:reply(77, "five"), rb:react(sent, "+"), rb:react(key, "+") }
    indras.settle()
    local targets, types = {}, {}
    for i, message in ipairs(ra:all_messages()) do
      targets[i] = message.reply_to or message.reaction_target or 0
      types[i] = message.type .. " " .. math.type(message.id)
    end
    return ids, targets, types, math.type(sent), ra:all_messages()[2].target_key == key,
      ra:all_messages()[6].target_key`);
  const text = "text integer";
  assertEquals(seen, [
    [1, 2, 3, 4, 5, 6, 7, 7],
    [0, 1, 1, 1, 1, 77, 1],
    [text, text, text, text, text, text, "reaction integer"],
    ...["integer", true, undefined],
  ]);
});

Deno.test("a message is a table of these fields, the same on each peer and each time a fresh one", async () => {
  using script = await open();
  const [id] = script.run("return a:id()");
  const [now, , ...messages] = script.run(`
    local now, child = os.time(), ("AB"):rep(32)
    local counts = { ra:send("ä\\0"), ra:announce("tides"), ra:send_artifact(child, "Story"),
      ra:send_artifact(child) }
    indras.settle()
    local first = rb:all_messages()
    first[1].content = "mine"
    return now, counts, table.unpack(rb:all_messages())`);
  const expected = [
    { id: 1, key: `${id}:1`, type: "text", content: "ä\0" },
    { id: 2, key: `${id}:2`, type: "system", content: "tides" },
    {
      ...{ id: 3, key: `${id}:3`, type: "artifact", content: "Story" },
      artifact_id: "ab".repeat(32),
    },
    {
      ...{ id: 4, key: `${id}:4`, type: "artifact", content: "ab".repeat(32) },
      artifact_id: "ab".repeat(32),
    },
  ].map((one) => ({ ...one, sender_id: id, sender_name: "Ada", timestamp: now }));
  assertEquals(messages.map((message) => ({ ...message as object })), expected as object[]);
});

Deno.test("Realm.all_messages(), messages_since() and search_messages() see the same set in one order", async () => {
  using script = await open();
  const seen = script.run(`
    for n = 1, 5 do ra:send("Tide " .. n) end
    indras.settle()
    rb:send("tide 6")
    indras.settle()
    local function contents(messages)
      local found = {}
      for i, message in ipairs(messages) do found[i] = message.content end
      return table.concat(found, ",")
    end
    return contents(ra:all_messages()) == contents(rb:all_messages()), contents(rb:messages_since(4)),
      contents(rb:messages_since(-1)) == contents(rb:all_messages()), #rb:messages_since(6),
      contents(ra:search_messages("TIDE 5")), #ra:search_messages("e"), #ra:search_messages(""),
      ra:message(2).content, ra:message(ra:message(6).key).content, ra:message(99),
      contents(ra:search_messages(6))`);
  assertEquals(seen, [
    ...[true, "Tide 5,tide 6", true, 0, "Tide 5", 6, 0, "Tide 2", "tide 6", undefined, "tide 6"],
  ]);
});

Deno.test("Realm.mark_read() counts what others said, for oneself only", async () => {
  using script = await open();
  const seen = script.run(`
    ra:send("one") ra:react(1, "+") ra:announce("two")
    indras.settle()
    rb:send("mine")
    local before = { rb:unread_count(b:id()), rb:last_read_seq(b:id()), math.type(rb:unread_count(b:id())) }
    local answered = select("#", rb:mark_read(b:id():upper()))
    indras.settle()
    return before, answered, rb:unread_count(b:id()), ra:unread_count(b:id()),
      math.type(rb:last_read_seq(b:id())), rb:last_read_seq(b:id()) == ra:last_read_seq(b:id())`);
  assertEquals(seen, [[1, 0, "integer"], 0, 0, 0, "integer", true]);
});

Deno.test("Realm.set_alias() keeps 77 characters, is seen by all, and can be taken away by all", async () => {
  using script = await open();
  const seen = script.run(`
    local none = ra:get_alias()
    local answered = select("#", ra:set_alias(("ä"):rep(80)))
    indras.settle()
    local length = utf8.len(rb:get_alias())
    answered = answered + select("#", rb:clear_alias())
    indras.settle()
    return none, answered, length, ra:get_alias()`);
  assertEquals(seen, [undefined, 0, 77, undefined]);
});

Deno.test("Realm.create_invite() limits an invite; invites() lists and revoke_invite() ends it", async () => {
  using script = await LuaScript.open();
  script.run(`
    a, b, c = indras.Network.new(), indras.Network.new(), indras.Network.new()
    a:start() b:start() c:start()
    a:connect_to(b) a:connect_to(c)
    realm = a:create_realm("Sailing")`);
  const [same, issued, once, invites] = script.run(`
    local standing = realm:invite_code()
    once = realm:create_invite{ max_uses = 1, expires_at = os.time() + 60 }
    b:join(once)
    indras.settle()
    return standing == realm:invite_code(), os.time(), once:sub(1, 12), realm:invites()`);
  const [standing, limited] = invites as Record<string, unknown>[];
  const [ben] = script.run("return b:id()");
  assertEquals([same, once], [true, "indra:realm:"]);
  assertEquals({ ...standing, id: 0, issued_at: 0 }, {
    ...{ id: 0, status: "open", issued_at: 0, used_by: {} },
  } as Record<string, unknown>);
  assertEquals({ ...limited, id: 0 }, {
    ...{ id: 0, status: "used_up", issued_at: issued, expires_at: Number(issued) + 60 },
    ...{ max_uses: 1, used_by: [ben] },
  } as Record<string, unknown>);
  const seen = script.run(`
    local joined = c:join(once)
    indras.settle()
    local id = realm:invites()[1].id:upper()
    return joined:is_member(), realm:member_count(), realm:revoke_invite(id), realm:revoke_invite(id),
      realm:invites()[1].status, realm:revoke_invite(("00"):rep(32))`);
  assertEquals(seen, [false, 2, true, false, "revoked", false]);
  assertEquals(script.raisedBy("c:join(once)") === undefined, true);
  const expired = script.raisedBy(`
    local late = a:create_realm("Late"):create_invite{ expires_at = os.time() }
    c:join(late)`);
  assertEquals([expired?.text.split(": ").at(-1), expired?.code], [
    "Invite expired",
    "invite_expired",
  ]);
});

Deno.test("Realm refuses wrong arguments, a wrong self and what is not allowed", async () => {
  using script = await open();
  const [id] = script.run("ra:send('one') return b:id()");
  const cases: [string, string, string | undefined][] = [
    ["ra:send()", "bad argument 'text': expected text, got nil", "bad_argument"],
    ["ra:send({})", "bad argument 'text': expected text, got table", "bad_argument"],
    ["ra:send(print)", "bad argument 'text': expected text, got function", "bad_argument"],
    ["ra:send('\\xff')", "bad argument 'text': not UTF-8", "bad_argument"],
    [
      "ra:send(('x'):rep(65537))",
      "Invalid operation: cannot send text: 65537 bytes, at most 65536",
      "too_large",
    ],
    ["ra:reply(nil, 'x')", "bad argument 'target': expected text, got nil", "bad_argument"],
    ["ra:reply({}, 'x')", "bad argument 'target': expected text, got table", "bad_argument"],
    [
      "ra:reply(1.5, 'x')",
      "bad argument 'target': expected an integer, got number 1.5",
      "bad_argument",
    ],
    ["ra:reply(1)", "bad argument 'text': expected text, got nil", "bad_argument"],
    [`ra:reply("${id}:9", 'x')`, `Message not found: ${id}:9`, "not_found"],
    ["ra:reply('nope', 'x')", "Message not found: nope", "not_found"],
    ["ra:react(1)", "bad argument 'emoji': expected text, got nil", "bad_argument"],
    ["ra:react(1, '')", "Invalid operation: cannot react: the emoji is empty", "invalid_operation"],
    ["ra:messages_since()", "bad argument 'id': expected an integer, got nil", "bad_argument"],
    ["ra:search_messages()", "bad argument 'query': expected text, got nil", "bad_argument"],
    ["ra:mark_read()", "bad argument 'member': expected text, got nil", "bad_argument"],
    [
      `ra:mark_read("${id}")`,
      "Invalid operation: messages are marked read by who reads them",
      "invalid_operation",
    ],
    ["ra:unread_count('x')", `Cannot parse member id "x": expected 64 hex digits`, "bad_argument"],
    ["ra:document()", "bad argument 'name': expected text, got nil", "bad_argument"],
    ["ra:set_alias()", "bad argument 'alias': expected text, got nil", "bad_argument"],
    [
      "ra:send_artifact('x')",
      `Cannot parse artifact id "x": expected 64 hex digits`,
      "bad_argument",
    ],
    [
      "ra:create_invite(5)",
      "bad argument 'limits': expected a table with named fields, got number 5",
      "bad_argument",
    ],
    [
      "ra:create_invite{ uses = 1 }",
      "bad argument 'limits': there is no field 'uses'",
      "bad_argument",
    ],
    [
      "ra:create_invite{ max_uses = 'x' }",
      "bad argument 'max_uses': expected an integer, got string x",
      "bad_argument",
    ],
    [
      "ra:create_invite{ expires_at = -1 }",
      "bad argument 'expires_at': expected seconds from 0, got number -1",
      "bad_argument",
    ],
    ["ra:revoke_invite('x')", `Cannot parse invite id "x": expected 64 hex digits`, "bad_argument"],
    [
      "rb:rename('x')",
      "Invalid operation: only its creator can rename a realm",
      "invalid_operation",
    ],
    ["ra.send(a, 'x')", "bad self: expected Realm (call it as object:send(...))", "bad_argument"],
    ["ra:no_such_method()", "attempt to call a nil value (method 'no_such_method')", undefined],
  ];
  for (const [source, said, code] of cases) {
    const raised = script.raisedBy(source);
    assertEquals([source, raised?.text, raised?.code], [source, `a.lua:1: ${said}`, code]);
  }
  assertEquals(script.run("return #ra:all_messages()"), [1]);
});

Deno.test("the same realm and the same document are the same userdata, also across garbage collection", async () => {
  using script = await open();
  const seen = script.run(`
    local keys = { [ra] = 1, [ra:document("log")] = 2 }
    local other = ra:document("other")
    collectgarbage() collectgarbage()
    return ra == a:get_realm(ra:id():upper()), ra ~= rb, keys[a:get_realm(ra:id())],
      keys[ra:document("log")], ra:document("log") ~= other, ra:document("log") ~= rb:document("log"),
      a:home_realm() == a:home_realm(), a:contacts_realm() == a:contacts_realm(),
      a:home_realm():document("x") == a:home_realm():document("x")`);
  assertEquals(seen, [true, true, 1, 2, true, true, true, true, true]);
});

Deno.test("realms can be used inside pcall, coroutines, metamethods, callbacks and comparators", async () => {
  using script = await open();
  const seen = script.run(`
    for _, text in ipairs({ "c", "a", "b" }) do ra:send(text) end
    local proxy = setmetatable({}, {
      __index = function(_, id) return ra:message(id).content end,
      __len = function() return #ra:all_messages() end,
      __add = function(_, text) return ra:send(text) end,
      __close = function() ra:send("closed") end,
    })
    local order = { 1, 2, 3 }
    table.sort(order, function(x, y) return ra:message(x).content < ra:message(y).content end)
    local replaced = ("123"):gsub("%d", function(id) return ra:message(id).content end)
    local inside = coroutine.wrap(function() coroutine.yield(ra:send("d")) end)()
    local ok, failed = pcall(function() return pcall(ra.send, ra) end)
    do local _ <close> = proxy end
    return proxy[1], #proxy, proxy + "e", order, replaced, inside, ok, failed, ra:name()`);
  assertEquals(seen, ["c", 5, 6, [2, 3, 1], "cab", 4, true, false, "Sailing"]);
});

Deno.test("Network.connect() gives both the same direct realm; connect_by_code() keeps the name", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start()
    a:connect_to(b)
    a:set_display_name("Ada")
    local direct = a:connect(b:id():upper())
    direct:send("hello")
    indras.settle()
    local contacts = b:contacts_realm()
    local asked = { #b:realms(), contacts:get_status(a:id()), contacts:is_contact(a:id()),
      contacts:requests()[1].name, contacts:requests()[1].id == a:id() }
    local answer = b:connect_by_code(a:identity_uri())
    indras.settle()
    return asked, direct:id() == answer:id(), direct == a:connect(b:id()), direct:name(),
      answer:all_messages()[1].content, answer:member_count(), contacts:get_name(a:id()),
      contacts:get_status(a:id()), a:contacts_realm():get_status(b:id()), #contacts:requests()`);
  assertEquals(seen, [
    [0, "pending", false, "Ada", true],
    ...[true, true, undefined, "hello", 2, "Ada", "confirmed", "confirmed", 0],
  ]);
});
