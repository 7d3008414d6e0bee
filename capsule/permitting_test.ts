import { assertEquals, assertThrows } from "@std/assert";
import type { StatementFacts } from "./_authority.ts";
import { Capsule } from "./capsule.ts";

const NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)";

/** A capsule with some tables, and what it was told that nobody else was. */
function open(): Capsule & { errors: unknown[] } {
  const errors: unknown[] = [];
  const capsule = Capsule.open(":memory:", { onError: (error) => errors.push(error) });
  capsule.execute(`${NOTES}; CREATE TABLE log (text TEXT);
    CREATE VIEW short AS SELECT id FROM notes;
    CREATE TABLE seen (id INTEGER PRIMARY KEY);
    CREATE TRIGGER see AFTER INSERT ON seen BEGIN INSERT INTO log VALUES ('seen'); END`);
  return Object.assign(capsule, { errors });
}

Deno.test("permitting() shows what each statement reads, writes and changes before it runs", async (t) => {
  using capsule = open();
  const cases: [(capsule: Capsule) => unknown, Record<string, unknown>][] = [
    [(c) => c.query("SELECT text FROM notes"), { reads: ["notes"] }],
    [(c) => c.query("SELECT count(*) FROM notes"), { reads: ["notes"] }],
    [(c) => c.queryOne("SELECT * FROM short"), { reads: ["short", "notes"] }],
    [(c) => c.queryScalar("SELECT (SELECT text FROM log)"), { reads: ["log"] }],
    [(c) => c.insert("notes", { text: "a" }), { writes: ["notes"] }],
    [(c) => c.insert("seen", {}), { writes: ["seen", "log"] }],
    [(c) => c.update("notes", 1, { text: "b" }), { reads: ["notes"], writes: ["notes"] }],
    [
      (c) => c.deleteWhere("notes", "id IN (SELECT rowid FROM log)"),
      { reads: ["log", "notes"], writes: ["notes"] },
    ],
    [(c) => c.execute("DROP VIEW short"), { changesPrograms: true }],
    [(c) => c.execute("CREATE TABLE made (id)"), { creates: ["made"] }],
    [(c) => c.execute("CREATE INDEX i ON made (id)"), { indexes: ["made"] }],
    [(c) => c.execute("ALTER TABLE made ADD COLUMN x"), { alters: ["made"] }],
    [(c) => c.execute("DROP TABLE made"), { drops: ["made"] }],
    [(c) => c.query("PRAGMA user_version"), { isPragma: true }],
    [
      (c) => c.query("WITH RECURSIVE n (i) AS (VALUES (1) UNION SELECT 1 FROM n) SELECT * FROM n"),
      { isRecursive: true },
    ],
    [(c) => c.query("WITH RECURSIVE n (i) AS (VALUES (1)) SELECT * FROM n"), {
      isRecursive: false,
    }],
  ];
  for (const [work, expected] of cases) {
    await t.step(String(work), () => {
      const told: StatementFacts[] = [];
      capsule.permitting((facts) => told.push(facts), () => work(capsule));
      assertEquals(told.length, 1);
      for (const [name, value] of Object.entries(expected)) {
        const found: unknown = told[0]![name as keyof StatementFacts];
        const plain = found instanceof Set ? [...found].toSorted() : found;
        assertEquals([name, plain], [name, Array.isArray(value) ? value.toSorted() : value]);
      }
    });
  }
});

Deno.test("permitting() keeps a statement from running, each of several, prepared before or not", () => {
  using capsule = open();
  const refuse = ({ writes }: StatementFacts) => {
    if (writes.has("log")) throw new RangeError("not the log");
  };
  const sql = "INSERT INTO log VALUES ('x')";
  capsule.execute(sql);
  for (
    const work of [
      () => capsule.execute(sql),
      () => capsule.execute(`INSERT INTO notes (text) VALUES ('y'); ${sql}`),
      () => capsule.insert("seen", {}),
      () => capsule.insertMultiple("log", [{ text: "x" }]),
      () => capsule.query("DELETE FROM log RETURNING *"),
    ]
  ) {
    assertThrows(() => capsule.permitting<unknown>(refuse, work), RangeError, "not the log");
  }
  assertEquals(capsule.query("SELECT * FROM log"), [{ text: "x" }]);
  assertEquals(capsule.query("SELECT * FROM notes"), []);
  capsule.execute(sql);
});

