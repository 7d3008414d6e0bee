import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import * as Automerge from "@automerge/automerge/slim";
import { ArtifactDocument } from "./artifact_document.ts";
import type { AccessGrant } from "./access.ts";
import { artifactIdOf } from "./artifact_schema.ts";
import { SyncError } from "./errors.ts";
import { seededSources } from "./sources.ts";
import { actorOf, parseArtifactId, parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";
import { mutants } from "../tests/_mutations.ts";

const SEED = 20260103;
const id = (n: number) => n.toString(16).padStart(64, "0");
const child = (n: number) => parseArtifactId(id(1000 + n));
const ada = parseMemberId("a1".repeat(32));
const ben = parseMemberId("b2".repeat(32));
const writer = (member: MemberId, session = 0, atMs = 5000) => ({
  actor: actorOf(member, session),
  nowMs: () => atMs,
});
const nonce = new Uint8Array(32);
const artifactId = artifactIdOf(ada, nonce);
const create = (session = 0) =>
  ArtifactDocument.create({ nonce, artifactType: "story", ...writer(ada, session) });
const merge = (from: ArtifactDocument, to: ArtifactDocument) =>
  to.applyChanges(from.getChangesSince(to.getHeads()));
const ids = (document: ArtifactDocument) => document.references().map((ref) => ref.artifactId);
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("ArtifactDocument.create() initialises the schema", () => {
  using document = create();
  assertEquals(document.artifactId, artifactId);
  assertEquals(document.steward(), ada);
  assertEquals(document.artifactType(), "story");
  assertEquals(document.status(), "active");
  assertEquals(document.createdAtMs(), 5000);
  assertEquals(document.references(), []);
  assertEquals(document.grants(), []);
  assertEquals(document.metadata(), new Map());
  assert(document.isCreated);
  assertEquals(document.getHeads().length, 1);
  assertEquals(document.getAllChanges().length, 2); // genesis and creation
});

Deno.test("a saved document is plain Automerge, its words scalars", () => {
  using document = create();
  document.appendRef(child(1), { position: 7, label: "one" });
  const plain = Automerge.load<Record<string, unknown>>(document.save());
  const word = (text: string) => ({ scalar: text });
  assertEquals(plainly(Automerge.toJS(plain)), {
    artifact_id: word(artifactId),
    artifact_type: word("story"),
    created_at: 5000,
    grants: [],
    metadata: {},
    nonce,
    references: [[{ artifact_id: word(child(1)), label: word("one"), position: 7 }]],
    status: word("active"),
    steward: word(ada),
  });
});

function plainly(value: unknown): unknown {
  if (value instanceof Automerge.ImmutableString) return { scalar: value.toString() };
  if (Array.isArray(value)) return value.map(plainly);
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainly(member)]));
}

Deno.test("ArtifactDocument.appendRef() costs a handful of operations", () => {
  using document = create();
  const operations = () => Automerge.stats(Automerge.load(document.save())).numOps;
  document.appendRef(child(1), { label: "the first opens a page" });
  const before = operations();
  document.appendRef(child(2), { label: "a label of some thirty letters" });
  assertEquals(operations() - before, 4);
});

Deno.test("ArtifactDocument.appendRef() on two forks keeps both after a merge", () => {
  using left = create();
  using right = left.fork(writer(ben));
  left.appendRef(child(1), { label: "left" });
  right.appendRef(child(2), { label: "right" });
  merge(left, right);
  merge(right, left);
  assertEquals(ids(left).toSorted(), [child(1), child(2)]);
  assertEquals(left.references(), right.references());
  assertEquals(left.getHeads(), right.getHeads());
  assertEquals(left.getHeads().length, 2);
});

Deno.test("ArtifactDocument.references() sorts by position, then by id", () => {
  using document = create();
  document.appendRef(child(3), { position: 5 });
  document.appendRef(child(2), { position: 9 });
  document.appendRef(child(1), { position: 5 });
  document.appendRef(child(4), { position: 0 });
  assertEquals(ids(document), [child(4), child(1), child(3), child(2)]);
});

