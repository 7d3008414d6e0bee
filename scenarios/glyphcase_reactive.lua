--- A mod reacts to users and orders, whoever writes them, and what it writes itself stays in bounds.
--- needs: capsule=../examples/mods/reactive

glyphcase.execute([[
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, status TEXT);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total REAL);
  CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, price REAL, quantity INTEGER);
]])
mods.install("reactive")
mods.activate("reactive")

local heard = {}
for _, name in ipairs({ "email:send", "user:upgraded", "order:placed" }) do
  mods.on(name, function(payload) heard[#heard + 1] = { name, payload } end)
end

local ada = glyphcase.insert("users", { name = "Ada", email = "ada@example.com" })
assert.same({
  { "email:send", { to = "ada@example.com", template = "welcome", data = { name = "Ada" } } },
}, heard)

heard = {}
glyphcase.update("users", ada, { status = "premium" })
glyphcase.execute("INSERT INTO order_items (order_id, price, quantity) VALUES (1, 2.5, 2), (1, 1, 3)")
glyphcase.insert("orders", { user_id = ada })
assert.equals(8, glyphcase.queryScalar("SELECT total FROM orders"))
assert.same({
  { "user:upgraded", { userId = ada } },
  { "order:placed", { orderId = 1, userId = ada, total = 8 } },
}, heard)

glyphcase.insert("posts", { user_id = ada, title = "Tides" })
glyphcase.delete("users", ada)
assert.equals(0, glyphcase.queryScalar("SELECT count(*) FROM posts"))
assert.equals(
  "New user:\tAda\nUser upgraded to premium:\tAda\nUser deleted:\tAda\n",
  mods.output("reactive")
)
assert.equals(0, #mods.failures())
