--- Every function of the helper module, each with what it must do to the world.
--- needs: nothing
--- seed: 11

local helpers = require("live_network_helpers")
local check = indras.assert

--- What `fn` prints.
local function printed_by(fn)
  local lines, original = {}, print
  print = function(...)
    lines[#lines + 1] = table.concat({ ... }, "\t")
  end
  local ok, message = pcall(fn)
  print = original
  if not ok then error(message, 0) end
  return lines
end

helpers.section(1, "create_networks: each is new and started")
local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
check.len(nets, 3)
check.eq(helpers.create_networks(0), {})
for _, net in ipairs(nets) do
  check.true_(net:is_running())
end
check.ne(a:id(), b:id())
check.ne(b:id(), c:id())

local story = a:home_realm():create_artifact("story")
story:grant(b:id(), "revocable")
story:grant(c:id(), "revocable")

local appended = 0
--- Appends a reference at `from`, waits, and says who has as many references as there should be.
local function who_receives(from)
  appended = appended + 1
  from:artifact(story:id()):append_ref(("%064x"):format(appended))
  indras.settle()
  local receivers = {}
  for i, net in ipairs(nets) do
    local theirs = net:artifact(story:id())
    receivers[i] = theirs ~= nil and #theirs:references() == appended
  end
  return receivers
end

helpers.section(2, "connect_all: before it nothing arrives, after it everything does")
check.eq(who_receives(a), { true, false, false })
helpers.connect_all(nets)
check.eq(who_receives(a), { true, true, true })
check.eq(who_receives(c), { true, true, true })

helpers.section(3, "disconnect and reconnect: one link, both directions")
helpers.disconnect(a, c)
helpers.disconnect(b, c)
check.eq(who_receives(a), { true, true, false })
helpers.reconnect(b, c)
check.eq(who_receives(a), { true, true, true }, "C gets it from B")
helpers.reconnect(c, a)
check.eq(who_receives(c), { true, true, true })

helpers.section(4, "isolate and rejoin: every link of one, none of the others")
helpers.isolate(b, nets)
check.eq(who_receives(a), { true, false, true })
helpers.rejoin(b, nets)
check.eq(who_receives(b), { true, true, true })

helpers.section(5, "wait_for: true as soon as it holds, false when the time is over")
local began, looks = indras.now(), 0
check.eq(
  helpers.wait_for(function()
    looks = looks + 1
    return looks == 3
  end),
  true
)
check.approx(indras.now() - began, 0.2, 1e-5, "two intervals of 0.1 seconds")
began, looks = indras.now(), 0
check.eq(
  helpers.wait_for(function()
    looks = looks + 1
    return false
  end, { timeout = 2, interval = 0.5, msg = "this is expected" }),
  false
)
check.eq(looks, 5, "once at the start and after each interval")
check.approx(indras.now() - began, 2, 1e-5)
began = indras.now()
check.eq(helpers.wait_for(function() end, { timeout = 0 }), false)
check.eq(indras.now(), began, "no time passes")
check.false_(helpers.wait_for(function() end))
check.approx(indras.now() - began, 5, 1e-5, "5 seconds by default")
began = indras.now()
check.false_(helpers.wait_for(function() end, { timeout = 1, interval = 10 }))
check.approx(indras.now() - began, 1, 1e-5, "an interval does not lead beyond the time")
looks = 0
check.false_(helpers.wait_for(function()
  looks = looks + 1
end, { timeout = 1e-4, interval = 0 }))
check.ge(looks, 2, "also without an interval time passes")
check.contains(
  assert.throws(function()
    helpers.wait_for(function() error("inside", 0) end)
  end),
  "inside"
)

helpers.section(6, "assert_eventually: silent, or an error with the words")
began = indras.now()
helpers.assert_eventually(function() return indras.now() >= began + 1 end)
check.approx(indras.now() - began, 1, 0.1 + 1e-5, "at most an interval late")
local ok, failed = pcall(helpers.assert_eventually, function() end, { timeout = 1, msg = "C has it" })
check.eq(ok, false)
check.eq(failed.code, "assertion_failed")
check.contains(tostring(failed), "C has it")
assert.throws(function()
  helpers.assert_eventually(function() end, { timeout = 1 })
end, "it did not become true in time")

helpers.section(7, "dump_network, dump_realm, section and pass: what they print")
a:set_display_name("Ada")
local realm = a:create_realm("Sailing")
local same = b:join(realm:invite_code())
indras.settle()
check.eq(printed_by(function() helpers.dump_network(a, "first") end), {
  ("first: Network(id=%s, running=true) %s"):format(a:id():sub(1, 8), a:id()),
  "  display name: Ada",
  ("  Realm(id=%s, name=Sailing)"):format(realm:id():sub(1, 8)),
})
check.eq(printed_by(function() helpers.dump_network(c) end), {
  ("network: %s %s"):format(tostring(c), c:id()),
  "  display name: (none)",
})
local members = { a:id(), b:id() }
table.sort(members)
local heading = ("%s %s"):format(tostring(realm), realm:id())
local listed = {}
for i, id in ipairs(members) do
  listed[i] = ("  member %s %s"):format(id:sub(1, 10), id == a:id() and "Ada" or id:sub(1, 10))
end
check.eq(printed_by(function() helpers.dump_realm(same) end), {
  "realm: " .. heading,
  "  alias: (none)",
  listed[1],
  listed[2],
})
realm:set_alias("Boats")
realm:document("log"):update({ wind = 4 })
same:react(realm:send("Fair winds"), "+")
realm:reply(1, "Indeed")
indras.settle()
local expected = {
  "Ours: " .. heading,
  "  alias: Boats",
  listed[1],
  listed[2],
  "  1 text Ada: Fair winds",
  ("  1 reaction %s: + (to 1)"):format(b:id():sub(1, 10)),
  "  2 text Ada: Indeed (to 1)",
  "  document log",
}
if b:id() < a:id() then expected[5], expected[6] = expected[6], expected[5] end
check.eq(printed_by(function() helpers.dump_realm(realm, "Ours") end), expected)
check.eq(printed_by(function() helpers.section(3, "title") end), { "", "--- 3. title ---" })
check.eq(printed_by(function() helpers.pass("name") end), { "", "=== name PASSED ===" })

helpers.section(8, "stop_all: none runs any more")
helpers.stop_all(nets)
for _, net in ipairs(nets) do
  check.eq(net:is_running(), false)
end
helpers.stop_all(nets) -- harmless

helpers.section(9, "this scenario knows every function there is")
local known = {}
for name in pairs(helpers) do
  known[#known + 1] = name
end
table.sort(known)
check.eq(known, {
  "assert_eventually",
  "connect_all",
  "create_networks",
  "disconnect",
  "dump_network",
  "dump_realm",
  "isolate",
  "pass",
  "reconnect",
  "rejoin",
  "section",
  "stop_all",
  "wait_for",
})

helpers.pass("helpers")
