--- Peers go away, crash and come back, on links that lose, double and reorder: nothing is lost, doubled or reordered.
--- needs: nothing
--- seed: 24

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = { indras.Network.new("ada"), indras.Network.new("ben"), indras.Network.new("cleo"), indras.Network.new("dora") }
local a, b, c, d = table.unpack(nets)
for i, net in ipairs(nets) do
  net:start()
  net:set_display_name(({ "Ada", "Ben", "Cleo", "Dora" })[i])
end
helpers.connect_all(nets)
local ids = {}
for i, net in ipairs(nets) do
  ids[i] = net:id()
end

local boat = a:create_realm("Boat")
local invite = boat:invite_code()
for _, net in ipairs({ b, c, d }) do
  net:join(invite)
end
indras.settle()

--- The realm as each peer has it now: objects of before a crash are not relied on.
local function realms(of)
  local found = {}
  for i, net in ipairs(of or nets) do
    found[i] = net:get_realm(boat:id())
  end
  return found
end

--- How many messages there must be, and what everybody has said, in the order in which it was said.
local count, said = 0, {}
for _, id in ipairs(ids) do
  said[id] = {}
end
local function say(net, words)
  count = count + 1
  table.insert(said[net:id()], words)
  return net:get_realm(boat:id()):send(words)
end

--- Fails unless everybody has everything: once each, in one order, and each sender's words in its own.
local function complete(of)
  expect.converged(of)
  local all = realms(of)
  expect.same_history(all, count)
  local heard = {}
  for _, id in ipairs(ids) do
    heard[id] = {}
  end
  local before = { id = 0, sender_id = "" }
  for _, message in ipairs(all[1]:all_messages()) do
    table.insert(heard[message.sender_id], message.content)
    local is_later = message.id > before.id or (message.id == before.id and message.sender_id > before.sender_id)
    check.true_(is_later, "messages go by id, then by sender")
    before = message
  end
  check.eq(heard, said)
  for i, realm in ipairs(all) do
    check.eq(realm:all_messages(), all[1]:all_messages(), "every field, at peer " .. i)
  end
end

helpers.section(1, "everybody is here")
for i, realm in ipairs(realms()) do
  check.eq(realm:name(), "Boat", "name at peer " .. i)
  expect.integer(realm:member_count(), 4)
end
for _, net in ipairs(nets) do
  say(net, "aboard")
end
complete()

helpers.section(2, "B is away for a month: what is said waits, and is one payload from each")
b:go_offline()
check.true_(b:is_running(), "away is not stopped")
for n = 1, 10 do
  say(a, "day " .. n)
  if n % 3 == 0 then say(c, "every third day " .. n) end
  indras.sleep(3 * 24 * 3600)
end
check.len(realms()[2]:all_messages(), 4, "nothing reaches B")
complete({ a, c, d })
local before = indras.stats(b)
check.eq(before.mailbox, 0)
b:go_online()
indras.settle()
local after = indras.stats(b)
check.le(after.payloads - before.payloads, 3, "one payload from each of the others at most")
check.eq(after.full_syncs, before.full_syncs, "and no history that B had already")
complete()

helpers.section(3, "what is said by somebody who is away is kept there, and waits there")
c:go_offline()
for n = 1, 5 do
  say(c, "alone " .. n)
end
indras.sleep(3600)
check.len(realms({ c })[1]:all_messages(), count, "C sees its own words at once")
check.len(realms({ a })[1]:all_messages(), count - 5)
c:go_online()
complete()

helpers.section(4, "two are away at different times: who stayed tells each")
a:go_offline()
say(b, "A is not here")
indras.settle()
b:go_offline()
a:go_online()
indras.settle()
check.eq(expect.contents(realms({ a })[1])[count], "A is not here", "C or D passed it on")
say(a, "B is not here")
indras.settle()
b:go_online()
complete()

helpers.section(5, "D crashes and starts: its identity, its realm and its words are there")
local kept = realms({ d })[1]:all_messages()
d:crash()
check.eq(d:is_running(), false)
say(a, "where is D?")
indras.settle()
expect.nothing(function() return d:start() end)
check.eq(d:is_running(), true)
check.eq(d:id(), ids[4])
check.eq(d:display_name(), "Dora")
check.eq(d:realms(), { boat:id() })
check.eq(realms({ d })[1]:all_messages(), kept, "before anything has arrived")
complete()
local keys = {}
say(d, "after the crash")
for _, message in ipairs(realms({ d })[1]:all_messages()) do
  check.nil_(keys[message.key], "no key comes twice, also after a crash")
  keys[message.key] = true
end
complete()

helpers.section(6, "what was said right before a crash is said; nothing else has to happen first")
say(d, "last words")
d:crash()
d:start()
check.eq(expect.contents(realms({ d })[1])[count], "last words")
complete()

helpers.section(7, "D crashes while envelopes are on their way, again and again")
for n = 1, 3 do
  say(a, "to D " .. n)
  say(d, "from D " .. n)
  indras.sleep(0.03)
  d:crash()
  say(b, "D is down " .. n)
  indras.sleep(n % 2 == 0 and 0.01 or 30)
  d:start()
end
complete()

