--- Contacts from the first day to the last: kept, liked, confirmed, forgotten, and nobody else's business.
--- needs: nothing
--- seed: 21

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = helpers.create_networks(5)
local a, b, c, d, e = table.unpack(nets)
helpers.connect_all(nets)
local contacts = a:contacts_realm()
local STRANGER = ("ab"):rep(32)

helpers.section(1, "a new network knows nobody")
check.eq(contacts:contacts_list(), {})
expect.integer(contacts:contact_count(), 0)
check.eq(contacts:is_contact(b:id()), false)
check.nil_(contacts:get_status(b:id()))
check.true_(a:contacts_realm() == contacts, "the same object each time")

helpers.section(2, "each member has contacts of its own, under an id of its own")
local ids = {}
for _, net in ipairs(nets) do
  local id = net:contacts_realm():id()
  assert.match(id, "^[0-9a-f]+$")
  check.len(id, 64)
  check.nil_(ids[id], "no two have the same id")
  ids[id] = true
  check.ne(id, net:home_realm():id())
end

helpers.section(3, "adding: pending, neither liked nor disliked, and once only")
expect.nothing(function() return contacts:add_contact(b:id()) end)
check.eq(contacts:is_contact(b:id()), true)
check.eq(contacts:get_status(b:id()), "pending")
expect.integer(contacts:get_sentiment(b:id()), 0)
check.eq(contacts:is_relayable(b:id()), true)
check.nil_(contacts:get_name(b:id()))
contacts:add_contact(b:id())
contacts:add_contact(b:id():upper()) -- an id is taken in either case
expect.integer(contacts:contact_count(), 1)
check.eq(contacts:contacts_list(), { b:id() })

helpers.section(4, "adding with a name: the first name stays, a missing one is filled in")
expect.nothing(function() return contacts:add_contact_with_name(c:id(), "Cleo") end)
check.eq(contacts:get_name(c:id()), "Cleo")
check.eq(contacts:get_status(c:id()), "pending")
contacts:add_contact_with_name(c:id(), "Somebody else")
check.eq(contacts:get_name(c:id()), "Cleo")
contacts:add_contact_with_name(b:id(), "Ben 🌱")
check.eq(contacts:get_name(b:id()), "Ben 🌱")
expect.integer(contacts:contact_count(), 2)

helpers.section(5, "the list is in the order of the ids, whatever the order of adding")
contacts:add_contact(e:id())
contacts:add_contact(d:id())
local everybody = { b:id(), c:id(), d:id(), e:id() }
table.sort(everybody)
check.eq(contacts:contacts_list(), everybody)
expect.integer(contacts:contact_count(), 4)
contacts:contacts_list()[1] = "scribbled on"
check.eq(contacts:contacts_list(), everybody, "the list is a fresh one each time")

helpers.section(6, "sentiment: -1, 0 or 1, and what is beyond is clamped")
for _, case in ipairs({
  { 1, 1 }, { -1, -1 }, { 0, 0 }, { 2, 1 }, { -7, -1 }, { math.maxinteger, 1 }, { math.mininteger, -1 },
  { 1.0, 1 }, { "-1", -1 }, { "0", 0 },
}) do
  expect.nothing(function() return contacts:update_sentiment(b:id(), case[1]) end)
  expect.integer(contacts:get_sentiment(b:id()), case[2], "sentiment " .. tostring(case[1]))
end
contacts:update_sentiment(b:id(), 1)
expect.integer(contacts:get_sentiment(c:id()), 0, "that of the others is theirs")

helpers.section(7, "relayable, until somebody says otherwise")
expect.nothing(function() return contacts:set_relayable(b:id(), false) end)
check.eq(contacts:is_relayable(b:id()), false)
check.eq(contacts:is_relayable(c:id()), true)
contacts:set_relayable(b:id(), true)
check.eq(contacts:is_relayable(b:id()), true)
contacts:set_relayable(b:id(), false)

helpers.section(8, "confirming changes the status and nothing else")
expect.nothing(function() return contacts:confirm_contact(b:id()) end)
check.eq(contacts:get_status(b:id()), "confirmed")
expect.integer(contacts:get_sentiment(b:id()), 1)
check.eq(contacts:is_relayable(b:id()), false)
check.eq(contacts:get_name(b:id()), "Ben 🌱")
check.eq(contacts:get_status(c:id()), "pending")
contacts:confirm_contact(b:id()) -- again is harmless
contacts:add_contact(b:id()) -- and does not make it pending
check.eq(contacts:get_status(b:id()), "confirmed")

helpers.section(9, "nobody else hears of it: no contact, no realm, not an envelope")
indras.settle()
for i = 2, #nets do
  check.eq(nets[i]:contacts_realm():contacts_list(), {}, "contacts of peer " .. i)
  check.nil_(nets[i]:contacts_realm():get_status(a:id()), "status of A at peer " .. i)
  check.eq(nets[i]:realms(), {}, "realms of peer " .. i)
end
check.eq(indras.stats().envelopes, 0)

helpers.section(10, "both add each other: still nobody's word confirms the other")
b:contacts_realm():add_contact(a:id())
indras.settle()
check.eq(b:contacts_realm():get_status(a:id()), "pending")
check.eq(contacts:get_status(b:id()), "confirmed")

