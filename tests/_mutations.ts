import fc from "fast-check";

/** One thing that goes wrong with bytes; `at` and `to` are places between 0 and 1. */
export type Mutation =
  | { readonly type: "flip"; readonly at: number; readonly bit: number }
  | { readonly type: "set"; readonly at: number; readonly value: number }
  | { readonly type: "cut"; readonly at: number }
  | { readonly type: "remove"; readonly at: number; readonly count: number }
  | { readonly type: "insert"; readonly at: number; readonly values: readonly number[] }
  | { readonly type: "copy"; readonly at: number; readonly to: number; readonly count: number };

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const few = fc.integer({ min: 1, max: 8 });
/** Bytes that mean something in LEB128, more often than others. */
const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 0x3f, 0x40, 0x7e, 0x7f, 0x80, 0xff));

/** Mostly flips and overwritten bytes: they keep the lengths right, and so reach deepest. */
export const someMutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant("flip"), at: place, bit: fc.nat(7) }) },
    { weight: 8, arbitrary: fc.record({ type: fc.constant("set"), at: place, value: byte }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("cut"), at: place }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("remove"), at: place, count: few }) },
    {
      weight: 1,
      arbitrary: fc.record({
        ...{ type: fc.constant("insert"), at: place, values: fc.array(byte, { maxLength: 6 }) },
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant("copy"), at: place, to: place, count: few }),
    },
  ) as fc.Arbitrary<Mutation>,
  { minLength: 1, maxLength: 4 },
);

/** The bytes after all mutations. */
export function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  const result = [...bytes];
  for (const mutation of mutations) {
    const at = Math.floor(mutation.at * result.length);
    switch (mutation.type) {
      case "flip":
        if (at < result.length) result[at]! ^= 1 << mutation.bit;
        break;
      case "set":
        if (at < result.length) result[at] = mutation.value;
        break;
      case "cut":
        result.length = at;
        break;
      case "remove":
        result.splice(at, mutation.count);
        break;
      case "insert":
        result.splice(at, 0, ...mutation.values);
        break;
      case "copy": {
        const to = Math.floor(mutation.to * result.length);
        result.splice(to, mutation.count, ...result.slice(at, at + mutation.count));
        break;
      }
    }
  }
  return Uint8Array.from(result);
}

/** Damaged copies of honest bytes, the same ones for the same seed. */
export function* mutants(
  original: Uint8Array,
  { seed, count }: { readonly seed: number; readonly count: number },
): Generator<Uint8Array> {
  for (const mutations of fc.sample(someMutations, { seed, numRuns: count })) {
    yield mutate(original, mutations);
  }
}