helpers.section(8, "documents, marks, aliases and contacts come back as well")
local plan = realms({ d })[1]:document("plan")
plan:update({ sails = 3, crew = { "Ada", "Ben" }, depth = 2.5 })
realms({ d })[1]:mark_read(d:id())
realms({ d })[1]:set_alias("The Petrel")
d:contacts_realm():add_contact_with_name(a:id(), "My Ada")
d:crash()
a:get_realm(boat:id()):document("plan"):update({ oars = 2 })
d:start()
check.eq(realms({ d })[1]:document("plan"):read(), { sails = 3, crew = { "Ada", "Ben" }, depth = 2.5 })
check.eq(realms({ d })[1]:unread_count(d:id()), 0)
check.eq(d:contacts_realm():get_name(a:id()), "My Ada")
complete()
for i, realm in ipairs(realms()) do
  check.eq(realm:document("plan"):read(), { sails = 3, crew = { "Ada", "Ben" }, depth = 2.5, oars = 2 }, "plan at " .. i)
  check.eq(realm:get_alias(), "The Petrel", "alias at " .. i)
  check.eq(realm:document_names(), { "plan" })
  check.eq(realm:unread_count(d:id()), 0)
end

helpers.section(9, "stopping is no crash: stopped, started, and everything goes on")
b:stop()
check.eq(b:is_running(), false)
b:stop() -- twice is harmless
say(a, "B has stopped")
indras.settle()
b:start()
complete()

helpers.section(10, "another network takes over a path: the same person, the same history")
c:stop()
say(b, "Cleo's chair is empty")
indras.settle()
local again = indras.Network.new("cleo")
again:start()
check.eq(again:id(), ids[3])
check.true_(again ~= c)
nets[3], c = again, again
check.eq(again:display_name(), "Cleo")
check.len(realms({ again })[1]:all_messages(), count - 1, "all but what was said while it was stopped")
say(again, "Cleo, from another chair")
complete()

helpers.section(11, "a world in two halves: each goes on, and then they are one")
indras.partition({ a, b }, { c, d })
for n = 1, 3 do
  say(a, "left " .. n)
  say(c, "right " .. n)
  indras.sleep(1)
end
indras.settle()
check.eq(indras.converged(), false)
expect.same_history(realms({ a, b }), count - 3)
expect.same_history(realms({ c, d }), count - 3)
indras.heal()
complete()

helpers.section(12, "links that lose, double and reorder, and each of them is away once")
indras.faults({ loss = 0.2, duplicate = 0.2, reorder = 0.3, latency = { 0.01, 2 } })
for n, away in ipairs(nets) do
  away:go_offline()
  say(away, "below deck " .. n)
  say(nets[n % 4 + 1], "on deck " .. n)
  indras.sleep(2)
  away:go_online()
end
complete()
check.gt(indras.stats().dropped, 0, "envelopes were lost")
check.gt(indras.stats().duplicates, 0, "and others came twice")

helpers.section(13, "D crashes in the middle of that, while it has something to say")
for n = 1, 2 do
  say(d, "thunder " .. n)
  indras.sleep(0.5)
  d:crash()
  say(a, "lightning " .. n)
  d:start()
end
complete()
indras.faults({})

helpers.section(14, "reactions and replies across all that find their targets")
local target = realms()[1]:all_messages()[count]
d:go_offline()
realms({ d })[1]:reply(target.key, "I heard it")
realms({ d })[1]:react(target.key, "⛵")
d:crash()
d:start()
d:go_online()
count = count + 2
expect.converged()
expect.same_history(realms(), count)
for i, realm in ipairs(realms()) do
  local list = realm:all_messages()
  check.eq(list[count - 1].reply_to, target.id, "at " .. i)
  check.eq(list[count].reaction_target, target.id, "at " .. i)
  check.eq(list[count].type, "reaction")
end

helpers.section(15, "somebody new who joins after all that gets the whole history")
local e = helpers.create_networks(1)[1]
local late = e:join(invite)
check.eq(late:all_messages(), {})
late:send("I am new here") -- before anybody was reached
count = count + 1
for _, net in ipairs(nets) do
  e:connect_to(net)
end
expect.converged()
expect.same_history({ late, table.unpack(realms()) }, count)
expect.integer(late:member_count(), 5)

helpers.section(16, "a crashed or stopped network refuses what it cannot do, and says so")
d:crash()
d:crash() -- what is down stays down
for name, act in pairs({
  create_realm = function() d:create_realm("Nowhere") end,
  join = function() d:join(invite) end,
  connect = function() d:connect(a:id()) end,
  home_realm = function() d:home_realm() end,
  contacts_realm = function() d:contacts_realm() end,
  leave_realm = function() d:leave_realm(boat:id()) end,
}) do
  expect.refused(act, "not_started", "Network not started")
  check.eq(d:is_running(), false, name)
end
expect.refused(function() a:start() end, "already_started", "Network already started")
expect.refused(function() indras.Network.new("ada") end, "storage_error", "Database is locked")
d:start()
check.eq(d:realms(), { boat:id() })

helpers.section(17, "faults and times that are none are refused, and change nothing")
for _, bad in ipairs({ { loss = 2 }, { duplicate = -0.1 }, { reorder = "often" }, { los = 0.1 }, { latency = { 2, 1 } }, { latency = { 1 } } }) do
  check.eq(pcall(indras.faults, bad), false)
end
check.eq(pcall(indras.sleep, -1), false)
check.eq(pcall(indras.sleep, 0 / 0), false)
expect.converged()
expect.same_history({ late, table.unpack(realms()) }, count)
check.gt(indras.now(), 30 * 24 * 3600, "a month has passed")

helpers.pass("live_offline_recovery")
