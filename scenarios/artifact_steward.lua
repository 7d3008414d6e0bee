--- A steward hands a story over, the new one recalls it, and only who has it for good keeps it.
--- needs: nothing
--- seed: 3

local helpers = require("live_network_helpers")
local check = indras.assert

local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
helpers.connect_all(nets)
local story = a:home_realm():create_artifact("story", { name = "Tides" })
story:grant(b:id(), "revocable")
story:grant(c:id(), "permanent")
indras.settle()

helpers.section(1, "B cannot decide")
local theirs = b:artifact(story:id())
assert.throws(function() theirs:transfer(b:id()) end, "not the steward")
assert.throws(function() theirs:recall() end, "not the steward")
assert.throws(function() theirs:grant(("ab"):rep(32), "revocable") end, "not the steward")

helpers.section(2, "A hands it over to B")
story:transfer(b:id())
indras.settle()
for i, net in ipairs(nets) do
  check.eq(net:artifact(story:id()):steward(), b:id(), "steward at peer " .. i)
end
assert.throws(function() story:recall() end, "not the steward")
local modes = {}
for _, grant in ipairs(theirs:grants()) do
  modes[grant.grantee] = grant.mode
end
check.eq(modes[a:id()], "revocable", "what A keeps")
check.eq(modes[c:id()], "permanent", "what C keeps")

helpers.section(3, "A still writes, B sees it")
story:append_ref(("01"):rep(32), nil, "by the old steward")
indras.settle()
check.eq(theirs:references()[1].label, "by the old steward")

helpers.section(4, "B recalls it while A is away")
a:go_offline()
check.true_(theirs:recall())
check.false_(theirs:recall(), "once")
indras.settle()
check.eq(c:artifact(story:id()):status(), "recalled")
check.eq(story:status(), "active", "A does not know yet")
a:go_online()
indras.settle()
check.nil_(a:artifact(story:id()), "A does not have it any more")
assert.throws(function() c:artifact(story:id()):append_ref(("02"):rep(32)) end, "not active")
check.true_(indras.converged())

helpers.pass("artifact_steward")
