import { bad, ByteReader } from "./_byte_reader.ts";
import { BUNDLE_CHANGES, type ChangeTable, checkChanges } from "./_change_table.ts";
import type { Chunk } from "./_chunk.ts";
import { TableChecks } from "./_column_checks.ts";
import { type Columns, readClaims, readColumns } from "./_columns.ts";
import { BUNDLE_OPS, checkOps, nestObjects, OP } from "./_op_table.ts";
import type { ScanState } from "./_scan_state.ts";
import { NULL, unfoldCounters, unfoldUnsigned } from "./_unfold.ts";

/** What a bundle says of itself; the hashes of its changes are not in it. */
export interface BundleFacts {
  readonly deps: readonly string[];
  readonly actors: readonly string[];
  readonly changeCount: number;
  readonly opCount: number;
  readonly highestOp: number;
}

/** Scans the body of a bundle. */
export function scanBundle(chunk: Chunk, state: ScanState): BundleFacts {
  const { budget, nesting, limits } = state;
  const reader = new ByteReader(chunk.body);
  const deps = state.hashes(reader);
  const actors = state.actors(reader);
  const changeColumns = readColumns(
    reader,
    readClaims(reader, BUNDLE_CHANGES.layout, true),
    budget,
  );
  const opColumns = readColumns(reader, readClaims(reader, BUNDLE_OPS, true), budget);
  reader.end();

  const { depsMax, opCounterMax } = limits;
  const [actorCount, outsideDeps] = [actors.length, deps.length];
  const changes = checkChanges(changeColumns, BUNDLE_CHANGES, {
    ...{ actorCount, outsideDeps, depsMax, opCounterMax, budget },
  });
  budget.spend("headsMax", changes.tips);
  budget.spend("rowsMax", changes.gaps);

  const interned = actors.map((actor) => nesting.intern(actor));
  const bounds = { actors: interned, counterMax: changes.highestOp, budget };
  const table = checkOps(opColumns, bounds);
  if (changes.counters !== table.rows) {
    throw bad(`changes claim ${changes.counters} operations of ${table.rows}`);
  }
  new TableChecks(opColumns, budget).counters(OP.rowOfId, table.rows, table.rows - 1, "no nulls");
  const ids = readIds(
    opColumns,
    changes,
    (counter, actor) => nesting.key(counter, interned[actor]!),
  );
  nestObjects(opColumns, table, bounds, nesting, (row) => ids[row]!);
  const { rows: changeCount, highestOp } = changes;
  return { deps, actors, changeCount, opCount: table.rows, highestOp };
}

/**
 * Which id stands in which row. Ids are ordered by actor and then by counter, and the column
 * says where each stands; every row must be said once, for an actor who owns it.
 */
function readIds(
  columns: Columns,
  changes: ChangeTable,
  key: (counter: number, actor: number) => number,
): Float64Array {
  const rows = unfoldCounters(columns.get(OP.rowOfId), changes.counters);
  const actors = unfoldUnsigned(columns.get(OP.idActor), changes.counters);
  const ids = new Float64Array(changes.counters).fill(NULL);
  let next = 0;
  // The sort is stable, and an actor's changes stand in the order of their counters.
  const order = [...changes.actors.keys()].sort((a, b) => changes.actors[a]! - changes.actors[b]!);
  for (const change of order) {
    const actor = changes.actors[change]!;
    for (let op = changes.starts[change]!; op <= changes.maxOps[change]!; op++) {
      const row = rows[next++]!;
      if (ids[row] !== NULL || actors[row] !== actor) {
        throw bad("an operation has no id of its own");
      }
      ids[row] = key(op, actor);
    }
  }
  return ids;
}
