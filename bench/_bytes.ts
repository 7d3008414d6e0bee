/**
 * Messages and bytes until two peers hold the same: one delivery, beside the smallest that
 * Automerge could encode it as, Automerge's own protocol, and automerge-repo.
 */
import { createHandle } from "../sync/_automerge.ts";
import type { ArtifactId, Heads } from "../sync/mod.ts";
import { assertSame, EnginePair, longStory } from "./_engine_pair.ts";
import type { Traffic } from "./_engine_pair.ts";
import { runProtocol } from "./_protocol.ts";
import { RepoPair } from "./_repo_pair.ts";
import { append } from "./_story.ts";
import { ms, times } from "./_timing.ts";

/** One delivery, and what both held before it. */
interface Delivery extends Traffic {
  readonly ms: number;
  readonly saved: readonly [Uint8Array | undefined, Uint8Array];
  readonly smallestBytes: number;
}

type Row = Record<string, string | number>;

/** The table for a story with that many references, which grows a little from row to row. */
export async function compareBytes(references: number): Promise<Record<string, Row>> {
  using pair = new EnginePair();
  const saved = longStory(references);
  const id = pair.addSaved(saved);
  const rows: Record<string, Row> = { "fresh": await rowOf(deliverFresh(pair, id, saved)) };
  for (const distance of [0, 10, 100, 1000]) {
    const name = distance === 0 ? "in sync" : `both +${distance}`;
    rows[name] = await rowOf(deliver(pair, id, distance));
  }
  return rows;
}

async function rowOf(ours: Delivery): Promise<Row> {
  const protocol = runProtocol(ours.saved);
  const repo = await runRepo(ours.saved);
  // What envelopes may cost, vouchers included.
  const bound = 1.15 * ours.smallestBytes + 200 * ours.envelopes;
  return {
    "envelopes": ours.envelopes,
    "protocol messages": protocol.messages,
    "repo messages": repo.messages,
    "bytes": ours.bytes,
    "smallest encoding": ours.smallestBytes,
    "of the bound": share(ours.bytes, bound),
    "protocol bytes / ours": times(protocol.bytes, ours.bytes),
    "repo bytes / ours": times(repo.bytes, ours.bytes),
    "ours ms": ms(ours.ms),
    "protocol ms / ours": times(protocol.ms, ours.ms),
  };
}

function share(bytes: number, bound: number): string {
  return bound === 0 ? "-" : (bytes / bound).toFixed(2);
}

function deliverFresh(pair: EnginePair, id: ArtifactId, saved: Uint8Array): Delivery {
  const sent = { saved: [undefined, saved] as const, smallestBytes: smallest(saved, []) };
  return { ...settle(pair, id), ...sent };
}

function deliver(pair: EnginePair, id: ArtifactId, distance: number): Delivery {
  pair.part();
  const [ada, ben] = [pair.ada.documents.get(id)!, pair.ben.documents.get(id)!];
  const base = ada.getHeads();
  if (distance > 0) {
    for (const [engine, document] of [[pair.ada, ada], [pair.ben, ben]] as const) {
      append(document, distance);
      engine.onLocalMutation(id);
    }
  }
  const sides = [ada.save(), ben.save()] as const;
  const smallestBytes = sides.reduce((sum, side) => sum + smallest(side, base), 0);
  pair.meet();
  return { ...settle(pair, id), saved: sides, smallestBytes };
}

function settle(pair: EnginePair, id: ArtifactId): Traffic & { readonly ms: number } {
  const started = performance.now();
  const traffic = pair.settle();
  const tookMs = performance.now() - started;
  assertSame(pair, id);
  return { ...traffic, ms: tookMs };
}

/** The smallest of Automerge's three encodings of what a peer with these heads lacks. */
function smallest(saved: Uint8Array, heads: Heads): number {
  const handle = createHandle("00ff");
  try {
    handle.loadIncremental(saved);
    const lacking = handle.getChangesMeta([...heads]).map(({ hash }) => hash);
    if (lacking.length === 0) return 0;
    const encodings = [handle.save(), handle.saveSince([...heads]), handle.saveBundle(lacking)];
    return Math.min(...encodings.map(({ length }) => length));
  } finally {
    handle.free();
  }
}

async function runRepo(
  [left, right]: Delivery["saved"],
): Promise<{ readonly messages: number; readonly bytes: number }> {
  await using pair = new RepoPair();
  const handle = pair.add("right", right);
  if (left !== undefined) pair.add("left", left, handle);
  pair.connect();
  await pair.quiet();
  return { messages: pair.messages, bytes: pair.bytes };
}
