import * as A from "@automerge/automerge/slim";
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { SyncError } from "../sync/errors.ts";
import { OP_COUNTER_MAX, scan, SCAN_LIMITS } from "../sync/scan.ts";
import * as forge from "./_forge.ts";
import { mutate, someMutations } from "./_mutations.ts";

await A.initializeBase64Wasm(automergeWasmBase64);

const SEED = 20_263;
const { bundleChanges, bundleOps, documentChange, documentOps, setOps } = forge;
const { literals, nulls, prefixed, run, sleb, uleb } = forge;

/** A change, bundle or document that is honest but for some columns. */
const change = (columns: Record<number, number[] | Uint8Array> = {}, startOp = 1) =>
  forge.forgeChange({ columns: { ...setOps(1), ...columns }, startOp });
const bundle = (changes: Record<number, number[]>, ops: Record<number, number[]> = {}) =>
  forge.forgeBundle({
    changes: { ...bundleChanges(1), ...changes },
    ops: { ...bundleOps(1), ...ops },
  });
const document = (changes: Record<number, number[]>, ops: Record<number, number[]> = {}) =>
  forge.forgeDocument({
    changes: { ...documentChange(1), ...changes },
    ops: { ...documentOps(1), ...ops },
  });

const MANY = 100_000_000;
const many = uleb(MANY);

/** Writers who each make one first change, so that each is a head. */
const writers = (count: number, startOp = 1) =>
  forge.concat(...Array.from({ length: count }, (_, i) => {
    const actor = (0x10000000 + i).toString(16);
    return forge.forgeChange({ actor, startOp, columns: setOps(2) });
  }));

/** A chain of maps, each in the one before it. */
function chain(depth: number): Uint8Array {
  const parents = literals(Array.from({ length: depth - 1 }, (_, i) => uleb(i + 1)));
  return forge.forgeChange({
    columns: {
      ...{ ...setOps(depth), 0x01: [...nulls(1), ...run(depth - 1, [0])] },
      ...{ 0x02: [...nulls(1), ...parents], 0x42: run(depth, [0]) },
    },
  });
}

/** A text of one letter that is marked again and again, each time by another name. */
function marks(count: number): Uint8Array {
  const names = Array.from({ length: count }, (_, i) => prefixed(`m${i}`));
  const rows = count + 2;
  return forge.forgeChange({
    columns: {
      ...{ 0x01: [...nulls(1), ...run(rows - 1, [0])], 0x02: [...nulls(1), ...run(rows - 1, [1])] },
      ...{
        0x11: [...nulls(2), ...run(count, [0])],
        0x15: [...run(1, prefixed("t")), ...nulls(rows - 1)],
      },
      ...{ 0x13: [...nulls(1), ...literals([[0], [2]]), ...run(count - 1, [1])] },
      ...{ 0x34: [1, ...uleb(rows - 1)], 0x42: [...literals([[4], [1]]), ...run(count, [7])] },
      ...{ 0x56: [...literals([[0], [22]]), ...run(count, [2])], 0x57: [97] },
      ...{ 0x70: run(rows, [0]), 0x94: uleb(rows), 0xa5: [...nulls(2), ...literals(names)] },
    },
  });
}

/** A change that is deflated, whatever it holds. */
const deflated = (body: Uint8Array) => forge.chunk(2, deflateRawSync(body), body);

