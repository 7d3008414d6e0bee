import { assert, assertEquals, assertFalse } from "@std/assert";
import { ACCESS_RIGHTS, isAccessMode, isLive } from "./access.ts";
import { parseMemberId } from "./ids.ts";

const ada = parseMemberId("a1".repeat(32));
const ben = parseMemberId("b2".repeat(32));

Deno.test("ACCESS_RIGHTS: only a permanent grant cannot be taken back", () => {
  for (const [mode, rights] of Object.entries(ACCESS_RIGHTS)) {
    assertEquals(rights.revocable, mode !== "permanent");
    assertEquals(rights.survivesRecall, mode === "permanent");
  }
});

Deno.test("isAccessMode() does not take names that every object has", () => {
  assert(isAccessMode("revocable"));
  for (const word of ["toString", "__proto__", "Revocable", ""]) assertFalse(isAccessMode(word));
});

Deno.test("isLive() ends a timed grant on the millisecond, and no other", () => {
  const grant = { grantee: ben, grantedBy: ada, grantedAtMs: 0 };
  assert(isLive({ ...grant, mode: "timed", expiresAtMs: 10 }, 9));
  assertFalse(isLive({ ...grant, mode: "timed", expiresAtMs: 10 }, 10));
  assert(isLive({ ...grant, mode: "revocable" }, Number.MAX_SAFE_INTEGER));
});
