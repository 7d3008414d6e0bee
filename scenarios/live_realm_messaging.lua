--- A realm, three people in it, and everything that they say to one another.
--- needs: nothing
--- seed: 22

local helpers = require("live_network_helpers")
local refused = require("expect").refused
local check = indras.assert

local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
local stranger = helpers.create_networks(1)[1]
helpers.connect_all({ a, b, c, stranger })
a:set_display_name("Ada")
b:set_display_name("Ben")

--- One field of each message.
local function each(messages, field)
  local values = {}
  for i, message in ipairs(messages) do
    values[i] = message[field]
  end
  return values
end

--- Fails unless everybody has the same messages in the same order, each once.
local function same_everywhere(realms, count)
  local first = realms[1]:all_messages()
  check.len(first, count)
  for i, realm in ipairs(realms) do
    check.eq(realm:all_messages(), first, "messages at peer " .. i)
  end
  local seen = {}
  for i, message in ipairs(first) do
    check.nil_(seen[message.key], "no key twice")
    seen[message.key] = true
    check.eq(math.type(message.id), "integer")
    local before = first[i - 1]
    check.true_(
      before == nil or before.id < message.id
        or (before.id == message.id and before.sender_id < message.sender_id),
      "ordered by id, then by sender"
    )
  end
end

helpers.section(1, "A creates a realm and says something in it")
local at_a = a:create_realm("Garden")
check.len(at_a:id(), 64)
check.eq(at_a:name(), "Garden")
check.eq(tostring(at_a), ("Realm(id=%s, name=Garden)"):format(at_a:id():sub(1, 8)))
check.eq(at_a:all_messages(), {})
check.eq(at_a:member_count(), 1)
check.eq(at_a:member_list(), { { id = a:id(), name = "Ada" } })
local first = at_a:send("The first seed is in the ground.")
check.eq(first, 1)
check.eq(math.type(first), "integer")
local began = os.time()

helpers.section(2, "B and C join: with the whole invite, and with less of it")
local invite = at_a:invite_code()
assert.match(invite, "^indra:realm:[A-Za-z0-9_-]+$")
check.eq(at_a:invite_code(), invite, "the same each time")
local at_b = b:join(invite)
check.eq(at_b:id(), at_a:id(), "the realm is here at once")
check.nil_(at_b:name(), "its name is not")
check.eq(tostring(at_b), ("Realm(id=%s, name=unnamed)"):format(at_a:id():sub(1, 8)))
check.eq(at_b:all_messages(), {})
local at_c = c:join("\n  " .. invite:gsub("^indra:realm:", "") .. "  ")
check.true_(b:join(invite) == at_b, "joining twice is harmless")
indras.settle()
check.true_(b:join(invite) == at_b, "also afterwards")
local realms = { at_a, at_b, at_c }
local members = {
  { id = a:id(), name = "Ada" },
  { id = b:id(), name = "Ben" },
  { id = c:id(), name = c:id():sub(1, 10) },
}
table.sort(members, function(left, right) return left.id < right.id end)
for i, realm in ipairs(realms) do
  check.eq(realm:name(), "Garden", "name at peer " .. i)
  check.eq(realm:member_count(), 3, "members at peer " .. i)
  local list = realm:member_list()
  table.sort(list, function(left, right) return left.id < right.id end)
  check.eq(list, members, "members at peer " .. i)
  check.eq(each(realm:all_messages(), "content"), { "The first seed is in the ground." })
end

helpers.section(3, "a message has all its fields, and only those")
local message = at_c:all_messages()[1]
check.eq(message, {
  id = 1,
  key = message.key,
  sender_id = a:id(),
  sender_name = "Ada",
  type = "text",
  content = "The first seed is in the ground.",
  timestamp = began,
})
check.eq(math.type(message.timestamp), "integer")
check.eq(type(message.key), "string")
check.eq(at_a:all_messages(), at_c:all_messages())

