import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Capsule, CapsuleError } from "./mod.ts";
import type { CapsuleErrorCode, SqlValue } from "./mod.ts";

const NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size INTEGER)";

function notes(): Capsule {
  const capsule = Capsule.open();
  capsule.execute(NOTES);
  return capsule;
}

function codeOf(work: () => unknown): CapsuleErrorCode {
  return assertThrows(work, CapsuleError).code;
}

Deno.test("Capsule.insert(), update() and delete() work by the primary key", () => {
  using capsule = notes();
  assertEquals(capsule.insert("notes", { name: "tea" }), 1);
  assertEquals(capsule.insert("NOTES", { id: 7, NAME: "milk", size: 2 }), 7);
  assertEquals(capsule.update("notes", 7, { size: 3 }), true);
  assertEquals(capsule.update("notes", 8, { size: 3 }), false);
  assertEquals(capsule.delete("notes", 1), true);
  assertEquals(capsule.delete("notes", 1), false);
  assertEquals(capsule.query("SELECT * FROM notes"), [{ id: 7, name: "milk", size: 3 }]);
});

Deno.test("Capsule.insert() works without values, and with a key of any kind", () => {
  using capsule = notes();
  assertEquals(capsule.insert("notes", {}), 1);
  capsule.execute(`CREATE TABLE texts (key TEXT PRIMARY KEY, n);
    CREATE TABLE pairs (a, b, n, PRIMARY KEY (b, a)) WITHOUT ROWID;
    CREATE TABLE whole (n INTEGER PRIMARY KEY) WITHOUT ROWID; CREATE TABLE loose (n)`);
  assertEquals(capsule.insert("texts", { key: "x" }), 1);
  assertEquals(capsule.update("texts", "x", { n: 1 }), true);
  assertEquals(capsule.insert("pairs", { a: 1, b: 2 }), 0);
  assertEquals(capsule.update("pairs", [2, 1], { n: 1 }), true);
  assertEquals(codeOf(() => capsule.delete("pairs", 2)), "bad_value");
  assertEquals(capsule.insert("whole", { n: 5 }), 5);
  assertEquals(capsule.insert("loose", { n: 9 }), 1);
  assertEquals(capsule.delete("loose", 1), true);
  assertEquals(capsule.insert("notes", { id: 2n ** 60n }), 2n ** 60n);
});

Deno.test("Capsule.updateWhere() and deleteWhere() take a condition with its own parameters", () => {
  using capsule = notes();
  capsule.insertMultiple("notes", [{ name: "a", size: 1 }, { name: "b", size: 2 }]);
  assertEquals(capsule.updateWhere("notes", "size > ? AND name = ?", [1, "b"], { size: 5 }), 1);
  assertEquals(capsule.updateWhere("notes", "size = ?1 OR size = ?1", [5], { size: 6 }), 1);
  assertEquals(capsule.updateWhere("notes", "size = :size -- all", { size: 6 }, { size: 7 }), 1);
  assertEquals(codeOf(() => capsule.updateWhere("notes", "1", [], {})), "bad_value");
  assertEquals(capsule.deleteWhere("notes", "size = ?", [7]), 1);
  assertEquals(capsule.deleteWhere("notes", "1"), 1);
  capsule.execute("CREATE TABLE loose (rowid, n); INSERT INTO loose VALUES (1, 1), (1, 2)");
  assertEquals(capsule.updateWhere("loose", "n = ?", [2], { n: 3 }), 1);
  capsule.execute("CREATE TABLE pairs (a, b, n, PRIMARY KEY (b, a)) WITHOUT ROWID");
  capsule.insertMultiple("pairs", [{ a: 1, b: 1 }, { a: 1, b: 2 }]);
  assertEquals(capsule.updateWhere("pairs", "pairs.b = ?", [2], { n: 3 }), 1);
  // What is missing is NULL, and never a value that is to be set.
  assertEquals(capsule.updateWhere("pairs", "a = ? AND b = ?", [1], { n: 2 }), 0);
});

