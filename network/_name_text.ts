/**
 * What a line is that people read as a name: not empty, not long, and nothing in it that moves the
 * text around it. Control characters, line ends, and the marks that turn the direction of what
 * follows (U+202A to U+202E, U+2066 to U+2069) do that.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** What is wrong with a name; `undefined` if nothing is. */
export function faultOfName(name: string, lengthMax: number): string | undefined {
  if (name.trim() === "") return "it is empty";
  if (!name.isWellFormed()) return "it is not well-formed Unicode";
  // Two units at most for each character, so the rest need not be counted.
  if (name.length > 2 * lengthMax || [...name].length > lengthMax) {
    return `it is longer than ${lengthMax} characters`;
  }
  return UNPRINTABLE.test(name) ? "it has a control character" : undefined;
}

/** The first so many Unicode scalar values; half of a surrogate pair counts as U+FFFD. */
export function firstScalars(text: string, count: number): string {
  const start = text.slice(0, 2 * count);
  // The cut above may have split a pair, which is beyond the first so many.
  return [...start].slice(0, count).join("").toWellFormed();
}
