import { createHash } from "node:crypto";

/** Writes Automerge chunks that no honest encoder writes, with checksums that are right. */

/** Columns by specification; a list keeps duplicates and any order. */
export type ForgedColumns =
  | Readonly<Record<number, readonly number[] | Uint8Array>>
  | readonly (readonly [number, readonly number[] | Uint8Array])[];

/** An unsigned LEB128 number. */
export function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** A signed LEB128 number. */
export function sleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest < -64 || rest > 63; rest = Math.floor(rest / 128)) {
    bytes.push((((rest % 128) + 128) % 128) | 0x80);
  }
  return [...bytes, rest & 0x7f];
}

/** One value, `count` times over. */
export function run(count: number, value: readonly number[]): number[] {
  if (count === 0) return [];
  return count === 1 ? [0x7f, ...value] : [...sleb(count), ...value];
}

/** Values that differ. */
export function literals(values: readonly (readonly number[])[]): number[] {
  return [...sleb(-values.length), ...values.flat()];
}

/** A run of nulls. */
export function nulls(count: number): number[] {
  return [0, ...uleb(count)];
}

/** A column of these encoded values, run by run; `null` stands for null. */
export function column(values: readonly (readonly number[] | null)[]): number[] {
  if (values.every((value) => value === null)) return [];
  const bytes: number[] = [];
  let lone: (readonly number[])[] = [];
  const flush = () => {
    if (lone.length > 0) bytes.push(...literals(lone));
    lone = [];
  };
  for (let at = 0, end = 0; at < values.length; at = end) {
    const value = values[at]!;
    while (end < values.length && String(values[end]) === String(value)) end++;
    if (value !== null && end - at === 1) {
      lone.push(value);
      continue;
    }
    flush();
    bytes.push(...(value === null ? nulls(end - at) : run(end - at, value)));
  }
  flush();
  return bytes;
}

/** A column of the differences between these numbers; `null` stands for null. */
export function steps(values: readonly (number | null)[]): number[] {
  let last = 0;
  return column(values.map((value) => {
    if (value === null) return null;
    const step = value - last;
    last = value;
    return sleb(step);
  }));
}

/** A column of yes and no. */
export function booleans(values: readonly boolean[]): number[] {
  const bytes: number[] = [];
  let last = false;
  let count = 0;
  for (const value of values) {
    if (value !== last) {
      bytes.push(...uleb(count));
      count = 0;
      last = value;
    }
    count++;
  }
  return count === 0 ? bytes : [...bytes, ...uleb(count)];
}

/** A string or actor with its length in front. */
export function prefixed(content: string | readonly number[]): number[] {
  const bytes = typeof content === "string" ? [...new TextEncoder().encode(content)] : content;
  return [...uleb(bytes.length), ...bytes];
}

/** A column of differences that counts up from `first`. */
export function counting(count: number, first: number): number[] {
  if (count === 0) return [];
  if (count === 1 || first === 1) return run(count, sleb(first));
  return [...run(1, sleb(first)), ...run(count - 1, [1])];
}

/** A chunk of any type around any body. */
export function chunk(type: number, body: Uint8Array, hashed: Uint8Array = body): Uint8Array {
  const hashedType = type === 2 ? 1 : type;
  const sum = createHash("sha256").update(concat([hashedType], uleb(hashed.length), hashed))
    .digest();
  return concat([0x85, 0x6f, 0x4a, 0x83], sum.subarray(0, 4), [type], uleb(body.length), body);
}

export interface ForgedChange {
  readonly deps?: readonly string[];
  readonly actor?: string;
  readonly seq?: number;
  readonly startOp?: number;
  readonly others?: readonly string[];
  readonly columns: ForgedColumns;
  readonly extra?: readonly number[];
}

export function forgeChange(change: ForgedChange): Uint8Array {
  const { deps = [], actor = "aa", seq = 1, startOp = 1, others = [] } = change;
  return chunk(1, changeBody(deps, actor, [...uleb(seq), ...uleb(startOp)], others, change));
}

function changeBody(
  deps: readonly string[],
  actor: string,
  numbers: readonly number[],
  others: readonly string[],
  { columns, extra = [] }: ForgedChange,
): Uint8Array {
  const head = concat(hashes(deps), lengthAndHex(actor), numbers, [0, 0], actors(others));
  return concat(head, claims(columns), data(columns), extra);
}

