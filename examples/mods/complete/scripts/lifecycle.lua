-- What happens when the mod is installed, upgraded, switched on and switched off.

local statistics = require("statistics")

function on_install()
  glyphcase.execute([[
    CREATE TABLE shop_settings (key TEXT PRIMARY KEY, value JSON);
    CREATE TABLE shop_reports (id INTEGER PRIMARY KEY, made_at INTEGER, orders INTEGER, total REAL);
  ]])
  glyphcase.insert("shop_settings", { key = "currency", value = "EUR" })
end

function on_upgrade(old_version)
  glyphcase.insert("shop_settings", { key = "upgraded_from", value = old_version })
end

function on_activate()
  glyphcase.watch("customers", function(changes)
    print(#changes .. " customers changed")
  end)
  scheduler.every("1d", function()
    local report = statistics.report()
    glyphcase.insert("shop_reports", report)
    glyphcase.dispatch("shop:report", report)
  end)
  scheduler.after("10s", function()
    cache.set("warm", statistics.count(), "1h")
  end)
  actionbus.register("shop:refund", function(payload)
    local done = glyphcase.update("orders", payload.order_id, { status = "refunded" })
    return { success = done }
  end)
end

function on_deactivate()
  scheduler.stop_all()
  cache.clear()
end
