--- Megabytes on their way: links go down, peers crash, and what has arrived is not sent again.
--- needs: nothing
--- seed: 34

local helpers = require("live_network_helpers")
local refused = require("expect").refused
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
local bytes = bytes_of(1, 2 * MEBIBYTE + 12345)
local film = upload(bytes)
check.len(home:get_artifact(film), 2 * MEBIBYTE + 12345)
local sent = indras.stats(a).bytes
home:grant_access(film, b:id(), "revocable")
indras.settle()
check.true_(at_b:get_artifact(film) == bytes, "byte for byte")
sent_once(sent, bytes)
check.eq(home:shared_with(b:id()), {
  { id = film, name = "film.bin", size = #bytes, mime_type = "application/octet-stream" },
})

helpers.section(2, "most of it has arrived when the link goes down")
helpers.disconnect(b, c) -- so that it comes from A alone
sent = indras.stats(a).bytes
home:grant_access(film, c:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(c, film))
refused(function() at_c:get_artifact(film) end, "not_found", "have not arrived")
c:go_offline()
indras.sleep(3600)
check.false_(has(c, film))
check.eq(c:artifact(film):status(), "active", "what it is, is known")
check.lt(indras.stats(a).bytes - sent, #bytes, "nothing is sent to who is away")

helpers.section(3, "it goes on where it was")
c:go_online()
indras.settle()
check.true_(at_c:get_artifact(film) == bytes)
sent_once(sent, bytes)

helpers.section(4, "interrupted again and again, it still arrives")
helpers.isolate(d, { b, c, d })
sent = indras.stats(a).bytes
home:grant_access(film, d:id(), "permanent")
local cuts = 0
while not has(d, film) do
  helpers.disconnect(a, d)
  indras.sleep(30)
  helpers.reconnect(a, d)
  indras.sleep(0.25)
  cuts = cuts + 1
  check.lt(cuts, 50, "each time a little more arrives")
end
check.ge(cuts, 3)
indras.settle()
check.true_(at_d:get_artifact(film) == bytes)
sent_once(sent, bytes)

helpers.section(5, "both crash in the middle: nothing is lost that has arrived")
local ending = bytes_of(2, 2 * MEBIBYTE + 12345)
local sequel = upload(ending)
sent = indras.stats(a).bytes
home:grant_access(sequel, d:id(), "permanent")
until_arrived(sent, MEBIBYTE)
check.false_(has(d, sequel))
a:crash()
d:crash()
indras.sleep(60)
d:start()
indras.sleep(60)
check.false_(has(d, sequel), "nobody else has it")
a:start()
home, at_d = a:home_realm(), d:home_realm()
indras.settle()
check.true_(at_d:get_artifact(sequel) == ending)
check.true_(home:get_artifact(sequel) == ending)
sent_once(sent, ending)

helpers.section(6, "what is revoked on its way does not arrive")
sent = indras.stats(a).bytes
home:grant_access(sequel, b:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(b, sequel))
home:revoke_access(sequel, b:id())
indras.settle()
check.false_(has(b, sequel), "the rest stays away")
check.lt(indras.stats(a).bytes - sent, #ending)

helpers.section(7, "what is recalled on its way does not arrive")
sent = indras.stats(a).bytes
home:grant_access(sequel, c:id(), "revocable")
until_arrived(sent, MEBIBYTE)
check.false_(has(c, sequel))
check.true_(home:recall(sequel))
indras.settle()
refused(function() at_c:get_artifact(sequel) end, "artifact_not_found", "artifact not found")
refused(function()
  home:get_artifact(sequel)
end, "artifact_recalled", "artifact has been recalled")
check.true_(at_d:get_artifact(sequel) == ending, "D has it for good")

helpers.section(8, "while its steward is away, it comes from another who may have it")
local short = bytes_of(3, MEBIBYTE // 2)
local trailer = upload(short)
home:grant_access(trailer, d:id(), "revocable")
indras.settle()
home:grant_access(trailer, c:id(), "revocable")
indras.sleep(2.5 * LATENCY) -- C has heard of it, and nothing more
check.not_nil(c:artifact(trailer))
a:go_offline()
check.false_(has(c, trailer))
indras.sleep(3600)
check.false_(has(c, trailer), "C cannot reach anybody who has it")
helpers.rejoin(d, { b, c, d })
indras.settle()
check.true_(at_c:get_artifact(trailer) == short, "from D")
a:go_online()
indras.settle()

helpers.section(9, "links that lose, repeat and reorder spoil nothing")
indras.faults({ loss = 0.2, duplicate = 0.2, reorder = 0.2 })
home:grant_access(trailer, b:id(), "revocable")
indras.settle()
indras.faults({})
indras.settle()
check.true_(at_b:get_artifact(trailer) == short)

helpers.section(10, "nobody has anything that was not given to it")
local stranger = helpers.create_networks(1)[1]
helpers.connect_all({ stranger, a, b, c, d })
stranger:recover_from(a:id())
indras.settle()
for _, id in ipairs({ film, sequel, trailer }) do
  refused(function()
    stranger:home_realm():get_artifact(id)
  end, "artifact_not_found", "artifact not found")
end
check.false_(has(b, sequel))
check.false_(has(c, sequel))
for i, net in ipairs(nets) do
  check.true_(has(net, film), "the film at peer " .. i)
  check.true_(has(net, trailer), "the trailer at peer " .. i)
end

helpers.pass("blob_transfer_resumed")
