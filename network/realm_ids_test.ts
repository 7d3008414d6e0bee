import { assertEquals } from "@std/assert";
import { parseMemberId } from "../sync/mod.ts";
import { homeRealmId } from "./realm_ids.ts";

Deno.test("homeRealmId() gives the test vector", () => {
  assertEquals<string>(
    homeRealmId(parseMemberId("01".repeat(32))),
    "77bb02f88bad64b9618c970374b32405f5d374ebab4d4a9fe3e2c5baf50388bd",
  );
});
