import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { GlyphCaseError } from "../lua/mod.ts";
import { modOf, TestCase } from "./_glyphcase.ts";

/** Runs one statement of Lua in a mod with these tables; the code of what it raises. */
function attempt(test: TestCase, source: string, manifest: Record<string, unknown>): unknown {
  const script = `local ok, e = pcall(function() ${source} end)
    result = ok and "ok" or (type(e) == "userdata" and e.code or tostring(e))
    print(result)`;
  test.glyph.install(modOf("m", "", manifest));
  test.glyph.uninstall("m");
  test.printed.length = 0;
  test.glyph.install(modOf("m", script, manifest));
  test.glyph.uninstall("m");
  return test.printed[0]?.slice(3);
}

function open(): TestCase {
  const test = new TestCase();
  test.capsule.execute(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE secrets (id INTEGER PRIMARY KEY, word TEXT);
    CREATE TABLE audit (id INTEGER PRIMARY KEY, what TEXT);
    CREATE TABLE watched (id INTEGER PRIMARY KEY, what TEXT);
    CREATE VIEW leak AS SELECT word FROM secrets;
    CREATE TRIGGER note AFTER INSERT ON watched BEGIN INSERT INTO audit (what) VALUES (NEW.what); END;
    INSERT INTO secrets (word) VALUES ('xyzzy');
    INSERT INTO users (name) VALUES ('Ada');`);
  return test;
}

const MANIFEST = {
  apis: ["glyphcase", "crypto"],
  tables: { read: ["USERS", "leak"], write: ["watched"], create: ["own_*"] },
};

Deno.test("a mod does with tables what its manifest lists, by name and in SQL", async (t) => {
  using test = open();
  const cases: [string, string][] = [
    [`assert(#glyphcase.query("SELECT * FROM users") == 1)`, "ok"],
    [`glyphcase.queryOne("SELECT count(*) FROM Users u")`, "ok"],
    [`glyphcase.query("SELECT 1")`, "ok"],
    [`glyphcase.watch("users", print)`, "ok"],
    [`glyphcase.execute("CREATE TABLE own_a (x)") glyphcase.insert("own_a", { x = 1 })`, "ok"],
    [
      `glyphcase.execute("CREATE TABLE IF NOT EXISTS own_b (x UNIQUE)")
      glyphcase.execute("CREATE INDEX own_i ON own_b (x)")
      glyphcase.execute("ALTER TABLE own_b ADD COLUMN y")
      glyphcase.execute("DROP TABLE own_b")`,
      "ok",
    ],
    [`glyphcase.query("SELECT * FROM secrets")`, "forbidden"],
    [`glyphcase.queryScalar("SELECT word FROM leak")`, "forbidden"],
    [`glyphcase.query("SELECT (SELECT word FROM secrets) FROM users")`, "forbidden"],
    [`glyphcase.query("SELECT * FROM users WHERE EXISTS (SELECT 1 FROM secrets)")`, "forbidden"],
    [`glyphcase.query("WITH s AS (SELECT * FROM secrets) SELECT * FROM s")`, "forbidden"],
    [`glyphcase.deleteWhere("watched", "id IN (SELECT id FROM secrets)", {})`, "forbidden"],
    [
      `glyphcase.updateWhere("watched", "id = (SELECT 1 FROM secrets)", {}, { what = 1 })`,
      "forbidden",
    ],
    [`glyphcase.insert("users", { name = "Eve" })`, "forbidden"],
    [`glyphcase.update("users", 1, { name = "Eve" })`, "forbidden"],
    [`glyphcase.delete("users", 1)`, "forbidden"],
    [`glyphcase.deleteWhere("users", "1", {})`, "forbidden"],
    [`glyphcase.insertMultiple("users", { { name = "Eve" } })`, "forbidden"],
    [`glyphcase.execute("UPDATE users SET name = 'Eve'")`, "forbidden"],
    [`glyphcase.query("DELETE FROM users RETURNING *")`, "forbidden"],
    [`glyphcase.execute("SELECT 1; DELETE FROM users")`, "forbidden"],
    [`glyphcase.execute("CREATE TABLE own_c AS SELECT * FROM secrets")`, "forbidden"],
    [`glyphcase.execute("CREATE TABLE others (x)")`, "forbidden"],
    [`glyphcase.execute("DROP TABLE users")`, "forbidden"],
    [`glyphcase.execute("ALTER TABLE secrets RENAME TO own_d")`, "forbidden"],
    [`glyphcase.execute("CREATE INDEX own_x ON users (name)")`, "forbidden"],
    [`glyphcase.execute("CREATE VIEW own_v AS SELECT * FROM secrets")`, "forbidden"],
    [`glyphcase.execute("CREATE TEMP TABLE own_t (x)")`, "forbidden_statement"],
    [`glyphcase.execute("PRAGMA user_version = 5")`, "forbidden"],
    [
      `glyphcase.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n")`,
      "forbidden",
    ],
    [`glyphcase.query("SELECT sql FROM sqlite_schema")`, "forbidden"],
    [`glyphcase.query("SELECT * FROM pragma_table_info('secrets')")`, "forbidden"],
    [`glyphcase.query("SELECT * FROM _capsule_texts")`, "forbidden"],
    [`glyphcase.execute("ATTACH 'x' AS x")`, "forbidden_statement"],
    [`glyphcase.execute("COMMIT")`, "forbidden_statement"],
    [`glyphcase.watch("secrets", print)`, "forbidden"],
    [`glyphcase.watch({ sql = "SELECT * FROM secrets" }, print)`, "forbidden"],
    // A trigger of the application writes for whoever sets it off.
    [`glyphcase.insert("watched", { what = "x" })`, "forbidden"],
    [`cache.set("x", 1)`, "forbidden"],
    [`scheduler.every("1s", print)`, "forbidden"],
    [`actionbus.dispatch("x")`, "forbidden"],
    [`crypto.uuid()`, "ok"],
    [`assert(indras == nil)`, "ok"],
  ];
  for (const [source, code] of cases) {
    await t.step(source.split("\n")[0]!, () => {
      assertEquals(attempt(test, source, MANIFEST), code);
    });
  }
  assertEquals(test.capsule.query("SELECT name FROM users"), [{ name: "Ada" }]);
  assertEquals(test.capsule.query("SELECT word FROM secrets"), [{ word: "xyzzy" }]);
});

