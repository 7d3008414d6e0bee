--- A ledger that does not add up. It must fail: a test reads what is said about it.
--- needs: nothing
--- seed: 7

local ledger = require("ledger")

local ada, ben = indras.Network.new(), indras.Network.new()
ada:start()
ben:start()
ada:connect_to(ben)
local book = ada:home_realm():create_artifact("collection", { name = "Ledger" })
book:grant(ben:id(), "revocable")
print("the dice say", math.random(1000000))
indras.sleep(90)
indras.log.warn("the month ends", { entries = 2 })

local function close_month(name)
  print("closing", name)
  ledger.check(name, { total = 12, items = { "rent", "food" } })
  print("never reached")
end

close_month("March")
