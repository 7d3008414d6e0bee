import { assert, assertEquals } from "@std/assert";
import { createIdentity } from "../network/identity.ts";
import { createHandle } from "../sync/_automerge.ts";
import { ArtifactDocument, Engine, newArtifactId, seededSources } from "../sync/mod.ts";
import type { ArtifactId, Heads, MemberId, Sources } from "../sync/mod.ts";
import { countCalls } from "./_count_calls.ts";

/** Bytes of an envelope with a payload besides its changes: ids, heads, seal and voucher. */
const ENVELOPE_BYTES_MAX = 200;
/** Bytes of an envelope with a receipt alone, if there is one head: ids, head and seal. */
const RECEIPT_BYTES_MAX = 150;
const HEAD_BYTES = 32;
const SMALLEST_FACTOR_MAX = 1.15;
/** What an engine draws for each body that it encrypts, and for each envelope that it seals. */
const DRAWN_BYTES = { body: 32, envelope: 12 } as const;

interface Peer {
  readonly member: MemberId;
  readonly engine: Engine;
  /** How often so many random bytes were drawn. */
  readonly draws: Map<number, number>;
}

function peerOf(name: string): Peer {
  const seeded = seededSources(name, () => 1_000);
  const keys = createIdentity(seeded);
  const draws = new Map<number, number>();
  const sources: Sources = {
    ...seeded,
    randomBytes: (length) => {
      draws.set(length, (draws.get(length) ?? 0) + 1);
      return seeded.randomBytes(length);
    },
  };
  return { member: keys.memberId, engine: new Engine({ keys, sources }), draws };
}

const children = seededSources("children", () => 0);

/** Ada's story, which everybody else holds as well. */
function meet(...names: string[]) {
  const peers = names.map(peerOf);
  const ada = peers[0]!;
  const story = ArtifactDocument.create({
    nonce: children.randomBytes(32),
    artifactType: "story",
    ...ada.engine.writer,
  });
  for (const { member } of peers.slice(1)) {
    story.addGrant({
      grantee: member,
      grantedBy: ada.member,
      grantedAtMs: 0,
      mode: "revocable",
    });
  }
  ada.engine.add(story);
  settle(peers);
  return { peers, ada, ben: peers[1]!, story, id: story.artifactId };
}

function write({ engine }: Peer, id: ArtifactId, changes: number): void {
  for (let n = 0; n < changes; n++) engine.documents.get(id)!.appendRef(newArtifactId(children));
  engine.onLocalMutation(id);
}

/** Delivers until nobody has anything to say. Gives each envelope's size, in order. */
function settle(peers: readonly Peer[]): number[] {
  const sizes: number[] = [];
  for (let before = -1; before !== sizes.length;) {
    before = sizes.length;
    for (const from of peers) {
      for (const to of peers.filter((one) => one !== from)) {
        for (;;) {
          const envelope = from.engine.takeEnvelope(to.member);
          if (envelope === undefined) break;
          sizes.push(envelope.length);
          to.engine.onEnvelope(from.member, envelope);
        }
      }
    }
  }
  return sizes;
}

function part(left: Peer, right: Peer): void {
  left.engine.onUnreachable(right.member);
  right.engine.onUnreachable(left.member);
}

function reach(left: Peer, right: Peer): void {
  left.engine.onReachable(right.member);
  right.engine.onReachable(left.member);
}

function smallest(document: ArtifactDocument, base: Heads): number {
  const handle = createHandle("00ff");
  try {
    handle.loadIncremental(document.save());
    const lacking = handle.getChangesMeta([...base]).map(({ hash }) => hash);
    const encodings = [handle.save(), handle.saveSince([...base]), handle.saveBundle(lacking)];
    return Math.min(...encodings.map(({ length }) => length));
  } finally {
    handle.free();
  }
}

/** Asserts what an envelope may cost that brings what Automerge encodes in so many bytes. */
function assertBounded(bytes: number, least: number): void {
  const bound = SMALLEST_FACTOR_MAX * least + ENVELOPE_BYTES_MAX;
  assert(bytes <= bound, `${bytes} bytes, at most ${bound}`);
}

Deno.test("a burst is one payload and one receipt for each recipient, encrypted once", () => {
  const { peers, ada, story, id } = meet("ada", "ben", "cyd", "dan");
  ada.draws.clear();
  write(ada, id, 100);
  assertEquals(settle(peers).length, 6);
  assertEquals(ada.draws.get(DRAWN_BYTES.body), 1);
  assertEquals(ada.draws.get(DRAWN_BYTES.envelope), 3);
  for (const { engine } of peers) {
    assertEquals(engine.documents.get(id)!.getHeads(), story.getHeads());
  }
});

Deno.test("a payload that is smaller than a key is worth is encrypted for each recipient", () => {
  const { peers, ada, story, id } = meet("ada", "ben", "cyd", "dan");
  ada.draws.clear();
  write(ada, id, 1);
  assertEquals(settle(peers).length, 6);
  assertEquals(ada.draws.get(DRAWN_BYTES.body), undefined);
  assertEquals(ada.draws.get(DRAWN_BYTES.envelope), 3);
  for (const { engine } of peers) {
    assertEquals(engine.documents.get(id)!.getHeads(), story.getHeads());
  }
});

