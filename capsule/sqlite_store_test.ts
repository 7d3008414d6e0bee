import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL as toFileUrl } from "node:url";
import type { Store, StoreWriter } from "../sync/mod.ts";
import { testStore } from "../sync/store_conformance.ts";
import { TempFolder } from "../tests/_temp_folder.ts";
import { CapsuleError } from "./errors.ts";
import type { CapsuleErrorCode } from "./errors.ts";
import { SqliteStore } from "./sqlite_store.ts";

/** A store that takes a folder of its own with it. */
class StoreInFolder implements Store {
  readonly folder: TempFolder;
  #store: SqliteStore;

  constructor() {
    this.folder = new TempFolder();
    this.#store = SqliteStore.open(this.folder.file("store.db"));
  }

  reopen(): this {
    this.#store[Symbol.dispose]();
    this.#store = SqliteStore.open(this.folder.file("store.db"));
    return this;
  }

  get: Store["get"] = (space, key) => this.#store.get(space, key);
  entries: Store["entries"] = (space, prefix) => this.#store.entries(space, prefix);
  documents: Store["documents"] = () => this.#store.documents();
  readDocument: Store["readDocument"] = (id) => this.#store.readDocument(id);
  transact: Store["transact"] = (work) => this.#store.transact(work);

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]();
    try {
      this.folder[Symbol.dispose]();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // a second time
    }
  }
}

testStore("SqliteStore in memory", () => SqliteStore.open());
testStore("SqliteStore in a file", () => new StoreInFolder(), {
  reopen: (store) => (store as StoreInFolder).reopen(),
});

function assertRefused(code: CapsuleErrorCode, work: () => unknown, says = ""): void {
  assertEquals(assertThrows(work, CapsuleError, says).code, code);
}

const one = (writer: StoreWriter) => writer.put("a", "k", Uint8Array.of(1));

Deno.test("SqliteStore.open() of a file that is open says that it is locked", () => {
  using folder = new TempFolder();
  using store = SqliteStore.open(folder.file("x.db"));
  const open = () => SqliteStore.open(folder.file("x.db"));
  assertEquals(assertThrows(open, CapsuleError).message, "Database is locked");
  assertRefused("locked", open);
  store.transact(one);
  store[Symbol.dispose]();
  using again = open();
  assertEquals(again.get("a", "k"), Uint8Array.of(1));
});

Deno.test("SqliteStore.open() takes a path, a URL or its text for the same file", () => {
  using folder = new TempFolder();
  const file = folder.file("x y#.db");
  const url = toFileUrl(file);
  for (const path of [file, url, url.href]) {
    using store = SqliteStore.open(path);
    store.transact(one);
    assertRefused("locked", () => SqliteStore.open(file));
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["x y#.db"]);
});

Deno.test({
  name: "SqliteStore.open() follows a link to where the log is",
  ignore: Deno.build.os === "windows",
  fn() {
    using folder = new TempFolder();
    const [file, link] = [folder.file("x.db"), folder.file("link.db")];
    SqliteStore.open(file)[Symbol.dispose]();
    // Deno.symlink() needs more permissions than the tests have.
    new Deno.Command("ln", { args: ["-s", "x.db", link] }).outputSync();
    using store = SqliteStore.open(link);
    store.transact(one);
    assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
      "link.db",
      "x.db",
      "x.db-wal",
    ]);
  },
});

Deno.test("SqliteStore leaves one file when it is disposed", () => {
  using folder = new TempFolder();
  SqliteStore.open(folder.file("x.db"))[Symbol.dispose]();
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["x.db"]);
});

Deno.test("SqliteStore.open() refuses a folder that does not exist, and an empty path", () => {
  using folder = new TempFolder();
  assertRefused("io", () => SqliteStore.open(folder.file("no/x.db")), "unable to open");
  assertRefused("io", () => SqliteStore.open(folder.path), "unable to open");
  assertThrows(() => SqliteStore.open(""), TypeError, "empty");
});

Deno.test("SqliteStore.open() leaves another application's database as it was", () => {
  using folder = new TempFolder();
  const file = folder.file("theirs.db");
  using theirs = new DatabaseSync(file);
  theirs.exec("PRAGMA application_id = 7; CREATE TABLE t (a)");
  theirs.close();
  const before = Deno.readFileSync(file);
  assertRefused("not_a_database", () => SqliteStore.open(file), "another application");
  assertEquals(Deno.readFileSync(file), before);
});

Deno.test("SqliteStore.open() refuses a file that is no database", () => {
  using folder = new TempFolder();
  for (const text of ["x", "not a database ".repeat(1000)]) {
    Deno.writeTextFileSync(folder.file("x.db"), text);
    assertRefused("not_a_database", () => SqliteStore.open(folder.file("x.db")));
    assertEquals(Deno.readTextFileSync(folder.file("x.db")), text);
  }
});

Deno.test("SqliteStore.open() never takes an empty file for a new store", () => {
  using folder = new TempFolder();
  Deno.createSync(folder.file("x.db")).close();
  assertRefused("corrupt", () => SqliteStore.open(folder.file("x.db")), "empty");
});

Deno.test("SqliteStore.open() replaces what is left of a store that was being made", () => {
  using folder = new TempFolder();
  for (const left of [new Uint8Array(0), new Uint8Array(5000), new Uint8Array(5000).fill(7)]) {
    Deno.writeFileSync(folder.file("x.db-new"), left);
    using store = SqliteStore.open(folder.file("x.db"));
    assertEquals(store.documents(), []);
    store[Symbol.dispose]();
    Deno.removeSync(folder.file("x.db"));
  }
});

Deno.test("SqliteStore undoes a transaction whose work swallowed a failed write", () => {
  using store = SqliteStore.open();
  assertThrows(() =>
    store.transact((writer) => {
      one(writer);
      try {
        writer.put("a", "k", "not bytes" as unknown as Uint8Array);
      } catch {
        // and goes on
      }
    })
  );
  assertEquals(store.get("a", "k"), undefined);
});

Deno.test("SqliteStore with less durability keeps what it wrote", () => {
  using folder = new TempFolder();
  const open = () => SqliteStore.open(folder.file("x.db"), { synchronous: "normal" });
  using store = open();
  store.transact(one);
  store[Symbol.dispose]();
  using again = open();
  assertEquals(again.get("a", "k"), Uint8Array.of(1));
});

Deno.test({
  name: "SqliteStore in memory needs no permission",
  permissions: "none",
  fn() {
    using store = SqliteStore.open();
    store.transact(one);
    assertEquals(store.entries("a"), [["k", Uint8Array.of(1)]]);
    assertThrows(() => SqliteStore.open("x.db"), Deno.errors.NotCapable);
  },
});
