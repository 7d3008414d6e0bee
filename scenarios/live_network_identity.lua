--- One person: who that is, what it is called, and how it moves to another device.
--- needs: nothing
--- seed: 21

local helpers = require("live_network_helpers")
local refused = require("expect").refused
local check = indras.assert

local STRANGER = ("0a"):rep(32)

helpers.section(1, "a network is somebody before it is started")
local a = indras.Network.new()
check.false_(a:is_running())
check.len(a:id(), 64)
assert.match(a:id(), "^[0-9a-f]+$")
check.eq(a:member_id(), a:id())
check.nil_(a:display_name())
check.eq(tostring(a), ("Network(id=%s, running=false)"):format(a:id():sub(1, 8)))
check.len(a:identity_code(), 64)
assert.match(a:identity_code(), "^indra1[0-9a-z]+$")
check.eq(a:identity_uri(), a:identity_code(), "without a name the code is all there is")

for name, call in pairs({
  create_realm = function() a:create_realm("Garden") end,
  join = function() a:join("indra:realm:AAAA") end,
  leave_realm = function() a:leave_realm(STRANGER) end,
  connect = function() a:connect(STRANGER) end,
  connect_by_code = function() a:connect_by_code(a:identity_code()) end,
  home_realm = function() a:home_realm() end,
  contacts_realm = function() a:contacts_realm() end,
}) do
  indras.log.debug("before the start: " .. name)
  refused(call, "not_started", "Network not started")
end

helpers.section(2, "it starts once, stops as often as one likes, and starts again")
a:start()
check.true_(a:is_running())
check.eq(tostring(a), ("Network(id=%s, running=true)"):format(a:id():sub(1, 8)))
refused(function() a:start() end, "already_started", "Network already started")
check.true_(a:is_running(), "and goes on")
a:stop()
a:stop()
check.false_(a:is_running())
refused(function() a:home_realm() end, "not_started", "Network not started")
a:start()

helpers.section(3, "a display name")
a:set_display_name("  Zoë & Ada?  ")
check.eq(a:display_name(), "Zoë & Ada?", "without the white space around it")
a:set_display_name(42)
check.eq(a:display_name(), "42", "numbers are taken as text")
a:set_display_name(("ü"):rep(64))
check.eq(a:display_name(), ("ü"):rep(64), "64 characters, however many bytes")
for _, wrong in ipairs({ ("ü"):rep(65), "", "   ", "two\nlines", "a\0b", "\u{202e}backwards" }) do
  refused(function() a:set_display_name(wrong) end, "invalid_name", "Invalid operation: ")
end
for _, wrong in ipairs({ false, {}, print, a }) do
  refused(function() a:set_display_name(wrong) end, nil, "bad argument")
end
refused(function() a:set_display_name(nil) end, nil, "bad argument")
refused(function() a:set_display_name("\xff\xfe") end, nil, "bad argument")
check.eq(a:display_name(), ("ü"):rep(64), "none of that changed anything")

helpers.section(4, "the name travels to the members of the realms that it is in")
local b = helpers.create_networks(1)[1]
a:connect_to(b)
a:set_display_name("Ada")
local garden = a:create_realm("Garden")
local theirs = b:join(garden:invite_code())
indras.settle()

--- What each member is called, by id.
local function names(realm)
  local called = {}
  for _, member in ipairs(realm:member_list()) do
    called[member.id] = member.name
  end
  return called
end

check.eq(names(theirs), { [a:id()] = "Ada", [b:id()] = b:id():sub(1, 10) })
a:set_display_name("Ada Lovelace")
b:set_display_name("Ben")
check.eq(names(theirs)[a:id()], "Ada", "not before it has arrived")
indras.settle()
for _, realm in ipairs({ garden, theirs }) do
  check.eq(names(realm), { [a:id()] = "Ada Lovelace", [b:id()] = "Ben" })
end

helpers.section(5, "a name that is set while the other is away arrives later, once")
b:go_offline()
a:set_display_name("A.")
a:set_display_name("Ada")
indras.sleep(3600)
check.eq(names(theirs)[a:id()], "Ada Lovelace")
b:go_online()
indras.settle()
check.eq(names(theirs)[a:id()], "Ada")

