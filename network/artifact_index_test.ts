import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { actorOf, ArtifactDocument, parseArtifactId, parseMemberId } from "../sync/mod.ts";
import type { AccessMode, ArtifactId, MemberId } from "../sync/mod.ts";
import { ArtifactIndex } from "./artifact_index.ts";
import { blobIdOf, leafType } from "./artifact_types.ts";

const SEED = 20260105;
const [ada, ben, cem, dia] = ["a1", "b2", "c3", "d4"].map((byte) => parseMemberId(byte.repeat(32)));
const self = ada!;
const nobody = { nowMs: 0 };
const writer = (member: MemberId, session = 0) => ({
  actor: actorOf(member, session),
  nowMs: () => 0,
});
let made = 0;

function create(artifactType = "story", steward = self): ArtifactDocument {
  const nonce = new Uint8Array(32);
  new DataView(nonce.buffer).setUint32(0, ++made);
  return ArtifactDocument.create({ nonce, artifactType, ...writer(steward) });
}
function name(child: ArtifactDocument, parent: ArtifactDocument): void {
  child.setMetadata("_parent", Uint8Array.fromHex(parent.artifactId));
}
function attach(parent: ArtifactDocument, child: ArtifactDocument, position = 0): void {
  parent.appendRef(child.artifactId, { position });
  name(child, parent);
}
function grant(document: ArtifactDocument, grantee: MemberId, mode: AccessMode, expiresAtMs = 100) {
  const given = { grantee, grantedBy: document.steward(), grantedAtMs: 0 };
  document.addGrant(mode === "timed" ? { ...given, mode, expiresAtMs } : { ...given, mode });
}
function indexOf(documents: readonly ArtifactDocument[], member = self): ArtifactIndex {
  const index = new ArtifactIndex({ self: member });
  for (const document of documents) index.materialize(document);
  return index;
}
const ids = (entries: readonly { readonly id: ArtifactId }[]) => entries.map(({ id }) => id);
const merge = (from: ArtifactDocument, to: ArtifactDocument) =>
  to.applyChanges(from.getChangesSince(to.getHeads()));

Deno.test("ArtifactIndex answers what hangs together", () => {
  const [top, left, right, deep, lone] = [create(), create(), create(), create(), create()];
  const documents = [top!, left!, right!, deep!, lone!];
  attach(top, right, 2);
  attach(top, left, 1);
  attach(left, deep);
  const [a, l, r, d, x] = documents.map(({ artifactId }) => artifactId);
  const index = indexOf(documents);
  assertEquals(ids(index.children(a!)), [l, r]);
  assertEquals(index.parent(d!)?.id, l);
  assertEquals(ids(index.ancestors(d!)), [l, a]);
  assertEquals(ids(index.descendants(a!)), [l, d, r]);
  assertEquals([a, l, d, x].map((id) => index.depth(id!)), [0, 1, 2, 0]);
  assertEquals([a, l, d, x].map((id) => index.height(id!)), [2, 1, 0, 0]);
  assertEquals([a, l, d, x].map((id) => index.subtreeSize(id!)), [4, 2, 1, 1]);
  documents.forEach((document) => document[Symbol.dispose]());
});

Deno.test("ArtifactIndex answers nothing for what is not here", () => {
  const index = indexOf([]);
  const id = parseArtifactId("ee".repeat(32));
  assertEquals([index.get(id), index.parent(id)], [undefined, undefined]);
  assertEquals([index.children(id), index.ancestors(id), index.descendants(id)], [[], [], []]);
  assertEquals([index.depth(id), index.height(id), index.subtreeSize(id)], [0, 0, 0]);
  assertEquals(index.audience(id, nobody), new Set());
  assertEquals(index.access(id, self, nobody), undefined);
  index.remove(id);
  const mutation = { type: "remove_ref", documentId: id, child: id } as const;
  assertThrows(() => index.apply([mutation]), TypeError, "not in the index");
});

