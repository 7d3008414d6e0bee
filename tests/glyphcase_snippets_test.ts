import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { GlyphCaseError } from "../lua/mod.ts";
import { TestCase } from "./_glyphcase.ts";

const USERS = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, age INTEGER,
  status TEXT, updated_at INTEGER);
  CREATE TABLE profiles (id INTEGER PRIMARY KEY, user_id INTEGER)`;

Deno.test("the database snippets run as they are written", async () => {
  using test = new TestCase();
  const { capsule, glyph, clock } = test;
  capsule.execute(USERS);
  const heard: unknown[] = [];
  using _listening = glyph.getEventBus().on("user:created", (payload) => heard.push(payload));
  await glyph.executeLua(`
    -- Database operations
    local users = glyphcase.query("SELECT * FROM users WHERE age > ?", 18)
    local id = glyphcase.insert("users", { name = "Alice", email = "alice@example.com" })
    glyphcase.update("users", id, { age = 31 })
    glyphcase.delete("users", id)

    -- Batch operations
    glyphcase.insertMultiple("users", {
      { name = "Bob" },
      { name = "Charlie" }
    })

    glyphcase.updateWhere("users", "status = ?", { "inactive" }, { updated_at = os.time() })
    glyphcase.deleteWhere("users", "age < ?", { 18 })

    -- Queries
    local user = glyphcase.queryOne("SELECT * FROM users WHERE id = ?", 1)
    local count = glyphcase.queryScalar("SELECT COUNT(*) FROM users")

    -- Transactions
    glyphcase.transaction(function()
      local id = glyphcase.insert("users", { name = "Test" })
      glyphcase.insert("profiles", { user_id = id })
    end)

    -- Events
    glyphcase.dispatch("user:created", { userId = id })

    -- Watchers
    glyphcase.watch("users", function(events)
      print("Users changed:", #events, "events")
    end)
    seen = { #users, user.name, count }`);
  assertEquals(await glyph.executeLua("return seen"), [0, "Bob", 2]);
  assertEquals(
    capsule.query("SELECT name, user_id FROM users JOIN profiles ON users.id = user_id"),
    [
      { name: "Test", user_id: 3 },
    ],
  );
  assertEquals(heard, [{ userId: 1 }]);
  capsule.insert("users", { name: "Dora" });
  clock.world.runFor(100);
  assertEquals(test.printed, ["main: Users changed:\t1\tevents"]);
});

Deno.test("the snippets of actionbus, crypto and cache run as they are written", async () => {
  using test = new TestCase();
  const { glyph, clock } = test;
  const sent: unknown[] = [];
  using _sending = glyph.registerAction("email:send", (payload) => sent.push(payload));
  await glyph.executeLua(`
    -- Dispatch actions
    actionbus.dispatch("email:send", {
      to = "user@example.com",
      subject = "Welcome"
    })

    -- Register handlers
    actionbus.register("custom:action", function(payload)
      print("Handling custom action:", payload.data)
      return { success = true }
    end)`);
  assertEquals(sent, [{ to: "user@example.com", subject: "Welcome" }]);
  assertEquals(glyph.dispatchAction("custom:action", { data: 5 }), {
    type: "handled",
    result: { success: true },
  });
  assertEquals(test.printed, ["main: Handling custom action:\t5"]);
  const seen = await glyph.executeLua<unknown[]>(`
    local id = crypto.uuid() -- "550e8400-e29b-41d4-a716-446655440000"
    local hash = crypto.bcrypt("password123")
    local valid = crypto.verify("password123", hash)
    local user_data, session, config = { name = "Ada" }, { 1, 2 }, "dark"
    cache.set("user:123", user_data, "10m")
    cache.set("session:abc", session, "1h")
    cache.set("config", config, "1d")
    local user = cache.get("user:123")
    cache.delete("user:123")
    return { id, valid, user.name, cache.get("user:123") == nil, #cache.get("session:abc") }`);
  assertMatch(String(seen[0]), /^[\da-f-]{36}$/);
  assertEquals(seen.slice(1), [true, "Ada", true, 2]);
  clock.world.runFor(3_600_000);
  assertEquals(
    await glyph.executeLua("return { cache.get('session:abc') == nil, cache.get('config') }"),
    [true, "dark"],
  );
  await glyph.executeLua("cache.clear()");
  assertEquals(await glyph.executeLua("return cache.get('config')"), undefined);
});

Deno.test("the snippets of scheduler run as they are written, in virtual time", async () => {
  using test = new TestCase();
  const { glyph, clock } = test;
  await glyph.executeLua(`
    ran = {}
    local function note(name) return function() ran[name] = (ran[name] or 0) + 1 end end
    local update_statistics, sync_data, cleanup_old_data = note("hourly"), note("sync"), note("daily")
    -- Recurring tasks
    scheduler.every("1h", function()
      print("Running hourly task")
      update_statistics()
    end)

    scheduler.every("5m", sync_data)
    scheduler.every("1d", cleanup_old_data)

    -- Delayed execution
    scheduler.after("10s", function()
      print("Executed after 10 seconds")
    end)`);
  clock.world.runFor(10_000);
  assertEquals(test.printed, ["main: Executed after 10 seconds"]);
  clock.world.runFor(24 * 3_600_000);
  assertEquals(await glyph.executeLua("return ran"), { hourly: 24, sync: 288, daily: 1 });
  await glyph.executeLua("scheduler.stop_all()");
  clock.world.runFor(24 * 3_600_000);
  assertEquals(await glyph.executeLua("return ran.sync"), 288);
});

Deno.test("both directions run as they are written", async () => {
  using test = new TestCase();
  const db = test.glyph;
  await db.executeLua(`
    function process_data(input)
      return { result = input * 2 }
    end
  `);
  assertEquals(await db.callLuaFunction("process_data", 10), { result: 20 });
  const heard: unknown[] = [];
  using _listening = db.getEventBus().on("lua:result", (data) => heard.push(data));
  await db.executeLua(`
    local result = process_data(4)
    glyphcase.dispatch("lua:result", {
      status = "success",
      data = result
    })`);
  assertEquals(heard, [{ status: "success", data: { result: 8 } }]);
});

Deno.test("the tests of the runtime hold as they are written", async () => {
  using test = new TestCase();
  const db = test.glyph;
  test.capsule.execute(USERS);
  await db.executeLua(`local result = 2 + 2`);
  await db.executeLua(`
    local id = glyphcase.insert("users", {
      email = "lua@example.com",
      name = "Lua User"
    })
  `);
  assertEquals(test.capsule.queryScalar("SELECT name FROM users"), "Lua User");
  // Virtual files are there, those of the host are not.
  await assertRejects(() => db.executeLua(`assert(io.open("/etc/passwd", "r"))`), GlyphCaseError);
  await assertRejects(() => db.executeLua(`os.execute("ls")`), GlyphCaseError);
  assertEquals(await db.executeLua("return debug == nil and loadfile == nil"), true);
  await db.executeLua(`
    function add(a, b)
      return a + b
    end
  `);
  const result = await db.callLuaFunction("add", 5, 3);
  assert(result === 8);
});
