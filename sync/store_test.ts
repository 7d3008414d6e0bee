import { assertEquals } from "@std/assert";
import { COMPACT_CHUNK_BYTES_MIN, COMPACT_CHUNK_COUNT_MAX, shouldCompact } from "./store.ts";

Deno.test("shouldCompact() is true once chunks outweigh the snapshot", () => {
  const large = { chunkCount: 10, snapshotBytes: 50_000 };
  assertEquals(shouldCompact({ ...large, chunkBytes: 50_000 }), false);
  assertEquals(shouldCompact({ ...large, chunkBytes: 50_001 }), true);
});

Deno.test("shouldCompact() lets a small document be", () => {
  const small = { chunkCount: 10, snapshotBytes: 0 };
  assertEquals(shouldCompact({ ...small, chunkBytes: COMPACT_CHUNK_BYTES_MIN }), false);
  assertEquals(shouldCompact({ ...small, chunkBytes: COMPACT_CHUNK_BYTES_MIN + 1 }), true);
});

Deno.test("shouldCompact() is true beyond a count of chunks, however small", () => {
  const tiny = { chunkBytes: 600, snapshotBytes: 1_000_000 };
  assertEquals(shouldCompact({ ...tiny, chunkCount: COMPACT_CHUNK_COUNT_MAX }), false);
  assertEquals(shouldCompact({ ...tiny, chunkCount: COMPACT_CHUNK_COUNT_MAX + 1 }), true);
});