Deno.test("ArtifactIndex.access() gives each mode its rights", () => {
  using story = create();
  const modes = ["revocable", "timed", "permanent", "transfer"] as const;
  const members = [ben!, cem!, dia!, parseMemberId("e5".repeat(32))];
  modes.forEach((mode, at) => grant(story, members[at]!, mode));
  const rights = (status: "active" | "recalled") => {
    story.setStatus(status);
    const index = indexOf([story]);
    return members.map((member) => {
      const access = index.access(story.artifactId, member, nobody);
      return access && [access.mode, access.rights.download, access.rights.reshare];
    });
  };
  assertEquals(rights("active"), [
    ["revocable", false, false],
    ["timed", false, false],
    ["permanent", true, true],
    ["transfer", false, false],
  ]);
  assertEquals(rights("recalled"), [undefined, undefined, ["permanent", true, true], undefined]);
  const index = indexOf([story]);
  assertEquals(index.access(story.artifactId, self, nobody)?.mode, "steward");
  assertEquals(index.audience(story.artifactId, nobody), new Set([self, dia!]));
  assertEquals(index.keepers(story.artifactId, nobody), new Set([dia!]));
});

Deno.test("ArtifactIndex.access() ends a timed grant on the millisecond, inherited ones too", () => {
  using story = create();
  using below = create();
  attach(story, below);
  grant(story, ben!, "timed", 100);
  const index = indexOf([story, below]);
  for (const { artifactId } of [story, below]) {
    assertEquals(index.access(artifactId, ben!, { nowMs: 99 })?.mode, "timed");
    assertEquals(index.access(artifactId, ben!, { nowMs: 100 }), undefined);
    assert(index.audience(artifactId, { nowMs: 99 }).has(ben!));
    assertFalse(index.audience(artifactId, { nowMs: 100 }).has(ben!));
  }
  assertEquals(index.sharedWith(ben!, { nowMs: 99 }).length, 2);
  assertEquals(index.sharedWith(ben!, { nowMs: 100 }), []);
});

Deno.test("ArtifactIndex.access() inherits through active ancestors only", () => {
  const [top, middle, low] = [create(), create(), create("story", cem!)];
  attach(top, middle);
  attach(middle, low);
  grant(top, ben!, "permanent");
  grant(middle, dia!, "revocable");
  const audience = () => indexOf([top, middle, low]).audience(low.artifactId, nobody);
  assertEquals(audience(), new Set([cem!, self, dia!, ben!]));
  const access = indexOf([top, middle, low]).access(low.artifactId, ben!, nobody);
  assertEquals([access?.mode, access?.from], ["permanent", top.artifactId]);
  const above = indexOf([top, middle, low]).access(low.artifactId, self, nobody);
  assertEquals([above?.mode, above?.rights.download], ["steward", false]);

  top.setStatus("recalled");
  assertEquals(audience(), new Set([cem!, self, dia!]));
  top.setStatus("active");
  middle.setStatus("recalled");
  assertEquals(audience(), new Set([cem!]));
  middle.setStatus("active");
  low.setStatus("recalled");
  assertEquals(audience(), new Set([cem!]));
  [top, middle, low].forEach((document) => document[Symbol.dispose]());
});

Deno.test("ArtifactIndex does not take a reference for consent", () => {
  using secret = create();
  using theirs = create("gallery", ben!);
  grant(theirs, self, "revocable");
  theirs.appendRef(secret.artifactId, { position: 0 });
  const index = indexOf([secret, theirs]);
  assertEquals(index.audience(secret.artifactId, nobody), new Set([self]));
  assertEquals([index.parent(secret.artifactId), index.children(theirs.artifactId)], [
    undefined,
    [],
  ]);
});

Deno.test("ArtifactIndex resolves two parents at once alike on every peer", () => {
  for (const isFirst of [true, false]) {
    const [one, two, child] = [create(), create(), create()];
    const copy = child.fork(writer(self, isFirst ? 1 : 0xffff));
    attach(one, child, 5);
    attach(two, copy, 3);
    merge(copy, child);
    merge(child, copy);
    const parents = [[one, two, child], [copy, two, one], [two, copy, one]].map((documents) => {
      const index = indexOf(documents, isFirst ? self : ben!);
      const parent = index.parent(child.artifactId)!;
      assertEquals(ids(index.children(parent.id)), [child.artifactId]);
      assertEquals(
        index.descendants(one.artifactId).length + index.descendants(two.artifactId).length,
        1,
      );
      return parent.id;
    });
    assertEquals(new Set(parents).size, 1);
    [one, two, child, copy].forEach((document) => document[Symbol.dispose]());
  }
});

