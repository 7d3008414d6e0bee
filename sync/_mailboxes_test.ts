import { assertEquals } from "@std/assert";
import { Mailboxes } from "./_mailboxes.ts";
import { parseArtifactId, parseHeads, parseMemberId } from "./ids.ts";
import { RETRY_MS_MIN } from "./mailbox.ts";

const STORY = parseArtifactId("01".repeat(32));
const HEADS = parseHeads(["11".repeat(32)]);
const ben = parseMemberId("b2".repeat(32));
const cyd = parseMemberId("c3".repeat(32));

Deno.test("Mailboxes.retry() sends again to whoever is silent, but not to who is blocked", () => {
  const mailboxes = new Mailboxes();
  for (const peer of [ben, cyd]) mailboxes.of(peer).sent(STORY, [], HEADS, 0);
  assertEquals([mailboxes.waiting, mailboxes.nextMs], [2, RETRY_MS_MIN]);
  assertEquals(mailboxes.retry(RETRY_MS_MIN, (peer) => peer === cyd), [
    { peer: ben, again: [STORY], givenUp: [] },
    { peer: cyd, again: [], givenUp: [STORY] },
  ]);
  mailboxes.forget(STORY);
  assertEquals([mailboxes.waiting, mailboxes.nextMs], [0, Infinity]);
});
