--- What a realm has besides its messages: a name, an alias that everybody may set, and what each has read.
--- needs: nothing
--- seed: 23

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = helpers.create_networks(4)
local a, b, c, stranger = table.unpack(nets)
helpers.connect_all(nets)
a:set_display_name("Ada")

helpers.section(1, "a realm has an id and a name; joiners see the name once it has arrived")
local garden = a:create_realm("Garden")
assert.match(garden:id(), "^[0-9a-f]+$")
check.len(garden:id(), 64)
check.eq(garden:name(), "Garden")
check.eq(tostring(garden), ("Realm(id=%s, name=Garden)"):format(garden:id():sub(1, 8)))
local invite = garden:invite_code()
assert.match(invite, "^indra:realm:[%w_-]+$")
check.eq(garden:invite_code(), invite, "the same code each time")
local bens, cleos = b:join(invite), c:join(invite)
check.nil_(bens:name(), "it has not arrived yet")
check.eq(tostring(bens), ("Realm(id=%s, name=unnamed)"):format(garden:id():sub(1, 8)))
check.true_(b:join(invite) == bens, "joining twice is harmless")
indras.settle()
local realms = { garden, bens, cleos }
for i, realm in ipairs(realms) do
  check.eq(realm:id(), garden:id(), "id at peer " .. i)
  check.eq(realm:name(), "Garden", "name at peer " .. i)
  expect.integer(realm:member_count(), 3, "members at peer " .. i)
end
check.true_(b:get_realm(garden:id()) == bens)
check.true_(a:create_realm("Garden"):id() ~= garden:id(), "a name names nothing")
check.len(a:realms(), 2)

helpers.section(2, "members have ids and names; who has no name is called by its id")
local function names(realm)
  local found = {}
  for _, member in ipairs(realm:member_list()) do
    found[member.id] = member.name
  end
  return found
end
local function called(by)
  return { [a:id()] = by[1], [b:id()] = by[2] or b:id():sub(1, 10), [c:id()] = by[3] or c:id():sub(1, 10) }
end
local ids = { a:id(), b:id(), c:id() }
table.sort(ids)
for _, realm in ipairs(realms) do
  check.eq(names(realm), called({ "Ada" }))
  check.eq(expect.pluck(realm:member_list(), "id"), ids)
end

helpers.section(3, "members rename themselves: before, while and after they are there")
local first = bens:send("Hello from a number")
b:set_display_name("Ben")
a:set_display_name("Ada Lovelace")
expect.converged()
for _, realm in ipairs(realms) do
  check.eq(names(realm), called({ "Ada Lovelace", "Ben" }))
  check.eq(realm:all_messages()[1].sender_name, "Ben", "old messages go by the new name")
end
c:go_offline()
c:set_display_name("  Cleo  ")
check.eq(c:display_name(), "Cleo")
check.eq(names(cleos)[c:id()], "Cleo", "one knows one's own name at once")
indras.settle()
check.eq(names(garden)[c:id()], c:id():sub(1, 10))
c:go_online()
expect.converged()
for _, realm in ipairs(realms) do
  check.eq(names(realm), called({ "Ada Lovelace", "Ben", "Cleo" }))
end

helpers.section(4, "the realm is renamed, by its creator only")
expect.nothing(function() return garden:rename("Kitchen garden") end)
check.eq(garden:name(), "Kitchen garden")
expect.converged()
for i, realm in ipairs(realms) do
  check.eq(realm:name(), "Kitchen garden", "name at peer " .. i)
end
expect.refused(function() bens:rename("Ben's garden") end, "invalid_operation", "Invalid operation: ")
for _, bad in ipairs({ "", "  ", "two\nlines", ("n"):rep(257) }) do
  expect.refused(function() garden:rename(bad) end, "invalid_name", "cannot name realm")
end
expect.converged()
check.eq(bens:name(), "Kitchen garden")

helpers.section(5, "the alias: none at first, then whatever any member says last")
for _, realm in ipairs(realms) do
  check.nil_(realm:get_alias())
end
expect.nothing(function() return bens:set_alias("The patch") end)
check.eq(bens:get_alias(), "The patch", "at once where it was set")
check.nil_(garden:get_alias(), "and elsewhere once it has arrived")
indras.settle()
for i, realm in ipairs(realms) do
  check.eq(realm:get_alias(), "The patch", "alias at peer " .. i)
  check.eq(realm:name(), "Kitchen garden", "the name is another thing")
