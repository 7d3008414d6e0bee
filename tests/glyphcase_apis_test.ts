import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { GlyphCaseError } from "../lua/mod.ts";
import type { LuaError } from "../lua/mod.ts";
import { modOf, TestCase } from "./_glyphcase.ts";

Deno.test("values reach SQLite as what they are and come back so", async () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE v (id INTEGER PRIMARY KEY, a, b, c, d, e, f, g, h)");
  const seen = await test.glyph.executeLua(`
    local id = glyphcase.insert("v", {
      a = math.maxinteger, b = 1, c = 1.5, d = true, e = "ä\\0", f = "\\xff\\0", g = { x = { 1, "a" } },
      h = {},
    })
    local row = glyphcase.queryOne("SELECT *, typeof(a) ta, typeof(b) tb, typeof(c) tc, typeof(d) td, " ..
      "typeof(e) te, typeof(f) tf, typeof(g) tg FROM v")
    return { math.type(row.a), row.a == math.maxinteger, row.b, row.c, row.d, row.e == "ä\\0",
      row.f == "\\xff\\0", row.g, row.h, row.ta, row.tb, row.tc, row.td, row.te, row.tf, row.tg }`);
  assertEquals(seen, [
    ...["integer", true, 1, 1.5, 1, true, true, `{"x":[1,"a"]}`, "{}"],
    ...["integer", "integer", "real", "integer", "blob", "blob", "text"],
  ]);
});

Deno.test("NULL is a field that is not there, in both directions", async () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE v (id INTEGER PRIMARY KEY, a DEFAULT 'x')");
  const seen = await test.glyph.executeLua(`
    glyphcase.insert("v", { a = nil })
    glyphcase.execute("INSERT INTO v (a) VALUES (?)", nil)
    local rows = glyphcase.query("SELECT * FROM v WHERE a IS NOT ?", "y")
    return { #rows, rows[1].a, rows[2].a == nil, glyphcase.queryScalar("SELECT NULL") == nil,
      glyphcase.queryOne("SELECT 1 WHERE 0") == nil, glyphcase.queryScalar("SELECT 1 WHERE 0") == nil }`);
  assertEquals(seen, [2, "x", true, true, true, true]);
});

Deno.test("parameters stand one by one, as a list or by name", async () => {
  using test = new TestCase();
  const seen = await test.glyph.executeLua(`
    local one = glyphcase.queryScalar
    return { one("SELECT ? || ?", "a", "b"), one("SELECT ? || ?", { "a", "b" }),
      one("SELECT :x || :y", { x = "a", y = "b" }), one("SELECT coalesce(?, 'nil')", {}) }`);
  assertEquals(seen, ["ab", "ab", "ab", "nil"]);
});

Deno.test("functions of the database answer what they have done", async () => {
  using test = new TestCase();
  const seen = await test.glyph.executeLua(`
    local made, last = glyphcase.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)")
    local ids = glyphcase.insertMultiple("t", { { n = 1 }, { n = 2 }, { n = 3 } })
    local changes, id = glyphcase.execute("INSERT INTO t (n) VALUES (4), (5)")
    return { made, ids, changes, id, glyphcase.update("t", 1, { n = 9 }), glyphcase.update("t", 99, { n = 9 }),
      glyphcase.updateWhere("t", "n > ?", { 3 }, { n = 0 }), glyphcase.delete("t", 1),
      glyphcase.delete("t", 1), glyphcase.deleteWhere("t", "n = :n", { n = 0 }),
      #glyphcase.insertMultiple("t", {}) }`);
  assertEquals(seen, [0, [1, 2, 3], 2, 5, true, false, 3, true, false, 2, 0]);
});

Deno.test("a transaction answers what its function does, and is undone when that raises", async () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n UNIQUE)");
  const seen = await test.glyph.executeLua(`
    local a, b = glyphcase.transaction(function()
      glyphcase.insert("t", { n = 1 })
      local ok, e = pcall(glyphcase.transaction, function()
        glyphcase.insert("t", { n = 2 })
        error({ why = "inner" })
      end)
      assert(not ok and e.why == "inner")
      return "x", "y"
    end)
    local ok, e = pcall(glyphcase.transaction, function()
      glyphcase.insert("t", { n = 3 })
      glyphcase.insert("t", { n = 1 })
    end)
    return { a, b, ok, e.code, glyphcase.queryScalar("SELECT count(*) FROM t") }`);
  assertEquals(seen, ["x", "y", false, "constraint", 1]);
});

