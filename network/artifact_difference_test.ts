import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { actorOf, artifactIdOf, parseArtifactId, parseMemberId } from "../sync/mod.ts";
import { mutationsFor } from "./artifact_difference.ts";
import { applyMutation, createdEntry, createDocument } from "./artifact_mutation.ts";
import type { CreateMutation } from "./artifact_mutation.ts";
import { blobIdOf, entryOf, leafType, readEntry } from "./artifact_types.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";

const SEED = 20260104;
const members = ["a1", "b2", "c3"].map((byte) => parseMemberId(byte.repeat(32)));
const ids = ["11", "22", "33"].map((byte) => parseArtifactId(byte.repeat(32)));
const nonce = new Uint8Array(32);
const documentId = artifactIdOf(members[0]!, nonce);
const writer = { actor: actorOf(members[0]!, 0), nowMs: () => 9000 };

const member = fc.constantFrom(...members);
const time = fc.nat(1000);
const grant = fc.record({
  grantee: member,
  grantedBy: member,
  grantedAtMs: time,
  end: fc.option(time, { nil: undefined }),
  mode: fc.constantFrom("revocable" as const, "permanent" as const, "transfer" as const),
}).map(({ end, mode, ...facts }) =>
  end === undefined ? { ...facts, mode } : { ...facts, mode: "timed" as const, expiresAtMs: end }
);
const reference = fc.record({
  artifactId: fc.constantFrom(...ids),
  position: fc.nat(3),
  label: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
});
const compare = (left: string, right: string) => left < right ? -1 : left > right ? 1 : 0;
const key = fc.constantFrom("name", "mime_type", "_parent", "colour", "__proto__");
const metadata = fc.uniqueArray(fc.tuple(key, fc.uint8Array({ maxLength: 40 })), {
  selector: ([name]) => name,
});
const entryWith = (artifactType: string): fc.Arbitrary<HomeArtifactEntry> =>
  fc.record({
    steward: member,
    status: fc.constantFrom("active" as const, "recalled" as const, "transferred" as const),
    references: fc.array(reference, { maxLength: 6 }).map((all) =>
      all.toSorted((one, two) =>
        one.position - two.position || compare(one.artifactId, two.artifactId) ||
        compare(one.label ?? "", two.label ?? "")
      )
    ),
    grants: fc.uniqueArray(grant, { selector: ({ grantee }) => grantee }).map((all) =>
      all.toSorted((one, two) => compare(one.grantee, two.grantee))
    ),
    metadata: metadata.map((all) => new Map(all)),
  }).map((facts) => entryOf({ ...facts, documentId, artifactType, createdAtMs: 5000 }));
const types = ["story", "recipe", leafType(blobIdOf(nonce), 32)];
const start = (artifactType: string): CreateMutation => {
  return {
    type: "create",
    documentId,
    nonce,
    artifactType,
    steward: members[0]!,
    createdAtMs: 5000,
  };
};

Deno.test("mutationsFor(): an entry that is written and read is the same", () => {
  const written = fc.constantFrom(...types).chain((type) =>
    fc.tuple(fc.constant(type), entryWith(type))
  );
  fc.assert(
    fc.property(written, ([type, entry]) => {
      using document = createDocument(start(type), writer);
      for (const mutation of mutationsFor(createdEntry(start(type)), entry)) {
        applyMutation(document, mutation);
      }
      assertEquals(readEntry(document), entry);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

Deno.test("mutationsFor() leads from any entry to any that has its metadata", () => {
  fc.assert(
    fc.property(entryWith("story"), entryWith("story"), (before, target) => {
      const all = new Map([...before.metadata, ...target.metadata]);
      const after = entryOf({ ...target, artifactType: "story", metadata: all });
      using document = createDocument(start("story"), writer);
      const write = (from: HomeArtifactEntry, to: HomeArtifactEntry) =>
        mutationsFor(from, to).forEach((mutation) => applyMutation(document, mutation));
      write(createdEntry(start("story")), before);
      write(before, after);
      assertEquals(
        mutationsFor(readEntry(document)!, entryOf({ ...after, artifactType: "story" })),
        [],
      );
      assertEquals(readEntry(document)?.references, after.references);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

Deno.test("mutationsFor() refuses another creation, and metadata that would vanish", () => {
  const [story, recipe] = ["story", "recipe"].map((type) => createdEntry(start(type)));
  assertThrows(() => mutationsFor(story!, recipe!), TypeError, "Cannot change");
  const named = { ...story!, metadata: new Map([["name", nonce]]) };
  assertThrows(() => mutationsFor(named, story!), TypeError, 'metadata "name"');
});
