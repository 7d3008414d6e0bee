import { assert, assertEquals, assertThrows } from "@std/assert";
import { CapsuleError } from "../capsule/mod.ts";
import { GlyphCaseError } from "../lua/mod.ts";
import { modOf, TestCase } from "./_glyphcase.ts";

function open(): TestCase {
  const test = new TestCase({ modLimits: { callMs: 300 } });
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, what TEXT, n, UNIQUE (what));");
  test.capsule.execute("CREATE TABLE other (id INTEGER PRIMARY KEY, what TEXT)");
  return test;
}

const rows = ({ capsule }: TestCase, table = "t") => capsule.query(`SELECT * FROM ${table}`);
const others = ({ capsule }: TestCase) =>
  capsule.query("SELECT what FROM other ORDER BY id").map(({ what }) => what);

Deno.test("hooks run in the order of activation, for writes of TypeScript and of mods", async () => {
  using test = open();
  const script = (name: string) => `
    function before_save(t, data)
      if t == "t" then data.what = data.what .. "${name}" end
      return data
    end
    function after_save(t, row) if t == "t" then print("saved", row.what) end end
    function on_data_changed(t, operation, row) if t == "t" then print(operation, row.what) end end
    function add(what) return glyphcase.insert("t", { what = what }) end`;
  for (const name of ["b", "a"]) test.add(name, script(name));
  const id = test.capsule.insert("t", { what: "-" });
  assertEquals(rows(test), [{ id, what: "-ba", n: null }]);
  const told = ["b: saved\t-ba", "b: INSERT\t-ba", "a: saved\t-ba", "a: INSERT\t-ba"];
  assertEquals(test.printed, told);
  assertEquals(await test.glyph.callModFunction("a", "add", "+"), 2);
  assertEquals(test.capsule.queryScalar("SELECT what FROM t WHERE id = 2"), "+ba");
  test.glyph.deactivate("b");
  test.printed.length = 0;
  test.capsule.update("t", 1, { what: "x" });
  test.capsule.updateWhere("t", "id = ?", [2], { n: 1, what: "y" });
  test.capsule.delete("t", 1);
  assertEquals(test.printed, [
    ...["a: saved\txa", "a: UPDATE\txa", "a: saved\tya", "a: UPDATE\tya", "a: DELETE\txa"],
  ]);
});

Deno.test("before_save changes, adds and removes columns; what was NULL stays so", () => {
  using test = open();
  test.add(
    "m",
    `
    function before_save(table_name, data)
      seen = {}
      for key, value in pairs(data) do seen[#seen + 1] = key .. "=" .. tostring(value) end
      table.sort(seen)
      print(table_name, table.concat(seen, " "))
      data.secret = nil
      data.n = { 1, { deep = true } }
      return data
    end`,
  );
  test.capsule.insert("t", { what: "a", secret: "x", n: true } as never);
  test.capsule.update("t", 1, { what: null });
  assertEquals(rows(test), [{ id: 1, what: null, n: `[1,{"deep":true}]` }]);
  assertEquals(test.printed, ["m: t\tn=1 secret=x what=a", "m: t"]);
});

Deno.test("before_save that answers nothing leaves the row as it is, anything else is a failure", () => {
  using test = open();
  test.add("m", `function before_save(_, data) data.what = "lost" return answer end`);
  test.capsule.insert("t", { what: "kept" });
  test.glyph.deactivate("m");
  for (const answer of ["5", "{ 1, 2 }", "print"]) {
    test.glyph.upgrade(modOf("m", `function before_save() return ${answer} end`));
    test.glyph.activate("m");
    const error = assertThrows(() => test.capsule.insert("t", { what: answer }), CapsuleError);
    assertEquals([error.code, (error.cause as GlyphCaseError).code], ["veto", "mod_failed"]);
    test.glyph.deactivate("m");
  }
  assertEquals(rows(test), [{ id: 1, what: "kept", n: null }]);
});

Deno.test("a mod refuses a write by error(): nothing is written, and the mod stays on", () => {
  using test = open();
  test.add(
    "first",
    `function before_save(t, data)
    if t == "t" then glyphcase.insert("other", { what = "seen" }) end end`,
  );
  test.add(
    "strict",
    `function before_save(t, data)
    if data.what == "bad" then error("Invalid what") end return data end`,
  );
  const error = assertThrows(() => test.capsule.insert("t", { what: "bad" }), CapsuleError);
  assertEquals(
    [error.code, error.message],
    ["veto", `Cannot save into "t": mod "strict" refused it: main.lua:2: Invalid what`],
  );
  const cause = error.cause as GlyphCaseError;
  assertEquals([cause.code, cause.mod, cause.file, cause.line], ["veto", "strict", "main.lua", 2]);
  assertThrows(
    () => test.capsule.insertMultiple("t", [{ what: "good" }, { what: "bad" }]),
    CapsuleError,
  );
  assertEquals([rows(test), others(test)], [[], []]);
  test.capsule.insert("t", { what: "good" });
  assertEquals([rows(test).length, others(test), test.failures()], [1, ["seen"], []]);
});

