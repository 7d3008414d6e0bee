/**
 * What a store costs above bare SQLite, in the same run. Only the ratios mean something.
 *
 * Run it with `deno run --allow-read=. --allow-write=.scenarios bench/store.ts`.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { SqliteStore } from "../capsule/mod.ts";
import { MemoryStore, seededSources } from "../sync/mod.ts";
import type { Store } from "../sync/mod.ts";
import { TempFolder } from "../tests/_temp_folder.ts";

const STEPS = 1000;
const DOCUMENTS = 1000;
const ROUNDS = 5;
const { randomBytes } = seededSources("bench", () => 0);

/** What one step of an engine writes: a chunk, a tracker's record and a counter. */
const chunk = randomBytes(250);
const record = randomBytes(100);
const counter = randomBytes(8);

using folder = new TempFolder();
let files = 0;
const newFile = () => folder.file(`${files++}.db`);

console.log(`One transaction of a chunk and two records; ${STEPS} of them, median of ${ROUNDS}.\n`);
console.table(Object.fromEntries((["normal", "full"] as const).map((synchronous) => {
  const bare = median(() => bareSteps(synchronous));
  const ours = median(() => {
    using store = SqliteStore.open(newFile(), { synchronous });
    return storeSteps(store);
  });
  return [`WAL ${synchronous}`, {
    "bare µs": Math.round(bare * 1000 / STEPS),
    "store µs": Math.round(ours * 1000 / STEPS),
    "ratio": (ours / bare).toFixed(2),
  }];
})));
const memory = median(() => storeSteps(new MemoryStore()));
console.log(`In memory: ${(memory * 1000 / STEPS).toFixed(1)} µs\n`);

console.log(`Opening again a file of ${DOCUMENTS} documents, each with 3 chunks and 10 records.\n`);
console.table(Object.fromEntries([1000, 20_000].map((snapshotBytes) => {
  const file = newFile();
  {
    using store = SqliteStore.open(file);
    store.transact((writer) => {
      for (let n = 0; n < DOCUMENTS; n++) {
        writer.putSnapshot(`document ${n}`, randomBytes(snapshotBytes));
        for (let k = 0; k < 3; k++) writer.appendChunk(`document ${n}`, chunk);
        for (let k = 0; k < 10; k++) writer.put("heads", `${n} ${k}`, record);
      }
    });
  }
  const scan = median(() => readBare(file));
  const open = median(() => timeMs(() => SqliteStore.open(file)[Symbol.dispose]()));
  return [`snapshots of ${snapshotBytes} B`, {
    "file MB": (Deno.statSync(file).size / 1e6).toFixed(1),
    "bare: read all ms": scan.toFixed(1),
    "store: open and close ms": open.toFixed(1),
    "ratio": (open / scan).toFixed(2),
  }];
})));
console.log("Opening checks every page and every row; bare SQLite checks nothing.");

function storeSteps(store: Store): number {
  return timeMs(() => {
    for (let step = 0; step < STEPS; step++) {
      store.transact((writer) => {
        writer.appendChunk(`document ${step % 50}`, chunk);
        writer.put("heads", `${step % 50}`, record);
        writer.put("settings", "counter", counter);
      });
    }
  });
}

/** The same rows without digests, totals, sizes or checks. */
function bareSteps(synchronous: "normal" | "full"): number {
  using db = new DatabaseSync(newFile());
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${synchronous};
    CREATE TABLE records (space, key, value, PRIMARY KEY (space, key)) WITHOUT ROWID;
    CREATE TABLE documents (id, seq, bytes, PRIMARY KEY (id, seq)) WITHOUT ROWID`);
  const put = db.prepare("REPLACE INTO records VALUES (?, ?, ?)");
  const append = db.prepare("INSERT INTO documents VALUES (?, ?, ?)");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  return timeMs(() => {
    for (let step = 0; step < STEPS; step++) {
      begin.run();
      append.run(`document ${step % 50}`, step, chunk);
      put.run("heads", `${step % 50}`, record);
      put.run("settings", "counter", counter);
      commit.run();
    }
  });
}

function readBare(file: string): number {
  return timeMs(() => {
    using db = new DatabaseSync(file, { readOnly: true });
    for (const table of ["_capsule_records", "_capsule_documents"]) {
      db.prepare(`SELECT * FROM ${table}`).all();
    }
  });
}

function timeMs(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function median(run: () => number): number {
  return Array.from({ length: ROUNDS }, run).sort((a, b) => a - b)[ROUNDS >> 1]!;
}
