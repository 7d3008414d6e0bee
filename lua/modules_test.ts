import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { type LuaModules, searchModule } from "./modules.ts";
import { createLuaRuntime, type LuaRuntime } from "./runtime.ts";

const module = await loadLuaModule();

const FILES: Record<string, string> = {
  "counter.lua":
    "loads = (loads or 0) + 1 return { loads = loads, name = ..., n = select('#', ...) }",
  "lib/deep/inner.lua": "return 'inner'",
  "silent.lua": "silent = true",
  "broken.lua": "\nlocal = 1",
  "failing.lua": "\n\nerror('no luck')",
  "a.lua": "local b = require('b') return b",
  "b.lua": "local a = require('a') return a",
  "sets.lua": "package.loaded.sets = 'set by itself'",
  "pkg/init.lua": "return 'package'",
};

function makeRuntime(modules: LuaModules = {}): Promise<LuaRuntime> {
  return createLuaRuntime({
    module,
    modules: {
      read: (path) => FILES[path],
      library: new Map([["live_network_helpers", "return { from = 'library', path = ... }"]]),
      ...modules,
    },
  });
}

Deno.test("require() loads once, and hands over name and path", async () => {
  using lua = await makeRuntime();
  assertEquals(
    lua.run(`
      local first, path = require('counter')
      local second = require('counter')
      return first == second, first.loads, first.name, first.n, path, package.loaded.counter == first`),
    [true, 1, "counter", 2, "counter.lua", true],
  );
});

Deno.test("require() follows package.path, dots, ./ and init files", async () => {
  using lua = await makeRuntime();
  assertEquals(
    lua.run(`
      package.path = package.path .. ';./lib/?.lua'
      return require('deep.inner'), require('lib.deep.inner'), require('pkg'), require('silent'),
        silent, (require('sets'))`),
    ["inner", "inner", "package", true, true, "set by itself"],
  );
});

Deno.test("the library is found by its bare name, whatever the path prefix", async () => {
  for (
    const name of ["live_network_helpers", "lib.live_network_helpers", "a/b/live_network_helpers"]
  ) {
    using lua = await makeRuntime();
    const [from] = lua.run(`
      package.path = package.path .. ';simulation/scripts/lib/?.lua'
      return require('${name}').from`);
    assertEquals(from, "library");
  }
});

Deno.test("a file comes before the library", async () => {
  using lua = await makeRuntime({
    read: (path) =>
      path === "own/lib/live_network_helpers.lua" ? "return { from = 'own' }" : undefined,
  });
  assertEquals(
    lua.run("package.path = 'own/lib/?.lua' return require('live_network_helpers').from"),
    ["own"],
  );
});

Deno.test("require() says what it tried, and refuses to leave the roots", async () => {
  const asked: string[] = [];
  using lua = await makeRuntime({
    read: (path) => {
      asked.push(path);
      return undefined;
    },
  });
  const error = assertThrows(
    () =>
      lua.run(
        "package.path = '?.lua;../?.lua;/etc/?;a/../../?.lua;C:?' require('x.passwd')",
        { chunkName: "s.lua" },
      ),
    LuaError,
  );
  assertEquals(
    error.message,
    [
      "s.lua:1: module 'x.passwd' not found:",
      "\tno file 'x/passwd.lua'",
      "\tno file '../x/passwd.lua' (outside of the roots)",
      "\tno file '/etc/x/passwd' (outside of the roots)",
      "\tno file 'a/../../x/passwd.lua' (outside of the roots)",
      "\tno file 'C:x/passwd' (outside of the roots)",
      "\tno library module 'passwd'",
    ].join("\n"),
  );
  assertEquals(asked, ["x/passwd.lua"]);
  assertEquals(searchModule({ read: () => "" }, "..secret", "?").type, "absent");
});

Deno.test("a cyclic require says which modules form the circle", async () => {
  using lua = await makeRuntime();
  const error = assertThrows(() => lua.run("require('a')"), LuaError);
  assertEquals(error.message, "b.lua:1: cyclic require: a -> b -> a");
  assertEquals(lua.run("return (require('pkg'))"), ["package"]);
});

Deno.test("errors inside of modules name the module's file and line", async () => {
  using lua = await makeRuntime();
  const broken = assertThrows(() => lua.run("require('broken')"), LuaError);
  assertMatch(broken.message, /error loading module 'broken':\n\tbroken\.lua:2: /);
  const failing = assertThrows(() => lua.run("require('failing')"), LuaError);
  assertEquals([failing.message, failing.chunk, failing.line], [
    "failing.lua:3: no luck",
    "failing.lua",
    3,
  ]);
  assertThrows(() => lua.run("require('failing')"), LuaError, "no luck");
});

Deno.test("package.preload and package.loaded work; cpath and loadlib do not exist", async () => {
  using lua = await makeRuntime();
  assertEquals(
    lua.run(`
      package.preload.made = function(name) return name .. '!' end
      package.loaded.placed = 5
      return require('made'), require('placed'), require('string') == string,
        package.cpath, package.loadlib`),
    ["made!", 5, true, undefined, undefined],
  );
  assertThrows(() => lua.run("require(nil)"), LuaError, "bad argument #1 to 'require'");
});
