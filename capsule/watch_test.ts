import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Capsule,
  CapsuleError,
  TRANSACTION_CHANGES_MAX,
  WATCH_CHANGES_MAX,
  WATCH_DEPTH_MAX,
} from "./mod.ts";
import type { CapsuleOptions, RowChange } from "./mod.ts";

/** A capsule whose watchers run when the test says so. */
class Manual implements Disposable {
  readonly errors: unknown[] = [];
  readonly scheduled: { work: () => void; windowMs: number; isCancelled: boolean }[] = [];
  readonly capsule: Capsule;

  constructor(options: CapsuleOptions = {}) {
    this.capsule = Capsule.open(":memory:", {
      onError: (error) => this.errors.push(error),
      schedule: (work, windowMs) => {
        const entry = { work, windowMs, isCancelled: false };
        this.scheduled.push(entry);
        return () => entry.isCancelled = true;
      },
      ...options,
    });
    this.capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, name, size)");
  }

  /** Ends the current turn of the event loop, or all windows of this many milliseconds. */
  turn(windowMs = 0): void {
    const due = this.scheduled.filter((each) => each.windowMs === windowMs && !each.isCancelled);
    this.scheduled.splice(0, Infinity, ...this.scheduled.filter((each) => !due.includes(each)));
    for (const { work } of due) work();
  }

  get codes(): unknown[] {
    return this.errors.map((error) => error instanceof CapsuleError ? error.code : error);
  }

  [Symbol.dispose](): void {
    this.capsule[Symbol.dispose]();
  }
}

function ids(changes: readonly RowChange[]): unknown[] {
  return changes.map(({ row }) => row["id"]);
}

Deno.test("watch() delivers each transaction on its own, in the order of commits, later", () => {
  using manual = new Manual();
  const { capsule } = manual;
  capsule.execute("CREATE TABLE others (id INTEGER PRIMARY KEY)");
  const seen: unknown[] = [];
  capsule.watch("NOTES", (changes) => seen.push(["notes", ids(changes)]));
  capsule.watch("others", (changes) => seen.push(["others", ids(changes)]));
  capsule.insert("notes", { id: 1 });
  capsule.insert("others", { id: 2 });
  capsule.transaction(() => {
    capsule.insert("others", { id: 3 });
    capsule.insert("notes", { id: 4 });
    capsule.delete("notes", 1);
  });
  assertEquals(seen, []);
  assertEquals(manual.scheduled.length, 1);
  manual.turn();
  assertEquals(seen, [["notes", [1]], ["others", [2]], ["notes", [4, 1]], ["others", [3]]]);
  manual.turn();
  assertEquals(seen.length, 4);
});

Deno.test("watch() delivers 10,000 rows of one transaction at once", () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: number[] = [];
  capsule.watch("notes", (changes) => seen.push(changes.length));
  const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, name: `n${id}` }));
  capsule.insertMultiple("notes", rows);
  capsule.updateWhere("notes", "1", [], { size: 1 });
  manual.turn();
  assertEquals(seen, [10_000, 10_000]);
});

Deno.test("watch() takes one turn of the event loop, and a window gathers what comes in it", async () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
  const turn = Promise.withResolvers<unknown>();
  const window = Promise.withResolvers<unknown>();
  using _turn = capsule.watch("notes", (changes) => turn.resolve(ids(changes)));
  using _window = capsule.watch("notes", (changes) => window.resolve(ids(changes)), {
    windowMs: 5,
  });
  capsule.insert("notes", {});
  capsule.insert("notes", {});
  assertEquals(await turn.promise, [1]);
  assertEquals(await window.promise, [1, 2]);
});

Deno.test("watch() with a window delivers once for it, and the next change opens another", () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: unknown[] = [];
  capsule.watch("notes", (changes) => seen.push(ids(changes)), { windowMs: 100 });
  capsule.insert("notes", {});
  capsule.insert("notes", {});
  manual.turn();
  assertEquals(seen, []);
  manual.turn(100);
  capsule.insert("notes", {});
  manual.turn(100);
  assertEquals(seen, [[1, 2], [3]]);
  for (const windowMs of [-1, NaN, Infinity]) {
    assertThrows(() => capsule.watch("notes", () => {}, { windowMs }), RangeError);
  }
});

Deno.test("flush() delivers what waits now, and not within a transaction", () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: unknown[] = [];
  capsule.watch("notes", (changes) => {
    seen.push(ids(changes));
    if (seen.length < 3) capsule.insert("notes", {});
  });
  capsule.watch("notes", (changes) => seen.push(ids(changes)), { windowMs: 100 });
  capsule.insert("notes", {});
  assertThrows(() => capsule.transaction(() => capsule.flush()), TypeError);
  capsule.flush();
  assertEquals(seen, [[1], [1]]);
  capsule.flush();
  assertEquals(seen, [[1], [1], [2], [2]]);
});

