import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseArtifactId, parseHeads } from "./ids.ts";
import type { ArtifactId, DocumentId } from "./ids.ts";
import { ENVELOPE_PARTS_MAX, Mailbox, RETRIES_MAX, RETRY_MS_MAX, RETRY_MS_MIN } from "./mailbox.ts";

const SEED = 20260110;
const hex32 = (n: number) => n.toString(16).padStart(64, "0");
const id = (n: number) => parseArtifactId(hex32(n));
const heads = (...numbers: number[]) => parseHeads(numbers.map(hex32));
const [story, gallery] = [id(1), id(2)] as [ArtifactId, ArtifactId];

Deno.test("Mailbox.sent() moves a document from what is due to what is on its way", () => {
  const mailbox = new Mailbox();
  mailbox.due.add(story);
  assertEquals(mailbox.waiting, 1);
  mailbox.sent(story, heads(1), heads(2), 100);
  assertEquals(mailbox.due.size, 0);
  const retryAtMs = 100 + RETRY_MS_MIN;
  assertEquals([...mailbox.onTheWay], [
    [story, { base: heads(1), senderHeads: heads(2), retries: 0, retryAtMs }],
  ]);
  assertEquals(mailbox.told.get(story), heads(2));
  assertEquals([mailbox.waiting, mailbox.retryAtMs], [1, retryAtMs]);
});

Deno.test("Mailbox.waiting counts a document once, however much of it waits", () => {
  const mailbox = new Mailbox();
  mailbox.sent(story, [], heads(2), 0);
  mailbox.due.add(story).add(gallery);
  assertEquals(mailbox.waiting, 2);
});

Deno.test("Mailbox.answered() ends the wait and the count of repetitions", () => {
  const mailbox = new Mailbox();
  mailbox.sent(story, [], heads(2), 0);
  mailbox.retry(RETRY_MS_MIN);
  mailbox.sent(story, [], heads(2), 0);
  assertEquals(mailbox.retryAtMs, 2 * RETRY_MS_MIN);
  mailbox.answered(story);
  assertEquals([mailbox.waiting, mailbox.retryAtMs], [0, Infinity]);
  mailbox.sent(story, [], heads(3), 0);
  assertEquals(mailbox.retryAtMs, RETRY_MS_MIN);
});

Deno.test("Mailbox.retry() makes due what is overdue, and nothing else", () => {
  const mailbox = new Mailbox();
  mailbox.sent(story, [], heads(2), 0);
  mailbox.sent(gallery, [], heads(3), 1);
  assertEquals(mailbox.retry(RETRY_MS_MIN - 1), { again: [], givenUp: [] });
  assertEquals(mailbox.retry(RETRY_MS_MIN), { again: [story], givenUp: [] });
  assertEquals([...mailbox.due], [story]);
  assertEquals([...mailbox.onTheWay.keys()], [gallery]);
});

Deno.test("Mailbox.retry() waits twice as long each time, up to a limit, then gives up", () => {
  const mailbox = new Mailbox();
  const waits: number[] = [];
  let nowMs = 0;
  for (let givenUp = false; !givenUp;) {
    mailbox.sent(story, [], heads(2), nowMs);
    waits.push(mailbox.retryAtMs - nowMs);
    nowMs = mailbox.retryAtMs;
    givenUp = mailbox.retry(nowMs).givenUp.includes(story);
  }
  assertEquals(waits.length, RETRIES_MAX + 1);
  waits.forEach((wait, n) => assertEquals(wait, Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** n)));
  assertEquals(waits.at(-1), RETRY_MS_MAX);
  assertEquals([mailbox.waiting, mailbox.retryAtMs], [0, Infinity]);
  mailbox.sent(story, [], heads(2), nowMs);
  assertEquals(mailbox.retryAtMs - nowMs, RETRY_MS_MIN, "what begins anew waits as at first");
});

Deno.test("Mailbox.heard() after a silence: all that waits is soon sent, as often as at first", () => {
  const mailbox = new Mailbox();
  let nowMs = 0;
  const sendAndWait = () => {
    mailbox.sent(story, [], heads(2), nowMs);
    nowMs = mailbox.retryAtMs;
  };
  for (let n = 0; n < RETRIES_MAX; n++) {
    sendAndWait();
    assertEquals(mailbox.retry(nowMs), { again: [story], givenUp: [] });
  }
  mailbox.sent(story, [], heads(2), nowMs);
  assertEquals(mailbox.retryAtMs, nowMs + RETRY_MS_MAX);
  mailbox.heard(nowMs);
  nowMs += RETRY_MS_MIN;
  assertEquals(mailbox.retryAtMs, nowMs);
  for (let n = 0; n < RETRIES_MAX; n++) {
    assertEquals(mailbox.retry(nowMs), { again: [story], givenUp: [] });
    mailbox.heard(nowMs); // it talks, but does not answer
    sendAndWait();
  }
  assertEquals(mailbox.retry(nowMs), { again: [], givenUp: [story] });
});

