import { assert, assertEquals } from "@std/assert";
import {
  clock,
  holder,
  ID,
  LARGE,
  LONG,
  LONG_ID,
  Peer,
  requests,
  settle,
} from "./_blob_peers_test.ts";
import {
  BLOB_REQUEST_MS_MAX,
  BLOB_RETRIES_MAX,
  BLOB_RETRY_MS_MAX,
  BLOB_RETRY_MS_MIN,
} from "./blob_transfer.ts";

Deno.test("BlobTransfer asks again if nothing comes, ever more rarely, and then gives up", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id]);
  const waited: number[] = [];
  while (ben.transfer.wanted.size > 0) {
    assertEquals(ben.take(ada).map(({ type }) => type), ["ask"]);
    waited.push(ben.waits());
  }
  assertEquals(waited.length, BLOB_RETRIES_MAX + 1);
  waited.forEach((waitMs, times) => {
    assertEquals(waitMs, Math.min(BLOB_RETRY_MS_MAX, BLOB_RETRY_MS_MIN * 2 ** times));
  });
  assertEquals([ben.events(), ben.transfer.nextMs], [["failed no_answer"], Infinity]);
  assertEquals(ben.transfer.stats().retries, BLOB_RETRIES_MAX + 1);

  ben.transfer.want(ID, [ada.id]);
  settle(ada, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer turns to another holder when one does not answer", () => {
  const [ada, cem, ben] = [holder("ada"), holder("cem"), new Peer("ben")];
  ben.meets(ada, cem);
  ben.transfer.want(ID, [ada.id, cem.id]);
  assertEquals([ben.take(ada).length, ben.take(cem).length], [1, 0]);
  ben.waits();
  assertEquals([ben.take(ada).length, ben.take(cem).length], [0, 1]);
  ben.waits();
  assertEquals([ben.take(ada).length, ben.take(cem).length], [1, 0]);
  ben.waits();
  cem.hears(ben, ...ben.take(cem));
  settle(cem, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer hopes again of a silent holder once it is away, for it may come back", () => {
  const [ada, cem, ben] = [holder("ada"), new Peer("cem"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id, cem.id]);
  fallSilent(ada, ben);
  ada.parts(ben);
  cem.meets(ben);
  assertEquals(settle(cem, ben), ["ask", "refused"]);
  assertEquals(ben.events(), []);
  ada.meets(ben);
  settle(ada, ben);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer asks a silent holder for everything again once it says something", () => {
  const [ada, cem, ben] = [holder("ada"), new Peer("cem"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id, cem.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  const late = ada.take(ben);
  ben.transfer.want(LONG_ID, [ada.id, cem.id]);
  ben.waits();
  for (let times = 1; times <= BLOB_RETRIES_MAX; times++) {
    assert(ben.take(ada).length > 0);
    ben.waits();
  }
  assertEquals(ben.take(ada), []);
  ben.hears(ada, late[0]!);
  settle(ada, ben);
  assertEquals([ben.blobs.get(ID), ben.blobs.get(LONG_ID)], [LARGE, LONG]);
});

Deno.test("BlobTransfer asks again for the chunks that were lost, and only for those", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  const [zero, , two, ...others] = ada.take(ben);
  ben.hears(ada, zero!, two!, ...others);
  settle(ada, ben);
  assertEquals([...ben.blobs.partialsOf(LONG_ID)[0]!.missing], [1]);
  assertEquals(ben.waits(), BLOB_RETRY_MS_MIN);
  assertEquals(requests(ben.take(ada)), [1]);
  assertEquals(ben.waits(), 2 * BLOB_RETRY_MS_MIN);
  settle(ada, ben);
  assertEquals(ben.blobs.get(LONG_ID), LONG);
  assertEquals(ben.transfer.stats().chunksReceived, 10);
  assertEquals(ben.transfer.stats().retries, 2);
});

Deno.test("BlobTransfer waits for a slow holder as long as it says something", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  ada.hears(ben, ...ben.take(ada));
  for (const message of ada.take(ben).slice(0, 6)) {
    clock.nowMs += BLOB_RETRY_MS_MIN - 1;
    ben.transfer.onTime(clock.nowMs);
    ben.hears(ada, message);
  }
  assertEquals(ben.transfer.stats().retries, 0);
  // Not for ever: one that was passed over counts as lost.
  assert(ben.transfer.nextMs - clock.nowMs < BLOB_RETRY_MS_MIN);
  assert(6 * BLOB_RETRY_MS_MIN >= BLOB_REQUEST_MS_MAX);
});

Deno.test("BlobTransfer asks for one chunk at a time after a loss, and for more again as they come", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(LONG_ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  ben.hears(ada, ...ada.take(ben));
  assertEquals(requests(ben.take(ada)).length, 8);
  ben.waits();
  const counts = [];
  while (ben.transfer.wanted.size > 0) {
    const wanted = ben.take(ada);
    counts.push(requests(wanted).length);
    ada.hears(ben, ...wanted);
    ben.hears(ada, ...ada.take(ben));
  }
  assertEquals(counts, [1, 2, 4, 3]);
});

Deno.test("BlobTransfer takes what comes late, and asks no more for it", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id]);
  ada.hears(ben, ...ben.take(ada));
  const manifest = ada.take(ben);
  ben.waits();
  ben.hears(ada, ...manifest);
  assertEquals(requests(ben.take(ada)), [0]);
  ada.parts(ben);
  ada.meets(ben);
  ada.hears(ben, ...ben.take(ada));
  const chunks = ada.take(ben);
  ben.waits();
  ben.hears(ada, chunks[0]!);
  ada.parts(ben);
  ben.hears(ada, chunks[1]!); // it was on its way
  ada.meets(ben);
  assertEquals(settle(ada, ben), ["get", "chunk"]);
  assertEquals(ben.blobs.get(ID), LARGE);
});

Deno.test("BlobTransfer does not wait longer because the clock went back", () => {
  const [ada, ben] = [holder("ada"), new Peer("ben")];
  clock.nowMs += 1e9;
  ada.meets(ben);
  ben.transfer.want(ID, [ada.id]);
  ben.take(ada);
  clock.nowMs -= 1e9;
  ben.transfer.onTime(clock.nowMs);
  assertEquals(ben.waits(), BLOB_RETRY_MS_MIN);
  assertEquals(ben.take(ada).length, 1);
});

/** Does not answer until nothing is hoped of it. */
function fallSilent(ada: Peer, ben: Peer): void {
  for (let times = 0; times <= BLOB_RETRIES_MAX; times++) {
    assert(ben.take(ada).length > 0);
    ben.waits();
  }
  assertEquals(ben.take(ada), []);
}
