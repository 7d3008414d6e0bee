import { assertEquals, assertThrows } from "@std/assert";
import { CACHE_ENTRIES_MAX, ModCache } from "./_mod_cache.ts";

Deno.test("ModCache forgets what is over, deleted or cleared", () => {
  let nowMs = 0;
  const cache = new ModCache(() => nowMs);
  cache.set("a", 1, 10);
  cache.set("b", { deep: [1] });
  assertEquals([cache.get("a"), cache.get("b"), cache.get("c")], [1, { deep: [1] }, undefined]);
  nowMs = 9;
  assertEquals(cache.get("a"), 1);
  nowMs = 10;
  assertEquals([cache.get("a"), cache.delete("a")], [undefined, false]);
  assertEquals([cache.delete("b"), cache.delete("b"), cache.get("b")], [true, false, undefined]);
  cache.set("d", 1);
  cache.clear();
  assertEquals([cache.get("d"), cache.size], [undefined, 0]);
});

Deno.test("ModCache drops what is over, then what was used longest ago, when it is full", () => {
  let nowMs = 0;
  const cache = new ModCache(() => nowMs);
  cache.set("over", 1, 1);
  for (let i = 1; i < CACHE_ENTRIES_MAX; i++) cache.set(`k${i}`, i);
  cache.get("k1");
  nowMs = 1;
  cache.set("one more", 1);
  assertEquals([cache.size, cache.get("k2")], [CACHE_ENTRIES_MAX, 2]);
  cache.set("and one", 1);
  assertEquals([cache.get("k1"), cache.get("k3"), cache.get("k4")], [1, undefined, 4]);
});

Deno.test("ModCache holds so many bytes, and refuses what alone is more", () => {
  const cache = new ModCache(() => 0);
  const half = new Uint8Array(4 * 1024 * 1024 - 200);
  for (const key of ["a", "b", "c"]) cache.set(key, half);
  assertEquals([cache.get("a"), cache.get("b") === half, cache.size], [undefined, true, 2]);
  assertThrows(() => cache.set("d", "x".repeat(4 * 1024 * 1024)), RangeError, `Cannot cache "d"`);
  assertEquals([cache.get("d"), cache.size], [undefined, 2]);
});
