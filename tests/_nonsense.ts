import fc from "fast-check";
import {
  booleans,
  column,
  concat,
  forgeBundle,
  forgeChange,
  prefixed,
  run,
  sleb,
  steps,
  uleb,
} from "./_forge.ts";

/** An operation whose columns agree, and that makes no sense otherwise. */
interface Operation {
  readonly action: number;
  readonly object: number | null;
  readonly key: string | number;
  readonly insert: boolean;
  readonly value: readonly [number, readonly number[]];
  readonly pred: readonly number[];
  readonly expand: boolean;
  readonly mark: string | null;
}

/** Refers to nearby ids, so that some of them exist. */
const id = fc.integer({ min: 0, max: 12 });

const someOperation: fc.Arbitrary<Operation> = fc.record({
  action: fc.nat(7),
  object: fc.oneof(fc.constant(null), id),
  key: fc.oneof(fc.constantFrom("a", "b", ""), id),
  insert: fc.boolean(),
  value: fc.constantFrom<readonly [number, readonly number[]]>(
    ...[[0, []], [1, []], [2, []], [3, [5]], [4, [0x7f]], [5, [
      0,
      0,
      0,
      0,
      0,
      0,
      0xf8,
      0x7f,
    ]]] as const,
    ...[[6, [97, 98]], [6, []], [7, [1, 2, 3]], [8, [9]], [9, [1]], [3, [
      ...new Array(9).fill(0xff),
      1,
    ]]] as const,
  ),
  pred: fc.uniqueArray(id, { maxLength: 3 }),
  expand: fc.boolean(),
  mark: fc.constantFrom(null, "bold", "link"),
});

/** They refer to no id above their own, which could not even be written. */
const someOperations = fc.array(someOperation, { minLength: 1, maxLength: 12 }).map((ops) =>
  ops.map((op): Operation => ({
    ...op,
    object: op.object === null ? null : Math.min(op.object, ops.length),
    key: typeof op.key === "string" ? op.key : Math.min(op.key, ops.length),
    pred: op.pred.filter((each) => each <= ops.length),
  }))
);

/** A well-formed change that says anything. */
export const nonsenseChange: fc.Arbitrary<Uint8Array> = someOperations.map((ops) =>
  forgeChange({
    columns: inOrder({
      ...common(ops),
      0x02: column(objects(ops).map((object) => object === null ? null : uleb(object))),
    }),
  })
);

/** A well-formed bundle of one change that says anything, its rows in any order. */
export const nonsenseBundle: fc.Arbitrary<Uint8Array> = someOperations.chain((ops) =>
  fc.shuffledSubarray([...ops.keys()], { minLength: ops.length }).map((rows) =>
    forgeBundle({
      changes: {
        ...{
          0x01: run(1, [0]),
          0x03: run(1, [1]),
          0x13: run(1, [1]),
          0x23: run(1, sleb(ops.length)),
        },
        ...{ 0x33: run(1, [0]), 0x50: run(1, [0]), 0x60: run(1, [0]) },
      },
      ops: inOrder({
        ...common(ops),
        ...{ 0x03: steps(objects(ops)), 0x21: run(ops.length, [0]), 0xb3: steps(rows) },
      }),
    })
  )
);

/** What changes and bundles write alike. */
function common(ops: readonly Operation[]): Record<number, number[] | Uint8Array> {
  const elements = ops.map(({ key }) => typeof key === "number" ? key : null);
  const pred = ops.flatMap((op) => op.pred);
  return {
    0x01: column(ops.map(({ object }) => object === null ? null : [0])),
    0x11: column(elements.map((element) => element ? [0] : null)),
    0x13: steps(elements),
    0x15: column(ops.map(({ key }) => typeof key === "string" ? prefixed(key) : null)),
    0x34: booleans(ops.map((op) => op.insert)),
    0x42: column(ops.map((op) => [op.action])),
    0x56: column(ops.map(({ value: [type, raw] }) => uleb(raw.length * 16 + type))),
    0x57: concat(...ops.map((op) => op.value[1])),
    0x70: column(ops.map((op) => uleb(op.pred.length))),
    0x71: run(pred.length, [0]),
    0x73: steps(pred),
    0x94: booleans(ops.map((op) => op.expand)),
    0xa5: column(ops.map(({ mark }) => mark === null ? null : prefixed(mark))),
  };
}

function objects(ops: readonly Operation[]): (number | null)[] {
  return ops.map((op) => op.object);
}

/** Ascending, and without the columns that are empty, as Automerge writes them. */
function inOrder(
  columns: Readonly<Record<number, number[] | Uint8Array>>,
): [number, number[] | Uint8Array][] {
  return Object.entries(columns).filter(([, bytes]) => bytes.length > 0)
    .map(([spec, bytes]): [number, number[] | Uint8Array] => [Number(spec), bytes])
    .sort(([left], [right]) => left - right);
}
