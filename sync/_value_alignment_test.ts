import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { align } from "./_value_alignment.ts";
import { LIST_EDITS_MAX } from "./_value_limits.ts";

const SEED = 20260805;
const never = () => 0;

/** The length of the longest common subsequence, by the textbook. */
function longest(before: readonly number[], after: readonly number[]): number {
  let row = Array(after.length + 1).fill(0);
  for (const left of before) {
    const next = [0];
    after.forEach((right, at) => {
      next.push(left === right ? row[at] + 1 : Math.max(row[at + 1], next[at]!));
    });
    row = next;
  }
  return row.at(-1);
}

const someList = fc.array(fc.nat(6), { maxLength: 30 });

Deno.test(`align() keeps as many equal elements as can be (seed ${SEED})`, () => {
  fc.assert(
    fc.property(someList, someList, (before, after) => {
      const matches = align(before, after, never);
      for (const [left, right] of matches) assertEquals(before[left], after[right]);
      for (const [at, [left, right]] of matches.entries()) {
        const previous = matches[at - 1] ?? [-1, -1];
        assert(left > previous[0] && right > previous[1]);
      }
      assertEquals(matches.length, longest(before, after));
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

Deno.test(`align() matches in order whatever the likeness (seed ${SEED})`, () => {
  fc.assert(
    fc.property(someList, someList, (before, after) => {
      const likeness = (left: number, right: number) => (before[left]! * after[right]!) % 5;
      const matches = align(before, after, likeness);
      for (const [at, [left, right]] of matches.entries()) {
        const previous = matches[at - 1] ?? [-1, -1];
        assert(left > previous[0] && right > previous[1]);
        assert(before[left] === after[right] || likeness(left, right) > 0);
      }
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

Deno.test("align() matches what is most alike between what stayed", () => {
  const likeness = (left: number, right: number) => left === 2 && right === 1 ? 5 : 1;
  assertEquals(align([1, 20, 30, 2], [1, 31, 2], likeness), [[0, 0], [2, 1], [3, 2]]);
  assertEquals(align([20, 30], [21, 31], () => 1), [[0, 0], [1, 1]]);
  assertEquals(align([20, 30], [], () => 1), []);
});

Deno.test("align() of lists that differ too much matches by place", () => {
  const before = Array.from({ length: LIST_EDITS_MAX }, (_, at) => at);
  const after = before.map((at) => at + LIST_EDITS_MAX);
  assertEquals(align([-1, ...before, -2], [-1, ...after, -2], never), [[0, 0], [
    LIST_EDITS_MAX + 1,
    LIST_EDITS_MAX + 1,
  ]]);
  assertEquals(align(before, after, () => 1).length, LIST_EDITS_MAX);
  const moved = [...before.slice(1), 0];
  assertEquals(align(before, moved, never).length, LIST_EDITS_MAX - 1);
});
