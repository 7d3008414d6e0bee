import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { actorOf, parseMemberId } from "./ids.ts";
import { seededSources } from "./sources.ts";
import { ValueDocument, ValueFloat } from "./value_document.ts";
import type { JsonValue, TypedValue, ValuePatch } from "./value_document.ts";

const SEED = 20260802;
const which = { realmId: "cd".repeat(32), name: "law" };
const writer = (n: number, session = 0) => ({
  actor: actorOf(parseMemberId(`0${n}`.repeat(32)), session),
  nowMs: () => 5_000,
});

const someKey = fc.constantFrom("a", "b", "c", "id", "", "__proto__", "é😀", "constructor");
const someScalar: fc.Arbitrary<TypedValue> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<TypedValue>(0, 1, 2, "x", "y", null, true) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map((value) => value === 0 ? 0 : value) },
  {
    weight: 1,
    arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => Number.isInteger(value) ? new ValueFloat(value) : value),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 5 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
  { weight: 1, arbitrary: fc.date({ noInvalidDate: true }) },
);
/** Small alphabets, so that two of them have much in common. */
const someValue: fc.Arbitrary<TypedValue> = fc.letrec<{ value: TypedValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    someScalar,
    fc.array(tie("value"), { maxLength: 7 }),
    fc.uniqueArray(fc.tuple(someKey, tie("value")), { selector: ([key]) => key, maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

Deno.test(`update() makes the value equal to any other, here and elsewhere (seed ${SEED})`, () => {
  using document = ValueDocument.awaiting(which, writer(1));
  using other = ValueDocument.awaiting(which, writer(2));
  fc.assert(
    fc.property(someValue, (value) => {
      document.update(value);
      assertEquals(document.readTyped(), value);
      other.applyEncoded(document.encodeChangesSince(other.getHeads()), document.getHeads());
      assertEquals(other.readTyped(), value);
      assertEquals(document.update(value), false);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

Deno.test(`diff() leads from each value to the next (seed ${SEED})`, () => {
  using document = ValueDocument.awaiting(which, writer(1));
  fc.assert(
    fc.property(fc.oneof(fc.array(someValue), fc.dictionary(someKey, someValue)), (value) => {
      const [before, heads] = [document.read(), document.getHeads()];
      document.update(value as TypedValue);
      const patched = document.diff(heads, document.getHeads()).reduce(patchedWith, before);
      assertEquals(patched, document.read());
    }),
    { seed: SEED, numRuns: 300 },
  );
});

/** A plain value after one step. */
function patchedWith(value: JsonValue | undefined, patch: ValuePatch): JsonValue | undefined {
  const [first, ...path] = patch.path;
  if (first === undefined) return patch.action === "put" ? patch.value : value;
  if (path.length > 0) {
    const inner = patchedWith((value as Record<string, JsonValue>)[first], { ...patch, path });
    return replaced(value!, first, inner!);
  }
  if (patch.action === "put") return replaced(value!, first, patch.value);
  if (typeof value === "string" && typeof first === "number") {
    const [count, text] = patch.action === "delete"
      ? [patch.count, ""]
      : [0, String(textOf(patch))];
    return value.slice(0, first) + text + value.slice(first + count);
  }
  if (Array.isArray(value)) {
    if (patch.action === "insert") return value.toSpliced(Number(first), 0, ...patch.values);
    return value.toSpliced(Number(first), patch.action === "delete" ? patch.count : 0);
  }
  return Object.fromEntries(Object.entries(value as object).filter(([key]) => key !== first));
}

function textOf(patch: ValuePatch): string | undefined {
  return patch.action === "splice" ? patch.text : undefined;
}

function replaced(value: JsonValue, step: string | number, inner: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.with(Number(step), inner);
  const others = Object.entries(value as object).filter(([key]) => key !== step);
  return Object.fromEntries([...others, [step, inner]]);
}

/** One random thing that somebody does to a document. */
function act(document: ValueDocument, random: () => number): void {
  const below = (limit: number) => Math.floor(random() * limit);
  const value = (depth = 0): TypedValue => {
    const kind = below(depth > 2 ? 3 : 6);
    if (kind < 2) return below(5);
    if (kind === 2) return `w${below(5)}`;
    if (kind === 3) return Array.from({ length: below(5) }, () => value(depth + 1));
    return Object.fromEntries(
      Array.from({ length: below(4) }, () => [`k${below(5)}`, value(depth + 1)]),
    );
  };
  const now = document.readTyped();
  const isMap = typeof now === "object" && now !== null && !Array.isArray(now);
  switch (below(isMap ? 9 : 4)) {
    case 0:
      if (below(6) === 0 || now === undefined) document.update(value());
      return;
    case 1:
      if (Array.isArray(now)) {
        document.update(now.toSpliced(below(now.length + 1), below(3), value()));
      }
      return;
    case 2:
      if (Array.isArray(now)) document.change<TypedValue[]>((draft) => void draft.push(value(2)));
      return;
    case 3:
      if (below(4) === 0) document.update({ k0: [1, 2, 3], k1: { k2: 0 } });
      return;
    case 4:
      document.update({ ...now as object, [`k${below(5)}`]: value(1) });
      return;
    case 5:
      try {
        document.merge({ [`k${below(5)}`]: { [`k${below(5)}`]: value(2) } });
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      return;
    case 6:
      document.change((draft) => {
        const list = draft[`k${below(5)}`];
        if (Array.isArray(list)) list.splice(below(list.length + 1), below(3), value(2), value(2));
        else delete draft[`k${below(5)}`];
      });
      return;
    default: {
      const text = document.text(["text"]);
      const was = below(3) === 0 ? "" : `${text}`;
      const at = below(was.length + 1);
      if (below(2) === 0) text.update(was.slice(0, at) + "<new>" + was.slice(at));
      else text.splice(below(text.length + 1), below(4), `${below(100)}`);
    }
  }
}

Deno.test("three who write at random hold the same, whatever reaches whom in which order", () => {
  let texts = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { random } = seededSources(`values ${seed}`, () => 0);
    const below = (limit: number) => Math.floor(random() * limit);
    // One of them starts as the fork of another, one has never heard of the others.
    const ada = ValueDocument.awaiting(which, writer(1));
    act(ada, random);
    const all = [ada, ada.fork(writer(2)), ValueDocument.awaiting(which, writer(3))];
    for (let step = 0; step < 60; step++) {
      const document = all[below(3)]!;
      if (below(5) > 0) act(document, random);
      else give(all[below(3)]!, document, random);
    }
    // Everybody gets everything, in an order of its own.
    for (const to of all) for (const from of shuffled(all, random)) give(from, to, random);
    for (const to of all) for (const from of shuffled(all, random)) give(from, to, random);
    const [first] = all;
    for (const document of all) {
      assertEquals(document.getHeads(), first!.getHeads(), `seed ${seed}`);
      assertEquals(document.readTyped(), first!.readTyped(), `seed ${seed}`);
      using loaded = ValueDocument.load(document.save(), writer(4));
      assertEquals(loaded.readTyped(), first!.readTyped(), `seed ${seed}`);
      loaded.update({ done: true });
    }
    texts += first!.text(["text"]).path.length;
    for (const document of all) document[Symbol.dispose]();
  }
  assert(texts > 0);
});

function give(from: ValueDocument, to: ValueDocument, random: () => number): void {
  if (from === to) return;
  if (random() < 0.5) {
    // One by one, shuffled: what lacks another waits for the next round.
    for (const change of shuffled(from.getChangesSince(to.getHeads()), random)) {
      to.applyChanges([change]);
    }
  }
  to.applyEncoded(from.encodeChangesSince(to.getHeads()), from.getHeads());
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  return all.map((one) => ({ one, at: random() })).sort((left, right) => left.at - right.at)
    .map(({ one }) => one);
}

Deno.test("elements that nobody touched survive whatever two do to a list at once", () => {
  for (let seed = 0; seed < 60; seed++) {
    const { random } = seededSources(`lists ${seed}`, () => 0);
    const below = (limit: number) => Math.floor(random() * limit);
    using left = ValueDocument.awaiting(which, writer(1));
    const base = Array.from({ length: 12 }, (_, n) => ({ id: n, by: "nobody" }));
    left.update(base);
    using right = left.fork(writer(2));
    const touched = new Set<number>();
    const edited = (by: string) => {
      const [gone, changed, at] = [below(12), below(12), below(12)];
      touched.add(gone).add(changed);
      return base.map((item) => item.id === changed ? { ...item, by } : item)
        .toSpliced(at, 0, { id: 100 + below(100), by })
        .filter(({ id }) => id !== gone);
    };
    left.update(edited("left"));
    right.update(edited("right"));
    left.applyEncoded(right.encodeChangesSince(left.getHeads()));
    const ids = (left.read() as { id: number }[]).map(({ id }) => id).filter((id) => id < 12);
    const kept = base.map(({ id }) => id).filter((id) => !touched.has(id));
    assertEquals(ids.filter((id) => kept.includes(id)), kept, `seed ${seed}`);
    assertEquals(new Set(ids).size, ids.length, `seed ${seed}`);
  }
});
