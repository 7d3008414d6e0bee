/** What an append and a change from elsewhere cost in a list that is already long. */
import { createHandle } from "../sync/_automerge.ts";
import { appendEntry } from "../sync/_paged_list.ts";
import { EnginePair, longStory } from "./_engine_pair.ts";
import { append } from "./_story.ts";
import { median, timeMs } from "./_timing.ts";

const ROUNDS = 9;

/** Milliseconds in a list of one length. */
export interface GrowthMs {
  readonly append: number;
  readonly kept: number;
  readonly taken: number;
  readonly applied: number;
  readonly bareAppend: number;
  readonly bareApplied: number;
}

/** One append, one change from elsewhere, and the same two with Automerge and pages alone. */
export function growthMs(references: number): GrowthMs {
  using pair = new EnginePair();
  const id = pair.addSaved(longStory(references));
  pair.settle();
  const story = pair.ada.documents.get(id)!;
  const saved = story.save();
  const steps = Array.from({ length: ROUNDS }, () => {
    const appendMs = timeMs(() => append(story, 1));
    const keptMs = timeMs(() => pair.ada.onLocalMutation(id));
    let envelope: Uint8Array | undefined;
    const takenMs = timeMs(() => envelope = pair.ada.takeEnvelope(pair.bensKeys.memberId));
    const appliedMs = timeMs(() => pair.ben.onEnvelope(pair.adasKeys.memberId, envelope!));
    pair.settle();
    return { appendMs, keptMs, takenMs, appliedMs };
  });
  return {
    append: median(steps.map(({ appendMs }) => appendMs)),
    kept: median(steps.map(({ keptMs }) => keptMs)),
    taken: median(steps.map(({ takenMs }) => takenMs)),
    applied: median(steps.map(({ appliedMs }) => appliedMs)),
    ...bareMs(saved),
  };
}

function bareMs(saved: Uint8Array): Pick<GrowthMs, "bareAppend" | "bareApplied"> {
  const [left, right] = ["00aa", "00bb"].map((actor) => {
    const handle = createHandle(actor);
    handle.loadIncremental(saved);
    return handle;
  }) as [ReturnType<typeof createHandle>, ReturnType<typeof createHandle>];
  const list = String(left.getWithType("/", "references")![1]);
  const steps = Array.from({ length: ROUNDS }, (_, position) => {
    const before = left.getHeads();
    const appendMs = timeMs(() => {
      appendEntry(left, list, { artifact_id: "0".repeat(64), position, label: null });
      left.commit(null, 0);
    });
    const change = left.saveSince(before);
    const appliedMs = timeMs(() => right.loadIncremental(change));
    return { appendMs, appliedMs };
  });
  for (const handle of [left, right]) handle.free();
  return {
    bareAppend: median(steps.map(({ appendMs }) => appendMs)),
    bareApplied: median(steps.map(({ appliedMs }) => appliedMs)),
  };
}
