--- Megabytes on their way: links go down, peers crash, and what has arrived is not sent again.
--- needs: nothing
--- seed: 34

local helpers = require("live_network_helpers")
local refused = require("refused")
local check = indras.assert

local MEBIBYTE = 1024 * 1024
local LATENCY = 0.1
local nets = helpers.create_networks(4)
local a, b, c, d = table.unpack(nets)
helpers.connect_all(nets)
indras.faults({ latency = { LATENCY, LATENCY } })
local home, at_b, at_c, at_d = a:home_realm(), b:home_realm(), c:home_realm(), d:home_realm()

--- Bytes of all kinds that do not repeat within a chunk.
local function bytes_of(seed, size)
  local parts, part = {}, {}
  for i = 0, 1023 do
    part[i + 1] = string.pack("<I4", (seed * 2654435761 + i * 40503) & 0xffffffff)
  end
  local block = table.concat(part)
  for i = 1, size // #block do
    parts[i] = string.pack("<I4", i) .. block:sub(5)
  end
  return table.concat(parts) .. block:sub(1, size % #block)
end

--- Uploads bytes, and gives their id.
local function upload(bytes)
  local path = os.tmpname()
  local file = io.open(path, "wb")
  file:write(bytes)
  file:close()
  local id = home:upload(path, { name = "film.bin", mime_type = "application/octet-stream" })
  os.remove(path)
  return id
end

--- Whether a peer has all the bytes.
local function has(net, id)
  return (pcall(net:home_realm().get_artifact, net:home_realm(), id))
end

--- Lets time pass until A has sent that much since `from`, and it has arrived.
local function until_arrived(from, bytes)
  helpers.assert_eventually(function()
    return indras.stats(a).bytes - from >= bytes
  end, { interval = 0.01, timeout = 60, msg = "the transfer goes on" })
  indras.sleep(1.5 * LATENCY) -- it arrives, and what is asked for next has not been sent
end

--- Fails unless A has sent these bytes once since `from`: a twentieth more is for everything else.
local function sent_once(from, bytes)
  local sent = indras.stats(a).bytes - from
  check.ge(sent, #bytes)
  check.lt(sent, #bytes * 1.05)
end

helpers.section(1, "a large file arrives whole, and costs little more than itself")
local first = bytes_of(1, 3 * MEBIBYTE + 12345)
local film = upload(first)
check.len(home:get_artifact(film), 3 * MEBIBYTE + 12345)
local sent = indras.stats(a).bytes
home:grant_access(film, b:id(), "revocable")
indras.settle()
check.true_(at_b:get_artifact(film) == first, "byte for byte")
sent_once(sent, first)
local shared = home:shared_with(b:id())
check.eq(shared, {
  { id = film, name = "film.bin", size = #first, mime_type = "application/octet-stream" },
})

helpers.section(2, "half of it has arrived when the link goes down")
helpers.disconnect(b, c) -- so that it comes from A alone
sent = indras.stats(a).bytes
home:grant_access(film, c:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(c, film))
refused("not_found", "have not arrived", function() at_c:get_artifact(film) end)
c:go_offline()
indras.sleep(3600)
check.false_(has(c, film))
check.eq(c:artifact(film):status(), "active", "what it is, is known")
check.lt(indras.stats(a).bytes - sent, #first, "nothing is sent to who is away")

helpers.section(3, "it goes on where it was")
c:go_online()
indras.settle()
check.true_(at_c:get_artifact(film) == first)
sent_once(sent, first)
helpers.reconnect(b, c)

helpers.section(4, "interrupted again and again, it still arrives")
local second = bytes_of(2, 4 * MEBIBYTE)
local sequel = upload(second)
sent = indras.stats(a).bytes
helpers.isolate(d, { b, c, d })
home:grant_access(sequel, d:id(), "permanent")
local cuts = 0
while not has(d, sequel) do
  helpers.disconnect(a, d)
  indras.sleep(30)
  helpers.reconnect(a, d)
  indras.sleep(0.25)
  cuts = cuts + 1
  check.lt(cuts, 50, "each time a little more arrives")
end
check.ge(cuts, 3)
indras.settle()
check.true_(at_d:get_artifact(sequel) == second)
sent_once(sent, second)

helpers.section(5, "a crash in the middle loses nothing that has arrived")
local third = bytes_of(3, 3 * MEBIBYTE)
local finale = upload(third)
sent = indras.stats(a).bytes
home:grant_access(finale, d:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(d, finale))
d:crash()
indras.sleep(60)
d:start()
indras.settle()
check.true_(d:home_realm():get_artifact(finale) == third)
sent_once(sent, third)

helpers.section(6, "whoever serves crashes")
local fourth = bytes_of(4, 3 * MEBIBYTE)
local epilogue = upload(fourth)
sent = indras.stats(a).bytes
home:grant_access(epilogue, b:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(b, epilogue))
a:crash()
indras.sleep(60)
check.false_(has(b, epilogue))
a:start()
home = a:home_realm()
indras.settle()
check.true_(at_b:get_artifact(epilogue) == fourth)
check.true_(home:get_artifact(epilogue) == fourth)
sent_once(sent, fourth)

helpers.section(7, "while its steward is away, it comes from another who may have it")
home:grant_access(finale, c:id(), "revocable")
indras.sleep(2.5 * LATENCY) -- C has heard of it, and nothing more
check.not_nil(c:artifact(finale))
a:go_offline()
check.false_(has(c, finale))
helpers.rejoin(d, { b, c, d })
indras.settle()
check.true_(at_c:get_artifact(finale) == third, "from D")
a:go_online()
indras.settle()

helpers.section(8, "links that lose, repeat and reorder spoil nothing")
local fifth = bytes_of(5, MEBIBYTE)
local outtakes = upload(fifth)
indras.faults({ loss = 0.1, duplicate = 0.1, reorder = 0.2 })
home:grant_access(outtakes, d:id(), "revocable")
indras.settle()
indras.faults({})
indras.faults({ latency = { LATENCY, LATENCY } })
indras.settle()
check.true_(d:home_realm():get_artifact(outtakes) == fifth)

helpers.section(9, "what is revoked or recalled on its way does not arrive")
local sixth = bytes_of(6, 3 * MEBIBYTE)
local cut = upload(sixth)
sent = indras.stats(a).bytes
helpers.disconnect(b, c)
home:grant_access(cut, b:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(b, cut))
home:revoke_access(cut, b:id())
indras.settle()
check.false_(has(b, cut), "the rest stays away")
sent = indras.stats(a).bytes
home:grant_access(cut, c:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(c, cut))
check.true_(home:recall(cut))
indras.settle()
check.false_(has(b, cut))
refused("artifact_not_found", "artifact not found", function() at_c:get_artifact(cut) end)
refused("artifact_recalled", "artifact has been recalled", function() home:get_artifact(cut) end)
check.false_(has(d, cut), "D never was to have it")
refused("artifact_not_found", "artifact not found", function()
  d:home_realm():get_artifact(cut)
end)

helpers.section(10, "nobody has anything that was not given to it")
for i, net in ipairs(nets) do
  check.eq(has(net, film), i ~= 4, "the film at peer " .. i)
  check.eq(has(net, sequel), i == 1 or i == 4, "the sequel at peer " .. i)
end
refused("artifact_not_found", "artifact not found", function()
  b:home_realm():get_artifact(sequel)
end)
check.true_(home:recall(sequel))
indras.settle()
check.true_(d:home_realm():get_artifact(sequel) == second, "D has it for good")

helpers.pass("blob_transfer_resumed")
