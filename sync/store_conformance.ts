/**
 * The suite that each {@linkcode Store} passes. It registers tests and needs `@std/assert`, so it
 * is an entry of its own and not among the layer's public names.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { contentsOf, expectedContents, writeRandomly } from "./_store_model.ts";
import type { Model } from "./_store_model.ts";
import { seededSources } from "./sources.ts";
import { STORE_KEY_LENGTH_MAX, STORE_SPACE_LENGTH_MAX, STORE_VALUE_BYTES_MAX } from "./store.ts";
import type { Store, StoreWriter } from "./store.ts";

/** What {@linkcode testStore} can be told of a store. */
export interface TestStoreOptions {
  /** Disposes a store and opens it again where it was. @default {it is not opened again} */
  readonly reopen?: (store: Store) => Store;
}

const SEED = "store 20260110";
const STEPS = 400;

/**
 * Registers the tests that every store must pass.
 *
 * @param name What the tests call it.
 * @param open Gives a new, empty store; the suite disposes it.
 */
export function testStore(name: string, open: () => Store, options: TestStoreOptions = {}): void {
  const { reopen = (store) => store } = options;
  for (const [says, check] of Object.entries({ ...READING, ...WRITING, ...MISUSE })) {
    Deno.test(`${name} ${says}`, () => {
      let store = open();
      try {
        check(store, () => store = reopen(store));
      } finally {
        store[Symbol.dispose]();
      }
    });
  }
}

/** Uses an empty store; `again` opens it again and gives the new one. */
type Check = (store: Store, again: () => Store) => void;

const READING: Readonly<Record<string, Check>> = {
  "is empty at first"(store) {
    assertEquals(contentsOf(store, ["a"]), { records: [[]], documents: [] });
    assertEquals(store.get("a", "k"), undefined);
    assertEquals(store.readDocument("d"), undefined);
  },

  "get() gives what put() wrote, also nothing and much"(store, again) {
    const values = [bytes(), bytes(0), new Uint8Array(300_000).fill(7)];
    store.transact((writer) => values.forEach((value, n) => writer.put("a", `k${n}`, value)));
    store = again();
    assertEquals(values.map((_, n) => store.get("a", `k${n}`)), values);
  },

  "keeps spaces apart"(store) {
    store.transact((writer) => {
      writer.put("a", "k", bytes(1));
      writer.put("ak", "", bytes(2));
      writer.delete("a", "");
    });
    assertEquals(store.get("a", "k"), bytes(1));
    assertEquals(store.get("ak", ""), bytes(2));
    assertEquals(store.get("b", "k"), undefined);
  },

  "entries() gives the keys of a prefix by code point"(store) {
    const keys = ["p\u{10ffff}x", "p\u{10ffff}", "p\uffff", "p\u{1f600}", "pa", "p", "q", "o~"];
    store.transact((writer) => keys.forEach((key, n) => writer.put("a", key, bytes(n))));
    const keysOf = (prefix?: string) => store.entries("a", prefix).map(([key]) => key);
    assertEquals(keysOf("p"), ["p", "pa", "p\uffff", "p\u{1f600}", "p\u{10ffff}", "p\u{10ffff}x"]);
    assertEquals(keysOf("p\u{10ffff}"), ["p\u{10ffff}", "p\u{10ffff}x"]);
    assertEquals(keysOf(), ["o~", ...keysOf("p"), "q"]);
    assertEquals(keysOf("r"), []);
    assertEquals(store.entries("a", "q"), [["q", bytes(6)]]);
  },

  "entries() can be gone through while records are written"(store) {
    store.transact((writer) => ["a", "b", "c"].forEach((key) => writer.put("a", key, bytes())));
    const seen = store.transact((writer) =>
      Array.from(store.entries("a"), ([key]) => {
        writer.delete("a", key);
        writer.put("a", key + key, bytes());
        return key;
      })
    );
    assertEquals(seen, ["a", "b", "c"]);
    assertEquals(store.entries("a").map(([key]) => key), ["aa", "bb", "cc"]);
  },

  "readDocument() gives the snapshot and the chunks in order"(store, again) {
    const chunks = Array.from({ length: 300 }, (_, n) => bytes(n >> 8, n & 255));
    store.transact((writer) => {
      writer.appendChunk("new", bytes(1));
      writer.putSnapshot("old", bytes(2));
      for (const chunk of chunks) writer.appendChunk("old", chunk);
    });
    store = again();
    assertEquals(store.documents(), ["new", "old"]);
    assertEquals(store.readDocument("new"), { snapshot: undefined, chunks: [bytes(1)] });
    assertEquals(store.readDocument("old"), { snapshot: bytes(2), chunks });
  },
};

