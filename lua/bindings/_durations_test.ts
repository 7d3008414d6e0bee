import { assertEquals, assertThrows } from "@std/assert";
import { duration } from "./_durations.ts";

Deno.test("duration() reads seconds, minutes, hours, days and milliseconds", () => {
  const cases: [unknown, number][] = [
    ["10s", 10_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["500ms", 500],
    ["1.5s", 1500],
    ["365d", 31_536_000_000],
    [2, 2000],
    [0.25, 250],
  ];
  for (const [given, ms] of cases) assertEquals([given, duration(given, "ttl")], [given, ms]);
});

Deno.test("duration() refuses everything else", () => {
  for (
    const given of ["", "10", "s", "-1s", "1w", "1s ", "366d", "0s", 0, -1, NaN, undefined, true]
  ) {
    assertThrows(() => duration(given, "ttl"), TypeError, "bad argument 'ttl': expected a time");
  }
});