const REFUSED: readonly (readonly [string, () => Uint8Array, string, string])[] = [
  ["10,000,000 operations", () => change(setOps(10_000_000)), "too_large", "rowsMax"],
  [
    "a deflate bomb",
    () => deflated(new Uint8Array(65 * 1024 * 1024)),
    "too_large",
    "inflatedBytesMax",
  ],
  ["a start at 100,000,000", () => change({}, MANY), "too_large", "opCounterMax"],
  ["a start at 2^32", () => change({}, 2 ** 32 + 1), "too_large", "opCounterMax"],
  ["a start at 0", () => change({}, 0), "bad_changes", "from 0"],
  ["starts that leave counters out", () => writers(600, 2000), "too_large", "rowsMax"],
  ["too many predecessors", () => change({ 0x70: run(1, many) }), "too_large", "rowsMax"],
  ["predecessors that are not there", () => change({ 0x70: run(1, [9]) }), "bad_changes", "0x71"],
  ["a run of nulls", () => change({ 0x01: nulls(MANY) }), "bad_changes", "0x01"],
  [
    "a run of strings",
    () => change({ 0x15: run(MANY, [1, 107]) }),
    "too_large",
    "inflatedBytesMax",
  ],
  ["a run of booleans", () => change({ 0x34: many }), "bad_changes", "0x34"],
  [
    "a value of 6 MB",
    () => change({ 0x56: run(1, uleb(MANY + 7)) }),
    "bad_changes",
    "values claim",
  ],
  ["raw bytes of no value", () => change({ 0x57: [1] }), "bad_changes", "values claim"],
  ["an unknown column", () => change({ 0xc3: run(MANY, [1]) }), "bad_changes", "0xc3"],
  [
    "a column twice",
    () =>
      forge.forgeChange({
        columns: [[0x42, run(1, [1])], [0x42, run(1, [1])]],
      }),
    "bad_changes",
    "repeated",
  ],
  [
    "columns out of order",
    () =>
      forge.forgeChange({
        columns: [[0x42, run(1, [1])], [0x34, [1]]],
      }),
    "bad_changes",
    "out of order",
  ],
  [
    "a deflated column in a change",
    () => change({ 0x5f: [...deflateRawSync(Buffer.alloc(9))] }),
    "bad_changes",
    "deflated",
  ],
  [
    "an actor that is not listed",
    () => change({ 0x01: run(1, [9]), 0x02: run(1, [1]) }),
    "bad_changes",
    "0x01",
  ],
  [
    "an object counter of 2^33",
    () => change({ 0x01: run(1, [0]), 0x02: run(1, uleb(2 ** 33)) }),
    "bad_changes",
    "0x02",
  ],
  ["an unknown action", () => change({ 0x42: run(1, [99]) }), "bad_changes", "0x42"],
  ["an action of null", () => change({ 0x42: nulls(1) }), "bad_changes", "0x42"],
  [
    "an object in itself",
    () => change({ 0x01: run(1, [0]), 0x02: run(1, [1]), 0x42: run(1, [0]) }),
    "bad_changes",
    "younger",
  ],
  ["a key that is not UTF-8", () => change({ 0x15: run(1, [1, 0xff]) }), "bad_changes", "UTF-8"],
  [
    "bytes behind a change",
    () => forge.forgeChange({ columns: setOps(1), extra: [7, 7] }),
    "bad_changes",
    "follow",
  ],
  [
    "an actor of 65 bytes",
    () => forge.forgeChange({ columns: {}, actor: "ab".repeat(65) }),
    "too_large",
    "actorBytesMax",
  ],
  [
    "an actor of no bytes",
    () => forge.forgeChange({ columns: {}, actor: "" }),
    "bad_changes",
    "empty",
  ],
  [
    "an actor twice",
    () => forge.forgeChange({ columns: {}, others: ["bb", "bb"] }),
    "bad_changes",
    "ascending",
  ],
  ["too many heads", () => writers(SCAN_LIMITS.headsMax + 1), "too_large", "headsMax"],
  [
    "too many dependencies",
    () =>
      forge.forgeChange({
        ...{ columns: {}, deps: Array.from({ length: 1001 }, () => "ab".repeat(32)) },
      }),
    "too_large",
    "depsMax",
  ],
  ["20,000 maps in each other", () => chain(20_000), "too_large", "depthMax"],
  ["10,000 marks", () => marks(10_000), "too_large", "marksMax"],
  [
    "300,000 objects",
    () => change({ ...setOps(300_000), 0x42: run(300_000, [0]) }),
    "too_large",
    "objectsMax",
  ],
  ["an unknown type of chunk", () => forge.chunk(4, Uint8Array.of(0)), "bad_changes", "type 4"],
  ["bytes behind a chunk", () => forge.concat(change(), [0]), "bad_changes", "claimed"],

  [
    "a bundle of 100,000 heads",
    () =>
      bundle(
        { ...bundleChanges(100_000), 0x50: run(100_000, [0]), 0x53: [] },
        bundleOps(100_000),
      ),
    "too_large",
    "headsMax",
  ],
  [
    "a bundle of 1,000,000 changes",
    () => bundle(bundleChanges(1_000_000)),
    "too_large",
    "changesMax",
  ],
  [
    "a bundle that claims operations",
    () => bundle({ 0x23: run(1, sleb(9)) }),
    "bad_changes",
    "claim 9",
  ],
  [
    "a bundle that counts to 100,000,000",
    () => bundle({ 0x23: run(1, sleb(MANY)) }),
    "bad_changes",
    "0x23",
  ],
  [
    "a bundle that counts backwards",
    () => bundle({ 0x13: run(1, [0]) }),
    "bad_changes",
    "backwards",
  ],
  [
    "a bundle with a hole",
    () => bundle({ 0x13: run(1, sleb(1_500_000)), 0x23: run(1, sleb(1_500_000)) }),
    "too_large",
    "rowsMax",
  ],
  [
    "a bundle with a dependency on itself",
    () => bundle({ 0x50: run(1, [1]), 0x53: run(1, [0]) }),
    "bad_changes",
    "before",
  ],
  [
    "a bundle with a dependency nowhere",
    () => bundle({ 0x50: run(1, [1]), 0x53: run(1, [1]) }),
    "bad_changes",
    "0x53",
  ],
  ["a bundle of dependencies", () => bundle({ 0x50: run(1, many) }), "too_large", "depsMax"],
  ["a bundle of predecessors", () => bundle({}, { 0x70: run(1, many) }), "too_large", "rowsMax"],
  [
    "a bundle with extra bytes",
    () => bundle({ 0x60: run(1, many) }),
    "bad_changes",
    "values claim",
  ],
  [
    "a bundle with a value",
    () => bundle({}, { 0x56: run(1, uleb(MANY + 7)) }),
    "bad_changes",
    "values claim",
  ],
  [
    "a bundle with a deflate bomb",
    () =>
      bundle({}, {
        0x5f: [...deflateRawSync(new Uint8Array(65 * 1024 * 1024))],
      }),
    "too_large",
    "inflatedBytesMax",
  ],
  [
    "a bundle with a sequence of -3",
    () => bundle({ 0x03: run(1, sleb(-3)) }),
    "bad_changes",
    "0x03",
  ],
  [
    "a bundle with a sequence twice",
    () =>
      bundle(
        { ...bundleChanges(2), 0x03: [...run(1, [1]), ...run(1, [0])] },
        bundleOps(2),
      ),
    "bad_changes",
    "order",
  ],
  [
    "a bundle with an id at two rows",
    () =>
      bundle(
        bundleChanges(2),
        { ...bundleOps(2), 0xb3: run(2, [0]) },
      ),
    "bad_changes",
    "id of its own",
  ],
  [
    "a bundle with an unknown actor",
    () => bundle({}, { 0x21: run(1, [7]) }),
    "bad_changes",
    "0x21",
  ],
  [
    "a bundle with no actors",
    () =>
      forge.forgeBundle({
        ...{ actors: [], changes: bundleChanges(1), ops: bundleOps(1) },
      }),
    "bad_changes",
    "0x01",
  ],
  [
    "a bundle of messages",
    () => bundle({ 0x45: run(MANY, [1, 107]) }),
    "too_large",
    "inflatedBytesMax",
  ],

  [
    "a document with 10,000,000 operations",
    () => document({}, documentOps(10_000_000)),
    "too_large",
    "rowsMax",
  ],
  [
    "a document that counts to 100,000,000",
    () => document({ 0x13: run(1, sleb(MANY)) }),
    "bad_changes",
    "0x13",
  ],
  [
    "a document with a hole",
    () => document({ 0x13: run(1, sleb(1_500_000)) }),
    "too_large",
    "rowsMax",
  ],
  ["a document of successors", () => document({}, { 0x80: run(1, many) }), "too_large", "rowsMax"],
  [
    "a document with hidden heads",
    () =>
      document({
        ...{ 0x01: run(2, [0]), 0x03: run(2, [1]), 0x13: run(2, [1]), 0x23: run(2, [0]) },
        ...{ 0x40: run(2, [0]), 0x56: run(2, [7]) },
      }),
    "bad_changes",
    "heads",
  ],
  [
    "a document with ids below 0",
    () => document({}, { 0x23: run(1, sleb(-3)) }),
    "bad_changes",
    "0x23",
  ],
  [
    "a document without ids",
    () =>
      forge.forgeDocument({
        ...{ changes: documentChange(1), ops: { 0x34: [1], 0x42: run(1, [1]), 0x56: run(1, [0]) } },
      }),
    "bad_changes",
    "no ids",
  ],
  [
    "a document with a head outside",
    () =>
      forge.forgeDocument({
        ...{ changes: documentChange(1), ops: documentOps(1), headIndexes: [1] },
      }),
    "bad_changes",
    "a head is change 1 of 1",
  ],
  [
    "a document with bytes behind it",
    () =>
      forge.forgeDocument({
        ...{ changes: documentChange(1), ops: documentOps(1), headIndexes: [0, 0] },
      }),
    "bad_changes",
    "follow the end",
  ],
];

