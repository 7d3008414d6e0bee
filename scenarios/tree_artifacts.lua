--- A gallery in a story in a collection: how trees grow, who sees what is in them, and how they come apart.
--- needs: nothing
--- seed: 28

local helpers = require("live_network_helpers")
local expect = require("expect")
local check = indras.assert

local nets = helpers.create_networks(4)
local a, b, c, d = table.unpack(nets)
helpers.connect_all(nets)
local home = a:home_realm()
local UNKNOWN = ("0b"):rep(32)

--- The labels of an artifact's references, in order.
local function labels(artifact)
  local found = {}
  for i, reference in ipairs(artifact:references()) do
    found[i] = reference.label or ""
  end
  return found
end

--- The ids of an artifact's references, in order.
local function children(artifact)
  return expect.pluck(artifact:references(), "artifact_id")
end

--- The modes of an artifact's grants, by grantee.
local function modes(artifact)
  local found = {}
  for _, grant in ipairs(artifact:grants()) do
    check.nil_(found[grant.grantee], "one grant for each")
    found[grant.grantee] = grant.mode
  end
  return found
end

--- Which of the four have an artifact.
local function holders(artifact)
  local found = {}
  for i, net in ipairs(nets) do
    found[i] = net:artifact(artifact:id()) ~= nil
  end
  return found
end