helpers.section(6, "code and URI")
a:set_display_name("Zoë & Ada?")
check.eq(a:identity_uri(), a:identity_code() .. "?name=Zo%C3%AB%20%26%20Ada%3F")
check.contains(a:identity_uri(), a:identity_code())
check.ne(a:identity_code(), b:identity_code())
a:set_display_name("Ada")
check.eq(a:identity_uri(), a:identity_code() .. "?name=Ada")

helpers.section(7, "the code leads to its owner, however it is written")
local c = helpers.create_networks(1)[1]
local code = a:identity_code()
local direct = c:connect_by_code(code)
check.eq(names(direct)[a:id()], a:id():sub(1, 10), "a code says no name")
for _, written in ipairs({
  " \t" .. code .. "\n",
  code:upper(),
  "indra://" .. code,
  "INDRA://" .. code:upper(),
  a:identity_uri(),
}) do
  check.true_(c:connect_by_code(written) == direct, "the same realm by " .. written)
end
check.true_(c:connect(a:id()) == direct)
check.true_(c:connect(a:id():upper()) == direct)
check.eq(c:contacts_realm():contacts_list(), { a:id() })
check.eq(names(direct)[a:id()], "Ada", "the name of the URI, for there was none")
c:connect_by_code(code .. "?name=Somebody")
check.eq(names(direct)[a:id()], "Ada", "there is one already")

helpers.section(8, "codes that are none")
local other = code:sub(-1) == "q" and "p" or "q"
for _, wrong in ipairs({
  "",
  "hello",
  a:id(),
  code:sub(1, -2),
  code .. "q",
  code:sub(1, -2) .. other,
  code:sub(1, 20) .. code:sub(22, 22) .. code:sub(21, 21) .. code:sub(23) .. "q",
  "I" .. code:sub(2),
  "indrb1" .. code:sub(7),
  "https://" .. code,
  code .. "?nom=Ada",
  code .. "?name=%FF",
  code .. "?name=",
  code .. "?name=" .. ("x"):rep(65),
  code .. "?name=Ada&name=Ben",
  ("x"):rep(100000),
}) do
  refused(function() c:connect_by_code(wrong) end, "invalid_code", "Invalid invite code: ")
end
refused(function()
  c:connect_by_code(c:identity_code())
end, "invalid_operation", "Invalid operation: ")
refused(function() c:connect(c:id()) end, "invalid_operation", "Invalid operation: ")
for _, wrong in ipairs({ "", "Ada", a:id():sub(2), a:id() .. "00", ("0g"):rep(32) }) do
  refused(function() c:connect(wrong) end, nil, "expected 64 hex digits")
end
check.eq(c:contacts_realm():contact_count(), 1, "nobody was added")
check.len(c:realms(), 1)

helpers.section(9, "the same things are the same objects")
check.true_(a:home_realm() == a:home_realm())
check.true_(a:contacts_realm() == a:contacts_realm())
check.true_(a:get_realm(garden:id()) == garden)
check.true_(a:get_realm(garden:id():upper()) == garden)
check.true_(a ~= b)
check.ne(a:home_realm():id(), b:home_realm():id())
check.len(a:home_realm():id(), 64)
check.len(a:contacts_realm():id(), 64)
check.ne(a:contacts_realm():id(), b:contacts_realm():id(), "nobody shares a list of contacts")

helpers.section(10, "its realms")
local second = a:create_realm("Second")
local ids = { garden:id(), second:id() }
table.sort(ids)
local listed = a:realms()
table.sort(listed)
check.eq(listed, ids, "neither its home nor its inbox")
listed[1] = nil
check.len(a:realms(), 2, "the list is a new one each time")
check.eq(b:realms(), { garden:id() })
check.nil_(b:get_realm(second:id()))
check.nil_(a:get_realm(STRANGER))
check.nil_(a:get_realm(a:home_realm():id()))
refused(function() a:get_realm("Garden") end, nil, "expected 64 hex digits")
refused(function() a:leave_realm(STRANGER) end, "not_found", "Realm not found: " .. STRANGER)
refused(function() b:leave_realm(second:id()) end, "not_found", "Realm not found: " .. second:id())
refused(function() a:leave_realm("Second") end, nil, "expected 64 hex digits")
a:leave_realm(second:id())
check.eq(a:realms(), { garden:id() })
check.nil_(a:get_realm(second:id()))
refused(function() a:leave_realm(second:id()) end, "not_found", "Realm not found: " .. second:id())
a:stop()
a:start()
check.eq(a:realms(), { garden:id() }, "what was left stays left")
a:crash()
check.false_(a:is_running())
a:start()
check.eq(a:realms(), { garden:id() })
check.eq(a:display_name(), "Ada", "the name is kept")

