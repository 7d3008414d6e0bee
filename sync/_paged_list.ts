import type { Handle } from "./_automerge.ts";

/** Entries on one page. Automerge's cost per call grows with the history of the touched object. */
export const PAGE_ENTRIES_MAX: number = 256;

/** A scalar with the type under which Automerge stores it. */
export type Scalar =
  | { readonly type: "str"; readonly value: string }
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "null"; readonly value: null };

/** Makes the scalar of a word, a whole number or nothing. */
export function scalar(value: string | number | null): Scalar {
  if (value === null) return { type: "null", value };
  return typeof value === "string" ? { type: "str", value } : { type: "int", value };
}

/** One entry as it is stored. */
export type Entry = Readonly<Record<string, string | number | null>>;

/**
 * Puts an entry at the end of the last page, or on a new page if that one is full.
 *
 * @returns The object of the entry.
 */
export function appendEntry(handle: Handle, list: string, entry: Entry): string {
  const page = openPage(handle, list);
  const object = handle.insertObject(page, handle.length(page), {});
  for (const [key, field] of Object.entries(entry)) {
    const { type, value } = scalar(field);
    handle.put(object, key, value, type);
  }
  return object;
}

/** Deletes each entry that matches. */
export function deleteEntries(
  handle: Handle,
  list: string,
  matches: (entry: Entry) => boolean,
): void {
  readPages(handle, list).forEach((entries, pageIndex) => {
    const page = pageAt(handle, list, pageIndex);
    for (let index = entries.length - 1; index >= 0; index--) {
      if (matches(entries[index]!)) handle.delete(page, index);
    }
  });
}

/** All entries in the order of the list, now or as of some heads. */
export function readEntries(handle: Handle, list: string, heads?: string[]): Entry[] {
  return readPages(handle, list, heads).flat();
}

function readPages(handle: Handle, list: string, heads?: string[]): Entry[][] {
  // Most lists are empty, and to find that out costs less than to open one.
  if (heads === undefined && handle.length(list) === 0) return [];
  const pages = handle.materialize(list, heads) as unknown as Record<string, unknown>[][];
  return pages.map((page) => page.map(toEntry));
}

function toEntry(stored: Record<string, unknown>): Entry {
  const plain = Object.entries(stored).map(([key, value]) => [
    key,
    // Automerge hands out stored words as objects of its own class.
    value === null || typeof value === "number" ? value : String(value),
  ]);
  return Object.fromEntries(plain);
}

function openPage(handle: Handle, list: string): string {
  const pages = handle.length(list);
  if (pages > 0) {
    const last = pageAt(handle, list, pages - 1);
    if (handle.length(last) < PAGE_ENTRIES_MAX) return last;
  }
  return handle.insertObject(list, pages, []);
}

function pageAt(handle: Handle, list: string, index: number): string {
  return String(handle.getWithType(list, index)![1]);
}