Deno.test("ArtifactIndex opens a ring at its latest link", () => {
  const [one, two, three, tail] = [create(), create(), create(), create()];
  attach(one, two, 1);
  attach(two, three, 9);
  attach(three, one, 5);
  attach(two, tail, 1);
  const [a, b, c, t] = [one, two, three, tail].map(({ artifactId }) => artifactId);
  for (const documents of [[one, two, three, tail], [tail, three, two, one]]) {
    const index = indexOf(documents);
    assertEquals(ids(index.ancestors(t!)), [b, a, c]);
    assertEquals(index.parent(c!), undefined);
    assertEquals(ids(index.descendants(c!)), [a, b, t]);
    assertEquals(index.height(c!), 3);
  }
  using loop = create();
  attach(loop, loop);
  const index = indexOf([loop]);
  assertEquals([index.parent(loop.artifactId), index.subtreeSize(loop.artifactId)], [undefined, 1]);
  [one, two, three, tail].forEach((document) => document[Symbol.dispose]());
});

Deno.test("ArtifactIndex.get() prefers one's own leaf, then an active one", () => {
  const blob = blobIdOf(new Uint8Array([1]));
  const [own, theirs, other] = [self, ben!, cem!].map((m) => create(leafType(blob, 1), m));
  const documents = [own!, theirs!, other!];
  const shown = (member: MemberId) => indexOf(documents, member).get(blob)?.documentId;
  const lowest = documents.map(({ artifactId }) => artifactId).sort()[0];
  assertEquals([shown(self), shown(ben!), shown(dia!)], [
    own!.artifactId,
    theirs!.artifactId,
    lowest,
  ]);
  own!.setStatus("recalled");
  theirs!.setStatus("recalled");
  assertEquals([shown(self), shown(dia!)], [other!.artifactId, other!.artifactId]);
  const index = indexOf(documents);
  assertEquals(index.named(blob).length, 3);
  for (const { artifactId } of documents) index.remove(artifactId);
  assertEquals([index.get(blob), index.entries.size], [undefined, 0]);
  documents.forEach((document) => document[Symbol.dispose]());
});

Deno.test("ArtifactIndex does not let a leaf take a tree's id", () => {
  using story = create();
  using parent = create();
  attach(parent, story);
  using claim = create(leafType(story.artifactId, 1), ben!);
  name(claim, parent);
  const index = indexOf([claim, parent, story]);
  assertEquals(index.get(story.artifactId)?.type, "tree");
  assertEquals(ids(index.children(parent.artifactId)), [story.artifactId]);
  assertEquals(index.parent(claim.artifactId), undefined);
});

Deno.test("ArtifactIndex.materialize() says the same whatever came first, and again", () => {
  const step = fc.record({
    at: fc.nat(3),
    to: fc.nat(3),
    who: fc.constantFrom(ben!, cem!),
    what: fc.constantFrom("attach", "append", "grant", "drop", "recall"),
    position: fc.nat(3),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (steps, keys) => {
        const documents = [
          create(),
          create(),
          create(),
          create(leafType(blobIdOf(new Uint8Array()), 0)),
        ];
        const live = indexOf(documents);
        for (const { at, to, who, what, position } of steps) {
          const [one, two] = [documents[at]!, documents[to]!];
          if (what === "attach") attach(one, two, position);
          if (what === "append") one.appendRef(two.artifactId, { position });
          if (what === "grant") grant(one, who, "revocable");
          if (what === "drop") one.removeRef(two.artifactId);
          if (what === "recall") one.setStatus(position === 0 ? "active" : "recalled");
          live.materialize(one);
          live.materialize(two);
        }
        const shuffled = documents.map((document, at) => ({ document, key: keys[at] ?? at }))
          .sort((left, right) => left.key - right.key).map(({ document }) => document);
        const rebuilt = indexOf([...shuffled, ...shuffled.slice(1)]);
        assertEquals(view(live), view(rebuilt));
        // Children and parents say the same thing, and nothing is above itself.
        for (const { documentId } of live.entries.values()) {
          assertFalse(live.ancestors(documentId).some((one) => one.documentId === documentId));
          for (const child of live.children(documentId)) {
            assertEquals(live.parent(child.documentId)?.documentId, documentId);
          }
          const parent = live.parent(documentId);
          if (parent) {
            assert(
              live.children(parent.documentId).some((one) => one.documentId === documentId),
            );
          }
        }
        documents.forEach((document) => document[Symbol.dispose]());
      },
    ),
    { seed: SEED, numRuns: 40 },
  );
});

function view(index: ArtifactIndex): unknown {
  return [...index.entries.keys()].sort().map((id) => [
    index.entries.get(id),
    ids(index.ancestors(id)),
    ids(index.descendants(id)),
    [...index.audience(id, nobody)].sort(),
  ]);
}
