/**
 * A store that lasts as long as the process.
 *
 * @module
 */
import { checkStoreBytes, checkStoreNames, checkStoreResult } from "./store.ts";
import type { Store, StoredDocument, StoredSizes, StoreEntry, StoreWriter } from "./store.ts";

/**
 * Keeps everything in memory; what is disposed is gone. Misuse throws a `TypeError`.
 *
 * @example What was put is there
 * ```ts
 * import { MemoryStore } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * using store = new MemoryStore();
 * store.transact((writer) => {
 *   writer.putSnapshot("story", new Uint8Array([1, 2]));
 *   writer.appendChunk("story", new Uint8Array([3]));
 * });
 * assertEquals(store.documents(), ["story"]);
 * assertEquals(store.readDocument("story")?.chunks, [new Uint8Array([3])]);
 * ```
 */
export class MemoryStore implements Store {
  readonly #memory: Memory = { records: new Map(), documents: new Map(), undo: [] };
  #state: "idle" | "writing" | "disposed" = "idle";

  /** One record; `undefined` if there is none. */
  get(space: string, key: string): Uint8Array | undefined {
    this.#checkOpen();
    checkStoreNames({ space, key });
    return this.#memory.records.get(space)?.get(key)?.slice();
  }

  /** The records of a space whose key begins with `prefix`, by key. */
  entries(space: string, prefix: string = ""): readonly StoreEntry[] {
    this.#checkOpen();
    checkStoreNames({ space, key: prefix });
    return [...this.#memory.records.get(space) ?? []]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([left], [right]) => compareByCodePoint(left, right))
      .map(([key, value]): StoreEntry => [key, value.slice()]);
  }

  /** The ids of all documents, sorted. */
  documents(): readonly string[] {
    this.#checkOpen();
    return [...this.#memory.documents.keys()].sort(compareByCodePoint);
  }

  /** What is kept of a document; `undefined` if nothing is. */
  readDocument(id: string): StoredDocument | undefined {
    this.#checkOpen();
    checkStoreNames({ key: id });
    const found = this.#memory.documents.get(id);
    return found && {
      snapshot: found.snapshot?.slice(),
      chunks: found.chunks.map((chunk) => chunk.slice()),
    };
  }

  /** Runs writes, all or nothing. */
  transact<Result>(work: (writer: StoreWriter) => Result): Result {
    this.#checkOpen();
    if (this.#state === "writing") {
      throw new TypeError("Cannot begin transaction: another one is running");
    }
    this.#state = "writing";
    const writer = new MemoryWriter(this.#memory);
    try {
      const result = work(writer);
      checkStoreResult(result);
      this.#checkOpen();
      return result;
    } catch (error) {
      for (const undo of this.#memory.undo.reverse()) undo();
      throw error;
    } finally {
      writer.end();
      this.#memory.undo.length = 0;
      if (this.#state === "writing") this.#state = "idle";
    }
  }

  /** Forgets everything. */
  [Symbol.dispose](): void {
    this.#state = "disposed";
    this.#memory.records.clear();
    this.#memory.documents.clear();
  }

  #checkOpen(): void {
    if (this.#state === "disposed") throw new TypeError("Cannot use store: it is closed");
  }
}

interface Memory {
  readonly records: Map<string, Map<string, Uint8Array>>;
  readonly documents: Map<string, StoredDocument>;
  /** What takes back each write of the running transaction, oldest first. */
  readonly undo: (() => void)[];
}

class MemoryWriter implements StoreWriter {
  readonly #memory: Memory;
  #ended = false;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  put(space: string, key: string, value: Uint8Array): void {
    checkStoreNames({ space, key });
    checkStoreBytes(value);
    const records = this.#memory.records.get(space) ?? new Map<string, Uint8Array>();
    this.#memory.records.set(space, records);
    this.#set(records, key, value.slice());
  }

  delete(space: string, key: string): void {
    checkStoreNames({ space, key });
    this.#set(this.#memory.records.get(space) ?? new Map(), key, undefined);
  }

  deletePrefix(space: string, prefix: string): void {
    checkStoreNames({ space, key: prefix });
    const records = this.#memory.records.get(space) ?? new Map<string, Uint8Array>();
    for (const key of [...records.keys()]) {
      if (key.startsWith(prefix)) this.#set(records, key, undefined);
    }
  }

  appendChunk(id: string, bytes: Uint8Array): StoredSizes {
    checkStoreNames({ key: id });
    checkStoreBytes(bytes);
    const { snapshot, chunks } = this.#memory.documents.get(id) ??
      { snapshot: undefined, chunks: [] };
    const grown = [...chunks, bytes.slice()];
    this.#set(this.#memory.documents, id, { snapshot, chunks: grown });
    return {
      chunkBytes: grown.reduce((sum, chunk) => sum + chunk.length, 0),
      chunkCount: grown.length,
      snapshotBytes: snapshot?.length ?? 0,
    };
  }

  putSnapshot(id: string, bytes: Uint8Array): void {
    checkStoreNames({ key: id });
    checkStoreBytes(bytes);
    this.#set(this.#memory.documents, id, { snapshot: bytes.slice(), chunks: [] });
  }

  removeDocument(id: string): void {
    checkStoreNames({ key: id });
    this.#set(this.#memory.documents, id, undefined);
  }

  end(): void {
    this.#ended = true;
  }

  #set<Value>(map: Map<string, Value>, key: string, value: Value | undefined): void {
    if (this.#ended) throw new TypeError("Cannot write: the transaction has ended");
    const before = map.get(key);
    this.#memory.undo.push(() => before === undefined ? map.delete(key) : map.set(key, before));
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
}

/** The order of UTF-8 bytes, in which every store sorts; `<` goes by UTF-16 units. */
function compareByCodePoint(left: string, right: string): number {
  if (left === right) return 0;
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  // The first half of a pair may be what they share.
  if (isLowSurrogate(left, at) && isLowSurrogate(right, at)) at--;
  return (left.codePointAt(at) ?? -1) - (right.codePointAt(at) ?? -1);
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
