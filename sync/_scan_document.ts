import { bad, ByteReader } from "./_byte_reader.ts";
import { checkChanges, DOCUMENT_CHANGES } from "./_change_table.ts";
import type { Chunk } from "./_chunk.ts";
import { readClaims, readColumns } from "./_columns.ts";
import { checkOps, DOCUMENT_OPS, nestObjects, OP } from "./_op_table.ts";
import type { ScanState } from "./_scan_state.ts";
import { unfoldCounters, unfoldUnsigned } from "./_unfold.ts";

/** What a document says of itself. */
export interface DocumentFacts {
  readonly actors: readonly string[];
  readonly heads: readonly string[];
  readonly changeCount: number;
  readonly opCount: number;
}

/** Scans the body of a document. */
export function scanDocument(chunk: Chunk, state: ScanState): DocumentFacts {
  const { budget, nesting, limits } = state;
  const reader = new ByteReader(chunk.body);
  const actors = state.actors(reader);
  const heads = state.hashes(reader);
  const changeClaims = readClaims(reader, DOCUMENT_CHANGES.layout, true);
  const opClaims = readClaims(reader, DOCUMENT_OPS, true);
  const changeColumns = readColumns(reader, changeClaims, budget);
  const opColumns = readColumns(reader, opClaims, budget);

  const { depsMax, opCounterMax } = limits;
  const actorCount = actors.length;
  const changes = checkChanges(changeColumns, DOCUMENT_CHANGES, {
    ...{ actorCount, outsideDeps: 0, depsMax, opCounterMax, budget },
  });
  readHeadIndexes(reader, heads.length, changes.rows);
  budget.spend("headsMax", heads.length);
  if (changes.tips !== heads.length) throw bad(`${changes.tips} changes are heads, not all listed`);

  const interned = actors.map((actor) => nesting.intern(actor));
  const bounds = { actors: interned, counterMax: changes.highestOp, budget };
  const table = checkOps(opColumns, bounds);
  for (const column of [OP.idActor, OP.idCounter]) {
    if (!opColumns.has(column) && table.rows > 0) throw bad("operations have no ids");
  }
  // A deletion has no row of its own: it is a successor. Any other counter is left out.
  budget.spend("rowsMax", Math.max(0, changes.counters - table.rows - table.links));
  if (table.making) {
    const idActors = unfoldUnsigned(opColumns.get(OP.idActor), table.rows);
    const idCounters = unfoldCounters(opColumns.get(OP.idCounter), table.rows);
    const idAt = (row: number) => nesting.key(idCounters[row]!, interned[idActors[row]!]!);
    nestObjects(opColumns, table, bounds, nesting, idAt);
  }
  return { actors, heads, changeCount: changes.rows, opCount: table.rows };
}

/** At the end stands where each head is among the changes. */
function readHeadIndexes(reader: ByteReader, heads: number, changes: number): void {
  for (let i = 0; i < heads; i++) {
    const index = reader.uleb();
    if (index >= changes) throw bad(`a head is change ${index} of ${changes}`);
  }
  reader.end();
}
