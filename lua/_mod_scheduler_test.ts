import { assertEquals, assertThrows } from "@std/assert";
import { VirtualClock } from "../tests/_virtual_clock.ts";
import { GlyphCaseError } from "./glyphcase_errors.ts";
import { ModScheduler, TASKS_MAX } from "./_mod_scheduler.ts";

Deno.test("ModScheduler runs tasks at their beat, and once", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  using scheduler = new ModScheduler("m", clock, (task) => {
    seen.push(`${task} at ${clock.world.elapsedMs}`);
  });
  const stop = scheduler.every(1000, "a");
  scheduler.after(1500, "b");
  clock.world.runFor(2500);
  assertEquals(seen, ["a at 1000", "b at 1500", "a at 2000"]);
  assertEquals([stop(), stop()], [true, false]);
  clock.world.runFor(5000);
  assertEquals([seen.length, scheduler.size], [3, 0]);
});

Deno.test("a task does not overlap itself: it skips the beats that it missed", async () => {
  const clock = new VirtualClock();
  const starts: number[] = [];
  let end = () => {};
  using scheduler = new ModScheduler("m", clock, () => {
    starts.push(clock.world.elapsedMs);
    return new Promise((resolve) => end = resolve);
  });
  scheduler.every(1000, "slow");
  clock.world.runFor(3500);
  assertEquals(starts, [1000]);
  end();
  await Promise.resolve();
  clock.world.runFor(1000);
  assertEquals(starts, [1000, 4000]);
});

Deno.test("a task may stop itself and all others, and tasks may be added while they run", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const scheduler: ModScheduler = new ModScheduler("m", clock, (task) => {
    seen.push(String(task));
    if (task === "last") scheduler.stopAll();
    if (task === "first") scheduler.after(1, "last");
  });
  scheduler.every(100, "first");
  clock.world.runFor(10_000);
  assertEquals([seen, scheduler.size], [["first", "last"], 0]);
});

Deno.test("ModScheduler refuses a hasty task, and more than its limit", () => {
  const clock = new VirtualClock();
  using scheduler = new ModScheduler("m", clock, () => {});
  assertThrows(() => scheduler.every(99, "x"), RangeError, "every 99 ms");
  for (let i = 0; i < TASKS_MAX; i++) scheduler.after(1000, i);
  const error = assertThrows(() => scheduler.after(1000, "x"), GlyphCaseError);
  assertEquals([error.code, error.mod], ["limit", "m"]);
});