helpers.section(4, "sequences grow, and everybody's text arrives as it was written")
local texts = { "Zwiebeln und Äpfel", "two\nlines", "tab\tand \"quotes\" \\", "🌱🌿🌳", "" }
for i, text in ipairs(texts) do
  check.eq(at_b:send(text), i + 1)
end
check.eq(at_b:send(2026), 7, "numbers are taken as text")
indras.settle()
same_everywhere(realms, 7)
for i, text in ipairs(texts) do
  local sent = at_c:all_messages()[i + 1]
  check.eq(sent.content, text)
  check.eq(sent.sender_id, b:id())
  check.eq(sent.sender_name, "Ben")
end
check.eq(at_c:all_messages()[7].content, "2026")
check.eq(at_c:send("C is here"), 8, "one more than the largest seen")
indras.settle()
check.eq(at_a:all_messages()[8].sender_name, c:id():sub(1, 10), "C has no name")
c:set_display_name("Cleo")
indras.settle()
check.eq(at_a:all_messages()[8].sender_name, "Cleo", "now it has")

helpers.section(5, "replies: by id, by key, and to what has not arrived")
check.eq(at_b:reply(1, "by id"), 9)
check.eq(at_b:reply(at_b:all_messages()[8].key, "by key"), 10)
check.eq(at_b:reply("1", "by a numeral"), 11)
check.eq(at_b:reply(2.0, "by a float"), 12)
check.eq(at_b:reply(4000, "to what may come"), 13)
indras.settle()
same_everywhere(realms, 13)
check.eq(each(at_c:messages_since(8), "reply_to"), { 1, 8, 1, 2, 4000 })
check.eq(each(at_c:messages_since(8), "type"), { "text", "text", "text", "text", "text" })
for _, reply in ipairs(at_c:messages_since(8)) do
  check.eq(math.type(reply.reply_to), "integer")
  check.nil_(reply.reaction_target)
end

helpers.section(6, "reactions are rows of their own, one for each sender, target and emoji")
check.eq(at_c:react(1, "🌞"), 14)
check.eq(at_c:react(1, "🌞"), 14, "the same again is the same")
check.eq(at_c:react(at_c:all_messages()[1].key, "🌞"), 14, "by its key as well")
check.eq(at_c:react(1, "🌧"), 15, "another emoji")
check.eq(at_c:react(2, "🌞"), 16, "another target")
indras.settle()
check.eq(at_a:react(1, "🌞"), 17, "another sender")
check.eq(at_a:react(5000, "👍"), 18, "what may come")
indras.settle()
same_everywhere(realms, 18)
local reactions = at_b:messages_since(13)
check.eq(each(reactions, "type"), {
  "reaction", "reaction", "reaction", "reaction", "reaction",
})
check.eq(each(reactions, "content"), { "🌞", "🌧", "🌞", "🌞", "👍" })
check.eq(each(reactions, "reaction_target"), { 1, 1, 2, 1, 5000 })
check.eq(each(reactions, "sender_id"), { c:id(), c:id(), c:id(), a:id(), a:id() })
for _, reaction in ipairs(reactions) do
  check.nil_(reaction.reply_to)
end

helpers.section(7, "artifacts and announcements are messages as well")
local artifact = ("0f"):rep(32)
check.eq(at_b:send_artifact(artifact, "tides.png"), 19)
check.eq(at_b:send_artifact(artifact:upper()), 20)
check.eq(at_b:announce("Ben has dug the ground."), 21)
indras.settle()
same_everywhere(realms, 21)
local special = at_c:messages_since(18)
check.eq(each(special, "type"), { "artifact", "artifact", "system" })
check.eq(each(special, "content"), { "tides.png", artifact, "Ben has dug the ground." })
check.eq(each(special, "artifact_id"), { artifact, artifact })
check.eq(each(special, "sender_name"), { "Ben", "Ben", "Ben" })
check.eq(at_c:message(21), special[3])
check.eq(at_c:message(special[1].key), special[1])
check.nil_(at_c:message(22))
check.nil_(at_c:message("no such key"))
check.nil_(c:artifact(artifact), "to point to something grants nothing")
refused(function() at_b:send_artifact("tides.png") end, nil, "expected 64 hex digits")
refused(function() at_b:send_artifact(artifact, "") end, "invalid_name", "Invalid operation: ")
refused(function()
  at_b:send_artifact(artifact, ("x"):rep(257))
end, "invalid_name", "Invalid operation: ")
refused(function() at_b:announce(("x"):rep(65537)) end, "too_large", "Invalid operation: ")

