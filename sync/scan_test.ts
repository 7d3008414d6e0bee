import { concat } from "./_concat.ts";
import { deflateRawSync } from "node:zlib";
import * as A from "@automerge/automerge/slim";
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SyncError } from "./errors.ts";
import {
  type ChunkSize,
  scan,
  type ScanLimits,
  type ScannedChange,
  type ScannedChunk,
} from "./scan.ts";

await A.initializeBase64Wasm(automergeWasmBase64);

const SEED = 20_261;

interface Draft {
  list: unknown[];
  text: string;
  count: A.Counter;
  [key: string]: unknown;
}

/** One edit; `n` says which of each kind. */
const EDITS: readonly ((draft: Draft, n: number) => void)[] = [
  (draft, n) => void draft.list.push({ n, tags: ["ä", null, true, -5, 1.5, new Date(n)] }),
  (draft, n) => void draft.list.unshift(new Uint8Array([n, 2, 3])),
  (draft, n) => void (draft.list.length > 0 && draft.list.splice(n % draft.list.length, 1)),
  (draft, n) => void (draft[`key${n % 5}`] = "wide ".repeat(n * 3)),
  (draft, n) => void delete draft[`key${n % 5}`],
  (draft, n) => A.splice(draft, ["text"], n % (draft.text.length + 1), 0, "ab€"),
  (draft) => void (draft.text.length > 0 && A.splice(draft, ["text"], 0, 1)),
  (draft, n) => draft.count.increment(-n),
  (draft, n) =>
    void (draft.words = Array.from({ length: n }, (_, i) => new A.ImmutableString(`w${i}`))),
  (draft, n) =>
    A.mark(draft, ["text"], { start: 0, end: draft.text.length, expand: "both" }, `m${n % 3}`, n),
];

/** What three writers do: who, which edit, with what; 99 is to take in the next writer's work. */
const someWork = fc.array(
  fc.tuple(fc.nat(2), fc.oneof(fc.nat(EDITS.length - 1), fc.constant(99)), fc.nat(90)),
  { minLength: 1, maxLength: 25 },
);

function work(steps: readonly (readonly [number, number, number])[]): A.Doc<Draft> {
  const empty = A.init<Draft>({ actor: "00aa" });
  const first = A.change(empty, { time: 1 }, (draft) => {
    Object.assign(draft, { list: [], text: "héllo", count: new A.Counter(1) });
  });
  const all = [first, ...["11bb", "22cc"].map((actor) => A.clone(first, { actor }))];
  steps.forEach(([who, edit, n], i) => {
    const options = { time: i * 1000 - 5000, ...(n % 7 === 0 ? { message: "why ü" } : {}) };
    all[who] = edit === 99
      ? A.merge(all[who]!, all[(who + 1) % 3]!)
      : A.change(all[who]!, options, (draft) => EDITS[edit]!(draft, n));
  });
  return A.merge(A.merge(all[0]!, all[1]!), all[2]!);
}

function asAutomergeSays(change: Uint8Array): Partial<ScannedChange> {
  const { hash, deps, actor, seq, startOp, time, ops } = A.decodeChange(change);
  return {
    type: "change",
    hash: hash!,
    deps,
    actor,
    seq,
    startOp,
    opCount: ops.length,
    timeS: time,
  };
}

function factsOf(chunk: ScannedChunk): Partial<ScannedChange> {
  if (chunk.type !== "change") throw new TypeError(`expected a change, got a ${chunk.type}`);
  const size: ChunkSize = { bytes: 0, inflatedBytes: 0, rows: 0, changes: 0, objects: 0 };
  return Object.fromEntries(Object.entries(chunk).filter(([name]) => !(name in size)));
}

