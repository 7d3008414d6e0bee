import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseMemberId, seededSources } from "../sync/mod.ts";
import type { ArtifactId } from "../sync/mod.ts";
import {
  ada,
  ben,
  bytes,
  cem,
  dia,
  openVault,
  refuses,
  types,
  unknown,
} from "../tests/_open_vault.ts";
import { ArtifactIndex } from "./artifact_index.ts";
import {
  ARTIFACT_GRANTS_MAX,
  BLOB_BYTES_MAX,
  TREE_CHILDREN_MAX,
  TREE_DEPTH_MAX,
} from "./artifact_types.ts";
import { Vault } from "./vault.ts";

Deno.test("Vault.compose() makes a tree of each kind with its children in order", () => {
  const { vault, index, run, make, leaf } = openVault();
  for (
    const kind of ["story", "gallery", "document", "request", "exchange", "collection", "recipe"]
  ) {
    const children = [make(), leaf(kind)];
    const { artifactId, mutations } = vault.compose(kind, { name: "Tides", children });
    run(mutations);
    const entry = index.get(artifactId);
    assert(entry?.type === "tree");
    assertEquals([entry.kind, entry.name, entry.steward, entry.createdAtMs], [
      kind,
      "Tides",
      ada,
      5000,
    ]);
    assertEquals(index.children(artifactId).map(({ id }) => id), children);
  }
});

Deno.test("Vault.compose() refuses odd kinds, odd names and odd children", () => {
  const { vault, make, leaf, attach, bens, run } = openVault();
  for (const kind of ["", "two words", "leaf:1:x", "x".repeat(65)]) {
    assertThrows(() => vault.compose(kind), TypeError, "Cannot compose");
  }
  assertThrows(() => vault.compose("story", { name: "\ud800" }), TypeError, "not Unicode");
  const children = (...ids: ArtifactId[]) => () => vault.compose("story", { children: ids });
  const [top, child, gone, theirs] = [make(), leaf("a"), make(), make("story", bens)];
  refuses(children(child, child), "has_parent", "artifact already has a parent");
  attach(top, child);
  run(vault.recall(gone).mutations);
  refuses(children(unknown), "artifact_not_found", "artifact not found");
  refuses(children(gone), "artifact_not_active", "artifact is not active");
  refuses(children(child), "has_parent", "artifact already has a parent");
  refuses(children(theirs), "not_steward", "not the steward");
});

Deno.test("Vault.addLeaf() names bytes by their BLAKE3, once", () => {
  const { vault, index, run } = openVault();
  const { artifactId, mutations } = vault.addLeaf(bytes("Hello artifact world!"), {
    name: "hello.txt",
    mimeType: "text/plain",
  });
  assertEquals<string>(
    artifactId,
    "ace71c6923c0d9cdc1b9d42571254bfd71402153270f62f32c1753a20b0b72f0",
  );
  run(mutations);
  const entry = index.get(artifactId);
  assert(entry?.type === "leaf");
  assertEquals([entry.name, entry.size, entry.mimeType], ["hello.txt", 21, "text/plain"]);
  const again = vault.addLeaf(bytes("Hello artifact world!"), { name: "other.txt" });
  assertEquals(again, { artifactId, mutations: [] });
});

Deno.test("Vault.addLeaf() begins anew after a recall: no grant comes back", () => {
  const { vault, index, run, leaf, now } = openVault();
  const id = leaf("a");
  run(vault.grant(id, ben, { mode: "revocable" }));
  run(vault.recall(id).mutations);
  assertEquals(leaf("a"), id);
  assertEquals(index.get(id)?.status, "active");
  assertEquals(index.audience(id, now()), new Set([ada]));
});

Deno.test("Vault.addLeaf() refuses more than 100 MiB", () => {
  const { vault } = openVault();
  const many = new Uint8Array(0);
  Object.defineProperty(many, "length", { value: BLOB_BYTES_MAX + 1 });
  refuses(() => vault.addLeaf(many), "limit_reached", "too many bytes, at most 104857600");
});

Deno.test("Vault.attachChild() checks in the order of the rules", () => {
  const { vault, index, make, attach, run, bens } = openVault();
  const [top, middle, low, gone, theirs] = [make(), make(), make(), make(), make("story", bens)];
  attach(top, middle);
  attach(middle, low);
  run(vault.recall(gone).mutations);
  const cycle = "operation would create a cycle";
  refuses(() => vault.attachChild(unknown, unknown), "would_cycle", cycle);
  refuses(() => vault.attachChild(gone, gone), "would_cycle", cycle);
  refuses(() => vault.attachChild(low, top), "would_cycle", cycle);
  refuses(() => vault.attachChild(low, middle), "would_cycle", cycle); // though it has a parent
  refuses(() => vault.attachChild(unknown, low), "artifact_not_found", "artifact not found");
  refuses(() => vault.attachChild(gone, unknown), "artifact_not_found", "artifact not found");
  refuses(() => vault.attachChild(gone, low), "artifact_not_active", "artifact is not active");
  refuses(() => vault.attachChild(top, gone), "artifact_not_active", "artifact is not active");
  refuses(() => vault.attachChild(top, middle), "has_parent", "artifact already has a parent");
  refuses(() => vault.attachChild(top, theirs), "not_steward", "not the steward");
  refuses(() => vault.attachChild(theirs, top), "no_access", "no access");
  const label = "x".repeat(1025);
  assertThrows(() => vault.attachChild(top, make(), { label }), RangeError, "label");

  run(bens.grant(theirs, ada, { mode: "revocable" }));
  run(vault.attachChild(theirs, top, { label: "mine" }));
  assertEquals(index.get(theirs)?.references[0]?.label, "mine");
  assertEquals(index.depth(low), 3);
});

