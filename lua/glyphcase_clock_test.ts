import { assert, assertEquals } from "@std/assert";
import { systemClock } from "./glyphcase_clock.ts";

Deno.test("systemClock() does work once, unless it was disposed before", async () => {
  const clock = systemClock();
  const seen: string[] = [];
  const never = clock.setTimer(() => seen.push("never"), 1);
  never[Symbol.dispose]();
  const done = Promise.withResolvers<void>();
  clock.setTimer(() => seen.push("first"), 0);
  clock.setTimer(done.resolve, 5);
  using _far = clock.setTimer(() => seen.push("far"), 2 ** 40); // longer than a timer can be
  const alive = setTimeout(() => {}, 60_000); // the clock's own timers keep nobody waiting
  await done.promise;
  clearTimeout(alive);
  assertEquals(seen, ["first"]);
  assert(clock.nowMs() > Date.UTC(2024));
});
