import { assertEquals, assertThrows } from "@std/assert";
import { GlyphCaseError } from "./glyphcase_errors.ts";
import { accessOf, fullAccess, requireTable } from "./mod_access.ts";
import { parseModManifest } from "./mod_manifest.ts";

const access = accessOf(parseModManifest(JSON.stringify({
  name: "blog",
  version: "1.0.0",
  scripts: ["a.lua"],
  apis: ["cache"],
  tables: { read: ["users"], write: ["Posts"], create: ["blog_*"] },
})));

Deno.test("accessOf() allows what is listed: creating includes writing, writing includes reading", () => {
  const allowed = (table: string) =>
    (["read", "write", "create"] as const).filter((action) => access.may(action, table));
  assertEquals(allowed("users"), ["read"]);
  assertEquals(allowed("USERS"), ["read"]);
  assertEquals(allowed("posts"), ["read", "write"]);
  assertEquals(allowed("blog_a"), ["read", "write", "create"]);
  assertEquals(allowed("blog"), []);
  assertEquals(allowed("users2"), []);
  assertEquals([access.mayUse("cache"), access.mayUse("crypto")], [true, false]);
});

Deno.test("requireTable() says what is not listed", () => {
  requireTable(access, "write", "posts");
  requireTable(fullAccess("main"), "create", "anything");
  const error = assertThrows(() => requireTable(access, "write", "users"), GlyphCaseError);
  assertEquals([error.code, error.mod, error.message], [
    "forbidden",
    "blog",
    `Cannot write table "users": the manifest of mod "blog" does not list it`,
  ]);
});
