import { assertEquals, assertNotEquals } from "@std/assert";
import { decodeChange } from "./_automerge.ts";
import type { DecodedChange } from "./_automerge.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import { artifactGenesis, artifactIdOf, checkArtifactChange } from "./artifact_schema.ts";
import { actorOf, parseArtifactId, parseMemberId } from "./ids.ts";
import { History } from "./history.ts";

const [ada, ben] = ["a1", "b2"].map((byte) => parseMemberId(byte.repeat(32)));
const writer = { actor: actorOf(ada!, 0), nowMs: () => 5_000 };
const nonce = new Uint8Array(32);
const genesis = artifactGenesis(artifactIdOf(ada!, nonce));

/** A creation whose operations were changed, and what is read off it. */
function beginningWith(edit: (ops: DecodedChange["ops"]) => DecodedChange["ops"]) {
  using document = ArtifactDocument.create({
    ...{ nonce, artifactType: "story", ...writer },
    metadata: new Map([["name", new Uint8Array([1])]]),
    grants: [{ grantee: ben!, grantedBy: ada!, grantedAtMs: 7, mode: "revocable" }],
  });
  const change = decodeChange(document.getAllChanges()[1]!);
  const history = History.create(genesis, () => {}, writer);
  const { beginning } = checkArtifactChange(
    { ...change, ops: edit(change.ops) },
    genesis,
    history.handle,
  );
  history.free();
  return beginning;
}

Deno.test("beginningOf() reads all that a creation says", () => {
  const beginning = beginningWith((ops) => ops);
  assertEquals(beginning?.words.get("steward"), ada);
  assertEquals(beginning?.createdAtMs, 5_000);
  assertEquals(beginning?.grants.map(({ grantee }) => grantee), [ben]);
  assertEquals([...beginning!.metadata], [["name", new Uint8Array([1])]]);
  assertEquals(beginning?.references, []);
});

Deno.test("beginningOf() says nothing of a creation that writes anything twice", () => {
  const inMetadata = (ops: DecodedChange["ops"]) => ops.find(({ key }) => key === "name")!;
  assertNotEquals(beginningWith((ops) => ops), undefined);
  assertEquals(beginningWith((ops) => [...ops, inMetadata(ops)]), undefined);
  const overwrites = (ops: DecodedChange["ops"]) =>
    ops.map((one) => one === inMetadata(ops) ? { ...one, pred: [`9@${writer.actor}`] } : one);
  assertEquals(beginningWith(overwrites), undefined);
});

Deno.test("what comes beside or after a creation is read as well", () => {
  using document = ArtifactDocument.create({ nonce, artifactType: "story", ...writer });
  document.setMetadata("name", new Uint8Array([2]));
  document.appendRef(parseArtifactId("11".repeat(32)));
  using copy = ArtifactDocument.awaiting(document.artifactId, {
    ...writer,
    actor: actorOf(ben!, 0),
  });
  copy.applyEncoded(document.encodeChangesSince([]));
  assertEquals(copy.getMetadata("name"), new Uint8Array([2]));
  assertEquals(copy.references(), document.references());
  document.setMetadata("name", new Uint8Array([3]));
  copy.applyEncoded(document.encodeChangesSince(copy.getHeads()));
  assertEquals(copy.getMetadata("name"), new Uint8Array([3]));
});
