import { bad, tooLarge } from "./_byte_reader.ts";
import { TableChecks } from "./_column_checks.ts";
import type { Columns, Layout } from "./_columns.ts";
import { checkLengths, checkValues } from "./_raw_values.ts";
import type { ScanBudget } from "./_scan_budget.ts";
import { unfoldCounters, unfoldUnsigned } from "./_unfold.ts";

/** Where one kind of chunk keeps the columns of its changes. */
export interface ChangeColumns {
  readonly layout: Layout;
  readonly actor: number;
  readonly seq: number;
  /** Documents leave the first counter out. */
  readonly startOp?: number;
  readonly maxOp: number;
  readonly time: number;
  readonly message: number;
  readonly depCount: number;
  readonly depIndex: number;
  readonly extraMetadata: number;
  readonly extraRaw: number;
}

/** The columns of a document's changes. */
export const DOCUMENT_CHANGES: ChangeColumns = {
  layout: [0x01, 0x03, 0x13, 0x23, 0x35, 0x40, 0x43, 0x56, 0x57],
  actor: 0x01,
  seq: 0x03,
  maxOp: 0x13,
  time: 0x23,
  message: 0x35,
  depCount: 0x40,
  depIndex: 0x43,
  extraMetadata: 0x56,
  extraRaw: 0x57,
};

/** The columns of a bundle's changes. */
export const BUNDLE_CHANGES: ChangeColumns = {
  layout: [0x01, 0x03, 0x13, 0x23, 0x33, 0x45, 0x50, 0x53, 0x60, 0x67],
  actor: 0x01,
  seq: 0x03,
  startOp: 0x13,
  maxOp: 0x23,
  time: 0x33,
  message: 0x45,
  depCount: 0x50,
  depIndex: 0x53,
  extraMetadata: 0x60,
  extraRaw: 0x67,
};

/** What the columns of changes are checked against. */
export interface ChangeBounds {
  readonly actorCount: number;
  /** Dependencies outside the chunk; their indexes come after those of the changes. */
  readonly outsideDeps: number;
  readonly depsMax: number;
  readonly opCounterMax: number;
  readonly budget: ScanBudget;
}

/** The changes of a document or bundle, one entry of each array per change. */
export interface ChangeTable {
  readonly rows: number;
  readonly actors: Float64Array;
  readonly starts: Float64Array;
  readonly maxOps: Float64Array;
  readonly highestOp: number;
  /** Rows of dependencies. */
  readonly links: number;
  /** Changes that no other one here depends on. */
  readonly tips: number;
  /** Counters that the changes take, which is one for each operation. */
  readonly counters: number;
  /**
   * Counters left out between a change and what it depends on, as far as that can be seen here.
   *
   * To load a document, Automerge 3.5 makes room for them too: 1.7 KB of 200 changes that start
   * at counter 1,000,000 take 4 GB. So the callers spend them like rows.
   */
  readonly gaps: number;
}

/** Checks that the columns agree, and that counters, sequences and dependencies only grow. */
export function checkChanges(
  columns: Columns,
  at: ChangeColumns,
  bounds: ChangeBounds,
): ChangeTable {
  const { budget, opCounterMax } = bounds;
  const table = new TableChecks(columns, budget);
  const rows = table.countRows(at.actor, bounds.actorCount - 1);
  budget.spend("changesMax", rows);
  table.counters(at.seq, rows, opCounterMax, "no nulls");
  table.counters(at.maxOp, rows, opCounterMax, "no nulls");
  if (at.startOp !== undefined) table.counters(at.startOp, rows, opCounterMax, "no nulls");
  table.steps(at.time, rows);
  table.strings(at.message, rows);
  const links = table.group(at.depCount, rows, (count) => {
    if (count > bounds.depsMax) throw tooLarge("depsMax", count, bounds.depsMax);
  });
  table.counters(at.depIndex, links, rows + bounds.outsideDeps - 1, "no nulls");
  checkExtras(columns, at, rows);
  const actors = unfoldUnsigned(columns.get(at.actor), rows);
  const maxOps = unfoldCounters(columns.get(at.maxOp), rows);
  const graph = checkGraph(columns, at, links, maxOps);
  const seqs = unfoldCounters(columns.get(at.seq), rows);
  checkSequences({ actors, seqs, starts: graph.starts, maxOps }, bounds.actorCount);
  const highestOp = maxOps.reduce((highest, op) => Math.max(highest, op), 0);
  return { rows, actors, maxOps, highestOp, links, ...graph };
}

function checkExtras(columns: Columns, at: ChangeColumns, rows: number): void {
  const metadata = columns.get(at.extraMetadata);
  const raw = columns.get(at.extraRaw);
  const check = at.startOp === undefined ? checkValues : checkLengths;
  const found = check(metadata, raw);
  if (found !== rows) throw bad(`${found} extra values stand beside ${rows} changes`);
}

/** An actor's changes are numbered upwards; Automerge panics at two with one number. */
function checkSequences(table: Sequenced, actorCount: number): void {
  const lastSeq = new Float64Array(actorCount);
  const lastOp = new Float64Array(actorCount);
  table.actors.forEach((actor, row) => {
    const inOrder = table.seqs[row]! > lastSeq[actor]! && table.starts[row]! > lastOp[actor]!;
    if (!inOrder) throw bad("the changes of an actor are not in order");
    lastSeq[actor] = table.seqs[row]!;
    lastOp[actor] = table.maxOps[row]!;
  });
}

interface Sequenced {
  readonly actors: Float64Array;
  readonly seqs: Float64Array;
  readonly starts: Float64Array;
  readonly maxOps: Float64Array;
}

interface Graph {
  readonly starts: Float64Array;
  readonly tips: number;
  readonly counters: number;
  readonly gaps: number;
}

/** Checks that each change comes after what it depends on, in place and in counters. */
function checkGraph(
  columns: Columns,
  at: ChangeColumns,
  links: number,
  maxOps: Float64Array,
): Graph {
  const rows = maxOps.length;
  const counts = unfoldUnsigned(columns.get(at.depCount), rows);
  const indexes = unfoldCounters(columns.get(at.depIndex), links);
  const given = at.startOp === undefined
    ? undefined
    : unfoldCounters(columns.get(at.startOp), rows);
  const starts = new Float64Array(rows);
  const needed = new Uint8Array(rows);
  let [counters, gaps, next] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    let before = 0;
    let outside = false;
    for (const end = next + counts[row]!; next < end; next++) {
      const dep = indexes[next]!;
      if (dep >= rows) {
        outside = true;
        continue;
      }
      if (dep >= row) throw bad("a change stands before what it depends on");
      before = Math.max(before, maxOps[dep]!);
      needed[dep] = 1;
    }
    const start = given?.[row] ?? before + 1;
    if (start <= before || maxOps[row]! < start - 1) throw bad("a change counts backwards");
    starts[row] = start;
    counters += maxOps[row]! - start + 1;
    if (!outside) gaps += start - 1 - before;
  }
  return { starts, tips: rows - needed.reduce((sum, one) => sum + one, 0), counters, gaps };
}
