/** Changes that harm Automerge 3.5, or might, if it were given them. */

import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import type { SyncErrorCode } from "../sync/errors.ts";
import { SCAN_LIMITS } from "../sync/scan.ts";
import * as forge from "./_forge.ts";

/** What an attack is called, its bytes, and the code and words of its refusal. */
export type Attack = readonly [
  name: string,
  bytes: () => Uint8Array,
  code: SyncErrorCode,
  words: string,
];

const { literals, nulls, prefixed, run, setOps, uleb } = forge;

/** A change that is honest but for some columns. */
export const change = (columns: Record<number, number[] | Uint8Array> = {}, startOp = 1) =>
  forge.forgeChange({ columns: { ...setOps(1), ...columns }, startOp });
const MANY = 100_000_000;
const many = uleb(MANY);

/** Writers who each make one first change, so that each is a head. */
export const writers = (count: number, startOp = 1) =>
  forge.concat(...Array.from({ length: count }, (_, i) => {
    const actor = (0x10000000 + i).toString(16);
    return forge.forgeChange({ actor, startOp, columns: setOps(2) });
  }));

/** A chain of maps, each in the one before it. */
export function chain(depth: number): Uint8Array {
  const parents = literals(Array.from({ length: depth - 1 }, (_, i) => uleb(i + 1)));
  return forge.forgeChange({
    columns: {
      ...{ ...setOps(depth), 0x01: [...nulls(1), ...run(depth - 1, [0])] },
      ...{ 0x02: [...nulls(1), ...parents], 0x42: run(depth, [0]) },
    },
  });
}

/** A text of one letter that is marked again and again, each time by another name. */
export function marks(count: number): Uint8Array {
  const names = Array.from({ length: count }, (_, i) => prefixed(`m${i}`));
  const rows = count + 2;
  return forge.forgeChange({
    columns: {
      ...{ 0x01: [...nulls(1), ...run(rows - 1, [0])], 0x02: [...nulls(1), ...run(rows - 1, [1])] },
      ...{
        0x11: [...nulls(2), ...run(count, [0])],
        0x15: [...run(1, prefixed("t")), ...nulls(rows - 1)],
      },
      ...{ 0x13: [...nulls(1), ...literals([[0], [2]]), ...run(count - 1, [1])] },
      ...{ 0x34: [1, ...uleb(rows - 1)], 0x42: [...literals([[4], [1]]), ...run(count, [7])] },
      ...{ 0x56: [...literals([[0], [22]]), ...run(count, [2])], 0x57: [97] },
      ...{ 0x70: run(rows, [0]), 0x94: uleb(rows), 0xa5: [...nulls(2), ...literals(names)] },
    },
  });
}

/** A change that is deflated, whatever it holds. */
export const deflated = (body: Uint8Array) => forge.chunk(2, deflateRawSync(body), body);

export const HOSTILE_CHANGES: readonly Attack[] = [
  ["10,000,000 operations", () => change(setOps(10_000_000)), "too_large", "rowsMax"],
  [
    "a deflate bomb",
    () => deflated(new Uint8Array(65 * 1024 * 1024)),
    "too_large",
    "inflatedBytesMax",
  ],
  ["a start at 100,000,000", () => change({}, MANY), "too_large", "opCounterMax"],
  ["a start at 2^32", () => change({}, 2 ** 32 + 1), "too_large", "opCounterMax"],
  ["a start at 0", () => change({}, 0), "bad_changes", "from 0"],
  ["starts that leave counters out", () => writers(600, 2000), "too_large", "rowsMax"],
  ["too many predecessors", () => change({ 0x70: run(1, many) }), "too_large", "rowsMax"],
  ["predecessors that are not there", () => change({ 0x70: run(1, [9]) }), "bad_changes", "0x71"],
  ["a run of nulls", () => change({ 0x01: nulls(MANY) }), "bad_changes", "0x01"],
  [
    "a run of strings",
    () => change({ 0x15: run(MANY, [1, 107]) }),
    "too_large",
    "inflatedBytesMax",
  ],
  ["a run of booleans", () => change({ 0x34: many }), "bad_changes", "0x34"],
  [
    "a value of 6 MB",
    () => change({ 0x56: run(1, uleb(MANY + 7)) }),
    "bad_changes",
    "values claim",
  ],
  ["raw bytes of no value", () => change({ 0x57: [1] }), "bad_changes", "values claim"],
  ["an unknown column", () => change({ 0xc3: run(MANY, [1]) }), "bad_changes", "0xc3"],
  [
    "a column twice",
    () =>
      forge.forgeChange({
        columns: [[0x42, run(1, [1])], [0x42, run(1, [1])]],
      }),
    "bad_changes",
    "repeated",
  ],
  [
    "columns out of order",
    () =>
      forge.forgeChange({
        columns: [[0x42, run(1, [1])], [0x34, [1]]],
      }),
    "bad_changes",
    "out of order",
  ],
  [
    "a deflated column in a change",
    () => change({ 0x5f: [...deflateRawSync(Buffer.alloc(9))] }),
    "bad_changes",
    "deflated",
  ],
  [
    "an actor that is not listed",
    () => change({ 0x01: run(1, [9]), 0x02: run(1, [1]) }),
    "bad_changes",
    "0x01",
  ],
  [
    "an object counter of 2^33",
    () => change({ 0x01: run(1, [0]), 0x02: run(1, uleb(2 ** 33)) }),
    "bad_changes",
    "0x02",
  ],
  ["an unknown action", () => change({ 0x42: run(1, [99]) }), "bad_changes", "0x42"],
  ["an action of null", () => change({ 0x42: nulls(1) }), "bad_changes", "0x42"],
  [
    "an object in itself",
    () => change({ 0x01: run(1, [0]), 0x02: run(1, [1]), 0x42: run(1, [0]) }),
    "bad_changes",
    "younger",
  ],
  ["a key that is not UTF-8", () => change({ 0x15: run(1, [1, 0xff]) }), "bad_changes", "UTF-8"],
  [
    "bytes behind a change",
    () => forge.forgeChange({ columns: setOps(1), extra: [7, 7] }),
    "bad_changes",
    "follow",
  ],
  [
    "an actor of 65 bytes",
    () => forge.forgeChange({ columns: {}, actor: "ab".repeat(65) }),
    "too_large",
    "actorBytesMax",
  ],
  [
    "an actor of no bytes",
    () => forge.forgeChange({ columns: {}, actor: "" }),
    "bad_changes",
    "empty",
  ],
  [
    "an actor twice",
    () => forge.forgeChange({ columns: {}, others: ["bb", "bb"] }),
    "bad_changes",
    "ascending",
  ],
  ["too many heads", () => writers(SCAN_LIMITS.headsMax + 1), "too_large", "headsMax"],
  [
    "too many dependencies",
    () =>
      forge.forgeChange({
        ...{ columns: {}, deps: Array.from({ length: 1001 }, () => "ab".repeat(32)) },
      }),
    "too_large",
    "depsMax",
  ],
  ["20,000 maps in each other", () => chain(20_000), "too_large", "depthMax"],
  ["10,000 marks", () => marks(10_000), "too_large", "marksMax"],
  [
    "300,000 objects",
    () => change({ ...setOps(300_000), 0x42: run(300_000, [0]) }),
    "too_large",
    "objectsMax",
  ],
  ["an unknown type of chunk", () => forge.chunk(4, Uint8Array.of(0)), "bad_changes", "type 4"],
  ["bytes behind a chunk", () => forge.concat(change(), [0]), "bad_changes", "claimed"],
];
