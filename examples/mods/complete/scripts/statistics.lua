-- A module of the mod, for its own scripts.

local statistics = {}

function statistics.count()
  return glyphcase.queryScalar("SELECT count(*) FROM orders WHERE status <> 'refunded'")
end

function statistics.report()
  local row = glyphcase.queryOne([[
    SELECT count(*) AS orders, coalesce(sum(total), 0) AS total
    FROM orders WHERE status <> 'refunded'
  ]])
  return { made_at = os.time(), orders = row.orders, total = row.total }
end

return statistics