for (const [name, attack, code, words] of REFUSED) {
  Deno.test(`scan() refuses ${name}`, () => {
    const error = assertThrows(() => scan(attack()), SyncError);
    assertStringIncludes(error.message, words);
    assertEquals(error.code, code);
  });
}

Deno.test("the forge is believed: without a lie, Automerge and scan() accept what it writes", () => {
  for (
    const bytes of [
      change(),
      bundle({}),
      change(setOps(500)),
      bundle(bundleChanges(50), bundleOps(50)),
    ]
  ) {
    assertEquals(scan(bytes).length, 1);
    assertEquals(A.getHeads(A.loadIncremental(A.init({ actor: "ee" }), bytes)).length, 1);
  }
  assertEquals(scan(document({})).length, 1); // only its heads are made up
  const error = assertThrows(() => A.load(document({})));
  assertStringIncludes(String(error), "mismatching heads");
});

Deno.test("scan() accepts what is just within the limits, and Automerge survives it", () => {
  const within: readonly (readonly [string, Uint8Array])[] = [
    ["operations", change(setOps(200_000))],
    ["heads", writers(SCAN_LIMITS.headsMax)],
    ["depth", chain(SCAN_LIMITS.depthMax - 1)],
    ["marks", marks(SCAN_LIMITS.marksMax)],
    ["a hole", change({}, 500_000)],
    [
      "a start after something unknown",
      forge.forgeChange({
        ...{ columns: setOps(1), startOp: OP_COUNTER_MAX, deps: ["ab".repeat(32)] },
      }),
    ],
    ["changes", bundle(bundleChanges(20_000), bundleOps(20_000))],
  ];
  for (const [name, bytes] of within) {
    assert(scan(bytes).length > 0, name);
    A.free(A.loadIncremental(A.init({ actor: "ee" }), bytes));
    assertAlive(name);
  }
});

