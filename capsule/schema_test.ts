import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TempFolder } from "../tests/_temp_folder.ts";
import { CapsuleError } from "./errors.ts";
import { APPLICATION_ID, internalSchema, migrate, MIGRATIONS, SCHEMA_VERSION } from "./schema.ts";
import { SqliteStore } from "./sqlite_store.ts";

const one = Uint8Array.of(1);

function versionOf(db: DatabaseSync): unknown {
  return db.prepare("PRAGMA user_version").get()?.["user_version"];
}

/** A file of version 0: an application's tables, marked as ours, without any internal one. */
function makeVersion0(file: string): void {
  using db = new DatabaseSync(file);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.exec("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')");
}

Deno.test("SCHEMA_VERSION is what the migrations lead to", () => {
  assertEquals(SCHEMA_VERSION, MIGRATIONS.length);
});

Deno.test("SqliteStore.open() brings a file from version 0 to 1 and keeps what is in it", () => {
  using folder = new TempFolder();
  const file = folder.file("x.db");
  makeVersion0(file);
  using store = SqliteStore.open(file);
  store.transact((writer) => writer.put("a", "k", one));
  store[Symbol.dispose]();
  using db = new DatabaseSync(file);
  assertEquals(versionOf(db), 1);
  assertEquals(db.prepare("SELECT text FROM notes").get()?.["text"], "mine");
  db.close();
  using again = SqliteStore.open(file);
  assertEquals(again.get("a", "k"), one);
});

Deno.test("migrate() goes on from any version, and on an error leaves the file as it was", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db);
  const before = internalSchema(db);
  const more = [
    ...MIGRATIONS,
    (db: DatabaseSync) => db.exec("CREATE TABLE _capsule_later (a)"),
    (db: DatabaseSync) => db.exec("INSERT INTO _capsule_later VALUES (7)"),
  ];
  const failing = () => {
    throw new RangeError("on purpose");
  };
  assertThrows(() => migrate(db, [...more, failing]), RangeError, "on purpose");
  assertEquals([versionOf(db), internalSchema(db)], [1, before]);
  migrate(db, more);
  assertEquals(versionOf(db), 3);
  assertEquals(db.prepare("SELECT a FROM _capsule_later").all().length, 1);
});

Deno.test("SqliteStore.open() refuses a file of a later release and leaves it as it was", () => {
  using folder = new TempFolder();
  const file = folder.file("x.db");
  SqliteStore.open(file)[Symbol.dispose]();
  using db = new DatabaseSync(file);
  migrate(db, [...MIGRATIONS, (db) => db.exec("CREATE TABLE _capsule_later (a)")]);
  db.close();
  const before = Deno.readFileSync(file);
  const error = assertThrows(() => SqliteStore.open(file), CapsuleError);
  assertEquals(error.code, "newer_schema");
  assertEquals(
    error.message,
    "Cannot open store: its version is 2, and this release knows up to 1",
  );
  assertEquals(Deno.readFileSync(file), before);
});

Deno.test("SqliteStore.open() refuses internal tables that are not the expected ones", () => {
  using folder = new TempFolder();
  for (
    const sql of [
      "DROP TABLE _capsule_meta",
      "DROP TABLE _capsule_documents",
      "DELETE FROM _capsule_meta",
      "UPDATE _capsule_meta SET row_count = 0",
      "ALTER TABLE _capsule_records RENAME COLUMN value TO worth",
      "CREATE TRIGGER t AFTER INSERT ON _capsule_records BEGIN DELETE FROM _capsule_documents; END",
      "DELETE FROM _capsule_records WHERE key = 'k'",
      "UPDATE _capsule_records SET key = 'other' WHERE key = 'k'",
      "UPDATE _capsule_documents SET bytes = x'03'",
    ]
  ) {
    const file = folder.file("x.db");
    using store = SqliteStore.open(file);
    store.transact((writer) => {
      writer.put("a", "k", one);
      writer.appendChunk("d", one);
    });
    store[Symbol.dispose]();
    using db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
    assertEquals(assertThrows(() => SqliteStore.open(file), CapsuleError, "", sql).code, "corrupt");
    Deno.removeSync(file);
  }
});
