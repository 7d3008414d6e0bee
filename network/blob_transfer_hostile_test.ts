import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeBlobMessage } from "./_blob_messages.ts";
import type { BlobMessage } from "./_blob_messages.ts";
import {
  answer,
  chunkAt,
  chunkOf,
  claimOf,
  get,
  holder,
  ID,
  LARGE,
  LONG,
  LONG_ID,
  MANIFEST,
  manifestOf,
  noId,
  Peer,
  requests,
  settle,
  some,
  text,
} from "./_blob_peers_test.ts";
import { BLOB_CHUNK_BYTES, manifestIdOf } from "./blob_manifest.ts";
import { BLOB_BANS_MAX, BLOB_MESSAGE_BYTES_MAX } from "./blob_transfer.ts";

const SEED = 20260119;

Deno.test("BlobTransfer bans a holder that sends another chunk, for that blob, and goes on without", () => {
  const [eve, ada, ben] = [new Peer("eve"), holder("ada"), new Peer("ben")];
  ben.meets(eve, ada);
  ben.transfer.want(ID, [eve.id, ada.id]);
  answer(eve, ben, LARGE, (bytes, index) => index === 1 ? bytes.fill(0) : bytes);
  assertEquals(ben.transfer.takeEvents().at(-1), {
    type: "holder_banned",
    blobId: ID,
    holder: eve.id,
    why: "bad_chunk",
  });
  assertEquals(ben.take(eve), []);
  settle(ada, ben);
  // What eve sent before was right, and is not sent again.
  assertEquals([ben.blobs.get(ID), ada.transfer.stats().chunksServed], [LARGE, 2]);

  ben.transfer.want(LONG_ID, [eve.id]); // another blob
  assertEquals(ben.take(eve).length, 1);
});

Deno.test("BlobTransfer does not ask a banned holder again, also if it is named again", () => {
  const [eve, ben] = [new Peer("eve"), new Peer("ben")];
  ben.meets(eve);
  ben.transfer.want(ID, [eve.id]);
  answer(eve, ben, LARGE, (bytes) => bytes.fill(0));
  assertEquals(ben.events(), ["banned bad_chunk", "failed bad_data"]);
  ben.transfer.want(ID, [eve.id]);
  assertEquals([ben.take(eve), ben.events()], [[], ["failed bad_data"]]);
});

Deno.test("BlobTransfer remembers bans of so many blobs, the latest", () => {
  const [eve, ben] = [new Peer("eve"), new Peer("ben")];
  ben.meets(eve);
  for (let at = 0; at <= BLOB_BANS_MAX; at++) {
    ben.transfer.want(noId(at), [eve.id]);
    ben.take(eve);
    ben.hears(eve, { type: "whole", blobId: noId(at), bytes: text("x") });
  }
  assertEquals(ben.transfer.wanted.size, 0);
  ben.transfer.want(noId(1), [eve.id]);
  assertEquals(ben.take(eve), []);
  ben.transfer.want(noId(0), [eve.id]);
  assertEquals(ben.take(eve).length, 1);
});

Deno.test("BlobTransfer drops all of a false manifest and names who gave it, also after a restart", () => {
  const lie = some(LARGE.length, "lie");
  for (const restarts of [false, true]) {
    const [eve, ada, ben] = [new Peer("eve"), holder("ada"), new Peer("ben")];
    ben.meets(eve);
    ben.transfer.want(ID, [eve.id, ada.id]);
    answer(eve, ben, lie, (bytes, index) => index === 2 ? undefined : bytes);
    assertEquals([ben.events(), ben.blobs.partials().length], [["progress"], 1]);
    if (restarts) {
      ben.restart();
      ben.transfer.want(ID, [eve.id, ada.id]);
      ben.meets(eve);
    } else ben.waits();
    answer(eve, ben, lie);
    assertEquals(ben.events(), ["banned bad_manifest"]);
    assertEquals([ben.blobs.has(ID), ben.blobs.bytes], [false, 0]);
    ben.meets(ada);
    settle(ada, ben);
    assertEquals(ben.blobs.get(ID), LARGE);
  }
});

