--- What stories check again and again. Written against `indras.*` only.

local check = indras.assert

local expect = {}

--- Fails unless `fn` raises an error with this code, and with these plain words in its text.
-- @param code the error's `code`; nil for a mistake in the call itself, which is `bad_argument`
-- @param words part of the text
function expect.refused(fn, code, words)
  local ok, raised = pcall(fn)
  check.eq(ok, false, "it was not refused: " .. tostring(words))
  check.contains(tostring(raised), words)
  local found = type(raised) == "userdata" and raised.code or nil
  if code == nil and found ~= nil then
    code = "bad_argument"
  end
  check.eq(found, code, tostring(raised))
end

--- Fails unless `fn` returns no value at all.
function expect.nothing(fn)
  check.eq(select("#", fn()), 0, "it returns nothing")
end

--- Fails unless a value is this number, as an integer.
function expect.integer(value, expected, msg)
  check.eq(math.type(value), "integer", msg)
  check.eq(value, expected, msg)
end

--- One field of every item of a list.
function expect.pluck(list, field)
  local found = {}
  for i, item in ipairs(list) do
    found[i] = item[field]
  end
  return found
end

--- What the messages of a realm say, in order.
function expect.contents(realm)
  return expect.pluck(realm:all_messages(), "content")
end

--- Fails unless every realm shows the same messages in the same order, each once.
function expect.same_history(realms, count)
  local first = realms[1]:all_messages()
  check.len(first, count, "messages at the first")
  local seen = {}
  for _, message in ipairs(first) do
    check.nil_(seen[message.key], "a message comes twice: " .. message.content)
    seen[message.key] = true
  end
  for i = 2, #realms do
    check.eq(expect.pluck(realms[i]:all_messages(), "key"), expect.pluck(first, "key"), "order at " .. i)
    check.eq(expect.contents(realms[i]), expect.pluck(first, "content"), "contents at " .. i)
  end
end

--- Fails unless everybody of them, or of all, has seen everything once nothing is left to happen.
function expect.converged(nets)
  indras.settle()
  check.true_(indras.converged(nets), "all heads are equal")
end

return expect
