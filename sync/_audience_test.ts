import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { audienceOf, compareAudiences } from "./_audience.ts";
import type { Audience } from "./synced_document.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { actorOf, parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";

const SEED = 20260111;
const [ada, ben, cyd] = ["a1", "b2", "c3"].map((byte) => parseMemberId(byte.repeat(32))) as [
  MemberId,
  MemberId,
  MemberId,
];
const story = () =>
  ArtifactDocument.create({
    ...{ nonce: new Uint8Array(32), artifactType: "story" },
    ...{ actor: actorOf(ada, 0), nowMs: () => 0 },
  });
const grant = (grantee: MemberId, grantedAtMs = 1) =>
  ({ grantee, grantedBy: ada, grantedAtMs, mode: "revocable" }) as const;
const members = (audience: Audience) => [...audience.keys()].sort();

Deno.test("audienceOf() is the steward and whoever holds a grant", () => {
  using document = story();
  assertEquals(members(audienceOf(document, 0)), [ada]);
  document.addGrant(grant(ben));
  assertEquals(members(audienceOf(document, 0)), [ada, ben]);
  document.removeGrant(ben);
  assertEquals(members(audienceOf(document, 0)), [ada]);
});

Deno.test("audienceOf() ends a timed grant with its last millisecond", () => {
  using document = story();
  document.addGrant({ ...grant(ben), mode: "timed", expiresAtMs: 100 });
  assertEquals(members(audienceOf(document, 99)), [ada, ben]);
  assertEquals(members(audienceOf(document, 100)), [ada]);
});

Deno.test("audienceOf() lets a steward in once, also one with a grant, and the old one not", () => {
  using document = story();
  document.addGrant(grant(ben));
  document.setSteward(ben);
  assertEquals([...audienceOf(document, 0)], [[ben, "steward"]]);
});

Deno.test("compareAudiences() tells one grant of a member from a later one", () => {
  using document = story();
  document.addGrant(grant(ben, 1));
  const first = audienceOf(document, 0);
  document.addGrant(grant(ben, 2));
  const second = audienceOf(document, 0);
  assertEquals(compareAudiences(first, second), { entered: [ben], left: [] });
  document.addGrant({ ...grant(ben, 2), mode: "permanent" });
  assertEquals(compareAudiences(second, audienceOf(document, 0)).entered, [ben]);
  assertEquals(compareAudiences(first, first), { entered: [], left: [] });
});

Deno.test("compareAudiences() says who left", () => {
  using document = story();
  document.addGrant(grant(ben));
  document.addGrant(grant(cyd));
  const before = audienceOf(document, 0);
  document.removeGrant(cyd);
  assertEquals(compareAudiences(before, audienceOf(document, 0)), { entered: [], left: [cyd] });
});

Deno.test(`law: who entered and left turns one audience into the other (seed ${SEED})`, () => {
  const someone = fc.constantFrom(ada, ben, cyd);
  const someAudience = fc.array(fc.tuple(someone, fc.constantFrom("x", "y")))
    .map((pairs): Audience => new Map(pairs));
  fc.assert(
    fc.property(someAudience, someAudience, (before, now) => {
      const { entered, left } = compareAudiences(before, now);
      const turned = new Map(before);
      for (const member of left) turned.delete(member);
      for (const member of entered) turned.set(member, now.get(member)!);
      assertEquals(turned, new Map(now));
      const same = [...before].filter(([member, grant]) => now.get(member) === grant);
      for (const [member] of same) assertEquals([...entered, ...left].includes(member), false);
    }),
    { seed: SEED },
  );
});
