-- scripts/reactive.lua

function on_data_changed(table_name, operation, row)
  if table_name == "users" then
    if operation == "INSERT" then
      -- New user registered
      print("New user:", row.name)

      -- Send welcome email
      glyphcase.dispatch("email:send", {
        to = row.email,
        template = "welcome",
        data = { name = row.name }
      })

      -- Update statistics
      local count = glyphcase.queryScalar("SELECT COUNT(*) FROM users")
      cache.set("stats:user_count", count, "1h")

    elseif operation == "UPDATE" then
      -- User updated
      if row.status == "premium" then
        print("User upgraded to premium:", row.name)
        glyphcase.dispatch("user:upgraded", { userId = row.id })
      end

    elseif operation == "DELETE" then
      -- User deleted
      print("User deleted:", row.name)

      -- Clean up related data
      glyphcase.deleteWhere("posts", "user_id = ?", { row.id })
      cache.delete("user:" .. row.id)
    end
  end

  if table_name == "orders" and operation == "INSERT" then
    -- New order placed
    local total = glyphcase.queryScalar(
      "SELECT SUM(price * quantity) FROM order_items WHERE order_id = ?",
      row.id
    )

    -- Update order total
    glyphcase.update("orders", row.id, { total = total })

    -- Notify user
    glyphcase.dispatch("order:placed", {
      orderId = row.id,
      userId = row.user_id,
      total = total
    })
  end
end
