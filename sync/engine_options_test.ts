/** What an engine does for documents that are not artifacts, and what else it is given. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { Buffer } from "node:buffer";
import { ArtifactDocument } from "./artifact_document.ts";
import { Engine } from "./engine.ts";
import type { EngineOptions } from "./engine_options.ts";
import { openEnvelope } from "./envelope.ts";
import { parseMemberId } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import { MemoryStore } from "./memory_store.ts";
import { newArtifactId, seededSources } from "./sources.ts";
import type { DocumentRules } from "./synced_document.ts";
import { ValueDocument, valueDocumentId } from "./value_document.ts";

function keysOf(name: string): MemberKeys {
  const seed = seededSources(`keys of ${name}`, () => 0).randomBytes(32);
  const prefix = Uint8Array.fromHex("302e020100300506032b657004220420");
  const key = Buffer.concat([prefix, seed]);
  const secretKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(secretKey).export({ format: "jwk" });
  return { memberId: parseMemberId(Buffer.from(x!, "base64url").toString("hex")), secretKey };
}

const [ada, ben] = ["ada", "ben"].map(keysOf) as [MemberKeys, MemberKeys];
const realmId = "07".repeat(32);

/** Two who share whatever is a value document. */
const rules = {
  kind: "value",
  owns: (document) => document instanceof ValueDocument,
  open: ({ snapshot, chunks }, writer) =>
    ValueDocument.loadStored(snapshot ?? new Uint8Array(0), chunks, writer),
  apply: (document, { bytes, announced, checkAuthors }) =>
    document.applyEncoded(bytes, announced, checkAuthors),
  audience: () => new Map([[ada.memberId, "a"], [ben.memberId, "b"]]),
  isRecalledFor: () => false,
} satisfies DocumentRules<ValueDocument>;

function engine(keys: MemberKeys, options: Partial<EngineOptions> = {}): Engine {
  return new Engine({
    ...{ keys, sources: seededSources(keys.memberId, () => 5_000) },
    rules: [rules as unknown as DocumentRules],
    awaited: (id, _from, writer) => {
      const isPlan = id === valueDocumentId(realmId, "plan") as string;
      return isPlan ? ValueDocument.awaiting({ realmId, name: "plan" }, writer) : undefined;
    },
    ...options,
  });
}

/** Delivers until nobody has anything to say; gives the envelopes of each. */
function settle(left: Engine, right: Engine): { readonly left: number; readonly right: number } {
  const counts = { left: 0, right: 0 };
  for (let before = -1; before !== counts.left + counts.right;) {
    before = counts.left + counts.right;
    for (
      let bytes = left.takeEnvelope(ben.memberId);
      bytes;
      bytes = left.takeEnvelope(ben.memberId)
    ) {
      counts.left++;
      right.onEnvelope(ada.memberId, bytes);
    }
    for (
      let bytes = right.takeEnvelope(ada.memberId);
      bytes;
      bytes = right.takeEnvelope(ada.memberId)
    ) {
      counts.right++;
      left.onEnvelope(ben.memberId, bytes);
    }
  }
  return counts;
}

function plan(one: Engine): ValueDocument {
  return one.allDocuments.get(valueDocumentId(realmId, "plan")) as ValueDocument;
}

Deno.test("Engine keeps and sends documents by the rules of their kind", () => {
  const store = new MemoryStore();
  const left = engine(ada, { store });
  using right = engine(ben);
  const document = ValueDocument.awaiting({ realmId, name: "plan" }, left.writer);
  document.update({ boats: 2 });
  left.add(document);
  assertEquals(left.documents.size, 0, "it is no artifact");
  settle(left, right);
  assertEquals(plan(right).read(), { boats: 2 });
  plan(right).merge({ crew: 5 });
  right.onLocalMutation(plan(right).documentId);
  settle(left, right);
  assertEquals(plan(left).read(), { boats: 2, crew: 5 });
  left[Symbol.dispose]();
  using again = engine(ada, { store });
  assertEquals(plan(again).read(), { boats: 2, crew: 5 });
  assertEquals(settle(again, right), { left: 0, right: 0 }, "both know that the other has it");
});

Deno.test("Engine.await() asks for what others hold, and sends nothing of its own", () => {
  using left = engine(ada);
  using right = engine(ben, { awaited: () => undefined });
  const document = ValueDocument.awaiting({ realmId, name: "plan" }, left.writer);
  document.update([1, 2]);
  left.add(document);
  settle(left, right);
  assertEquals(right.allDocuments.size, 0, "nobody awaits it");
  right.await(ValueDocument.awaiting({ realmId, name: "plan" }, right.writer));
  settle(left, right);
  assertEquals(plan(right).read(), [1, 2]);
  assertThrows(() => right.await(plan(right)), TypeError, "here already");
});

