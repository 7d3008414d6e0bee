--- The example of the README: a month away is one payload.
local ada, ben = indras.Network.new(), indras.Network.new()
ada:start()
ben:start()
ada:connect_to(ben)

local story = ada:home_realm():create_artifact("story", { name = "Tides" })
story:grant(ben:id(), "revocable")
ben:go_offline()
story:append_ref(("ab"):rep(32), nil, "Chapter one")
indras.sleep(30 * 24 * 60 * 60) -- a month in which nothing reaches Ben
ben:go_online()
indras.settle()

assert.equals(ben:artifact(story:id()):references(), story:references())
assert.equals(indras.stats(ben).payloads, 1)
