import { assertEquals, assertThrows } from "@std/assert";
import { GlyphCaseError } from "./glyphcase_errors.ts";
import { parseModManifest } from "./mod_manifest.ts";

const LEAST = { name: "hello", version: "1.0.0", scripts: ["hello.lua"] };

Deno.test("parseModManifest() reads all that a manifest can say, each name once", () => {
  const manifest = {
    ...LEAST,
    description: "Says hello.",
    scripts: ["lib/a.lua", "b.lua", "b.lua"],
    apis: ["glyphcase", "cache"],
    tables: { read: ["*"], write: ["Posts", "blog_*"], create: ["hello_data"] },
  };
  assertEquals(parseModManifest(JSON.stringify(manifest)), {
    ...manifest,
    scripts: ["lib/a.lua", "b.lua"],
  } as ReturnType<typeof parseModManifest>);
});

Deno.test("parseModManifest() fills in what is left out", () => {
  assertEquals(parseModManifest(JSON.stringify(LEAST)), {
    ...LEAST,
    description: "",
    apis: [],
    tables: { read: [], write: [], create: [] },
  });
});

Deno.test("parseModManifest() refuses what a manifest cannot say", async (t) => {
  const cases: [string, unknown, string][] = [
    ["a list", [], "it is no object"],
    ["an unknown name", { ...LEAST, api: [] }, `there is nothing called "api" among name, version`],
    ["no name", { ...LEAST, name: undefined }, `"name" is missing`],
    ["a taken name", { ...LEAST, name: "main" }, `"name" is "main", which is taken`],
    ["a name in capitals", { ...LEAST, name: "Hello" }, `"name" is "Hello"`],
    ["a path as name", { ...LEAST, name: "../a" }, `"name" is "../a"`],
    ["a number as version", { ...LEAST, version: 1 }, `"version" is 1`],
    ["a short version", { ...LEAST, version: "1.0" }, `"version" is "1.0"`],
    ["no scripts", { ...LEAST, scripts: [] }, `"scripts" is empty`],
    ["scripts left out", { ...LEAST, scripts: undefined }, `"scripts" is missing`],
    ["a script elsewhere", { ...LEAST, scripts: ["../x.lua"] }, `"scripts" has "../x.lua"`],
    ["a script that is none", { ...LEAST, scripts: ["x.js"] }, `"scripts" has "x.js"`],
    ["one text for scripts", { ...LEAST, scripts: "x.lua" }, `"scripts" is "x.lua", not a list`],
    ["an unknown API", { ...LEAST, apis: ["io"] }, `"apis" has "io"`],
    ["an unknown list", { ...LEAST, tables: { drop: [] } }, `there is nothing called "drop"`],
    ["no list", { ...LEAST, tables: { read: "*" } }, `"tables.read" is "*", not a list`],
    ["a table that is none", { ...LEAST, tables: { read: ["a b"] } }, `"tables.read" has "a b"`],
    ["a star inside", { ...LEAST, tables: { read: ["a*b"] } }, `"tables.read" has "a*b"`],
    ["too many scripts", {
      ...LEAST,
      scripts: Array.from({ length: 101 }, (_, i) => `${i}.lua`),
    }, `"scripts" has more than 100 entries`],
  ];
  for (const [name, manifest, message] of cases) {
    await t.step(name, () => {
      const error = assertThrows(
        () => parseModManifest(JSON.stringify(manifest)),
        GlyphCaseError,
        message,
      );
      assertEquals(error.code, "bad_manifest");
    });
  }
  for (const text of ["", "{", "nul"]) {
    assertThrows(() => parseModManifest(text), GlyphCaseError, "it is not JSON");
  }
});
