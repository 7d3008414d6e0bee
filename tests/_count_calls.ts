/** How often each of some methods is called while `work` runs; the methods go on as they are. */
export function countCalls<Name extends string>(
  prototype: Record<Name, (...args: never[]) => unknown>,
  names: readonly Name[],
  work: () => void,
): Record<Name, number> {
  const counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  const originals = names.map((name) => [name, prototype[name]] as const);
  for (const [name, original] of originals) {
    prototype[name] = function (this: unknown, ...args: never[]) {
      counts[name]++;
      return original.apply(this, args);
    };
  }
  try {
    work();
  } finally {
    for (const [name, original] of originals) prototype[name] = original;
  }
  return counts;
}
