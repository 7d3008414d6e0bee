import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

/** A started network `a`, its contacts, and ids of three others. */
const CONTACTS = `
  a = indras.Network.new()
  a:start()
  contacts = a:contacts_realm()
  ben, cleo, dan = ("b2"):rep(32), ("c3"):rep(32), ("d4"):rep(32)
`;

async function open(): Promise<LuaScript> {
  const script = await LuaScript.open();
  script.run(CONTACTS);
  return script;
}

Deno.test("ContactsRealm adds, counts, lists in order and removes", async () => {
  using script = await open();
  const seen = script.run(`
    local answered = select("#", contacts:add_contact(cleo)) + select("#", contacts:add_contact(cleo))
      + select("#", contacts:add_contact_with_name(ben:upper(), "Ben"))
    local list = contacts:contacts_list()
    return answered, list, contacts:contact_count(), math.type(contacts:contact_count()),
      contacts:is_contact(ben), contacts:is_contact(dan), contacts:get_name(ben),
      contacts:get_name(cleo), contacts:remove_contact(ben), contacts:remove_contact(ben),
      contacts:contact_count()`);
  const list = ["b2".repeat(32), "c3".repeat(32)];
  assertEquals(seen, [
    ...[0, list, 2, "integer", true, false, "Ben", undefined, true, false, 1],
  ]);
  const [id, shown] = script.run("return contacts:id(), tostring(contacts)");
  assertEquals([/^[0-9a-f]{64}$/.test(String(id)), shown], [
    true,
    `ContactsRealm(id=${String(id).slice(0, 8)})`,
  ]);
});

Deno.test("ContactsRealm.get_status() is nil, pending, then confirmed", async () => {
  using script = await open();
  const seen = script.run(`
    local before = contacts:get_status(ben)
    contacts:add_contact(ben)
    local added = contacts:get_status(ben)
    local answered = select("#", contacts:confirm_contact(ben))
    contacts:confirm_contact(ben)
    return before, added, answered, contacts:get_status(ben)`);
  assertEquals(seen, [undefined, "pending", 0, "confirmed"]);
});

Deno.test("ContactsRealm.update_sentiment() keeps the nearest of -1, 0 and 1, an integer", async () => {
  using script = await open();
  const seen = script.run(`
    contacts:add_contact(ben)
    local found = { contacts:get_sentiment(ben) }
    for _, n in ipairs({ 1, -1, 7, -7, 0, 1.0, "1", -2.0, math.maxinteger, math.mininteger }) do
      contacts:update_sentiment(ben, n)
      found[#found + 1] = contacts:get_sentiment(ben)
      assert(math.type(found[#found]) == "integer")
    end
    return found, select("#", contacts:update_sentiment(ben, 0))`);
  assertEquals(seen, [[0, 1, -1, 1, -1, 0, 1, 1, -1, 1, -1], 0]);
});

Deno.test("ContactsRealm.set_relayable() takes true or false; at first a contact is relayable", async () => {
  using script = await open();
  const seen = script.run(`
    contacts:add_contact(ben)
    local first = contacts:is_relayable(ben)
    local answered = select("#", contacts:set_relayable(ben, false))
    return first, answered, contacts:is_relayable(ben)`);
  assertEquals(seen, [true, 0, false]);
});

Deno.test("ContactsRealm.block() ends a contact until unblock(), and does not bring it back", async () => {
  using script = await open();
  const seen = script.run(`
    contacts:add_contact(ben)
    local blocked, again = contacts:block(ben), contacts:block(ben)
    contacts:block(cleo)
    local list, was = contacts:blocked(), contacts:is_blocked(ben)
    local ok, e = pcall(contacts.add_contact, contacts, ben)
    local unblocked, twice = contacts:unblock(ben), contacts:unblock(ben)
    return blocked, again, list, was, contacts:contact_count(), ok, e.code, unblocked, twice,
      contacts:is_blocked(ben), contacts:is_contact(ben)`);
  assertEquals(seen, [
    ...[true, false, ["b2".repeat(32), "c3".repeat(32)], true, 0, false, "invalid_operation"],
    ...[true, false, false, false],
  ]);
});

Deno.test("ContactsRealm.requests() lists strangers until they are answered", async () => {
  using script = await open();
  const seen = script.run(`
    local b = indras.Network.new()
    b:start()
    b:connect_to(a)
    local began = os.time()
    b:connect(a:id()):send("hello")
    indras.settle()
    local request = contacts:requests()[1]
    local first = { #contacts:requests(), request.id == b:id(), request.name,
      request.received_at >= began, math.type(request.received_at) }
    contacts:confirm_contact(b:id())
    return first, #contacts:requests(), contacts:get_status(b:id()), contacts:contacts_list()[1] == b:id()`);
  assertEquals(seen, [[1, true, undefined, true, "integer"], 0, "confirmed", true]);
});

Deno.test("ContactsRealm refuses oneself, strangers and wrong arguments", async () => {
  using script = await open();
  const dan = "d4".repeat(32);
  const stranger = `Invalid operation: "${dan}" is no contact`;
  script.run("contacts:add_contact(ben)");
  const cases: [string, string, string | undefined][] = [
    ["contacts:confirm_contact(dan)", stranger, "invalid_operation"],
    ["contacts:update_sentiment(dan, 1)", stranger, "invalid_operation"],
    ["contacts:get_sentiment(dan)", stranger, "invalid_operation"],
    ["contacts:set_relayable(dan, true)", stranger, "invalid_operation"],
    [
      "contacts:add_contact(a:id())",
      "Invalid operation: one cannot be one's own contact",
      "invalid_operation",
    ],
    ["contacts:block(a:id())", "Invalid operation: one cannot block oneself", "invalid_operation"],
    [
      "contacts:add_contact('x')",
      `Cannot parse member id "x": expected 64 hex digits`,
      "bad_argument",
    ],
    ["contacts:is_contact()", "bad argument 'member': expected text, got nil", "bad_argument"],
    [
      "contacts:add_contact_with_name(ben)",
      "bad argument 'name': expected text, got nil",
      "bad_argument",
    ],
    [
      "contacts:update_sentiment(ben)",
      "bad argument 'sentiment': expected a number, got nil",
      "bad_argument",
    ],
    [
      "contacts:update_sentiment(ben, 'much')",
      "bad argument 'sentiment': expected a number, got string much",
      "bad_argument",
    ],
    [
      "contacts:update_sentiment(ben, 0/0)",
      "bad argument 'sentiment': expected a number, got number NaN",
      "bad_argument",
    ],
    [
      "contacts:update_sentiment(ben, 0.5)",
      "bad argument 'sentiment': expected an integer, got number 0.5",
      "bad_argument",
    ],
    [
      "contacts:set_relayable(ben, 1)",
      "bad argument 'relayable': expected true or false, got number 1",
      "bad_argument",
    ],
    [
      "contacts:set_relayable(ben)",
      "bad argument 'relayable': expected true or false, got nil",
      "bad_argument",
    ],
    [
      "contacts.id(a)",
      "bad self: expected ContactsRealm (call it as object:id(...))",
      "bad_argument",
    ],
  ];
  for (const [source, said, code] of cases) {
    const raised = script.raisedBy(source);
    assertEquals([source, raised?.text, raised?.code], [source, `a.lua:1: ${said}`, code]);
  }
});