const WRITING: Readonly<Record<string, Check>> = {
  "put() writes what a view shows, and replaces"(store) {
    store.transact((writer) => writer.put("a", "k", bytes(1, 2, 3, 4).subarray(1, 3)));
    assertEquals(store.get("a", "k"), bytes(2, 3));
    store.transact((writer) => writer.put("a", "k", bytes(9)));
    assertEquals(store.get("a", "k"), bytes(9));
  },

  "keeps its own copy of bytes"(store) {
    const mine = bytes(1);
    store.transact((writer) => {
      writer.put("a", "k", mine);
      writer.putSnapshot("d", mine);
      writer.appendChunk("d", mine);
    });
    mine[0] = 2;
    for (const given of [store.get("a", "k")!, store.readDocument("d")!.chunks[0]!]) given[0] = 3;
    assertEquals(store.get("a", "k"), bytes(1));
    assertEquals(store.readDocument("d"), { snapshot: bytes(1), chunks: [bytes(1)] });
  },

  "delete() and deletePrefix() delete that and no more"(store, again) {
    const keys = ["p", "p%", "pa", "p\u{10ffff}x", "P", "q", "x"];
    store.transact((writer) => {
      for (const key of keys) writer.put("a", key, bytes());
      writer.put("b", "p", bytes());
    });
    store.transact((writer) => {
      writer.deletePrefix("a", "p");
      writer.delete("a", "x");
      writer.delete("a", "never there");
    });
    store = again();
    assertEquals(store.entries("a").map(([key]) => key), ["P", "q"]);
    store.transact((writer) => writer.deletePrefix("a", ""));
    assertEquals([store.entries("a").length, store.entries("b").length], [0, 1]);
  },

  "appendChunk() says how much is kept"(store) {
    const append = (chunk: Uint8Array) =>
      store.transact((writer) => writer.appendChunk("d", chunk));
    assertEquals(append(bytes(1, 2)), { chunkBytes: 2, chunkCount: 1, snapshotBytes: 0 });
    assertEquals(append(bytes()), { chunkBytes: 2, chunkCount: 2, snapshotBytes: 0 });
    store.transact((writer) => writer.putSnapshot("d", bytes(1, 2, 3)));
    assertEquals(append(bytes(4)), { chunkBytes: 1, chunkCount: 1, snapshotBytes: 3 });
  },

  "putSnapshot() drops the chunks, removeDocument() everything"(store) {
    store.transact((writer) => {
      writer.appendChunk("d", bytes(1));
      writer.appendChunk("e", bytes(2));
      writer.putSnapshot("d", bytes(3));
      writer.removeDocument("never there");
    });
    assertEquals(store.readDocument("d"), { snapshot: bytes(3), chunks: [] });
    store.transact((writer) => writer.removeDocument("d"));
    assertEquals(store.documents(), ["e"]);
    store.transact((writer) => writer.appendChunk("d", bytes(4)));
    assertEquals(store.readDocument("d"), { snapshot: undefined, chunks: [bytes(4)] });
  },

  "transact() gives what its work gives, and its work reads what it wrote"(store) {
    const read = store.transact((writer) => {
      writer.put("a", "k", bytes(1));
      writer.appendChunk("d", bytes(2));
      return [store.get("a", "k"), store.readDocument("d")?.chunks[0], store.documents().length];
    });
    assertEquals(read, [bytes(1), bytes(2), 1]);
  },

  "transact() whose work throws leaves everything as it was"(store, again) {
    store.transact((writer) => {
      writer.put("a", "kept", bytes(1));
      writer.putSnapshot("d", bytes(2));
      writer.appendChunk("d", bytes(3));
    });
    const before = contentsOf(store, ["a", "b"]);
    failing(store, (writer) => {
      writer.put("a", "kept", bytes(9));
      writer.delete("a", "kept");
      writer.put("b", "new", bytes(9));
      writer.deletePrefix("a", "");
      writer.appendChunk("d", bytes(9));
      writer.putSnapshot("d", bytes(9));
      writer.removeDocument("d");
      writer.appendChunk("e", bytes(9));
    });
    assertEquals(contentsOf(store, ["a", "b"]), before);
    store.transact((writer) => writer.put("b", "after", bytes(4)));
    store = again();
    assertEquals(store.get("b", "after"), bytes(4));
    assertEquals(store.readDocument("d"), { snapshot: bytes(2), chunks: [bytes(3)] });
  },

  [`agrees with a plain model over ${STEPS} random steps (seed "${SEED}")`](store, again) {
    const { random } = seededSources(SEED, () => 0);
    const spaces = ["a", "b"];
    let model: Model = { records: new Map(), documents: new Map() };
    for (let step = 1; step <= STEPS; step++) {
      const next = structuredClone(model);
      const work = (writer: StoreWriter) => {
        for (let n = 0; n < 5; n++) writeRandomly(writer, next, { random, spaces });
      };
      if (random() < 0.2) {
        failing(store, work);
      } else {
        store.transact(work);
        model = next;
      }
      if (step % 50 === 0) store = again();
      if (step % 10 === 0) assertEquals(contentsOf(store, spaces), expectedContents(model, spaces));
    }
    assert(model.records.size > 0 && model.documents.size > 0);
  },
};

