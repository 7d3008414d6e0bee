import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { actorOf, parseMemberId } from "./ids.ts";
import { ValueDocument, ValueFloat } from "./value_document.ts";
import type { JsonValue, TypedValue } from "./value_document.ts";

const SEED = 20260803;
const writer = (n: number) => ({
  actor: actorOf(parseMemberId(`0${n}`.repeat(32)), 0),
  nowMs: () => 5_000,
});
const written = (value?: TypedValue) => {
  const document = ValueDocument.awaiting({ realmId: "ab".repeat(32), name: "draft" }, writer(1));
  if (value !== undefined) document.update(value);
  return document;
};
interface Board {
  title?: string;
  count: number;
  items: { id: number; done?: boolean; tags?: string[] }[];
  extra?: Record<string, unknown>;
}
const BOARD = { title: "t", count: 1, items: [{ id: 1, tags: ["a"] }, { id: 2 }] };

Deno.test("a draft reads like the value", () => {
  using document = written({ ...BOARD, half: 0.5, whole: new ValueFloat(2), at: new Date(1) });
  const heads = document.getHeads();
  const isChanged = document.change<Board>((draft) => {
    assertEquals(draft.items[0]!.tags![0], "a");
    assertEquals(draft.items.length, 2);
    assertEquals(draft.items.map(({ id }) => id), [1, 2]);
    assertEquals([...draft.items[0]!.tags!], ["a"]);
    assert(Array.isArray(draft.items));
    assertEquals(JSON.parse(JSON.stringify(draft)), {
      ...BOARD,
      ...{ half: 0.5, whole: 2, at: "1970-01-01T00:00:00.001Z" },
    });
    assertEquals(Object.keys(draft), ["at", "count", "half", "items", "title", "whole"]);
    assertEquals(Object.keys(draft.items), ["0", "1"]);
    assertEquals(["title", "toString"].map((key) => key in draft), [true, false]);
    assertEquals([1, 2].map((index) => index in draft.items), [true, false]);
    assertEquals((draft as unknown as Record<string, unknown>)["constructor"], undefined);
    assertStrictEquals(draft.items[1], draft.items.find(({ id }) => id === 2));
    assertEquals(draft.items.indexOf(draft.items[1]!), 1);
    assertEquals(draft.items.at(-1)!.id, 2);
    assertEquals(draft.items.concat([{ id: 3 }]).length, 3);
  });
  assertFalse(isChanged);
  assertEquals(document.getHeads(), heads);
});

Deno.test("a draft writes what is set and deleted", () => {
  using document = written(BOARD);
  document.change<Board>((draft) => {
    draft.count += 1;
    draft.items[1]!.done = true;
    draft.items[0]!.tags![1] = "b";
    delete draft.title;
    draft.extra = { deep: [{ a: new ValueFloat(1) }, new Uint8Array([1])] };
    (draft.extra["deep"] as unknown[])[0] = "replaced";
    assertEquals(draft.count, 2);
  });
  assertEquals(document.read(), {
    count: 2,
    items: [{ id: 1, tags: ["a", "b"] }, { id: 2, done: true }],
    extra: { deep: ["replaced", new Uint8Array([1])] },
  });
  using loaded = ValueDocument.load(document.save(), writer(2));
  assertEquals(loaded.read(), document.read());
});

Deno.test("a document that was never written starts as an empty map", () => {
  using document = written();
  assertFalse(document.change(() => {}));
  assertFalse(document.isWritten);
  document.change((draft) => draft["list"] = []);
  assertEquals(document.read(), { list: [] });
});

Deno.test("a list has a draft of its own, and what has no parts has none", () => {
  using document = written([1, 2]);
  document.change<number[]>((draft) => draft.push(3));
  assertEquals(document.read(), [1, 2, 3]);
  for (const value of [5, "word", null]) {
    document.update(value);
    assertThrows(() => document.change(() => {}), TypeError, "has no draft");
  }
});

type Method = readonly [name: string, ...args: unknown[]];
const someMethod: fc.Arbitrary<Method> = fc.oneof(
  fc.tuple(fc.constant("push"), fc.nat(9), fc.nat(9)),
  fc.constant<Method>(["push"]),
  fc.constantFrom<Method>(["pop"], ["shift"], ["reverse"], ["sort"]),
  fc.tuple(fc.constant("unshift"), fc.nat(9)),
  fc.tuple(fc.constant("splice"), fc.integer({ min: -9, max: 9 })),
  fc.tuple(fc.constant("splice"), fc.integer({ min: -9, max: 9 }), fc.integer({ min: -2, max: 5 })),
  fc.tuple(fc.constant("splice"), fc.integer({ min: -9, max: 9 }), fc.nat(5), fc.nat(9), fc.nat(9)),
  fc.tuple(fc.constant("fill"), fc.nat(9), fc.nat(5), fc.nat(9)),
  fc.tuple(fc.constant("copyWithin"), fc.nat(5), fc.nat(5), fc.nat(9)),
  fc.constant<Method>(["splice"]),
);

