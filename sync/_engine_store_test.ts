import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Changed, EngineStore } from "./_engine_store.ts";
import { artifactRules } from "./_artifact_rules.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { SyncError } from "./errors.ts";
import { actorOf, parseArtifactId, parseChangeHash, parseHeads, parseMemberId } from "./ids.ts";
import { MemoryStore } from "./memory_store.ts";
import { seededSources } from "./sources.ts";
import { COMPACT_CHUNK_BYTES_MIN } from "./store.ts";
import type { DocumentRules } from "./synced_document.ts";

const SEED = 20260113;
const RULES = [artifactRules(new Map(), undefined)] as unknown as readonly DocumentRules[];
const hex32 = (n: number) => n.toString(16).padStart(64, "0");
const child = (n: number) => parseArtifactId(hex32(n));
const [ada, ben] = [parseMemberId("a1".repeat(32)), parseMemberId("b2".repeat(32))];
const writer = (session: number) => ({ actor: actorOf(ada, session), nowMs: () => 5_000 });
const story = () =>
  ArtifactDocument.create({ nonce: new Uint8Array(32), artifactType: "story", ...writer(1) });

/** What one step of an engine has changed. */
function changed(...write: ((changed: Changed) => unknown)[]): Changed {
  const result = new Changed();
  for (const each of write) each(result);
  return result;
}

Deno.test("EngineStore.openSession() gives a number that was never given", () => {
  const store = new MemoryStore();
  const sources = seededSources("sessions", () => 0);
  const open = () => new EngineStore(store, ada, RULES).openSession(sources);
  const first = open();
  assertEquals([open(), open()], [first + 1, first + 2]);
  // Whoever has lost its store must not be the actor that it was.
  assertNotEquals(new EngineStore(new MemoryStore(), ada, RULES).openSession(sources), first);
});

Deno.test("Changed.isEmpty is false as soon as there is anything to keep", () => {
  assert(new Changed().isEmpty);
  using document = story();
  const writes: ((changed: Changed) => unknown)[] = [
    ({ documents }) => documents.add(document),
    ({ removed }) => removed.add(child(1)),
    ({ known }) => known.set("x", []),
    ({ vouchers }) =>
      vouchers.push([child(1), {
        ...{ member: ada, change: parseChangeHash(hex32(1)), signature: new Uint8Array(64) },
      }]),
    ({ quarantined }) => quarantined.push([child(1), ben]),
    (one) => one.numberCeiling = 0,
  ];
  for (const write of writes) assertEquals(changed(write).isEmpty, false);
});

Deno.test("EngineStore.write() keeps everything that a later one reads", () => {
  const store = new MemoryStore();
  using document = story();
  const { artifactId } = document;
  const [heads, signature] = [parseHeads([hex32(1), hex32(2)]), new Uint8Array(64).fill(3)];
  const voucher = { member: ben, change: parseChangeHash(hex32(4)), signature };
  new EngineStore(store, ada, RULES).write(changed(
    ({ documents }) => documents.add(document),
    ({ known }) => known.set(`${artifactId}/${ben}`, heads),
    ({ vouchers }) => vouchers.push([artifactId, voucher]),
    ({ quarantined }) => quarantined.push([artifactId, ben]),
    (one) => one.numberCeiling = 1024,
  ));
  const later = new EngineStore(store, ada, RULES);
  const [reopened] = later.readDocuments(writer(2)) as [ArtifactDocument];
  assertEquals(reopened.getHeads(), document.getHeads());
  assertEquals(later.readTracker().get(artifactId, ben), heads);
  assertEquals(later.readTracker().get(artifactId, ada), [], "one's own heads are no record");
  assertEquals(later.readVouchers(), [[artifactId, voucher]]);
  assertEquals(later.readQuarantined(), [[artifactId, ben]]);
  assertEquals(later.readNumberCeiling(), 1024);
  later.write(changed(({ known }) => known.set(`${artifactId}/${ben}`, [])));
  assertEquals(later.readTracker().get(artifactId, ben), []);
  reopened[Symbol.dispose]();
});