end
cleos:set_alias("🌱🌿")
garden:set_alias("Green")
indras.sleep(1)
cleos:set_alias("Greener")
expect.converged()
for i, realm in ipairs(realms) do
  check.eq(realm:get_alias(), "Greener", "alias at peer " .. i)
end

helpers.section(6, "who sets it later wins, whatever arrives later")
a:go_offline()
garden:set_alias("said first")
indras.sleep(60)
bens:set_alias("said last")
indras.sleep(60)
a:go_online()
expect.converged()
for i, realm in ipairs(realms) do
  check.eq(realm:get_alias(), "said last", "alias at peer " .. i)
end

helpers.section(7, "two at the same moment: everybody sees the same one of the two")
helpers.isolate(b, nets)
bens:set_alias("from B")
garden:set_alias("from A")
check.eq(bens:get_alias(), "from B")
helpers.rejoin(b, nets)
expect.converged()
local winner = a:id() > b:id() and "from A" or "from B"
for i, realm in ipairs(realms) do
  check.eq(realm:get_alias(), winner, "alias at peer " .. i)
end

helpers.section(8, "77 characters are kept, however many bytes they are; what is longer is cut")
for _, case in ipairs({
  { ("a"):rep(77), ("a"):rep(77) },
  { ("a"):rep(78), ("a"):rep(77) },
  { ("🌱"):rep(100), ("🌱"):rep(77) },
  { ("ä"):rep(76) .. "🌱🌱", ("ä"):rep(76) .. "🌱" },
  { "two\nlines", "two\nlines" },
  { 42, "42" },
}) do
  garden:set_alias(case[1])
  check.eq(garden:get_alias(), case[2])
end
expect.converged()
check.eq(cleos:get_alias(), "42")

helpers.section(9, "anybody clears it, once; clearing what is clear writes nothing")
expect.nothing(function() return cleos:clear_alias() end)
check.nil_(cleos:get_alias())
expect.converged()
for i, realm in ipairs(realms) do
  check.nil_(realm:get_alias(), "alias at peer " .. i)
end
local before = indras.stats().envelopes
bens:clear_alias()
for _ = 1, 50 do
  bens:get_alias()
  bens:unread_count(b:id())
  bens:last_read_seq(b:id())
  bens:member_list()
  bens:document_names()
end
indras.settle()
check.eq(indras.stats().envelopes, before, "reading writes nothing, and nothing is sent")
bens:set_alias("")
check.nil_(bens:get_alias(), "nothing is no alias")

helpers.section(10, "unread: what others wrote, and not what one wrote oneself")
local function unread(realm)
  local counts = {}
  for i, net in ipairs({ a, b, c }) do
    counts[i] = realm:unread_count(net:id())
  end
  return counts
end
check.eq(first, 1)
for _, realm in ipairs(realms) do
  check.eq(unread(realm), { 1, 0, 1 }, "B's hello")
  for _, net in ipairs({ a, b, c }) do
    expect.integer(realm:last_read_seq(net:id()), 0, "nobody has marked anything")
  end
end
garden:send("two")
garden:send("three")
cleos:send("four")
check.eq(math.type(garden:unread_count(a:id())), "integer")
expect.converged()
for i, realm in ipairs(realms) do
  check.eq(unread(realm), { 2, 3, 3 }, "unread as peer " .. i .. " sees it")
end

helpers.section(11, "reactions and what the realm says of itself are not unread; artifacts are")
local fourth = garden:all_messages()[4]
bens:react(fourth.id, "👍")
bens:announce("Ben is here")
expect.converged()
for _, realm in ipairs(realms) do
  check.eq(unread(realm), { 2, 3, 3 })
end
local picture = a:home_realm():create_artifact("gallery", { name = "Roses" })
garden:send_artifact(picture:id(), "Roses")
expect.converged()
for _, realm in ipairs(realms) do
  check.eq(unread(realm), { 2, 4, 4 })
end