helpers.section(8, "messages since an id")
check.eq(at_b:messages_since(0), at_b:all_messages())
check.eq(at_b:messages_since(-5), at_b:all_messages())
check.eq(each(at_b:messages_since(19), "id"), { 20, 21 })
check.eq(at_b:messages_since(21), {})
check.eq(at_b:messages_since(1000), {})
check.eq(each(at_b:messages_since("19"), "id"), { 20, 21 })
for _, wrong in ipairs({ "many", 1.5, {}, print }) do
  refused(function() at_b:messages_since(wrong) end, nil, "bad argument")
end

helpers.section(9, "search: the same set, the same order, whoever looks")
for i, realm in ipairs(realms) do
  local by = function(query) return each(realm:search_messages(query), "id") end
  check.eq(by("BY "), { 9, 10, 11, 12 }, "upper and lower case are the same at peer " .. i)
  check.eq(by("äPFEL"), { 2 }, "beyond ASCII too")
  check.eq(by("Apfel"), {}, "but an umlaut is not its vowel")
  check.eq(by("o\nl"), { 3 }, "across lines")
  check.eq(by("is in the GROUND."), { 1 }, "in the middle")
  check.eq(by("🌿"), { 5 })
  check.eq(by("🌞"), {}, "reactions are no text")
  check.eq(by("TIDES.png"), { 19 }, "an artifact by its name")
  check.eq(by("0f0f"), {}, "but not by its id")
  check.eq(by("dug the"), { 21 }, "announcements too")
  check.eq(by("%"), {}, "no character means anything else")
  check.eq(by("_"), {})
  check.eq(by("nobody said this"), {})
  check.eq(realm:search_messages("C is")[1], realm:all_messages()[8], "whole messages")
end
refused(function() at_b:search_messages(nil) end, nil, "bad argument")

helpers.section(10, "all at once, apart from each other: one order for all in the end")
indras.partition({ a }, { b }, { c })
check.eq(at_a:send("apart: A"), 22)
check.eq(at_b:send("apart: B"), 22)
check.eq(at_c:send("apart: C"), 22)
check.eq(at_c:send("apart: C again"), 23)
indras.sleep(60)
indras.heal()
indras.settle()
same_everywhere(realms, 25)
local apart = at_a:messages_since(21)
check.eq(each(apart, "id"), { 22, 22, 22, 23 })
local senders = { a:id(), b:id(), c:id() }
table.sort(senders)
senders[4] = c:id()
check.eq(each(apart, "sender_id"), senders)
check.eq(at_b:send("together"), 24)
check.eq(at_b:reply(apart[3].key, "to the third of them"), 25)
indras.settle()
check.eq(at_a:all_messages()[27].reply_to, 22)

helpers.section(11, "who was away, stopped or crashed misses nothing and repeats nothing")
c:go_offline()
check.eq(at_a:send("while C is away"), 26)
check.eq(at_c:send("away"), 26)
c:go_online()
indras.settle()
b:stop()
check.eq(at_a:send("while B is stopped"), 27)
indras.sleep(60)
b:start()
indras.settle()
a:crash()
check.eq(b:get_realm(at_b:id()):send("while A is down"), 28)
indras.sleep(60)
a:start()
indras.settle()
realms = { a:get_realm(at_a:id()), b:get_realm(at_a:id()), c:get_realm(at_a:id()) }
same_everywhere(realms, 31)
check.eq(realms[1]:send("after the crash"), 29, "it goes on counting")
check.eq(realms[2]:send("at the same time"), 29)
indras.settle()
same_everywhere(realms, 33)
check.true_(indras.converged(nets))