const MISUSE: Readonly<Record<string, Check>> = {
  "transact() does not nest"(store) {
    assertThrows(() => store.transact(() => store.transact(() => {})), TypeError, "another one");
    store.transact((writer) => {
      writer.put("a", "k", bytes(1));
      assertThrows(() => store.transact(() => {}), TypeError, "another one");
    });
    assertEquals(store.get("a", "k"), bytes(1));
  },

  "transact() refuses asynchronous work and undoes it"(store) {
    const work = (writer: StoreWriter) => {
      writer.put("a", "k", bytes(1));
      return Promise.reject(new Error("nobody waits for this"));
    };
    assertThrows(() => store.transact(work), TypeError, "asynchronous");
    assertEquals(store.get("a", "k"), undefined);
  },

  "lets a writer end with its transaction"(store) {
    const writer = store.transact((writer) => writer);
    assertThrows(() => writer.put("a", "k", bytes(1)), TypeError, "has ended");
    assertThrows(() => writer.appendChunk("d", bytes(1)), TypeError, "has ended");
    assertEquals(contentsOf(store, ["a"]), { records: [[]], documents: [] });
  },

  "refuses names and bytes beyond its limits"(store) {
    const refuses = (space: string, key: string, type: typeof TypeError | typeof RangeError) => {
      assertThrows(() => store.get(space, key), type);
      assertThrows(() => store.transact((writer) => writer.put(space, key, bytes())), type);
    };
    refuses("a", "\ud800", TypeError);
    refuses("a", "k\0", TypeError);
    refuses("a", "k".repeat(STORE_KEY_LENGTH_MAX + 1), RangeError);
    refuses("a".repeat(STORE_SPACE_LENGTH_MAX + 1), "k", RangeError);
    assertThrows(() => store.readDocument("\ud800"), TypeError);
    const huge = Object.defineProperty(bytes(), "length", { value: STORE_VALUE_BYTES_MAX + 1 });
    assertThrows(() => store.transact((writer) => writer.put("a", "k", huge)), RangeError);
    assertThrows(() => store.transact((writer) => writer.appendChunk("d", huge)), RangeError);
    const longest = "\u{1f600}".repeat(STORE_KEY_LENGTH_MAX / 2);
    store.transact((writer) => writer.put("a", longest, bytes(1)));
    assertEquals(store.entries("a", longest.slice(0, 2)), [[longest, bytes(1)]]);
  },

  "throws once it is disposed, which is harmless to do twice"(store) {
    store[Symbol.dispose]();
    store[Symbol.dispose]();
    assertThrows(() => store.get("a", "k"), Error, "closed");
    assertThrows(() => store.entries("a"), Error, "closed");
    assertThrows(() => store.documents(), Error, "closed");
    assertThrows(() => store.readDocument("d"), Error, "closed");
    assertThrows(() => store.transact(() => {}), Error, "closed");
  },

  "transact() throws if its work disposes the store"(store) {
    const work = (writer: StoreWriter) => {
      writer.put("a", "k", bytes(1));
      store[Symbol.dispose]();
    };
    assertThrows(() => store.transact(work), Error, "closed");
  },
};

function failing(store: Store, work: (writer: StoreWriter) => void): void {
  const workThenThrow = (writer: StoreWriter) => {
    work(writer);
    throw new RangeError("on purpose");
  };
  assertThrows(() => store.transact(workThenThrow), RangeError, "on purpose");
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
