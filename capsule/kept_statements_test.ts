import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Capsule } from "./capsule.ts";
import { CapsuleError } from "./errors.ts";

const BY_ID = "SELECT text FROM notes WHERE id = ?";

function open(): Capsule {
  const capsule = Capsule.open();
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)");
  capsule.insert("notes", { text: "tea" });
  return capsule;
}

Deno.test("keptStatements: a query is run if it was run before", () => {
  using capsule = open();
  const { keptStatements: kept } = capsule;
  assertEquals(kept.queryScalar(BY_ID, [1]), undefined);
  assertEquals(kept.queryOne(BY_ID, [1]), undefined);
  assertEquals(capsule.queryScalar(BY_ID, 1), "tea");
  assertEquals(kept.queryScalar(BY_ID, [1]), { value: "tea" });
  assertEquals(kept.queryOne(BY_ID, [1]), { value: { text: "tea" } });
  assertEquals(kept.queryOne(BY_ID, [2]), { value: undefined });
  assertEquals(kept.query(BY_ID, [1]), undefined, "its rows have no limit yet");
  capsule.query(BY_ID, 1);
  assertEquals(kept.query(BY_ID, [1]), { value: [{ text: "tea" }] });
});

Deno.test("keptStatements: an insert is made if it was the latest, and nobody is to be told", () => {
  using capsule = open();
  const { keptStatements: kept } = capsule;
  assertEquals(kept.insert("notes", { text: "milk" }), { value: 2 });
  assertEquals(kept.insert("notes", { id: 9 }), undefined, "other columns");
  const seen: unknown[] = [];
  const watcher = capsule.watch("notes", (changes) => seen.push(...changes));
  assertEquals(kept.insert("notes", { text: "jam" }), undefined);
  capsule.insert("notes", { text: "jam" });
  capsule.flush();
  assertEquals(seen.length, 1);
  watcher[Symbol.dispose]();
  capsule.insert("notes", { text: "rye" });
  assertEquals(kept.insert("notes", { text: "oats" }), { value: 5 });
  using _hook = capsule.saves.add({ beforeSave: () => ({ text: "changed" }) });
  assertEquals(kept.insert("notes", { text: "x" }), undefined);
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 5);
});

Deno.test("keptStatements: a query that writes is none of them", () => {
  using capsule = open();
  const sql = "INSERT INTO notes (text) VALUES ('x') RETURNING id";
  capsule.query(sql);
  assertEquals(capsule.keptStatements.query(sql, []), undefined);
  assertEquals(capsule.keptStatements.queryScalar(sql, []), undefined);
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 2);
});

Deno.test("keptStatements: an insert is one step of SQLite, however large its number", () => {
  using capsule = open();
  capsule.insert("notes", { id: 5 });
  const { prepare } = DatabaseSync.prototype;
  let prepared = 0;
  DatabaseSync.prototype.prepare = function (...args) {
    prepared++;
    return prepare.apply(this, args);
  };
  try {
    assertEquals(capsule.keptStatements.insert("notes", { id: 2n ** 61n }), { value: 2n ** 61n });
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  assertEquals(prepared, 0);
});

Deno.test("keptStatements: numbers beyond 2^53 come back exact, and later ones too", () => {
  using capsule = open();
  capsule.insert("notes", { id: 2n ** 60n });
  assertEquals(capsule.keptStatements.insert("notes", { id: 2n ** 61n }), { value: 2n ** 61n });
  assertEquals(capsule.insert("notes", { id: 2n ** 62n }), 2n ** 62n);
  assertEquals(capsule.insert("notes", { id: 7 }), 7);
});

Deno.test("keptStatements: rows with a condition on failing, or of other kinds of tables, are not", () => {
  using capsule = open();
  capsule.execute(`CREATE TABLE keyed (k TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE loose (n UNIQUE ON CONFLICT FAIL)`);
  capsule.insert("keyed", { k: "a" });
  assertEquals(capsule.keptStatements.insert("keyed", { k: "b" }), undefined);
  capsule.insert("notes", { text: "tea" });
  assertEquals(capsule.keptStatements.insert("notes", { text: "x" }), undefined);
});

Deno.test("keptStatements: what is not permitted, wrong or closed is refused as ever", () => {
  const capsule = open();
  const { keptStatements: kept } = capsule;
  capsule.queryScalar(BY_ID, 1);
  const permit = () => {
    throw new RangeError("not you");
  };
  assertThrows(() => kept.queryScalar(BY_ID, [1], permit), RangeError, "not you");
  assertThrows(() => kept.insert("notes", { text: "x" }, permit), RangeError, "not you");
  assertThrows(
    () => capsule.permitting(permit, () => kept.queryOne(BY_ID, [1])),
    RangeError,
    "not you",
  );
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 1);
  capsule.execute("ALTER TABLE notes ADD COLUMN more");
  assertEquals(kept.queryScalar(BY_ID, [1]), undefined, "tables have changed");
  capsule.execute("CREATE TABLE few (n CHECK (n < 3))");
  capsule.insert("few", { n: 1 });
  const error = assertThrows(() => kept.insert("few", { n: 5 }), CapsuleError);
  assertEquals(error.code, "constraint");
  capsule.queryScalar(BY_ID, 1);
  capsule[Symbol.dispose]();
  assert(assertThrows(() => kept.queryScalar(BY_ID, [1]), CapsuleError).code === "closed");
});
