--- Grants that end: to the second, whoever is away, and whatever is below.
--- needs: nothing
--- seed: 35

local helpers = require("live_network_helpers")
local refused = require("expect").refused
local check = indras.assert

local HOUR, DAY = 3600, 24 * 3600
local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
helpers.connect_all(nets)
local home, at_b, at_c = a:home_realm(), b:home_realm(), c:home_realm()

--- Uploads text, and gives its id.
local function upload(text)
  local path = os.tmpname()
  local file = io.open(path, "wb")
  file:write(text)
  file:close()
  return home:upload(path)
end

--- The ids of what A shares with somebody.
local function shared(net)
  local ids = {}
  for i, one in ipairs(home:shared_with(net:id())) do
    ids[i] = one.id
  end
  return ids
end

--- Lets the world run until a moment, in Unix seconds.
local function sleep_until(moment)
  indras.sleep(moment - (os.time() + indras.now() % 1))
end

helpers.section(1, "a ticket for an hour")
local ends = os.time() + HOUR
local play = upload("The play")
home:grant_access(play, b:id(), "timed", ends)
check.eq(a:artifact(play):grants(), {
  {
    grantee = b:id(),
    mode = "timed",
    granted_at = os.time(),
    granted_by = a:id(),
    expires_at = ends,
  },
})
check.eq(math.type(a:artifact(play):grants()[1].expires_at), "integer")
indras.settle()
check.eq(at_b:get_artifact(play), "The play")
check.eq(shared(b), { play })
sleep_until(ends - 1)
check.eq(at_b:get_artifact(play), "The play", "a second before the end")
check.eq(shared(b), { play })
sleep_until(ends)
refused(function() at_b:get_artifact(play) end, "no_access", "no access")
check.eq(shared(b), {}, "an ended grant is no grant")
check.eq(at_b:shared_with(b:id()), {})
check.eq(home:get_artifact(play), "The play", "A has it as before")
indras.settle()
check.eq(a:known_heads(play, b:id()), {}, "nothing is known of B any more")

helpers.section(2, "a new ticket after the old one, not before")
home:grant_access(play, b:id(), "timed", os.time() + HOUR)
refused(function()
  home:grant_access(play, b:id(), "timed", os.time() + DAY)
end, "already_granted", "grantee already has access")
refused(function()
  home:grant_access(play, b:id(), "permanent")
end, "already_granted", "grantee already has access")
indras.settle()
check.eq(at_b:get_artifact(play), "The play")
check.len(a:artifact(play):grants(), 1, "at most one for each")
indras.sleep(HOUR)
refused(function() at_b:get_artifact(play) end, "no_access", "no access")
home:grant_access(play, b:id(), "revocable")
indras.settle()
check.eq(at_b:get_artifact(play), "The play")
check.nil_(a:artifact(play):grants()[1].expires_at)

helpers.section(3, "what is written after the end does not arrive")
local story = home:create_artifact("story", { name = "Tides" })
ends = os.time() + DAY
story:grant(b:id(), "timed", ends)
story:grant(c:id(), "revocable")
story:append_ref(("01"):rep(32), nil, "on the first day")
indras.settle()
check.eq(b:artifact(story:id()):references()[1].label, "on the first day")
b:artifact(story:id()):append_ref(("02"):rep(32), nil, "by B")
indras.settle()
check.len(story:references(), 2)
sleep_until(ends)
local before = indras.stats(b).payloads
story:append_ref(("03"):rep(32), nil, "on the second day")
indras.settle()
check.eq(indras.stats(b).payloads, before, "no payload")
check.len(b:artifact(story:id()):references(), 2)
check.len(c:artifact(story:id()):references(), 3)
refused(function()
  b:artifact(story:id()):append_ref(("04"):rep(32))
end, "no_access", "no access")
refused(function()
  b:artifact(story:id()):set_metadata("mood", "sad")
end, "no_access", "no access")

helpers.section(4, "what was written before the end, and brought afterwards by others, stays")
ends = os.time() + DAY
story:grant(b:id(), "timed", ends)
indras.settle()
check.len(b:artifact(story:id()):references(), 3, "back in, B has what it missed")
a:go_offline()
b:artifact(story:id()):append_ref(("05"):rep(32), nil, "by B, while A was away")
indras.settle()
check.len(c:artifact(story:id()):references(), 4)
sleep_until(ends + DAY)
a:go_online()
indras.settle()
check.len(story:references(), 4, "C has brought it")
check.eq(story:references(), c:artifact(story:id()):references())
check.eq(story:heads(), c:artifact(story:id()):heads())

helpers.section(5, "who is away when it ends finds nothing to read when it comes back")
local letter = upload("Until tomorrow")
ends = os.time() + DAY
home:grant_access(letter, b:id(), "timed", ends)
indras.settle()
check.eq(at_b:get_artifact(letter), "Until tomorrow")
b:go_offline()
sleep_until(ends - 1)
check.eq(at_b:get_artifact(letter), "Until tomorrow", "B has its own clock")
sleep_until(ends)
refused(function() at_b:get_artifact(letter) end, "no_access", "no access")
b:go_online()
indras.settle()
refused(function() at_b:get_artifact(letter) end, "no_access", "no access")

