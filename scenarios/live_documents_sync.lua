--- Documents of a realm: every kind of value, written at once and by people who were away.
--- needs: nothing
--- seed: 23

local helpers = require("live_network_helpers")
local refused = require("expect").refused
local check = indras.assert

local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
helpers.connect_all(nets)
local realm = a:create_realm("Garden")
local invite = realm:invite_code()
b:join(invite)
c:join(invite)
indras.settle()

--- The document of that name at each peer.
local function everywhere(name)
  local documents = {}
  for i, net in ipairs(nets) do
    documents[i] = net:get_realm(realm:id()):document(name)
  end
  return documents
end

--- Fails unless the document has this value at each peer, once nothing is left to happen.
local function reads(documents, value)
  indras.settle()
  for i, document in ipairs(documents) do
    check.eq(document:read(), value, ("%s at peer %d"):format(document:name(), i))
  end
end

helpers.section(1, "a document that nobody has written")
local plan = everywhere("plan")
check.eq(plan[1]:name(), "plan")
check.true_(realm:document("plan") == plan[1], "the same object each time")
check.true_(realm:document("plants") ~= plan[1])
local before = { indras.stats().envelopes, indras.stats().payloads }
for _, document in ipairs(plan) do
  check.nil_(document:read())
  check.false_(document:refresh())
end
check.eq(realm:document_names(), {}, "nothing was written, so nothing is listed")
indras.settle()
check.eq({ indras.stats().envelopes, indras.stats().payloads }, before, "reading writes nothing")