Deno.test("Capsule.query() takes values, a list of them, or a record", () => {
  using capsule = Capsule.open();
  const [list, named] = ["SELECT ? AS a, ? AS b", "SELECT :a AS a, $b AS b"];
  const expected = [{ a: 1, b: "two" }];
  assertEquals(capsule.query(list, 1, "two"), expected);
  assertEquals(capsule.query(list, [1, "two"]), expected);
  assertEquals(capsule.query(named, { a: 1, b: "two" }), expected);
  assertEquals(codeOf(() => capsule.query(list, 1, 2, 3)), "bad_value");
  assertEquals(codeOf(() => capsule.query(named, { c: 1 })), "bad_value");
  assertEquals(capsule.queryOne("SELECT 1 AS one WHERE 0"), undefined);
  assertEquals(capsule.queryScalar("SELECT 5, 6"), 5);
  assertEquals(capsule.queryScalar("SELECT 5 WHERE 0"), undefined);
});

Deno.test("Capsule keeps every value as it is, also where a column has no type", () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE t (any, text TEXT)");
  const values: SqlValue[] = [
    null,
    0,
    -1.5,
    Number.MAX_SAFE_INTEGER,
    Infinity,
    2n ** 63n - 1n,
    -(2n ** 53n) - 1n,
    "",
    "ä 😀 '\"",
    new Uint8Array([0, 255]),
    new Uint8Array(0),
  ];
  for (const value of values) capsule.insert("t", { any: value });
  assertEquals(capsule.query("SELECT any FROM t").map(({ any }) => any), values);
  capsule.insert("t", { any: true, text: 5 });
  assertEquals(capsule.query("SELECT any, text FROM t WHERE any IS 1"), [{ any: 1, text: "5" }]);
});

Deno.test("Capsule refuses values that would come back as others", () => {
  using capsule = notes();
  const bad = [undefined, NaN, "a\0b", 2n ** 64n, new Date(0), {}, [], Symbol.iterator, () => 1];
  for (const value of bad) {
    assertEquals(codeOf(() => capsule.insert("notes", { name: value as SqlValue })), "bad_value");
    assertEquals(codeOf(() => capsule.query("SELECT ?, ?", value, 1)), "bad_value");
  }
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 0);
});

Deno.test("Capsule.query() runs what writes and returns, once", () => {
  using capsule = notes();
  const sql = "INSERT INTO notes (id) VALUES (?), (9007199254740993) RETURNING id";
  assertEquals(capsule.query(sql, 1), [{ id: 1 }, { id: 9007199254740993n }]);
  assertEquals(capsule.queryOne("DELETE FROM notes RETURNING id"), { id: 1 });
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 0);
});

Deno.test("Capsule.query() keeps the names and the order that a statement gives", () => {
  using capsule = notes();
  capsule.insertMultiple("notes", [{ name: "b" }, { name: "a" }]);
  const rows = capsule.query("SELECT name, name AS again, count(*) OVER () FROM notes ORDER BY 1;");
  assertEquals(rows.map((row) => Object.entries(row).flat()), [
    ["name", "a", "again", "a", "count(*) OVER ()", 2],
    ["name", "b", "again", "b", "count(*) OVER ()", 2],
  ]);
  assertEquals(capsule.query("-- first\nVALUES (1), (2) -- last").length, 2);
  assertEquals(capsule.query("PRAGMA table_info(notes)").length, 3);
  assert(capsule.query("EXPLAIN QUERY PLAN SELECT * FROM notes").length > 0);
});

Deno.test("Capsule.query() survives texts in which there is no statement", () => {
  using capsule = Capsule.open();
  const piece = fc.constantFrom(
    ..." \t\n\v\f\r;-/*'\ufeff\u00a0\u0085a1",
    "--",
    "/*",
    "*/",
    "SELECT",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      for (const way of ["query", "queryOne", "execute"] as const) {
        try {
          capsule[way](pieces.join(""));
        } catch (error) {
          assertEquals((error as CapsuleError).code, "bad_sql");
        }
      }
    }),
    { numRuns: 3000, seed: 3 },
  );
  for (const blank of ["", " \v", "\v", "/*", "/*/", "--", "\ufeff;", "/* a */ -- b"]) {
    assertEquals(codeOf(() => capsule.query(blank)), "bad_sql");
  }
});

