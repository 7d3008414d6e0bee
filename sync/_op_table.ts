import { bad } from "./_byte_reader.ts";
import { TableChecks } from "./_column_checks.ts";
import type { Columns, Layout } from "./_columns.ts";
import type { Nesting } from "./_nesting.ts";
import { checkValues } from "./_raw_values.ts";
import type { ScanBudget } from "./_scan_budget.ts";
import { NULL, unfoldCounters, unfoldUnsigned } from "./_unfold.ts";

/** The columns of operations; the names follow Automerge's binary format. */
export const OP = {
  objectActor: 0x01,
  objectCounter: 0x02,
  /** Bundles write the counters of objects as differences. */
  objectCounterSteps: 0x03,
  keyActor: 0x11,
  keyCounter: 0x13,
  keyString: 0x15,
  idActor: 0x21,
  idCounter: 0x23,
  insert: 0x34,
  action: 0x42,
  valueMetadata: 0x56,
  valueRaw: 0x57,
  predCount: 0x70,
  predActor: 0x71,
  predCounter: 0x73,
  succCount: 0x80,
  succActor: 0x81,
  succCounter: 0x83,
  expand: 0x94,
  markName: 0xa5,
  /** Bundles only: at which row the operation stands that has the n-th id. */
  rowOfId: 0xb3,
} as const;

const START = [OP.keyActor, OP.keyCounter, OP.keyString];
const MIDDLE = [OP.insert, OP.action, OP.valueMetadata, OP.valueRaw];
const PRED = [OP.predCount, OP.predActor, OP.predCounter];
const SUCC = [OP.succCount, OP.succActor, OP.succCounter];
const END = [OP.expand, OP.markName];

/** The columns of a change, in order. */
export const CHANGE_OPS: Layout = [
  ...[OP.objectActor, OP.objectCounter, ...START, ...MIDDLE, ...PRED, ...END],
];
/** The columns of a document, in order. */
export const DOCUMENT_OPS: Layout = [
  ...[OP.objectActor, OP.objectCounter, ...START, OP.idActor, OP.idCounter],
  ...[...MIDDLE, ...SUCC, ...END],
];
/** The columns of a bundle, in order. */
export const BUNDLE_OPS: Layout = [
  ...[OP.objectActor, OP.objectCounterSteps, ...START, OP.idActor],
  ...[...MIDDLE, ...PRED, ...END, OP.rowOfId],
];

/** The highest action is the newest: to begin or end a mark. */
const MARK = 7;
/** Actions 0, 2, 4 and 6 make a map, list, text or table; odd ones write into an object. */
const makes = (action: number): boolean => action % 2 === 0;

/** What the columns of operations are checked against. */
export interface OpBounds {
  /** The numbers of the chunk's actors, from `Nesting.intern`. */
  readonly actors: readonly number[];
  /** The highest counter that any id may have. */
  readonly counterMax: number;
  readonly budget: ScanBudget;
}

/** What a table of operations holds. */
export interface OpTable {
  readonly rows: number;
  /** Rows of predecessors and successors. */
  readonly links: number;
  /** Whether any operation makes an object. */
  readonly making: boolean;
}

/** Checks that all columns agree on their rows and that every id is one that can be. */
export function checkOps(columns: Columns, bounds: OpBounds): OpTable {
  const { counterMax, budget } = bounds;
  const actorMax = bounds.actors.length - 1;
  const table = new TableChecks(columns, budget);
  const rows = table.countRows(OP.action, MARK);
  let objects = 0;
  let marks = 0;
  table.unsigned(OP.action, rows, MARK, "no nulls", (action, count) => {
    if (makes(action)) objects += count;
    if (action === MARK) marks += count;
  });
  budget.spend("objectsMax", objects);
  budget.spend("marksMax", marks);
  table.unsigned(OP.objectActor, rows, actorMax, "nullable");
  table.unsigned(OP.objectCounter, rows, counterMax, "nullable");
  table.counters(OP.objectCounterSteps, rows, counterMax, "nullable");
  table.unsigned(OP.keyActor, rows, actorMax, "nullable");
  table.counters(OP.keyCounter, rows, counterMax, "nullable");
  table.strings(OP.keyString, rows);
  if (columns.has(OP.idActor)) table.unsigned(OP.idActor, rows, actorMax, "no nulls");
  if (columns.has(OP.idCounter)) table.counters(OP.idCounter, rows, counterMax, "no nulls");
  table.booleans(OP.insert, rows, "no nulls");
  table.booleans(OP.expand, rows, "nullable");
  table.strings(OP.markName, rows);
  const valued = checkValues(columns.get(OP.valueMetadata), columns.get(OP.valueRaw));
  if (valued !== rows) throw bad(`${valued} values stand beside ${rows} operations`);
  let links = 0;
  for (const [count, actor, counter] of [PRED, SUCC]) {
    if (!columns.has(count!) && !columns.has(actor!) && !columns.has(counter!)) continue;
    const sum = table.group(count!, rows);
    table.unsigned(actor!, sum, actorMax, "no nulls");
    table.counters(counter!, sum, counterMax, "no nulls");
    links += sum;
  }
  return { rows, links, making: objects > 0 };
}

/** The ids of operations, row by row: numbers from `Nesting.key`. */
export type IdAt = (row: number) => number;

/** Tells which object lies in which, for operations that were checked. */
export function nestObjects(
  columns: Columns,
  table: OpTable,
  bounds: OpBounds,
  nesting: Nesting,
  idAt: IdAt,
): void {
  if (!table.making) return;
  const actions = unfoldUnsigned(columns.get(OP.action), table.rows);
  const actors = unfoldUnsigned(columns.get(OP.objectActor), table.rows);
  const steps = columns.get(OP.objectCounterSteps);
  const counters = steps === undefined
    ? unfoldUnsigned(columns.get(OP.objectCounter), table.rows)
    : unfoldCounters(steps, table.rows);
  for (let row = 0; row < table.rows; row++) {
    if (!makes(actions[row]!)) continue;
    const root = actors[row] === NULL || counters[row] === NULL;
    const parent = root ? 0 : nesting.key(counters[row]!, bounds.actors[actors[row]!]!);
    nesting.nest(idAt(row), parent);
  }
}