export interface ForgedDocument {
  readonly actors?: readonly string[];
  readonly heads?: readonly string[];
  readonly changes: ForgedColumns;
  readonly ops: ForgedColumns;
  readonly headIndexes?: readonly number[];
}

export function forgeDocument(document: ForgedDocument): Uint8Array {
  const { changes, ops, headIndexes = [0], heads = ["00".repeat(32)] } = document;
  const head = concat(actors(document.actors ?? ["aa"]), hashes(heads));
  const tables = concat(claims(changes), claims(ops), data(changes), data(ops));
  return chunk(0, concat(head, tables, headIndexes));
}

export interface ForgedBundle {
  readonly actors?: readonly string[];
  readonly deps?: readonly string[];
  readonly changes: ForgedColumns;
  readonly ops: ForgedColumns;
}

export function forgeBundle(bundle: ForgedBundle): Uint8Array {
  const { changes, ops } = bundle;
  const head = concat(hashes(bundle.deps ?? []), actors(bundle.actors ?? ["aa"]));
  return chunk(3, concat(head, claims(changes), data(changes), claims(ops), data(ops)));
}

/** The operations of a change that sets one key `count` times. */
export function setOps(count: number): Record<number, number[]> {
  return {
    0x15: run(count, prefixed("k")),
    0x34: uleb(count),
    0x42: run(count, [1]),
    0x56: run(count, [0]),
    0x70: run(count, [0]),
  };
}

/** The same as a bundle writes them. */
export function bundleOps(count: number): Record<number, number[]> {
  const rows = count > 1 ? [...run(1, [0]), ...run(count - 1, [1])] : run(count, [0]);
  return { ...setOps(count), 0x21: run(count, [0]), 0xb3: rows };
}

/** The same as a document writes them. */
export function documentOps(count: number, firstId = 1): Record<number, number[]> {
  const { 0x70: none, ...ops } = setOps(count);
  return { ...ops, 0x21: run(count, [0]), 0x23: counting(count, firstId), 0x80: none! };
}

/** Changes of one operation each, every one after the one before it, as a bundle writes them. */
export function bundleChanges(count: number): Record<number, number[]> {
  const counts = count > 1 ? [...run(1, [0]), ...run(count - 1, [1])] : run(1, [0]);
  const indexes = count > 2 ? [...run(1, [0]), ...run(count - 2, [1])] : run(count - 1, [0]);
  return {
    ...{ 0x01: run(count, [0]), 0x03: counting(count, 1) },
    ...{ 0x13: counting(count, 1), 0x23: counting(count, 1), 0x33: run(count, [0]) },
    ...{ 0x45: nulls(count), 0x50: counts, 0x53: indexes, 0x60: run(count, [0]) },
  };
}

/** One change with counters up to `maxOp`, as a document writes it. */
export function documentChange(maxOp: number): Record<number, number[]> {
  return {
    ...{ 0x01: run(1, [0]), 0x03: run(1, [1]), 0x13: run(1, sleb(maxOp)) },
    ...{ 0x23: run(1, [0]), 0x40: run(1, [0]), 0x56: run(1, [7]) },
  };
}

/** Whether two chunks are the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

/** Puts bytes one after the other. */
export function concat(...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

type Entries = readonly (readonly [number, readonly number[] | Uint8Array])[];

function entries(columns: ForgedColumns): Entries {
  if (Array.isArray(columns)) return columns;
  return Object.entries(columns).map(([spec, bytes]) => [Number(spec), bytes]);
}

function claims(columns: ForgedColumns): number[] {
  const all = entries(columns);
  return [
    ...uleb(all.length),
    ...all.flatMap(([spec, data]) => [...uleb(spec), ...uleb(data.length)]),
  ];
}

function data(columns: ForgedColumns): Uint8Array {
  return concat(...entries(columns).map(([, bytes]) => bytes));
}

function hashes(all: readonly string[]): Uint8Array {
  return concat(uleb(all.length), ...all.map((hash) => Uint8Array.fromHex(hash)));
}

function actors(all: readonly string[]): Uint8Array {
  return concat(uleb(all.length), ...all.map(lengthAndHex));
}

function lengthAndHex(actor: string): Uint8Array {
  return concat(uleb(actor.length / 2), Uint8Array.fromHex(actor));
}
