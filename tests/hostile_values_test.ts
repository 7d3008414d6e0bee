import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHandle, decodeChange } from "../sync/_automerge.ts";
import { SyncError } from "../sync/errors.ts";
import { actorOf, parseMemberId } from "../sync/ids.ts";
import type { Heads } from "../sync/ids.ts";
import { seededSources } from "../sync/sources.ts";
import { VALUE_DEPTH_MAX, ValueDocument } from "../sync/value_document.ts";
import { sleb, uleb } from "./_forge.ts";
import { encode } from "./_forged_artifacts.ts";
import type { Op } from "./_forged_artifacts.ts";

const SEED = "20260801";
const nowMs = () => 5_000;
const writer = (n: number) => ({ actor: actorOf(parseMemberId(`0${n}`.repeat(32)), 1), nowMs });
const MALLORY = writer(9).actor;
const which = { realmId: "ab".repeat(32), name: "board" };

/** What the tests below attack: every kind of object, some of them hidden, some in each other. */
function victim(): ValueDocument {
  const document = ValueDocument.awaiting(which, writer(1));
  document.update([1, 2]);
  document.update("word");
  document.update({
    title: "plan",
    gone: { inside: [1] },
    count: 1,
    half: 0.5,
    items: [{ done: false, tags: ["a", "b"] }, "word", [1, [2]], null],
    at: new Date(7),
    bytes: new Uint8Array([1, 2]),
  });
  document.text(["story"]).update("Once upon 😀 a time");
  document.text(["story"]).splice(2, 3);
  document.change<{ items: unknown[] }>((draft) => draft.items.splice(1, 1));
  document.change((draft) => delete draft["gone"]);
  using other = document.fork(writer(2));
  other.update({ ...document.read() as Record<string, never>, count: 2, title: "other" });
  document.change((draft) => Object.assign(draft, { count: 3, items: "was a list" }));
  document.applyEncoded(other.encodeChangesSince(document.getHeads()));
  return document;
}

/** Every operation that there is, by its id. */
function operationsOf(document: ValueDocument): Map<string, ReturnType<typeof placeOf>> {
  return new Map(
    document.getAllChanges().map(decodeChange).flatMap((change) =>
      change.ops.map((op, index) =>
        [`${change.startOp + index}@${change.actor}`, placeOf(op)] as const
      )
    ),
  );
}

function placeOf(op: ReturnType<typeof decodeChange>["ops"][number]) {
  const { elemId, insert } = op as { elemId?: string; insert?: boolean };
  return { action: op.action, obj: op.obj, key: op.key as string | undefined, elemId, insert };
}

