import { assertEquals, assertThrows } from "@std/assert";
import { discoverScripts, libraryOf, SCRIPT_BYTES_MAX } from "./discover.ts";
import { ScenarioError } from "./errors.ts";

const roots = new URL("../tests/script_roots/", import.meta.url);
const root = (name: string): URL => new URL(`${encodeURIComponent(name)}/`, roots);

Deno.test("discoverScripts() finds scripts at any depth; those in folders `lib` are no scenarios", () => {
  const scripts = discoverScripts(root("own_library"));
  assertEquals([...scripts.sourceByPath.keys()].sort(), [
    "lib/deep/below.lua",
    "lib/live_network_helpers.lua",
    "other.lua",
    "short.lua",
    "story.lua",
  ]);
  assertEquals(scripts.scenarios, ["other.lua", "short.lua", "story.lua"]);
  assertEquals(scripts.sourceByPath.get("other.lua"), 'return "a neighbour"\n');
  assertEquals(discoverScripts(root("own_helpers")).scenarios, ["story.lua"]);
});

Deno.test("discoverScripts() leaves out links, hidden files, hidden folders and other files", () => {
  const { sourceByPath } = discoverScripts(root("links"));
  assertEquals([...sourceByPath.keys()].sort(), ["nested/real.lua", "story.lua"]);
});

Deno.test("discoverScripts() reads names that mean something else in a URL", () => {
  const { sourceByPath, scenarios } = discoverScripts(root("odd names"));
  assertEquals(scenarios, ["100%/a b#1.lua"]);
  assertEquals(sourceByPath.get("100%/a b#1.lua"), 'print("found")\n');
});

Deno.test("discoverScripts() finds no scenarios where there are only modules", () => {
  assertEquals(discoverScripts(root("only_lib")).scenarios, []);
});

Deno.test("discoverScripts() refuses a script that is too large", () => {
  const { statSync } = Deno;
  Deno.statSync = (path) => ({ ...statSync(path), size: SCRIPT_BYTES_MAX + 1 });
  try {
    const error = assertThrows(() => discoverScripts(root("own_helpers")), ScenarioError);
    assertEquals(error.code, "bad_file");
    assertEquals(error.message.includes(".lua"), true);
  } finally {
    Deno.statSync = statSync;
  }
});

Deno.test("discoverScripts() of a folder that does not exist says so", () => {
  assertThrows(() => discoverScripts(root("nowhere")), Deno.errors.NotFound);
});

Deno.test("libraryOf() finds modules by their bare names, also those further below", () => {
  const library = libraryOf(discoverScripts(root("own_library")));
  assertEquals(
    library,
    new Map([
      ["below", 'return { whose = "one further below" }\n'],
      ["live_network_helpers", 'return { whose = "the library\'s" }\n'],
    ]),
  );
});
