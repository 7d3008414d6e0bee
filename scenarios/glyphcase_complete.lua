--- A shop's mod checks orders, keeps statistics, reports each day, survives a restart and is upgraded.
--- needs: capsule=../examples/mods/complete

glyphcase.execute([[
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, reference TEXT, quantity INTEGER, price REAL,
    total REAL, status TEXT NOT NULL DEFAULT 'placed');
]])
mods.install("complete")
mods.activate("complete")
assert.equals("EUR", mods.call("complete", "setting", "currency"))

local ordered, reports = {}, {}
mods.on("shop:ordered", function(payload) ordered[#ordered + 1] = payload end)
mods.on("shop:report", function(payload) reports[#reports + 1] = payload end)

glyphcase.insert("orders", { quantity = 2, price = 2.5 })
assert.throws(function() glyphcase.insert("orders", { quantity = 0, price = 1 }) end, "at least")
glyphcase.insert("orders", { quantity = 1, price = 10 })
assert.same({ { order = 1, total = 5 }, { order = 2, total = 10 } }, ordered)
assert.equals(2, mods.call("complete", "order_count"))

assert.is_true(actionbus.dispatch("shop:refund", { order_id = 1 }).success)
assert.is_false(actionbus.dispatch("shop:refund", { order_id = 9 }).success)
assert.equals(1, mods.call("complete", "order_count"))

glyphcase.insert("customers", { name = "Ada" })
indras.sleep(1)
assert.string_includes(mods.output("complete"), "1 customers changed")

indras.narrative("A day goes by, then the program begins again, and another day goes by.")
indras.sleep(24 * 3600)
mods.restart()
mods.on("shop:report", function(payload) reports[#reports + 1] = payload end)
indras.sleep(24 * 3600)
assert.equals({ 1, 10 }, { reports[1].orders, reports[1].total })
assert.equals(2, glyphcase.queryScalar("SELECT count(*) FROM shop_reports"))

mods.upgrade("complete")
assert.equals("1.0.0", mods.call("complete", "setting", "upgraded_from"))
assert.same({ { name = "complete", version = "1.0.0", active = true } }, mods.list())
mods.deactivate("complete")
glyphcase.insert("orders", { quantity = 0, price = 1 })
assert.equals(0, #mods.failures())
