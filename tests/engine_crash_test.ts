import { assert, assertEquals } from "@std/assert";
import { SqliteStore } from "../capsule/mod.ts";
import { MemoryStore, parseHeads, seededSources } from "../sync/mod.ts";
import type { Engine } from "../sync/mod.ts";
import { argument } from "./_argument.ts";
import { CRASH_ADA, CRASH_BEN, crashEngine } from "./_engine_crash_state.ts";
import { TempFolder } from "./_temp_folder.ts";

const KILLS = Number(argument("kills") ?? 16);
const SEED = argument("with") ?? "engine crash 20260114";
const CHILD = new URL("./_engine_crash_child.ts", import.meta.url);

/** Starts the peer, kills it after some lines, and gives the last heads that it said. */
async function killAfter(
  file: string,
  lines: number,
  delayMs: number,
): Promise<string | undefined> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read=.", "--allow-write=.scenarios"],
      ...[CHILD.pathname, file],
    ],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  let said = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const read = async (): Promise<boolean> => {
    const { value, done } = await reader.read();
    said += value ?? "";
    return !done;
  };
  while (said.split("\n").length <= lines && await read());
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill("SIGKILL");
  while (await read());
  await child.status;
  return said.split("\n").slice(0, -1).at(-1);
}

/** Delivers both ways until both are silent. Gives the bytes that Ada sent. */
function talk(ada: Engine, ben: Engine): number {
  let bytes = 0;
  ada.onReachable(CRASH_BEN);
  ben.onReachable(CRASH_ADA);
  for (let silent = false; !silent;) {
    silent = true;
    for (let one = ada.takeEnvelope(CRASH_BEN); one; one = ada.takeEnvelope(CRASH_BEN)) {
      bytes += one.length;
      ben.onEnvelope(CRASH_ADA, one);
      silent = false;
    }
    for (let one = ben.takeEnvelope(CRASH_ADA); one; one = ben.takeEnvelope(CRASH_ADA)) {
      ada.onEnvelope(CRASH_BEN, one);
      silent = false;
    }
  }
  return bytes;
}

Deno.test(`an engine that is killed ${KILLS} times loses nothing that returned (seed ${SEED})`, async () => {
  const { random } = seededSources(SEED, () => 0);
  using folder = new TempFolder();
  const file = folder.file("ada.sqlite");
  using ben = crashEngine(new MemoryStore(), "ben");
  let deltas = 0;
  const sessions = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const said = await killAfter(file, Math.floor(random() * 40), random() * 8);
    using store = SqliteStore.open(file);
    using ada = crashEngine(store);
    sessions.add(ada.writer.actor);
    const document = [...ada.documents.values()][0];
    if (said !== undefined) {
      assert(document?.hasHeads(parseHeads(said.split(","))), `kill ${kill}: a change is missing`);
    }
    if (document === undefined) continue;
    const known = ada.knownHeads(document.artifactId, CRASH_BEN).length > 0;
    const bytes = talk(ada, ben);
    assertEquals(ben.documents.get(document.artifactId)?.getHeads(), document.getHeads());
    assertEquals(ada.knownHeads(document.artifactId, CRASH_BEN), document.getHeads());
    if (known && kill > KILLS / 2) {
      assert(bytes < document.save().length / 2, `kill ${kill}: ${bytes} bytes are no delta`);
      deltas++;
    }
  }
  assertEquals(sessions.size, KILLS);
  assert(deltas > 0);
});
