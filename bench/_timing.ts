/** How long a step takes, in milliseconds. */
export function timeMs(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

/** The middle one of some numbers. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** The median time of some rounds, each prepared beforehand, after one that is not counted. */
export function medianMs<T>(rounds: number, prepare: () => T, work: (prepared: T) => void): number {
  const once = () => {
    const prepared = prepare();
    return timeMs(() => work(prepared));
  };
  once();
  return median(Array.from({ length: rounds }, once));
}

/** The other's cost over ours: above 1 ours is cheaper. */
export function times(theirs: number, ours: number): string {
  return ours === 0 ? "-" : `${(theirs / ours).toFixed(theirs / ours < 10 ? 2 : 0)} x`;
}

/** A time with as many digits as it is good for. */
export function ms(value: number): number {
  return Number(value.toPrecision(3));
}