Deno.test("Capsule.query() hands out a limited number of rows", () => {
  using capsule = Capsule.open();
  const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
  assertEquals(codeOf(() => capsule.query(endless)), "too_many_rows");
  assertEquals(capsule.queryOne(endless), { i: 1 });
});

Deno.test("Capsule.execute() runs several statements as one", () => {
  using capsule = notes();
  const done = capsule.execute(`
    INSERT INTO notes (name) VALUES ('a;b'); -- a comment; with an end
    /* another; */ UPDATE notes SET size = 1;;
  `);
  assertEquals(done, { changes: 1, lastInsertRowId: 1 });
  const fails = "INSERT INTO notes (name) VALUES ('c'); INSERT INTO notes (name) VALUES ('c')";
  assertEquals(codeOf(() => capsule.execute(fails)), "constraint");
  assertEquals(codeOf(() => capsule.execute("SELECT ?; SELECT ?", 1, 2)), "bad_value");
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 1);
  assertEquals(capsule.execute("DELETE FROM notes WHERE size = ?", 1).changes, 1);
  assertEquals(capsule.execute("CREATE TABLE other (a)").changes, 0);
});

Deno.test("Capsule says which mistake it was", () => {
  using capsule = notes();
  capsule.execute("CREATE TABLE twice (id INTEGER PRIMARY KEY, n, double AS (n * 2))");
  const mistakes: readonly [CapsuleErrorCode, string, () => unknown][] = [
    [
      "no_such_table",
      '"note": there is none; did you mean "notes"?',
      () => capsule.insert("note", {}),
    ],
    ["no_such_table", "no such table: nope", () => capsule.query("SELECT * FROM nope")],
    ["bad_identifier", 'did you mean "size"?', () => capsule.insert("notes", { sice: 1 })],
    ["bad_identifier", "SQLite computes it", () => capsule.insert("twice", { double: 1 })],
    ["bad_identifier", "there is none", () => capsule.update("notes", 1, { 'x" = 1 --': 1 })],
    ["bad_identifier", "is no name", () => capsule.insert("", {})],
    ["no_such_table", "there is none", () => capsule.insert('notes" --', {})],
    ["no_such_table", "there is none", () => capsule.insert("sqlite_schema", { name: "x" })],
    ["internal_table", "capsule's", () => capsule.insert("_capsule_meta", { version: 2 })],
    ["bad_sql", "syntax error", () => capsule.query("SELEC 1")],
    ["bad_sql", "there is none", () => capsule.query(" ; -- nothing")],
    ["bad_sql", "another one after it", () => capsule.query("SELECT 1; SELECT 2")],
    ["bad_sql", "U+0000", () => capsule.query("SELECT 1\0")],
    ["bad_sql", "no such column", () => capsule.query('SELECT "nope" FROM notes')],
    ["bad_sql", "", () => capsule.deleteWhere("notes", "1) OR (")],
    ["bad_value", "mismatch", () => capsule.insert("notes", { id: "x" })],
    ["bad_value", "record", () => capsule.insert("notes", [] as never)],
    ["constraint", "", () => capsule.insertMultiple("notes", [{ name: "a" }, { name: "a" }])],
  ];
  for (const [code, text, mistake] of mistakes) {
    const error = assertThrows(mistake, CapsuleError, text);
    assertEquals(error.code, code, error.message);
    assert(error.message.startsWith("Cannot "), error.message);
  }
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 0);
});