Deno.test(`the methods of a list do what those of an array do (seed ${SEED})`, () => {
  using document = written([]);
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 6 }), fc.array(someMethod), (start, calls) => {
      const expected: number[] = [...start];
      document.update(start);
      document.change<number[]>((draft) => {
        for (const [name, ...args] of calls) {
          const call = (list: number[]) =>
            (list as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args);
          const [theirs, ours] = [call(expected), call(draft)];
          // Methods that return the list itself return the draft.
          if (theirs === expected) assertStrictEquals(ours, draft);
          else assertEquals(ours, theirs);
          assertEquals([...draft], expected);
        }
      });
      assertEquals(document.read(), expected);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

Deno.test("a list can be shortened but has no holes and no names", () => {
  using document = written([1, 2, 3]);
  document.change<number[]>((draft) => draft.length = 1);
  assertEquals(document.read(), [1]);
  document.change<number[]>((draft) => void (draft[1] = 5));
  assertEquals(document.read(), [1, 5]);
  document.change<number[]>((draft) => delete draft[0]);
  assertEquals(document.read(), [5]);
  const refused: ((draft: number[]) => void)[] = [
    (draft) => draft[2] = 1,
    (draft) => draft.length = 5,
    (draft) => draft.length = -1,
    (draft) => Object.assign(draft, { name: 1 }),
    (draft) => Object.assign(draft, { [-1]: 1 }),
    (draft) => Object.defineProperty(draft, 0, { value: 1 }),
    (draft) => Object.setPrototypeOf(draft, null),
    (draft) => Object.freeze(draft),
  ];
  for (const edit of refused) assertThrows(() => document.change(edit));
  assertEquals(document.read(), [5]);
});

Deno.test("sort() takes numbers for numbers, and keeps what did not move", () => {
  using left = written({ list: [{ n: 3 }, { n: 1 }, { n: 2 }] });
  using right = left.fork(writer(2));
  left.change<{ list: { n: number }[] }>((draft) => {
    draft.list.sort((one, other) => one.n - other.n);
  });
  right.change<{ list: { n: number; x?: 1 }[] }>((draft) => draft.list[2]!.x = 1);
  left.applyEncoded(right.encodeChangesSince(left.getHeads()));
  assertEquals(left.read(), { list: [{ n: 1 }, { n: 2, x: 1 }, { n: 3 }] });
});

Deno.test("what is assigned is copied, also from the draft itself", () => {
  using document = written({ a: { b: [1] } });
  const outside = { c: 1 };
  document.change<Record<string, unknown>>((draft) => {
    draft["copy"] = draft["a"];
    draft["outside"] = outside;
    outside.c = 2;
    (draft["copy"] as { b: number[] }).b.push(2);
    draft["same"] = draft["a"];
    Object.assign(draft, { a: draft["a"] });
  });
  assertEquals(document.read(), {
    ...{ a: { b: [1] }, copy: { b: [1, 2] }, outside: { c: 1 }, same: { b: [1] } },
  });
});

Deno.test("concurrent drafts keep each other's insertions", () => {
  using left = written({ list: ["x"] });
  using right = left.fork(writer(2));
  left.change<{ list: string[] }>((draft) => draft.list.unshift("left"));
  right.change<{ list: string[] }>((draft) => draft.list.push("right"));
  left.applyEncoded(right.encodeChangesSince(left.getHeads()));
  assertEquals(left.read(), { list: ["left", "x", "right"] });
});

Deno.test("a change that throws changes nothing, and a draft ends with its change", () => {
  using document = written({ a: 1, list: [1] });
  const heads = document.getHeads();
  assertThrows(
    () =>
      document.change((draft) => {
        draft["a"] = 2;
        draft["b"] = { c: 1 };
        throw new RangeError("of the application");
      }),
    RangeError,
    "of the application",
  );
  assertEquals([document.getHeads(), document.read()], [heads, { a: 1, list: [1] }]);
  const bad = { c: undefined } as unknown as JsonValue;
  assertThrows(() => document.change((draft) => draft["b"] = [bad]), TypeError, "value.b[0].c");
  assertThrows(
    () =>
      document.change(
        ((draft: Record<string, unknown>) => {
          draft["a"] = 2;
          return Promise.resolve();
        }) as (draft: Record<string, unknown>) => void,
      ),
    TypeError,
    "asynchronous",
  );
  assertEquals(document.getHeads(), heads);
  const kept: Record<string, unknown>[] = [];
  document.change((draft) => kept.push(draft));
  for (const use of [() => kept[0]!["a"], () => kept[0]!["a"] = 1, () => Object.keys(kept[0]!)]) {
    assertThrows(use, TypeError, "its change is over");
  }
});

Deno.test("a document cannot be used while it is being changed", () => {
  using document = written({ a: 1 });
  const uses = [
    () => document.read(),
    () => document.save(),
    () => document.getHeads(),
    () => document.update(1),
    () => document.change(() => {}),
    () => `${document.text(["a"])}`,
    () => document.applyChanges([]),
  ];
  for (const use of uses) {
    assertThrows(
      () => document.change(() => void use()),
      TypeError,
      "a change of it is being made",
    );
  }
  assertEquals(document.read(), { a: 1 });
});

Deno.test("a word that is assigned to a text edits it", () => {
  using document = written({});
  document.text(["t"]).update("one three");
  using other = document.fork(writer(2));
  document.change((draft) => draft["t"] = "one two three");
  other.text(["t"]).update("one three!");
  document.applyEncoded(other.encodeChangesSince(document.getHeads()));
  assertEquals(document.read(), { t: "one two three!" });
});
