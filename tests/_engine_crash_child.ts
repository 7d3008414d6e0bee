/**
 * A peer whose engine writes into a file until it is killed, for `engine_crash_test.ts`:
 * `_engine_crash_child.ts FILE`. After each change that has returned it says the document's heads.
 */
import { SqliteStore } from "../capsule/mod.ts";
import { ArtifactDocument, newArtifactId, systemSources } from "../sync/mod.ts";
import { say } from "./_crash_state.ts";
import { CRASH_BEN, crashEngine, NONCE } from "./_engine_crash_state.ts";

const CHANGES_MAX = 200;

using store = SqliteStore.open(Deno.args[0]!);
using engine = crashEngine(store);
const document = [...engine.documents.values()][0] ?? found();
for (let n = 0; n < CHANGES_MAX; n++) {
  document.appendRef(newArtifactId(systemSources()), { label: `${n}` });
  engine.onLocalMutation(document.artifactId);
  say(document.getHeads().join());
}
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

function found(): ArtifactDocument {
  const story = ArtifactDocument.create({ nonce: NONCE, artifactType: "story", ...engine.writer });
  const grantedBy = story.steward();
  story.addGrant({ grantee: CRASH_BEN, grantedBy, grantedAtMs: 0, mode: "revocable" });
  engine.add(story);
  return story;
}