Deno.test("BlobTransfer blames all who went by a false manifest, not only who gave it", () => {
  const [eve, mal, fay, ada, ben] = ["eve", "mal", "fay", "ada", "ben"].map((name) =>
    new Peer(name)
  );
  const lie = some(LARGE.length, "lie");
  ben!.transfer.want(ID, [eve!, mal!, fay!, ada!].map(({ id }) => id));
  ben!.meets(eve!);
  answer(eve!, ben!, lie, () => undefined); // the manifest only
  ben!.parts(eve!);
  ben!.meets(mal!);
  answer(mal!, ben!, lie, (bytes, index) => index === 0 ? bytes : undefined);
  ben!.parts(mal!);
  ben!.meets(fay!);
  answer(fay!, ben!, lie);
  const banned = ben!.transfer.takeEvents().flatMap((event) =>
    event.type === "holder_banned" ? [event.holder] : []
  );
  assertEquals(new Set(banned), new Set([eve, mal, fay].map((peer) => peer!.id)));
  assertEquals([...ben!.transfer.wanted], [ID]); // ada may bring it
});

Deno.test("BlobTransfer loses nothing that came from the honest by a false manifest", () => {
  const [eve, ada, ben] = [new Peer("eve"), holder("ada"), new Peer("ben")];
  const lie = some(LARGE.length, "lie");
  ben.meets(ada);
  ben.transfer.want(ID, [ada.id, eve.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben, 2 * BLOB_MESSAGE_BYTES_MAX));
  ben.parts(ada);
  ben.meets(eve);
  answer(eve, ben, lie);
  assertEquals(ben.events(), ["progress", "banned bad_manifest"]);
  ben.meets(ada);
  assertEquals(settle(ada, ben), ["get", "chunk"]);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer never blames the honest for what does not fit a liar's manifest", () => {
  const [eve, ada, ben] = [new Peer("eve"), holder("ada"), new Peer("ben")];
  const lie = some(LARGE.length, "lie");
  ben.meets(eve, ada);
  ben.transfer.want(ID, [eve.id, ada.id]);
  const asked = ben.take(eve);
  assertEquals(asked[0]!.type, "ask");
  ben.hears(eve, { type: "manifest", manifest: manifestOf(lie, ID) });
  // Ada is asked by it, says that hers is another, and her chunks are kept apart.
  assertEquals(settle(ada, ben), ["get", "manifest", "get", "chunk", "chunk", "chunk"]);
  assertEquals(ben.blobs.get(ID), LARGE);
  assert(!ben.events().some((event) => event.startsWith("banned")));
  assertEquals(ben.blobs.partials(), []);
});

Deno.test("BlobTransfer gets a blob of one chunk although a liar said that it has several", () => {
  const [eve, ada, ben] = [new Peer("eve"), new Peer("ada"), new Peer("ben")];
  const id = ada.blobs.put(text("short"));
  ben.meets(eve, ada);
  ben.transfer.want(id, [eve.id, ada.id]);
  ben.take(eve);
  ben.hears(eve, { type: "manifest", manifest: claimOf(id) });
  assertEquals(settle(ada, ben), ["get", "whole"]);
  assertEquals([ben.blobs.get(id), ben.blobs.partials()], [text("short"), []]);
});

Deno.test("BlobTransfer bans a holder that gives two manifests, or the whole of another blob", () => {
  const [eve, ben] = [new Peer("eve"), new Peer("ben")];
  ben.meets(eve);
  ben.transfer.want(ID, [eve.id]);
  ben.take(eve);
  ben.hears(eve, { type: "manifest", manifest: MANIFEST });
  ben.hears(eve, { type: "manifest", manifest: MANIFEST });
  assertEquals(ben.events(), []);
  ben.hears(eve, { type: "manifest", manifest: manifestOf(LONG, ID) });
  assertEquals(ben.events(), ["banned two_manifests", "failed bad_data"]);

  ben.transfer.want(LONG_ID, [eve.id]);
  ben.take(eve);
  ben.hears(eve, { type: "whole", blobId: LONG_ID, bytes: text("another") });
  assertEquals(ben.events(), ["banned bad_chunk", "failed bad_data"]);
});