Deno.test("a month of 1,000 changes while a peer was away is one payload", () => {
  const { peers, ada, ben, story, id } = meet("ada", "ben");
  part(ada, ben);
  const before = ben.engine.stats().payloadsFrom.get(ada.member)!;
  for (let n = 0; n < 1000; n++) write(ada, id, 1);
  reach(ada, ben);
  assertEquals(settle(peers).length, 2);
  assertEquals(ben.engine.stats().payloadsFrom.get(ada.member)! - before, 1);
  assertEquals(ben.engine.documents.get(id)!.getHeads(), story.getHeads());
});

Deno.test("two that know that they hold the same say nothing when they meet", () => {
  const { peers, ada, ben } = meet("ada", "ben");
  part(ada, ben);
  reach(ada, ben);
  assertEquals(settle(peers), []);
});

for (const changes of [1, 10, 100, 1000]) {
  Deno.test(`${changes} changes to one peer take one envelope of bounded size`, () => {
    const { peers, ada, ben, story, id } = meet("ada", "ben");
    const base = story.getHeads();
    write(ada, id, changes);
    const least = smallest(story, base);
    const sizes = settle(peers);
    assertEquals(sizes.length, 2);
    assertBounded(sizes[0]!, least);
    assert(sizes[1]! <= RECEIPT_BYTES_MAX, `${sizes[1]} bytes`);
    assertEquals(ben.engine.documents.get(id)!.getHeads(), story.getHeads());
  });

  Deno.test(`two that each made ${changes} changes need three envelopes`, () => {
    const { peers, ada, ben, story, id } = meet("ada", "ben");
    part(ada, ben);
    const base = story.getHeads();
    for (const peer of peers) write(peer, id, changes);
    const least = peers.map(({ engine }) => smallest(engine.documents.get(id)!, base));
    reach(ada, ben);
    const sizes = settle(peers);
    assertEquals(sizes.length, 3);
    assertEquals(ben.engine.documents.get(id)!.getHeads(), story.getHeads());
    assertBounded(sizes[0]!, least[0]!);
    // Now there are two heads, and the answer brings a receipt as well.
    assertBounded(sizes[1]! - RECEIPT_BYTES_MAX, least[1]!);
    assert(sizes[2]! <= RECEIPT_BYTES_MAX + HEAD_BYTES, `${sizes[2]} bytes`);
  });
}

Deno.test("the smallest changes take envelopes of bounded size as well", () => {
  const { peers, story, ada, id } = meet("ada", "ben");
  write(ada, id, 1);
  settle(peers);
  const small: ((story: ArtifactDocument) => void)[] = [
    (story) => story.setMetadata("k", new Uint8Array([1])),
    (story) => story.setMetadata("k", new Uint8Array([2])),
    (story) => story.removeRef(story.references()[0]!.artifactId),
  ];
  for (const change of small) {
    const base = story.getHeads();
    change(ada.engine.documents.get(id)!);
    ada.engine.onLocalMutation(id);
    const least = smallest(story, base);
    assert(least < 150, `${least} bytes`);
    const sizes = settle(peers);
    assertEquals(sizes.length, 2);
    assertBounded(sizes[0]!, least);
  }
});

Deno.test("a change is applied as it is, a payload of many on one copy; neither saves the whole", () => {
  const { peers, ada, ben, id } = meet("ada", "ben");
  const prototype = Object.getPrototypeOf(createHandle("00ff"));
  const names = ["clone", "loadIncremental", "saveAndVerify", "save", "materialize"] as const;
  for (const changes of [1, 100]) {
    write(ada, id, 1000);
    settle(peers);
    write(ada, id, changes);
    const envelope = ada.engine.takeEnvelope(ben.member)!;
    assertEquals(
      countCalls(prototype, names, () => ben.engine.onEnvelope(ada.member, envelope)),
      {
        ...{ clone: changes > 1 ? 1 : 0, loadIncremental: 1 },
        ...{ saveAndVerify: 0, save: 0, materialize: 0 },
      },
    );
    settle(peers);
  }
});

Deno.test("a document that arrives whole is opened as it is", () => {
  const ada = peerOf("ada");
  const ben = peerOf("ben");
  const story = ArtifactDocument.create({
    nonce: children.randomBytes(32),
    artifactType: "story",
    ...ada.engine.writer,
  });
  story.addGrant({
    grantee: ben.member,
    grantedBy: ada.member,
    grantedAtMs: 0,
    mode: "revocable",
  });
  for (let n = 0; n < 10; n++) story.appendRef(newArtifactId(children));
  ada.engine.add(story);
  const envelope = ada.engine.takeEnvelope(ben.member)!;
  const counts = countCalls(
    Object.getPrototypeOf(createHandle("00ff")),
    ["clone", "saveAndVerify"],
    () => ben.engine.onEnvelope(ada.member, envelope),
  );
  // The one that is copied is the empty document that it is read into.
  assertEquals(counts, { clone: 1, saveAndVerify: 0 });
  assertEquals(ben.engine.documents.get(story.artifactId)!.getHeads(), story.getHeads());
});