helpers.section(11, "removing: true once, and nothing of it is left")
check.eq(contacts:remove_contact(b:id()), true)
check.eq(contacts:remove_contact(b:id()), false)
check.eq(contacts:is_contact(b:id()), false)
check.nil_(contacts:get_status(b:id()))
expect.integer(contacts:contact_count(), 3)
assert.equals(b:contacts_realm():is_contact(a:id()), true, "what B keeps is B's")
contacts:add_contact(b:id())
check.eq(contacts:get_status(b:id()), "pending", "whoever comes back begins anew")
expect.integer(contacts:get_sentiment(b:id()), 0)
check.eq(contacts:is_relayable(b:id()), true)
check.nil_(contacts:get_name(b:id()))
check.eq(contacts:remove_contact(STRANGER), false, "who was never there")

helpers.section(12, "people who meet in a realm are no contacts for that")
local garden = a:create_realm("Garden")
e:join(garden:invite_code())
indras.settle()
check.eq(garden:member_count(), 2)
check.eq(e:contacts_realm():contacts_list(), {})
check.eq(e:contacts_realm():requests(), {})

helpers.section(13, "a crash loses nothing of it")
contacts:update_sentiment(c:id(), -1)
contacts:set_relayable(c:id(), false)
contacts:confirm_contact(c:id())
a:crash()
expect.refused(function() a:contacts_realm() end, "not_started", "Network not started")
a:start()
contacts = a:contacts_realm()
check.eq(contacts:contacts_list(), everybody)
check.eq(contacts:get_status(c:id()), "confirmed")
check.eq(contacts:get_status(b:id()), "pending")
expect.integer(contacts:get_sentiment(c:id()), -1)
check.eq(contacts:is_relayable(c:id()), false)
check.eq(contacts:get_name(c:id()), "Cleo")

helpers.section(14, "who is no contact cannot be confirmed, judged or hidden")
for name, act in pairs({
  confirm_contact = function(who) contacts:confirm_contact(who) end,
  update_sentiment = function(who) contacts:update_sentiment(who, 1) end,
  get_sentiment = function(who) contacts:get_sentiment(who) end,
  set_relayable = function(who) contacts:set_relayable(who, true) end,
}) do
  expect.refused(function() act(STRANGER) end, "invalid_operation", "Invalid operation: ")
  expect.refused(function() act(a:id()) end, "invalid_operation", "Invalid operation: ")
  expect.refused(function() act("Cleo") end, nil, "expected 64 hex digits")
  expect.refused(function() act(nil) end, nil, "expected text, got nil")
  check.eq(contacts:is_contact(STRANGER), false, name .. " makes nobody a contact")
end

helpers.section(15, "one is not one's own contact, and what is no id is nobody")
expect.refused(function() contacts:add_contact(a:id()) end, "invalid_operation", "Invalid operation: ")
expect.refused(function() contacts:add_contact_with_name(a:id(), "Me") end, "invalid_operation", "Invalid operation: ")
for _, bad in ipairs({ "", "ab", ("ab"):rep(31), ("ab"):rep(33), ("xy"):rep(32), " " .. ("ab"):rep(32), b:identity_code() }) do
  expect.refused(function() contacts:add_contact(bad) end, nil, "expected 64 hex digits")
  expect.refused(function() contacts:is_contact(bad) end, nil, "expected 64 hex digits")
  expect.refused(function() contacts:remove_contact(bad) end, nil, "expected 64 hex digits")
  expect.refused(function() contacts:get_status(bad) end, nil, "expected 64 hex digits")
end
for _, bad in ipairs({ {}, print, true }) do
  expect.refused(function() contacts:add_contact(bad) end, nil, "expected text")
end

helpers.section(16, "names are one short line, numbers are whole, and yes is not 1")
local nobody = ("cd"):rep(32)
for _, bad in ipairs({ "", "   ", "two\nlines", ("n"):rep(65), "\0" }) do
  expect.refused(function() contacts:add_contact_with_name(nobody, bad) end, "invalid_name", "display name")
end
expect.refused(function() contacts:add_contact_with_name(nobody, "\xff") end, nil, "not UTF-8")
expect.refused(function() contacts:add_contact_with_name(nobody, nil) end, nil, "expected text, got nil")
check.eq(contacts:is_contact(nobody), false)
contacts:add_contact_with_name(nobody, ("ä"):rep(64)) -- characters, not bytes
check.eq(contacts:get_name(nobody), ("ä"):rep(64))
for _, bad in ipairs({ "much", {}, 0 / 0, 0.5, true }) do
  expect.refused(function() contacts:update_sentiment(c:id(), bad) end, nil, "bad argument 'sentiment'")
end
expect.refused(function() contacts:update_sentiment(c:id()) end, nil, "bad argument 'sentiment'")
expect.refused(function() contacts:set_relayable(c:id(), 1) end, nil, "bad argument 'relayable'")
expect.integer(contacts:get_sentiment(c:id()), -1, "nothing of that was taken")
check.eq(contacts:is_relayable(c:id()), false)

helpers.section(17, "there is no method of another name")
expect.refused(function() contacts:befriend(b:id()) end, nil, "attempt to call a nil value (method 'befriend')")

helpers.pass("live_contacts_social")