Deno.test("BlobTransfer ignores what it did not ask for", () => {
  const [ada, eve, ben] = [holder("ada"), new Peer("eve"), new Peer("ben")];
  ben.meets(ada, eve);
  const chunk = (index: number, manifest = MANIFEST): BlobMessage => ({
    type: "chunk",
    blobId: manifest.blobId,
    manifestId: manifestIdOf(manifest),
    index,
    bytes: chunkAt(LARGE, index),
  });
  const whole: BlobMessage = { type: "whole", blobId: ID, bytes: LARGE.slice(0, 5) };
  const manifest: BlobMessage = { type: "manifest", manifest: MANIFEST };
  const refused: BlobMessage = { type: "refused", number: 1, blobId: ID };
  const all = [chunk(0), whole, manifest, refused];
  ben.hears(eve, ...all); // not wanted
  ben.transfer.want(ID, [ada.id]);
  ben.hears(eve, ...all); // no holder
  ben.hears(ada, ...all); // not asked yet
  assertEquals(ben.transfer.stats().messagesIgnored, 12);
  assertEquals([ben.blobs.partials(), ben.blobs.bytes, ben.events()], [[], 0, []]);

  ben.transfer.want(ID, [ada.id, eve.id]);
  ben.take(ada);
  ben.hears(ada, chunk(0), refused, manifest);
  assertEquals(requests(ben.take(ada)), [0, 1, 2]);
  ben.hears(ada, chunk(0, manifestOf(LONG)), chunk(1));
  assertEquals(ben.blobs.bytes, BLOB_CHUNK_BYTES);
  ben.hears(eve, chunk(0), chunk(2)); // a holder, but not the one that was asked
  assertEquals(ben.blobs.bytes, BLOB_CHUNK_BYTES);
  ben.hears(ada, chunk(1), chunk(1)); // twice more
  assertEquals(ben.blobs.bytes, BLOB_CHUNK_BYTES);
  assertEquals(ben.transfer.stats().messagesIgnored, 19);
  ben.hears(ada, chunk(0), chunk(2));
  assertEquals([ben.blobs.get(ID), ben.events()], [LARGE, ["progress", "blob_arrived"]]);
});

Deno.test("BlobTransfer is not kept waiting by a holder that only repeats its manifest", () => {
  const [eve, ben] = [new Peer("eve"), new Peer("ben")];
  ben.meets(eve);
  ben.transfer.want(ID, [eve.id]);
  let turns = 0;
  for (; ben.transfer.wanted.size > 0; turns++) {
    assert(turns < 100);
    ben.take(eve);
    ben.hears(eve, { type: "manifest", manifest: MANIFEST });
    ben.waits();
  }
  assertEquals(ben.events(), ["failed no_answer"]);
});

Deno.test("BlobTransfer survives any bytes: each is ignored or told, and nothing is kept", () => {
  const [ada, eve, ben] = [holder("ada"), new Peer("eve"), new Peer("ben")];
  ada.meets(eve);
  ben.meets(ada, eve);
  ben.transfer.want(ID, [eve.id, ada.id]);
  ben.take(eve);
  const templates = [
    { type: "ask", number: 0, blobId: ID },
    get(ID, [0, 1]),
    { type: "manifest", manifest: MANIFEST },
    { type: "whole", blobId: ID, bytes: text("x") },
    { ...chunkOf(0), bytes: text("x") },
    { type: "refused", number: 0, blobId: ID },
  ] as const;
  const mutated = fc.tuple(
    fc.constantFrom(...templates),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    fc.nat(3),
  ).map(([template, changes, cut]) => {
    const bytes = encodeBlobMessage(template);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes.subarray(0, bytes.length - cut);
  });
  const told = new Set<string>();
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      for (const peer of [ada, ben]) {
        peer.transfer.onMessage(eve.id, bytes);
        for (const event of peer.transfer.takeEvents()) {
          told.add(event.type === "bad_message" ? event.code : event.type);
        }
        assert(peer.transfer.take(eve.id, 1000).length < 10);
      }
    }),
    { seed: SEED, numRuns: 3000 },
  );
  assert(told.has("bad_encoding") && told.has("bad_message") && told.has("unknown_version"));
  assertEquals([ben.blobs.bytes, ben.blobs.list()], [0, []]);
  settle(ada, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer tells of each peer's bad messages the latest only", () => {
  const [eve, ben] = [new Peer("eve"), new Peer("ben")];
  for (let at = 0; at < 5; at++) ben.transfer.onMessage(eve.id, new Uint8Array(at));
  const events = ben.transfer.takeEvents();
  assertEquals(events.length, 1);
  assert(events[0]!.type === "bad_message" && events[0]!.from === eve.id);
});
