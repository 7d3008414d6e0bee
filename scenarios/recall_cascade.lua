--- A steward recalls the top of a tree, and down to the last leaf it is gone, except where somebody has it for good.
--- needs: nothing
--- seed: 29

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = helpers.create_networks(4)
local a, b, c, d = table.unpack(nets)
helpers.connect_all(nets)
local home = a:home_realm()
local UNKNOWN = ("0b"):rep(32)

--- Uploads a text at one peer, and gives its id.
local function file(net, content)
  local path = os.tmpname()
  local handle = io.open(path, "wb")
  handle:write(content)
  handle:close()
  return net:home_realm():upload(path)
end

--- What `get_artifact` gives each of the four, or the code of its error.
local function bytes_at(id)
  local found = {}
  for i, net in ipairs(nets) do
    local ok, result = pcall(function() return net:home_realm():get_artifact(id) end)
    found[i] = ok and result or result.code
  end
  return found
end

--- The status of a tree at each of the four, or "none".
local function status_at(id)
  local found = {}
  for i, net in ipairs(nets) do
    local tree = net:artifact(id)
    found[i] = tree and tree:status() or "none"
  end
  return found
end

--- The ids of what A shares with a member, in order.
local function shared_with(net)
  local ids = expect.pluck(home:shared_with(net:id()), "id")
  table.sort(ids)
  return ids
end

helpers.section(1, "a shelf with a book with plates with two files, seen by three in three ways")
local shelf = home:create_artifact("collection", { name = "Shelf" })
local book = home:create_artifact("story", { name = "Book" })
local plates = home:create_artifact("gallery", { name = "Plates" })
local spring = file(a, "spring tide \0\255")
local neap = file(a, "neap tide")
home:attach_child(shelf:id(), book:id())
home:attach_child(book:id(), plates:id())
home:attach_child(plates:id(), spring)
home:attach_child(plates:id(), neap)
shelf:grant(b:id(), "revocable")
shelf:grant(c:id(), "timed", os.time() + 24 * 3600)
plates:grant(d:id(), "permanent")
expect.converged()
check.eq(status_at(shelf:id()), { "active", "active", "active", "none" })
check.eq(status_at(book:id()), { "active", "active", "active", "none" })
check.eq(status_at(plates:id()), { "active", "active", "active", "active" })
for _, one in ipairs({ { spring, "spring tide \0\255" }, { neap, "neap tide" } }) do
  check.eq(bytes_at(one[1]), { one[2], one[2], one[2], one[2] })
end
local everything = { shelf:id(), book:id(), plates:id(), spring, neap }
table.sort(everything)
check.eq(shared_with(b), everything)
check.eq(shared_with(c), everything)
local for_good = { plates:id(), spring, neap }
table.sort(for_good)
check.eq(shared_with(d), for_good)

helpers.section(2, "B has put something of its own on the shelf's book, and beside it")
shelf:grant(UNKNOWN, "revocable") -- somebody who never comes
book:grant(b:id(), "revocable")
indras.settle()
local letter = b:home_realm():create_artifact("document", { name = "Letter of B" })
b:home_realm():attach_child(book:id(), letter:id())
local apart = home:create_artifact("story", { name = "Apart" })
apart:grant(b:id(), "revocable")
expect.converged()
check.eq(status_at(letter:id()), { "active", "active", "active", "none" })

helpers.section(3, "only the steward recalls, and only what there is")
expect.refused(function() b:artifact(shelf:id()):recall() end, "not_steward", "not the steward")
expect.refused(function() d:artifact(plates:id()):recall() end, "not_steward", "not the steward")
expect.refused(function() b:home_realm():recall(book:id()) end, "not_steward", "not the steward")
check.eq(home:recall(UNKNOWN), false)
expect.refused(function() home:recall("shelf") end, nil, "expected 64 hex digits")
check.eq(status_at(shelf:id()), { "active", "active", "active", "none" })

helpers.section(4, "C is away; A recalls the shelf, once")
c:go_offline()
check.eq(home:recall(shelf:id()), true)
check.eq(home:recall(shelf:id()), false)
check.eq(shelf:recall(), false)
check.eq(shelf:status(), "recalled", "at once at A, and all below it")
check.eq(book:status(), "recalled")
check.eq(plates:status(), "recalled")
check.eq(apart:status(), "active", "what is not below it is not touched")
indras.settle()

helpers.section(5, "who had it for a time has nothing of it left: no tree, no bytes")
check.eq(status_at(shelf:id()), { "recalled", "none", "active", "none" })
check.eq(status_at(book:id()), { "recalled", "none", "active", "none" })
check.eq(bytes_at(spring)[2], "artifact_not_found")
check.eq(bytes_at(neap)[2], "artifact_not_found")
check.eq(shared_with(b), { apart:id() })
check.eq(a:known_heads(shelf:id(), b:id()), {})
check.eq(a:known_heads(plates:id(), b:id()), {})

