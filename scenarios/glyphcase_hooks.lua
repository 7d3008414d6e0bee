--- A mod sets up its tables, watchers, tasks and actions, and takes all but the tables away again.
--- needs: capsule=../examples/mods/hooks

glyphcase.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT)")

assert.equals("hooks", mods.install("hooks"))
assert.equals(
  os.time(),
  tonumber(glyphcase.queryScalar("SELECT value FROM mod_data WHERE key = 'installed_at'"))
)
assert.equals({ nil, "no handler" }, { actionbus.dispatch("mod:action", { data = 1 }) })

mods.activate("hooks")
assert.equals(1, actionbus.dispatch("mod:action", { data = 1 }).handled)
glyphcase.insert("users", { name = "Ada" })
indras.sleep(3600)
assert.equals(
  "Activating mod...\nUsers changed:\t1\tevents\nSyncing external data\n",
  mods.output("hooks")
)

indras.narrative("The program ends and begins again: what was on is on.")
mods.restart()
assert.equals("Activating mod...\n", mods.output("hooks"))
assert.equals(2, actionbus.dispatch("mod:action", { data = 2 }).handled)

mods.deactivate("hooks")
assert.is_nil(actionbus.dispatch("mod:action", { data = 3 }))
mods.uninstall("hooks")
assert.equals(0, #mods.list())
assert.equals(1, glyphcase.queryScalar("SELECT count(*) FROM mod_data"))
assert.equals(0, #mods.failures())
