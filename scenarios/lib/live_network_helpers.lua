--- What live scenarios share: networks that are started and linked, waiting, and reading a run.
-- Written against `indras.*` only.

local helpers = {}

--- The shortest wait, in seconds: sums of fractions come this close to a deadline and miss it.
local SHORTEST = 1e-6

--- Makes `n` networks and starts them.
function helpers.create_networks(n)
  local nets = {}
  for i = 1, n do
    nets[i] = indras.Network.new()
    nets[i]:start()
  end
  return nets
end

--- Links each network to each other.
function helpers.connect_all(nets)
  for i = 1, #nets do
    for j = i + 1, #nets do
      nets[i]:connect_to(nets[j])
    end
  end
end

--- Takes the link between two networks down.
function helpers.disconnect(a, b)
  a:disconnect_from(b)
end

--- Brings the link between two networks up again.
function helpers.reconnect(a, b)
  a:connect_to(b)
end

--- Takes down every link between one network and the others.
function helpers.isolate(net, all)
  for _, other in ipairs(all) do
    if other ~= net then net:disconnect_from(other) end
  end
end

--- Brings up every link between one network and the others.
function helpers.rejoin(net, all)
  for _, other in ipairs(all) do
    if other ~= net then net:connect_to(other) end
  end
end

--- Stops all networks.
function helpers.stop_all(nets)
  for _, net in ipairs(nets) do
    net:stop()
  end
end

--- Lets time pass until `pred()` is true.
-- An error of `pred` is not hidden: it is raised at once.
-- @return whether it became true within `opts.timeout` seconds (5), looking every
-- `opts.interval` seconds (0.1)
function helpers.wait_for(pred, opts)
  opts = opts or {}
  local interval = math.max(opts.interval or 0.1, SHORTEST)
  local deadline = indras.now() + (opts.timeout or 5)
  while not pred() do
    local left = deadline - indras.now()
    if left < SHORTEST then
      if opts.msg then indras.log.warn("still waiting: " .. opts.msg) end
      return false
    end
    indras.sleep(math.min(interval, left))
  end
  return true
end

--- Fails unless `pred()` becomes true in time.
function helpers.assert_eventually(pred, opts)
  local msg = opts and opts.msg or "it did not become true in time"
  indras.assert.true_(helpers.wait_for(pred, opts), msg)
end

--- Prints what a network is and which realms it is in.
function helpers.dump_network(net, label)
  print(("%s: %s %s"):format(label or "network", tostring(net), net:id()))
  print(("  display name: %s"):format(net:display_name() or "(none)"))
  for _, id in ipairs(net:realms()) do
    print(("  %s"):format(tostring(net:get_realm(id))))
  end
end

--- Prints who is in a realm, what was said, and which documents there are.
function helpers.dump_realm(realm, label)
  print(("%s: %s %s"):format(label or "realm", tostring(realm), realm:id()))
  print(("  alias: %s"):format(realm:get_alias() or "(none)"))
  for _, member in ipairs(realm:member_list()) do
    print(("  member %s %s"):format(member.id:sub(1, 10), member.name))
  end
  for _, message in ipairs(realm:all_messages()) do
    local line = ("  %d %s %s: %s"):format(
      message.id, message.type, message.sender_name, message.content)
    local target = message.reply_to or message.reaction_target
    print(target and ("%s (to %d)"):format(line, target) or line)
  end
  for _, name in ipairs(realm:document_names()) do
    print(("  document %s"):format(name))
  end
end

--- Prints the heading of a part.
function helpers.section(num, title)
  print("")
  print(("--- %s. %s ---"):format(tostring(num), title))
end

--- Prints that all went well.
function helpers.pass(name)
  print("")
  print(("=== %s PASSED ==="):format(name))
end

return helpers