helpers.section(6, "D has the plates for good: the tree, and the bytes of both files")
check.eq(status_at(plates:id())[4], "recalled")
check.eq(bytes_at(spring)[4], "spring tide \0\255")
check.eq(bytes_at(neap)[4], "neap tide")
check.eq(d:artifact(plates:id()):get_metadata("name"), "Plates")
check.eq(shared_with(d), for_good)

helpers.section(7, "C comes back, and hears of it first of all")
check.eq(bytes_at(spring)[3], "spring tide \0\255", "C does not know yet")
c:go_online()
indras.settle()
check.eq(status_at(shelf:id()), { "recalled", "none", "none", "none" })
check.eq(status_at(plates:id()), { "recalled", "none", "none", "recalled" })
check.eq(bytes_at(spring)[3], "artifact_not_found")
check.eq(shared_with(c), {})

helpers.section(8, "what B put there is B's: it is not recalled, and stays where B is")
check.eq(b:artifact(letter:id()):status(), "active")
check.eq(b:artifact(letter:id()):steward(), b:id())
b:artifact(letter:id()):set_metadata("ps", "still mine")
indras.settle()
check.eq(b:artifact(letter:id()):get_metadata("ps"), "still mine")
check.eq(b:artifact(letter:id()):recall(), true)

helpers.section(9, "nobody writes to what is recalled, and nothing comes of it any more")
for name, act in pairs({
  append_ref = function() book:append_ref(UNKNOWN) end,
  remove_ref = function() plates:remove_ref(spring) end,
  set_metadata = function() shelf:set_metadata("x", "y") end,
  d_writes = function() d:artifact(plates:id()):append_ref(UNKNOWN) end,
  transfer = function() shelf:transfer(b:id()) end,
  revoke = function() plates:revoke(d:id()) end,
}) do
  expect.refused(act, "artifact_not_active", "artifact is not active")
  check.eq(plates:status(), "recalled", name)
end
expect.refused(function() shelf:grant(c:id(), "revocable") end, "artifact_recalled", "artifact has been recalled")
expect.refused(function() home:grant_access(spring, b:id(), "revocable") end, "artifact_recalled", "artifact has been recalled")
expect.refused(function() home:attach_child(shelf:id(), apart:id()) end, "artifact_not_active", "artifact is not active")
expect.refused(function() home:attach_child(apart:id(), book:id()) end, "artifact_not_active", "artifact is not active")
check.eq(bytes_at(spring)[1], "artifact_recalled", "the steward itself is shown nothing that it has recalled")

helpers.section(10, "crashes bring nothing back")
for _, net in ipairs(nets) do
  net:crash()
  net:start()
end
home = a:home_realm()
indras.settle()
check.eq(status_at(shelf:id()), { "recalled", "none", "none", "none" })
check.eq(status_at(plates:id()), { "recalled", "none", "none", "recalled" })
check.eq(bytes_at(neap), { "artifact_recalled", "artifact_not_found", "artifact_not_found", "neap tide" })

helpers.section(11, "the same bytes in another artifact are another matter")
local again = file(a, "neap tide")
check.eq(again, neap, "the same bytes have the same id")
home:grant_access(again, b:id(), "revocable")
expect.converged()
check.eq(bytes_at(neap), { "neap tide", "neap tide", "artifact_not_found", "neap tide" })
check.eq(home:recall(again), true)
indras.settle()
check.eq(bytes_at(neap), { "artifact_recalled", "artifact_not_found", "artifact_not_found", "neap tide" })

helpers.section(12, "recalling in the middle leaves what is above")
local top = home:create_artifact("collection", { name = "Top" })
local middle = home:create_artifact("story", { name = "Middle" })
local leaf = file(a, "at the bottom")
home:attach_child(top:id(), middle:id())
home:attach_child(middle:id(), leaf)
top:grant(b:id(), "revocable")
expect.converged()
check.eq(bytes_at(leaf)[2], "at the bottom")
check.eq(middle:recall(), true)
indras.settle()
check.eq(status_at(top:id()), { "active", "active", "none", "none" })
check.eq(status_at(middle:id()), { "recalled", "none", "none", "none" })
check.eq(bytes_at(leaf)[2], "artifact_not_found")
top:set_metadata("still", "here")
indras.settle()
check.eq(b:artifact(top:id()):get_metadata("still"), "here")

helpers.pass("recall_cascade")
