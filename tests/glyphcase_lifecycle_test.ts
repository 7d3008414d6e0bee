import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CapsuleError } from "../capsule/mod.ts";
import { GlyphCaseError } from "../lua/mod.ts";
import { modOf, TestCase } from "./_glyphcase.ts";
import { TempFolder } from "./_temp_folder.ts";

const COUNTED = `
  function on_install() glyphcase.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT)") end
  local function note(what) glyphcase.insert("log", { what = what }) end
  function on_activate() note("on " .. (version or "1")) end
  function on_deactivate() note("off") end
  function on_upgrade(old) note("from " .. old) end`;

const log = ({ capsule }: TestCase) =>
  capsule.query("SELECT what FROM log ORDER BY id").map(({ what }) => what);
const state = ({ glyph }: TestCase) =>
  glyph.mods().map(({ manifest, isActive }) => [manifest.name, manifest.version, isActive]);

Deno.test("a mod is installed, switched on, off and on again, and removed", () => {
  using test = new TestCase();
  const { glyph } = test;
  assertEquals(glyph.install(modOf("m", COUNTED)).name, "m");
  assertEquals([log(test), state(test)], [[], [["m", "1.0.0", false]]]);
  glyph.activate("m");
  assertEquals([log(test), state(test)], [["on 1"], [["m", "1.0.0", true]]]);
  glyph.deactivate("m");
  glyph.activate("m");
  glyph.uninstall("m");
  assertEquals([log(test), state(test)], [["on 1", "off", "on 1", "off"], []]);
  const again = COUNTED.replace("TABLE log", "TABLE IF NOT EXISTS log");
  glyph.install(modOf("m", again));
  assertEquals(state(test), [["m", "1.0.0", false]]);
});

Deno.test("what cannot be done to a mod is refused with a code", () => {
  using test = new TestCase();
  const { glyph, capsule } = test;
  test.add("on", "");
  glyph.install(modOf("off", ""));
  const cases: [() => unknown, string][] = [
    [() => glyph.install(modOf("on", "")), "already_installed"],
    [() => glyph.activate("on"), "already_active"],
    [() => glyph.activate("none"), "not_installed"],
    [() => glyph.deactivate("off"), "not_active"],
    [() => glyph.deactivate("none"), "not_installed"],
    [() => glyph.uninstall("none"), "not_installed"],
    [() => glyph.upgrade(modOf("none", "")), "not_installed"],
    [() => glyph.outputOf("off"), "not_active"],
    [() => glyph.install({ "main.lua": "" }), "bad_manifest"],
    [() => glyph.install({ ...modOf("x", ""), "../y.lua": "" }), "bad_files"],
    [() => glyph.install(modOf("x", "", { scripts: ["other.lua"] })), "bad_files"],
    [() => capsule.transaction(() => glyph.deactivate("on")), "busy"],
  ];
  for (const [attempt, code] of cases) {
    assertEquals(assertThrows(attempt, GlyphCaseError).code, code);
  }
  assertThrows(() => glyph.install(modOf("x", ""), { callMs: 0 }), RangeError, `limit "callMs"`);
  assertEquals(state(test), [["off", "1.0.0", false], ["on", "1.0.0", true]]);
});

Deno.test("a mod that fails in its script or in on_install leaves no trace", async (t) => {
  const scripts = {
    "an error": `${COUNTED} local before = on_install
      function on_install() before() note_twice() end`,
    "a script that fails": `glyphcase.execute("CREATE TABLE log (id)") error("no")`,
    "what is no Lua": "function on_install(",
    "an endless loop": `${COUNTED} local before = on_install
      function on_install() before() while true do end end`,
    "too much memory": `${COUNTED} local before = on_install
      function on_install() before() local t = {} while true do t[#t + 1] = ("x"):rep(1e6) .. #t end end`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    await t.step(name, () => {
      using test = new TestCase();
      const error = assertThrows(
        () => test.glyph.install(modOf("m", script), { callMs: 300 }),
        GlyphCaseError,
      );
      assertEquals([error.code, error.mod], ["mod_failed", "m"]);
      assertEquals(state(test), []);
      assertThrows(() => log(test), CapsuleError, "no such table");
      test.glyph.install(modOf("m", COUNTED));
    });
  }
});