Deno.test("Mailbox.asked() is asked again until something is heard of that document", () => {
  const mailbox = new Mailbox();
  let nowMs = 0;
  const askAndWait = () => {
    mailbox.asked(story, nowMs);
    nowMs = mailbox.retryAtMs;
  };
  const waits: number[] = [];
  for (let n = 0; n < RETRIES_MAX; n++) {
    const beforeMs = nowMs;
    askAndWait();
    waits.push(nowMs - beforeMs);
    assertEquals(mailbox.retry(nowMs), { again: [story], givenUp: [] });
    assertEquals(mailbox.takeReceipts(), [[story, []]]);
  }
  waits.forEach((wait, n) => assertEquals(wait, Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** n)));
  askAndWait();
  assertEquals(mailbox.retry(nowMs), { again: [], givenUp: [story] });
  assertEquals([mailbox.retryAtMs, mailbox.takeReceipts()], [Infinity, []]);
  mailbox.heard(nowMs);
  assertEquals(mailbox.retryAtMs, nowMs + RETRY_MS_MIN, "it is there, so it is asked anew");
  mailbox.heardOf(story);
  assertEquals(mailbox.retryAtMs, Infinity);
});

Deno.test("Mailbox.tell() says each state of a document once", () => {
  const mailbox = new Mailbox();
  mailbox.tell(story, heads(1));
  assertEquals(mailbox.takeReceipts(), [[story, []]]);
  mailbox.told.set(story, heads(1));
  mailbox.tell(story, heads(1));
  assertEquals(mailbox.takeReceipts(), []);
  mailbox.tell(story, heads(1, 2));
  assertEquals(mailbox.takeReceipts(), [[story, []]]);
});

Deno.test("Mailbox.tell() does not take an answer away that is due", () => {
  const mailbox = new Mailbox();
  mailbox.receiptsDue.set(story, heads(7));
  mailbox.tell(story, heads(1));
  assertEquals(mailbox.takeReceipts(), [[story, heads(7)]]);
});

Deno.test("Mailbox.forget() begins anew with one document, but still answers what arrived", () => {
  const mailbox = new Mailbox();
  for (const each of [story, gallery]) {
    mailbox.sent(each, [], heads(1), 0);
    mailbox.due.add(each);
    mailbox.receiptsDue.set(each, heads(9));
  }
  mailbox.retry(RETRY_MS_MIN);
  mailbox.forget(story);
  assertEquals([...mailbox.due], [gallery]);
  assertEquals([mailbox.told.has(story), mailbox.told.has(gallery)], [false, true]);
  assertEquals(mailbox.takeReceipts().length, 2);
  mailbox.sent(story, [], heads(1), 0);
  assertEquals(mailbox.retryAtMs, RETRY_MS_MIN);
});

Deno.test("Mailbox.cut() makes due again what may be lost", () => {
  const mailbox = new Mailbox();
  mailbox.due.add(gallery);
  mailbox.sent(story, [], heads(1), 0);
  mailbox.cut();
  assertEquals(new Set(mailbox.due), new Set([story, gallery]));
  assertEquals([mailbox.onTheWay.size, mailbox.told.size, mailbox.retryAtMs], [0, 0, Infinity]);
});

Deno.test("Mailbox.takeReceipts() takes as many as an envelope holds, oldest first", () => {
  const mailbox = new Mailbox();
  const ids = Array.from({ length: ENVELOPE_PARTS_MAX + 1 }, (_, n) => id(n));
  for (const each of ids) mailbox.receiptsDue.set(each, []);
  assertEquals(mailbox.takeReceipts().map(([each]) => each), ids.slice(0, ENVELOPE_PARTS_MAX));
  assertEquals(mailbox.takeReceipts().map(([each]) => each), ids.slice(ENVELOPE_PARTS_MAX));
});

Deno.test("Mailbox.giveBack() makes all parts of an envelope due again", () => {
  const mailbox = new Mailbox();
  mailbox.sent(story, [], heads(1), 0);
  mailbox.told.set(gallery, heads(2));
  const receipt = { artifactId: gallery, heads: heads(2), answers: heads(3) };
  mailbox.giveBack({ payloads: [story], receipts: [receipt] });
  assertEquals([...mailbox.due], [story]);
  assertEquals([...mailbox.receiptsDue], [[gallery, heads(3)]]);
  assertEquals([mailbox.onTheWay.size, mailbox.told.size], [0, 0]);
});

Deno.test(`law: a document that is due is sent or waits until it is answered (seed ${SEED})`, () => {
  const step = fc.record({
    does: fc.constantFrom("change", "send", "answer", "time", "cut", "give back"),
    which: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const mailbox = new Mailbox();
      const owed = new Set<DocumentId>();
      let nowMs = 0;
      for (const { does, which } of steps) {
        const one = id(which);
        const isOnTheWay = mailbox.onTheWay.has(one);
        if (does === "change") {
          mailbox.due.add(one);
          owed.add(one);
        } else if (does === "send" && mailbox.due.has(one) && !isOnTheWay) {
          mailbox.sent(one, [], heads(which), nowMs);
        } else if (does === "answer" && isOnTheWay) {
          mailbox.answered(one);
          if (!mailbox.due.has(one)) owed.delete(one);
        } else if (does === "time") {
          nowMs += RETRY_MS_MIN;
          for (const each of mailbox.retry(nowMs).givenUp) {
            if (!mailbox.due.has(each)) owed.delete(each);
          }
        } else if (does === "cut") mailbox.cut();
        else if (does === "give back" && isOnTheWay) {
          mailbox.giveBack({ payloads: [one], receipts: [] });
        }
        const waits = mailbox.due.union(new Set(mailbox.onTheWay.keys()));
        assertEquals(waits, owed);
        assertEquals(mailbox.waiting, owed.size);
        assert(mailbox.retryAtMs > nowMs);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});
