--- A bot lives beside one peer's network and greets whoever writes in a realm, after a restart too.
--- needs: capsule=../examples/mods/welcome_bot

local host = mods.network()
local ben, cleo = indras.Network.new(), indras.Network.new()
for _, net in ipairs({ host, ben, cleo }) do net:start() end
host:connect_to(ben)
host:connect_to(cleo)
ben:connect_to(cleo)
ben:set_display_name("Ben")
mods.install("welcome_bot")
mods.activate("welcome_bot")

local realm = host:create_realm("Sailing")
local at_ben, at_cleo = ben:join(realm:invite_code()), cleo:join(realm:invite_code())
indras.settle()
at_ben:send("Who sails?")
indras.settle()
local greeting = at_ben:all_messages()[2]
assert.equals({ "Welcome, Ben!", 1 }, { greeting.content, greeting.reply_to })

indras.narrative("The host's program begins again; Cleo writes, and Ben once more.")
mods.restart()
at_cleo:send("I do!")
at_ben:send("!who")
indras.settle()
local said = {}
for _, message in ipairs(at_cleo:all_messages()) do said[message.content] = true end
assert.is_true(said["Welcome, " .. cleo:id():sub(1, 10) .. "!"])
assert.is_true(said["I have met 2 of you."] or said["I have met 1 of you."])
assert.equals(2, glyphcase.queryScalar("SELECT count(*) FROM welcome_bot_greeted"))
assert.is_true(indras.converged())
assert.equals(0, #mods.failures())
