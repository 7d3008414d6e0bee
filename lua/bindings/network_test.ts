import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

Deno.test("Network has an id from the start, 64 lowercase hex digits, and its own home realm", async () => {
  using script = await LuaScript.open();
  const [id, same, home, other] = script.run(`
    local net = indras.Network.new()
    local id = net:id()
    net:start()
    return id, id == net:id() and id == net:member_id(), net:home_realm():id(),
      indras.Network.new():id()`);
  for (const hex of [id, home, other]) assertEquals(/^[0-9a-f]{64}$/.test(String(hex)), true);
  assertEquals([same, id !== other, id !== home], [true, true, true]);
});

Deno.test("Network.start() and stop() answer nothing; stopping twice is harmless", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local net = indras.Network.new()
    local seen = { net:is_running() }
    seen[2] = select("#", net:start())
    seen[3] = net:is_running()
    seen[4] = select("#", net:stop())
    seen[5] = select("#", net:stop())
    seen[6] = net:is_running()
    net:start()
    seen[7] = net:is_running()
    return seen`);
  assertEquals(seen, [[false, 0, true, 0, 0, false, true]]);
});

Deno.test("Network refuses what it cannot do, with text and code", async () => {
  using script = await LuaScript.open();
  script.run("a, b = indras.Network.new(), indras.Network.new() b:start()");
  const id = "00".repeat(32);
  const cases: [string, string, string | undefined][] = [
    ["b:start()", "Network already started", "already_started"],
    ["a:home_realm()", "Network not started", "not_started"],
    [
      "a:connect_to(a)",
      `Invalid operation: "${script.run("return a:id()")[0]}" linked to itself`,
      "invalid_operation",
    ],
    [
      "a:disconnect_from(a)",
      `Invalid operation: "${script.run("return a:id()")[0]}" linked to itself`,
      "invalid_operation",
    ],
    ["indras.Network.new({})", "bad argument 'path': expected text, got table", "bad_argument"],
    ["a:contacts_realm()", "Network not started", "not_started"],
    ["a:create_realm('x')", "Network not started", "not_started"],
    ["a:join('x')", "Network not started", "not_started"],
    ["a:connect(b:id())", "Network not started", "not_started"],
    ["a:connect_by_code(b:identity_code())", "Network not started", "not_started"],
    [`a:leave_realm("${id}")`, "Network not started", "not_started"],
    [`b:leave_realm("${id}")`, `Realm not found: ${id}`, "not_found"],
    ["b:leave_realm('x')", `Cannot parse realm id "x": expected 64 hex digits`, "bad_argument"],
    ["b:get_realm('x')", `Cannot parse realm id "x": expected 64 hex digits`, "bad_argument"],
    ["b:get_realm()", "bad argument 'realm_id': expected text, got nil", "bad_argument"],
    ["b:connect(b:id())", "Invalid operation: cannot connect to oneself", "invalid_operation"],
    ["b:connect('x')", `Cannot parse member id "x": expected 64 hex digits`, "bad_argument"],
    ["b:create_realm()", "bad argument 'name': expected text, got nil", "bad_argument"],
    ["b:create_realm({})", "bad argument 'name': expected text, got table", "bad_argument"],
    ["b:set_display_name()", "bad argument 'name': expected text, got nil", "bad_argument"],
    [
      "b:set_display_name(print)",
      "bad argument 'name': expected text, got function",
      "bad_argument",
    ],
    ["b:set_display_name('\\xff')", "bad argument 'name': not UTF-8", "bad_argument"],
    ["b:join('nope')", "Invalid invite code: it is damaged or not whole", "invalid_invite"],
    ["b:join()", "bad argument 'invite': expected text, got nil", "bad_argument"],
    ["a:connect_to()", "bad argument 'other': expected Network, got nil", "bad_argument"],
    ["a:connect_to(b:id())", "bad argument 'other': expected Network, got string", "bad_argument"],
    ["a:connect_to({})", "bad argument 'other': expected Network, got table", "bad_argument"],
    [
      "a:connect_to(b:home_realm())",
      "bad argument 'other': expected Network, got HomeRealm",
      "bad_argument",
    ],
    [
      "a:disconnect_from(5)",
      "bad argument 'other': expected Network, got number 5",
      "bad_argument",
    ],
    ["a:artifact('xyz')", `Cannot parse artifact id "xyz": expected 64 hex digits`, "bad_argument"],
    ["a:artifact(nil)", "bad argument 'artifact_id': expected text, got nil", "bad_argument"],
    [
      `a:known_heads("${id}", "${id}0")`,
      `Cannot parse member id "${id}0": expected 64 hex digits`,
      "bad_argument",
    ],
    [`a:known_heads("${id}")`, "bad argument 'member': expected text, got nil", "bad_argument"],
    ["a.start()", "bad self: expected Network (call it as object:start(...))", "bad_argument"],
    ["a.start('x')", "bad self: expected Network (call it as object:start(...))", "bad_argument"],
    [
      "a.id(b:home_realm())",
      "bad self: expected Network (call it as object:id(...))",
      "bad_argument",
    ],
    ["a:no_such_method()", "attempt to call a nil value (method 'no_such_method')", undefined],
    ["a.id = 5", "attempt to index a Network value (global 'a')", undefined],
  ];
  for (const [source, said, code] of cases) {
    const raised = script.raisedBy(source);
    const text = raised?.text.replace(/(got string) \S+$/, "$1");
    assertEquals([source, text, raised?.code], [source, `a.lua:1: ${said}`, code]);
  }
});

Deno.test("Network.artifact() is nil for what is not here; known_heads() is an empty list", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a = indras.Network.new()
    local id = ("AB"):rep(32)
    return type(a:artifact(id)), #a:known_heads(id, id), select("#", a:artifact(id))`);
  assertEquals(seen, ["nil", 0, 1]);
});

