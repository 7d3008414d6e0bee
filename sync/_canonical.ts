import { encodeChange } from "./_automerge.ts";
import type { DecodedChange } from "./_automerge.ts";
import { ByteReader } from "./_byte_reader.ts";
import { readBody } from "./_chunk.ts";
import { readClaims, readColumns } from "./_columns.ts";
import type { Columns } from "./_columns.ts";
import { CHANGE_OPS, OP } from "./_op_table.ts";
import { ScanBudget } from "./_scan_budget.ts";
import { SCAN_LIMITS } from "./_scan_limits.ts";
import { unfoldUnsigned } from "./_unfold.ts";

/**
 * Whether a change is written just as Automerge writes it. Automerge does not keep the bytes of a
 * change but writes them anew whenever it needs them, so one that is written in another way (with a
 * value beside a deletion, an actor that nobody refers to, a run that could be longer) has another
 * hash from then on, and the document does not load.
 *
 * Automerge's own encoder is what is compared with. It does not take bytes as values, so texts of
 * the same length stand for them.
 *
 * @param bytes One change that was scanned.
 * @param change The same, opened.
 */
export function isCanonical(bytes: Uint8Array, change: DecodedChange): boolean {
  const blobs = change.ops.map(({ value }) => Array.isArray(value) ? value as number[] : undefined);
  const ops = change.ops.map((operation, index) => {
    const blob = blobs[index];
    return blob === undefined ? operation : { ...operation, value: "b".repeat(blob.length) };
  });
  const [given, own] = [readBody(bytes), readBody(encodeChange({ ...change, ops }))];
  if (blobs.every((blob) => blob === undefined)) return same(given, own);
  return sameBut(partsOf(given), partsOf(own), blobs);
}

/** Whether two changes are the same but for the type of some values, and their bytes. */
function sameBut(given: Parts, own: Parts, blobs: readonly (readonly number[] | undefined)[]) {
  const { valueMetadata, valueRaw } = OP;
  const isSame = same(given.head, own.head) && same(given.tail, own.tail) &&
    [...own.columns.keys()].join() === [...given.columns.keys()].join() &&
    [...own.columns].every(([spec, column]) =>
      spec === valueMetadata || spec === valueRaw || same(column, given.columns.get(spec)!)
    );
  if (!isSame) return false;
  const expected = [...unfoldUnsigned(own.columns.get(valueMetadata), blobs.length)]
    .map((metadata, index) => blobs[index] === undefined ? metadata : metadata - TEXT + BLOB);
  if (!same(given.columns.get(valueMetadata)!, encodeRuns(expected))) return false;
  // If every value is empty, there is no such column.
  const [givenRaw, ownRaw] = [given, own].map(({ columns }) => columns.get(valueRaw) ?? NOTHING);
  let at = 0;
  return givenRaw!.length === ownRaw!.length && expected.every((metadata, index) => {
    const end = at + Math.floor(metadata / 16);
    const value = givenRaw!.subarray(at, end);
    const isRight = same(value, blobs[index] ?? ownRaw!.subarray(at, end));
    at = end;
    return isRight;
  });
}

const NOTHING = new Uint8Array(0);

/** The types of two kinds of values; the metadata of a value is `length * 16 + type`. */
const TEXT = 6;
const BLOB = 7;

/** A change, taken apart. */
interface Parts {
  /** All before the columns: dependencies, actors, numbers. */
  readonly head: Uint8Array;
  readonly columns: Columns;
  /** All behind them. */
  readonly tail: Uint8Array;
}

function partsOf(body: Uint8Array): Parts {
  const reader = new ByteReader(body);
  const budget = new ScanBudget(SCAN_LIMITS);
  for (let deps = reader.uleb(); deps > 0; deps--) reader.take(32);
  reader.prefixed(); // actor
  reader.uleb(); // number
  reader.uleb(); // first operation
  reader.sleb(); // time
  reader.prefixed(); // message
  for (let others = reader.uleb(); others > 0; others--) reader.prefixed();
  const head = body.subarray(0, reader.offset);
  const columns = readColumns(reader, readClaims(reader, CHANGE_OPS, false), budget);
  return { head, columns, tail: body.subarray(reader.offset) };
}

/** Writes numbers as runs: two or more equal ones as one, others as they are. */
function encodeRuns(values: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let literal: number[] = [];
  const flush = () => {
    if (literal.length === 0) return;
    bytes.push(...sleb(-literal.length), ...literal.flatMap(uleb));
    literal = [];
  };
  for (let at = 0; at < values.length;) {
    let end = at + 1;
    while (end < values.length && values[end] === values[at]) end++;
    if (end - at > 1) {
      flush();
      bytes.push(...sleb(end - at), ...uleb(values[at]!));
    } else literal.push(values[at]!);
    at = end;
  }
  flush();
  return Uint8Array.from(bytes);
}

function uleb(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 0x80, ...uleb(Math.floor(value / 128))];
}

function sleb(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const ends = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return ends ? [low] : [low | 0x80, ...sleb(rest)];
}

function same(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}
