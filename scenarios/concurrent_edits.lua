--- Three people write one document at once, apart from each other, and end with one value.
--- needs: nothing
--- seed: 33

local helpers = require("live_network_helpers")
local refused = require("expect").refused
local check = indras.assert

local nets = helpers.create_networks(3)
local a, b, c = table.unpack(nets)
helpers.connect_all(nets)
local realm = a:create_realm("Newsroom")
local invite = realm:invite_code()
b:join(invite)
c:join(invite)
indras.settle()

--- The document of that name at each peer.
local function at_each(name)
  local documents = {}
  for i, net in ipairs(nets) do
    documents[i] = net:get_realm(realm:id()):document(name)
  end
  return documents
end

--- Lets each write while nobody can reach anybody, then brings them together.
local function apart(documents, ...)
  indras.partition({ a }, { b }, { c })
  for i, write in ipairs({ ... }) do
    write(documents[i])
    indras.sleep(60)
  end
  indras.heal()
  indras.settle()
end

--- Fails unless all have the same value; gives it.
local function agreed(documents)
  local value = documents[1]:read()
  for i, document in ipairs(documents) do
    check.eq(document:read(), value, "peer " .. i)
  end
  check.true_(indras.converged(nets))
  return value
end

local function update(value)
  return function(document) document:update(value) end
end

local function merge(value)
  return function(document) document:merge(value) end
end

helpers.section(1, "all three write it first: nobody's beginning hides another's")
local page = at_each("page")
apart(page, update({ a = 1 }), update({ b = 2 }), merge({ c = 3 }))
check.eq(agreed(page), { a = 1, b = 2, c = 3 })

helpers.section(2, "a list that all three begin")
local list = at_each("list")
apart(list, update({ "a1", "a2" }), update({ "b1" }), update({ "c1", "c2", "c3" }))
local items = agreed(list)
check.len(items, 6, "every item is there, once")
local place = {}
for i, item in ipairs(items) do
  check.nil_(place[item], item .. " once")
  place[item] = i
end
check.eq(place.a2, place.a1 + 1, "whoever writes several keeps them together")
check.eq({ place.c2, place.c3 }, { place.c1 + 1, place.c1 + 2 })

helpers.section(3, "different parts of one map, deep down")
local desk = at_each("desk")
desk[1]:update({ issue = { title = "May", pages = { front = "empty", back = "empty" } }, n = 0 })
indras.settle()
apart(
  desk,
  merge({ issue = { pages = { front = "by A" } } }),
  merge({ issue = { pages = { back = "by B" } } }),
  merge({ issue = { title = "June" } })
)
check.eq(agreed(desk), {
  issue = { title = "June", pages = { front = "by A", back = "by B" } },
  n = 0,
})

helpers.section(4, "whole values that differ in one place only touch that place")
local before = desk[1]:read()
local of_a, of_b = desk[1]:read(), desk[2]:read()
of_a.issue.pages.front = "by A again"
of_b.n = 7
apart(desk, update(of_a), update(of_b), update(before))
check.eq(agreed(desk), {
  issue = { title = "June", pages = { front = "by A again", back = "by B" } },
  n = 7,
})

helpers.section(5, "the same key by all three: one of the values, and the same one everywhere")
apart(desk, merge({ n = 100 }), merge({ n = 200 }), merge({ n = 300 }))
local n = agreed(desk).n
check.contains({ 100, 200, 300 }, n)
apart(desk, merge({ n = n }), merge({ n = n }), merge({ n = n }))
check.eq(agreed(desk).n, n)
desk[2]:merge({ n = 1 })
indras.settle()
check.eq(agreed(desk).n, 1, "who has seen all of them decides")

helpers.section(6, "removed by one and untouched by the others stays removed; added by one stays")
apart(
  desk,
  update({ issue = desk[1]:read().issue }),
  merge({ added = true }),
  function() end
)
local without = agreed(desk)
check.nil_(without.n)
check.true_(without.added)
check.eq(without.issue.title, "June")

