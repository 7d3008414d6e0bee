/** What sealing, vouching and checking cost, apart from each other. */
import { createIdentity } from "../network/identity.ts";
import {
  actorOf,
  ArtifactDocument,
  encodePayload,
  HeadTracker,
  makeVoucher,
  openEnvelope,
  preparePayload,
  scan,
  sealBody,
  sealEnvelope,
  seededSources,
  verifyVoucher,
} from "../sync/mod.ts";
import { createHandle } from "../sync/_automerge.ts";
import { append, savedStory } from "./_story.ts";
import { medianMs } from "./_timing.ts";

const ROUNDS = 15;
const sources = seededSources("parts", () => 0);

/** Each part of bringing one change to a peer, in milliseconds. */
export function partsMs(references: number): Record<string, number> {
  const [ada, ben] = [createIdentity(sources), createIdentity(sources)];
  const writer = { actor: actorOf(ada.memberId, 1), nowMs: () => 0 };
  const saved = savedStory(ada.memberId, references);
  using story = ArtifactDocument.load(saved, writer);
  const tracker = new HeadTracker();
  tracker.update(story.artifactId, ben.memberId, story.getHeads());
  append(story, 1);
  const changes = preparePayload(story, tracker, ben.memberId);
  const plaintext = encodePayload(changes, ada.memberId);
  const head = () => sources.randomBytes(32).toHex() as typeof changes.senderHeads[number];
  let number = 0;
  const seal = () =>
    sealEnvelope({
      keys: ada,
      recipient: ben.memberId,
      number: number++,
      bodies: [sealBody(plaintext, sources)],
      note: new Uint8Array(0),
      sources,
    });
  const bare = () => {
    const handle = createHandle("00ff");
    handle.loadIncremental(saved);
    return handle;
  };
  return {
    "local append": medianMs(ROUNDS, () => 0, () => append(story, 1)),
    "encoding the payload": medianMs(
      ROUNDS,
      () => 0,
      () => preparePayload(story, tracker, ben.memberId),
    ),
    "sealing": medianMs(ROUNDS, () => 0, seal),
    "opening": medianMs(ROUNDS, seal, (envelope) => openEnvelope(ben, envelope)),
    "vouching": medianMs(ROUNDS, head, (hash) => makeVoucher(ada, story.artifactId, hash)),
    "checking a voucher": medianMs(
      ROUNDS,
      () => makeVoucher(ada, story.artifactId, head()),
      (voucher) => verifyVoucher(story.artifactId, voucher),
    ),
    "scanning the payload": medianMs(ROUNDS, () => changes.changes, (bytes) => scan(bytes)),
    "applying, all checks": medianMs(
      ROUNDS,
      () => ArtifactDocument.load(saved, { ...writer, actor: actorOf(ben.memberId, 1) }),
      (copy) => copy.applyEncoded(changes.changes, changes.senderHeads),
    ),
    "applying, bare Automerge": medianMs(
      ROUNDS,
      bare,
      (handle) => handle.loadIncremental(changes.changes),
    ),
  };
}
