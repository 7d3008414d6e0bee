--- Two people find each other by id, code and URI; what is sent before the other side opens arrives.
--- needs: nothing
--- seed: 22

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = helpers.create_networks(4)
local a, b, c, d = table.unpack(nets)
a:set_display_name("Ada")
b:set_display_name("Ben")
c:set_display_name("Cleo & Co. 🌱")

helpers.section(1, "a link is no acquaintance: no realm, no contact")
expect.nothing(function() return a:connect_to(b) end)
helpers.connect_all(nets)
indras.settle()
for i, net in ipairs(nets) do
  check.eq(net:realms(), {}, "realms of peer " .. i)
  check.eq(net:contacts_realm():contact_count(), 0, "contacts of peer " .. i)
end

helpers.section(2, "A connects to B: the realm is there at once, and the same one each time")
local direct = a:connect(b:id())
assert.match(direct:id(), "^[0-9a-f]+$")
check.len(direct:id(), 64)
check.true_(a:connect(b:id()) == direct)
check.true_(a:connect(b:id():upper()) == direct)
check.true_(a:get_realm(direct:id()) == direct)
check.true_(a:get_realm(direct:id():upper()) == direct)
check.eq(a:realms(), { direct:id() })
check.nil_(direct:name(), "nobody gave it a name")
check.eq(tostring(direct), ("Realm(id=%s, name=unnamed)"):format(direct:id():sub(1, 8)))
expect.integer(direct:member_count(), 2)
check.eq(a:contacts_realm():contacts_list(), { b:id() })
check.eq(a:contacts_realm():get_status(b:id()), "pending")

helpers.section(3, "what A says before B opens it waits there, and B is not overrun")
expect.integer(direct:send("Are you there?"), 1)
expect.integer(direct:send("It is about the boat."), 2)
indras.settle()
check.eq(b:realms(), {}, "nothing opens by itself")
check.nil_(b:get_realm(direct:id()))
check.eq(b:contacts_realm():is_contact(a:id()), false)
check.eq(b:contacts_realm():get_status(a:id()), "pending", "a request")
check.eq(expect.pluck(b:contacts_realm():requests(), "id"), { a:id() })
check.eq(a:contacts_realm():get_status(b:id()), "pending", "B has not answered")

helpers.section(4, "B connects to A: the same id from this side, and everything is in it")
local bens = b:connect(a:id())
check.eq(bens:id(), direct:id(), "the id is the same from both sides")
check.eq(expect.contents(bens), { "Are you there?", "It is about the boat." })
check.eq(expect.pluck(bens:all_messages(), "sender_id"), { a:id(), a:id() })
check.eq(b:contacts_realm():get_status(a:id()), "confirmed", "both want it")
check.eq(b:contacts_realm():requests(), {})
indras.settle()
check.eq(a:contacts_realm():get_status(b:id()), "confirmed", "the answer has arrived")
check.eq(bens:all_messages()[1].sender_name, "Ada")
check.eq(bens:member_count(), 2)
local members = { { id = a:id(), name = "Ada" }, { id = b:id(), name = "Ben" } }
table.sort(members, function(left, right) return left.id < right.id end)
check.eq(direct:member_list(), members)
check.eq(bens:member_list(), members)

helpers.section(5, "they talk: the same words, senders, targets and order at both")
local answer = bens:reply(1, "Yes.")
direct:react(answer, "👍")
bens:reply(direct:all_messages()[2].key, "Which boat?")
indras.settle()
expect.same_history({ direct, bens }, 5)
local said = bens:all_messages()
check.eq(expect.pluck(said, "content"), { "Are you there?", "It is about the boat.", "Yes.", "👍", "Which boat?" })
for i, sender in ipairs({ a, a, b, a, b }) do
  check.eq(said[i].sender_id, sender:id(), "sender of message " .. i)
end
check.eq(said[3].reply_to, 1)
check.eq(said[4].type, "reaction")
check.eq(said[4].reaction_target, answer)
check.eq(said[5].reply_to, 2)
bens:document("plans"):update({ boat = "Petrel", berths = 4 })
indras.settle()
check.eq(direct:document("plans"):read(), { boat = "Petrel", berths = 4 })

helpers.section(6, "a code, in all the ways in which people pass it on")
local code = c:identity_code()
check.len(code, 64)
assert.match(code, "^indra1[0-9a-z]+$")
local with_c = a:connect_by_code(code)
for _, way in ipairs({ code:upper(), "  " .. code .. "\n", "indra://" .. code, "INDRA://" .. code:upper(), c:identity_uri() }) do
  check.true_(a:connect_by_code(way) == with_c, way)
end
check.eq(a:connect(c:id()):id(), with_c:id())
check.ne(with_c:id(), direct:id())
local both = { direct:id(), with_c:id() }
table.sort(both)
check.eq(a:realms(), both)

helpers.section(7, "a name in a URI is a suggestion for a contact that has none")
assert.string_includes(c:identity_uri(), code)
check.eq(c:identity_uri(), code .. "?name=Cleo%20%26%20Co.%20%F0%9F%8C%B1")
check.eq(d:identity_uri(), d:identity_code(), "D has no name")
check.eq(a:contacts_realm():get_name(c:id()), "Cleo & Co. 🌱")
a:connect_by_code(code .. "?name=Somebody%20else")
check.eq(a:contacts_realm():get_name(c:id()), "Cleo & Co. 🌱")
b:contacts_realm():add_contact_with_name(c:id(), "My Cleo")
b:connect_by_code(c:identity_uri())
check.eq(b:contacts_realm():get_name(c:id()), "My Cleo")

