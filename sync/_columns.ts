import { bad, ByteReader } from "./_byte_reader.ts";
import type { ScanBudget } from "./_scan_budget.ts";

/** Columns by specification: `id << 4 | type`, without the deflate bit. */
export type Columns = ReadonlyMap<number, Uint8Array>;

/** Which columns a table may have, in ascending order; see `_op_table.ts`. */
export type Layout = readonly number[];

const DEFLATED = 8;

/** One column as the metadata in front of a table announces it. */
export interface ColumnClaim {
  readonly spec: number;
  readonly length: number;
  readonly deflated: boolean;
}

/**
 * Reads the metadata of a table.
 *
 * Automerge keeps columns it does not know and walks them, so an unknown column is a place to
 * hide; nothing writes one today. Order and uniqueness follow from the layout.
 */
export function readClaims(reader: ByteReader, layout: Layout, mayDeflate: boolean): ColumnClaim[] {
  const count = reader.uleb();
  if (count > layout.length) throw bad(`a table has ${count} columns of ${layout.length}`);
  const claims: ColumnClaim[] = [];
  let next = 0;
  for (let i = 0; i < count; i++) {
    const raw = reader.uleb();
    const deflated = raw % 16 >= DEFLATED;
    const spec = deflated ? raw - DEFLATED : raw;
    const place = layout.indexOf(spec, next);
    if (place < 0) throw bad(`column 0x${spec.toString(16)} is unknown, repeated or out of order`);
    if (deflated && !mayDeflate) throw bad("a column is deflated where none may be");
    next = place + 1;
    claims.push({ spec, length: reader.uleb(), deflated });
  }
  return claims;
}

/** Takes the columns that were claimed, inflated. */
export function readColumns(
  reader: ByteReader,
  claims: readonly ColumnClaim[],
  budget: ScanBudget,
): Columns {
  const columns = new Map<number, Uint8Array>();
  for (const { spec, length, deflated } of claims) {
    const bytes = reader.take(length);
    const data = deflated ? budget.inflate(bytes) : bytes;
    budget.spend("inflatedBytesMax", data.length);
    columns.set(spec, data);
  }
  return columns;
}

/** A run of equal values; `undefined` stands for null. */
export type VisitRun<T> = (value: T | undefined, count: number) => void;

/**
 * Walks a run-length encoded column without unfolding it, and returns its rows, which may be any
 * number: the walk takes as long as the column has bytes.
 *
 * A positive count repeats one value, a negative one precedes that many values, and 0 precedes
 * a number of nulls.
 */
export function walkRuns<T>(
  bytes: Uint8Array,
  read: (reader: ByteReader) => T,
  visit: VisitRun<T>,
): number {
  const reader = new ByteReader(bytes);
  let rows = 0;
  while (reader.left > 0) {
    const head = reader.sleb();
    const count = head === 0 ? reader.uleb() : Math.abs(head);
    // Nothing writes a run of one, and a document that holds one does not load.
    if (count === 0 || head === 1) throw bad("a run is too short");
    rows += count;
    if (head > 0) visit(read(reader), count);
    else if (head === 0) visit(undefined, count);
    else for (let i = 0; i < count; i++) visit(read(reader), 1);
  }
  return rows;
}

/** Reads the values of {@linkcode walkRuns}. */
export const readUnsigned = (reader: ByteReader): number => reader.uleb();
/** Reads the steps of {@linkcode walkRuns}. */
export const readSigned = (reader: ByteReader): number => reader.sleb();
/** Reads the strings of {@linkcode walkRuns}. */
export const readPrefixed = (reader: ByteReader): Uint8Array => reader.prefixed();

/** Counts the rows of a column of alternating runs of false and true. */
export function countBooleans(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  let rows = 0;
  for (let first = true; reader.left > 0; first = false) {
    const count = reader.uleb();
    if (count === 0 && !first) throw bad("a run is too short");
    rows += count;
  }
  return rows;
}