Deno.test("Vault.attachChild() takes a leaf for a parent, and appends at the end", () => {
  const { index, leaf, attach, state } = openVault();
  const [parent, ...children] = ["p", "a", "b", "c"].map((text) => leaf(text));
  attach(parent!, children[0]!);
  state.nowMs = 10; // a clock that jumps back
  attach(parent!, children[1]!, children[2]!);
  assertEquals(index.children(parent!).map(({ id }) => id), children);
});

Deno.test("Vault.attachChild() does not let who only inherits access write", () => {
  const { vault, vaultOf, bens, run, make, attach } = openVault();
  const [top, below] = [make(), make()];
  attach(top, below);
  run(vault.grant(top, ben, { mode: "permanent" }));
  const own = make("story", bens);
  refuses(() => bens.attachChild(below, own), "no_access", "no access");
  run(bens.attachChild(top, own));
  refuses(() => vaultOf(dia).detachChild(top, own), "no_access", "no access");
});

Deno.test("Vault.detachChild() copies the parent's grants that the child lacks", () => {
  const { vault, index, run, make, attach, state, now } = openVault();
  const [top, child] = [make(), make()];
  attach(top, child);
  run(vault.grant(top, ben, { mode: "permanent" }));
  run(vault.grant(top, cem, { mode: "timed", expiresAtMs: 9000 }));
  run(vault.grant(top, dia, { mode: "timed", expiresAtMs: 6000 }));
  run(vault.grant(child, cem, { mode: "revocable" }));
  const copied = index.get(top)!.grants.find(({ grantee }) => grantee === ben);
  state.nowMs = 6000;
  run(vault.detachChild(top, child));
  const { grants } = index.get(child)!;
  assertEquals(grants.map(({ grantee, mode }) => [grantee, mode]), [[ben, "permanent"], [
    cem,
    "revocable",
  ]]);
  assertEquals(grants[0], copied);
  assertEquals([index.parent(child), index.get(top)!.references], [undefined, []]);
  assertEquals(index.audience(child, now()), new Set([ada, ben, cem]));
  const text = "artifact is not a child of the specified parent";
  refuses(() => vault.detachChild(top, child), "not_a_child", text);
  refuses(() => vault.detachChild(unknown, child), "not_a_child", text);
  refuses(() => vault.detachChild(top, unknown), "not_a_child", text);
  attach(top, child); // and it can go back
});

Deno.test("Vault.detachChild() lets each side do what is its own", () => {
  const { vault, index, run, make, bens, cems } = openVault();
  const top = make();
  run(vault.grant(top, ben, { mode: "revocable" }));
  run(vault.grant(top, cem, { mode: "revocable" }));
  const theirs = make("gallery", bens);
  run(bens.attachChild(top, theirs));
  assertEquals(types(cems.detachChild(top, theirs)), ["remove_ref"]);
  run(vault.revoke(top, ben));
  const mutations = bens.detachChild(top, theirs);
  assertEquals(types(mutations), ["add_grant", "set_metadata"]); // Cem's; it may not write to the top
  run(mutations);
  assertEquals(index.parent(theirs), undefined);
});

Deno.test("Vault has limits with names", () => {
  const { vault, index, make, attach } = openVault();
  let last = make();
  const top = last;
  for (let level = 0; level < TREE_DEPTH_MAX; level++) {
    const next = make();
    attach(last, next);
    last = next;
  }
  refuses(() => vault.attachChild(last, make()), "limit_reached", "too many levels, at most 64");
  refuses(() => vault.attachChild(make(), top), "limit_reached", "too many levels, at most 64");
  refuses(
    () => vault.compose("story", { children: [top] }),
    "limit_reached",
    "too many levels, at most 64",
  );

  const [documentId, child] = [make(), make()];
  const reference = { artifactId: child, position: 0, label: undefined };
  const entry = index.get(documentId)!;
  const full = { ...entry, references: new Array(TREE_CHILDREN_MAX).fill(reference) };
  const grant = { grantedBy: ada, grantedAtMs: 0, mode: "revocable" as const };
  const grants = Array.from({ length: ARTIFACT_GRANTS_MAX }, (_, at) => {
    return { ...grant, grantee: parseMemberId(at.toString(16).padStart(64, "0")) };
  });
  const crowded = new ArtifactIndex({ self: ada });
  Object.defineProperty(crowded, "get", {
    value: (id: ArtifactId) => id === documentId ? { ...full, grants } : index.get(id),
  });
  const other = new Vault({ self: ada, index: crowded, sources: seededSources("8", () => 5000) });
  refuses(
    () => other.attachChild(documentId, child),
    "limit_reached",
    "too many children, at most 10000",
  );
  refuses(
    () => other.grant(documentId, ben, { mode: "revocable" }),
    "limit_reached",
    "too many grants, at most 1024",
  );
});