Deno.test("a mod whose write another one refuses can catch that", async () => {
  using test = open();
  test.add("strict", "function before_save() error('No writes today', 0) end");
  test.add(
    "writer",
    `function try()
    local ok, e = pcall(glyphcase.insert, "t", { what = "x" })
    return { ok, e.code, e.message }
  end`,
  );
  assertEquals(await test.glyph.callModFunction("writer", "try"), [
    false,
    "veto",
    `Cannot save into "t": mod "strict" refused it: No writes today`,
  ]);
});

Deno.test("a hook that loops rolls the write back, and its mod is off and reported", () => {
  using test = open();
  test.add(
    "calm",
    `function before_save(t, data)
    if t == "t" then glyphcase.insert("other", { what = "x" }) end end`,
  );
  test.add("loop", "function before_save(t) while t == 't' do end end");
  const error = assertThrows(() => test.capsule.insert("t", { what: "a" }), CapsuleError);
  const cause = error.cause as GlyphCaseError;
  assertEquals([error.code, cause.code, cause.mod], ["veto", "mod_failed", "loop"]);
  assertEquals([rows(test), others(test)], [[], []]);
  assertEquals(test.glyph.mods().map(({ isActive }) => isActive), [true, false]);
  assertEquals(test.glyph.failures.map(({ mod, code }) => [mod, code]), [["loop", "mod_failed"]]);
  test.capsule.insert("t", { what: "a" });
  assertEquals([rows(test).length, others(test)], [1, ["x"]]);
});

Deno.test("after_save and on_data_changed that fail or loop are reported, and the row stays", () => {
  using test = open();
  test.add(
    "fails",
    "function after_save() error('one') end function on_data_changed() error('two') end",
  );
  test.add("loops", "function on_data_changed() while true do end end");
  test.add("last", "function on_data_changed() print('told') end");
  test.capsule.insert("t", { what: "a" });
  assertEquals(rows(test).length, 1);
  assertEquals(test.printed, ["last: told"]);
  assertEquals(test.failures(), [
    `Mod "fails" failed in after_save: main.lua:1: one`,
    `Mod "fails" failed in on_data_changed: main.lua:1: two`,
    `Mod "loops" failed in on_data_changed: Cannot go on in Lua: it ran longer than 300 ms`,
  ]);
  assertEquals(test.glyph.mods().map(({ manifest, isActive }) => [manifest.name, isActive]), [
    ["fails", true],
    ["last", true],
    ["loops", false],
  ]);
});

Deno.test("raw SQL passes before_save and is seen by after_save and on_data_changed", () => {
  using test = open();
  test.add(
    "m",
    `
    function before_save() error("never") end
    function after_save(_, row) print("saved", row.what) end
    function on_data_changed(_, operation, row) print(operation, row.what) end`,
  );
  test.capsule.execute("INSERT INTO t (what) VALUES ('a'), ('b')");
  test.capsule.execute("DELETE FROM t WHERE what = 'a'");
  assertEquals(test.printed, [
    ...["m: saved\ta", "m: INSERT\ta", "m: saved\tb", "m: INSERT\tb", "m: DELETE\ta"],
  ]);
});

Deno.test("what is rolled back is told to nobody", () => {
  using test = open();
  test.add("m", "function on_data_changed(_, operation, row) print(operation, row.what) end");
  assertThrows(() =>
    test.capsule.transaction(() => {
      test.capsule.insert("t", { what: "gone" });
      throw new RangeError("no");
    }), RangeError);
  test.capsule.transaction(() => {
    test.capsule.insert("t", { what: "a" });
    assertEquals(test.printed, []);
  });
  assertEquals(test.printed, ["m: INSERT\ta"]);
});

