import { decodeChange } from "./_automerge.ts";
import type { DecodedChange, Operation } from "./_automerge.ts";
import { ByteReader } from "./_byte_reader.ts";
import { readChunk } from "./_chunk.ts";
import { readClaims, readColumns, readPrefixed, walkRuns } from "./_columns.ts";
import type { Columns } from "./_columns.ts";
import { CHANGE_OPS, OP } from "./_op_table.ts";
import { ScanBudget } from "./_scan_budget.ts";
import { SCAN_LIMITS } from "./_scan_limits.ts";
import type { ChunkSize } from "./scan.ts";
import { NULL, unfoldCounters, unfoldUnsigned } from "./_unfold.ts";

/** What a change says of itself, before its operations are opened. */
export interface ChangeHead {
  /** Its name. */
  readonly hash: string;
  /** The names of the changes that it builds upon directly. */
  readonly deps: readonly string[];
  readonly actor: string;
  /** The how many-th of its actor it is, from 1. */
  readonly seq: number;
  /** The counter of its first operation. */
  readonly startOp: number;
  /** The counter of its last one. */
  readonly maxOp: number;
  /** What it costs to take; it makes no more objects than it has operations. */
  readonly size: ChunkSize;
  /** The whole of it, as it was given. */
  readonly bytes: Uint8Array;
  /** Opens it, once. */
  readonly open: () => DecodedChange;
}

/**
 * Opens one change as `decodeChange()` does, several times as fast: each value that crosses over
 * from WebAssembly costs more than reading it here. What our documents hardly hold (counters, marks,
 * floats, numbers beyond 2^53) is left to Automerge.
 *
 * @param bytes One change that was scanned.
 */
export function openChange(bytes: Uint8Array): DecodedChange {
  return readHead(bytes).open();
}

/** Reads what a change says of itself; its operations are opened when they are asked for. */
export function readHead(bytes: Uint8Array): ChangeHead {
  const { body, hash } = readChunk(new ByteReader(bytes), new ScanBudget(SCAN_LIMITS));
  const reader = new ByteReader(body);
  const deps = Array.from({ length: reader.uleb() }, () => reader.take(32).toHex());
  const actor = reader.prefixed().toHex();
  const [seq, startOp, time] = [reader.uleb(), reader.uleb(), reader.sleb()];
  const message = reader.prefixed();
  const others = Array.from({ length: reader.uleb() }, () => reader.prefixed().toHex());
  const claims = readClaims(reader, CHANGE_OPS, false);
  const columns = readColumns(reader, claims, new ScanBudget(SCAN_LIMITS));
  const rows = countRows(columns);
  const isPlain = reader.left === 0 && message.length === 0;
  const openNow = (): DecodedChange => {
    const ops = isPlain ? openOperations(columns, rows, [actor, ...others]) : undefined;
    if (ops === undefined) return decodeChange(bytes);
    return { ops, actor, hash, seq, startOp, time, message: null, deps };
  };
  let opened: DecodedChange | undefined;
  const open = () => opened ??= openNow();
  const size = {
    bytes: bytes.length,
    inflatedBytes: body.length,
    rows,
    changes: 1,
    objects: rows,
  };
  return { hash, deps, actor, seq, startOp, maxOp: startOp + rows - 1, size, bytes, open };
}

function countRows(columns: Columns): number {
  let rows = 0;
  const actions = columns.get(OP.action) ?? new Uint8Array(0);
  walkRuns(actions, (reader) => reader.uleb(), (_, count) => {
    rows += count;
  });
  return rows;
}

const ACTIONS = ["makeMap", "set", "makeList", "del", "makeText"] as const;
/** The types of values in Automerge's binary format. */
const TYPE = { null: 0, false: 1, true: 2, uint: 3, int: 4, text: 6, bytes: 7 } as const;
const DECODER = new TextDecoder();

