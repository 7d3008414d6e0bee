/**
 * The plainest thing that could be a store, and random writes to compare one with.
 */
import type { Store, StoredDocument, StoreEntry, StoreWriter } from "./store.ts";

/** All that a store holds: the records of each space, and the documents. */
export interface Contents {
  readonly records: readonly (readonly StoreEntry[])[];
  readonly documents: readonly (readonly [string, StoredDocument])[];
}

/** Reads all that a store holds. */
export function contentsOf(store: Store, spaces: readonly string[]): Contents {
  return {
    records: spaces.map((space) => store.entries(space)),
    documents: store.documents().map((id) => [id, store.readDocument(id)!]),
  };
}

/** What a store should hold. Names are ASCII, and a space's name is one letter. */
export interface Model {
  /** By space and key, one after the other. */
  readonly records: Map<string, Uint8Array>;
  readonly documents: Map<string, { snapshot: Uint8Array | undefined; chunks: Uint8Array[] }>;
}

/** What {@linkcode contentsOf} should give. */
export function expectedContents(model: Model, spaces: readonly string[]): Contents {
  const records = [...model.records].sort(byName);
  return {
    records: spaces.map((space) =>
      records.filter(([name]) => name[0] === space).map(([name, value]) => [name.slice(1), value])
    ),
    documents: [...model.documents].sort(byName),
  };
}

/** Writes something to both. */
export function writeRandomly(
  writer: StoreWriter,
  model: Model,
  { random, spaces }: { readonly random: () => number; readonly spaces: readonly string[] },
): void {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const space = pick(spaces);
  const key = pick(["", "k", "ka", "kb", "l", "%", "_"]);
  const id = pick(["d", "e", "f"]);
  const value = new Uint8Array(Math.floor(random() ** 4 * 20_000)).fill(random() * 256);
  const document = model.documents.get(id) ?? { snapshot: undefined, chunks: [] };
  switch (pick(["put", "put", "delete", "prefix", "append", "append", "snapshot", "remove"])) {
    case "put":
      writer.put(space, key, value);
      model.records.set(space + key, value);
      break;
    case "delete":
      writer.delete(space, key);
      model.records.delete(space + key);
      break;
    case "prefix":
      writer.deletePrefix(space, key);
      for (const name of [...model.records.keys()]) {
        if (name.startsWith(space + key)) model.records.delete(name);
      }
      break;
    case "append":
      writer.appendChunk(id, value);
      document.chunks.push(value);
      model.documents.set(id, document);
      break;
    case "snapshot":
      writer.putSnapshot(id, value);
      model.documents.set(id, { snapshot: value, chunks: [] });
      break;
    case "remove":
      writer.removeDocument(id);
      model.documents.delete(id);
      break;
  }
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