helpers.section(8, "both connect at once, each offline: one realm, both beginnings in it")
local function alone(net, other, words)
  net:go_offline()
  local realm = net:connect(other:id())
  realm:send(words)
  return realm
end
local cs, ds = alone(c, d, "from C"), alone(d, c, "from D")
check.eq(cs:id(), ds:id())
check.eq(expect.contents(cs), { "from C" })
check.eq(expect.contents(ds), { "from D" })
c:go_online()
d:go_online()
expect.converged()
expect.same_history({ cs, ds }, 2)
check.eq(expect.pluck(cs:all_messages(), "id"), { 1, 1 }, "neither had seen the other")
local first, second = c, d
if d:id() < c:id() then first, second = d, c end
check.eq(expect.pluck(cs:all_messages(), "sender_id"), { first:id(), second:id() }, "equal ids go by sender")
check.eq(c:contacts_realm():get_status(d:id()), "confirmed")
check.eq(d:contacts_realm():get_status(c:id()), "confirmed")

helpers.section(9, "what is said while the other is away arrives, in order and once")
b:go_offline()
for n = 1, 5 do
  direct:send("while you slept " .. n)
  indras.sleep(3600)
end
check.len(bens:all_messages(), 5)
b:go_online()
expect.converged()
expect.same_history({ direct, bens }, 10)
check.eq(expect.contents(bens)[10], "while you slept 5")

helpers.section(10, "nobody else can be invited into it, and it is no secret that lets one in")
for _, realm in ipairs({ direct, bens }) do
  expect.refused(function() realm:invite_code() end, "invalid_operation", "into a direct message")
  expect.refused(function() realm:create_invite({ max_uses = 1 }) end, "invalid_operation", "into a direct message")
  check.eq(realm:invites(), {})
end
check.nil_(d:get_realm(direct:id()), "to know the id is not to be in it")
indras.settle()
for i, realm in ipairs({ direct, bens }) do
  expect.integer(realm:member_count(), 2, "members at side " .. i)
end
direct:send("still between us")
expect.converged()
expect.same_history({ direct, bens }, 11)

helpers.section(11, "a crash on either side takes nothing away")
a:crash()
bens:send("into the silence")
a:start()
expect.converged()
check.true_(a:connect(b:id()) == a:get_realm(direct:id()))
expect.same_history({ a:get_realm(direct:id()), bens }, 12)
check.eq(a:contacts_realm():get_status(b:id()), "confirmed")
check.eq(a:realms(), both)

helpers.section(12, "who leaves is gone for good, also after a crash, and gets nothing more")
expect.nothing(function() return b:leave_realm(direct:id()) end)
check.nil_(b:get_realm(direct:id()))
b:crash()
b:start()
check.nil_(b:get_realm(direct:id()))
a:get_realm(direct:id()):send("to nobody")
indras.settle()
check.nil_(b:get_realm(direct:id()), "A's words do not open it again")
expect.refused(function() b:leave_realm(direct:id()) end, "not_found", "Realm not found: " .. direct:id())

helpers.section(13, "oneself is nobody to connect to")
expect.refused(function() a:connect(a:id()) end, "invalid_operation", "Invalid operation: ")
expect.refused(function() a:connect_by_code(a:identity_code()) end, "invalid_operation", "Invalid operation: ")
check.eq(a:contacts_realm():is_contact(a:id()), false)

helpers.section(14, "what is no id, and what is no code, is nobody")
for _, bad in ipairs({ "", "Ben", ("0"):rep(63), ("0"):rep(65), ("g"):rep(64), code }) do
  expect.refused(function() a:connect(bad) end, nil, "expected 64 hex digits")
end
for _, bad in ipairs({
  "", "Ben", b:id(), -- an id is no code
  code:sub(1, 63), code .. "q", -- the length
  "Indra1" .. code:sub(7), -- one case or the other
  "indrb1" .. code:sub(7), -- the prefix
  code:sub(1, 62) .. (code:sub(63, 63) == "q" and "p" or "q") .. code:sub(64), -- one wrong letter
  "http://" .. code,
  code .. "?nick=Cleo", code .. "?name=", code .. "?name=%zz", code .. "?name=a%0Ab",
}) do
  expect.refused(function() a:connect_by_code(bad) end, "invalid_code", "Invalid invite code: ")
end
for _, bad in ipairs({ {}, print, false }) do
  expect.refused(function() a:connect(bad) end, nil, "expected text")
  expect.refused(function() a:connect_by_code(bad) end, nil, "expected text")
end
check.eq(a:realms(), both, "nothing came of it")

helpers.section(15, "who is not on the network cannot connect, and a link needs two networks")
d:stop()
check.eq(d:is_running(), false)
expect.refused(function() d:connect(a:id()) end, "not_started", "Network not started")
expect.refused(function() d:connect_by_code(code) end, "not_started", "Network not started")
expect.refused(function() d:leave_realm(ds:id()) end, "not_started", "Network not started")
expect.refused(function() a:connect_to(b:id()) end, nil, "expected Network, got string")
expect.refused(function() a:disconnect_from(nil) end, nil, "expected Network, got nil")

helpers.section(16, "somebody who has never been there can be written to: it waits")
local nobody = a:connect(("0f"):rep(32))
nobody:send("one day perhaps")
indras.settle()
check.eq(expect.contents(nobody), { "one day perhaps" })
check.eq(a:contacts_realm():get_status(("0f"):rep(32)), "pending")

helpers.pass("live_direct_connect")
