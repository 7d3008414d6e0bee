import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { blake3 } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { parseMemberId } from "../sync/mod.ts";
import {
  dmRealmId,
  dmStoryId,
  homeRealmId,
  inboxId,
  parseRealmId,
  REALM_SEED_BYTES,
  realmIdOf,
} from "./realm_ids.ts";

const SEED = 20260311;
const ada = parseMemberId("01".repeat(32));
const ben = parseMemberId("02".repeat(32));
const someMember = fc.uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => parseMemberId(bytes.toHex()));

Deno.test("homeRealmId() gives the test vector", () => {
  assertEquals<string>(
    homeRealmId(ada),
    "77bb02f88bad64b9618c970374b32405f5d374ebab4d4a9fe3e2c5baf50388bd",
  );
});

Deno.test("inboxId() gives the test vector", () => {
  assertEquals<string>(
    inboxId(ada),
    "a342c00641071602d921c09c8f2cebd49c895b693324235a7f005ff8b48ac35c",
  );
});

Deno.test("dmStoryId() and dmRealmId() give the test vectors, from both sides", () => {
  const story = "c084997a5e98cbc13a78a22f8bd257e04b7ece2b7f5ceb82d3ed55f36d9c9103";
  const realm = "c0b2bd5ed3ebfcf4899fe3539949b6e2de7f308844c3431c26243a93af57eabc";
  assertEquals<string[]>([dmStoryId(ada, ben), dmStoryId(ben, ada)], [story, story]);
  assertEquals<string[]>([dmRealmId(ada, ben), dmRealmId(ben, ada)], [realm, realm]);
});

Deno.test(`dmRealmId() is symmetric, and another for any other pair (seed ${SEED})`, () => {
  fc.assert(
    fc.property(someMember, someMember, someMember, (one, two, three) => {
      fc.pre(new Set([one, two, three]).size === 3);
      assertEquals(dmRealmId(one, two), dmRealmId(two, one));
      assertEquals(dmStoryId(one, two), dmStoryId(two, one));
      assertNotEquals(dmRealmId(one, two), dmRealmId(one, three));
    }),
    { seed: SEED },
  );
});

Deno.test("realmIdOf() is the BLAKE3 of a prefix and the document id", () => {
  const documentId = new Uint8Array(REALM_SEED_BYTES).fill(7);
  const input = new Uint8Array([...new TextEncoder().encode("artifact-sync-v1:"), ...documentId]);
  assertEquals<string>(realmIdOf(documentId), new Uint8Array(blake3(input)).toHex());
});

Deno.test("realmIdOf() refuses any other length", () => {
  for (const length of [0, 31, 33, 64]) {
    const error = assertThrows(() => realmIdOf(new Uint8Array(length)), RangeError);
    assertEquals(
      error.message,
      `Cannot name realm: its document id has ${length} bytes, not 32`,
    );
  }
});

Deno.test("parseRealmId() accepts either case", () => {
  assertEquals<string>(parseRealmId("Ab".repeat(32)), "ab".repeat(32));
  assertEquals(parseRealmId(homeRealmId(ada)), homeRealmId(ada));
});

Deno.test("parseRealmId() refuses what is not 64 hex digits", () => {
  const good = "ab".repeat(32);
  for (
    const text of [
      "",
      "Notes",
      good.slice(1),
      good + "0",
      good + "\n",
      ` ${good}`,
      "g" + good.slice(1),
    ]
  ) {
    assertThrows(() => parseRealmId(text), TypeError, "expected 64 hex digits");
  }
  const error = assertThrows(() => parseRealmId("x".repeat(10_000)), TypeError);
  assertEquals(error.message.length < 200, true);
});
