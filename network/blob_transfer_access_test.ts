import { assertEquals } from "@std/assert";
import {
  get,
  holder,
  ID,
  LARGE,
  LONG,
  LONG_ID,
  noId,
  ofType,
  Peer,
  settle,
} from "./_blob_peers_test.ts";
import type { BlobId } from "./blob_manifest.ts";
import { BLOB_MESSAGE_BYTES_MAX } from "./blob_transfer.ts";

Deno.test("BlobTransfer gives no hint whether a blob is there to who may not have it", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  const askedFor: BlobId[] = [];
  ada.mayServe = (peer, blobId) => {
    assertEquals(peer, ben.id);
    askedFor.push(blobId);
    return false;
  };
  const answers = [ID, noId(1)].map((blobId) => {
    ada.hears(ben, { type: "ask", number: 7, blobId });
    ada.hears(ben, get(blobId, [0, 2 ** 8]));
    return ada.take(ben).map((message) => ({ ...message, blobId: "" }));
  });
  assertEquals(answers[0], answers[1]);
  assertEquals(answers[0], [{ type: "refused", number: 7, blobId: "" }]);
  assertEquals(ofType(askedFor.map(String), ID), ofType(askedFor.map(String), noId(1)));
  ada.mayServe = () => true;
  ada.hears(ben, { type: "ask", number: 8, blobId: noId(1) });
  assertEquals(ada.take(ben), [{ type: "refused", number: 8, blobId: noId(1) }]);
});

Deno.test("BlobTransfer fails when all refuse, and is answered once they do not", () => {
  const [ada, cem, ben] = [holder("ada"), new Peer("cem"), new Peer("ben")];
  ben.meets(ada, cem);
  ada.mayServe = () => false;
  ben.transfer.want(ID, [ada.id, cem.id]);
  assertEquals(settle(ada, cem, ben), ["ask", "refused", "ask", "refused"]);
  assertEquals(ben.events(), ["failed refused"]);
  ada.mayServe = () => true;
  ben.transfer.want(ID, [cem.id, ada.id]);
  settle(ada, cem, ben);
  assertEquals([ben.events(), ben.blobs.get(ID)], [["progress", "blob_arrived"], LARGE]);
});

Deno.test("BlobTransfer waits for a holder that is away while others refuse", () => {
  const [ada, cem, ben] = [holder("ada"), new Peer("cem"), new Peer("ben")];
  ben.meets(cem);
  ben.transfer.want(ID, [cem.id, ada.id]);
  settle(cem, ben);
  assertEquals([ben.events(), ben.transfer.nextMs], [[], Infinity]);
  ben.meets(ada);
  settle(ada, cem, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer gives nothing more once access ends, not even what waits", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben, 3 * BLOB_MESSAGE_BYTES_MAX));
  ada.mayServe = () => false;
  const last = ada.take(ben);
  assertEquals(last.map(({ type }) => type), ["refused"]);
  ben.hears(ada, ...last);
  settle(ada, ben);
  assertEquals(ben.events(), ["progress", "failed refused"]);
  assertEquals(ada.transfer.stats().chunksServed, 3);

  ada.mayServe = () => true;
  ben.transfer.want(LONG_ID, [ada.id]);
  assertEquals(ofType(settle(ada, ben), "chunk"), 7);
  assertEquals(ben.blobs.get(LONG_ID), LONG);
});

Deno.test("BlobTransfer is not misled by a refusal of an earlier request", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ada.mayServe = () => false;
  ben.transfer.want(ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  const refused = ada.take(ben);
  ben.hears(ada, ...refused);
  ada.mayServe = () => true;
  ben.transfer.want(ID, [ada.id]);
  const asked = ben.take(ada);
  ben.hears(ada, ...refused);
  ada.hears(ben, ...asked);
  settle(ada, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer refuses the latest of the requests for the same", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ada.hears(ben, { ...get(ID, [0, 1]), number: 8 });
  ada.hears(ben, { ...get(ID, [0, 1]), number: 9 });
  assertEquals(ada.take(ben, 1).length, 1);
  ada.mayServe = () => false;
  assertEquals(ada.take(ben), [{ type: "refused", number: 9, blobId: ID }]);
});

Deno.test("BlobTransfer answers nobody who cannot be reached", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.hears(ben, { type: "ask", number: 1, blobId: ID });
  ada.hears(ben, get(ID, [0]));
  ada.meets(ben);
  assertEquals(ada.take(ben), []);
});
