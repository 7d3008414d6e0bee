import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";
import { loadLuaModule } from "../module.ts";
import { ScenarioMods } from "./mods.ts";

const module = await loadLuaModule();
const FILES = new Map([
  ["mod.json", `{ "name": "m", "version": "1.0.0", "scripts": ["m.lua"], "apis": ["glyphcase"] }`],
  [
    "m.lua",
    `function add(a, b) print(a, b) return { sum = a + b } end
    function fail() error("broken") end
    function tell(what) glyphcase.dispatch("told", what) end`,
  ],
]);

async function open(): Promise<LuaScript & { mods: ScenarioMods }> {
  const script = await LuaScript.open();
  const { lua: runtime, world, networks, logged } = script;
  const log = (level: string, message: string) => void logged.push([level, message]);
  const mods = new ScenarioMods({ runtime, world, networks, log }, {
    module,
    mods: new Map([["adder", FILES]]),
  });
  return Object.assign(script, { mods });
}

Deno.test("mods.install() takes a mod at hand, or the texts of its files", async () => {
  using script = await open();
  using _mods = script.mods;
  const seen = script.run(`
    local files = {
      ["mod.json"] = '{ "name": "other", "version": "2.0.0", "scripts": ["a.lua"] }',
      ["a.lua"] = "",
    }
    local names = { mods.install("adder"), mods.install(files), mods.upgrade("adder") }
    local none = { select("#", mods.activate("m")), select("#", mods.deactivate("m")),
      select("#", mods.uninstall("m")), select("#", mods.restart()) }
    return names, none, mods.list()`);
  assertEquals(JSON.parse(JSON.stringify(seen)), [
    ["m", "other", "m"],
    [0, 0, 0, 0],
    [{ name: "other", version: "2.0.0", active: false }],
  ]);
});

Deno.test("mods.call(), output() and on() see what a mod does, and the journal what it prints", async () => {
  using script = await open();
  using _mods = script.mods;
  const seen = script.run(`
    mods.install("adder") mods.activate("m")
    local heard = {}
    local stop = mods.on("to*", function(payload) heard[#heard + 1] = payload end)
    mods.call("m", "tell", { 1 })
    stop()
    mods.call("m", "tell", { 2 })
    return mods.call("m", "add", 2, 3).sum, mods.output("m"), heard`);
  assertEquals(seen, [5, "2\t3\n", [[1]]]);
  assertEquals(script.logged, [["print", "[m] 2\t3"]]);
});

Deno.test("mods refuses with codes", async () => {
  using script = await open();
  using _mods = script.mods;
  script.run(`mods.install("adder") mods.activate("m")`);
  const cases: [string, unknown][] = [
    [`mods.install("adder")`, "already_installed"],
    [`mods.install("nope")`, "bad_argument"],
    [`mods.install({})`, "bad_manifest"],
    [`mods.install()`, "bad_argument"],
    [`mods.activate("m")`, "already_active"],
    [`mods.activate("nope")`, "not_installed"],
    [`mods.call("m", "nope")`, "no_function"],
    [`mods.call("m", "fail")`, "mod_failed"],
    [`mods.call("m", "add", print)`, "bad_argument"],
    [`mods.on("x", 5)`, "bad_argument"],
    [`glyphcase.transaction(function() mods.deactivate("m") end)`, "busy"],
    [`mods.network() mods.network()`, "bad_argument"],
  ];
  for (const [source, code] of cases) {
    assertEquals([source, script.raisedBy(source)?.code], [source, code]);
  }
});

Deno.test("what fails unseen is in mods.failures() and in the journal", async () => {
  using script = await open();
  using _mods = script.mods;
  script.run(`
    glyphcase.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    mods.install({
      ["mod.json"] = '{ "name": "bad", "version": "1.0.0", "scripts": ["a.lua"], "tables": { "read": ["t"] } }',
      ["a.lua"] = "function after_save() error('oh') end",
    })
    mods.activate("bad")
    glyphcase.insert("t", {})`);
  const [failures] = script.run("return mods.failures()");
  const message = `Mod "bad" failed in after_save: a.lua:1: oh`;
  assertEquals(JSON.parse(JSON.stringify(failures)), [{ code: "mod_failed", mod: "bad", message }]);
  assertEquals(script.logged, [["warn", message]]);
});
