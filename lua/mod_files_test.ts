import { assertEquals, assertThrows } from "@std/assert";
import { TempFolder } from "../tests/_temp_folder.ts";
import { GlyphCaseError } from "./glyphcase_errors.ts";
import { checkModFiles, isFilePath, MOD_FILES_MAX, readModFolder } from "./mod_files.ts";

Deno.test("isFilePath() takes normal paths and no way out", () => {
  const normal = ["a.lua", "scripts/a.lua", "a-b_c/d.e/f"];
  const others = [
    "",
    "/a",
    "a/",
    "a//b",
    "../a",
    "a/../b",
    "./a",
    ".a",
    "a/.b",
    "a\\b",
    "a\0",
    "C:a",
  ];
  assertEquals(normal.filter((path) => !isFilePath(path)), []);
  assertEquals(others.filter(isFilePath), []);
  assertEquals(isFilePath("a".repeat(201)), false);
});

Deno.test("checkModFiles() copies what it is given and refuses what no mod has", () => {
  const files = checkModFiles({ "a.lua": "x" });
  assertEquals([...files], [["a.lua", "x"]]);
  assertEquals(checkModFiles(files) === files, false);
  const many = Object.fromEntries(
    Array.from({ length: MOD_FILES_MAX + 1 }, (_, i) => [`f${i}`, ""]),
  );
  const cases: [Record<string, string>, string][] = [
    [{ "../a.lua": "" }, `"../a.lua" is no path inside of a mod`],
    [{ "a.lua": 5 as unknown as string }, `"a.lua" is not a text`],
    [{ "a.lua": "x".repeat(4 * 1024 * 1024 + 1) }, "they have 4194305 bytes, at most 4194304"],
    [many, "there are more than 200"],
  ];
  for (const [given, message] of cases) {
    assertEquals(
      assertThrows(() => checkModFiles(given), GlyphCaseError, message).code,
      "bad_files",
    );
  }
});

Deno.test("readModFolder() reads scripts and JSON below a folder, and nothing hidden", () => {
  using folder = new TempFolder();
  Deno.mkdirSync(folder.file("mod/lib/deep"), { recursive: true });
  Deno.mkdirSync(folder.file("mod/.git"));
  for (
    const path of ["mod.json", "b.lua", "lib/deep/a.lua", "notes.md", ".hidden.lua", ".git/x.lua"]
  ) {
    Deno.writeTextFileSync(folder.file(`mod/${path}`), path);
  }
  const expected = [["b.lua", "b.lua"], ["lib/deep/a.lua", "lib/deep/a.lua"], [
    "mod.json",
    "mod.json",
  ]];
  assertEquals([...readModFolder(folder.file("mod"))], expected as [string, string][]);
  const url = new URL(`file://${folder.file("mod")}`);
  assertEquals([...readModFolder(url)], expected as [string, string][]);
  for (let i = 0; i <= MOD_FILES_MAX; i++) Deno.writeTextFileSync(folder.file(`mod/f${i}.lua`), "");
  assertThrows(() => readModFolder(folder.file("mod")), GlyphCaseError, "too many or too large");
  assertThrows(() => readModFolder(folder.file("none")), Deno.errors.NotFound);
});
