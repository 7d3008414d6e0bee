/**
 * One delivery against Automerge's interactive protocol, on the same documents in the same run.
 * Counts are exact; times are medians, and only their ratios mean something.
 *
 * Run it with `deno task bench`.
 *
 * @module
 */
import * as Automerge from "@automerge/automerge/slim";
import {
  actorOf,
  applyPayload,
  ArtifactDocument,
  encodePayload,
  encodeReceipt,
  HeadTracker,
  newArtifactId,
  parseMemberId,
  preparePayload,
  seededSources,
} from "../sync/mod.ts";
import type { MemberId } from "../sync/mod.ts";

const BASE_REFERENCES = 1000;
const ROUNDS = 5;

const sources = seededSources("bench", () => 0);
const ada = parseMemberId(sources.randomBytes(32).toHex());
const ben = parseMemberId(sources.randomBytes(32).toHex());
let session = 0;
const writer = (member: MemberId) => ({ actor: actorOf(member, session++), nowMs: () => 0 });

interface Case {
  readonly name: string;
  readonly left: ArtifactDocument;
  readonly right: ArtifactDocument;
  /** What each is known to hold by the other: what both held before they grew apart. */
  readonly known: "nothing" | "base";
}

interface Cost {
  readonly messages: number;
  readonly bytes: number;
  readonly ms: number;
}

const base = ArtifactDocument.create({
  nonce: sources.randomBytes(32),
  artifactType: "story",
  ...writer(ada),
});
append(base, BASE_REFERENCES);

const cases: Case[] = [
  {
    name: "fresh peer",
    left: base,
    right: ArtifactDocument.awaiting(base.artifactId, writer(ben)),
    known: "nothing",
  },
  { name: "in sync", left: base, right: base.fork(writer(ben)), known: "base" },
  ...[1, 10, 100, 1000].map((count) => {
    const left = base.fork(writer(ada));
    const right = base.fork(writer(ben));
    append(left, count);
    append(right, count);
    return { name: `both +${count}`, left, right, known: "base" as const };
  }),
];

console.log(`An artifact with ${BASE_REFERENCES} references; two peers; ${ROUNDS} rounds.\n`);
console.table(Object.fromEntries(cases.map((one) => {
  const ours = oneDelivery(one);
  const theirs = interactive(one);
  return [one.name, {
    "messages": ours.messages,
    "interactive messages": theirs.messages,
    "bytes": ours.bytes,
    "interactive bytes": theirs.bytes,
    "bytes ratio": ratio(ours.bytes, theirs.bytes),
    "time ratio": ratio(ours.ms, theirs.ms),
  }];
})));
console.log(
  "Ratios below 1 favour one delivery; its time includes scanning, checking and verifying.",
);

function append(document: ArtifactDocument, count: number): void {
  for (let n = 0; n < count; n++) document.appendRef(newArtifactId(sources), { label: `no. ${n}` });
}

/** Each sends what the other lacks, and a receipt answers each payload. */
function oneDelivery({ left, right, known }: Case): Cost {
  return median(() => {
    const peers = [left.fork(writer(ada)), right.fork(writer(ben))] as const;
    const trackers = [new HeadTracker(), new HeadTracker()] as const;
    if (known === "base") {
      trackers[0].update(base.artifactId, ben, base.getHeads());
      trackers[1].update(base.artifactId, ada, base.getHeads());
    }
    let messages = 0;
    let bytes = 0;
    const started = performance.now();
    const send = (from: 0 | 1, to: 0 | 1): void => {
      const [sender, recipient] = [[ada, ben][from]!, [ada, ben][to]!];
      const payload = preparePayload(peers[from], trackers[from], recipient);
      if (payload.changes.length === 0) return;
      applyPayload(peers[to], trackers[to], payload, sender);
      const receipt = {
        artifactId: base.artifactId,
        heads: peers[to].getHeads(),
        answers: payload.senderHeads,
      };
      trackers[from].update(base.artifactId, recipient, receipt.heads);
      messages += 2;
      bytes += encodePayload(payload).length + encodeReceipt(receipt).length;
    };
    if (peers[0].getHeads().join() !== peers[1].getHeads().join()) {
      send(0, 1);
      if (peers[1].isCreated && right.isCreated) send(1, 0);
    }
    const ms = performance.now() - started;
    if (peers[0].getHeads().join() !== peers[1].getHeads().join()) throw new Error("diverged");
    for (const peer of peers) peer[Symbol.dispose]();
    return { messages, bytes, ms };
  });
}

/** Automerge's own protocol until both are silent, with no state from earlier. */
function interactive({ left, right }: Case): Cost {
  return median(() => {
    let docs = [left, right].map((one) => Automerge.load<unknown>(one.save()));
    let states = docs.map(() => Automerge.initSyncState());
    let messages = 0;
    let bytes = 0;
    const started = performance.now();
    for (let silent = false; !silent;) {
      silent = true;
      for (const [from, to] of [[0, 1], [1, 0]] as const) {
        const [state, message] = Automerge.generateSyncMessage(docs[from]!, states[from]!);
        states = states.with(from, state);
        if (message === null) continue;
        silent = false;
        messages++;
        bytes += message.length;
        const [doc, answered] = Automerge.receiveSyncMessage(docs[to]!, states[to]!, message);
        docs = docs.with(to, doc);
        states = states.with(to, answered);
      }
    }
    const ms = performance.now() - started;
    for (const doc of docs) Automerge.free(doc);
    return { messages, bytes, ms };
  });
}

function median(run: () => Cost): Cost {
  const costs = Array.from({ length: ROUNDS }, run).sort((a, b) => a.ms - b.ms);
  return costs[ROUNDS >> 1]!;
}

function ratio(ours: number, theirs: number): string {
  return theirs === 0 ? "-" : (ours / theirs).toFixed(2);
}
