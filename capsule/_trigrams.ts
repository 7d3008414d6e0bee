/**
 * Queries for the index of texts.
 */

/** Characters of a group, and of the shortest query that the index can help with. */
const CHARACTERS = 3;
/** Groups of three characters that one query asks for; what it finds is compared in full anyway. */
export const TRIGRAMS_MAX: number = 64;

/** A text as the index takes it: SQLite's queries end at U+0000. */
export function indexed(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}

/**
 * Asks for the rows that have every group of three characters that a text has, among which are all
 * that have the text; `undefined` if the index cannot say.
 *
 * @param text Folded as the rows are. Each group is a string of SQLite's query language, so nothing
 * in it has another meaning.
 */
export function trigramQuery(text: string): string | undefined {
  // Half of a surrogate pair is part of a text that has the pair, and the index has whole ones.
  if (!text.isWellFormed()) return undefined;
  const groups = new Set<string>();
  const last: string[] = [];
  for (const character of indexed(text)) {
    last.push(character);
    if (last.length < CHARACTERS) continue;
    groups.add(last.join(""));
    if (groups.size === TRIGRAMS_MAX) break;
    last.shift();
  }
  if (groups.size === 0) return undefined;
  return [...groups].map((group) => `"${group.replaceAll('"', '""')}"`).join(" AND ");
}
