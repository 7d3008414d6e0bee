/** Bundles and documents that harm Automerge 3.5, or might, if it were given them. */

import { deflateRawSync } from "node:zlib";
import * as forge from "./_forge.ts";
import type { Attack } from "./_hostile_changes.ts";

const { bundleChanges, bundleOps, documentChange, documentOps } = forge;
const { literals, run, sleb, uleb } = forge;

/** A bundle that is honest but for some columns. */
export const bundle = (changes: Record<number, number[]>, ops: Record<number, number[]> = {}) =>
  forge.forgeBundle({
    changes: { ...bundleChanges(1), ...changes },
    ops: { ...bundleOps(1), ...ops },
  });
/** A document that is honest but for some columns, and for its heads. */
export const document = (changes: Record<number, number[]>, ops: Record<number, number[]> = {}) =>
  forge.forgeDocument({
    changes: { ...documentChange(1), ...changes },
    ops: { ...documentOps(1), ...ops },
  });

const MANY = 100_000_000;
const many = uleb(MANY);

export const HOSTILE_HISTORIES: readonly Attack[] = [
  [
    "a bundle of 100,000 heads",
    () =>
      bundle(
        { ...bundleChanges(100_000), 0x50: run(100_000, [0]), 0x53: [] },
        bundleOps(100_000),
      ),
    "too_large",
    "headsMax",
  ],
  [
    "a bundle of 1,000,000 changes",
    () => bundle(bundleChanges(1_000_000)),
    "too_large",
    "changesMax",
  ],
  [
    "a bundle that claims operations",
    () => bundle({ 0x23: run(1, sleb(9)) }),
    "bad_changes",
    "claim 9",
  ],
  [
    "a bundle that counts to 100,000,000",
    () => bundle({ 0x23: run(1, sleb(MANY)) }),
    "bad_changes",
    "0x23",
  ],
  [
    "a bundle that counts backwards",
    () => bundle({ 0x13: run(1, [0]) }),
    "bad_changes",
    "backwards",
  ],
  [
    "a bundle with a hole",
    () => bundle({ 0x13: run(1, sleb(1_500_000)), 0x23: run(1, sleb(1_500_000)) }),
    "too_large",
    "rowsMax",
  ],
  [
    "a bundle with a dependency on itself",
    () => bundle({ 0x50: run(1, [1]), 0x53: run(1, [0]) }),
    "bad_changes",
    "before",
  ],
  [
    "a bundle with a dependency nowhere",
    () => bundle({ 0x50: run(1, [1]), 0x53: run(1, [1]) }),
    "bad_changes",
    "0x53",
  ],
  ["a bundle of dependencies", () => bundle({ 0x50: run(1, many) }), "too_large", "depsMax"],
  ["a bundle of predecessors", () => bundle({}, { 0x70: run(1, many) }), "too_large", "rowsMax"],
  [
    "a bundle with extra bytes",
    () => bundle({ 0x60: run(1, many) }),
    "bad_changes",
    "values claim",
  ],
  [
    "a bundle with a value",
    () => bundle({}, { 0x56: run(1, uleb(MANY + 7)) }),
    "bad_changes",
    "values claim",
  ],
  [
    "a bundle with a deflate bomb",
    () =>
      bundle({}, {
        0x5f: [...deflateRawSync(new Uint8Array(65 * 1024 * 1024))],
      }),
    "too_large",
    "inflatedBytesMax",
  ],
  [
    "a bundle with a sequence of -3",
    () => bundle({ 0x03: run(1, sleb(-3)) }),
    "bad_changes",
    "0x03",
  ],
  [
    "a bundle with a sequence twice",
    () =>
      bundle(
        { ...bundleChanges(2), 0x03: [...run(1, [1]), ...run(1, [0])] },
        bundleOps(2),
      ),
    "bad_changes",
    "order",
  ],
  [
    "a bundle with an id at two rows",
    () =>
      bundle(
        bundleChanges(2),
        { ...bundleOps(2), 0xb3: run(2, [0]) },
      ),
    "bad_changes",
    "id of its own",
  ],
  [
    "a bundle with an unknown actor",
    () => bundle({}, { 0x21: run(1, [7]) }),
    "bad_changes",
    "0x21",
  ],
  [
    "a bundle with no actors",
    () =>
      forge.forgeBundle({
        ...{ actors: [], changes: bundleChanges(1), ops: bundleOps(1) },
      }),
    "bad_changes",
    "0x01",
  ],
  [
    "a bundle of messages",
    () => bundle({ 0x45: run(MANY, [1, 107]) }),
    "too_large",
    "inflatedBytesMax",
  ],

  [
    "a document with 10,000,000 operations",
    () => document({}, documentOps(10_000_000)),
    "too_large",
    "rowsMax",
  ],
  [
    "a document that counts to 100,000,000",
    () => document({ 0x13: run(1, sleb(MANY)) }),
    "bad_changes",
    "0x13",
  ],
  [
    "a document with a hole",
    () => document({ 0x13: run(1, sleb(1_500_000)) }),
    "too_large",
    "rowsMax",
  ],
  ["a document of successors", () => document({}, { 0x80: run(1, many) }), "too_large", "rowsMax"],
  [
    "a document with hidden heads",
    () =>
      forge.forgeDocument({
        actors: ["aa", "bb"],
        changes: {
          ...{ 0x01: literals([[0], [1]]), 0x03: literals([[1], [0]]), 0x13: literals([[1], [0]]) },
          ...{ 0x23: run(2, [0]), 0x40: run(2, [0]), 0x56: run(2, [7]) },
        },
        ops: documentOps(1),
      }),
    "bad_changes",
    "heads",
  ],
  [
    "a document with ids below 0",
    () => document({}, { 0x23: run(1, sleb(-3)) }),
    "bad_changes",
    "0x23",
  ],
  [
    "a document without ids",
    () =>
      forge.forgeDocument({
        ...{ changes: documentChange(1), ops: { 0x34: [1], 0x42: run(1, [1]), 0x56: run(1, [0]) } },
      }),
    "bad_changes",
    "no ids",
  ],
  [
    "a document with a head outside",
    () =>
      forge.forgeDocument({
        ...{ changes: documentChange(1), ops: documentOps(1), headIndexes: [1] },
      }),
    "bad_changes",
    "a head is change 1 of 1",
  ],
  [
    "a document with bytes behind it",
    () =>
      forge.forgeDocument({
        ...{ changes: documentChange(1), ops: documentOps(1), headIndexes: [0, 0] },
      }),
    "bad_changes",
    "follow the end",
  ],
];