/** What honest peers send, one of each type of chunk; the deflated one as its inflated body. */
function honest(): Record<"document" | "change" | "bundle", Uint8Array> {
  const first = A.change(
    A.init<Record<string, unknown>>({ actor: "00aa" }),
    { time: 1 },
    (draft) => {
      Object.assign(draft, {
        list: ["x", 1],
        text: "hello",
        count: new A.Counter(3),
        map: { a: 1.5 },
      });
    },
  );
  const other = A.change(A.clone(first, { actor: "11bb" }), { time: 2 }, (draft) => {
    A.splice(draft, ["text"], 1, 2, "XY");
    A.mark(draft, ["text"], { start: 0, end: 2, expand: "after" }, "bold", true);
    (draft.list as unknown[]).push({ deep: [1, { deeper: "é" }] });
  });
  const mine = A.change(first, { time: 3, message: "why" }, (draft) => {
    (draft.count as A.Counter).increment(2);
    delete (draft.map as { a?: number }).a;
  });
  const both = A.change(
    A.merge(mine, other),
    { time: 4 },
    (draft) => void (draft.end = new Date(7)),
  );
  const hashes = A.getChangesMetaSince(both, []).map((meta) => meta.hash);
  const document = A.save(both);
  return { document, change: A.getLastLocalChange(other)!, bundle: A.saveBundle(both, hashes) };
}