Deno.test("a refusal says which mod lacks what", () => {
  using test = open();
  const error = assertThrows(
    () => test.glyph.install(modOf("m", `glyphcase.query("SELECT * FROM secrets")`, MANIFEST)),
    GlyphCaseError,
  );
  assertEquals(
    (error.cause as Error & { cause: GlyphCaseError }).cause.message,
    `Cannot read table "secrets": the manifest of mod "m" does not list it`,
  );
  assertThrows(
    () => test.glyph.install(modOf("m", `cache.clear()`, MANIFEST)),
    GlyphCaseError,
    `Cannot use "cache": the manifest of mod "m" does not list it`,
  );
});

Deno.test("hooks are permitted by their own manifest, not by that of whoever wrote", async () => {
  using test = open();
  const guard = `function before_save(t, data)
    data.what = glyphcase.queryScalar("SELECT word FROM secrets") return data end`;
  test.add("guard", guard, { tables: { read: ["secrets"], write: ["watched", "audit"] } });
  test.add(
    "writer",
    `function write() glyphcase.insert("watched", { what = "x" }) end
    function peek() return glyphcase.query("SELECT * FROM secrets") end
    function write_and_peek() write() peek() end`,
    { tables: { write: ["watched", "audit"] } },
  );
  await test.glyph.callModFunction("writer", "write");
  assertEquals(test.capsule.queryScalar("SELECT what FROM watched"), "xyzzy");
  for (const name of ["peek", "write_and_peek"]) {
    await assertRejects(
      () => test.glyph.callModFunction("writer", name),
      GlyphCaseError,
      `Cannot read table "secrets"`,
    );
  }
});

Deno.test("listeners of TypeScript may do everything, also for a mod that may not", async () => {
  using test = open();
  const seen: unknown[] = [];
  using _listening = test.glyph.getEventBus().on("ask", () => {
    seen.push(test.capsule.queryScalar("SELECT word FROM secrets"));
  });
  using _hooks = test.capsule.saves.add({
    beforeSave: () => void seen.push(test.capsule.queryScalar("SELECT word FROM secrets")),
    changed: () => void seen.push(test.capsule.queryScalar("SELECT word FROM secrets")),
  });
  test.add(
    "m",
    `function go()
    glyphcase.dispatch("ask")
    glyphcase.insert("own", { x = 1 })
  end
  function on_install() glyphcase.execute("CREATE TABLE own (x)") end`,
    {
      tables: { create: ["own"] },
    },
  );
  await test.glyph.callModFunction("m", "go");
  assertEquals(seen, ["xyzzy", "xyzzy", "xyzzy"]);
  assertEquals(test.strayErrors, []);
});

Deno.test("a star stands for all tables but the capsule's own", () => {
  using test = open();
  const all = { apis: ["glyphcase"], tables: { create: ["*"] } };
  const cases: [string, string][] = [
    [`glyphcase.query("SELECT * FROM secrets")`, "ok"],
    [`glyphcase.query("SELECT sql FROM sqlite_schema")`, "ok"],
    [`glyphcase.query("SELECT * FROM _capsule_texts")`, "forbidden"],
    [`glyphcase.execute("DELETE FROM _capsule_texts")`, "internal_table"],
    [`glyphcase.insert("_capsule_texts", { owner = "mods", key = "x", text = "y" })`, "forbidden"],
  ];
  for (const [source, code] of cases) assertEquals(attempt(test, source, all), code);
});