Deno.test("a loop within a transaction undoes it and ends the engine, not the capsule", async () => {
  using test = new TestCase({ limits: { callMs: 200 } });
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)");
  const error = await assertRejects(
    () =>
      test.glyph.executeLua(`x = 1 glyphcase.transaction(function()
        glyphcase.insert("t", { n = 1 }) while true do end end)`),
    GlyphCaseError,
  );
  assertEquals([error.code, (error.cause as LuaError).code], ["lua_failed", "timeout"]);
  assertEquals([test.capsule.isInTransaction, test.capsule.query("SELECT * FROM t")], [false, []]);
  assertEquals(await test.glyph.executeLua("return x == nil"), true);
  test.capsule.insert("t", { n: 1 });
});

Deno.test("time in the database is not Lua's time", async () => {
  using test = new TestCase({ limits: { callMs: 50 } });
  const counted = await test.glyph.executeLua(`return glyphcase.queryScalar([[
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600000)
    SELECT count(*) FROM n]])`);
  assertEquals(counted, 600_000);
});

Deno.test("what the database refuses has a code in Lua and a place in TypeScript", async (t) => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n NOT NULL)");
  const cases: [string, string][] = [
    [`glyphcase.query("SELEC")`, "bad_sql"],
    [`glyphcase.query("SELECT 1; SELECT 2")`, "bad_sql"],
    [`glyphcase.insert("nope", {})`, "no_such_table"],
    [`glyphcase.insert("t", { m = 1 })`, "bad_identifier"],
    [`glyphcase.insert("t", {})`, "constraint"],
    [`glyphcase.insert("t", { n = print })`, "bad_argument"],
    [`glyphcase.insert("t", { n = { print } })`, "bad_argument"],
    [`glyphcase.insert("t", { n = { "\\xff" } })`, "bad_argument"],
    [`glyphcase.insert("t", { n = { 0/0 } })`, "bad_argument"],
    [`glyphcase.insert("t", { 1, 2 })`, "bad_argument"],
    [`glyphcase.insert("t")`, "bad_argument"],
    [`glyphcase.insertMultiple("t", { n = 1 })`, "bad_argument"],
    [`glyphcase.deleteWhere("t", "1", 5)`, "bad_argument"],
    [`glyphcase.transaction(5)`, "bad_argument"],
    [`glyphcase.watch("t")`, "bad_argument"],
    [`glyphcase.watch({ sql = "SELECT 1", parms = {} }, print)`, "bad_argument"],
    [`glyphcase.watch({ sql = "DELETE FROM t" }, print)`, "forbidden_statement"],
    [`glyphcase.dispatch("x", { print })`, "bad_argument"],
    [`glyphcase.dispatch("*", 1)`, "bad_identifier"],
    [`actionbus.dispatch("x", print)`, "bad_argument"],
    [`actionbus.register("x", 5)`, "bad_argument"],
    [`scheduler.every("1x", print)`, "bad_argument"],
    [`scheduler.every("1ms", print)`, "bad_argument"],
    [`scheduler.after("1s", "print")`, "bad_argument"],
    [`cache.set("x", print)`, "bad_argument"],
    [`cache.set({}, 1)`, "bad_argument"],
    [`cache.set("x", 1, "never")`, "bad_argument"],
    [`("ab"):gsub(".", function() glyphcase.insert("t", { n = 1 }) end)`, "await"],
    [`("ab"):gsub(".", function() glyphcase.queryScalar("SELECT 1") end)`, "await"],
  ];
  for (const [source, code] of cases) {
    await t.step(source, async () => {
      const seen = await test.glyph.executeLua(
        `local ok, e = pcall(function() ${source} end) return { ok, e.code }`,
      );
      assertEquals(seen, [false, code]);
      const error = await assertRejects(() => test.glyph.executeLua(`\n${source}`), GlyphCaseError);
      assertEquals([error.code, error.line], ["lua_failed", 2]);
    });
  }
  assertEquals(test.capsule.query("SELECT * FROM t"), []);
});

Deno.test("watchers hear of a table or of a query's rows, until they are stopped", async () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)");
  await test.glyph.executeLua(`
    heard = {}
    stop = glyphcase.watch("t", function(changes)
      for _, c in ipairs(changes) do
        heard[#heard + 1] = c.table .. " " .. c.operation .. " " .. c.row.n .. " " .. (c.old and c.old.n or "")
      end
    end)
    glyphcase.watch({ sql = "SELECT sum(n) AS total FROM t WHERE n > ?", params = { 1 } }, function(rows)
      heard[#heard + 1] = "total " .. tostring(rows[1].total)
    end)`);
  test.clock.world.runFor(100);
  test.capsule.insert("t", { n: 2 });
  test.capsule.update("t", 1, { n: 3 });
  test.clock.world.runFor(100);
  assertEquals(await test.glyph.executeLua("return heard"), [
    ...["total nil", "t INSERT 2 ", "t UPDATE 3 2", "total 3"],
  ]);
  assertEquals(await test.glyph.executeLua("heard = {} return { stop(), stop() }"), [true, false]);
  test.capsule.delete("t", 1);
  test.clock.world.runFor(100);
  assertEquals(await test.glyph.executeLua("return heard"), ["total nil"]);
});

