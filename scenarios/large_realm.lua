--- Five hundred members, most of them away, as people are: each gets all of it in one delivery when it comes back.
--- needs: nothing
--- seed: 33

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local MEMBERS = 500

helpers.section(1, "a few begin")
local few = helpers.create_networks(3)
local ada, ben, cyd = table.unpack(few)
helpers.connect_all(few)
local town = ada:create_realm("Town")
local invite = town:invite_code()
for _, net in ipairs({ ben, cyd }) do
  net:join(invite)
end
expect.converged(few)

helpers.section(2, "everybody else asks to be let in, and goes away again")
indras.faults({ latency = { 0.05, 0.05 } })
local others = {}
for i = 1, MEMBERS - #few do
  local net = indras.Network.new()
  net:start()
  net:connect_to(ada)
  net:join(invite)
  others[i] = net
end
local before = indras.stats(ben)
indras.sleep(0.07) -- their requests have arrived, Ada's answers are on their way
for _, net in ipairs(others) do
  net:go_offline()
end
indras.settle()
expect.integer(town:member_count(), MEMBERS)
check.eq(indras.stats(ben).payloads - before.payloads, 1, "Ada lets them in by one change")
expect.converged(few)

helpers.section(3, "everybody who is there knows everybody")
local members = town:member_list()
check.len(members, MEMBERS)
for i = 2, MEMBERS do
  check.lt(members[i - 1].id, members[i].id, "in the order of their ids, each once")
end
for _, net in ipairs({ ben, cyd }) do
  check.eq(net:get_realm(town:id()):member_list(), members)
end

helpers.section(4, "what is said is sealed once, and goes to those who are there")
before = indras.stats(ada)
town:send("Hear, hear")
ben:get_realm(town:id()):send("Here!")
indras.settle()
local after = indras.stats(ada)
check.le(after.payloads - before.payloads, 4)
expect.same_history({ town, ben:get_realm(town:id()), cyd:get_realm(town:id()) }, 2)
check.eq(expect.contents(town), { "Hear, hear", "Here!" })

helpers.section(5, "whoever comes back gets all of it at once")
local late = others[123]
local at_late = late:get_realm(town:id())
check.eq(at_late:all_messages(), {})
before = indras.stats(ada)
late:go_online()
indras.settle()
check.eq(at_late:member_list(), members)
check.eq(expect.contents(at_late), { "Hear, hear", "Here!" })
after = indras.stats(ada)
check.eq(after.full_syncs - before.full_syncs, 1, "the realm came whole, and once")
at_late:send("I was away")
indras.settle()
check.eq(expect.contents(town), { "Hear, hear", "Here!", "I was away" })

helpers.section(6, "one of five hundred leaves, another is shown out, and the others stay")
town:remove_member(others[7]:id())
ben:leave_realm(town:id())
indras.settle()
for _, realm in ipairs({ town, cyd:get_realm(town:id()) }) do
  expect.integer(realm:member_count(), MEMBERS - 2)
  for _, member in ipairs(realm:member_list()) do
    check.ne(member.id, ben:id())
    check.ne(member.id, others[7]:id())
  end
end
town:send("Still many of us")
indras.settle()
check.len(cyd:get_realm(town:id()):all_messages(), 4)
check.nil_(ben:get_realm(town:id()), "who has left has it no more")

helpers.pass("large_realm")