Deno.test("ArtifactDocument.appendRef() without a position sorts behind all that was seen", () => {
  using left = create();
  using right = left.fork(writer(ben, 0, 1)); // a clock that is far behind
  left.appendRef(child(1));
  merge(left, right);
  right.appendRef(child(2));
  right.appendRef(child(3));
  using reopened = ArtifactDocument.load(right.save(), writer(ben, 1, 1));
  reopened.appendRef(child(4));
  using forked = reopened.fork(writer(ben, 2, 1));
  forked.appendRef(child(5));
  assertEquals(ids(forked), [1, 2, 3, 4, 5].map(child));
});

Deno.test("ArtifactDocument.appendRef() is not pushed into the far future by a hostile position", () => {
  using document = create();
  document.appendRef(child(1), { position: Number.MAX_SAFE_INTEGER });
  document.appendRef(child(2));
  assertEquals(document.references()[0]?.position, 5000 * 1024);
  assertEquals(ids(document), [child(2), child(1)]);
});

Deno.test("ArtifactDocument.appendRef() keeps counting behind a hostile position", () => {
  using document = create();
  document.appendRef(child(9), { position: Number.MAX_SAFE_INTEGER });
  for (const n of [5, 4, 3]) document.appendRef(child(n));
  assertEquals(ids(document), [5, 4, 3, 9].map(child));
  using loaded = ArtifactDocument.load(document.save(), writer(ben));
  loaded.appendRef(child(2));
  assertEquals(ids(loaded), [5, 4, 3, 2, 9].map(child));
});

Deno.test("metadata called position has nothing to do with positions", () => {
  using left = create();
  using right = left.fork(writer(ben));
  left.setMetadata("position", new Uint8Array([1, 2]));
  merge(left, right);
  right.appendRef(child(1));
  assertEquals(right.references()[0]?.position, 5000 * 1024);
});

Deno.test("a refused change does not move the positions", () => {
  using left = create();
  using right = left.fork(writer(ben));
  left.appendRef(child(1), { position: 5000 * 1024 + 99 });
  const changes = left.encodeChangesSince(right.getHeads());
  assertThrows(() => right.applyEncoded(changes, [parseHead(9)]), SyncError);
  right.appendRef(child(2));
  assertEquals(right.references()[0]?.position, 5000 * 1024);
});

Deno.test("ArtifactDocument.applyEncoded() of a bundle applies it, announced or not", () => {
  using left = create();
  using right = left.fork(writer(ben));
  for (let n = 0; n < 10; n++) left.appendRef(child(n));
  const bundle = left.encodeChangesSince(right.getHeads());
  assertEquals(right.applyEncoded(bundle).type, "applied");
  assertEquals(right.applyEncoded(bundle), { type: "already_had" });
  assertEquals(right.references().length, 10);
});

Deno.test("ArtifactDocument refuses local writes that no peer would take", () => {
  using document = create();
  const heads = document.getHeads();
  const grant = { grantee: ben, grantedBy: ada, grantedAtMs: 1 };
  assertThrows(() => document.addGrant({ ...grant, mode: "forever" as "permanent" }), TypeError);
  assertThrows(() => document.setSteward("nobody" as MemberId), TypeError);
  assertThrows(() => document.addGrant({ ...grant, grantee: "x" as MemberId, mode: "permanent" }));
  assertEquals(document.getHeads(), heads);
  assertThrows(() => document.fork({ ...writer(ben), actor: "abcd" as never }), TypeError, "actor");
  const clockless = { ...writer(ben), nowMs: () => NaN };
  assertThrows(() => ArtifactDocument.awaiting(artifactId, clockless), TypeError, "clock");
});