Deno.test("Capsule.transaction() returns what its work returns, and undoes what throws", () => {
  using capsule = notes();
  assertEquals(capsule.transaction(() => capsule.insert("notes", { name: "a" })), 1);
  const thrown = new Error("no");
  const caught = assertThrows(() =>
    capsule.transaction(() => {
      capsule.insert("notes", { name: "b" });
      throw thrown;
    })
  );
  assertEquals(caught, thrown);
  assertEquals(capsule.query("SELECT name FROM notes"), [{ name: "a" }]);
});

Deno.test("Capsule.transaction() goes on after a part of it has failed", () => {
  using capsule = notes();
  capsule.transaction(() => {
    capsule.insert("notes", { name: "a" });
    assertThrows(() => capsule.insertMultiple("notes", [{ name: "b" }, { name: "a" }]));
    capsule.transaction(() => capsule.transaction(() => capsule.insert("notes", { name: "c" })));
  });
  assertEquals(capsule.query("SELECT name FROM notes"), [{ name: "a" }, { name: "c" }]);
});

Deno.test("Capsule.transaction() refuses asynchronous work, and undoes its beginning", () => {
  using capsule = notes();
  const work = () => {
    capsule.insert("notes", { name: "a" });
    return Promise.resolve();
  };
  assertEquals(codeOf(() => capsule.transaction(work)), "nested_async");
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 0);
});

Deno.test("Capsule.transaction() does not go on when a statement has undone all of it", () => {
  using capsule = notes();
  capsule.insert("notes", { name: "a" });
  const work = () => {
    capsule.insert("notes", { name: "b" });
    const again = "INSERT OR ROLLBACK INTO notes (name) VALUES ('a')";
    assertEquals(codeOf(() => capsule.transaction(() => capsule.execute(again))), "constraint");
    assertEquals(codeOf(() => capsule.insert("notes", { name: "c" })), "rolled_back");
  };
  assertEquals(codeOf(() => capsule.transaction(work)), "rolled_back");
  assertEquals(capsule.query("SELECT name FROM notes"), [{ name: "a" }]);
  capsule.transaction(() => capsule.insert("notes", { name: "d" }));
});

Deno.test("Capsule.transaction() fails at its end when foreign keys that may wait are broken", () => {
  using capsule = notes();
  capsule.execute("CREATE TABLE kids (note REFERENCES notes DEFERRABLE INITIALLY DEFERRED)");
  assertEquals(
    codeOf(() => capsule.transaction(() => capsule.insert("kids", { note: 1 }))),
    "constraint",
  );
  capsule.transaction(() => {
    capsule.insert("kids", { note: 1 });
    capsule.insert("notes", {});
  });
  assertEquals(codeOf(() => capsule.delete("notes", 1)), "constraint");
});

Deno.test("Capsule says that triggers without an end need a condition", () => {
  using capsule = notes();
  capsule.execute(`CREATE TRIGGER again AFTER UPDATE ON notes BEGIN
    UPDATE notes SET size = NEW.size + 1 WHERE id = NEW.id; END`);
  capsule.insert("notes", {});
  assertThrows(() => capsule.update("notes", 1, { size: 1 }), CapsuleError, "WHEN");
});

Deno.test("Capsule sees new columns and tables at once", () => {
  using capsule = notes();
  capsule.insert("notes", { name: "a" });
  assertEquals(capsule.query("SELECT * FROM notes").length, 1);
  capsule.execute("ALTER TABLE notes ADD COLUMN extra DEFAULT 'e'");
  assertEquals(capsule.insert("notes", { name: "b", extra: "x" }), 2);
  assertEquals(capsule.query("SELECT * FROM notes").map(({ extra }) => extra), ["e", "x"]);
});

Deno.test("Capsule says that it is closed, and closes twice", () => {
  const capsule = notes();
  capsule[Symbol.dispose]();
  capsule[Symbol.dispose]();
  const uses: readonly (() => unknown)[] = [
    () => capsule.query("SELECT 1"),
    () => capsule.execute("SELECT 1"),
    () => capsule.insert("notes", {}),
    () => capsule.transaction(() => 1),
    () => capsule.watch("notes"),
    () => capsule.flush(),
    () => capsule.exportJson("notes"),
    () => capsule.importCsv("notes", "name"),
  ];
  for (const use of uses) assertEquals(codeOf(use), "closed");
});

