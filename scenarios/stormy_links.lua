--- Everybody talks on links that lose, double and reorder, and whoever is reached may crash; it is all there afterwards.
--- needs: nothing
--- seed: 25

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = helpers.create_networks(3)
helpers.connect_all(nets)
local realm = nets[1]:create_realm("Storm")
local invite = realm:invite_code()
local log = realm:document("log")
log:update({ entries = {}, hands = 3 })

--- The realm at one peer, as it is now.
local function at(net)
  return net:get_realm(realm:id())
end

--- What each has said, in the order in which it was said.
local said, count = {}, 0
local function say(net, words)
  count = count + 1
  said[net:id()] = said[net:id()] or {}
  table.insert(said[net:id()], words)
  at(net):send(words)
end

--- Fails unless everybody has all of it: once each, everywhere in one order, each sender's in its own.
local function complete()
  expect.converged()
  local realms = { at(nets[1]), at(nets[2]), at(nets[3]) }
  expect.same_history(realms, count)
  local heard = {}
  for _, message in ipairs(realms[1]:all_messages()) do
    heard[message.sender_id] = heard[message.sender_id] or {}
    table.insert(heard[message.sender_id], message.content)
  end
  check.eq(heard, said)
  return realms
end

helpers.section(1, "the storm is there before they have met: joining works in it, too")
indras.faults({ loss = 0.3, duplicate = 0.3, reorder = 0.5, latency = { 0, 3 } })
nets[2]:join(invite)
nets[3]:join(invite)
indras.settle()
for i, one in ipairs(complete()) do
  expect.integer(one:member_count(), 3, "members at peer " .. i)
  check.eq(one:name(), "Storm")
end

helpers.section(2, "all of them talk at once")
for n = 1, 4 do
  for i, net in ipairs(nets) do
    say(net, ("%d, said by %d"):format(n, i))
    at(net):document("log"):merge({ ["by_" .. i] = n })
  end
  indras.sleep(n)
end
for i, one in ipairs(complete()) do
  check.eq(one:document("log"):read(), { entries = {}, hands = 3, by_1 = 4, by_2 = 4, by_3 = 4 }, "log at peer " .. i)
end

helpers.section(3, "a link that nothing comes through: it is tried again, and once something does, all of it does")
local bad_link = { nets[1], nets[2] }
indras.faults({ loss = 1, between = bad_link })
say(nets[1], "into nothing")
say(nets[2], "into nothing as well")
indras.sleep(15 * 60)
check.len(at(nets[2]):all_messages(), count - 1)
indras.faults({ between = bad_link })
complete()

helpers.section(4, "after hours nobody tries any more, until the other one is heard from, or the link comes up anew")
indras.faults({ loss = 1, between = bad_link })
say(nets[1], "into a day of nothing")
indras.sleep(24 * 3600)
indras.faults({ between = bad_link })
say(nets[2], "I am here")
complete()
indras.faults({ loss = 1, between = bad_link })
say(nets[1], "into another day of nothing")
indras.sleep(24 * 3600)
indras.faults({ between = bad_link })
helpers.disconnect(nets[1], nets[2])
helpers.reconnect(nets[1], nets[2])
complete()

helpers.section(5, "whoever is reached may crash, and comes back with all that it had")
indras.faults({ loss = 0.1, duplicate = 0.2, reorder = 0.3, crash = 0.15, latency = { 0.01, 0.5 } })
local crashes = 0
--- Starts whoever is down.
local function revive()
  for _, net in ipairs(nets) do
    if not net:is_running() then
      net:start()
      crashes = crashes + 1
    end
  end
end
for n = 1, 4 do
  revive()
  for i, net in ipairs(nets) do
    say(net, ("bolt %d at %d"):format(n, i))
  end
  indras.sleep(2)
end
indras.faults({})
revive()
check.gt(crashes, 0, "somebody crashed")
complete()

helpers.section(6, "the counters tell of it")
local stats = indras.stats()
for _, name in ipairs({ "envelopes", "bytes", "delivered", "dropped", "duplicates", "full_syncs", "mailbox" }) do
  check.eq(math.type(stats[name]), "integer", name)
end
check.gt(stats.dropped, 0)
check.gt(stats.duplicates, 0)
check.eq(stats.mailbox, 0, "nothing waits for anybody")

helpers.section(7, "the weather is fine again: a message costs each of the others one envelope and its receipt")
local before = indras.stats()
say(nets[3], "calm")
complete()
local after = indras.stats()
check.eq(after.dropped, before.dropped)
check.eq(after.duplicates, before.duplicates)
check.eq(after.payloads - before.payloads, 2)
check.le(after.envelopes - before.envelopes, 6)

helpers.section(8, "weather that there is not cannot be made")
for _, case in ipairs({
  { { loss = 1.1 }, "from 0 to 1" },
  { { duplicate = -1 }, "from 0 to 1" },
  { { reorder = "often" }, "expected a number" },
  { { crash = 0 / 0 }, "expected a number" },
  { { los = 0.1 }, "'los'" },
  { { latency = { 2, 1 } }, "the shorter time first" },
  { { latency = { 1 } }, "two times" },
  { { between = { nets[1] }, loss = 0.1 }, "two networks" },
  { { between = { nets[1], "ben" }, loss = 0.1 }, "expected Network" },
}) do
  expect.refused(function() indras.faults(case[1]) end, nil, case[2])
end
expect.refused(function() indras.faults() end, nil, "bad argument 'faults'")
say(nets[1], "still calm")
complete()
check.eq(indras.stats().dropped, before.dropped)

helpers.pass("stormy_links")