Deno.test("a document that is full takes no local writes, and can still be saved and loaded", () => {
  using document = create();
  const noise = seededSources("noise", () => 0).randomBytes(64 * 1024);
  let written = 0;
  const fill = () => {
    for (; written < 1000; written++) {
      document.setMetadata(`k${written}`, noise);
    }
  };
  const error = assertThrows(fill, SyncError);
  assertEquals(error.code, "too_large");
  assert(written >= 192 && written < 256, `${written} values of 64 KiB`);
  ArtifactDocument.load(document.save(), writer(ben))[Symbol.dispose]();
});

Deno.test("ArtifactDocument[Symbol.dispose]() twice is harmless; using it afterwards is an error", () => {
  const document = create();
  document[Symbol.dispose]();
  document[Symbol.dispose]();
  assertEquals(assertThrows(() => document.save(), SyncError).code, "disposed");
  assertEquals(assertThrows(() => document.appendRef(child(1)), SyncError).code, "disposed");
});

Deno.test("ArtifactDocument.appendRef() refuses what cannot be a reference", () => {
  using document = create();
  const heads = document.getHeads();
  for (const position of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => document.appendRef(child(1), { position }), RangeError, "whole number");
  }
  for (const label of ["x".repeat(1025), "\ud800"]) {
    assertThrows(() => document.appendRef(child(1), { label }), RangeError, "label");
  }
  assertEquals(document.getHeads(), heads);
  document.appendRef(child(1), { label: "x".repeat(1024) });
});

Deno.test("ArtifactDocument.removeRef() removes every reference to a child, on every page", () => {
  using document = create();
  for (let n = 0; n < 600; n++) document.appendRef(child(n % 3), { position: n });
  document.removeRef(child(1));
  assertEquals(document.references().length, 400);
  assertFalse(ids(document).includes(child(1)));
  const heads = document.getHeads();
  document.removeRef(child(1));
  assertEquals(document.getHeads(), heads);
});

Deno.test("ArtifactDocument.removeRef() wins over what it saw and not over what it did not", () => {
  using left = create();
  left.appendRef(child(1), { label: "old" });
  using right = left.fork(writer(ben));
  left.removeRef(child(1));
  right.appendRef(child(1), { label: "new" });
  merge(left, right);
  assertEquals(right.references().map(({ label }) => label), ["new"]);
});

Deno.test("pages stay at 256 entries and are filled again", () => {
  using document = create();
  for (let n = 0; n < 600; n++) document.appendRef(child(n), { position: n });
  const pages = () =>
    Automerge.toJS(Automerge.load<{ references: unknown[][] }>(document.save())).references
      .map((page) => page.length);
  assertEquals(pages(), [256, 256, 88]);
  assertEquals(ids(document), Array.from({ length: 600 }, (_, n) => child(n)));
});

Deno.test("ArtifactDocument.addGrant() then grants() is identity for each mode", () => {
  using document = create();
  const grants: AccessGrant[] = [
    { grantee: ada, grantedBy: ben, grantedAtMs: 1, mode: "permanent" },
    { grantee: ben, grantedBy: ada, grantedAtMs: 2, mode: "timed", expiresAtMs: 9 },
    { grantee: parseMemberId(id(3)), grantedBy: ada, grantedAtMs: 3, mode: "revocable" },
    { grantee: parseMemberId(id(4)), grantedBy: ada, grantedAtMs: 4, mode: "transfer" },
  ];
  for (const grant of grants) document.addGrant(grant);
  const byGrantee = grants.toSorted((left, right) => left.grantee < right.grantee ? -1 : 1);
  assertEquals(document.grants(), byGrantee);
  using loaded = ArtifactDocument.load(document.save(), writer(ben));
  assertEquals(loaded.grants(), byGrantee);
});