/** Scans; what is refused must be refused as a `SyncError`. */
function accepted(bytes: Uint8Array): boolean {
  try {
    scan(bytes);
    return true;
  } catch (error) {
    if (error instanceof SyncError) return false;
    throw error;
  }
}

function assertAlive(after: string): void {
  const empty = A.init<{ word?: string }>({ actor: "ff" });
  const made = A.change(empty, { time: 0 }, (draft) => void (draft.word = "alive"));
  const loaded = A.load<{ word?: string }>(A.save(made));
  assertEquals(loaded.word, "alive", after);
  for (const used of [made, loaded]) A.free(used);
}

/** Lets Automerge have what was accepted; it may refuse, but must live and leave a little only. */
function apply(bytes: Uint8Array, base: Uint8Array | undefined): void {
  const empty = A.init<Record<string, unknown>>({ actor: "ee" });
  const target = base === undefined ? empty : A.loadIncremental(empty, base);
  try {
    const applied = A.loadIncremental(target, bytes);
    A.toJS(applied);
    A.load(A.save(applied));
  } catch {
    // That it is refused here, and by which error, is for the ones who apply it.
  }
}

const all = honest();
const first = scan(all.change)[0]!;
assert(first.type === "change");
const bodyAt = (bytes: Uint8Array) => 9 + (bytes[9]! < 0x80 ? 1 : 2);

for (const type of ["document", "change", "bundle"] as const) {
  Deno.test(`scan() throws only SyncError on mutated bytes of a ${type} (seed ${SEED})`, () => {
    fc.assert(
      fc.property(someMutations, (mutations) => {
        accepted(mutate(all[type], mutations));
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  Deno.test(`mutated bytes of a ${type} with a right checksum do not hurt Automerge (seed ${SEED})`, () => {
    const body = all[type].subarray(bodyAt(all[type]));
    const kind = all[type][8]!;
    let passed = 0;
    fc.assert(
      fc.property(someMutations, (mutations) => {
        const mutant = forge.chunk(kind, mutate(body, mutations));
        if (!accepted(mutant)) return;
        passed++;
        apply(mutant, type === "change" ? all.document : undefined);
        if (passed % 20 === 0) assertAlive(`mutant ${passed}`);
      }),
      { seed: SEED, numRuns: 6_000 },
    );
    assertAlive(`${passed} mutants`);
    assert(passed > 300, `only ${passed} mutants got as far as Automerge`);
  });
}

Deno.test(`scan() throws only SyncError on mutated bytes of a deflated change (seed ${SEED})`, () => {
  const body = all.change.subarray(bodyAt(all.change));
  const whole = deflated(body);
  let passed = 0;
  fc.assert(
    fc.property(someMutations, fc.boolean(), (mutations, inside) => {
      const bytes = inside ? deflated(mutate(body, mutations)) : mutate(whole, mutations);
      if (accepted(bytes)) passed++;
    }),
    { seed: SEED, numRuns: 4_000 },
  );
  assert(passed > 50, `only ${passed} were accepted`);
});
