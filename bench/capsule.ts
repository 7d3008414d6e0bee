/**
 * What a capsule costs above bare node:sqlite, in the same run. Only the ratios mean something.
 *
 * Run it with `deno run --allow-read=. --allow-write=.scenarios bench/capsule.ts`.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Capsule } from "../capsule/mod.ts";
import { TempFolder } from "../tests/_temp_folder.ts";
import { timeMs } from "./_timing.ts";

const ROWS = 10_000;
const ROUNDS = 9;
const TABLE = "CREATE TABLE notes (id INTEGER PRIMARY KEY, author TEXT, text TEXT, stars INTEGER)";
const SAFE = "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";

using folder = new TempFolder();
let files = 0;

/** What is measured; each leaves a database behind. */
interface Subject {
  readonly insert: (n: number) => void;
  /** By its key. */
  readonly find: (n: number) => void;
  readonly atOnce: (work: () => void) => void;
  /** Has everything delivered that was not. */
  readonly flush: () => void;
  readonly dispose: () => void;
}

const measures = {
  "insert, each on its own": (subject: Subject) => each(subject.insert),
  "insert, in one transaction": (subject: Subject) => subject.atOnce(() => each(subject.insert)),
  "find one row by its key": (subject: Subject) => each(subject.find),
};

const places = {
  "in memory": () => ":memory:",
  "in a file": () => folder.file(`${files++}.db`),
};

for (const [place, newPath] of Object.entries(places)) {
  const subjects = {
    bare: () => bareSubject(newPath()),
    capsule: () => capsuleSubject(newPath(), false),
    watched: () => capsuleSubject(newPath(), true),
  };
  const rows = Object.entries(measures).map(([name, measure]) => {
    const [bare, capsule, watched] = interleaved(Object.values(subjects), measure);
    return [name, {
      "bare µs": perRow(bare!),
      "capsule µs": perRow(capsule!),
      "ratio": ratio(capsule!, bare!),
      "watched µs": perRow(watched!),
      "ratio watched": ratio(watched!, bare!),
    }];
  });
  console.log(`\n${ROWS} times, ${place}, the fastest of ${ROUNDS} rounds.\n`);
  console.table(Object.fromEntries(rows));
}
console.log("Watched: a handler for the table, which has run for every transaction.");

/** Rounds take turns, and the fastest counts, in which the machine did least besides. */
function interleaved(
  subjects: readonly (() => Subject)[],
  measure: (subject: Subject) => void,
): number[] {
  const times = subjects.map((): number[] => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, open] of subjects.entries()) {
      const subject = open();
      if (measure === measures["find one row by its key"]) {
        subject.atOnce(() => each(subject.insert));
      }
      subject.flush();
      const time = timeMs(() => {
        measure(subject);
        subject.flush();
      });
      subject.dispose();
      if (round >= 0) times[index]!.push(time);
    }
  }
  return times.map((each) => Math.min(...each));
}

function each(work: (n: number) => void): void {
  for (let n = 1; n <= ROWS; n++) work(n);
}

function bareSubject(path: string): Subject {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; ${SAFE} ${TABLE}`);
  const insert = db.prepare("INSERT INTO notes (author, text, stars) VALUES (?, ?, ?)");
  const find = db.prepare("SELECT * FROM notes WHERE id = ?");
  return {
    insert: (n) => insert.run("Ada", "a text of some words", n),
    find: (n) => find.all(n),
    atOnce: (work) => {
      db.exec("BEGIN IMMEDIATE");
      work();
      db.exec("COMMIT");
    },
    flush: () => {},
    dispose: () => db.close(),
  };
}

function capsuleSubject(path: string, isWatched: boolean): Subject {
  const capsule = Capsule.open(path, { synchronous: "normal", schedule: () => {} });
  capsule.execute(TABLE);
  let seen = 0;
  if (isWatched) capsule.watch("notes", (changes) => seen += changes.length);
  return {
    insert: (n) => {
      capsule.insert("notes", { author: "Ada", text: "a text of some words", stars: n });
    },
    find: (n) => capsule.query("SELECT * FROM notes WHERE id = ?", n),
    atOnce: (work) => capsule.transaction(work),
    flush: () => capsule.flush(),
    dispose: () => {
      capsule[Symbol.dispose]();
      if (isWatched && seen !== ROWS) throw new Error(`Only ${seen} rows were delivered`);
    },
  };
}

function perRow(ms: number): number {
  return Number((ms * 1000 / ROWS).toFixed(2));
}

function ratio(ours: number, theirs: number): string {
  return (ours / theirs).toFixed(2);
}