Deno.test("hooks that write are told of it after all mods know of what was before", () => {
  using test = open();
  test.add(
    "a",
    `function on_data_changed(t, operation, row)
    if t == "t" then glyphcase.insert("other", { what = "because of " .. row.what }) end
    print(t, row.what)
  end`,
  );
  test.add("b", "function on_data_changed(t, _, row) print(t, row.what) end");
  test.capsule.insert("t", { what: "x" });
  assertEquals(test.printed, [
    ...["a: t\tx", "b: t\tx", "a: other\tbecause of x", "b: other\tbecause of x"],
  ]);
});

Deno.test("a hook that writes the table that it hooks on ends at a limit, by name", () => {
  using test = open();
  test.add("m", "function on_data_changed(t, _, row) glyphcase.insert(t, { n = row.id }) end");
  test.capsule.insert("t", { what: "first" });
  assertEquals(rows(test).length, 18);
  assertEquals(test.glyph.failures.map(({ code, mod, message }) => [code, mod, message]), [[
    "hook_loop",
    "m",
    `Cannot go on: hooks write because of what hooks wrote 16 times, in mods "m"`,
  ]]);
  assertEquals(test.glyph.mods()[0]?.isActive, true);
});

Deno.test("hooks of two mods that set each other off end at the same limit", () => {
  using test = open();
  const pong = (from: string, to: string) =>
    `function on_data_changed(table) if table == "${from}" then
      glyphcase.insert("${to}", { n = 1 }) end end`.replace("n = 1", "what = nil");
  test.add("ping", pong("t", "other"));
  test.add("pong", pong("other", "t"));
  test.capsule.execute("INSERT INTO t (what) VALUES ('first')");
  assertEquals(rows(test).length + rows(test, "other").length, 18);
  assertEquals(test.glyph.failures.map(({ code }) => code), ["hook_loop"]);
});

Deno.test("a before_save that saves into its own table is refused, and nothing stays", () => {
  using test = open();
  test.add(
    "m",
    "function before_save(t, data) glyphcase.insert(t, { what = data.what .. 'x' }) end",
  );
  const error = assertThrows(() => test.capsule.insert("t", { what: "a" }), CapsuleError);
  let cause: unknown = error;
  while (cause instanceof Error && !(cause instanceof GlyphCaseError)) cause = cause.cause;
  assert(cause instanceof GlyphCaseError);
  assertEquals([error.code, cause.code, cause.mod], ["veto", "hook_loop", "m"]);
  assertEquals(rows(test), []);
  test.glyph.deactivate("m");
  test.capsule.insert("t", { what: "a" });
});

Deno.test("hooks are for the tables that the manifest lists", () => {
  using test = open();
  const script = `
    function before_save(t) print("before", t) end
    function after_save(t) print("after", t) end
    function on_data_changed(t) print("changed", t) end`;
  test.add("reader", script, { tables: { read: ["t"] } });
  test.add("writer", script, { tables: { write: ["other"] } });
  test.capsule.insert("t", { what: "a" });
  test.capsule.insert("other", { what: "a" });
  assertEquals(test.printed, [
    ...["reader: after\tt", "reader: changed\tt", "writer: before\tother", "writer: after\tother"],
    "writer: changed\tother",
  ]);
});

Deno.test("a mod that died can be switched on again, in a fresh engine", () => {
  using test = open();
  test.add(
    "m",
    `
    function on_activate()
      glyphcase.watch("t", function() print("watched") end)
      scheduler.every("1s", function() print("tick") end)
      actionbus.register("act", function() return 1 end)
      cache.set("key", "kept")
    end
    function on_data_changed(_, _, row) if row.what == "die" then while true do end end end
    function cached() return cache.get("key") end`,
  );
  test.capsule.insert("t", { what: "die" });
  test.clock.world.runFor(2000);
  assertEquals([test.printed, test.glyph.dispatchAction("act").type], [[], "unhandled"]);
  assertEquals(test.glyph.mods()[0]?.failure?.includes("longer than 300 ms"), true);
  test.glyph.activate("m");
  assertEquals(test.glyph.mods()[0]?.failure, undefined);
  test.capsule.insert("t", { what: "live" });
  test.clock.world.runFor(1000);
  assertEquals(test.printed, ["m: watched", "m: tick"]);
  assertEquals(test.strayErrors, []);
});

Deno.test("a death within a transaction that is undone is remembered all the same", () => {
  using test = open();
  test.add("m", "function before_save() while true do end end");
  assertThrows(() =>
    test.capsule.transaction(() => {
      test.capsule.insert("t", { what: "a" });
    })
  );
  test.clock.world.runFor(0);
  test.glyph[Symbol.dispose]();
  using again = test.open();
  assertEquals(again.mods().map(({ isActive }) => isActive), [false]);
});