Deno.test("ArtifactDocument.addGrant() replaces a grantee's grant, removeGrant() removes it", () => {
  using document = create();
  document.addGrant({ grantee: ben, grantedBy: ada, grantedAtMs: 1, mode: "revocable" });
  document.addGrant({ grantee: ben, grantedBy: ada, grantedAtMs: 2, mode: "permanent" });
  assertEquals(document.grants().map(({ mode }) => mode), ["permanent"]);
  document.removeGrant(ben);
  assertEquals(document.grants(), []);
  const grant = { grantee: ben, grantedBy: ada, grantedAtMs: 0.5, mode: "revocable" } as const;
  assertThrows(() => document.addGrant(grant), RangeError, "whole milliseconds");
});

Deno.test("ArtifactDocument.setMetadata() of two keys at once keeps both, of one keeps one", () => {
  using left = create();
  using right = left.fork(writer(ben));
  left.setMetadata("color", bytes("blue"));
  right.setMetadata("size", bytes("large"));
  left.setMetadata("both", bytes("left"));
  right.setMetadata("both", bytes("right"));
  merge(left, right);
  merge(right, left);
  assertEquals(left.metadata(), right.metadata());
  assertEquals([...left.metadata().keys()], ["both", "color", "size"]);
  assertEquals(left.getMetadata("color"), bytes("blue"));
  assertEquals(left.getMetadata("size"), bytes("large"));
  assertEquals(left.getMetadata("missing"), undefined);
});

Deno.test("ArtifactDocument.setMetadata() keeps bytes exactly and stops at its limits", () => {
  using document = create();
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  document.setMetadata("all", all);
  assertEquals(document.getMetadata("all"), all);
  document.setMetadata("k".repeat(128), new Uint8Array(64 * 1024));
  assertThrows(() => document.setMetadata("k".repeat(129), all), RangeError);
  assertThrows(() => document.setMetadata("", all), RangeError);
  assertThrows(() => document.setMetadata("big", new Uint8Array(64 * 1024 + 1)), RangeError);
});

Deno.test("ArtifactDocument.setStatus() and setSteward() write registers", () => {
  using left = create();
  using right = left.fork(writer(ben));
  left.setStatus("recalled");
  left.setSteward(ben);
  merge(left, right);
  assertEquals(right.status(), "recalled");
  assertEquals(right.steward(), ben);
  assertThrows(() => left.setStatus("gone" as "active"), TypeError, "recalled");
});

Deno.test("ArtifactDocument.create() refuses a type that is not one word", () => {
  for (const artifactType of ["", "two words", "a\u0000b", "x".repeat(65)]) {
    const options = { nonce, artifactType, ...writer(ada) };
    assertThrows(() => ArtifactDocument.create(options), TypeError, "not one word");
  }
});

Deno.test("ArtifactDocument.save() then load() is identity", () => {
  using document = create();
  document.appendRef(child(1), { label: "one" });
  document.setMetadata("k", bytes("v"));
  using loaded = ArtifactDocument.load(document.save(), writer(ben));
  assertEquals(loaded.getHeads(), document.getHeads());
  assertEquals(loaded.save(), document.save());
  assertEquals(loaded.references(), document.references());
  assertEquals(loaded.artifactId, artifactId);
  loaded.appendRef(child(2));
  assertEquals(document.references().length, 1);
});

Deno.test("ArtifactDocument.getChangesSince() is the delta, everything for []", () => {
  using document = create();
  document.appendRef(child(1));
  const heads = document.getHeads();
  document.appendRef(child(2));
  document.appendRef(child(3));
  assertEquals(document.getChangesSince(heads).length, 2);
  assertEquals(document.getChangesSince([]).length, 5);
  assertEquals(document.getChangesSince(document.getHeads()), []);
  assertEquals(document.getAllChanges(), document.getChangesSince([]));
  const unknown = [...heads, parseHead(9)];
  assertEquals(document.getChangesSince(unknown).length, 2);
});

