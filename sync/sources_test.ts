import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { newArtifactId, seededSources, systemSources } from "./sources.ts";

Deno.test("seededSources() repeats for one seed and differs for another", () => {
  const draw = (seed: string) => {
    const sources = seededSources(seed, () => 5);
    return [sources.randomBytes(3), sources.random(), sources.randomBytes(70), sources.nowMs()];
  };
  assertEquals(draw("7"), draw("7"));
  assertNotEquals(draw("7"), draw("8"));
});

Deno.test("seededSources() gives one stream, however it is cut", () => {
  const whole = seededSources("x", () => 0).randomBytes(100);
  const sources = seededSources("x", () => 0);
  const cut = [1, 31, 33, 0, 35].flatMap((length) => [...sources.randomBytes(length)]);
  assertEquals(cut, [...whole]);
});

Deno.test("random() is in [0, 1) and spreads", () => {
  for (const sources of [systemSources(), seededSources("spread", () => 0)]) {
    const draws = Array.from({ length: 1000 }, () => sources.random());
    assert(draws.every((draw) => draw >= 0 && draw < 1));
    for (const tenth of Array(10).keys()) {
      const count = draws.filter((draw) => Math.floor(draw * 10) === tenth).length;
      assert(count > 40 && count < 180, `tenth ${tenth} holds ${count} of 1000`);
    }
  }
});

Deno.test("newArtifactId() never repeats within a stream", () => {
  const sources = seededSources("ids", () => 0);
  const ids = Array.from({ length: 100 }, () => newArtifactId(sources));
  assertEquals(new Set(ids).size, 100);
});
