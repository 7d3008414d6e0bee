import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { seededSources } from "../sync/mod.ts";
import { argument } from "../tests/_argument.ts";
import { TempFolder } from "../tests/_temp_folder.ts";
import { trigramQuery, TRIGRAMS_MAX } from "./_trigrams.ts";
import { CapsuleError } from "./errors.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { Tables } from "./tables.ts";
import type { TableDefinition, TableRow } from "./tables.ts";

/** More and others of them: `deno test ... capsule/tables_test.ts -- --flips=5000 --with=x`. */
const FLIPS = Number(argument("flips") ?? 150);
const SEED = argument("with") ?? "tables 20260111";

const BOOKS: TableDefinition = {
  name: "books",
  columns: { room: "text", place: "integer", title: "text", lent: "boolean?", weight: "real?" },
  key: ["room", "place"],
  order: ["room", "title", "place"],
  search: {
    columns: ["title"],
    textOf: ({ title }) => title === "" ? undefined : String(title).toLowerCase(),
    fold: (text) => text.toLowerCase(),
  },
};
/** A table whose names are words of SQL. */
const ORDER: TableDefinition = {
  name: "order",
  columns: { select: "text", group: "text?" },
  key: ["select"],
};
const OPTIONS = { tables: [BOOKS, ORDER] };

function book(place: number, title: string, room = "hall"): TableRow {
  return { room, place, title, lent: null, weight: null };
}
function places(rows: readonly TableRow[]): readonly unknown[] {
  return rows.map(({ place }) => place);
}
function codeOf(work: () => unknown): string {
  return assertThrows(work, CapsuleError).code;
}

Deno.test("Tables keeps every value as it is", () => {
  using tables = Tables.open(":memory:", OPTIONS);
  const rows = [
    { room: "hall", place: 1, title: "a\0b\0", lent: true, weight: 0.5 },
    { room: "hall", place: 2, title: "İ 😀\ufffe", lent: false, weight: -1 },
    { room: "hall", place: Number.MAX_SAFE_INTEGER, title: "\ufeffb", lent: null, weight: null },
  ];
  tables.upsert("books", rows);
  assertEquals(tables.rows("books", { room: "hall" }), rows);
  assertEquals(tables.rows("books", { title: "a\0b\0" }, ["place"]), [{ place: 1 }]);
  tables.upsert("order", [{ select: "\ud83d", group: "x" }, { select: "y", group: null }]);
  assertEquals(tables.rows("order"), [{ select: "y", group: null }, {
    select: "\ufffd",
    group: "x",
  }]);
});

Deno.test("Tables.replaceRows() makes a scope what it should be and leaves the others", () => {
  using tables = Tables.open(":memory:", OPTIONS);
  tables.upsert("books", [book(1, "Tides"), book(2, "Winds"), book(1, "Sands", "attic")]);
  const before = changesOf(tables);
  tables.replaceRows("books", { room: "hall" }, [book(3, "Rains"), book(2, "Winds")]);
  assertEquals(places(tables.rows("books", { room: "hall" })), [3, 2]);
  assertEquals(places(tables.rows("books", { room: "attic" })), [1]);
  assertEquals(tables.search("books", {}, "tides"), []);
  assert(changesOf(tables) > before);
  const after = changesOf(tables);
  tables.replaceRows("books", { room: "hall" }, [book(2, "Winds"), book(3, "Rains")]);
  assertEquals(changesOf(tables), after);
  assertThrows(() => tables.replaceRows("books", { room: "attic" }, [book(1, "Tides")]), TypeError);
  tables.replaceRows("books", {}, [book(1, "one"), book(1, "another")]);
  assertEquals(tables.rows("books"), [book(1, "another")]);
  tables.clear();
  assertEquals([tables.rows("books"), tables.search("books", {}, "ano")], [[], []]);
});