helpers.section(1, "every kind of tree, and a word that nobody has thought of")
for _, kind in ipairs({ "story", "gallery", "document", "request", "exchange", "collection", "herbarium", "図鑑" }) do
  local made = home:create_artifact(kind)
  check.eq(made:kind(), kind)
  check.eq(made:status(), "active")
  check.eq(made:steward(), a:id())
  check.len(made:id(), 64)
  check.eq(made:references(), {})
  check.eq(made:grants(), {})
  check.eq(made:metadata(), {})
  check.nil_(made:get_metadata("name"))
  check.eq(tostring(made), ("Artifact(id=%s, kind=%s)"):format(made:id():sub(1, 8), kind))
  check.true_(a:artifact(made:id()) == made, "the same object each time")
  check.true_(a:artifact(made:id():upper()) == made)
  check.nil_(b:artifact(made:id()))
  check.gt(#made:heads(), 0)
end

helpers.section(2, "a name, and whatever else somebody wants to write beside it")
local story = home:create_artifact("story", { name = "Tides" })
check.eq(story:get_metadata("name"), "Tides")
check.eq(story:metadata(), { name = "Tides" })
local bytes = "\0\1\255\254 and text"
expect.nothing(function() return story:set_metadata("cover", bytes) end)
check.true_(story:get_metadata("cover") == bytes, "any bytes")
story:set_metadata("cover", "")
check.eq(story:get_metadata("cover"), "")
story:set_metadata("cover", "blue")
check.eq(story:metadata(), { name = "Tides", cover = "blue" })

helpers.section(3, "references: in order, with positions and labels, as often as they are appended")
local function id(n)
  return ("%064x"):format(n)
end
expect.nothing(function() return story:append_ref(id(3), nil, "third made first") end)
story:append_ref(id(1), nil, "then this")
story:append_ref(id(2))
check.eq(children(story), { id(3), id(1), id(2) })
check.eq(story:references()[1].label, "third made first")
check.nil_(story:references()[3].label)
for _, one in ipairs(story:references()) do
  check.eq(math.type(one.position), "integer")
end
story:append_ref(id(5), 0, "at the front")
check.eq(children(story)[1], id(5))
check.eq(story:references()[1].position, 0)
story:append_ref(id(4), 0, "there as well")
check.eq({ children(story)[1], children(story)[2] }, { id(4), id(5) }, "equal positions go by id")
expect.nothing(function() return story:remove_ref(id(1)) end)
check.eq(children(story), { id(4), id(5), id(3), id(2) })
local heads = story:heads()
story:remove_ref(UNKNOWN)
check.eq(story:heads(), heads, "what is not there cannot be removed, and nothing is written")

helpers.section(4, "grants: whom A lets in has all of it")
expect.nothing(function() return story:grant(b:id(), "revocable") end)
story:grant(c:id():upper(), "permanent")
local until_then = os.time() + 3600
story:grant(d:id(), "timed", until_then)
check.eq(modes(story), { [b:id()] = "revocable", [c:id()] = "permanent", [d:id()] = "timed" })
for _, grant in ipairs(story:grants()) do
  check.eq(grant.granted_by, a:id())
  expect.integer(grant.granted_at, os.time())
  if grant.grantee == d:id() then
    expect.integer(grant.expires_at, until_then)
  else
    check.nil_(grant.expires_at)
  end
end
expect.converged()
check.eq(holders(story), { true, true, true, true })
for i = 2, 4 do
  local theirs = nets[i]:artifact(story:id())
  check.eq(theirs:references(), story:references(), "references at peer " .. i)
  check.eq(theirs:metadata(), { name = "Tides", cover = "blue" })
  check.eq(theirs:grants(), story:grants())
  check.eq(theirs:steward(), a:id())
  check.eq(theirs:heads(), story:heads())
  check.eq(a:known_heads(story:id(), nets[i]:id()), story:heads())
end

helpers.section(5, "all of them write, also at once and also alone")
b:go_offline()
b:artifact(story:id()):append_ref(id(20), nil, "by B")
b:artifact(story:id()):set_metadata("b", "was here")
c:artifact(story:id()):append_ref(id(30), nil, "by C")
c:artifact(story:id()):remove_ref(id(4))
indras.settle()
b:go_online()
expect.converged()
for i, net in ipairs(nets) do
  local theirs = net:artifact(story:id())
  check.len(theirs:references(), 5, "references at peer " .. i)
  check.eq(children(theirs), children(story))
  check.eq(theirs:get_metadata("b"), "was here")
end
check.contains(labels(story), "by B")
check.contains(labels(story), "by C")

helpers.section(6, "an hour later D is out, and what is written then does not reach it")
indras.sleep(3601)
story:append_ref(id(40), nil, "after the hour")
indras.settle()
check.eq(#d:artifact(story:id()):references(), 5)
expect.refused(function() d:artifact(story:id()):append_ref(id(41)) end, "no_access", "no access")
check.eq(a:known_heads(story:id(), d:id()), {}, "A has forgotten what D holds")
check.len(b:artifact(story:id()):references(), 6)
story:grant(d:id(), "revocable") -- once it is over there is room for another grant
expect.converged()
check.len(d:artifact(story:id()):references(), 6)

helpers.section(7, "a revoked peer gets nothing more, and what it writes is not taken")
expect.nothing(function() return story:revoke(d:id()) end)
story:append_ref(id(50), nil, "without D")
indras.settle()
check.len(d:artifact(story:id()):references(), 6)
check.eq(a:known_heads(story:id(), d:id()), {})
check.eq(modes(story), { [b:id()] = "revocable", [c:id()] = "permanent" })
d:artifact(story:id()):append_ref(id(51), nil, "D does not know yet")
indras.settle()
for i = 1, 3 do
  check.len(nets[i]:artifact(story:id()):references(), 7, "references at peer " .. i)
end

helpers.section(8, "trees: what is attached is seen by whoever sees what it is attached to")
local shelf = home:create_artifact("collection", { name = "Shelf" })
local book = home:create_artifact("story", { name = "Book" })
local plates = home:create_artifact("gallery", { name = "Plates" })
shelf:grant(b:id(), "revocable")
indras.settle()
check.eq(holders(book), { true, false, false, false })
expect.nothing(function() return home:attach_child(shelf:id(), book:id()) end)
home:attach_child(book:id(), plates:id())
check.eq(children(shelf), { book:id() })
check.eq(children(book), { plates:id() })
check.eq(modes(book), {}, "nobody has a grant of the book itself")
expect.converged()
check.eq(holders(book), { true, true, false, false })
check.eq(holders(plates), { true, true, false, false })
check.eq(b:artifact(plates:id()):get_metadata("name"), "Plates")
local shared = {}
for _, one in ipairs(home:shared_with(b:id())) do
  shared[one.id] = one.name
end
check.eq(shared[plates:id()], "Plates")
check.eq(shared[book:id()], "Book")
check.eq(shared[shelf:id()], "Shelf")

helpers.section(9, "who comes in above comes in below, however late, and what grows there later is seen, too")
shelf:grant(c:id(), "permanent")
local plate = home:create_artifact("document", { name = "Plate I" })
home:attach_child(plates:id(), plate:id())
expect.converged()
check.eq(holders(plate), { true, true, true, false })
plate:set_metadata("caption", "Spring tide")
expect.converged()
check.eq(c:artifact(plate:id()):get_metadata("caption"), "Spring tide")

helpers.section(10, "a grant of its own goes further than what is inherited")
plates:grant(d:id(), "revocable")
expect.converged()
check.eq(holders(plates), { true, true, true, true })
check.eq(holders(plate), { true, true, true, true }, "and down from there")
check.eq(holders(book), { true, true, true, false }, "but not up")
d:artifact(plates:id()):append_ref(id(60), nil, "a sketch of D")
expect.converged()
check.contains(labels(plates), "a sketch of D")

helpers.section(11, "who only inherits reads; to write takes a grant")
expect.refused(function() b:artifact(plates:id()):append_ref(id(61)) end, "no_access", "no access")
expect.refused(function() b:artifact(book:id()):set_metadata("x", "y") end, "no_access", "no access")
expect.refused(function() b:artifact(book:id()):grant(d:id(), "revocable") end, "not_steward", "not the steward")
b:artifact(shelf:id()):append_ref(id(62), nil, "B may write to the shelf")
expect.converged()
check.contains(labels(shelf), "B may write to the shelf")

helpers.section(12, "revoked above is revoked below")
shelf:revoke(b:id())
indras.settle()
plate:set_metadata("caption", "Neap tide")
book:set_metadata("edition", "second")
indras.settle()
check.nil_(b:artifact(book:id()) and b:artifact(book:id()):get_metadata("edition"), "B gets nothing more of the book")
check.ne(b:artifact(plate:id()) and b:artifact(plate:id()):get_metadata("caption"), "Neap tide")
check.eq(c:artifact(plate:id()):get_metadata("caption"), "Neap tide")
check.eq(d:artifact(plate:id()):get_metadata("caption"), "Neap tide", "D has its own way in")
check.eq(a:known_heads(plate:id(), b:id()), {})

helpers.section(13, "detaching: the child stands alone, with a copy of each grant that it had through its parent")
shelf:grant(b:id(), "revocable")
indras.settle()
expect.nothing(function() return home:detach_child(shelf:id(), book:id()) end)
check.eq(modes(book), { [b:id()] = "revocable", [c:id()] = "permanent" })
for _, grant in ipairs(book:grants()) do
  check.eq(grant.granted_by, a:id())
end
check.eq(children(shelf), { id(62) })
expect.converged()
check.eq(holders(plate), { true, true, true, true }, "everybody still sees what they saw")
shelf:revoke(b:id())
book:set_metadata("edition", "third")
expect.converged()
check.eq(b:artifact(book:id()):get_metadata("edition"), "third", "the shelf decides no more")
b:artifact(book:id()):append_ref(id(63), nil, "and B may write now")
expect.converged()
check.contains(labels(book), "and B may write now")

helpers.section(14, "what is detached can be attached elsewhere; what it has stays")
local other = home:create_artifact("collection", { name = "Other shelf" })
other:grant(d:id(), "revocable")
home:attach_child(other:id(), book:id())
expect.converged()
check.eq(holders(book), { true, true, true, true })
check.eq(modes(book), { [b:id()] = "revocable", [c:id()] = "permanent" })
home:detach_child(other:id(), book:id())
check.eq(modes(book), { [b:id()] = "revocable", [c:id()] = "permanent", [d:id()] = "revocable" })

helpers.section(15, "a crash keeps the tree as it is")
home:attach_child(shelf:id(), book:id())
indras.settle()
a:crash()
a:start()
home = a:home_realm()
shelf, book, plates, plate = a:artifact(shelf:id()), a:artifact(book:id()), a:artifact(plates:id()), a:artifact(plate:id())
check.contains(children(shelf), book:id())
check.eq(plate:get_metadata("caption"), "Neap tide")
expect.refused(function() home:attach_child(other:id(), book:id()) end, "has_parent", "already has a parent")
expect.converged()

helpers.section(16, "no rings, no second parent, and in that order no strangers")
local function attach(parent, child)
  return function() home:attach_child(parent, child) end
end
expect.refused(attach(book:id(), book:id()), "would_cycle", "operation would create a cycle")
expect.refused(attach(plate:id(), shelf:id()), "would_cycle", "operation would create a cycle")
expect.refused(attach(UNKNOWN, UNKNOWN), "would_cycle", "operation would create a cycle")
expect.refused(attach(shelf:id(), UNKNOWN), "artifact_not_found", "artifact not found")
expect.refused(attach(UNKNOWN, book:id()), "artifact_not_found", "artifact not found")
expect.refused(attach(shelf:id(), plates:id()), "has_parent", "artifact already has a parent")
local gone = home:create_artifact("story")
check.eq(gone:recall(), true)
expect.refused(attach(shelf:id(), gone:id()), "artifact_not_active", "artifact is not active")
expect.refused(attach(gone:id(), shelf:id()), "artifact_not_active", "artifact is not active")
expect.refused(attach(shelf:id(), "book"), nil, "expected 64 hex digits")
for _, pair in ipairs({ { shelf, plates }, { plates, shelf }, { book, book } }) do
  expect.refused(function() home:detach_child(pair[1]:id(), pair[2]:id()) end, "not_a_child", "artifact is not a child of the specified parent")
end
expect.refused(function() home:detach_child(UNKNOWN, book:id()) end, "not_a_child", "artifact is not a child of the specified parent")
expect.refused(function() c:home_realm():attach_child(shelf:id(), book:id()) end, "has_parent", "already has a parent")

helpers.section(17, "grants have rules")
expect.refused(function() shelf:grant(c:id(), "revocable") end, "already_granted", "grantee already has access")
expect.refused(function() shelf:grant(a:id(), "revocable") end, "already_granted", "grantee already has access")
expect.refused(function() shelf:revoke(c:id()) end, "permanent_grant", "cannot revoke permanent grant")
expect.refused(function() shelf:grant(d:id(), "forever") end, nil, "Unknown access mode: forever")
expect.refused(function() shelf:grant(d:id(), "timed") end, nil, "bad argument 'expires_at'")
expect.refused(function() shelf:grant("Dora", "revocable") end, nil, "expected 64 hex digits")
expect.refused(function() gone:grant(d:id(), "revocable") end, "artifact_recalled", "artifact has been recalled")
expect.refused(function() gone:append_ref(id(1)) end, "artifact_not_active", "artifact is not active")
expect.refused(function() gone:transfer(b:id()) end, "artifact_not_active", "artifact is not active")
shelf:revoke(UNKNOWN) -- who has none loses none

helpers.section(18, "kinds are words, ids are hex, keys are short, and what is the toolkit's is not written by people")
for _, bad in ipairs({ "", "two words", "a\nb", "leaf:x", ("k"):rep(300) }) do
  check.eq(pcall(home.create_artifact, home, bad), false, bad)
end
expect.refused(function() home:create_artifact() end, nil, "expected text, got nil")
expect.refused(function() home:create_artifact("story", { title = "x" }) end, nil, "'title'")
expect.refused(function() book:append_ref("one") end, nil, "expected 64 hex digits")
check.eq(pcall(book.append_ref, book, id(1), -1), false)
check.eq(pcall(book.append_ref, book, id(1), 1.5), false)
check.eq(pcall(book.append_ref, book, id(1), nil, ("l"):rep(2000)), false)
expect.refused(function() book:set_metadata("_parent", "") end, "invalid_operation", "is reserved")
check.eq(pcall(book.set_metadata, book, ("k"):rep(200), "x"), false)
check.eq(pcall(book.set_metadata, book, "large", ("x"):rep(64 * 1024 + 1)), false)
expect.refused(function() a:artifact("book") end, nil, "expected 64 hex digits")
expect.refused(function() a:known_heads(book:id(), "Ben") end, nil, "expected 64 hex digits")
check.nil_(a:artifact(UNKNOWN))
check.eq(a:known_heads(UNKNOWN, b:id()), {})
expect.converged()

helpers.pass("tree_artifacts")
