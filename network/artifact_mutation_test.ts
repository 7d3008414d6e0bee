import { assertEquals, assertThrows } from "@std/assert";
import {
  actorOf,
  ArtifactDocument,
  artifactIdOf,
  parseArtifactId,
  parseMemberId,
} from "../sync/mod.ts";
import { applyMutation, createdEntry, createDocument, mutateEntry } from "./artifact_mutation.ts";
import type { CreateMutation, DocumentMutation } from "./artifact_mutation.ts";
import { readEntry } from "./artifact_types.ts";

const ada = parseMemberId("a1".repeat(32));
const ben = parseMemberId("b2".repeat(32));
const nonce = new Uint8Array(32);
const documentId = artifactIdOf(ada, nonce);
const child = parseArtifactId("11".repeat(32));
const create: CreateMutation = {
  type: "create",
  documentId,
  nonce,
  artifactType: "story",
  steward: ada,
  createdAtMs: 5000,
};
const writer = { actor: actorOf(ada, 0), nowMs: () => 9000 };
const timed = {
  grantee: ben,
  grantedBy: ada,
  grantedAtMs: 1,
  mode: "timed",
  expiresAtMs: 9,
} as const;

const EACH: readonly DocumentMutation[] = [
  { type: "append_ref", documentId, reference: { artifactId: child, position: 2, label: "b" } },
  {
    type: "append_ref",
    documentId,
    reference: { artifactId: child, position: 1, label: undefined },
  },
  { type: "add_grant", documentId, grant: timed },
  { type: "add_grant", documentId, grant: { ...timed, grantedAtMs: 2 } },
  { type: "set_metadata", documentId, key: "z", value: new Uint8Array([1]) },
  { type: "set_metadata", documentId, key: "name", value: new TextEncoder().encode("Tides") },
  { type: "remove_grant", documentId, grantee: ben },
  { type: "remove_ref", documentId, child },
  { type: "set_status", documentId, status: "recalled" },
  { type: "set_steward", documentId, steward: ben },
];

Deno.test("createDocument() keeps the time of the mutation, not the writer's", () => {
  using document = createDocument(create, writer);
  assertEquals(readEntry(document), createdEntry(create));
  assertEquals(document.createdAtMs(), 5000);
});

Deno.test("createDocument() refuses somebody else's", () => {
  const other = { ...writer, actor: actorOf(ben, 0) };
  assertThrows(() => createDocument(create, other), TypeError, "not this writer's");
});

Deno.test("createDocument() writes the first few mutations with the creation, as others take it", () => {
  const many = Array.from({ length: 20 }, (_, index): DocumentMutation => (
    { type: "set_metadata", documentId, key: `key ${index}`, value: new Uint8Array([index]) }
  ));
  const request = [EACH[5]!, EACH[2]!, EACH[3]!]; // the second grant is of the same member
  for (const [others, changes] of [[EACH, 12], [many, 6], [request, 3]] as const) {
    using document = createDocument(create, writer, others);
    assertEquals(document.getAllChanges().length, changes);
    const reader = { ...writer, actor: actorOf(ben, 0) };
    using copy = ArtifactDocument.awaiting(documentId, reader);
    assertEquals(copy.applyEncoded(document.encodeChangesSince([])).type, "applied");
    assertEquals(readEntry(copy), readEntry(document));
    let entry = createdEntry(create);
    for (const mutation of others) entry = mutateEntry(entry, mutation);
    assertEquals(readEntry(document), entry);
  }
});

Deno.test("applyMutation() and mutateEntry() do the same, one change at a time", () => {
  using document = createDocument(create, writer);
  let entry = createdEntry(create);
  for (const mutation of EACH) {
    const before = document.getAllChanges().length;
    applyMutation(document, mutation);
    entry = mutateEntry(entry, mutation);
    assertEquals(document.getAllChanges().length, before + 1, mutation.type);
    assertEquals(entry, readEntry(document), mutation.type);
  }
});

Deno.test("applyMutation() and mutateEntry() refuse what is for another document", () => {
  using document = createDocument(create, writer);
  const mutation = { type: "remove_ref", documentId: child, child } as const;
  assertThrows(() => applyMutation(document, mutation), TypeError, "it is for");
  assertThrows(() => mutateEntry(createdEntry(create), mutation), TypeError, "it is for");
});