/** The operations of a change; `undefined` if there is one that Automerge has to open. */
function openOperations(
  columns: Columns,
  rows: number,
  actors: readonly string[],
): Operation[] | undefined {
  if (columns.has(OP.expand) || columns.has(OP.markName)) return undefined;
  const unsigned = (spec: number, count = rows) => unfoldUnsigned(columns.get(spec), count);
  const actions = unsigned(OP.action);
  const [objectActors, objectCounters] = [unsigned(OP.objectActor), unsigned(OP.objectCounter)];
  const keyActors = unsigned(OP.keyActor);
  const keyCounters = unfoldCounters(columns.get(OP.keyCounter), rows);
  const keys = unfoldTexts(columns.get(OP.keyString), rows);
  const inserts = unfoldBooleans(columns.get(OP.insert), rows);
  const metadata = unsigned(OP.valueMetadata);
  const predCounts = unsigned(OP.predCount);
  const preds = predCounts.reduce((sum, count) => sum + Math.max(0, count), 0);
  const predActors = unsigned(OP.predActor, preds);
  const predCounters = unfoldCounters(columns.get(OP.predCounter), preds);
  const raw = columns.get(OP.valueRaw) ?? new Uint8Array(0);
  const ops: Operation[] = [];
  let rawAt = 0;
  let predAt = 0;
  const predsOf = (row: number) => {
    const preds: string[] = [];
    for (let left = predCounts[row]!; left > 0; left--) {
      preds.push(`${predCounters[predAt]}@${actors[predActors[predAt++]!]}`);
    }
    return preds;
  };
  for (let row = 0; row < rows; row++) {
    const action = ACTIONS[actions[row]!];
    const [type, length] = [metadata[row]! % 16, Math.floor(metadata[row]! / 16)];
    const value = openValue(type, raw.subarray(rawAt, rawAt += length));
    const place = placeOf(keys[row], keyCounters[row]!, actors[keyActors[row]!]);
    if (action === undefined || value === undefined || place === undefined) return undefined;
    if (objectActors[row] === NULL !== (objectCounters[row] === NULL)) return undefined;
    ops.push(
      {
        action,
        obj: objectActors[row] === NULL
          ? "_root"
          : `${objectCounters[row]}@${actors[objectActors[row]!]}`,
        ...place,
        ...(inserts[row] && { insert: true }),
        ...(action === "set" && value),
        pred: predsOf(row),
      } as Operation,
    );
  }
  return ops;
}

function placeOf(key: string | undefined, counter: number, actor: string | undefined) {
  if (key !== undefined) return counter === NULL && actor === undefined ? { key } : undefined;
  if (counter === NULL) return undefined;
  if (actor !== undefined) return { elemId: `${counter}@${actor}` };
  return counter === 0 ? { elemId: "_head" } : undefined;
}

function openValue(type: number, bytes: Uint8Array): Record<string, unknown> | undefined {
  if (type === TYPE.null) return { value: null };
  if (type === TYPE.false || type === TYPE.true) return { value: type === TYPE.true };
  if (type === TYPE.text) return { value: DECODER.decode(bytes) };
  if (type === TYPE.bytes) return { value: [...bytes] };
  if ((type !== TYPE.int && type !== TYPE.uint) || bytes.length > 7) return undefined;
  const reader = new ByteReader(bytes);
  return type === TYPE.int
    ? { datatype: "int", value: reader.sleb() }
    : { datatype: "uint", value: reader.uleb() };
}

function unfoldTexts(bytes: Uint8Array | undefined, rows: number): (string | undefined)[] {
  const texts = new Array<string | undefined>(rows);
  let at = 0;
  walkRuns(bytes ?? new Uint8Array(0), readPrefixed, (text, count) => {
    if (text !== undefined) texts.fill(DECODER.decode(text), at, at + count);
    at += count;
  });
  return texts;
}

function unfoldBooleans(bytes: Uint8Array | undefined, rows: number): boolean[] {
  const values = new Array<boolean>(rows).fill(false);
  const reader = new ByteReader(bytes ?? new Uint8Array(0));
  for (let at = 0, value = false; reader.left > 0; value = !value) {
    const count = reader.uleb();
    values.fill(value, at, at += count);
  }
  return values;
}