Deno.test("a failure says where: the mod, the file, the line and the traceback", () => {
  using test = new TestCase();
  const files = {
    ...modOf("m", `local helper = require("lib.helper")\nfunction on_install() helper() end`),
    "lib/helper.lua": "\n\nreturn function() error('broken') end",
  };
  const error = assertThrows(() => test.glyph.install(files), GlyphCaseError);
  assertEquals([error.code, error.mod, error.file, error.line], [
    "mod_failed",
    "m",
    "lib/helper.lua",
    3,
  ]);
  assertEquals(error.message, `Mod "m" failed in on_install: lib/helper.lua:3: broken`);
  assertEquals(error.traceback?.includes("main.lua:2"), true);
});

Deno.test("a mod that fails in on_activate is off, and nothing that it wrote stays", () => {
  using test = new TestCase();
  const { glyph } = test;
  glyph.install(modOf(
    "m",
    `${COUNTED} local before = on_activate
    function on_activate() before() scheduler.every("1s", print) error("not today") end`,
  ));
  const error = assertThrows(() => glyph.activate("m"), GlyphCaseError, "not today");
  assertEquals([error.code, error.mod], ["mod_failed", "m"]);
  assertEquals([log(test), state(test)], [[], [["m", "1.0.0", false]]]);
  assertEquals(glyph.mods()[0]?.failure, error.message);
  test.clock.world.runFor(5000);
  assertEquals(test.printed, []);
});

Deno.test("a mod that fails in on_deactivate is off all the same, and reported", () => {
  using test = new TestCase();
  test.add("m", "function on_deactivate() error('never') end");
  test.glyph.deactivate("m");
  assertEquals(state(test), [["m", "1.0.0", false]]);
  assertEquals(test.failures(), [`Mod "m" failed in on_deactivate: main.lua:1: never`]);
});

Deno.test("an upgrade keeps the mod on and runs on_upgrade with the version before", () => {
  using test = new TestCase();
  const { glyph } = test;
  test.add("m", COUNTED);
  glyph.upgrade(modOf("m", `version = "2" ${COUNTED}`, { version: "2.0.0" }));
  assertEquals(log(test), ["on 1", "off", "from 1.0.0", "on 2"]);
  assertEquals(state(test), [["m", "2.0.0", true]]);
});

Deno.test("an upgrade that fails changes nothing: the old mod is on again", () => {
  using test = new TestCase();
  const { glyph } = test;
  test.add("m", COUNTED);
  const broken = `${COUNTED} local before = on_upgrade
    function on_upgrade(old) before(old) error("cannot") end`;
  const error = assertThrows(
    () => glyph.upgrade(modOf("m", broken, { version: "2.0.0" })),
    GlyphCaseError,
    "cannot",
  );
  assertEquals(error.code, "mod_failed");
  assertEquals(log(test), ["on 1", "off", "on 1"]);
  assertEquals(state(test), [["m", "1.0.0", true]]);
});

Deno.test("what was on is on again after a restart, in the order of before", () => {
  using folder = new TempFolder();
  const path = folder.file("case.db");
  const script = (name: string) => `
    function on_activate() print("on") end
    function on_data_changed(_, _, row) print("${name} saw " .. row.what) end`;
  {
    using test = new TestCase({}, path);
    test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, what TEXT)");
    for (const name of ["a", "b", "c", "off"]) test.glyph.install(modOf(name, script(name)));
    for (const name of ["c", "a", "b", "off"]) test.glyph.activate(name);
    test.glyph.deactivate("off");
    test.glyph.deactivate("a");
    test.glyph.activate("a");
  }
  using test = new TestCase({}, path);
  assertEquals(test.printed, ["c: on", "b: on", "a: on"]);
  test.capsule.insert("t", { what: "tea" });
  assertEquals(test.printed.slice(3), ["c: c saw tea", "b: b saw tea", "a: a saw tea"]);
  assertEquals(state(test).map(([name, , isOn]) => `${name} ${isOn}`), [
    "a true",
    "b true",
    "c true",
    "off false",
  ]);
});

Deno.test("a mod that cannot be switched on after a restart stays off and is reported", () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  test.add("m", "function on_activate() glyphcase.query('SELECT * FROM t') end");
  test.add("n", "");
  test.capsule.execute("DROP TABLE t");
  test.glyph[Symbol.dispose]();
  using again = test.open();
  assertEquals(again.mods().map(({ isActive }) => isActive), [false, true]);
  assertEquals(again.failures.map(({ code, mod }) => [code, mod]), [["mod_failed", "m"]]);
  assertEquals(again.mods()[0]?.failure?.includes("no such table"), true);
});

Deno.test("a disposed GlyphCase says so, and leaves a capsule that it does not own open", () => {
  using test = new TestCase();
  test.add("m", "");
  test.glyph[Symbol.dispose]();
  test.glyph[Symbol.dispose]();
  assertEquals(assertThrows(() => test.glyph.activate("m"), GlyphCaseError).code, "closed");
  assertEquals(test.capsule.queryScalar("SELECT 1"), 1);
});

