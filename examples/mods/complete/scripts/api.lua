-- What TypeScript can call.

local statistics = require("statistics")

function order_count()
  local count = cache.get("count")
  if count == nil then
    count = statistics.count()
    cache.set("count", count, "10m")
  end
  return count
end

function setting(key)
  return glyphcase.queryScalar("SELECT value FROM shop_settings WHERE key = ?", key)
end
