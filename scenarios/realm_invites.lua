--- Invites: good for a time, for a number of people, or until they are taken back.
--- needs: nothing
--- seed: 31

local helpers = require("live_network_helpers")
local refused = require("expect").refused
local check = indras.assert

local HOUR = 3600
local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
helpers.connect_all(nets)
local garden = a:create_realm("Garden")

--- Somebody new whom A and B can reach.
local function newcomer()
  local net = helpers.create_networks(1)[1]
  net:connect_to(a)
  net:connect_to(b)
  return net
end

--- Fails unless an invite of A's is as these fields say.
local function listed(place, fields)
  local invite = garden:invites()[place]
  for name, value in pairs(fields) do
    check.eq(invite[name], value, ("%s of invite %d"):format(name, place))
  end
  return invite
end

--- Fails unless somebody was not let in, and knows why.
local function kept_out(net, realm, code, words)
  check.eq(realm:all_messages(), {})
  check.eq(realm:member_count(), 0)
  check.nil_(realm:name())
  refused(function() realm:send("hello?") end, code, words)
  for _, member in ipairs(garden:member_list()) do
    check.ne(member.id, net:id())
  end
end

helpers.section(1, "the standing invite: without end, for everybody, the same each time")
check.eq(garden:invites(), {})
local standing = garden:invite_code()
check.eq(garden:invite_code(), standing)
check.len(garden:invites(), 1)
local first = listed(1, { status = "open", used_by = {}, issued_at = os.time() })
check.nil_(first.expires_at)
check.nil_(first.max_uses)
check.nil_(first.secret, "who knows that is let in")
assert.match(first.id, "^[0-9a-f]+$")
local at_b = b:join(standing)
indras.settle()
listed(1, { status = "open", used_by = { b:id() } })
check.eq(at_b:member_count(), 2)
check.eq(at_b:invites(), {}, "these are A's")

helpers.section(2, "an invite for one: whoever comes second finds it used up")
local once = garden:create_invite({ max_uses = 1 })
check.ne(once, standing)
check.eq(garden:invite_code(), standing, "the standing one is another")
local d, e = newcomer(), newcomer()
local at_d = d:join(once)
indras.settle()
check.eq(at_d:member_count(), 3)
listed(2, { status = "used_up", max_uses = 1, used_by = { d:id() } })
check.true_(d:join(once) == at_d, "once more is harmless")
local at_e = e:join(once)
check.eq(e:realms(), { garden:id() }, "it is here at once; nobody has been asked yet")
indras.settle()
kept_out(e, at_e, "realm_full", "Realm full")
check.eq(garden:member_count(), 3)
listed(2, { status = "used_up", used_by = { d:id() } })

helpers.section(3, "who was kept out may come by another invite")
at_e = e:join(standing)
indras.settle()
check.eq(at_e:member_count(), 4)
check.eq(at_e:send("in after all"), 1)
indras.settle()
check.eq(garden:all_messages()[1].sender_id, e:id())
listed(1, { used_by = { b:id(), e:id() } })

helpers.section(4, "an invite for two, and three at once")
local two = garden:create_invite({ max_uses = 2 })
local three = { newcomer(), newcomer(), newcomer() }
local entered, kept = 0, 0
for _, net in ipairs(three) do
  net:join(two)
end
indras.settle()
for _, net in ipairs(three) do
  local realm = net:get_realm(garden:id())
  if realm:is_member() then
    check.eq(realm:member_count(), 6)
    entered = entered + 1
  else
    kept_out(net, realm, "realm_full", "Realm full")
    kept = kept + 1
  end
end
check.eq({ entered, kept }, { 2, 1 })
check.len(listed(3, { status = "used_up", max_uses = 2 }).used_by, 2)
check.eq(garden:member_count(), 6)

helpers.section(5, "an invite that ends: until its last second it is good")
local ends = os.time() + HOUR
local soon = garden:create_invite({ expires_at = ends })
listed(4, { status = "open", expires_at = ends })
check.eq(math.type(garden:invites()[4].expires_at), "integer")
local f, g, h = newcomer(), newcomer(), newcomer()
f:join(soon)
indras.settle()
check.eq(garden:member_count(), 7)
g:go_offline()
local at_g = g:join(soon)
check.eq(at_g:id(), garden:id(), "joining works offline")
indras.sleep(HOUR)
listed(4, { status = "expired", used_by = { f:id() } })
refused(function() h:join(soon) end, "invite_expired", "Invite expired")
check.eq(h:realms(), {})

helpers.section(6, "who asks in time and arrives too late is told so")
check.eq(at_g:send("I am here"), 1, "before anybody has answered it may write")
g:go_online()
indras.settle()
refused(function() at_g:send("hello?") end, "invite_expired", "Invite expired")
check.false_(at_g:is_member())
check.eq(garden:member_count(), 7)
check.len(garden:all_messages(), 1, "what it wrote is nobody's business")
refused(function() g:join(soon) end, "invite_expired", "Invite expired")
check.true_(f:join(soon) == f:get_realm(garden:id()), "who is in is in")