helpers.section(12, "marking: everything that is here, for oneself, and the others see it")
local newest = bens:all_messages()[#bens:all_messages()].id
expect.nothing(function() return bens:mark_read(b:id()) end)
expect.integer(bens:unread_count(b:id()), 0)
expect.integer(bens:last_read_seq(b:id()), newest)
check.eq(unread(garden), { 2, 4, 4 }, "A does not know yet")
expect.converged()
for _, realm in ipairs(realms) do
  check.eq(unread(realm), { 2, 0, 4 })
  expect.integer(realm:last_read_seq(b:id()), newest)
  expect.integer(realm:last_read_seq(c:id()), 0)
end
before = indras.stats().envelopes
bens:mark_read(b:id():upper())
indras.settle()
check.eq(indras.stats().envelopes, before, "marking again writes nothing")

helpers.section(13, "what comes later is unread again, exactly that, and each once")
for n = 1, 7 do
  garden:send("later " .. n)
end
bens:send("my own")
expect.converged()
check.eq(unread(bens), { 3, 7, 12 })
check.eq(bens:last_read_seq(b:id()), newest, "what was marked stays marked")
check.len(bens:messages_since(bens:last_read_seq(b:id())), 8, "seven, and one's own")
cleos:mark_read(c:id())
garden:mark_read(a:id())
expect.converged()
for _, realm in ipairs(realms) do
  check.eq(unread(realm), { 0, 7, 0 })
end

helpers.section(14, "what arrives late is unread, wherever it stands in the order")
a:go_offline()
garden:send("written in the dark")
for n = 1, 3 do
  cleos:send("in the light " .. n)
end
indras.settle()
bens:mark_read(b:id())
check.eq(bens:unread_count(b:id()), 0)
a:go_online()
expect.converged()
check.eq(bens:unread_count(b:id()), 1, "A's")
check.eq(unread(garden), { 3, 1, 1 })
bens:mark_read(b:id())
expect.converged()
check.eq(unread(garden), { 3, 0, 1 })

helpers.section(15, "a crash forgets no mark, no alias and no name")
garden:set_alias("Kept")
expect.converged()
b:crash()
b:start()
bens = b:get_realm(garden:id())
check.eq(bens:name(), "Kitchen garden")
check.eq(bens:get_alias(), "Kept")
check.eq(unread(bens), { 3, 0, 1 })
check.eq(b:display_name(), "Ben")
check.eq(names(bens), called({ "Ada Lovelace", "Ben", "Cleo" }))
expect.converged()
check.eq(unread(garden), { 3, 0, 1 })

helpers.section(16, "nobody marks for somebody else, and a stranger has nothing to mark")
local others = stranger:id()
expect.refused(function() bens:mark_read(a:id()) end, "invalid_operation", "Invalid operation: ")
expect.refused(function() bens:mark_read(others) end, "invalid_operation", "Invalid operation: ")
check.eq(unread(bens), { 3, 0, 1 }, "nothing was marked")
expect.integer(bens:last_read_seq(others), 0)
for _, bad in ipairs({ "", "Ben", ("a"):rep(63), ("z"):rep(64) }) do
  for _, name in ipairs({ "mark_read", "unread_count", "last_read_seq" }) do
    expect.refused(function() bens[name](bens, bad) end, nil, "expected 64 hex digits")
  end
end
for _, name in ipairs({ "mark_read", "unread_count", "last_read_seq" }) do
  expect.refused(function() bens[name](bens) end, nil, "expected text, got nil")
  expect.refused(function() bens[name](bens, {}) end, nil, "expected text, got table")
end

helpers.section(17, "an alias is text, and a stranger sets none")
expect.refused(function() bens:set_alias(nil) end, nil, "expected text, got nil")
expect.refused(function() bens:set_alias({}) end, nil, "expected text, got table")
expect.refused(function() bens:set_alias(print) end, nil, "expected text, got function")
expect.refused(function() bens:set_alias("\xff\xfe") end, nil, "not UTF-8")
check.nil_(stranger:get_realm(garden:id()), "to know the id is not to be in it")
expect.refused(function() stranger:get_realm("Garden") end, nil, "expected 64 hex digits")
check.eq(bens:get_alias(), "Kept")

helpers.section(18, "who has left writes nothing any more: no alias, no mark, no word")
c:leave_realm(garden:id())
check.eq(c:realms(), {})
check.nil_(c:get_realm(garden:id()))
for name, act in pairs({
  set_alias = function() cleos:set_alias("from outside") end,
  clear_alias = function() cleos:clear_alias() end,
  mark_read = function() cleos:mark_read(c:id()) end,
  send = function() cleos:send("from outside") end,
  update = function() cleos:document("d"):update({ x = 1 }) end,
  invite_code = function() cleos:invite_code() end,
}) do
  expect.refused(act, "not_member", "Not a member")
  check.eq(bens:get_alias(), "Kept", name .. " changes nothing")
end
indras.settle()
expect.integer(garden:member_count(), 2)
garden:send("among ourselves")
garden:set_alias("Ours")
indras.settle()
check.eq(bens:get_alias(), "Ours")
check.eq(cleos:get_alias(), "Kept", "C gets nothing that is written afterwards")

helpers.pass("live_realm_features")
