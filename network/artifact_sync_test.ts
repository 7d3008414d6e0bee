import { assert, assertEquals, assertFalse } from "@std/assert";
import { MemoryStore, parseMemberId, seededSources } from "../sync/mod.ts";
import type { ArtifactId } from "../sync/mod.ts";
import { ArtifactSyncRegistry } from "./artifact_sync.ts";
import { createIdentity } from "./identity.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Registries with one clock, and what is between them. */
function open(...names: string[]) {
  const state = { nowMs: 5_000 };
  const make = (name: string, store = new MemoryStore()) => {
    const keys = createIdentity(seededSources(name, () => 0));
    const sources = seededSources(`${name}'s`, () => state.nowMs);
    return new ArtifactSyncRegistry({ keys, sources, store });
  };
  const peers = names.map((name) => make(name));
  const settle = (): number => {
    let count = 0;
    for (let before = -1; before !== count;) {
      before = count;
      for (const from of peers) {
        for (const to of peers) {
          if (from === to) continue;
          for (let one = from.engine.takeEnvelope(to.self); one !== undefined;) {
            to.onIncomingPayload(from.self, one);
            count++;
            one = from.engine.takeEnvelope(to.self);
          }
        }
      }
      assert(count < 1000, "there is no end");
    }
    return count;
  };
  const [ada, ben, cyd] = peers as [
    ArtifactSyncRegistry,
    ArtifactSyncRegistry,
    ArtifactSyncRegistry,
  ];
  /** A gallery of Ada's with a story in it, with a picture in that. */
  const tree = (): { gallery: ArtifactId; story: ArtifactId; picture: ArtifactId } => {
    const picture = ada.vault.addLeaf(bytes("picture"), { name: "tides.png" });
    ada.onLocalMutation(picture.mutations);
    const story = ada.vault.compose("story", { children: [picture.artifactId] });
    ada.onLocalMutation(story.mutations);
    const gallery = ada.vault.compose("gallery", { children: [story.artifactId] });
    ada.onLocalMutation(gallery.mutations);
    return {
      gallery: gallery.artifactId,
      story: story.artifactId,
      picture: ada.index.get(picture.artifactId)!.documentId,
    };
  };
  return { state, make, peers, settle, tree, ada, ben, cyd };
}

const ids = (peer: ArtifactSyncRegistry) => [...peer.engine.documents.keys()].sort();

Deno.test("a grant on a tree brings all that is below it, and a revocation ends all of it", () => {
  const { settle, tree, ada, ben } = open("ada", "ben");
  const { gallery, story, picture } = tree();
  ada.onLocalMutation(ada.vault.grant(gallery, ben.self, { mode: "revocable" }));
  settle();
  assertEquals(ids(ben), [gallery, story, picture].sort());
  assertEquals(ben.index.descendants(gallery).length, 2);
  assert(ben.index.audience(picture, { nowMs: 5_000 }).has(ben.self));
  for (const id of [gallery, story, picture]) {
    assertEquals(ada.engine.knownHeads(id, ben.self), ada.engine.documents.get(id)!.getHeads());
  }
  ada.onLocalMutation(ada.vault.revoke(gallery, ben.self));
  const heads = ben.engine.documents.get(picture)!.getHeads();
  const name = {
    type: "set_metadata",
    documentId: picture,
    key: "name",
    value: bytes("x"),
  } as const;
  ada.onLocalMutation([name]);
  settle();
  assertEquals(ben.engine.documents.get(picture)!.getHeads(), heads);
  for (const id of [gallery, story, picture]) {
    assertEquals(ada.engine.knownHeads(id, ben.self), []);
  }
});

Deno.test("6. a recall cascades: documents and records of the whole subtree go", () => {
  const { settle, tree, ada, ben, cyd } = open("ada", "ben", "cyd");
  const { gallery, story, picture } = tree();
  ada.onLocalMutation(ada.vault.grant(gallery, ben.self, { mode: "revocable" }));
  ada.onLocalMutation(ada.vault.grant(gallery, cyd.self, { mode: "permanent" }));
  settle();
  const outcome = ada.vault.recall(gallery);
  assert(outcome.recalled);
  ada.onLocalMutation(outcome.mutations);
  settle();
  assertEquals(ids(ben), []);
  assertEquals([...ben.index.entries], []);
  assertEquals(ids(cyd), [gallery, story, picture].sort());
  for (const id of [gallery, story, picture]) {
    assertEquals(cyd.index.get(id)!.status, "recalled");
    assertEquals(ada.engine.knownHeads(id, ben.self), []);
  }
  assertFalse(ada.vault.recall(gallery).recalled);
  assertEquals(settle(), 0);
});