helpers.section(7, "an invite that is taken back")
local revoked = garden:create_invite()
local id = listed(5, { status = "open" }).id
check.ne(id, first.id)
h:join(revoked)
indras.settle()
check.eq(garden:member_count(), 8)
check.eq(garden:revoke_invite(id), true)
check.eq(garden:revoke_invite(id), false, "once")
listed(5, { status = "revoked", used_by = { h:id() } })
local i = newcomer()
local at_i = i:join(revoked)
indras.settle()
kept_out(i, at_i, "invite_revoked", "Invite revoked")
check.eq(h:get_realm(garden:id()):member_count(), 8, "who came by it stays")
check.eq(garden:revoke_invite(("0c"):rep(32)), false, "nobody knows that one")
refused(function() garden:revoke_invite("all of them") end, nil, "expected 64 hex digits")

helpers.section(8, "the standing invite taken back: the next one is new")
check.eq(garden:revoke_invite(first.id), true)
local next_standing = garden:invite_code()
check.ne(next_standing, standing)
check.eq(garden:invite_code(), next_standing)
local j = newcomer()
local at_j = j:join(standing)
indras.settle()
kept_out(j, at_j, "invite_revoked", "Invite revoked")
at_j = j:join(next_standing)
indras.settle()
check.eq(at_j:member_count(), 9)

helpers.section(9, "members invite as well, and answer for their own")
local bens = at_b:create_invite({ max_uses = 1 })
local k = helpers.create_networks(1)[1]
k:connect_to(b) -- and to nobody else
local at_k = k:join(bens)
indras.settle()
check.eq(at_k:member_count(), 10)
check.eq(garden:member_count(), 10)
check.eq(#at_b:invites(), 1)
check.eq(at_b:invites()[1].used_by, { k:id() })
check.false_(garden:revoke_invite(at_b:invites()[1].id), "it is not A's")
check.eq(at_k:all_messages()[1].content, "in after all", "the history comes from B")

helpers.section(10, "joining works while nobody can be reached")
local l = newcomer()
helpers.isolate(l, { a, b, l })
local at_l = l:join(next_standing)
check.true_(l:get_realm(garden:id()) == at_l)
check.eq(l:realms(), { garden:id() })
check.eq(at_l:send("written before I was let in"), 1)
indras.sleep(30 * 24 * HOUR)
check.eq(at_l:member_count(), 0)
l:crash()
l:start()
helpers.rejoin(l, { a, b, l })
indras.settle()
at_l = l:get_realm(garden:id())
check.eq(at_l:member_count(), 11)
check.eq(at_l:name(), "Garden")
local said = {}
for _, message in ipairs(garden:all_messages()) do
  said[#said + 1] = message.content
end
table.sort(said)
check.eq(said, { "in after all", "written before I was let in" })

helpers.section(11, "an inviter that has left lets nobody in any more")
local gone = at_b:create_invite()
b:leave_realm(garden:id())
indras.settle()
local m = newcomer()
local at_m = m:join(gone)
indras.settle()
check.eq(at_m:member_count(), 0)
check.false_(at_m:is_member())
refused(function() at_m:send("hello?") end, "not_member", "Not a member")
refused(function() at_b:create_invite() end, "not_member", "Not a member")

helpers.section(12, "invites survive a restart of whoever issued them")
local open = garden:create_invite({ max_uses = 3, expires_at = os.time() + HOUR })
local before = garden:invites()
a:crash()
a:start()
garden = a:get_realm(garden:id())
check.eq(garden:invites(), before)
check.eq(garden:invite_code(), next_standing)
local n = newcomer()
n:join(open)
indras.settle()
check.true_(n:get_realm(garden:id()):is_member())
check.eq(garden:invites()[#before].used_by, { n:id() })
local o = newcomer()
o:join(revoked)
indras.settle()
kept_out(o, o:get_realm(garden:id()), "invite_revoked", "Invite revoked")

helpers.section(13, "what is no invite, and what no invite can be")
local none = { "", "indra:realm:", "indra:dm:" .. open:sub(13), open .. open, ("A"):rep(5000) }
for _, wrong in ipairs(none) do
  refused(function() o:join(wrong) end, "invalid_invite", "Invalid invite code: ")
end
for _, wrong in ipairs({ 0, -1, 1025 }) do
  refused(function()
    garden:create_invite({ max_uses = wrong })
  end, "invalid_operation", "Invalid operation: ")
end
for _, wrong in ipairs({ 1.5, "many", {}, true }) do
  refused(function() garden:create_invite({ max_uses = wrong }) end, nil, "bad argument")
end
for _, wrong in ipairs({ -1, "soon", {}, 1 / 0 }) do
  refused(function() garden:create_invite({ expires_at = wrong }) end, nil, "bad argument")
end
refused(function() garden:create_invite({ max_use = 1 }) end, nil, "bad argument")
refused(function() garden:create_invite("once") end, nil, "bad argument")
check.len(garden:invites(), #before, "none of those was issued")
local past = garden:create_invite({ expires_at = os.time() - 1 })
refused(function() c:join(past) end, "invite_expired", "Invite expired")
check.eq(c:realms(), {}, "C was never in")
check.eq(indras.stats(c).payloads, 0, "and never got anything")

helpers.pass("realm_invites")
