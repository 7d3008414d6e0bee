import { assertEquals, assertNotEquals } from "@std/assert";
import { ArtifactDocument } from "./artifact_document.ts";
import { actorOf, parseArtifactId, parseMemberId } from "./ids.ts";

const ada = parseMemberId("a1".repeat(32));
const ben = parseMemberId("b2".repeat(32));
const child = parseArtifactId("11".repeat(32));
const nowMs = () => 0;

/** How a document is written to, and what is read of it then. */
const PARTS: Record<
  string,
  readonly [write: (at: ArtifactDocument) => void, read: (at: ArtifactDocument) => unknown]
> = {
  "the steward": [(at) => at.setSteward(ben), (at) => at.steward()],
  "the status": [(at) => at.setStatus("transferred"), (at) => at.status()],
  "references": [(at) => at.appendRef(child, { position: 1 }), (at) => at.references()],
  "references that go": [(at) => at.removeRef(child), (at) => at.references().length],
  "grants": [
    (at) => at.addGrant({ grantee: ben, grantedBy: ada, grantedAtMs: 1, mode: "permanent" }),
    (at) => at.grants(),
  ],
  "grants that go": [(at) => at.removeGrant(ben), (at) => at.grants()],
  "metadata": [(at) => at.setMetadata("key", new Uint8Array([2])), (at) => at.metadata()],
};

for (const [part, [write, read]] of Object.entries(PARTS)) {
  Deno.test(`what was read of an artifact is read again: ${part}`, () => {
    using here = ArtifactDocument.create({
      ...{ nonce: new Uint8Array(32), artifactType: "story", actor: actorOf(ada, 0), nowMs },
      metadata: new Map([["key", new Uint8Array([1])]]),
    });
    if (part.includes("that go")) {
      here.appendRef(child);
      here.addGrant({ grantee: ben, grantedBy: ada, grantedAtMs: 0, mode: "revocable" });
    }
    using there = here.fork({ actor: actorOf(ada, 1), nowMs });
    const before = read(there);
    write(here);
    there.applyChanges(here.getChangesSince(there.getHeads()));
    assertNotEquals(read(there), before);
    assertEquals(read(there), read(here));
    using opened = ArtifactDocument.load(here.save(), { actor: actorOf(ada, 2), nowMs });
    assertEquals(read(here), read(opened));
  });
}
