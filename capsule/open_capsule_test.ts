import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TempFolder } from "../tests/_temp_folder.ts";
import { Capsule, CapsuleError, SqliteStore, Tables } from "./mod.ts";

function codeOf(work: () => unknown): string {
  return assertThrows(work, CapsuleError).code;
}

Deno.test("Capsule.open() makes a file, and finds in it what was written", () => {
  using folder = new TempFolder();
  const file = folder.file("a.db");
  for (const path of [file, new URL(`file://${file}`), `file://${file}`]) {
    using capsule = Capsule.open(path);
    capsule.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY)");
    capsule.insert("notes", {});
    assertEquals(capsule.queryScalar("PRAGMA journal_mode"), "wal");
    assertEquals(capsule.queryScalar("PRAGMA foreign_keys"), 1);
  }
  using capsule = Capsule.open(file, { synchronous: "normal" });
  assertEquals(capsule.queryScalar("SELECT count(*) FROM notes"), 3);
  assertEquals(capsule.queryScalar("PRAGMA synchronous"), 1);
});

Deno.test("Capsule.open() lets one capsule have a file, until it is closed", () => {
  using folder = new TempFolder();
  const file = folder.file("a.db");
  const first = Capsule.open(file);
  const error = assertThrows(() => Capsule.open(file), CapsuleError, "Database is locked");
  assertEquals(error.code, "locked");
  first.execute("CREATE TABLE notes (id)");
  // Nor may any other program read it meanwhile.
  using other = new DatabaseSync(file);
  assertThrows(() => other.prepare("SELECT * FROM notes").all(), Error, "locked");
  first[Symbol.dispose]();
  Capsule.open(file)[Symbol.dispose]();
});

Deno.test("Capsule.open() says when another program has the file", () => {
  using folder = new TempFolder();
  const file = folder.file("a.db");
  Capsule.open(file)[Symbol.dispose]();
  using other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  assertEquals(codeOf(() => Capsule.open(file)), "locked");
});

Deno.test("Capsule.open() leaves files of others as they are", () => {
  using folder = new TempFolder();
  const files: Record<string, (file: string) => void> = {
    "store.db": (file) => SqliteStore.open(file)[Symbol.dispose](),
    "index.db": (file) => Tables.open(file, { tables: [] })[Symbol.dispose](),
    "app.db": (file) => {
      using db = new DatabaseSync(file);
      db.exec("CREATE TABLE theirs (id)");
    },
    "marked.db": (file) => {
      using db = new DatabaseSync(file);
      db.exec("PRAGMA application_id = 5");
    },
    "text.db": (file) => Deno.writeTextFileSync(file, "not a database\n".repeat(100)),
  };
  for (const [name, make] of Object.entries(files)) {
    const file = folder.file(name);
    make(file);
    const before = Deno.readFileSync(file);
    assertEquals(codeOf(() => Capsule.open(file)), "not_a_database", name);
    assertEquals(Deno.readFileSync(file), before, name);
  }
});

Deno.test("A capsule's file is no peer's store", () => {
  using folder = new TempFolder();
  const file = folder.file("a.db");
  Capsule.open(file)[Symbol.dispose]();
  assertEquals(codeOf(() => SqliteStore.open(file)), "not_a_database");
  Capsule.open(file)[Symbol.dispose]();
});

Deno.test("Capsule.open() takes a file that is empty, and none of a later release", () => {
  using folder = new TempFolder();
  const file = folder.file("a.db");
  Deno.writeTextFileSync(file, "");
  Capsule.open(file)[Symbol.dispose]();
  {
    using db = new DatabaseSync(file);
    db.exec("UPDATE _capsule_meta SET version = 99");
  }
  assertEquals(codeOf(() => Capsule.open(file)), "newer_schema");
});

Deno.test("Capsule.open() says when the file cannot be opened or read", () => {
  using folder = new TempFolder();
  assertEquals(codeOf(() => Capsule.open(folder.file("missing/a.db"))), "io");
  assertThrows(() => Capsule.open(""), TypeError);
  const file = folder.file("a.db");
  {
    using capsule = Capsule.open(file);
    capsule.execute("CREATE TABLE notes (text)");
    for (let n = 0; n < 50; n++) capsule.insert("notes", { text: "x".repeat(500) });
  }
  const bytes = Deno.readFileSync(file);
  bytes.fill(0xff, 4096); // all but the schema
  Deno.writeFileSync(file, bytes);
  assertEquals(
    codeOf(() => {
      using capsule = Capsule.open(file);
      capsule.query("SELECT * FROM notes");
    }),
    "corrupt",
  );
});

Deno.test("Capsule.open() needs no permission in memory", { permissions: "none" }, () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
  capsule.watch("notes", () => {});
  assertEquals(capsule.insert("notes", {}), 1);
  capsule.flush();
});

Deno.test("A transaction that did not end is not in the file", () => {
  using folder = new TempFolder();
  const file = folder.file("a.db");
  const capsule = Capsule.open(file);
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
  assertThrows(() =>
    capsule.transaction(() => {
      capsule.insert("notes", {});
      capsule[Symbol.dispose]();
    })
  );
  using again = Capsule.open(file);
  assertEquals(again.query("SELECT * FROM notes"), []);
});

Deno.test("Capsule.backup() copies everything into a file that can be opened", async () => {
  using folder = new TempFolder();
  using capsule = Capsule.open(folder.file("a.db"));
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)");
  capsule.insertMultiple("notes", Array.from({ length: 500 }, () => ({ text: "x".repeat(900) })));
  const copy = folder.file("copy.db");
  Deno.writeTextFileSync(`${copy}-new`, "what an earlier backup has left");
  for (let n = 0; n < 2; n++) await capsule.backup(copy);
  capsule.insert("notes", { text: "later" });
  using copied = Capsule.open(new URL(`file://${copy}`));
  assertEquals(copied.queryScalar("SELECT count(*) FROM notes"), 500);

  const inUse = await assertRejects(() => capsule.backup(copy), CapsuleError);
  assertEquals(inUse.code, "locked");
  const nowhere = await assertRejects(
    () => capsule.backup(folder.file("no/copy.db")),
    CapsuleError,
  );
  assertEquals(nowhere.code, "io");
  let refused: Promise<void> | undefined;
  capsule.transaction(() => void (refused = capsule.backup(folder.file("b.db"))));
  await assertRejects(() => refused!, TypeError);
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).toSorted();
  assertEquals(names, ["a.db", "a.db-wal", "copy.db", "copy.db-wal"]);
});

Deno.test("Capsule.backup() of a database in memory makes a file", async () => {
  using folder = new TempFolder();
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
  await capsule.backup(folder.file("a.db"));
  using copied = Capsule.open(folder.file("a.db"));
  assert(copied.query("SELECT * FROM notes").length === 0);
});
