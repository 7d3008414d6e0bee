-- What happens to rows, whoever writes them.

function before_save(table_name, data)
  if table_name ~= "orders" then return data end
  if data.quantity and data.quantity < 1 then
    error("an order is of one thing at least")
  end
  if data.quantity and data.price then
    data.total = data.quantity * data.price
  end
  data.reference = data.reference or crypto.uuid()
  return data
end

function after_save(table_name, data)
  if table_name == "orders" then cache.delete("count") end
end

function on_data_changed(table_name, operation, row)
  if table_name == "orders" and operation == "INSERT" then
    glyphcase.dispatch("shop:ordered", { order = row.id, total = row.total })
  end
end