helpers.section(7, "lists: insertions, removals and changes of items all count")
local queue = at_each("queue")
queue[1]:update({ "one", "two", "three", "four", "five" })
indras.settle()
apart(
  queue,
  update({ "zero", "one", "two", "three", "four", "five" }),
  update({ "one", "three", "five" }),
  update({ "one", "two", "three", "four", "five", "six" })
)
check.eq(agreed(queue), { "zero", "one", "three", "five", "six" })
apart(
  queue,
  update({ "zero", "one", "three", "three and a half", "five", "six" }),
  update({ "zero", "one", "one and a half", "three", "five", "six" }),
  update({ "zero", "one", "three", "five" })
)
check.eq(agreed(queue), { "zero", "one", "one and a half", "three", "three and a half", "five" })

helpers.section(8, "items that are maps keep what each wrote in them")
local tasks = at_each("tasks")
tasks[3]:update({ { name = "write", done = false }, { name = "print", done = false } })
indras.settle()
apart(
  tasks,
  update({ { name = "write", done = true }, { name = "print", done = false } }),
  update({ { name = "write", done = false }, { name = "print", done = false, by = "Ben" } }),
  update({
    { name = "write", done = false },
    { name = "print", done = false },
    { name = "sell", done = false },
  })
)
check.eq(agreed(tasks), {
  { name = "write", done = true },
  { name = "print", done = false, by = "Ben" },
  { name = "sell", done = false },
})

helpers.section(9, "one makes it something else while the others write on: the same everywhere")
local kind = at_each("kind")
kind[1]:update({ "a", "list" })
indras.settle()
apart(kind, update({ now = "a map" }), update({ "a", "longer", "list" }), update("a text"))
local became = agreed(kind)
check.not_nil(became)
kind[2]:update({ settled = true })
indras.settle()
check.eq(agreed(kind), { settled = true })

helpers.section(10, "many small edits by all three, in bursts, with links that lose and repeat")
local counts = at_each("counts")
indras.faults({ loss = 0.2, duplicate = 0.2, reorder = 0.2 })
for round = 1, 6 do
  for i, document in ipairs(counts) do
    document:merge({ [("peer %d round %d"):format(i, round)] = round })
  end
  indras.sleep(round % 3)
end
indras.faults({})
indras.settle()
local all, count = agreed(counts), 0
for _ in pairs(all) do
  count = count + 1
end
check.eq(count, 18)
check.eq(all["peer 2 round 5"], 5)
for i, document in ipairs(counts) do
  check.true_(document:refresh(), "there was news at peer " .. i)
  check.false_(document:refresh())
end

helpers.section(11, "one of them crashes in the middle of it, another comes late")
indras.partition({ a, b }, { c })
counts[1]:merge({ by_a = 1 })
counts[3]:merge({ by_c = 1 })
c:crash()
b:stop()
counts[1]:merge({ by_a = 2 })
c:start()
at_each("counts")[3]:merge({ by_c = 2 })
indras.heal()
b:start()
indras.settle()
counts = at_each("counts")
local merged = agreed(counts)
check.eq({ merged.by_a, merged.by_c }, { 2, 2 })
local d = helpers.create_networks(1)[1]
d:connect_to(b)
local late = d:join(b:get_realm(realm:id()):invite_code())
indras.settle()
for _, name in ipairs(realm:document_names()) do
  check.eq(late:document(name):read(), realm:document(name):read(), name)
end
check.eq(late:document_names(), { "counts", "desk", "kind", "list", "page", "queue", "tasks" })

helpers.section(12, "what cannot be written changes nothing, at nobody's")
local value = page[1]:read()
local heads = indras.stats().envelopes
for _, wrong in ipairs({ print, { deep = { deeper = print } }, { [1.5] = "x" }, { x = a } }) do
  check.false_((pcall(page[1].update, page[1], wrong)))
  check.false_((pcall(page[2].merge, page[2], wrong)))
end
check.false_((pcall(page[3].merge, page[3], "a text into a map")))
check.false_((pcall(page[3].merge, page[3], { 1, 2, 3 })))
local stranger = helpers.create_networks(1)[1]
helpers.connect_all({ stranger, a, b, c })
local outside = stranger:create_realm("Newsroom"):document("page")
outside:update({ a = "not yours" })
c:leave_realm(realm:id())
refused(function() page[3]:merge({ c = 4 }) end, "not_member", "Not a member")
refused(function() page[3]:update({}) end, "not_member", "Not a member")
indras.settle()
check.eq(page[1]:read(), value)
check.eq(page[2]:read(), value)
check.ge(indras.stats().envelopes, heads)

helpers.pass("concurrent_edits")
