import { assertEquals } from "@std/assert";
import plugin from "./layers_lint.ts";

const root = new URL("../", import.meta.url);

/** The messages of the plugin for a file with this source. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, new URL(path, root).pathname, source)
    .map(({ message }) => message);
}

Deno.test("imports-point-down refuses what points up, sideways or inside", () => {
  const cases: [string, string, string[]][] = [
    ["sync/a.ts", `import "../network/mod.ts";`, ["sync/ may not import network/"]],
    ["sync/a.ts", `export * from "../lua/mod.ts";`, ["sync/ may not import lua/"]],
    ["network/transports/a.ts", `import "../../lua/mod.ts";`, ["network/ may not import lua/"]],
    ["network/a.ts", `export { x } from "../tests/a.ts";`, ["network/ may not import tests/"]],
    ["network/a.ts", `import "../sync/ids.ts";`, ["import sync/mod.ts, not a file inside it"]],
  ];
  for (const [path, source, messages] of cases) assertEquals(lint(path, source), messages);
});

Deno.test("imports-point-down accepts what points down, and tests", () => {
  const cases: [string, string][] = [
    ["network/a.ts", `import "../sync/mod.ts"; import "./b.ts"; import "./transports/c.ts";`],
    ["network/transports/a.ts", `import "../../sync/mod.ts"; import "../errors.ts";`],
    ["lua/a.ts", `import "../network/mod.ts"; import "wasmoon";`],
    ["sync/a_test.ts", `import "../tests/mutate.ts";`],
    ["mod.ts", `export * from "./network/mod.ts";`],
  ];
  for (const [path, source] of cases) assertEquals(lint(path, source), []);
});

Deno.test("no-taken-time-or-chance refuses clocks and chance outside of sources.ts", () => {
  const source = "Date.now(); Math.random(); crypto.randomUUID(); Math.max(1, 2);";
  assertEquals(lint("network/a.ts", source).length, 3);
  assertEquals(lint("sync/sources.ts", source), []);
});

Deno.test("the configuration lists the plugin", async () => {
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  assertEquals(config.lint.plugins, ["./tests/layers_lint.ts"]);
});
