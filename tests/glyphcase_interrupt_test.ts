import { assertEquals, assertThrows } from "@std/assert";
import { GlyphCase, GlyphCaseError } from "../lua/mod.ts";

/** Whatever Lua is in the middle of when its time is over, the database is in the middle of nothing. */
const LOOPS: Record<string, string> = {
  "queries": `while true do glyphcase.queryScalar("SELECT n FROM t WHERE id = ?", 1) end`,
  "queries, each new": `for i = 1, 1e9 do glyphcase.query("SELECT n, " .. i .. " FROM t") end`,
  "queries in gsub": `("x"):rep(1e6):gsub(".", function()
    return glyphcase.queryScalar("SELECT count(*) FROM t a, t b WHERE a.n + b.n > ?", 1)
  end)`,
  "queries in gsub that were run before":
    `local sql = "SELECT count(*) FROM t a, t b WHERE a.n + b.n > ?"
    glyphcase.queryScalar(sql, 1)
    ;("x"):rep(1e6):gsub(".", function() return glyphcase.queryScalar(sql, 1) end)`,
  "long queries": `local sql = "SELECT count(*) FROM t a, t b, t c WHERE a.n + b.n > ?"
    while true do glyphcase.query(sql, 1) end`,
  "queries in sort": `local t = {}
    for i = 1, 1e5 do t[i] = i end
    table.sort(t, function(a, b) return glyphcase.queryScalar("SELECT ? < ?", a, b) == 1 end)`,
  "inserts": `while true do glyphcase.insert("t", { n = 1 }) end`,
  "transactions":
    `while true do glyphcase.transaction(function() glyphcase.insert("t", { n = 1 }) end) end`,
  "a transaction":
    `glyphcase.transaction(function() while true do glyphcase.insert("t", { n = 1 }) end end)`,
  "refusals": `while true do pcall(glyphcase.query, "SELECT * FROM secrets") end`,
};

for (const [name, loop] of Object.entries(LOOPS)) {
  Deno.test(`a mod that is stopped in the middle of ${name} leaves nothing behind`, async () => {
    using glyph = await GlyphCase.open(":memory:", { modLimits: { callMs: 200 } });
    glyph.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n); CREATE TABLE secrets (x)");
    glyph.capsule.insertMultiple("t", Array.from({ length: 100 }, () => ({ n: 7 })));
    const manifest = {
      ...{ name: "looping", version: "1.0.0", scripts: ["a.lua"] },
      ...{ apis: ["glyphcase"], tables: { write: ["t"] } },
    };
    glyph.install({
      "mod.json": JSON.stringify(manifest),
      "a.lua": `function loop() ${loop} end`,
    });
    glyph.activate("looping");
    assertThrows(() => glyph.callModFunctionNow("looping", "loop"), GlyphCaseError);
    const { capsule } = glyph;
    assertEquals(capsule.isInTransaction, false);
    capsule.insert("secrets", { x: 1 }); // with the rights of TypeScript, not with those of the mod
    assertEquals(capsule.queryScalar("SELECT x FROM secrets"), 1);
    assertThrows(() => capsule.execute("DROP TABLE _capsule_texts"));
    capsule.transaction(() => capsule.execute("CREATE TABLE later (x)"));
    assertEquals(capsule.queryScalar("SELECT n FROM t WHERE id = 1"), 7);
  });
}