helpers.section(6, "who was away from the beginning to the end never gets it")
local missed = upload("Nobody came")
b:go_offline()
home:grant_access(missed, b:id(), "timed", os.time() + HOUR)
check.eq(indras.stats(a).mailbox, 1, "it waits for B")
indras.sleep(2 * HOUR)
b:go_online()
indras.settle()
refused(function() at_b:get_artifact(missed) end, "artifact_not_found", "artifact not found")
check.nil_(b:artifact(missed))
check.eq(indras.stats(a).mailbox, 0, "it waits no longer")

helpers.section(7, "a tree: the end above is the end below")
local album = home:create_artifact("gallery")
local photo, note = upload("a photo"), upload("a note")
home:attach_child(album:id(), photo)
home:attach_child(photo, note)
ends = os.time() + HOUR
album:grant(b:id(), "timed", ends)
home:grant_access(note, c:id(), "timed", ends + HOUR)
indras.settle()
check.eq(at_b:get_artifact(photo), "a photo")
check.eq(at_b:get_artifact(note), "a note")
check.eq(at_c:get_artifact(note), "a note")
refused(function() at_c:get_artifact(photo) end, "artifact_not_found", "artifact not found")
sleep_until(ends)
refused(function() at_b:get_artifact(photo) end, "no_access", "no access")
refused(function() at_b:get_artifact(note) end, "no_access", "no access")
check.eq(at_c:get_artifact(note), "a note", "C's is another one")
sleep_until(ends + HOUR)
refused(function() at_c:get_artifact(note) end, "no_access", "no access")
indras.settle()

helpers.section(8, "two ways in: the one that lasts counts")
album:grant(b:id(), "timed", os.time() + HOUR)
home:grant_access(photo, b:id(), "timed", os.time() + DAY)
indras.settle()
indras.sleep(HOUR)
check.eq(at_b:get_artifact(photo), "a photo", "its own grant lasts")
check.eq(at_b:get_artifact(note), "a note", "also below")
indras.sleep(DAY - HOUR)
refused(function() at_b:get_artifact(photo) end, "no_access", "no access")
indras.settle()

helpers.section(9, "taken back before its time; recalled before its time")
home:grant_access(missed, b:id(), "timed", os.time() + DAY)
home:grant_access(missed, c:id(), "timed", os.time() + DAY)
indras.settle()
check.eq(at_b:get_artifact(missed), "Nobody came")
home:revoke_access(missed, b:id())
check.eq(shared(b), { play })
check.true_(home:recall(missed))
indras.settle()
refused(function() at_c:get_artifact(missed) end, "artifact_not_found", "artifact not found")
check.nil_(c:artifact(missed), "a timed grant does not survive a recall")

helpers.section(10, "it ends although somebody was restarted, and whoever decides by then")
local poem = upload("A poem")
ends = os.time() + DAY
home:grant_access(poem, b:id(), "timed", ends)
indras.settle()
a:crash()
b:crash()
a:start()
b:start()
home, at_b = a:home_realm(), b:home_realm()
indras.settle()
check.eq(at_b:get_artifact(poem), "A poem")
home:transfer(poem, c:id())
indras.settle()
check.eq(b:artifact(poem):steward(), c:id())
check.eq(at_b:get_artifact(poem), "A poem")
sleep_until(ends)
refused(function() at_b:get_artifact(poem) end, "no_access", "no access")
check.eq(at_c:shared_with(b:id()), {})
check.eq(at_c:get_artifact(poem), "A poem")
indras.settle()
b:crash()
b:start()
at_b = b:home_realm()
refused(function() at_b:get_artifact(poem) end, "no_access", "no access")
at_c:grant_access(poem, b:id(), "timed", os.time() + HOUR)
indras.settle()
check.eq(at_b:get_artifact(poem), "A poem")

helpers.section(11, "ends that are none")
local draft = upload("A draft")
refused(function() home:grant_access(draft, b:id(), "timed") end, nil, "bad argument")
for _, wrong in ipairs({ "soon", -1, {}, true, 1 / 0, 0 / 0 }) do
  refused(function() home:grant_access(draft, b:id(), "timed", wrong) end, nil, "bad argument")
  refused(function() story:grant(b:id(), "timed", wrong) end, nil, "bad argument")
end
refused(function()
  at_b:grant_access(poem, ("0f"):rep(32), "timed", os.time() + HOUR)
end, "not_steward", "not the steward")
refused(function()
  home:grant_access(("0e"):rep(32), b:id(), "timed", os.time() + HOUR)
end, "artifact_not_found", "artifact not found")
check.eq(a:artifact(draft):grants(), {}, "nothing of that was written")
home:grant_access(draft, b:id(), "timed", os.time() - 1)
indras.settle()
check.false_((pcall(at_b.get_artifact, at_b, draft)), "what has ended lets nobody in")
local both = { play, poem } -- A keeps a grant of the poem, and so knows of B's
table.sort(both)
check.eq(shared(b), both)
check.eq(home:get_artifact(draft), "A draft")

helpers.pass("timed_grants")