Deno.test("Tables.search() finds texts in order, and only in rows that have them now", () => {
  using tables = Tables.open(":memory:", OPTIONS);
  tables.upsert("books", [
    book(1, "Zephyr Winds"),
    book(2, "The WINDS"),
    book(3, ""),
    book(4, "w"),
  ]);
  const find = (text: string, where: TableRow = {}) => places(tables.search("books", where, text));
  assertEquals(find("winds"), [2, 1]);
  assertEquals(find("Winds", { place: 1 }), [1]);
  assertEquals(find("w"), [2, 1, 4]);
  assertEquals(find("zephyr winds!"), []);
  // All groups of three are there, and the text is not.
  tables.upsert("books", [book(5, "abcd bcde")]);
  assertEquals([find("abcde"), find("bcd b")], [[], [5]]);
  tables.upsert("books", [book(1, "Calm")]);
  assertEquals([find("zephyr"), find("calm")], [[], [1]]);
  tables.delete("books", { place: 2 });
  assertEquals(find("winds"), []);
  assertEquals(tables.query("SELECT count(*) AS count FROM books_search"), [{ count: 3 }]);
  assertThrows(() => tables.search("order", {}, "winds"), TypeError, "no texts");
});

Deno.test("trigramQuery() quotes every group and asks for a limited number", () => {
  assertEquals(trigramQuery("ab"), undefined);
  assertEquals(trigramQuery("😀😁"), undefined);
  assertEquals(trigramQuery("\ud83dabc"), undefined);
  assertEquals(trigramQuery('a"b*'), '"a""b" AND """b*"');
  assertEquals(trigramQuery("a\0bc"), '"a\ufffdb" AND "\ufffdbc"');
  const long = Array.from({ length: 500 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join("");
  assertEquals(trigramQuery(long)!.split(" AND ").length, TRIGRAMS_MAX);
  assertEquals(trigramQuery("a".repeat(100_000)), '"aaa"');
});

Deno.test("Tables.transact() writes all or nothing, also within another", () => {
  using tables = Tables.open(":memory:", OPTIONS);
  assertThrows(
    () =>
      tables.transact(() => {
        tables.upsert("books", [book(1, "Tides")]);
        tables.transact(() => tables.upsert("books", [book(2, "Winds")]));
        assertEquals(tables.search("books", {}, "winds").length, 1);
        throw new Error("changed my mind");
      }),
    Error,
    "mind",
  );
  assertEquals([tables.rows("books"), tables.search("books", {}, "winds")], [[], []]);
  assertThrows(() => tables.upsert("books", [book(1, "Tides"), book(0.5, "Half")]), TypeError);
  assertEquals(tables.rows("books"), []);
  assertEquals(tables.transact(() => 7), 7);
});

Deno.test("Tables takes plain names, known columns and fitting values only", () => {
  const faulty: readonly Partial<TableDefinition>[] = [
    { name: 'a"; DROP TABLE books; --' },
    { name: "_capsule_index" },
    { name: "" },
    { columns: { 'x" TEXT, "y': "text" } },
    { columns: { select: "text", _row: "integer" } },
    { columns: { select: "TEXT" as "text" } },
    { columns: { select: "text?" } },
    { key: [] },
    { key: ["group", "toString"] },
    { order: ["nowhere"] },
  ];
  for (const each of faulty) {
    const tables = [{ ...ORDER, ...each }];
    assertThrows(() => Tables.open(":memory:", { tables }), TypeError, "Cannot define table");
  }
  using tables = Tables.open(":memory:", OPTIONS);
  const wrong: readonly TableRow[] = [
    { room: "hall" },
    { ...book(1, "x"), place: "1" },
    { ...book(1, "x"), place: NaN },
    { ...book(1, "x"), place: 2 ** 53 },
    { ...book(1, "x"), weight: Infinity },
    { ...book(1, "x"), lent: 1 },
    { ...book(1, "x"), room: null },
    { ...book(1, "x"), 'room" OR 1': "x" },
    { ...book(1, "x"), toString: "x" },
  ];
  for (const row of wrong) assertThrows(() => tables.upsert("books", [row]), TypeError, "column");
  for (const where of [{ "1 OR 1": 1 }, { lent: null }, { constructor: 1 }, { place: "x" }]) {
    assertThrows(() => tables.rows("books", where as TableRow), TypeError, "column");
    assertThrows(() => tables.delete("books", where as TableRow), TypeError, "column");
  }
  assertThrows(() => tables.rows("books", {}, ["1, 2"]), TypeError, "column");
  assertThrows(() => tables.rows("sqlite_schema"), TypeError, "there is none");
  assertEquals(tables.rows("books"), []);
});

Deno.test("Tables.query() reads and cannot write", () => {
  using tables = Tables.open(":memory:", OPTIONS);
  tables.upsert("books", [book(1, "Tides"), book(2, "Winds")]);
  const titles = tables.query<{ title: string }>("SELECT title FROM books WHERE place > ?", 1);
  assertEquals(titles.map(({ title }) => title), ["Winds"]);
  const ordered = "WITH x AS (SELECT * FROM books) SELECT place, lent FROM x ORDER BY place DESC";
  assertEquals(places(tables.query(`${ordered} -- by place`)), [2, 1]);
  const faulty = ["WITH x AS (SELECT 1) DELETE FROM books", "SELECT frm", "SELECT json('{')"];
  for (const sql of faulty) {
    const error = assertThrows(() => tables.query(sql), Error);
    assertFalse(error instanceof CapsuleError || tables.recover(error), sql);
  }
  assertThrows(() => tables.query("SELECT ?", 1, 2), Error, "out of range");
  for (const sql of ["DELETE FROM books", "PRAGMA query_only = OFF", "ATTACH 'x' AS y", "-- \n"]) {
    assertThrows(() => tables.query(sql), TypeError, "Cannot query");
  }
  tables.query("SELECT 1); DELETE FROM books; --");
  assertEquals(tables.rows("books").length, 2);
});

Deno.test("Tables.open() keeps rows, and begins anew for other tables and another stamp", () => {
  using folder = new TempFolder();
  const path = folder.file("store.db.index");
  const open = (tables = OPTIONS.tables, stamp = "1") => Tables.open(path, { tables, stamp });
  const wasNew = (tables: Tables) => {
    using opened = tables;
    assertEquals(opened.rows("books").length, opened.isNew ? 0 : 1);
    opened.upsert("books", [book(1, "Tides")]);
    return opened.isNew;
  };
  assertEquals([wasNew(open()), wasNew(open())], [true, false]);
  assertEquals([wasNew(open([BOOKS])), wasNew(open([BOOKS]))], [true, false]);
  assertEquals([wasNew(open([BOOKS], "2")), wasNew(open([BOOKS], "2"))], [true, false]);
  const altered = new DatabaseSync(path);
  altered.exec("CREATE TRIGGER evil AFTER INSERT ON books BEGIN DELETE FROM books; END");
  altered.close();
  assert(wasNew(open([BOOKS], "2")));
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["store.db.index"]);
});

Deno.test("Tables.open() leaves what is no index as it is", () => {
  using folder = new TempFolder();
  const path = folder.file("other");
  SqliteStore.open(path)[Symbol.dispose]();
  const contents = [Deno.readFileSync(path)];
  using foreign = new TempFolder();
  const db = new DatabaseSync(foreign.file("x"));
  db.exec("CREATE TABLE x (y)");
  db.close();
  contents.push(Deno.readFileSync(foreign.file("x")));
  contents.push(new TextEncoder().encode("a shopping list, of some length ".repeat(99)));
  contents.push(new TextEncoder().encode("short"));
  for (const bytes of contents) {
    Deno.writeFileSync(path, bytes);
    assertEquals(codeOf(() => Tables.open(path, OPTIONS)), "not_a_database");
    assertEquals(Deno.readFileSync(path), bytes);
  }
  Deno.writeFileSync(path, new Uint8Array(0));
  using tables = Tables.open(path, OPTIONS);
  assert(tables.isNew);
  assertEquals(codeOf(() => Tables.open(folder.file("nowhere/x"), OPTIONS)), "io");
});

Deno.test("Tables.open() begins anew for a file that only a later SQLite writes", () => {
  using folder = new TempFolder();
  const path = folder.file("store.db.index");
  Tables.open(path, OPTIONS)[Symbol.dispose]();
  const bytes = Deno.readFileSync(path);
  bytes[18] = 9; // the version that it must be written by
  Deno.writeFileSync(path, bytes);
  using tables = Tables.open(path, OPTIONS);
  assert(tables.isNew);
  tables.upsert("books", [book(1, "Tides")]);
});

Deno.test("Tables.open() takes no log for its own that an earlier file has left", () => {
  using folder = new TempFolder();
  const path = folder.file("store.db.index");
  {
    using tables = Tables.open(path, OPTIONS);
    tables.upsert("books", [book(1, "Tides")]);
    Deno.copyFileSync(`${path}-wal`, folder.file("log"));
  }
  Deno.removeSync(path);
  Deno.renameSync(folder.file("log"), `${path}-wal`);
  Deno.writeTextFileSync(`${path}-new`, "half a draft");
  using tables = Tables.open(path, OPTIONS);
  assertEquals([tables.isNew, tables.rows("books")], [true, []]);
});

Deno.test("Tables can be read by others, and says when they write", () => {
  using folder = new TempFolder();
  const path = folder.file("store.db.index");
  using tables = Tables.open(path, OPTIONS);
  tables.upsert("books", [book(1, "Tides")]);
  const other = new DatabaseSync(path);
  try {
    assertEquals({ ...other.prepare("SELECT title FROM books").get() }, { title: "Tides" });
    other.exec("BEGIN IMMEDIATE");
    assertEquals(codeOf(() => tables.upsert("books", [book(2, "Winds")])), "locked");
    other.exec("ROLLBACK");
    tables.upsert("books", [book(2, "Winds")]);
    assertEquals(other.prepare("SELECT title FROM books").all().length, 2);
  } finally {
    other.close();
  }
});

Deno.test(`Tables survives each of ${FLIPS} flipped bits (seed "${SEED}")`, () => {
  using folder = new TempFolder();
  const path = folder.file("store.db.index");
  const { random } = seededSources(SEED, () => 0);
  const below = (end: number) => Math.floor(random() * end);
  const rows = Array.from({ length: 200 }, (_, n) => book(n, `volume ${n} of ${below(1e9)}`));
  {
    using tables = Tables.open(path, OPTIONS);
    tables.upsert("books", rows);
  }
  const bytes = Deno.readFileSync(path);
  let renewed = 0;
  for (let n = 0; n < FLIPS; n++) {
    const at = n < 100 ? n : below(bytes.length);
    const bit = below(8);
    bytes[at]! ^= 1 << bit;
    Deno.writeFileSync(path, bytes);
    bytes[at]! ^= 1 << bit;
    renewed += surviveOne(path, rows, `bit ${bit} of byte ${at}`);
  }
  assert(renewed > 10, `${renewed} files were made anew`);
});

/** Opens a file that may be damaged; it can be filled, if not now then after it is made anew. */
function surviveOne(path: string, rows: readonly TableRow[], what: string): number {
  try {
    using tables = Tables.open(path, OPTIONS);
    try {
      tables.search("books", {}, "volume");
      tables.replaceRows("books", {}, rows);
    } catch (error) {
      assert(tables.recover(error), `${what}: ${error}`);
      tables.replaceRows("books", {}, rows);
    }
    assertEquals(tables.rows("books").length, rows.length, what);
    return Number(tables.isNew);
  } catch (error) {
    // Four bytes, with the first sixteen, say that the file is an index.
    assert(error instanceof CapsuleError, `${what}: ${error}`);
    assertEquals(error.code, "not_a_database", `${what}: ${error}`);
    Deno.removeSync(path);
    return 0;
  }
}

Deno.test("Tables.recover() is for damage of its own file only", () => {
  using tables = Tables.open(":memory:", OPTIONS);
  tables.upsert("books", [book(1, "Tides")]);
  assertFalse(tables.recover(new Error("something else")));
  assertFalse(tables.recover(new CapsuleError("corrupt", "Cannot open store: another file")));
  assertEquals(tables.rows("books").length, 1);
});

Deno.test("Tables says that it is closed, and closes twice", () => {
  const tables = Tables.open(":memory:", OPTIONS);
  tables[Symbol.dispose]();
  tables[Symbol.dispose]();
  const calls = [
    () => tables.rows("books"),
    () => tables.upsert("books", []),
    () => tables.search("books", {}, "x"),
    () => tables.query("SELECT 1"),
    () => tables.transact(() => 1),
  ];
  for (const call of calls) assertEquals(codeOf(call), "closed");
});

function changesOf(tables: Tables): number {
  return tables.query<{ n: number }>("SELECT total_changes() AS n")[0]!.n;
}