Deno.test("EngineStore.write() of a removed document leaves nothing of it", () => {
  const store = new MemoryStore();
  using document = story();
  const { artifactId } = document;
  const engines = new EngineStore(store, ada, RULES);
  engines.write(changed(
    ({ documents }) => documents.add(document),
    ({ known }) => known.set(`${artifactId}/${ben}`, document.getHeads()),
    ({ quarantined }) => quarantined.push([artifactId, ben]),
  ));
  engines.write(changed(({ removed }) => removed.add(artifactId)));
  assertEquals(store.documents(), []);
  for (const space of ["heads", "vouchers", "quarantined"]) assertEquals(store.entries(space), []);
  // If it comes back it is kept whole.
  engines.write(changed(({ documents }) => documents.add(document)));
  const [reopened] = engines.readDocuments(writer(2)) as [ArtifactDocument];
  assertEquals(reopened.getHeads(), document.getHeads());
  reopened[Symbol.dispose]();
});

Deno.test("EngineStore.write() appends what is new, and in the end writes a snapshot", () => {
  const store = new MemoryStore();
  using document = story();
  const engines = new EngineStore(store, ada, RULES);
  const keep = () => engines.write(changed(({ documents }) => documents.add(document)));
  keep();
  const sizes = () => store.readDocument(document.artifactId)!.chunks.length;
  assertEquals(sizes(), 0);
  document.appendRef(child(1));
  document.appendRef(child(2));
  keep();
  assertEquals(sizes(), 2);
  keep();
  assertEquals(sizes(), 2, "nothing is new");
  document.setMetadata("k", seededSources("k", () => 0).randomBytes(COMPACT_CHUNK_BYTES_MIN));
  keep();
  assertEquals(sizes(), 0);
});

Deno.test("EngineStore.write() keeps all of a step or nothing", () => {
  const store = new MemoryStore();
  using document = story();
  const engines = new EngineStore(store, ada, RULES);
  const bad = changed(
    ({ documents }) => documents.add(document),
    ({ known }) => known.set("\0", document.getHeads()),
  );
  assertThrows(() => engines.write(bad), TypeError);
  assertEquals(store.documents(), []);
  engines.write(changed(({ documents }) => documents.add(document)));
  assertEquals(engines.readDocuments(writer(2)).length, 1);
});

Deno.test("EngineStore.readDocuments() refuses a document that lacks a change or has another name", () => {
  const damages: ((store: MemoryStore, id: string) => void)[] = [
    (store, id) => {
      const { snapshot, chunks } = store.readDocument(id)!;
      store.transact((writer) => {
        writer.putSnapshot(id, snapshot!);
        for (const chunk of chunks.slice(0, -1)) writer.appendChunk(id, chunk);
      });
    },
    (store, id) => {
      const { snapshot } = store.readDocument(id)!;
      store.transact((writer) => writer.putSnapshot(child(9), snapshot!));
    },
    (store, id) => store.transact((writer) => writer.putSnapshot(id, new Uint8Array(99))),
  ];
  for (const damage of damages) {
    const store = new MemoryStore();
    using document = story();
    const engines = new EngineStore(store, ada, RULES);
    for (let n = 0; n < 2; n++) {
      document.appendRef(child(n));
      engines.write(changed(({ documents }) => documents.add(document)));
    }
    damage(store, document.artifactId);
    assertThrows(() => new EngineStore(store, ada, RULES).readDocuments(writer(2)), SyncError);
  }
});

Deno.test(`law: what is kept after each step opens as it was (seed ${SEED})`, () => {
  const step = fc.record({ does: fc.constantFrom("write", "merge", "keep"), n: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const store = new MemoryStore();
      const engines = new EngineStore(store, ada, RULES);
      using document = story();
      using other = document.fork({ actor: actorOf(ben, 1), nowMs: () => 5_000 });
      engines.write(changed(({ documents }) => documents.add(document)));
      for (const { does, n } of [...steps, { does: "keep" }] as typeof steps) {
        if (does === "write") document.appendRef(child(n));
        else if (does === "merge") {
          other.removeRef(child(n));
          other.appendRef(child(n));
          document.applyEncoded(other.encodeChangesSince(document.getHeads()));
        } else {
          engines.write(changed(({ documents }) => documents.add(document)));
          const [reopened] = new EngineStore(store, ada, RULES).readDocuments(writer(2));
          assertEquals(reopened!.getHeads(), document.getHeads());
          assertEquals((reopened as ArtifactDocument).references(), document.references());
          reopened![Symbol.dispose]();
        }
      }
    }),
    { seed: SEED, numRuns: 50 },
  );
});