Deno.test("A watcher that throws or rejects is reported, and the others are delivered to", async () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: unknown[] = [];
  capsule.watch("notes", () => {
    throw "thrown";
  });
  capsule.watch("notes", () => Promise.reject("rejected"));
  capsule.watch("notes", (changes) => seen.push(ids(changes)));
  capsule.insert("notes", {});
  capsule.insert("notes", {});
  manual.turn();
  await Promise.resolve();
  assertEquals(seen, [[1], [2]]);
  assertEquals(manual.codes.toSorted(), ["rejected", "rejected", "thrown", "thrown"]);
});

Deno.test("Watchers that write because of one another do not do so without end", () => {
  using manual = new Manual();
  const { capsule } = manual;
  let calls = 0;
  capsule.watch("notes", () => {
    calls++;
    capsule.insert("notes", {});
  });
  capsule.insert("notes", {});
  for (let turn = 0; turn < WATCH_DEPTH_MAX * 2; turn++) manual.turn();
  assertEquals(manual.codes, ["watch_loop"]);
  assertEquals(calls, WATCH_DEPTH_MAX + 1);
  // It was the chain that ended, not the watcher.
  capsule.insert("notes", {});
  manual.turn();
  assertEquals(calls, WATCH_DEPTH_MAX + 2);
});

Deno.test("A watcher that ended, also from within a delivery, is not called any more", () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: unknown[] = [];
  const first = capsule.watch("notes", () => {
    seen.push("first");
    second[Symbol.dispose]();
    first[Symbol.dispose]();
  });
  const second = capsule.watch("notes", () => seen.push("second"));
  capsule.insert("notes", {});
  capsule.insert("notes", {});
  manual.turn();
  assertEquals(seen, ["first"]);
});

Deno.test("What waits for a watcher has a limit, which is reported", () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: number[] = [];
  capsule.watch("notes", (changes) => seen.push(changes.length));
  const half = WATCH_CHANGES_MAX / 2;
  const series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)";
  const insert = (count: number) =>
    capsule.execute(`${series} INSERT INTO notes (size) SELECT i FROM n`, count);
  insert(half);
  insert(half);
  insert(1);
  insert(1);
  assertEquals(manual.codes, ["watch_overflow"]);
  manual.turn();
  insert(1);
  manual.turn();
  assertEquals(seen, [half, half, 1]);
  // One transaction is kept, however large it is.
  insert(WATCH_CHANGES_MAX + 1);
  manual.turn();
  assertEquals(seen.at(-1), WATCH_CHANGES_MAX + 1);
});