Deno.test("Capsule undoes a transaction within which it is closed", () => {
  const capsule = notes();
  assertEquals(
    codeOf(() =>
      capsule.transaction(() => {
        capsule.insert("notes", {});
        capsule[Symbol.dispose]();
      })
    ),
    "closed",
  );
});

Deno.test("Capsule prepares a statement once", () => {
  using capsule = notes();
  // Beyond what is kept, older ones are prepared again.
  for (let n = 0; n < 600; n++) capsule.query(`SELECT ${n} AS n`);
  assertEquals(capsule.query("SELECT 0 AS n"), [{ n: 0 }]);
});

Deno.test("beforeSave looks at rows in the order of the hooks, and may stop them", () => {
  using capsule = notes();
  const asked: string[] = [];
  capsule.saves.add({
    beforeSave: (table, data, operation) => {
      asked.push(`${operation} ${table} ${JSON.stringify(data)}`);
      return { ...data, size: Number(data["size"] ?? 0) + 1 };
    },
  });
  using _second = capsule.saves.add({
    beforeSave: (_table, data) => {
      if (data["name"] === "no") throw new Error("not this one");
      data["name"] = "changes of a copy do not count";
    },
  });
  capsule.insert("notes", { name: "a" });
  capsule.update("notes", 1, { size: 5 });
  capsule.updateWhere("notes", "id = ?", [1], { size: 7 });
  const veto = assertThrows(
    () => capsule.insertMultiple("notes", [{ name: "b" }, { name: "no" }]),
    CapsuleError,
  );
  assertEquals(veto.code, "veto");
  assertInstanceOf(veto.cause, Error);
  capsule.execute("INSERT INTO notes (name) VALUES ('no')");
  assertEquals(asked.length, 5);
  assertEquals(asked[1], 'UPDATE notes {"size":5}');
  assertEquals(capsule.query("SELECT name, size FROM notes"), [
    { name: "a", size: 8 },
    { name: "no", size: null },
  ]);
});

Deno.test("afterSave and changed are told after the commit, however a row was written", () => {
  using capsule = notes();
  const told: unknown[] = [];
  const hooks = capsule.saves.add({
    afterSave: (table, row, operation) => told.push([operation, table, row["name"]]),
    changed: (changes) => told.push(changes.length),
  });
  capsule.transaction(() => {
    capsule.insert("notes", { name: "a" });
    capsule.execute("UPDATE notes SET name = 'b'");
    assertEquals(told, []);
  });
  capsule.delete("notes", 1);
  assertEquals(told, [["INSERT", "notes", "a"], ["UPDATE", "notes", "b"], 2, 1]);
  hooks[Symbol.dispose]();
  capsule.insert("notes", {});
  assertEquals(told.length, 4);
});

Deno.test("Hooks that write are told of that afterwards, and not without end", () => {
  const errors: unknown[] = [];
  using capsule = Capsule.open(":memory:", { onError: (error) => errors.push(error) });
  capsule.execute(NOTES);
  const order: unknown[] = [];
  using first = capsule.saves.add({
    changed: ([change]) => {
      order.push(change!.row["id"]);
      if (change!.row["id"] === 1) capsule.insert("notes", { id: 2 });
      order.push("done");
      throw new Error("reported");
    },
  });
  capsule.insert("notes", { id: 1 });
  assertEquals(order, [1, "done", 2, "done"]);
  assertEquals(errors.length, 2);
  first[Symbol.dispose]();

  errors.length = 0;
  capsule.saves.add({ changed: () => void capsule.insert("notes", {}) });
  capsule.insert("notes", {});
  assertEquals(errors.map((error) => (error as CapsuleError).code), ["watch_loop"]);
});
