/** How long it takes until another peer has it: two engines beside automerge-repo, on the same work. */
import { MemoryStore } from "../sync/mod.ts";
import type { Store } from "../sync/mod.ts";
import { assertSame, EnginePair } from "./_engine_pair.ts";
import { appendInRepo, pause, RepoPair } from "./_repo_pair.ts";
import type { RepoHandle } from "./_repo_pair.ts";
import { append, freshChild, freshMember, savedStory } from "./_story.ts";
import { median, timeMs } from "./_timing.ts";

const ROUNDS = 15;
/** Longer than the pause that automerge-repo makes after each message of a document. */
const IDLE_MS = 150;

/** Stores for two engines. */
export type MakeStores = () => readonly [Store, Store];

const inMemory: MakeStores = () => [new MemoryStore(), new MemoryStore()];

/** From a change until the other peer holds it and ours knows that it does. */
export function oneChangeMs(references: number, stores: MakeStores = inMemory): number {
  using pair = new EnginePair(stores());
  const id = pair.add(references);
  pair.settle();
  const story = pair.ada.documents.get(id)!;
  return median(Array.from({ length: ROUNDS }, () =>
    timeMs(() => {
      append(story, 1);
      pair.ada.onLocalMutation(id);
      pair.settle();
      assertSame(pair, id);
    })));
}

/** The same with automerge-repo, when nothing else is going on. */
export async function oneChangeInRepoMs(references: number): Promise<number> {
  await using pair = new RepoPair();
  const left = pair.add("left", savedStory(freshMember(), references));
  pair.connect();
  await pair.until([left]);
  const right = await pair.right.find(left.url);
  const rounds: number[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    await pause(IDLE_MS);
    const started = performance.now();
    const arrived = new Promise<void>((resolve) => right.once("heads-changed", () => resolve()));
    appendInRepo(left, freshChild(), n);
    await arrived;
    rounds.push(performance.now() - started);
  }
  return median(rounds);
}

/** All stories to a peer that has none of them, and its receipts. */
export function newPeerMs(
  stories: number,
  references: number,
  stores: MakeStores = inMemory,
): number {
  using pair = new EnginePair(stores());
  const ids = Array.from({ length: stories }, () => {
    const id = pair.add(0);
    append(pair.ada.documents.get(id)!, references);
    pair.ada.onLocalMutation(id);
    return id;
  });
  const tookMs = timeMs(() => pair.settle());
  for (const id of ids) assertSame(pair, id);
  return tookMs;
}

/** The same with automerge-repo. */
export async function newPeerInRepoMs(stories: number, references: number): Promise<number> {
  await using pair = new RepoPair();
  const handles = Array.from({ length: stories }, (): RepoHandle => {
    const handle = pair.add("left", savedStory(freshMember(), 1));
    for (let n = 1; n < references; n++) appendInRepo(handle, freshChild(), n);
    return handle;
  });
  await pause(IDLE_MS);
  const started = performance.now();
  pair.connect();
  await pair.until(handles);
  return performance.now() - started;
}
