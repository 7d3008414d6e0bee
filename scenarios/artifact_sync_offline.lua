--- Three peers share a story; what two of them add while the third is away reaches it in one payload each.
--- needs: nothing
--- seed: 7

local helpers = require("live_network_helpers")
local check = indras.assert

local function child(n)
  return ("%064x"):format(n)
end

helpers.section(0, "A shares a story with B and C")
local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
helpers.connect_all(nets)
local story = a:home_realm():create_artifact("story", { name = "Tides" })
story:grant(b:id(), "revocable")
story:grant(c:id(), "revocable")
indras.settle()

--- The story as each peer has it.
local function stories()
  return { story, b:artifact(story:id()), c:artifact(story:id()) }
end

for i, one in ipairs(stories()) do
  check.eq(one:kind(), "story", "kind at peer " .. i)
  check.eq(one:steward(), a:id(), "steward at peer " .. i)
  check.eq(one:get_metadata("name"), "Tides", "name at peer " .. i)
end

helpers.section(1, "A appends 5 message references")
for n = 1, 5 do
  story:append_ref(child(n), nil, "message " .. n)
end
indras.settle()
for i, one in ipairs(stories()) do
  check.len(one:references(), 5, "references at peer " .. i)
end

helpers.section(2, "B goes offline")
b:go_offline()
indras.sleep(60)

helpers.section(3, "A appends 3 more")
for n = 6, 8 do
  story:append_ref(child(n), nil, "message " .. n)
  indras.sleep(60)
end

helpers.section(4, "C appends 2 while B is still offline")
for n = 9, 10 do
  c:artifact(story:id()):append_ref(child(n), nil, "message " .. n)
  indras.sleep(60)
end
check.len(b:artifact(story:id()):references(), 5, "B has what it had")
check.eq(indras.stats(a).mailbox, 1, "one document waits for B at A")
check.eq(indras.stats(c).mailbox, 1, "one document waits for B at C")
check.false_(indras.converged(), "B lags behind")

helpers.section(5, "B comes online and receives what waited")
local before = indras.stats(b)
b:go_online()
indras.settle()
local after = indras.stats(b)
for _, sender in ipairs({ a, c }) do
  local received = after.payloads_from[sender:id()] - (before.payloads_from[sender:id()] or 0)
  check.eq(received, 1, "payloads to B from " .. tostring(sender))
end
check.eq(after.payloads - before.payloads, 2, "payloads to B in all")

helpers.section(6, "all three have 10 references, the same ones in the same order")
for i, one in ipairs(stories()) do
  local refs = one:references()
  check.len(refs, 10, "references at peer " .. i)
  for n, ref in ipairs(refs) do
    check.eq(ref.artifact_id, child(n), "reference " .. n .. " at peer " .. i)
    check.eq(ref.label, "message " .. n, "label " .. n .. " at peer " .. i)
  end
end

helpers.section(7, "all three have identical heads")
local heads = story:heads()
for i, one in ipairs(stories()) do
  check.eq(one:heads(), heads, "heads of peer " .. i)
end
check.true_(indras.converged())

helpers.section(8, "the HeadTracker shows the right heads for each of the six ordered pairs")
local pairs_checked = 0
for i, left in ipairs(nets) do
  for j, right in ipairs(nets) do
    if left ~= right then
      local label = ("heads of peer %d as peer %d knows them"):format(j, i)
      check.eq(left:known_heads(story:id(), right:id()), heads, label)
      pairs_checked = pairs_checked + 1
    end
  end
end
check.eq(pairs_checked, 6)
check.ge(indras.now(), 360, "minutes of virtual time")

helpers.pass("artifact_sync_offline")
