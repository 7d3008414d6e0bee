import { assertEquals, assertThrows } from "@std/assert";
import { Nesting } from "./_nesting.ts";
import { SyncError } from "./errors.ts";

Deno.test("Nesting.depth() counts the longest chain, whatever order it was told in", () => {
  const nesting = new Nesting(10);
  for (const child of [4, 2, 3, 1]) nesting.nest(nesting.key(child, 0), nesting.key(child - 1, 0));
  nesting.nest(nesting.key(9, 0), nesting.key(1, 0));
  assertEquals(nesting.depth(5), 5);
  assertThrows(() => nesting.depth(4), SyncError, "depthMax is 4, found 5");
});

Deno.test("Nesting.depth() is 0 when nothing was made", () => {
  assertEquals(new Nesting(10).depth(0), 0);
});

Deno.test("Nesting.nest() refuses a circle", () => {
  const nesting = new Nesting(10);
  nesting.nest(12, 11);
  assertThrows(() => nesting.nest(11, 12), SyncError, "younger");
  assertThrows(() => nesting.nest(11, 11), SyncError, "younger");
});

Deno.test("Nesting.intern() gives an actor one number, and stops at the limit", () => {
  const nesting = new Nesting(2);
  assertEquals(["aa", "bb", "aa"].map((actor) => nesting.intern(actor)), [0, 1, 0]);
  assertThrows(() => nesting.intern("cc"), SyncError, "actorsMax is 2, found 3");
});