Deno.test("a watcher or task that fails is reported, and goes on", () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)");
  test.add(
    "m",
    `function on_activate()
    glyphcase.watch("t", function(changes) print(#changes) error("watch") end)
    scheduler.every("1s", function() print("tick") error("task") end)
  end`,
  );
  test.capsule.insert("t", { n: 1 });
  test.clock.world.runFor(2000);
  test.capsule.insert("t", { n: 1 });
  test.clock.world.runFor(100);
  assertEquals(test.printed, ["m: 1", "m: tick", "m: tick", "m: 1"]);
  assertEquals(test.failures().map((message) => message.replace(/main.lua:\d: /, "")), [
    ...[`Mod "m" failed in a watcher: watch`, `Mod "m" failed in a task: task`],
    ...[`Mod "m" failed in a task: task`, `Mod "m" failed in a watcher: watch`],
  ]);
  assertEquals(test.strayErrors, []);
});

Deno.test("actions go between mods and TypeScript, and know their owner", async () => {
  using test = new TestCase();
  const { glyph } = test;
  test.add(
    "a",
    `function on_activate()
      actionbus.register("double", function(p) return { n = p.n * 2 } end)
      actionbus.register("fail", function() error("broken") end)
    end
    function again() actionbus.register("double", function(p) return { n = p.n * 3 } end) end
    function taken() actionbus.register("ts", print) end`,
  );
  test.add(
    "b",
    `function double(n) return actionbus.dispatch("double", { n = n }).n end
    function none() return { select("#", actionbus.dispatch("none")), (select(2, actionbus.dispatch("none"))) } end
    function fail() local ok, e = pcall(actionbus.dispatch, "fail") return e.message end
    function ask(n) return actionbus.dispatch("ts", n) end
    function steal() actionbus.register("double", print) end`,
  );
  const call = (mod: string, name: string, ...args: unknown[]) =>
    glyph.callModFunction(mod, name, ...args);
  using ts = glyph.registerAction("ts", (n) => Promise.resolve(Number(n) + 1));
  assertEquals(await call("b", "double", 4), 8);
  assertEquals(await call("b", "none"), [2, "no handler"]);
  assertEquals(await call("b", "ask", 4), 5);
  assertEquals(await call("b", "fail"), `Mod "a" failed in an action: main.lua:3: broken`);
  await call("a", "again");
  assertEquals(await call("b", "double", 4), 12);
  for (const [mod, name] of [["b", "steal"], ["a", "taken"]] as const) {
    const error = await assertRejects(() => call(mod, name), GlyphCaseError);
    assertEquals((error.cause as LuaError).cause instanceof GlyphCaseError, true);
  }
  assertEquals(
    assertThrows(() => glyph.registerAction("double", () => 1), GlyphCaseError).code,
    "action_taken",
  );
  ts[Symbol.dispose]();
  glyph.deactivate("a");
  assertEquals(await call("b", "none"), [2, "no handler"]);
  assertEquals(glyph.dispatchAction("double", {}), { type: "unhandled" });
});

Deno.test("mods that call one another without end are stopped by the limit of recursion", async () => {
  using test = new TestCase();
  for (const [name, other] of [["a", "b"], ["b", "a"]] as const) {
    test.add(
      name,
      `function on_activate()
      actionbus.register("${name}", function() return actionbus.dispatch("${other}") end) end
      function go() return actionbus.dispatch("${other}") end`,
    );
  }
  const error = await assertRejects(() => test.glyph.callModFunction("a", "go"), GlyphCaseError);
  assertEquals(error.message.includes("nested"), true);
  assertEquals(test.glyph.mods().map(({ isActive }) => isActive), [true, true]);
});