Deno.test("A transaction with too many changes to hand on is reported, and queries see it", () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: unknown[] = [];
  capsule.watch("notes", (changes) => seen.push(changes.length));
  capsule.watch({ sql: "SELECT count(*) AS n FROM notes" }, (rows) => seen.push(rows));
  const count = TRANSACTION_CHANGES_MAX + 1;
  capsule.execute(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO notes (size) SELECT i FROM n`,
    count,
  );
  manual.turn();
  assertEquals(new Set(manual.codes), new Set(["watch_overflow"]));
  capsule.delete("notes", 1);
  manual.turn();
  assertEquals(seen, [[{ n: count }], 1, [{ n: count - 1 }]]);
});

Deno.test("watch() refuses what it cannot see", () => {
  using manual = new Manual();
  const { capsule } = manual;
  capsule.execute("CREATE VIEW v AS SELECT 1; CREATE VIRTUAL TABLE docs USING fts5(text)");
  const cases = [
    ["nots", "no_such_table"],
    ["v", "bad_identifier"],
    ["docs", "bad_identifier"],
    ["_capsule_meta", "internal_table"],
    [{ sql: "DELETE FROM notes" }, "forbidden_statement"],
    [{ sql: "SELECT * FROM nope" }, "no_such_table"],
  ] as const;
  for (const [target, code] of cases) {
    assertEquals(assertThrows(() => capsule.watch(target as string), CapsuleError).code, code);
  }
});

Deno.test("A live query delivers its rows first, and again when its tables have changed", () => {
  using manual = new Manual();
  const { capsule } = manual;
  capsule.execute("CREATE TABLE others (id INTEGER PRIMARY KEY, note REFERENCES notes)");
  capsule.execute(`CREATE VIEW named AS SELECT notes.name, others.id FROM notes
    LEFT JOIN others ON note = notes.id`);
  const seen: unknown[] = [];
  capsule.watch(
    { sql: "SELECT * FROM named WHERE name >= :from", params: { from: "b" } },
    (rows) => seen.push(rows),
  );
  manual.turn();
  capsule.insertMultiple("notes", [{ name: "a" }, { name: "b" }]);
  capsule.insert("others", { note: 2 });
  manual.turn();
  capsule.execute("CREATE TABLE unrelated (id)");
  manual.turn();
  capsule.execute("INSERT INTO unrelated VALUES (1); UPDATE notes SET size = 1 WHERE 0");
  assertThrows(() =>
    capsule.transaction(() => {
      capsule.insert("notes", { name: "c" });
      throw new Error("no");
    })
  );
  manual.turn();
  const joined = [{ name: "b", id: 1 }];
  // The change of the schema counts for every query.
  assertEquals(seen, [[], joined, joined]);
});

Deno.test("A live query sees virtual tables, and tables that are made anew", () => {
  using manual = new Manual();
  const { capsule } = manual;
  capsule.execute(`CREATE VIRTUAL TABLE docs USING fts5(text);
    CREATE TRIGGER index_notes AFTER INSERT ON notes BEGIN
      INSERT INTO docs VALUES (NEW.name); END`);
  const seen: unknown[] = [];
  capsule.watch({ sql: "SELECT count(*) AS n FROM docs WHERE docs MATCH 'tea'" }, ([row]) => {
    seen.push(row!["n"]);
  });
  manual.turn();
  capsule.insert("notes", { name: "tea" });
  manual.turn();
  capsule.execute("INSERT INTO docs VALUES ('more tea')");
  manual.turn();
  capsule.execute("DROP TABLE docs");
  manual.turn();
  assertEquals(manual.codes, ["no_such_table"]);
  capsule.execute("CREATE VIRTUAL TABLE docs USING fts5(text)");
  manual.turn();
  assertEquals(seen, [0, 1, 2, 0]);
});

Deno.test("A watcher of a table sees it also when it was dropped and made again", () => {
  using manual = new Manual();
  const { capsule } = manual;
  const seen: unknown[] = [];
  capsule.watch("notes", (changes) => seen.push(...changes.map((each) => each.row)));
  capsule.execute("DROP TABLE notes");
  capsule.execute("CREATE TABLE notes (other)");
  capsule.insert("notes", { other: 1 });
  manual.turn();
  assertEquals(seen, [{ other: 1 }]);
});

Deno.test("A loop over a watcher reads from its beginning on, and ends the watcher", async () => {
  using manual = new Manual();
  const { capsule } = manual;
  const watcher = capsule.watch("notes");
  const loop = (async () => {
    const seen: unknown[] = [];
    for await (const changes of watcher) {
      seen.push(ids(changes));
      if (seen.length === 2) return seen;
    }
    return seen;
  })();
  for (let n = 0; n < 3; n++) {
    capsule.insert("notes", {});
    manual.turn();
  }
  assertEquals(await loop, [[1], [2]]);
  capsule.insert("notes", {});
  assertEquals(manual.scheduled.length, 0);
  for await (const _ of watcher) throw new Error("It has ended");
});

Deno.test("Loops end when the capsule is closed, once they have read what was delivered", async () => {
  const manual = new Manual();
  const { capsule } = manual;
  const table = capsule.watch("notes")[Symbol.asyncIterator]();
  const query = capsule.watch({ sql: "SELECT id FROM notes" })[Symbol.asyncIterator]();
  for (let n = 0; n < 2; n++) {
    capsule.insert("notes", {});
    manual.turn();
  }
  manual[Symbol.dispose]();
  assertEquals(ids((await table.next()).value), [1]);
  assertEquals(ids((await table.next()).value), [2]);
  assertEquals((await table.next()).done, true);
  // Of a query only the latest rows count.
  assertEquals((await query.next()).value, [{ id: 1 }, { id: 2 }]);
  assertEquals((await query.next()).done, true);
});

Deno.test("A loop that does not read ends with an error beyond the limit", async () => {
  using manual = new Manual();
  const { capsule } = manual;
  const loop = capsule.watch("notes")[Symbol.asyncIterator]();
  const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO notes (size) SELECT i FROM n`;
  capsule.execute(series, WATCH_CHANGES_MAX);
  manual.turn();
  capsule.insert("notes", {});
  manual.turn();
  assertEquals((await loop.next()).value.length, WATCH_CHANGES_MAX);
  assertEquals((await assertRejects(() => loop.next(), CapsuleError)).code, "watch_overflow");
  assertEquals((await loop.next()).done, true);
});

Deno.test("Closing a capsule leaves no timer behind, and delivers nothing more", () => {
  const capsule = Capsule.open();
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
  const fail = () => {
    throw new Error("It was closed");
  };
  capsule.watch("notes", fail);
  capsule.watch("notes", fail, { windowMs: 100_000 });
  capsule.insert("notes", {});
  capsule[Symbol.dispose]();
});