helpers.section(11, "a link is only a link")
local d, e = table.unpack(helpers.create_networks(2))
d:connect_to(e)
indras.settle()
check.eq(d:realms(), {})
check.eq(e:realms(), {})
check.eq(d:contacts_realm():contact_count(), 0)
check.eq(e:contacts_realm():contact_count(), 0)
d:disconnect_from(e)
e:join(d:create_realm("Unreachable"):invite_code())
indras.settle()
check.eq(e:get_realm(e:realms()[1]):member_count(), 0, "nobody has let E in")
for _, wrong in ipairs({ "E", 5, {}, d:home_realm() }) do
  refused(function() d:connect_to(wrong) end, nil, "bad argument")
  refused(function() d:disconnect_from(wrong) end, nil, "bad argument")
end
refused(function() d:connect_to(nil) end, nil, "bad argument")
refused(function() d:connect_to(d) end, "invalid_operation", "Invalid operation: ")
refused(function() d:fly() end, nil, "attempt to call a nil value (method 'fly')")

helpers.section(12, "an exported identity is the same person elsewhere")
local exported = a:export_identity()
assert.match(exported, "^[A-Za-z0-9+/]+=*$")
check.eq(#exported % 4, 0, "padded")
check.eq(a:export_identity(), exported, "it says the same each time")
check.ne(b:export_identity(), exported)
a:stop()
indras.Network.import_identity("devices/second", exported)
local twin = indras.Network.new("devices/second")
check.eq(twin:id(), a:id())
check.eq(twin:identity_code(), code)
check.eq(twin:export_identity(), exported)
check.true_(twin ~= a)
check.nil_(twin:display_name(), "the key is all that is in it")
twin:start()
check.eq(twin:realms(), {})
twin:stop()

helpers.section(13, "with a passphrase nobody else can use it")
local locked = twin:export_identity("correct horse")
check.ne(locked, exported)
refused(function()
  indras.Network.import_identity("devices/locked", locked)
end, "passphrase_needed", "Cannot import identity: ")
refused(function()
  indras.Network.import_identity("devices/locked", locked, "wrong horse")
end, "wrong_passphrase", "Cannot import identity: ")
refused(function()
  indras.Network.import_identity("devices/locked", exported, "correct horse")
end, "bad_identity", "Cannot import identity: ")
indras.Network.import_identity("devices/locked", locked, "correct horse")
check.eq(indras.Network.new("devices/locked"):id(), a:id())

helpers.section(14, "what is no identity is not imported, and changes nothing")
local middle = #exported // 2
local flipped = exported:sub(middle, middle) == "A" and "B" or "A"
for _, wrong in ipairs({
  "",
  "not base64!",
  "AAAA",
  exported:sub(1, -5),
  exported .. "AAAA",
  exported:sub(1, middle - 1) .. flipped .. exported:sub(middle + 1),
  ("A"):rep(100000),
}) do
  refused(function()
    indras.Network.import_identity("devices/third", wrong)
  end, "bad_identity", "Cannot import identity: ")
end
refused(function() indras.Network.import_identity("devices/third", nil) end, nil, "bad argument")
local third = indras.Network.new("devices/third")
check.ne(third:id(), a:id(), "somebody new")

helpers.section(15, "a place keeps its identity")
local kept = third:id()
third:start()
third:set_display_name("Third")
local notes = third:create_realm("Notes")
check.eq(notes:send("a line"), 1)
refused(function() indras.Network.new("devices/third") end, "storage_error", "Database is locked")
third:stop()
refused(function()
  indras.Network.import_identity("devices/third", exported)
end, "bad_identity", "Cannot import identity: ")
local again = indras.Network.new("devices/third")
check.eq(again:id(), kept)
check.eq(again:display_name(), "Third")
again:start()
check.eq(again:realms(), { notes:id() })
check.eq(again:get_realm(notes:id()):name(), "Notes")
check.eq(again:get_realm(notes:id()):all_messages()[1].content, "a line")
check.eq(again:get_realm(notes:id()):send("another"), 2, "it goes on counting")

helpers.stop_all({ again, b, c, d, e })
helpers.pass("live_network_identity")
