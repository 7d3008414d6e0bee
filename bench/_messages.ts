/** How many envelopes it takes. */
import { EnginePair } from "./_engine_pair.ts";
import type { Traffic } from "./_engine_pair.ts";
import { appendInRepo, pause, RepoPair } from "./_repo_pair.ts";
import { append, freshChild, freshMember, savedStory } from "./_story.ts";

/** A burst of changes to a peer that is there; with `away`, one by one while it is not. */
export function burst(changes: number, how: "there" | "away"): Traffic {
  using pair = new EnginePair();
  const id = pair.add(0);
  pair.settle();
  const story = pair.ada.documents.get(id)!;
  if (how === "away") pair.part();
  for (let n = 0; n < changes; n++) {
    append(story, 1);
    if (how === "away") pair.ada.onLocalMutation(id);
  }
  if (how === "away") pair.meet();
  else pair.ada.onLocalMutation(id);
  return pair.settle();
}

/** The same burst with automerge-repo. */
export async function burstInRepo(changes: number): Promise<{ messages: number; bytes: number }> {
  await using pair = new RepoPair();
  const left = pair.add("left", savedStory(freshMember(), 1));
  pair.connect();
  await pair.until([left]);
  await pair.quiet();
  const before = { messages: pair.messages, bytes: pair.bytes };
  for (let n = 0; n < changes; n++) appendInRepo(left, freshChild(), n);
  await pair.until([left]);
  await pause(100);
  await pair.quiet();
  return { messages: pair.messages - before.messages, bytes: pair.bytes - before.bytes };
}
