--- A member is shown out: what it said stays, and nothing that is said afterwards reaches it.
--- needs: nothing
--- seed: 32

local helpers = require("live_network_helpers")
local refused = require("expect").refused
local check = indras.assert

local nets = helpers.create_networks(4)
local a, b, c, d = table.unpack(nets)
helpers.connect_all(nets)
for i, name in ipairs({ "Ada", "Ben", "Cleo" }) do
  nets[i]:set_display_name(name)
end
local at_a = a:create_realm("Garden")
local invite = at_a:invite_code()
local at_b, at_c = b:join(invite), c:join(invite)
indras.settle()

--- What was said, in order.
local function said(realm)
  local texts = {}
  for i, message in ipairs(realm:all_messages()) do
    texts[i] = message.content
  end
  return texts
end

helpers.section(1, "three members talk and write")
check.eq(at_c:send("from Cleo"), 1)
indras.settle()
check.eq(at_b:send("from Ben"), 2)
at_c:document("plan"):update({ by = "Cleo", n = 1 })
at_c:set_alias("Our garden")
indras.settle()
for _, realm in ipairs({ at_a, at_b, at_c }) do
  check.eq(realm:member_count(), 3)
  check.eq(said(realm), { "from Cleo", "from Ben" })
  check.true_(realm:is_member())
end

helpers.section(2, "who may not show anybody out")
refused(function() at_b:remove_member(c:id()) end, "invalid_operation", "Invalid operation: ")
refused(function() at_b:remove_member(a:id()) end, "invalid_operation", "Invalid operation: ")
refused(function() at_c:remove_member(c:id()) end, "invalid_operation", "Invalid operation: ")
refused(function() at_a:remove_member(a:id()) end, "invalid_operation", "Invalid operation: ")
refused(function() at_a:remove_member("Cleo") end, nil, "expected 64 hex digits")
refused(function() at_a:remove_member(nil) end, nil, "bad argument")
check.eq(at_a:remove_member(d:id()), false, "D is no member")
check.eq(at_a:remove_member(("0d"):rep(32)), false)
indras.settle()
check.eq(at_b:member_count(), 3)

helpers.section(3, "the creator shows C out")
check.eq(at_a:remove_member(c:id():upper()), true)
check.eq(at_a:remove_member(c:id()), false, "once")
check.eq(at_a:member_count(), 2)
indras.settle()
for _, realm in ipairs({ at_a, at_b }) do
  check.eq(realm:member_count(), 2)
  for _, member in ipairs(realm:member_list()) do
    check.ne(member.id, c:id())
  end
  check.eq(said(realm), { "from Cleo", "from Ben" }, "what C said stays")
  check.eq(realm:all_messages()[1].sender_name, "Cleo", "with its name")
  check.eq(realm:document("plan"):read(), { by = "Cleo", n = 1 })
  check.eq(realm:get_alias(), "Our garden")
end

helpers.section(4, "nothing that is written afterwards reaches C")
local before = indras.stats(c).payloads
check.eq(at_a:send("without Cleo"), 3)
check.eq(at_b:send("indeed"), 3)
at_b:document("plan"):merge({ n = 2 })
at_a:document("another"):update("secret")
at_b:set_alias("Ours alone")
b:set_display_name("Benjamin")
indras.sleep(24 * 3600)
indras.settle()
check.eq(indras.stats(c).payloads, before, "no payload")
check.eq(said(at_c), { "from Cleo", "from Ben" })
check.eq(at_c:document("plan"):read(), { by = "Cleo", n = 1 })
check.eq(at_c:document_names(), { "plan" })
check.eq(at_c:get_alias(), "Our garden")
check.eq(said(at_a), said(at_b))
check.len(said(at_a), 4)

helpers.section(5, "nothing that C writes reaches anybody")
local function try(write)
  local ok, problem = pcall(write)
  if not ok then
    check.eq(problem.code, "not_member")
    check.contains(tostring(problem), "Not a member")
  end
end
-- C may not have heard of it: then it writes for itself.
try(function() at_c:send("am I still here?") end)
try(function() at_c:document("plan"):merge({ n = 99 }) end)
try(function() at_c:set_alias("Mine") end)
try(function() at_c:react(1, "👋") end)
try(function() at_c:mark_read(c:id()) end)
indras.settle()
for _, realm in ipairs({ at_a, at_b }) do
  check.len(said(realm), 4)
  check.eq(realm:document("plan"):read(), { by = "Cleo", n = 2 })
  check.eq(realm:get_alias(), "Ours alone")
  check.eq(realm:member_count(), 2)
end

helpers.section(6, "no invite lets C in again")
c:leave_realm(at_a:id())
check.eq(c:realms(), {})
for _, again in ipairs({ invite, at_a:create_invite(), at_b:create_invite({ max_uses = 5 }) }) do
  local realm = c:join(again)
  indras.settle()
  check.false_(realm:is_member())
  check.ne(said(realm)[3], "without Cleo")
  refused(function() realm:send("let me in") end, "not_member", "Not a member")
  check.eq(at_a:member_count(), 2)
  check.eq(at_b:member_count(), 2)
end
check.len(said(at_a), 4)

helpers.section(7, "a member that is away when it is shown out")
local at_d = d:join(invite)
indras.settle()
check.eq(at_d:member_count(), 3)
check.eq(at_d:send("from D"), 4)
indras.settle()
d:go_offline()
check.eq(at_d:send("written while away"), 5)
check.true_(at_a:remove_member(d:id()))
check.eq(at_a:send("D is out"), 5)
indras.settle()
d:go_online()
indras.settle()
check.eq(said(at_a), said(at_b), "A and B agree")
check.eq(at_a:member_count(), 2)
for _, text in ipairs(said(at_d)) do
  check.ne(text, "D is out", "D does not get what came afterwards")
end
check.contains(said(at_a), "from D")
check.true_(indras.converged({ a, b }))

helpers.section(8, "it holds after everybody was restarted")
for _, net in ipairs(nets) do
  net:crash()
  net:start()
end
indras.settle()
at_a, at_b = a:get_realm(at_a:id()), b:get_realm(at_a:id())
check.eq(at_a:member_count(), 2)
check.eq(at_b:member_count(), 2)
before = { indras.stats(c).payloads, indras.stats(d).payloads }
at_a:send("good night")
indras.settle()
check.eq({ indras.stats(c).payloads, indras.stats(d).payloads }, before)
check.eq(said(at_a), said(at_b))
check.eq(said(at_b)[#said(at_b)], "good night")

helpers.section(9, "in a realm of two nobody created anything")
local direct = a:connect(b:id())
b:connect(a:id())
indras.settle()
refused(function() direct:remove_member(b:id()) end, "invalid_operation", "Invalid operation: ")
check.eq(direct:member_count(), 2)

helpers.section(10, "the creator leaves: the others go on")
a:leave_realm(at_a:id())
indras.settle()
check.eq(at_b:member_count(), 1)
at_b:send("alone now")
refused(function() at_a:remove_member(b:id()) end, "not_member", "Not a member")
refused(function() at_b:remove_member(a:id()) end, "invalid_operation", "Invalid operation: ")

helpers.pass("member_removal")