Deno.test("Lua waits for promises of TypeScript in calls, tasks, watchers and actions", async () => {
  using test = new TestCase();
  const { glyph, clock } = test;
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)");
  using _slow = glyph.registerAction("slow", async (n) => {
    await Promise.resolve();
    if (n === "bad") throw new RangeError("refused");
    return Number(n) * 2;
  });
  test.add(
    "m",
    `
    local function slow(n) return actionbus.dispatch("slow", n) end
    function on_activate()
      scheduler.after("1s", function() print("task", slow(1)) end)
      scheduler.after("1s", function() slow("bad") end)
      glyphcase.watch("t", function() print("watcher", slow(2)) end)
      actionbus.register("outer", function(n) return slow(n) + 1 end)
    end
    function ask(n) return slow(n) end
    function within() return glyphcase.transaction(function() return slow(1) end) end
    function on_data_changed() print(select(2, pcall(slow, 3)).code) end`,
  );
  assertEquals(await glyph.callModFunction("m", "ask", 5), 10);
  await assertRejects(() => glyph.callModFunction("m", "ask", "bad"), GlyphCaseError, "refused");
  await assertRejects(() => glyph.callModFunction("m", "within"), GlyphCaseError, "Cannot wait");
  const outcome = glyph.dispatchAction("outer", 5);
  assertEquals(outcome.type === "handled" && await outcome.result, 11);
  test.capsule.insert("t", { n: 1 });
  clock.world.runFor(1000);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assertEquals(test.printed.toSorted(), ["m: await", "m: task\t2", "m: watcher\t4"]);
  assertEquals(test.failures(), [`Mod "m" failed in a task: main.lua:2: refused`]);
});

Deno.test("a mod that is switched off while it waits goes quietly", async () => {
  using test = new TestCase();
  const wait = Promise.withResolvers<number>();
  using _slow = test.glyph.registerAction("slow", () => wait.promise);
  test.add(
    "m",
    `function on_activate()
    scheduler.every("1s", function() actionbus.dispatch("slow") print("never") end) end
    function ask() return actionbus.dispatch("slow") end`,
  );
  test.clock.world.runFor(1000);
  const asked = test.glyph.callModFunction("m", "ask");
  test.glyph.deactivate("m");
  await assertRejects(() => asked, GlyphCaseError);
  wait.resolve(1);
  test.clock.world.runFor(5000);
  await Promise.resolve();
  assertEquals([test.printed, test.failures()], [[], []]);
});

Deno.test("TypeScript calls functions by name, also in tables, and gets ordinary values", async () => {
  using test = new TestCase();
  test.add(
    "m",
    `api = { stats = { count = function(n) return { n = n, list = { 1, 2 } }, "more" end } }
    value = 5`,
  );
  assertEquals(await test.glyph.callModFunction("m", "api.stats.count", 2), { n: 2, list: [1, 2] });
  for (const name of ["none", "value", "api.none", "api.stats", "value.x", ""]) {
    const error = await assertRejects(() => test.glyph.callModFunction("m", name), GlyphCaseError);
    assertEquals([error.code, error.mod], ["no_function", "m"]);
  }
  const error = await assertRejects(() => test.glyph.callLuaFunction("none"), GlyphCaseError);
  assertEquals(error.mod, "main");
  assertEquals(await test.glyph.executeLua("return ..., 2", { args: [1], name: "x.lua" }), 1);
});

Deno.test("mods share nothing but the database, the buses and time", async () => {
  using test = new TestCase();
  for (const name of ["a", "b"]) {
    test.add(
      name,
      `shared = (shared or "") .. "${name}"
      cache.set("key", "${name}") string.extra = "${name}"
      function seen() return { shared, cache.get("key"), string.extra, main == nil } end`,
    );
  }
  await test.glyph.executeLua("main = 1 cache.set('key', 'main')");
  assertEquals(await test.glyph.callModFunction("a", "seen"), ["a", "a", "a", true]);
  assertEquals(await test.glyph.callModFunction("b", "seen"), ["b", "b", "b", true]);
});

Deno.test("the same chance gives a GlyphCase the same run", async () => {
  const run = async () => {
    using test = new TestCase();
    test.glyph.install(modOf("m", ""));
    return await test.glyph.executeLua(
      "return { crypto.uuid(), crypto.bcrypt('x'), math.random(1, 1 << 40), os.time() }",
    );
  };
  assertEquals(await run(), await run());
});

Deno.test("watchers, tasks and actions have limits, which say so", async () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  const cases: [string, number][] = [
    ["glyphcase.watch('t', print)", 200],
    ["scheduler.after('1d', print)", 1000],
    ["actionbus.register('a' .. n, print)", 1000],
  ];
  for (const [source, count] of cases) {
    const seen = await test.glyph.executeLua(`
      local function go(n) ${source} end
      for n = 1, ${count} do go(n) end
      local ok, e = pcall(go, 0)
      return { ok, e.code }`);
    assertEquals([source, seen], [source, [false, "limit"]]);
  }
});