Deno.test("permitting() does not look at hooks, and ends with its work", () => {
  using capsule = open();
  const log = (text: string) => void capsule.insert("log", { text });
  using _hooks = capsule.saves.add({
    beforeSave: (table) => table === "notes" ? log("before") : undefined,
    changed: (changes) => {
      if (changes.some(({ table }) => table === "notes")) log("changed");
    },
  });
  const told: string[] = [];
  capsule.permitting(({ writes }) => told.push(...writes), () => {
    capsule.insert("notes", { text: "a" });
    capsule.permitting(undefined, () => log("within"));
  });
  log("after");
  assertEquals(told.filter((name) => !name.startsWith("_")), ["notes"]);
  assertEquals(capsule.query("SELECT text FROM log").map(({ text }) => text), [
    ...["before", "changed", "within", "after"],
  ]);
  assertEquals(capsule.errors, []);
});

Deno.test("what beforeSave writes is undone with what it refuses, or with what fails", () => {
  using capsule = open();
  using _hooks = capsule.saves.add({
    beforeSave: (table, { text }) => {
      if (table !== "notes") return;
      capsule.insert("log", { text: "looked" });
      if (text === "bad") throw new RangeError("no");
    },
  });
  assertThrows(() => capsule.insert("notes", { text: "bad" }));
  assertThrows(() => capsule.insert("notes", { none: "x" }));
  assertThrows(() => capsule.update("notes", 1, { text: "bad" }));
  assertThrows(() => capsule.updateWhere("notes", "1", [], { text: "bad" }));
  assertEquals(capsule.query("SELECT * FROM log"), []);
  capsule.insert("notes", { text: "good" });
  assertEquals(capsule.query("SELECT * FROM log"), [{ text: "looked" }]);
});

Deno.test("changed() is told how many hooks stand between a commit and a write from outside", () => {
  using capsule = open();
  const depths: number[] = [];
  using _hooks = capsule.saves.add({
    changed: (_changes, depth) => {
      depths.push(depth);
      if (depth < 3) capsule.insert("log", { text: `${depth}` });
    },
  });
  capsule.insert("notes", { text: "a" });
  capsule.insert("notes", { text: "b" });
  assertEquals(depths, [0, 1, 2, 3, 0, 1, 2, 3]);
});

Deno.test("kept() keeps texts by owner, as a part of transactions and out of reach of SQL", () => {
  using capsule = open();
  const [mine, theirs] = [capsule.kept("mine"), capsule.kept("theirs")];
  mine.set("b", "2");
  mine.set("a", "1");
  theirs.set("a", "other");
  assertThrows(() =>
    capsule.transaction(() => {
      mine.set("a", "9");
      mine.delete("b");
      throw new RangeError("no");
    })
  );
  assertEquals([...mine.entries()], [["a", "1"], ["b", "2"]]);
  mine.set("a", "3");
  mine.delete("b");
  mine.delete("none");
  assertEquals([...capsule.kept("mine").entries()], [["a", "3"]]);
  assertEquals([...theirs.entries()], [["a", "other"]]);
  for (const sql of ["DELETE FROM _capsule_texts", "INSERT INTO _capsule_texts VALUES (1, 2, 3)"]) {
    assertThrows(() => capsule.execute(sql), Error, "belongs to the capsule");
  }
});

Deno.test("isInTransaction says whether what is written may yet be undone", () => {
  using capsule = open();
  assertEquals(capsule.isInTransaction, false);
  capsule.transaction(() => assertEquals(capsule.isInTransaction, true));
  assertEquals(capsule.isInTransaction, false);
});