Deno.test("ArtifactDocument.applyChanges() says what it did", () => {
  using left = create();
  using right = left.fork(writer(ben));
  const base = left.getHeads();
  left.appendRef(child(1));
  const middle = left.getHeads();
  left.appendRef(child(2));
  const second = left.getChangesSince(middle);
  const before = right.save();

  const waiting = right.applyChanges(second);
  assertEquals(waiting, { type: "waiting", missing: middle });
  assertEquals(right.save(), before);

  assertEquals(right.applyChanges(left.getChangesSince(base)).type, "applied");
  assertEquals(right.applyChanges(second), { type: "already_had" });
  assertEquals(right.applyChanges([]), { type: "already_had" });
  assertEquals(right.getHeads(), left.getHeads());
});

Deno.test("ArtifactDocument.applyEncoded() requires the announced heads", () => {
  using left = create();
  using right = left.fork(writer(ben));
  left.appendRef(child(1));
  const before = right.save();
  const error = assertThrows(
    () => right.applyEncoded(left.encodeChangesSince(right.getHeads()), [parseHead(9)]),
    SyncError,
  );
  assertEquals(error.code, "heads_absent");
  assertEquals(right.save(), before);
  const nothing = right.applyEncoded(new Uint8Array(0), left.getHeads());
  assertEquals(nothing, { type: "waiting", missing: left.getHeads() });
});

Deno.test("two independently created documents of one id merge without losing either side", () => {
  using left = create(0);
  using right = create(1); // the same member, on another device
  left.appendRef(child(1));
  left.addGrant({ grantee: ben, grantedBy: ada, grantedAtMs: 1, mode: "revocable" });
  right.appendRef(child(2));
  right.setMetadata("k", bytes("v"));
  merge(left, right);
  merge(right, left);
  assertEquals(left.getHeads(), right.getHeads());
  assertEquals(ids(left).toSorted(), [child(1), child(2)]);
  assertEquals(right.references(), left.references());
  assertEquals(right.grants().length, 1);
  assertEquals(left.getMetadata("k"), bytes("v"));
  assertEquals(left.steward(), right.steward());
});

Deno.test("the genesis is golden: every release computes the same", () => {
  using document = ArtifactDocument.awaiting(artifactId, writer(ada));
  assertEquals(document.getHeads() as readonly string[], [
    "3bda9030af8105adbdc21ac5fdc0fa9d3687d9b12ec7a579fc65537ecc50f806",
  ]);
  assertFalse(document.isCreated);
  assertEquals(assertThrows(() => document.steward(), SyncError).code, "not_created");
});

/** What a peer may do to its copy, for the laws below. */
const step = fc.record({
  peer: fc.nat(2),
  kind: fc.constantFrom("append", "remove", "metadata", "grant", "revoke"),
  n: fc.nat(6),
});

function play(steps: readonly { peer: number; kind: string; n: number }[]): ArtifactDocument[] {
  const first = create();
  const copies = [first, first.fork(writer(ben, 1)), first.fork(writer(ben, 2))];
  for (const { peer, kind, n } of steps) {
    const copy = copies[peer]!;
    const grantee = parseMemberId(id(n));
    if (kind === "append") copy.appendRef(child(n), { position: n });
    if (kind === "remove") copy.removeRef(child(n));
    if (kind === "metadata") copy.setMetadata(`k${n}`, bytes(`${peer}`));
    if (kind === "grant") {
      copy.addGrant({ grantee, grantedBy: ada, grantedAtMs: n, mode: "revocable" });
    }
    if (kind === "revoke") copy.removeGrant(grantee);
  }
  return copies;
}

const stateOf = (document: ArtifactDocument) => ({
  heads: document.getHeads(),
  references: document.references(),
  grants: document.grants(),
  metadata: document.metadata(),
  steward: document.steward(),
});

