import * as A from "@automerge/automerge/slim";
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SyncError } from "../sync/errors.ts";
import { OP_COUNTER_MAX, scan, SCAN_LIMITS } from "../sync/scan.ts";
import * as forge from "./_forge.ts";
import { chain, change, deflated, HOSTILE_CHANGES, marks, writers } from "./_hostile_changes.ts";
import { bundle, document, HOSTILE_HISTORIES } from "./_hostile_histories.ts";
import { mutate, someMutations } from "./_mutations.ts";
import { nonsenseBundle, nonsenseChange } from "./_nonsense.ts";

await A.initializeBase64Wasm(automergeWasmBase64);

const SEED = 20_263;

for (const [name, attack, code, words] of [...HOSTILE_CHANGES, ...HOSTILE_HISTORIES]) {
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
      change(forge.setOps(500)),
      bundle(forge.bundleChanges(50), forge.bundleOps(50)),
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
    ["operations", change(forge.setOps(200_000))],
    ["heads", writers(SCAN_LIMITS.headsMax)],
    ["depth", chain(SCAN_LIMITS.depthMax - 1)],
    ["marks", marks(SCAN_LIMITS.marksMax)],
    ["a hole", change({}, 500_000)],
    [
      "a start after something unknown",
      forge.forgeChange({
        ...{ columns: forge.setOps(1), startOp: OP_COUNTER_MAX, deps: ["ab".repeat(32)] },
      }),
    ],
    ["changes", bundle(forge.bundleChanges(20_000), forge.bundleOps(20_000))],
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
        if (forge.sameBytes(mutant, all[type]) || !accepted(mutant)) return;
        passed++;
        apply(mutant, type === "change" ? all.document : undefined);
        if (passed % 20 === 0) assertAlive(`mutant ${passed}`);
      }),
      { seed: SEED, numRuns: 20_000 },
    );
    assertAlive(`${passed} mutants`);
    assert(passed > 0, "no mutant got as far as Automerge");
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

for (const [type, nonsense] of [["change", nonsenseChange], ["bundle", nonsenseBundle]] as const) {
  Deno.test(`a well-formed ${type} of nonsense does not hurt Automerge (seed ${SEED})`, () => {
    let passed = 0;
    fc.assert(
      fc.property(nonsense, (bytes) => {
        if (!accepted(bytes)) return;
        apply(bytes, undefined);
        if (++passed % 20 === 0) assertAlive(`nonsense ${passed}`);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
    assertAlive(`all ${passed}`);
    assert(passed > 300, `only ${passed} of 2000 got as far as Automerge`);
  });
}
