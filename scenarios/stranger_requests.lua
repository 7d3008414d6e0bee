--- Strangers write to A: their words wait, unseen, until A takes them in or turns them away.
--- needs: nothing
--- seed: 27

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = helpers.create_networks(5)
local a, b, c, d, e = table.unpack(nets)
for i, name in ipairs({ "Ada", "Ben", "Cleo" }) do
  nets[i]:set_display_name(name)
end
helpers.connect_all(nets)
local contacts = a:contacts_realm()

--- The direct realm with A as another has it.
local function written_by(net, ...)
  local realm = net:connect(a:id())
  for _, words in ipairs({ ... }) do
    realm:send(words)
  end
  return realm
end

helpers.section(1, "at first nobody waits")
check.eq(contacts:requests(), {})
check.eq(contacts:contact_count(), 0)

helpers.section(2, "three strangers write: three requests, who came first is first")
local began = os.time()
local bens = written_by(b, "I am Ben", "We met at the harbour", "Remember?")
indras.sleep(10)
local cleos = written_by(c, "Cleo here")
indras.sleep(10)
local doras = written_by(d, "no name, no face")
indras.sleep(10)
local requests = contacts:requests()
check.eq(expect.pluck(requests, "id"), { b:id(), c:id(), d:id() })
check.eq(requests[1].name, "Ben")
check.eq(requests[2].name, "Cleo")
check.nil_(requests[3].name, "D says nothing of itself")
for i, request in ipairs(requests) do
  check.eq(math.type(request.received_at), "integer")
  check.eq(request.received_at - began, (i - 1) * 10, "when it came")
end

helpers.section(3, "a request is no contact, and nothing of it is shown")
for _, net in ipairs({ b, c, d }) do
  check.eq(contacts:get_status(net:id()), "pending")
  check.eq(contacts:is_contact(net:id()), false)
  check.nil_(contacts:get_name(net:id()))
end
check.eq(contacts:contacts_list(), {})
expect.integer(contacts:contact_count(), 0)
check.eq(a:realms(), {})
check.nil_(a:get_realm(bens:id()))
check.eq(a:contacts_realm():is_blocked(b:id()), false)

helpers.section(4, "whatever a stranger sends, it stays one: more words, an artifact, another connect")
bens:send("Still there?")
b:connect_by_code(a:identity_uri())
b:contacts_realm():confirm_contact(a:id())
bens:document("note"):update("read me")
b:home_realm():create_artifact("gallery", { name = "Harbour" }):grant(a:id(), "revocable")
indras.settle()
check.eq(expect.pluck(contacts:requests(), "id"), { b:id(), c:id(), d:id() }, "one request each")
check.eq(contacts:get_status(b:id()), "pending")
check.eq(contacts:is_contact(b:id()), false)
check.eq(a:realms(), {})
check.eq(contacts:requests()[1].received_at, began, "the time of the first word")

helpers.section(5, "a crash forgets no request")
a:crash()
a:start()
contacts = a:contacts_realm()
check.eq(expect.pluck(contacts:requests(), "id"), { b:id(), c:id(), d:id() })
check.eq(contacts:requests()[1].name, "Ben")
check.eq(a:realms(), {})

helpers.section(6, "A confirms B: a contact, its name and all that it had written")
expect.nothing(function() return contacts:confirm_contact(b:id()) end)
check.eq(contacts:get_status(b:id()), "confirmed")
check.eq(contacts:is_contact(b:id()), true)
check.eq(contacts:get_name(b:id()), "Ben")
check.eq(contacts:contacts_list(), { b:id() })
check.eq(expect.pluck(contacts:requests(), "id"), { c:id(), d:id() })
local with_b = a:get_realm(bens:id())
check.not_nil(with_b, "its realm opens")
check.eq(a:realms(), { bens:id() })
check.eq(expect.contents(with_b), { "I am Ben", "We met at the harbour", "Remember?", "Still there?" })
check.eq(expect.pluck(with_b:all_messages(), "sender_id"), { b:id(), b:id(), b:id(), b:id() })
check.eq(expect.pluck(with_b:all_messages(), "sender_name"), { "Ben", "Ben", "Ben", "Ben" })
expect.integer(with_b:unread_count(a:id()), 4)
indras.settle()
check.eq(with_b:document("note"):read(), "read me")
with_b:reply(2, "I do")
indras.settle()
expect.same_history({ with_b, bens }, 5)
check.eq(b:contacts_realm():get_status(a:id()), "confirmed")

