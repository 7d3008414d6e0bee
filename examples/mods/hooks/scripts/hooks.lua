-- scripts/hooks.lua

function on_install()
  print("Installing mod...")

  -- Initialize database schema
  glyphcase.execute([[
    CREATE TABLE IF NOT EXISTS mod_data (
      id INTEGER PRIMARY KEY,
      key TEXT UNIQUE,
      value JSON
    )
  ]])

  -- Insert default data
  glyphcase.insert("mod_data", {
    key = "installed_at",
    value = os.time()
  })
end

function on_activate()
  print("Activating mod...")

  -- Set up watchers
  glyphcase.watch("users", handle_user_changes)

  -- Schedule background tasks
  scheduler.every("1h", sync_external_data)

  -- Register event handlers
  actionbus.register("mod:action", handle_action)
end

function on_deactivate()
  print("Deactivating mod...")

  -- Clean up
  scheduler.stop_all()
  cache.clear()
end

-- What the hooks above set going.

function handle_user_changes(events)
  print("Users changed:", #events, "events")
end

function sync_external_data()
  print("Syncing external data")
end

function handle_action(payload)
  return { handled = payload.data }
end
