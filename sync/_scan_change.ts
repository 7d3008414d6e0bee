import { isUtf8 } from "node:buffer";
import { bad, ByteReader, tooLarge } from "./_byte_reader.ts";
import type { Chunk } from "./_chunk.ts";
import { readClaims, readColumns } from "./_columns.ts";
import { CHANGE_OPS, checkOps, nestObjects } from "./_op_table.ts";
import type { ScanState } from "./_scan_state.ts";

/** What a change says of itself. */
export interface ChangeFacts {
  readonly hash: string;
  readonly deps: readonly string[];
  readonly actor: string;
  readonly seq: number;
  readonly startOp: number;
  readonly opCount: number;
  readonly timeS: number;
}

/** Scans the body of a change. */
export function scanChange(chunk: Chunk, state: ScanState): ChangeFacts {
  const { budget, nesting, limits } = state;
  budget.spend("changesMax", 1);
  const reader = new ByteReader(chunk.body);
  const deps = state.hashes(reader);
  const actor = state.actor(reader);
  const seq = reader.uleb();
  const startOp = reader.uleb();
  const timeS = reader.sleb();
  if (!isUtf8(reader.prefixed())) throw bad("a message is not UTF-8");
  const others = state.actors(reader);
  if (seq === 0 || startOp === 0) throw bad("a change counts from 0");
  if (others.includes(actor)) throw bad("a change lists its actor twice");
  const claims = readClaims(reader, CHANGE_OPS, false);
  const columns = readColumns(reader, claims, budget);
  checkExtra(reader);

  const actors = [actor, ...others].map((each) => nesting.intern(each));
  const bounds = { actors, counterMax: limits.opCounterMax, budget };
  const table = checkOps(columns, bounds);
  const highest = Math.max(seq, startOp + table.rows - 1);
  if (highest > limits.opCounterMax) throw tooLarge("opCounterMax", highest, limits.opCounterMax);
  nestObjects(columns, table, bounds, nesting, (row) => nesting.key(startOp + row, actors[0]!));
  state.follow(chunk.hash, deps, startOp, table.rows);
  return { hash: chunk.hash, deps, actor, seq, startOp, opCount: table.rows, timeS };
}

/** After the columns stands nothing, or what Automerge 3.5 writes there: 1 and an author. */
function checkExtra(reader: ByteReader): void {
  if (reader.left === 0) return;
  if (reader.byte() !== AUTHOR) throw bad("unknown bytes follow the columns of a change");
  reader.prefixed();
  reader.end();
}

const AUTHOR = 1;