Deno.test("a timed grant on a tree ends below it as well", () => {
  const { state, settle, tree, ada, ben } = open("ada", "ben");
  const { gallery, picture } = tree();
  const grant = { mode: "timed", expiresAtMs: state.nowMs + 1_000 } as const;
  ada.onLocalMutation(ada.vault.grant(gallery, ben.self, grant));
  settle();
  state.nowMs += 999;
  ada.onTime();
  assert(ada.engine.audience(picture).has(ben.self));
  state.nowMs += 1;
  ada.onTime();
  assertFalse(ada.engine.audience(picture).has(ben.self));
  assertEquals(ada.engine.knownHeads(picture, ben.self), []);
});

Deno.test("what only reads through a tree cannot write into what is below it", () => {
  const { settle, tree, ada, ben } = open("ada", "ben");
  const { gallery, story } = tree();
  ada.onLocalMutation(ada.vault.grant(gallery, ben.self, { mode: "revocable" }));
  settle();
  ada.takeEvents();
  const write = { documentId: story, key: "k", value: bytes("v") } as const;
  ben.onLocalMutation([{ type: "set_metadata", ...write }]);
  settle();
  assert(
    ada.takeEvents().some((event) => event.type === "refused" && event.code === "not_allowed"),
  );
  assertEquals(ada.engine.documents.get(story)!.getMetadata("k"), undefined);
});

Deno.test("only the steward says where an artifact hangs", () => {
  const { settle, tree, ada, ben } = open("ada", "ben");
  const { story } = tree();
  ada.onLocalMutation(ada.vault.grant(story, ben.self, { mode: "revocable" }));
  settle();
  ada.takeEvents();
  const write = { documentId: story, key: "_parent", value: new Uint8Array(32) } as const;
  ben.onLocalMutation([{ type: "set_metadata", ...write }]);
  settle();
  assert(
    ada.takeEvents().some((event) => event.type === "refused" && event.code === "not_allowed"),
  );
  assert(ada.index.parent(story));
});

Deno.test("detaching leaves a child with a copy of the grants, so nobody loses it", () => {
  const { settle, tree, ada, ben } = open("ada", "ben");
  const { gallery, story } = tree();
  ada.onLocalMutation(ada.vault.grant(gallery, ben.self, { mode: "revocable" }));
  settle();
  ada.onLocalMutation(ada.vault.detachChild(gallery, story));
  settle();
  assertEquals(ben.index.parent(story), undefined);
  assert(ada.engine.audience(story).has(ben.self));
  assertEquals(
    ben.engine.documents.get(story)!.getHeads(),
    ada.engine.documents.get(story)!.getHeads(),
  );
});

Deno.test("a registry opens with index and documents as they were", () => {
  const store = new MemoryStore();
  const { make, tree, ada } = open("ada");
  void tree;
  const first = make("eve", store);
  const story = first.vault.compose("story", { name: "Tides" });
  first.onLocalMutation(story.mutations);
  const ben = parseMemberId("b2".repeat(32));
  first.onLocalMutation(first.vault.grant(story.artifactId, ben, { mode: "permanent" }));
  const entries = [...first.index.entries];
  first[Symbol.dispose]();
  using second = make("eve", store);
  assertEquals([...second.index.entries], entries);
  assert(second.index.audience(story.artifactId, { nowMs: 5_000 }).has(ben));
  ada[Symbol.dispose]();
});

Deno.test("getOrCreateDocument() makes what an entry says, once", () => {
  const { make, ada } = open("ada");
  const nonce = new Uint8Array(32).fill(7);
  const create = ada.vault.compose("story", { name: "Tides" });
  ada.onLocalMutation(create.mutations);
  const first = create.mutations[0]!;
  assert(first.type === "create");
  const entry = ada.index.get(create.artifactId)!;
  assertEquals(ada.getOrCreateDocument(entry, nonce), ada.engine.documents.get(entry.documentId));
  using again = make("ada");
  const made = again.getOrCreateDocument(entry, first.nonce);
  assertEquals(made.artifactId, entry.documentId);
  assertEquals(again.index.get(entry.documentId), entry);
  assertEquals(again.getOrCreateDocument(entry, first.nonce), made);
});
