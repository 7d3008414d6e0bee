/**
 * A peer that writes until it is killed, for `crash_test.ts`: `_crash_child.ts FILE`.
 *
 * It says `opening`, then `opened` or `locked`, then one line per step that is on disk:
 * `step NUMBER HEADS`, some of them after `compacting`.
 */
import { SqliteStore } from "../capsule/mod.ts";
import { ArtifactDocument, seededSources, shouldCompact } from "../sync/mod.ts";
import type { Store, Writer } from "../sync/mod.ts";
import {
  childId,
  load,
  NONCE,
  OURS,
  readNumber,
  say,
  STORY,
  writeNumber,
  writerOf,
} from "./_crash_state.ts";

/** Bytes that the document begins with, so that the whole is much larger than a step. */
const BASE_BYTES = 40_000;
/** Then it holds still, so that what it does depends little on how fast the machine is. */
const STEPS_MAX = 30;
/** Often enough that many kills meet a compaction. */
const COMPACT_EVERY_STEPS = 7;
const EVENTS_MAX = 10;
/** Large enough that SQLite moves its log into the file every few steps. */
const EVENT_BYTES = 100_000;

say("opening");
try {
  using store = SqliteStore.open(Deno.args[0]!);
  say("opened");
  writeSteps(store);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
} catch (error) {
  say(error instanceof Error && error.message === "Database is locked" ? "locked" : `${error}`);
}

function writeSteps(store: Store): void {
  // A session's number is used once, whatever becomes of it: it names the writer of its changes.
  const session = readNumber(store, "session") + 1;
  store.transact((writer) => writeNumber(writer, "session", session));
  const document = load(store, writerOf(OURS, session)) ??
    create(store, writerOf(OURS, session));
  const first = readNumber(store, "step") + 1;
  for (let step = first; step < first + STEPS_MAX; step++) {
    const before = document.getHeads();
    document.appendRef(childId(step), { label: `step ${step}` });
    if (step % 3 === 0) document.setMetadata(`key ${step % 5}`, new Uint8Array(step % 600));
    if (step % COMPACT_EVERY_STEPS === 0) say("compacting");
    store.transact((writer) => {
      const changes = document.getChangesSince(before).flatMap((change) => [...change]);
      const sizes = writer.appendChunk(STORY, Uint8Array.from(changes));
      if (shouldCompact(sizes) || step % COMPACT_EVERY_STEPS === 0) {
        writer.putSnapshot(STORY, document.save());
      }
      if (step % EVENTS_MAX === 0) writer.deletePrefix("events", "");
      writer.put("events", `event ${step}`, new Uint8Array((step % 4) * EVENT_BYTES));
      writer.put("heads", STORY, new TextEncoder().encode(document.getHeads().join()));
      writeNumber(writer, "step", step);
    });
    say(`step ${step} ${document.getHeads().join()}`);
  }
}

function create(store: Store, writer: Writer): ArtifactDocument {
  const options = { nonce: NONCE, artifactType: "story", ...writer };
  const document = ArtifactDocument.create(options);
  document.setMetadata("base", seededSources("base", () => 0).randomBytes(BASE_BYTES));
  store.transact((writer) => {
    writer.putSnapshot(STORY, document.save());
    writer.put("heads", STORY, new TextEncoder().encode(document.getHeads().join()));
  });
  return document;
}
