--- A module whose assertion fails several frames deep.
local ledger = {}

local function compare(name, found)
  indras.assert.eq(found, { total = 12, items = { "rent", "books" } }, "ledger of " .. name)
  return true
end

function ledger.check(name, found)
  local same = compare(name, found)
  return same
end

return ledger
