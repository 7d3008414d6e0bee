import { assertEquals } from "@std/assert";
import { KnownChanges } from "./_known_changes.ts";
import type { KnownChange } from "./_known_changes.ts";
import { parseHeads } from "./ids.ts";

const hash = (n: number) => n.toString(16).padStart(64, "0");
const heads = (...ns: number[]) => parseHeads(ns.map(hash));
const names = (changes: readonly KnownChange[] | undefined) =>
  changes?.map((change) => Number.parseInt(change.hash, 16));

function changeOf(n: number, size = 10): KnownChange {
  return {
    ...{ hash: hash(n), deps: [hash(n - 1)], actor: "ada" },
    ...{ startOp: n, maxOp: n, bytes: new Uint8Array(size) },
  };
}

Deno.test("KnownChanges.since() gives all steps from those heads on, and nothing between steps", () => {
  const known = new KnownChanges();
  known.add(heads(1), [changeOf(2)]);
  known.add(heads(2), [changeOf(3), changeOf(4)]);
  assertEquals(names(known.since(heads(1))), [2, 3, 4]);
  assertEquals(names(known.since(heads(2))), [3, 4]);
  assertEquals(names(known.since(heads(3))), undefined);
  assertEquals(names(known.since(heads(1, 2))), undefined);
});

Deno.test("KnownChanges.since() knows nothing from before what it has dropped", () => {
  const known = new KnownChanges();
  for (let n = 1; n <= 100; n++) known.add(heads(n - 1), [changeOf(n)]);
  assertEquals(names(known.since(heads(35))), undefined);
  assertEquals(names(known.since(heads(36)))?.length, 64);
  known.add(heads(100), [changeOf(101, 1024 * 1024)]);
  assertEquals(names(known.since(heads(100))), undefined);
  known.add(heads(101), [changeOf(102)]);
  assertEquals(names(known.since(heads(101))), [102]);
});

Deno.test("KnownChanges.maxOpOf() asks the document only for what it may hold", () => {
  const asked: number[] = [];
  const ask = (known: KnownChanges, n: number) =>
    known.maxOpOf(hash(n), () => {
      asked.push(n);
      return n < 50 ? n : undefined;
    });
  const whole = new KnownChanges(hash(1));
  whole.add(heads(1), [changeOf(2)]);
  assertEquals([ask(whole, 1), ask(whole, 1), ask(whole, 2), ask(whole, 7)], [1, 1, 2, undefined]);
  assertEquals(asked.splice(0), [1]);
  whole.add(heads(2), [changeOf(3, 1024 * 1024)]);
  assertEquals([ask(whole, 3), ask(whole, 7), ask(whole, 7), ask(whole, 99)], [3, 7, 7, undefined]);
  assertEquals(asked.splice(0), [3, 7, 99]);
  const late = new KnownChanges();
  assertEquals([ask(late, 7), ask(late, 99), ask(late, 99)], [7, undefined, undefined]);
  assertEquals(asked, [7, 99, 99]);
});
