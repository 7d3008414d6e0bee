import { assertEquals, assertThrows } from "@std/assert";
import { MOD_LIMITS_DEFAULT, MOD_LIMITS_MAX, resolveModLimits } from "./mod_limits.ts";

Deno.test("resolveModLimits() fills in what is not named, up to the most that there is", () => {
  assertEquals(resolveModLimits(), MOD_LIMITS_DEFAULT);
  assertEquals(resolveModLimits({ callMs: 30_000 }), { ...MOD_LIMITS_DEFAULT, callMs: 30_000 });
  assertEquals(resolveModLimits(MOD_LIMITS_MAX), MOD_LIMITS_MAX);
  assertEquals(resolveModLimits({ callMs: 5 }, MOD_LIMITS_MAX).memoryBytesMax, 512 * 1024 * 1024);
  for (const callMs of [0, -1, NaN, Infinity, 30_001]) {
    assertThrows(() => resolveModLimits({ callMs }), RangeError, `limit "callMs"`);
  }
  assertThrows(() => resolveModLimits({ time: 1 } as never), RangeError, `limit "time"`);
});
