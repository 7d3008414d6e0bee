import { assertEquals, assertThrows } from "@std/assert";
import { ArtifactDocument } from "./artifact_document.ts";
import { actorOf, parseArtifactId, parseMemberId } from "./ids.ts";

const [ada, ben, cyd] = ["a1", "b2", "c3"].map((byte) => parseMemberId(byte.repeat(32)));
const [one, two] = ["11", "22"].map((byte) => parseArtifactId(byte.repeat(32)));
const writer = { actor: actorOf(ada!, 0), nowMs: () => 5_000 };
const options = { ...writer, nonce: new Uint8Array(32), artifactType: "story" };
const bytes = (text: string) => new TextEncoder().encode(text);

/** All that can be read of a document. */
function read(document: ArtifactDocument) {
  return {
    created: [document.isCreated, document.artifactType(), document.createdAtMs()],
    status: document.status(),
    steward: document.steward(),
    references: document.references(),
    grants: document.grants(),
    metadata: [...document.metadata()],
    name: document.getMetadata("name"),
  };
}

Deno.test("ArtifactDocument reads what it has written as a copy of it does that was opened", () => {
  using document = ArtifactDocument.create(options);
  const timed = { mode: "timed", expiresAtMs: 60 } as const;
  const by = { grantedBy: ada!, grantedAtMs: 7 };
  const writes: ((document: ArtifactDocument) => void)[] = [
    (it) => it.setMetadata("name", bytes("Tides")),
    (it) => it.setMetadata("age", bytes("9")),
    (it) => it.setMetadata("name", bytes("Tales")),
    (it) => it.addGrant({ ...by, grantee: cyd!, mode: "revocable" }),
    (it) => it.addGrant({ ...by, ...timed, grantee: ben! }),
    (it) => it.addGrant({ ...by, grantee: cyd!, mode: "permanent", grantedAtMs: 3 }),
    (it) => it.appendRef(two!, { label: "b" }),
    (it) => it.appendRef(one!, { position: 1 }),
    (it) => it.removeGrant(ben!),
    (it) => it.removeGrant(ben!),
    (it) => it.removeRef(two!),
    (it) => it.setStatus("transferred"),
    (it) => it.setSteward(ben!),
  ];
  for (const readsBefore of [true, false]) {
    for (const write of writes) {
      if (readsBefore) read(document);
      write(document);
      using copy = ArtifactDocument.load(document.save(), writer);
      assertEquals(read(document), read(copy));
    }
  }
});

Deno.test("ArtifactDocument.create() says in one change all that it begins with", () => {
  const grants = [cyd!, ben!].map((grantee) => (
    { grantee, grantedBy: ada!, grantedAtMs: 7, mode: "revocable" } as const
  ));
  const metadata = new Map([["name", bytes("Tides")], ["age", bytes("9")]]);
  using document = ArtifactDocument.create({ ...options, grants, metadata });
  assertEquals(document.getAllChanges().length, 2); // the genesis, and this one
  using copy = ArtifactDocument.awaiting(document.artifactId, {
    ...writer,
    actor: actorOf(ben!, 0),
  });
  copy.applyEncoded(document.encodeChangesSince([]), document.getHeads());
  assertEquals(read(document), read(copy));
  using opened = ArtifactDocument.load(copy.save(), writer);
  assertEquals(read(copy), read(opened));
  assertEquals(document.grants().map(({ grantee }) => grantee), [ben, cyd]);

  const empty = new Map([["", bytes("x")]]);
  assertThrows(() => ArtifactDocument.create({ ...options, metadata: empty }), RangeError, "empty");
  const late = [{ ...grants[0]!, grantedAtMs: 0.5 }];
  assertThrows(() => ArtifactDocument.create({ ...options, grants: late }), RangeError, "whole");
});
