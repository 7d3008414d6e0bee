import * as Automerge from "@automerge/automerge/slim";

/** What Automerge's own protocol cost. */
export interface ProtocolCost {
  readonly messages: number;
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Automerge's own protocol between two documents until both are silent, with no state from earlier.
 * Its time includes the JavaScript objects that it keeps up to date, as it has no form without them.
 */
export function runProtocol(saved: readonly [Uint8Array | undefined, Uint8Array]): ProtocolCost {
  let docs = saved.map((bytes) =>
    bytes === undefined ? Automerge.init<unknown>() : Automerge.load<unknown>(bytes)
  );
  let states = docs.map(() => Automerge.initSyncState());
  let messages = 0;
  let bytes = 0;
  const started = performance.now();
  for (let silent = false; !silent;) {
    silent = true;
    for (const [from, to] of [[1, 0], [0, 1]] as const) {
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
  const [left, right] = docs.map((doc) => Automerge.getHeads(doc).join());
  if (left !== right) throw new Error("they hold different things");
  for (const doc of docs) Automerge.free(doc);
  return { messages, bytes, ms };
}