Deno.test("each mod has limits of its own", () => {
  using test = new TestCase({ modLimits: { callMs: 200 } });
  const { glyph } = test;
  const spin = `function on_activate()
    local t = os.clock() for _ = 1, 3e7 do t = t + 1 end end`;
  const hungry = `function on_activate() local t = ("x"):rep(90 * 1024 * 1024) end`;
  glyph.install(modOf("quick", spin), { callMs: 20 });
  glyph.install(modOf("slow", spin), { callMs: 30_000 });
  glyph.install(modOf("small", hungry));
  glyph.install(modOf("large", hungry), { memoryBytesMax: 512 * 1024 * 1024, callMs: 30_000 });
  assertThrows(() => glyph.activate("quick"), GlyphCaseError, "longer than 20 ms");
  assertThrows(() => glyph.activate("small"), GlyphCaseError, "not enough memory");
  glyph.activate("slow");
  glyph.activate("large");
});

Deno.test("a mod that this release cannot read is left as it is, and reported", () => {
  using test = new TestCase();
  test.add("m", "");
  const kept = test.capsule.kept("mods");
  const texts = ["{", "{}", JSON.stringify({ manifest: { name: "x" }, files: [] })];
  texts.forEach((text, index) => kept.set(`later${index}`, text));
  test.glyph[Symbol.dispose]();
  using again = test.open();
  assertEquals(again.mods().map(({ manifest }) => manifest.name), ["m"]);
  assertEquals(again.failures.map(({ code, mod }) => [code, mod]), [
    ...texts.map((_, index) => ["bad_manifest", `later${index}`]),
  ] as typeof again.failures[number]["code"][][]);
  assertEquals(kept.entries().get("later0"), "{");
});

Deno.test("a mod may be switched off while it runs, by whoever it has told", async () => {
  using test = new TestCase();
  const { glyph, capsule } = test;
  capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  const script = `function bye() glyphcase.dispatch("bye") print("never") end
    function on_data_changed() bye() end`;
  using _listening = glyph.getEventBus().on("bye", () => glyph.deactivate("m"));
  test.add("m", script);
  test.add("n", "function on_data_changed() print('told') end");
  await assertRejects(() => glyph.callModFunction("m", "bye"), GlyphCaseError);
  glyph.activate("m");
  capsule.insert("t", {});
  assertEquals([test.printed, test.failures(), state(test)], [["n: told"], [], [
    ["m", "1.0.0", false],
    ["n", "1.0.0", true],
  ]]);
});

Deno.test("mods that are on hear of what others write as they are switched on, after a restart too", () => {
  using test = new TestCase();
  test.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, what TEXT)");
  test.add("first", "function on_data_changed(_, _, row) print(row.what) end");
  test.add("second", "function on_activate() glyphcase.insert('t', { what = 'on' }) end");
  assertEquals(test.printed, ["first: on"]);
  test.glyph[Symbol.dispose]();
  using _again = test.open();
  assertEquals(test.printed, ["first: on", "first: on"]);
});

Deno.test("mods that nest very deeply are stopped, and everything is undone", async () => {
  using test = new TestCase({ modLimits: { recursionMax: 60 } });
  const { glyph, capsule } = test;
  capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)");
  const count = 6;
  for (let i = 0; i < count; i++) {
    test.add(
      `m${i}`,
      `
      local function go(n)
        glyphcase.transaction(function()
          glyphcase.insert("t", { n = n })
          actionbus.dispatch("step${(i + 1) % count}", n + 1)
        end)
      end
      function on_activate() actionbus.register("step${i}", go) end
      function start() go(0) end`,
    );
  }
  await assertRejects(() => glyph.callModFunction("m0", "start"), GlyphCaseError);
  assertEquals([capsule.isInTransaction, capsule.query("SELECT * FROM t")], [false, []]);
  capsule.insert("t", { n: 1 });
  assertEquals(state(test).map(([, , isOn]) => isOn), Array(count).fill(true));
});

Deno.test("a hundred mods can be installed, and no more", () => {
  using test = new TestCase();
  for (let i = 0; i < 100; i++) test.glyph.install(modOf(`m${i}`, ""));
  const error = assertThrows(() => test.glyph.install(modOf("more", "")), GlyphCaseError);
  assertEquals(error.code, "limit");
  test.glyph.uninstall("m0");
  test.glyph.install(modOf("more", ""));
});