helpers.section(2, "a map, with every kind of value in it")
local value = {
  title = "Summer",
  rows = 12,
  negative = -7,
  largest = math.maxinteger >> 10,
  height = 1.5,
  whole = 3.0,
  done = false,
  watered = true,
  empty = "",
  bytes = "\0\xff\xfe",
  crops = { "peas", "beans", "Möhren 🥕" },
  beds = { { name = "north", rows = { 1, 2 } }, { name = "south", rows = { 3 } } },
  owner = { name = "Ada", address = { town = "Riva", zip = "00041" } },
}
plan[1]:update(value)
reads(plan, value)
local read = plan[3]:read()
check.eq(math.type(read.rows), "integer")
check.eq(math.type(read.negative), "integer")
check.eq(math.type(read.largest), "integer")
check.eq(read.largest, math.maxinteger >> 10)
check.eq(math.type(read.height), "float")
check.eq(math.type(read.whole), "float", "a float stays one")
check.eq(math.type(read.beds[1].rows[2]), "integer")
check.eq(#read.crops, 3)
check.eq(read.beds[2].name, "south")
read.title = "changed"
check.eq(plan[3]:read().title, "Summer", "what is read is a copy")

helpers.section(3, "refresh tells once that something has arrived")
check.true_(plan[2]:refresh())
check.true_(plan[3]:refresh())
plan[1]:refresh() -- which has written it
for _, document in ipairs(plan) do
  check.false_(document:refresh(), "nothing since")
end
plan[2]:update(value)
indras.settle()
check.false_(plan[1]:refresh(), "equal values are no change")
plan[2]:merge({ rows = 13 })
check.false_(plan[1]:refresh(), "it has not arrived yet")
indras.settle()
check.true_(plan[1]:refresh())
check.false_(plan[1]:refresh())

helpers.section(4, "update makes it equal: what is left out is removed, and stays removed")
plan[1]:update({ title = "Autumn", crops = { "beans", "kale" } })
reads(plan, { title = "Autumn", crops = { "beans", "kale" } })
plan[2]:update({ title = "Autumn", crops = {} })
reads(plan, { title = "Autumn", crops = {} })
plan[3]:update({})
reads(plan, {})

helpers.section(5, "merge writes over, deeply, and removes nothing")
plan[1]:merge({ owner = { name = "Ada", town = "Riva" }, rows = 1 })
plan[1]:merge({ owner = { name = "Ben", tools = { "spade" } } })
reads(plan, { owner = { name = "Ben", town = "Riva", tools = { "spade" } }, rows = 1 })
plan[2]:merge({ owner = { tools = { "rake", "hoe" } } })
reads(plan, { owner = { name = "Ben", town = "Riva", tools = { "rake", "hoe" } }, rows = 1 })
plan[2]:merge({})
reads(plan, { owner = { name = "Ben", town = "Riva", tools = { "rake", "hoe" } }, rows = 1 })
local first = everywhere("merged first")
first[2]:merge({ by = "Ben" })
reads(first, { by = "Ben" })

helpers.section(6, "a string, a number, a boolean or a list can be all of it")
local single = everywhere("single")
local values = {
  "a word", 42, -0.5, true, false, { 1, "two", { 3 } }, {}, "", { a = { b = {} } },
}
for i, one in ipairs(values) do
  single[(i - 1) % 3 + 1]:update(one)
  reads(single, one)
end
single[1]:update("text")
for _, wrong in ipairs({ "text", 5, true, { 1, 2 } }) do
  plan[1]:refresh()
  local ok, problem = pcall(plan[1].merge, plan[1], wrong)
  check.false_(ok, "no map can be merged into a map: " .. type(wrong))
  check.contains(tostring(problem), "map")
end
reads(plan, { owner = { name = "Ben", town = "Riva", tools = { "rake", "hoe" } }, rows = 1 })

helpers.section(7, "names: sorted, the same everywhere, without internal ones")
a:get_realm(realm:id()):document("_hidden"):update({ secret = true })
b:get_realm(realm:id()):document("Ärger"):update("x")
c:get_realm(realm:id()):document("zoo"):update("x")
realm:document("never written"):read()
indras.settle()
local expected = { "merged first", "plan", "single", "zoo", "Ärger" }
for i, net in ipairs(nets) do
  check.eq(net:get_realm(realm:id()):document_names(), expected, "names at peer " .. i)
end
reads(everywhere("_hidden"), { secret = true })
for _, wrong in ipairs({ "", ("x"):rep(101), "two\nlines", "a\0b" }) do
  refused(function() realm:document(wrong) end, "invalid_operation", "Invalid operation: ")
end
for _, wrong in ipairs({ false, {}, print }) do
  refused(function() realm:document(wrong) end, nil, "bad argument")
end
refused(function() realm:document(nil) end, nil, "bad argument")

helpers.section(8, "what is no value is refused, and nothing of it is written")
local circle = {}
circle.circle = circle
local inner = { list = { { up = {} } } }
inner.list[1].up.again = inner
local deep = {}
for _ = 1, 200 do
  deep = { deep = deep }
end
local wrongs = {
  ["a function"] = { ok = 1, wrong = print },
  ["a thread"] = { ok = 1, wrong = coroutine.create(print) },
  ["an object"] = { ok = 1, wrong = a },
  ["a cycle"] = circle,
  ["a cycle further in"] = inner,
  ["a number as key"] = { [5] = "x" },
  ["a boolean as key"] = { [true] = "x" },
  ["a list with a name in it"] = { 1, 2, name = "x" },
  ["something too deep"] = deep,
  ["not a number"] = { ok = 1, wrong = 0 / 0 },
}
local heads = plan[1]:read()
for what, wrong in pairs(wrongs) do
  for _, method in ipairs({ "update", "merge" }) do
    local ok = pcall(plan[1][method], plan[1], wrong)
    check.false_(ok, ("%s cannot be written (%s)"):format(what, method))
  end
end
for _, wrong in ipairs({ print, a, coroutine.create(print) }) do
  check.false_((pcall(plan[1].update, plan[1], wrong)))
end
check.eq(plan[1]:read(), heads)
reads(plan, heads)

helpers.section(9, "two write at once: different keys survive, and so does what was removed")
local scores = everywhere("scores")
scores[1]:update({ ada = 1, ben = 1, cleo = 1, gone = true })
reads(scores, { ada = 1, ben = 1, cleo = 1, gone = true })
indras.partition({ a }, { b, c })
scores[1]:update({ ada = 2, ben = 1, cleo = 1, new = "from A" })
scores[2]:merge({ ben = 2 })
indras.settle()
scores[3]:merge({ cleo = 3, list = { "from C" } })
indras.settle()
check.eq(scores[1]:read(), { ada = 2, ben = 1, cleo = 1, new = "from A" })
check.eq(scores[2]:read(), { ada = 1, ben = 2, cleo = 3, gone = true, list = { "from C" } })
indras.heal()
reads(scores, { ada = 2, ben = 2, cleo = 3, new = "from A", list = { "from C" } })

helpers.section(10, "the same key at once: one value, the same everywhere")
indras.partition({ a }, { b }, { c })
for i, document in ipairs(scores) do
  document:merge({ winner = "peer " .. i })
end
indras.heal()
indras.settle()
local winner = scores[1]:read().winner
assert.match(winner, "^peer [123]$")
for _, document in ipairs(scores) do
  check.eq(document:read().winner, winner)
end

helpers.section(11, "lists keep what each of them did to their items")
local list = everywhere("list")
list[1]:update({ "one", "two", "three", "four" })
reads(list, { "one", "two", "three", "four" })
indras.partition({ a }, { b }, { c })
list[1]:update({ "zero", "one", "two", "three", "four" })
list[2]:update({ "one", "three", "four" })
list[3]:update({ "one", "two", "three", "four", "five" })
indras.heal()
reads(list, { "zero", "one", "three", "four", "five" })

helpers.section(12, "who was away, stopped or crashed gets all of it, and loses nothing")
c:go_offline()
for n = 1, 20 do
  plan[1]:merge({ ["task " .. n] = n })
end
plan[3]:merge({ from_c = "written while away" })
local waiting = indras.stats(c).payloads
indras.sleep(24 * 60 * 60)
c:go_online()
indras.settle()
check.eq(plan[3]:read()["task 20"], 20)
check.eq(plan[1]:read().from_c, "written while away")
check.eq(plan[3]:read(), plan[1]:read())
check.le(indras.stats(c).payloads - waiting, 2, "one document: one payload from each of the others")
b:stop()
plan[1]:merge({ while_stopped = true })
indras.sleep(60)
b:start()
c:crash()
plan[1]:merge({ while_crashed = true })
indras.sleep(60)
c:start()
indras.settle()
plan = everywhere("plan")
check.true_(plan[1]:read().while_crashed)
for i, document in ipairs(plan) do
  check.eq(document:read(), plan[1]:read(), "peer " .. i)
end
check.true_(indras.converged(nets))

helpers.section(13, "a late joiner gets every document as it is now")
local late = helpers.create_networks(1)[1]
helpers.connect_all({ late, a, b, c })
local joined = late:join(invite)
check.nil_(joined:document("plan"):read())
check.eq(joined:document_names(), {})
indras.settle()
check.eq(joined:document_names(), {
  "list", "merged first", "plan", "scores", "single", "zoo", "Ärger",
})
for _, name in ipairs(joined:document_names()) do
  check.eq(joined:document(name):read(), realm:document(name):read(), name)
end
check.true_(joined:document("plan"):refresh())

helpers.section(14, "documents of other realms, and of one's home, are others")
local other = a:create_realm("Other")
check.nil_(other:document("plan"):read())
other:document("plan"):update("another plan")
check.eq(realm:document("plan"):read(), plan[2]:read())
local home = a:home_realm()
check.true_(home:document("plan") == home:document("plan"))
check.eq(home:document("plan"):name(), "plan")
check.nil_(home:document("plan"):read())
home:document("plan"):update({ private = { 1, 2, 3 } })
home:document("plan"):merge({ more = true })
local payloads = indras.stats(b).payloads
indras.settle()
check.eq(home:document("plan"):read(), { private = { 1, 2, 3 }, more = true })
check.nil_(b:home_realm():document("plan"):read())
check.eq(indras.stats(b).payloads, payloads, "nobody was sent any of it")
a:crash()
a:start()
check.eq(a:home_realm():document("plan"):read(), { private = { 1, 2, 3 }, more = true })

helpers.section(15, "who has left writes nothing more, and gets nothing more")
local gone = c:get_realm(realm:id()):document("plan")
c:leave_realm(realm:id())
refused(function() gone:update({}) end, "not_member", "Not a member")
refused(function() gone:merge({ x = 1 }) end, "not_member", "Not a member")
indras.settle()
local last = gone:read()
a:get_realm(realm:id()):document("plan"):merge({ after = "C has left" })
indras.settle()
check.eq(gone:read(), last)
check.eq(b:get_realm(realm:id()):document("plan"):read().after, "C has left")

helpers.pass("live_documents_sync")