helpers.section(12, "what cannot be said")
refused(function() realms[1]:send(("ü"):rep(32769)) end, "too_large", "Invalid operation: ")
refused(function() realms[1]:reply(1, ("x"):rep(65537)) end, "too_large", "Invalid operation: ")
refused(function() realms[1]:react(1, ("x"):rep(33)) end, "too_large", "Invalid operation: ")
refused(function() realms[1]:react(1, "") end, "invalid_operation", "Invalid operation: ")
refused(function() realms[1]:reply("no such key", "x") end, "not_found", "Message not found: ")
refused(function()
  realms[1]:react(a:id() .. ":4000", "x")
end, "not_found", "Message not found: ")
refused(function() realms[1]:reply(-1, "x") end, "invalid_operation", "Invalid operation: ")
for _, wrong in ipairs({ false, {}, print, 1.5 }) do
  refused(function() realms[1]:reply(wrong, "x") end, nil, "bad argument")
  refused(function() realms[1]:react(wrong, "x") end, nil, "bad argument")
end
refused(function() realms[1]:reply(nil, "x") end, nil, "bad argument")
for _, wrong in ipairs({ false, {}, print, "\xff" }) do
  refused(function() realms[1]:send(wrong) end, nil, "bad argument")
  refused(function() realms[1]:reply(1, wrong) end, nil, "bad argument")
  refused(function() realms[1]:react(1, wrong) end, nil, "bad argument")
end
refused(function() realms[1]:send(nil) end, nil, "bad argument")
indras.settle()
same_everywhere(realms, 33)
local largest = ("ü"):rep(32768)
check.eq(realms[1]:send(largest), 30, "64 KiB are not too much")
check.eq(realms[1]:react(30, ("x"):rep(32)), 31)
indras.settle()
check.eq(realms[3]:all_messages()[34].content, largest)
check.eq(realms[3]:all_messages()[35].content, ("x"):rep(32))

helpers.section(13, "invites that are none")
for _, wrong in ipairs({
  "",
  "hello",
  "indra:realm:",
  "indra:artifact:" .. invite:sub(13),
  invite:sub(1, -2),
  invite .. "A",
  invite:sub(1, 40) .. (invite:sub(41, 41) == "A" and "B" or "A") .. invite:sub(42),
  a:identity_code(),
  ("A"):rep(100000),
}) do
  refused(function() stranger:join(wrong) end, "invalid_invite", "Invalid invite code: ")
end
refused(function() stranger:join(nil) end, nil, "bad argument")
check.eq(stranger:realms(), {}, "nothing is left of that")

helpers.section(14, "a stranger who can reach everybody gets nothing")
check.nil_(stranger:get_realm(at_a:id()))
check.eq(indras.stats(stranger).payloads, 0)
for _, realm in ipairs(realms) do
  check.eq(realm:member_count(), 3)
end

helpers.section(15, "C leaves: it says nothing more, and hears nothing more")
local left = realms[3]
local before = indras.stats(c).payloads
c:leave_realm(at_a:id())
check.eq(c:realms(), {})
check.nil_(c:get_realm(at_a:id()))
refused(function() left:send("one more thing") end, "not_member", "Not a member")
refused(function() left:reply(1, "one more thing") end, "not_member", "Not a member")
refused(function() left:react(1, "👋") end, "not_member", "Not a member")
refused(function() left:invite_code() end, "not_member", "Not a member")
indras.settle()
check.eq(realms[1]:member_count(), 2)
check.eq(realms[2]:member_count(), 2)
check.eq(realms[1]:send("C is gone"), 32)
indras.settle()
same_everywhere({ realms[1], realms[2] }, 36)
check.eq(indras.stats(c).payloads, before, "nothing was sent to C")
check.eq(realms[2]:all_messages()[8].sender_name, "Cleo", "what it said stays")

helpers.pass("live_realm_messaging")
