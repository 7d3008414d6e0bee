--- A mod hashes passwords, makes slugs and refuses what is wrong, for whoever saves.
--- needs: capsule=../examples/mods/transforms

glyphcase.execute([[
  CREATE TABLE users (id INTEGER PRIMARY KEY, uuid TEXT, name TEXT, slug TEXT, email TEXT,
    password_hash TEXT);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, slug TEXT, published INTEGER,
    published_at INTEGER);
]])
mods.install("transforms")
mods.activate("transforms")

local id = glyphcase.insert("users", {
  name = "Ada King Lovelace",
  email = "ada@example.com",
  password = "difference",
})
local ada = glyphcase.queryOne("SELECT * FROM users WHERE id = ?", id)
assert.equals("ada-king-lovelace", ada.slug)
assert.match(ada.uuid, "^%x+%-%x+%-4%x+%-%x+%-%x+$")
assert.is_true(crypto.verify("difference", ada.password_hash))
assert.is_false(crypto.verify("engine", ada.password_hash))

local ok, refusal = pcall(glyphcase.insert, "users", { name = "Eve", email = "nowhere" })
assert.is_false(ok)
assert.equals("veto", refusal.code)
assert.string_includes(refusal.message, "Invalid email format")
assert.string_includes(refusal.message, "scripts/transforms.lua:23")
assert.equals(1, glyphcase.queryScalar("SELECT count(*) FROM users"))

local published
mods.on("post:published", function(payload) published = payload end)
glyphcase.insertMultiple("posts", {
  { title = "Draft!" },
  { title = "Of Tides & Moons", published = true },
})
local post = glyphcase.queryOne("SELECT * FROM posts WHERE published = 1")
assert.equals("of-tides--moons", post.slug)
assert.equals(os.time(), post.published_at)
assert.same({ postId = post.id, title = "Of Tides & Moons" }, published)
assert.equals("of tides & moons", glyphcase.queryScalar("SELECT words FROM search_index"))
assert.equals(0, #mods.failures())
