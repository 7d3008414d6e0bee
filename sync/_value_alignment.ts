import { LIST_EDITS_MAX } from "./_value_limits.ts";

/** An element of the old list and the one of the new list that it becomes. */
export type Match = readonly [before: number, after: number];

/** Pairs that are weighed against each other where a list changed. */
const CELLS_MAX = 4096;

/**
 * Which elements of a list stay, and which are edited in place. Those of the old list that are in no
 * match go, those of the new one are inserted.
 *
 * Equal elements are found as Myers does ("An O(ND) Difference Algorithm", 1986). What lies between
 * them is matched by how alike it is.
 *
 * @param before A number for each element of the old list; equal elements have equal numbers.
 * @param after The same for the new list.
 * @param likeness How alike two elements are; 0 if one cannot become the other.
 * @returns The matches in the order of both lists.
 */
export function align(
  before: readonly number[],
  after: readonly number[],
  likeness: (before: number, after: number) => number,
): Match[] {
  const matches: Match[] = [];
  const anchors = [...equalElements(before, after), [before.length, after.length] as const];
  let [from, to] = [0, 0];
  for (const [left, right] of anchors) {
    matches.push(...alike([from, left], [to, right], likeness));
    if (left < before.length) matches.push([left, right]);
    [from, to] = [left + 1, right + 1];
  }
  return matches;
}

/** The longest common subsequence; less of it once the lists differ too much. */
function equalElements(before: readonly number[], after: readonly number[]): Match[] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let behind = 0;
  const most = Math.min(before.length, after.length) - start;
  while (behind < most && before.at(-1 - behind) === after.at(-1 - behind)) behind++;
  const middle = shortestEdit(
    before.slice(start, before.length - behind),
    after.slice(start, after.length - behind),
  );
  const offset = ([left, right]: Match): Match => [left + start, right + start];
  return [
    ...Array.from({ length: start }, (_, at): Match => [at, at]),
    ...middle.map(offset),
    ...Array.from(
      { length: behind },
      (_, at): Match => [before.length - behind + at, after.length - behind + at],
    ),
  ];
}

/** Myers's greedy algorithm; nothing if it takes more than {@linkcode LIST_EDITS_MAX} edits. */
function shortestEdit(before: readonly number[], after: readonly number[]): Match[] {
  const [n, m] = [before.length, after.length];
  const most = Math.min(n + m, LIST_EDITS_MAX);
  /** How far along the old list each diagonal has come, by diagonal plus `most` plus 1. */
  const reached = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    trace.push(reached.slice(most + 1 - edits - 1, most + 1 + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = diagonal + most + 1;
      const down = diagonal === -edits ||
        (diagonal !== edits && reached[at - 1]! < reached[at + 1]!);
      let x = down ? reached[at + 1]! : reached[at - 1]! + 1;
      while (x < n && x - diagonal < m && before[x] === after[x - diagonal]) x++;
      reached[at] = x;
      if (x >= n && x - diagonal >= m) return backtrack(trace, n, m);
    }
  }
  return [];
}

/** Walks back from the end, collecting the steps on which nothing was edited. */
function backtrack(trace: readonly Int32Array[], n: number, m: number): Match[] {
  const matches: Match[] = [];
  let [x, y] = [n, m];
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reached = (diagonal: number) => trace[edits]![diagonal + edits + 1]!;
    const diagonal = x - y;
    const down = diagonal === -edits ||
      (diagonal !== edits && reached(diagonal - 1) < reached(diagonal + 1));
    const previous = down ? diagonal + 1 : diagonal - 1;
    const previousX = edits === 0 ? 0 : reached(previous);
    const previousY = edits === 0 ? 0 : previousX - previous;
    while (x > previousX && y > previousY) matches.push([--x, --y]);
    [x, y] = [previousX, previousY];
  }
  return matches.reverse();
}

/** Matches within a gap so that the sum of their likeness is largest, in order. */
function alike(
  [from, left]: readonly [number, number],
  [to, right]: readonly [number, number],
  likeness: (before: number, after: number) => number,
): Match[] {
  const [rows, columns] = [left - from, right - to];
  if (rows <= 0 || columns <= 0) return [];
  if (rows * columns > CELLS_MAX || (rows === 1 && columns === 1)) {
    return Array.from({ length: Math.min(rows, columns) }, (_, at): Match => [from + at, to + at])
      .filter(([row, column]) => likeness(row, column) > 0);
  }
  const width = columns + 1;
  // The largest sum that the elements from here on can have.
  const best = new Float64Array((rows + 1) * width);
  const own = new Float64Array(rows * columns);
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const here = likeness(from + row, to + column);
      own[row * columns + column] = here;
      best[row * width + column] = Math.max(
        best[(row + 1) * width + column]!,
        best[row * width + column + 1]!,
        here > 0 ? here + best[(row + 1) * width + column + 1]! : 0,
      );
    }
  }
  const matches: Match[] = [];
  for (let row = 0, column = 0; row < rows && column < columns;) {
    const here = own[row * columns + column]!;
    const sum = best[row * width + column]!;
    if (here > 0 && sum === here + best[(row + 1) * width + column + 1]!) {
      matches.push([from + row++, to + column++]);
    } else if (sum === best[(row + 1) * width + column]) row++;
    else column++;
  }
  return matches;
}
