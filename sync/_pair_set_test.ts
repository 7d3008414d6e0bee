import { assertEquals } from "@std/assert";
import { PairSet } from "./_pair_set.ts";
import { parseArtifactId, parseMemberId } from "./ids.ts";

const [story, gallery] = [parseArtifactId("01".repeat(32)), parseArtifactId("02".repeat(32))];
const ben = parseMemberId("b2".repeat(32));
const cyd = parseMemberId("c3".repeat(32));

Deno.test("PairSet notes each pair once, up to its limit, and has room again once some went", () => {
  const pairs = new PairSet(2);
  for (const peer of [ben, ben, cyd]) pairs.add(story, peer);
  pairs.add(gallery, ben);
  assertEquals([pairs.has(story, cyd), pairs.has(gallery, ben)], [true, false]);
  pairs.delete(story);
  pairs.add(gallery, ben);
  assertEquals(pairs.takeAll(), [[gallery, ben]]);
  for (const peer of [ben, cyd]) pairs.add(story, peer);
  assertEquals(pairs.takeAll(), [[story, ben], [story, cyd]]);
  assertEquals(pairs.takeAll(), []);
});
