import { assert, assertEquals } from "@std/assert";
import { actorOf, ArtifactDocument, parseMemberId } from "../sync/mod.ts";
import { blobIdOf, leafType, readEntry } from "./artifact_types.ts";

const ada = parseMemberId("a1".repeat(32));
const writer = { actor: actorOf(ada, 0), nowMs: () => 5000 };
const bytes = (text: string) => new TextEncoder().encode(text);
const create = (artifactType: string) =>
  ArtifactDocument.create({ nonce: new Uint8Array(32), artifactType, ...writer });

Deno.test("blobIdOf() gives the test vectors", () => {
  assertEquals<string>(
    blobIdOf(bytes("Hello artifact world!")),
    "ace71c6923c0d9cdc1b9d42571254bfd71402153270f62f32c1753a20b0b72f0",
  );
  assertEquals<string>(
    blobIdOf(bytes("Child artifact content")),
    "3d1575d74e2d8c7b0a6e2781467495e91f9c3413e091c0a7a4d9d4aeee009137",
  );
});

Deno.test("readEntry() reads a tree of any kind", () => {
  using document = create("recipe");
  document.setMetadata("name", bytes("Soup"));
  const entry = readEntry(document)!;
  assert(entry.type === "tree");
  assertEquals([entry.id, entry.documentId], [document.artifactId, document.artifactId]);
  assertEquals([entry.kind, entry.name, entry.createdAtMs], ["recipe", "Soup", 5000]);
});

Deno.test("readEntry() reads a leaf from its type", () => {
  const id = blobIdOf(bytes("x"));
  using document = create(leafType(id, 1));
  document.setMetadata("mime_type", bytes("text/plain"));
  const entry = readEntry(document)!;
  assert(entry.type === "leaf");
  assertEquals([entry.id, entry.size, entry.mimeType], [id, 1, "text/plain"]);
  assertEquals(entry.documentId, document.artifactId);
});

Deno.test("readEntry() takes what only looks like a leaf for a tree", () => {
  const good = leafType(blobIdOf(bytes("x")), 1);
  const odd = good.slice(0, -1) + "B";
  for (
    const type of ["leaf:1", "leaf:01:" + good.slice(7), "leaf:999999999:" + good.slice(7), odd]
  ) {
    using document = create(type);
    assertEquals(readEntry(document)?.type, "tree", type);
  }
});

Deno.test("readEntry() makes nothing of metadata without sense", () => {
  using document = create("story");
  document.setMetadata("name", new Uint8Array([0xff]));
  document.setMetadata("_parent", new Uint8Array(31));
  const entry = readEntry(document)!;
  assertEquals([entry.name, entry.parent], [undefined, undefined]);
  assertEquals(entry.metadata.size, 2);
});

Deno.test("readEntry() gives undefined before the creation has arrived", () => {
  using created = create("story");
  using awaiting = ArtifactDocument.awaiting(created.artifactId, writer);
  assertEquals(readEntry(awaiting), undefined);
});