Deno.test("the same object is the same userdata, also across garbage collection", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start()
    local home = a:home_realm()
    local story = home:create_artifact("story")
    local keys = { [a] = 1, [home] = 2, [story] = 3 }
    collectgarbage()
    return a ~= b, home == a:home_realm(), story == a:artifact(story:id()),
      keys[a:home_realm()], keys[a:artifact(story:id())]`);
  assertEquals(seen, [true, true, true, 2, 3]);
});

Deno.test("tostring() of a network shows 8 digits and whether it runs; it shows nothing else", async () => {
  using script = await LuaScript.open();
  const [id, stopped, started, metatable] = script.run(`
    local net = indras.Network.new()
    local stopped = tostring(net)
    net:start()
    return net:id(), stopped, tostring(net), getmetatable(net)`);
  const digits = String(id).slice(0, 8);
  assertEquals([stopped, started, metatable], [
    `Network(id=${digits}, running=false)`,
    `Network(id=${digits}, running=true)`,
    false,
  ]);
});

Deno.test("Network.go_offline() holds back what others send until go_online()", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start()
    local answered = select("#", a:connect_to(b))
    local story = a:home_realm():create_artifact("story")
    story:grant(b:id(), "revocable")
    indras.settle()
    answered = answered + select("#", b:go_offline())
    story:append_ref(("ab"):rep(32))
    indras.settle()
    local while_away = #b:artifact(story:id()):references()
    answered = answered + select("#", b:go_online())
    indras.settle()
    return answered, while_away, #b:artifact(story:id()):references(), b:is_running()`);
  assertEquals(seen, [0, 0, 1, true]);
});

Deno.test("Network.disconnect_from() takes the link down in both directions, and nothing else", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start()
    a:connect_to(b) b:connect_to(a)
    local story = a:home_realm():create_artifact("story")
    story:grant(b:id(), "revocable")
    indras.settle()
    local heads = story:heads()
    local answered = select("#", b:disconnect_from(a))
    story:append_ref(("ab"):rep(32))
    b:artifact(story:id()):append_ref(("cd"):rep(32))
    indras.settle()
    local apart = { #story:references(), #b:artifact(story:id()):references() }
    local known = a:known_heads(story:id(), b:id())[1] == heads[1]
    a:connect_to(b)
    indras.settle()
    return answered, apart, known, #story:references(), #b:artifact(story:id()):references()`);
  assertEquals(seen, [0, [1, 1], true, 2, 2]);
});

Deno.test("a network that was stopped continues with what it had", async () => {
  using script = await LuaScript.open();
  const seen = script.run(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start()
    a:connect_to(b)
    local story = a:home_realm():create_artifact("story")
    story:grant(b:id(), "revocable")
    indras.settle()
    b:stop()
    story:append_ref(("ab"):rep(32))
    indras.settle()
    local stopped = #b:artifact(story:id()):references()
    b:start()
    indras.settle()
    return stopped, #b:artifact(story:id()):references()`);
  assertEquals(seen, [0, 1]);
});