helpers.section(7, "A connects to C: that is a yes as well")
local with_c = a:connect(c:id())
check.eq(with_c:id(), cleos:id())
check.eq(contacts:get_status(c:id()), "confirmed")
check.eq(contacts:get_name(c:id()), "Cleo")
check.eq(expect.contents(with_c), { "Cleo here" })
check.eq(c:contacts_realm():get_status(a:id()), "pending", "C has not heard of it yet")
indras.settle()
check.eq(c:contacts_realm():get_status(a:id()), "confirmed")

helpers.section(8, "A turns D away: no request any more, and D is not told")
check.eq(contacts:remove_contact(d:id()), true)
check.eq(contacts:remove_contact(d:id()), false)
check.eq(contacts:requests(), {})
check.nil_(contacts:get_status(d:id()))
check.eq(d:contacts_realm():get_status(a:id()), "pending")
check.nil_(a:get_realm(doras:id()))

helpers.section(9, "who is turned away can ask again; who is blocked cannot")
doras:send("please")
indras.settle()
check.eq(expect.pluck(contacts:requests(), "id"), { d:id() })
contacts:block(d:id())
check.eq(contacts:requests(), {})
doras:send("please!")
indras.settle()
check.eq(contacts:requests(), {})
check.nil_(contacts:get_status(d:id()))

helpers.section(10, "who is a contact already is no stranger: its realm opens once it answers")
contacts:add_contact_with_name(e:id(), "Eve")
check.eq(contacts:get_status(e:id()), "pending")
e:connect(a:id()):send("You know me")
indras.settle()
check.eq(contacts:get_name(e:id()), "Eve", "what A calls it stays")
check.eq(contacts:is_contact(e:id()), true)
local with_e = a:connect(e:id())
check.eq(expect.contents(with_e), { "You know me" })
check.eq(contacts:get_name(e:id()), "Eve")

helpers.section(11, "what a stranger says while A is away waits as well, from many at once")
a:go_offline()
local crowd = helpers.create_networks(12)
for i, net in ipairs(crowd) do
  net:connect_to(a)
  net:connect(a:id()):send("from the crowd " .. i)
end
indras.settle()
check.eq(contacts:requests(), {})
a:go_online()
indras.settle()
requests = contacts:requests()
check.len(requests, 12)
local asked = {}
for _, request in ipairs(requests) do
  check.nil_(asked[request.id], "once each")
  asked[request.id] = true
end
for i, net in ipairs(crowd) do
  check.eq(asked[net:id()], true, "stranger " .. i)
end
check.eq(contacts:contact_count(), 3, "none of them is a contact")
contacts:confirm_contact(crowd[7]:id())
check.len(contacts:requests(), 11)
local found = {}
for _, id in ipairs(a:realms()) do
  found[id] = expect.contents(a:get_realm(id))
end
check.contains(found, { "from the crowd 7" })

helpers.section(12, "a stranger is none of the things that a contact is")
local stranger = crowd[3]:id()
check.eq(contacts:get_status(stranger), "pending")
expect.refused(function() contacts:update_sentiment(stranger, 1) end, "invalid_operation", "Invalid operation: ")
expect.refused(function() contacts:get_sentiment(stranger) end, "invalid_operation", "Invalid operation: ")
expect.refused(function() contacts:set_relayable(stranger, true) end, "invalid_operation", "Invalid operation: ")
expect.refused(function() contacts:confirm_contact(("0"):rep(64)) end, "invalid_operation", "Invalid operation: ")
expect.refused(function() contacts:confirm_contact("crowd") end, nil, "expected 64 hex digits")
check.eq(contacts:remove_contact(("0"):rep(64)), false)
check.len(contacts:requests(), 11)

helpers.pass("stranger_requests")