Deno.test("Engine refuses to open a store with documents of a kind that it has no rules for", () => {
  const store = new MemoryStore();
  const left = engine(ada, { store });
  left.add(ValueDocument.awaiting({ realmId, name: "plan" }, left.writer));
  left[Symbol.dispose]();
  assertThrows(() => engine(ada, { store, rules: [] }), Error, 'kind "value" is unknown');
});

Deno.test("Engine.onLost() brings a peer all that it may have once more", () => {
  using left = engine(ada);
  const document = ValueDocument.awaiting({ realmId, name: "plan" }, left.writer);
  document.update("all of it");
  left.add(document);
  const right = engine(ben);
  settle(left, right);
  right[Symbol.dispose]();
  using empty = engine(ben);
  assertEquals(settle(left, empty), { left: 0, right: 0 });
  left.onLost(ben.memberId);
  settle(left, empty);
  assertEquals(plan(empty).read(), "all of it");
});

Deno.test("Engine takes nothing from who is blocked", () => {
  using left = engine(ada);
  using right = engine(ben, { isBlocked: (peer) => peer === ada.memberId });
  left.add(ValueDocument.awaiting({ realmId, name: "plan" }, left.writer));
  assertEquals(settle(left, right), { left: 1, right: 0 });
  assertEquals([right.allDocuments.size, right.takeEvents()], [0, []]);
});

Deno.test("Engine takes as many documents as a peer may bring, and not one more", () => {
  using left = engine(ada);
  using right = engine(ben, { documentsMax: () => 2 });
  const stories = [1, 2, 3].map((n) => {
    const story = ArtifactDocument.create({
      ...{ nonce: new Uint8Array(32).fill(n), artifactType: "story", ...left.writer },
    });
    const grant = { grantee: ben.memberId, grantedBy: ada.memberId, grantedAtMs: 1 };
    story.addGrant({ ...grant, mode: "revocable" });
    left.add(story);
    return story.artifactId;
  });
  settle(left, right);
  assertEquals(stories.map((id) => right.documents.has(id)), [true, true, false]);
  const refused = right.takeEvents().filter(({ type }) => type === "refused");
  assert(
    refused.length > 0 && refused.every((event) => "code" in event && event.code === "too_large"),
  );
});

Deno.test("riders go along with payloads or alone, sealed, and are given to whoever takes them", () => {
  const taken: string[] = [];
  let due = ["first", "second"].map((text) => new TextEncoder().encode(text));
  using left = engine(ada, {
    riders: { take: () => due.splice(0), receive: () => {} },
  });
  using right = engine(ben, {
    riders: {
      take: () => [],
      receive: (from, message) => {
        assertEquals(from, ada.memberId);
        taken.push(new TextDecoder().decode(message));
      },
    },
  });
  assertEquals(settle(left, right), { left: 1, right: 0 });
  assertEquals(taken, ["first", "second"]);
  due = [new TextEncoder().encode("third")];
  const document = ValueDocument.awaiting({ realmId, name: "plan" }, left.writer);
  document.update("written");
  left.add(document);
  const envelope = left.takeEnvelope(ben.memberId)!;
  right.onEnvelope(ada.memberId, envelope);
  assertEquals([taken.at(-1), right.allDocuments.size], ["third", 1]);
  assert(!new TextDecoder("latin1").decode(envelope).includes("third"));
});

Deno.test("whoever has lost its store neither writes as who it was nor counts from below", () => {
  const first = engine(ada);
  const second = engine(ada, { sources: seededSources("later", () => 60_000) });
  assert(first.writer.actor !== second.writer.actor);
  const story = (one: Engine) => {
    const document = ArtifactDocument.create({
      ...{ nonce: seededSources("n", () => 0).randomBytes(32), artifactType: "story" },
      ...one.writer,
    });
    document.addGrant({
      ...{ grantee: ben.memberId, grantedBy: ada.memberId, grantedAtMs: 1, mode: "revocable" },
    });
    document.appendRef(newArtifactId(seededSources("c", () => 0)));
    one.add(document);
    return one.takeEnvelope(ben.memberId)!;
  };
  const numbers = [first, second].map((one) => openEnvelope(ben, story(one)).number);
  assert(numbers[1]! > numbers[0]!, numbers.join());
  for (const one of [first, second]) one[Symbol.dispose]();
});