Deno.test("scan() agrees with Automerge on every change", () => {
  fc.assert(
    fc.property(someWork, (steps) => {
      const document = work(steps);
      const changes = A.getAllChanges(document);
      const expected = changes.map(asAutomergeSays);
      assertEquals(changes.flatMap((change) => scan(change)).map(factsOf), expected);
      assertEquals(scan(A.saveSince(document, [])).map(factsOf), expected);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

Deno.test("scan() agrees with Automerge on documents and bundles of any part of one", () => {
  fc.assert(
    fc.property(someWork, fc.infiniteStream(fc.boolean()), (steps, choices) => {
      const document = work(steps);
      const metas = A.getChangesMetaSince(document, []);
      const [saved] = scan(A.save(document));
      assert(saved?.type === "document");
      assertEquals([...saved.heads].sort(), A.getHeads(document).sort());
      assertEquals(saved.actors, [...new Set(metas.map((meta) => meta.actor))].sort());
      assertEquals(saved.changeCount, metas.length);

      const part = metas.filter((meta) => meta.seq > 0 && choices.next().value);
      const inside = new Set(part.map((meta) => meta.hash));
      const [bundle] = scan(A.saveBundle(document, [...inside]));
      assert(bundle?.type === "bundle");
      assertEquals(bundle.changeCount, part.length);
      assertEquals(bundle.highestOp, Math.max(0, ...part.map((meta) => meta.maxOp)));
      assertEquals(bundle.opCount, part.reduce((sum, m) => sum + m.maxOp - m.startOp + 1, 0));
      const outside = part.flatMap((meta) => meta.deps).filter((dep) => !inside.has(dep));
      assertEquals([...bundle.deps].sort(), [...new Set(outside)].sort());
    }),
    { seed: SEED, numRuns: 60 },
  );
});

Deno.test("scan() returns [] for no bytes, and one entry per chunk otherwise", () => {
  assertEquals(scan(new Uint8Array(0)), []);
  const document = work([[0, 0, 7], [1, 5, 3]]);
  const hashes = A.getChangesMetaSince(document, []).map((meta) => meta.hash);
  const parts = [A.save(document), A.saveSince(document, []), A.saveBundle(document, hashes)];
  const all = scan(concat(parts));
  assertEquals(all.map(({ type }) => type), ["document", "change", "change", "change", "bundle"]);
  assertEquals(all.reduce((sum, { bytes }) => sum + bytes, 0), concat(parts).length);
});

Deno.test("scan() tells the same of a change that is deflated", () => {
  const document = A.change(A.init<Draft>({ actor: "aa" }), { time: 0 }, (draft) => {
    draft.words = "x".repeat(5000);
  });
  const change = A.getLastLocalChange(document)!;
  const body = deflateRawSync(change.subarray(8 + 1 + 2));
  assert(body.length < 128, "the length of the body fits into one byte");
  const deflated = concat([change.subarray(0, 8), Uint8Array.of(2, body.length), body]);

  const [facts] = scan(deflated);
  assertEquals(factsOf(facts!), asAutomergeSays(change));
  assertEquals(facts!.bytes, deflated.length);
  assert(facts!.inflatedBytes > 5000);
  assertThrows(() => scan(deflated, { inflatedBytesMax: 4000 }), SyncError, "inflatedBytesMax");
  const longer = concat([change.subarray(0, 8), Uint8Array.of(2, body.length + 1), body, body]);
  const error = assertThrows(() => scan(longer.subarray(0, deflated.length + 1)), SyncError);
  assertStringIncludes(error.message, "bytes follow a deflate stream");
});

Deno.test("scan() accepts changes that name their author", () => {
  const empty = A.init<Draft>({ author: "dd".repeat(16) });
  const document = A.change(empty, { time: 0 }, (draft) => void (draft.a = 1));
  assertEquals(
    scan(A.saveSince(document, [])).map(factsOf),
    A.getAllChanges(document).map(asAutomergeSays),
  );
  assertEquals(scan(A.save(document)).length, 1);
});

Deno.test("scan() refuses every truncation of an honest payload", () => {
  const document = work([[0, 0, 7], [1, 5, 3], [2, 9, 1]]);
  const hashes = A.getChangesMetaSince(document, []).map((meta) => meta.hash);
  for (
    const bytes of [A.save(document), A.getAllChanges(document)[0]!, A.saveBundle(document, hashes)]
  ) {
    for (let length = 1; length < bytes.length; length++) {
      const error = assertThrows(() => scan(bytes.subarray(0, length)), SyncError);
      assertEquals(error.code, "bad_changes");
    }
  }
});

Deno.test("scan() says by name which limit is reached", () => {
  const document = work([[0, 0, 7], [1, 5, 3], [2, 9, 1]]);
  const bytes = concat([A.save(document), A.saveSince(document, [])]);
  const limits: Required<ScanLimits> = {
    ...{ bytesMax: 100, inflatedBytesMax: 50, rowsMax: 9, chunksMax: 1, changesMax: 3, depsMax: 2 },
    ...{ headsMax: 2, actorsMax: 1, actorBytesMax: 1, opCounterMax: 9, objectsMax: 1 },
    ...{ marksMax: 1, depthMax: 2, pathStepsMax: 5 },
  };
  for (const [name, max] of Object.entries(limits)) {
    const error = assertThrows(() => scan(bytes, { [name]: max }), SyncError);
    const expected = name === "opCounterMax" ? ["bad_changes", "9"] : ["too_large", name];
    assertEquals(error.code, expected[0], `${name}: ${error.message}`);
    assertStringIncludes(error.message, expected[1]!);
  }
  assertEquals(scan(bytes).length, 5);
});
