-- Greets whoever writes in a realm for the first time, and answers !help.

local HELP = "I greet newcomers. Say !who to hear whom I have met."

function on_install()
  glyphcase.execute([[
    CREATE TABLE welcome_bot_greeted (
      realm_id TEXT NOT NULL,
      member TEXT NOT NULL,
      greeted_at INTEGER NOT NULL,
      PRIMARY KEY (realm_id, member)
    )
  ]])
end

local function has_greeted(realm_id, member)
  return glyphcase.queryScalar(
    "SELECT 1 FROM welcome_bot_greeted WHERE realm_id = ? AND member = ?",
    realm_id,
    member
  ) ~= nil
end

local function greet(realm, message)
  glyphcase.insert("welcome_bot_greeted", {
    realm_id = message.realm_id,
    member = message.sender,
    greeted_at = os.time(),
  })
  local name = glyphcase.queryScalar(
    "SELECT name FROM members WHERE realm_id = ? AND id = ?",
    message.realm_id,
    message.sender
  )
  realm:reply(message.key, "Welcome, " .. (name or message.sender:sub(1, 10)) .. "!")
end

local function answer(realm, message)
  if message.content == "!help" then
    realm:reply(message.key, HELP)
  elseif message.content == "!who" then
    local count = glyphcase.queryScalar(
      "SELECT count(*) FROM welcome_bot_greeted WHERE realm_id = ?",
      message.realm_id
    )
    realm:reply(message.key, "I have met " .. count .. " of you.")
  end
end

-- Messages are rows of a table that the network keeps up to date.
function on_data_changed(table_name, operation, row)
  if table_name ~= "messages" or operation ~= "INSERT" or row.type ~= "text" then return end
  if row.sender == indras.network:id() then return end
  local realm = indras.network:get_realm(row.realm_id)
  if realm == nil or not realm:is_member() then return end
  if not has_greeted(row.realm_id, row.sender) then greet(realm, row) end
  answer(realm, row)
end