Deno.test(`laws: idempotent, any order, save then load (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat(), (steps, shuffle) => {
      const copies = play(steps);
      const batches = copies.map((copy) => copy.getAllChanges());
      const orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]];
      const order = orders[shuffle % orders.length]!;
      const merged = [orders[0]!, order].map((sequence, index) => {
        const document = ArtifactDocument.awaiting(artifactId, writer(ben, 10 + index));
        for (const batch of sequence) document.applyChanges(batches[batch]!);
        return document;
      });
      const [left, right] = merged as [ArtifactDocument, ArtifactDocument];
      assertEquals(stateOf(right), stateOf(left));
      for (const batch of batches) {
        assertEquals(left.applyChanges(batch), { type: "already_had" });
      }
      assertEquals(stateOf(left), stateOf(right));
      const loaded = ArtifactDocument.load(left.save(), writer(ben, 20));
      assertEquals(stateOf(loaded), stateOf(left));
      assertEquals(loaded.save(), left.save());
      for (const document of [...copies, ...merged, loaded]) document[Symbol.dispose]();
    }),
    { seed: SEED, numRuns: 60 },
  );
});

Deno.test("encodeChangesSince() is the smallest of the three encodings", () => {
  using document = create();
  const seen = new Set<string>();
  const headsAt = [document.getHeads()];
  for (let n = 0; n < 120; n++) {
    document.appendRef(child(n), { label: n % 7 === 0 ? "again and again" : `label ${n}` });
    headsAt.push(document.getHeads());
  }
  const plain = Automerge.load<unknown>(document.save());
  for (const since of [[], ...headsAt]) {
    const hashes = Automerge.getChangesMetaSince(plain, [...since]).map(({ hash }) => hash);
    const sizes: Record<string, number> = {
      changes: Automerge.saveSince(plain, [...since]).length,
      bundle: hashes.length > 0 ? Automerge.saveBundle(plain, hashes).length : 0,
      document: document.save().length,
    };
    const encoded = document.encodeChangesSince(since).length;
    if (hashes.length === 0) assertEquals(encoded, 0);
    else {
      const [kind, size] = Object.entries(sizes).toSorted(([, a], [, b]) => a - b)[0]!;
      assertEquals(encoded, size);
      seen.add(kind);
    }
  }
  assertEquals(seen, new Set(["changes", "bundle", "document"]));
});

Deno.test("encodeChangesSince() bundles also a single change, if that is smaller", () => {
  using document = create();
  const heads = document.getHeads();
  document.setMetadata("zeros", new Uint8Array(60_000));
  assert(document.encodeChangesSince(heads).length < 400);
});

Deno.test("ArtifactDocument.load() refuses what is not an artifact's document", () => {
  const plain = Automerge.change(
    Automerge.init<Record<string, unknown>>({ actor: actorOf(ada, 0) }),
    { time: 0 },
    (draft) => void (draft["artifact_id"] = new Automerge.ImmutableString(artifactId)),
  );
  const [empty] = [Automerge.save(Automerge.init({ actor: "aa" }))];
  for (const bad of [new Uint8Array(0), bytes("not Automerge"), empty, Automerge.save(plain)]) {
    const error = assertThrows(() => ArtifactDocument.load(bad, writer(ben)), SyncError);
    assertEquals(error.code, "bad_changes");
  }
});

Deno.test(`ArtifactDocument.load() of 2,000 damaged inputs throws SyncError or loads (seed ${SEED})`, () => {
  using document = create();
  for (let n = 0; n < 5; n++) document.appendRef(child(n), { label: `label ${n}` });
  let refused = 0;
  for (const damaged of mutants(document.save(), { seed: SEED, count: 2000 })) {
    try {
      ArtifactDocument.load(damaged, writer(ben))[Symbol.dispose]();
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      refused++;
    }
  }
  assert(refused > 1900, `only ${refused} were refused`);
});

function parseHead(n: number) {
  return parseArtifactId(id(n)) as unknown as ReturnType<ArtifactDocument["getHeads"]>[number];
}