const VALUES: readonly NonNullable<Op["value"]>[] = [
  [0, []],
  [1, []],
  [2, []],
  [3, uleb(1)],
  [3, uleb(9)],
  [4, sleb(-5)],
  [4, sleb(2 ** 53)],
  [5, [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]],
  [5, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
  [5, [0, 0, 0, 0, 0, 0, 0, 0x80]],
  [6, [0x61]],
  [6, [...new TextEncoder().encode("😀")]],
  [6, [...new TextEncoder().encode("more than a letter")]],
  [6, []],
  [7, [1, 2]],
  [8, [1]],
  [9, sleb(7)],
  [9, sleb(9e15)],
];

/** Draws operations: most of them nearly right, some of them nonsense. */
class Forger {
  readonly #random: () => number;
  readonly #known: Map<string, ReturnType<typeof placeOf>>;
  readonly #objects: readonly string[];

  constructor(document: ValueDocument, seed: string) {
    this.#random = seededSources(seed, nowMs).random;
    this.#known = operationsOf(document);
    this.#objects = [...this.#known].filter(([, { action }]) => action.startsWith("make"))
      .map(([id]) => id);
  }

  pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random() * all.length)]!;
  }

  often(): boolean {
    return this.#random() < 0.85;
  }

  change(deps: Heads, startOp: number, seq = 1): Uint8Array {
    const ids = Array.from(
      { length: 1 + Math.floor(this.#random() * 3) },
      (_, index) => `${startOp + index}@${MALLORY}`,
    );
    const ops = ids.map((_, index) => this.#op(ids.slice(0, index)));
    return encode({ actor: MALLORY, seq, startOp, deps, ops });
  }

  #op(own: readonly string[]): Op {
    const anyId = () => this.pick([...this.#known.keys(), ...own]);
    const obj = this.often()
      ? this.pick([...this.#objects, ...this.#objects, ...own, "_root"])
      : anyId();
    const inside = [...this.#known].filter(([, place]) => place.obj === obj);
    const [id, place] = inside.length > 0 ? this.pick(inside) : ["", undefined];
    const isList = place === undefined ? this.#random() < 0.5 : place.key === undefined;
    const inserts = this.#random() < 0.5;
    const element = place?.insert ? id : place?.elemId ?? "_head";
    const key = this.often() ? place?.key ?? "new" : this.pick(["", "__proto__", "value", "x"]);
    const at = isList === this.often()
      ? { elem: this.often() ? element : this.pick(["_head", anyId()]) }
      : { key };
    const standing = inside.filter(([, other]) =>
      other.action !== "del" &&
      ("key" in at ? other.key === at.key : other.elemId === at.elem && !other.insert)
    ).map(([other]) => other);
    const insert = "elem" in at ? inserts : !this.often();
    const pred = this.often()
      ? insert ? [] : [...standing, ...("elem" in at ? [at.elem] : [])]
      : [anyId()];
    const action = this.often()
      ? this.pick(insert ? [0, 1, 1, 1, 2, 4] : [0, 1, 1, 1, 2, 3, 4])
      : this.pick([3, 5, 6, 7]);
    const value = this.often() ? this.pick([VALUES[5]!, VALUES[10]!]) : this.pick(VALUES);
    return {
      ...{ action, obj, at, insert },
      ...([1, 5, 7].includes(action) || !this.often() ? { value } : {}),
      pred: [...new Set(pred)].filter((one) => one.includes("@"))
        .sort((left, right) => parseInt(left) - parseInt(right)),
    };
  }
}

/** What everybody does with a document must go on working. */
function assertAlive(document: ValueDocument, what: string): void {
  using again = ValueDocument.load(document.save(), writer(3));
  assertEquals(again.read(), document.read(), what);
  assertEquals(again.getHeads(), document.getHeads(), what);
  again.diff([], again.getHeads());
  const value = again.read();
  if (value?.constructor === Object) {
    again.change((draft) => {
      for (const key of Object.keys(draft)) draft[key] = "honest";
    });
    again.text(["honest", "text"].slice(0, 1)).update("honest, too");
  }
  again.update({ list: [1, { a: 1 }, 2], text: "honest" });
  again.update({ list: [{ a: 2 }, 2, 3], text: "more" });
  again.update([1, 2]);
  again.update("a word");
  again.text([]).update("a text");
  again.update({});
  using third = document.fork(writer(4));
  third.applyEncoded(again.encodeChangesSince(third.getHeads()), again.getHeads());
  assertEquals(third.read(), {}, what);
  using fourth = ValueDocument.load(third.save(), writer(5));
  assertEquals(fourth.getHeads(), again.getHeads(), what);
}

Deno.test(`no forged change leaves a value that cannot be saved and loaded (seed ${SEED})`, () => {
  using base = victim();
  const before = [base.save().toHex(), base.read()];
  const forger = new Forger(base, SEED);
  const startOp = maxOpOf(base) + 1;
  const outcomes = new Map<string, number>();
  for (let n = 0; n < 600; n++) {
    using document = base.fork(writer(2 + (n % 2)));
    for (let seq = 1, at = startOp; seq <= 3; seq++) {
      const heads = document.getHeads();
      const change = forger.change(heads, at, seq);
      const outcome = outcomeOf(() => document.applyEncoded(change));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== "applied") {
        assertEquals(document.getHeads(), heads);
        break;
      }
      at += decodeChange(change).ops.length;
    }
    if (document.getHeads().join() !== base.getHeads().join()) assertAlive(document, `${n}`);
  }
  assertEquals([base.save().toHex(), base.read()], before);
  for (const outcome of ["applied", "bad_schema", "bad_changes"]) {
    assert((outcomes.get(outcome) ?? 0) > 100, JSON.stringify([...outcomes]));
  }
});

function maxOpOf(document: ValueDocument): number {
  const changes = document.getAllChanges().map(decodeChange);
  return Math.max(...changes.map(({ startOp, ops }) => startOp + ops.length - 1));
}

function outcomeOf(apply: () => { readonly type: string }): string {
  try {
    return apply().type;
  } catch (error) {
    if (error instanceof SyncError) return error.code;
    throw error;
  }
}

/** A document whose value is `{list: [1], map: {}, text: "ab"}`, and the ids of what is in it. */
function known() {
  const document = ValueDocument.awaiting(which, writer(1));
  document.update({ list: [1], map: {}, word: "w" });
  document.text(["text"]).update("ab");
  const all = [...operationsOf(document)];
  const made = (key: string, obj?: string) =>
    all.find(([, place]) => place.key === key && (obj === undefined || place.obj === obj))![0];
  const inside = (obj: string) => all.filter(([, place]) => place.obj === obj).map(([id]) => id);
  const root = made("map", "_root");
  const list = made("list", root);
  const text = made("text", root);
  return {
    ...{ document, root, list, text, map: made("map", root), word: made("word", root) },
    ...{ element: inside(list)[0]!, letter: inside(text)[0]!, mark: made("value", "_root") },
  };
}

const [MAKE_MAP, SET, MAKE_LIST, DELETE, MAKE_TEXT, COUNT, MAKE_TABLE, MARK] = [...Array(8).keys()];
const ONE = [4, [1]] as const;
const word = (text: string) => [6, [...new TextEncoder().encode(text)]] as const;
type Known = Omit<ReturnType<typeof known>, "document">;
type Case = readonly [what: string, op: (known: Known) => Partial<Op>];

const inMap = (value: Op["value"], more: Partial<Op> = {}) => ({ map }: Known): Partial<Op> => ({
  ...{ action: SET!, obj: map, at: { key: "k" } },
  ...(value === undefined ? {} : { value }),
  ...more,
});
const inList =
  (value: Op["value"], more: Partial<Op> = {}) => ({ list, element }: Known): Partial<Op> => ({
    ...{ action: SET!, obj: list, at: { elem: element }, insert: true },
    ...(value === undefined ? {} : { value }),
    ...more,
  });
const inText =
  (value: Op["value"], more: Partial<Op> = {}) => ({ text, letter }: Known): Partial<Op> => ({
    ...{ action: SET!, obj: text, at: { elem: letter }, insert: true },
    ...(value === undefined ? {} : { value }),
    ...more,
  });
const inRoot = (key: string, value: Op["value"], more: Partial<Op> = {}) => (): Partial<Op> => ({
  ...{ action: SET!, obj: "_root", at: { key } },
  ...(value === undefined ? {} : { value }),
  ...more,
});
const over = (op: (known: Known) => Partial<Op>, which: keyof Known) => (known: Known) => ({
  ...op(known),
  pred: [known[which]],
});

const ALLOWED: readonly Case[] = [
  ["a word in a map", inMap(word("w"))],
  ["an integer of 2^53 - 1", inMap([4, sleb(2 ** 53 - 1)])],
  ["a whole float", inMap([5, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]])],
  ["null", inMap([0, []])],
  ["bytes", inMap([7, [1, 2]])],
  ["an instant", inMap([9, sleb(8.64e15)])],
  ["no key at all", inMap(ONE, { at: { key: "" } })],
  ["a map in a map", inMap(undefined, { action: MAKE_MAP! })],
  ["a text in a map", inMap(undefined, { action: MAKE_TEXT! })],
  ["a list in a list", inList(undefined, { action: MAKE_LIST! })],
  ["an element overwritten", over(inList(ONE, { insert: false }), "element")],
  ["an element deleted", over(inList(undefined, { insert: false, action: DELETE! }), "element")],
  ["a letter", inText(word("😀"))],
  ["a letter deleted", over(inText(undefined, { insert: false, action: DELETE! }), "letter")],
  ["a scalar as the value", over(inRoot("value", word("w")), "mark")],
  ["a list as the value", over(inRoot("value", [3, [1]]), "mark")],
];

const FORBIDDEN: readonly Case[] = [
  ["another key of the root", inRoot("other", ONE)],
  ["the name", inRoot("name", word("mine"))],
  ["another map as the value", over(inRoot("value", undefined, { action: MAKE_MAP! }), "mark")],
  ["no value any more", over(inRoot("value", undefined, { action: DELETE! }), "mark")],
  ["a mark that means nothing", over(inRoot("value", [3, [3]]), "mark")],
  ["another list in the place of the list", inRoot("list", undefined, { action: MAKE_LIST! })],
  ["an unsigned number", inMap([3, [1]])],
  ["a counter", inMap([8, [1]])],
  ["a float of -0", inMap([5, [0, 0, 0, 0, 0, 0, 0, 0x80]])],
  ["an instant beyond all dates", inMap([9, sleb(8.64e15 + 1024)])],
  ["a key of 1,025 bytes", inMap(ONE, { at: { key: "k".repeat(1025) } })],
  ["a word of more than a megabyte", inMap(word("w".repeat(1024 * 1024 + 1)))],
  ["bytes of more than a megabyte", inMap([7, Array(1024 * 1024 + 1).fill(0)])],
  ["a table", inMap(undefined, { action: MAKE_TABLE! })],
  ["an insertion into a map", inMap(ONE, { insert: true })],
  ["an element of a map", inMap(ONE, { at: { elem: "_head" }, insert: true })],
  ["a letter overwritten", over(inText(word("x"), { insert: false }), "letter")],
  ["a word as a letter", inText(word("word"))],
  ["a letter that is none", inText(word(""))],
  ["a number in a text", inText(ONE)],
  ["a block in a text", inText(undefined, { action: MAKE_MAP! })],
  ["a mark in a text", inText(ONE, { action: MARK! })],
];

/** What is refused before anybody asks what it is for. */
const BROKEN: readonly Case[] = [
  ["a float that is no number", inMap([5, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]])],
  ["an infinite float", inMap([5, [0, 0, 0, 0, 0, 0, 0xf0, 0x7f]])],
  ["a key in a list", inList(ONE, { at: { key: "k" }, insert: false })],
  ["a key inserted into a list", inList(ONE, { at: { key: "k" } })],
  ["the head of a list overwritten", inList(ONE, { at: { elem: "_head" }, insert: false })],
  ["an object in an element", ({ element }) => inMap(ONE)({ map: element } as Known)],
  ["an integer of 2^53", inMap([4, sleb(2 ** 53)])],
  ["counting up", over(inMap(ONE, { action: COUNT!, at: { key: "word" } }), "word")],
  ["an object of nobody", inMap(ONE, { obj: `7@${MALLORY}` })],
  ["an element of another list", ({ list, letter }) =>
    inList(ONE, {
      ...{ obj: list, at: { elem: letter } },
    })({ list } as Known)],
];

for (
  const [cases, expected] of [
    [ALLOWED, "applied"],
    [FORBIDDEN, "bad_schema"],
    [BROKEN, "bad_changes"],
  ] as const
) {
  for (const [what, op] of cases) {
    Deno.test(`a change from elsewhere may ${cases === ALLOWED ? "" : "not "}write ${what}`, () => {
      const { document: base, ...ids } = known();
      using document = base;
      const before = [document.save().toHex(), document.getHeads(), document.read()];
      const change = encode({
        ...{ actor: MALLORY, seq: 1, startOp: maxOpOf(document) + 1, deps: document.getHeads() },
        ops: [{ ...{ action: SET!, obj: "_root", at: { key: "value" }, pred: [] }, ...op(ids) }],
      });
      const outcome = outcomeOf(() => document.applyEncoded(change));
      assertEquals(outcome, expected);
      if (outcome !== "applied") {
        assertEquals([document.save().toHex(), document.getHeads(), document.read()], before);
      }
      assertAlive(document, what);
    });
  }
}

Deno.test("a change from elsewhere may nest maps as deep as a local one, and no deeper", () => {
  const chain = (document: ValueDocument, root: string, depth: number) => {
    const startOp = maxOpOf(document) + 1;
    const ops = Array.from({ length: depth }, (_, n): Op => ({
      ...{ action: MAKE_MAP!, at: { key: "m" }, pred: [] },
      obj: n === 0 ? root : `${startOp + n - 1}@${MALLORY}`,
    }));
    return encode({ actor: MALLORY, seq: 1, startOp, deps: document.getHeads(), ops });
  };
  for (
    const [depth, expected] of [[VALUE_DEPTH_MAX - 1, "applied"], [
      VALUE_DEPTH_MAX,
      "bad_schema",
    ]] as const
  ) {
    const { document: base, root } = known();
    using document = base;
    const change = chain(document, root, depth);
    assertEquals(outcomeOf(() => document.applyEncoded(change)), expected);
    assertAlive(document, `${depth}`);
  }
});

Deno.test("what is nested step by step, even where nobody sees it, is not nested any deeper", () => {
  const { document: base, map } = known();
  using document = base;
  using forger = document.fork({ actor: MALLORY, nowMs });
  document.change((draft) => delete draft["map"]); // the forger goes on in what is hidden here
  let [object, depth] = [map, 2];
  let outcome = "applied";
  for (
    let [seq, deps, at] = [1, forger.getHeads(), maxOpOf(forger) + 1];
    outcome === "applied";
    seq++
  ) {
    const op = { action: MAKE_MAP!, obj: object, at: { key: "m" }, pred: [] };
    const change = encode({ actor: MALLORY, seq, startOp: at, deps, ops: [op] });
    outcome = outcomeOf(() => document.applyEncoded(change));
    if (outcome === "applied") depth++;
    [object, deps, at] = [
      `${at}@${MALLORY}`,
      [decodeChange(change).hash!] as unknown as Heads,
      at + 1,
    ];
  }
  assertEquals([outcome, depth], ["bad_schema", VALUE_DEPTH_MAX]);
  assertAlive(document, "nested");
});

Deno.test("a document of another kind or name is none", () => {
  using document = known().document;
  using other = ValueDocument.awaiting({ ...which, name: "other" }, writer(2));
  assertThrows(() => other.applyEncoded(document.save()), SyncError);
  assertThrows(() => ValueDocument.load(new Uint8Array(9), writer(2)), SyncError);
  const handle = createHandle(writer(3).actor);
  handle.put("/", "realm_id", which.realmId, "str");
  handle.put("/", "name", which.name, "str");
  assertThrows(() => ValueDocument.load(handle.save(), writer(2)), SyncError);
  handle.free();
});
