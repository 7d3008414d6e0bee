import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { EventQueue } from "./_event_queue.ts";

const SEED = 20260105;

Deno.test(`EventQueue takes by time, then in the order of pushing (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5)), (times) => {
      const queue = new EventQueue();
      const taken: [number, number][] = [];
      times.forEach((atMs, order) => queue.push(atMs, () => void taken.push([atMs, order])));
      while (queue.size > 0) {
        const nextMs = queue.nextMs;
        queue.take()?.();
        assertEquals(taken.at(-1)?.[0], nextMs);
      }
      const expected = times.map((atMs, order): [number, number] => [atMs, order])
        .sort(([a, i], [b, j]) => a - b || i - j);
      assertEquals(taken, expected);
    }),
    { seed: SEED },
  );
});

Deno.test("EventQueue.take() gives undefined and nextMs Infinity when nothing waits", () => {
  const queue = new EventQueue();
  assertEquals([queue.take(), queue.nextMs, queue.size], [undefined, Infinity, 0]);
});
