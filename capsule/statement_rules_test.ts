import { assertEquals, assertThrows } from "@std/assert";
import { Capsule, CapsuleError } from "./mod.ts";
import { TempFolder } from "../tests/_temp_folder.ts";

const FORBIDDEN: readonly string[] = [
  "BEGIN",
  "COMMIT",
  "END",
  "ROLLBACK",
  "SAVEPOINT s",
  "RELEASE s",
  "/* a comment */ BEGIN EXCLUSIVE",
  "ATTACH ':memory:' AS other",
  "DETACH main",
  "VACUUM",
  "VACUUM INTO 'copy.db'",
  "SELECT load_extension('x')",
  "SELECT LOAD_EXTENSION('x', 'y')",
  "PRAGMA writable_schema = ON",
  "PRAGMA journal_mode = DELETE",
  "PRAGMA foreign_keys = OFF",
  "pragma main.Foreign_Keys(0)",
  "PRAGMA trusted_schema = ON",
  "PRAGMA recursive_triggers = OFF",
  "PRAGMA locking_mode = NORMAL",
  "PRAGMA synchronous = OFF",
  "PRAGMA application_id = 1",
  "PRAGMA schema_version = 1",
  "PRAGMA temp_store = FILE",
  "PRAGMA ignore_check_constraints = ON",
  "PRAGMA case_sensitive_like = ON",
  "PRAGMA wal_checkpoint",
  "PRAGMA no_such_pragma",
  "UPDATE sqlite_schema SET sql = ''",
  "DELETE FROM sqlite_master",
  "INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 1, '')",
  "CREATE TEMP TABLE t (a)",
  "CREATE TABLE temp.notes (a)",
  "CREATE VIEW temp.v AS SELECT 1",
  "CREATE VIRTUAL TABLE temp.f USING fts5(x)",
  "CREATE TEMP VIEW v AS SELECT 1",
  "CREATE TEMP TRIGGER x AFTER INSERT ON notes BEGIN SELECT 1; END",
  "DROP TRIGGER temp._capsule_0_insert",
  "SELECT _capsule_change(0, 1, 2, 3)",
  "SELECT _CAPSULE_change(0)",
];

const INTERNAL: readonly string[] = [
  "INSERT INTO _capsule_meta VALUES (2, 2)",
  "UPDATE _CAPSULE_META SET version = 2",
  "DELETE FROM main._capsule_meta",
  "DROP TABLE _capsule_meta",
  "ALTER TABLE _capsule_meta ADD COLUMN x",
  "ALTER TABLE notes RENAME TO _capsule_notes",
  "CREATE TABLE _capsule_new (a)",
  'CREATE TABLE "_Capsule_new" AS SELECT 1',
  "CREATE VIEW _capsule_v AS SELECT 1",
  "CREATE INDEX _capsule_i ON notes (name)",
  "CREATE INDEX i ON _capsule_meta (version)",
  "CREATE TRIGGER _capsule_t AFTER INSERT ON notes BEGIN SELECT 1; END",
  "CREATE TRIGGER t AFTER INSERT ON _capsule_meta BEGIN SELECT 1; END",
  "CREATE VIRTUAL TABLE _capsule_f USING fts5(x)",
  "WITH x AS (SELECT 1) INSERT INTO _capsule_meta SELECT 5, 5",
];

const ALLOWED: readonly string[] = [
  "PRAGMA foreign_keys",
  "PRAGMA table_info(notes)",
  "PRAGMA main.index_list('notes')",
  "SELECT name FROM pragma_table_xinfo('notes')",
  "PRAGMA integrity_check",
  "PRAGMA foreign_key_check",
  "PRAGMA user_version = 7",
  "PRAGMA defer_foreign_keys = ON",
  "SELECT version FROM _capsule_meta",
  "SELECT * FROM sqlite_schema",
  "EXPLAIN DELETE FROM notes",
  "REINDEX",
  "ANALYZE",
  "CREATE TABLE IF NOT EXISTS notes (a)",
  "DROP TABLE IF EXISTS nowhere",
  "CREATE VIRTUAL TABLE docs USING fts5(text)",
  "CREATE VIEW v AS SELECT 1 AS one",
  "CREATE INDEX by_name ON notes (name)",
  "UPDATE notes SET _capsule_x = 1",
];

/** A capsule whose table is watched, so that it has triggers of the capsule. */
function watched(): Capsule {
  const capsule = Capsule.open();
  capsule.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, name, _capsule_x)");
  capsule.watch("notes", () => {});
  capsule.insert("notes", { name: "a" });
  return capsule;
}

for (
  const [code, statements] of [["forbidden_statement", FORBIDDEN], [
    "internal_table",
    INTERNAL,
  ]] as const
) {
  for (const sql of statements) {
    Deno.test(`Capsule refuses ${sql} as ${code}`, () => {
      using capsule = watched();
      const state = () => capsule.query("SELECT * FROM sqlite_schema, _capsule_meta, notes");
      const before = state();
      for (const way of ["query", "queryOne", "queryScalar", "execute"] as const) {
        assertEquals(assertThrows(() => capsule[way](sql), CapsuleError).code, code, way);
      }
      assertThrows(() => capsule.transaction(() => capsule.execute(sql)), CapsuleError);
      assertThrows(() => capsule.execute(`SELECT 1; ${sql}`), CapsuleError);
      assertEquals(state(), before);
      capsule.insert("notes", { name: "b" });
    });
  }
}

Deno.test("Capsule runs what is harmless", () => {
  for (const sql of ALLOWED) {
    using capsule = watched();
    capsule.query(sql);
    capsule.execute(sql.startsWith("CREATE V") || sql.startsWith("CREATE I") ? "SELECT 1" : sql);
    assertEquals(capsule.queryScalar("PRAGMA foreign_keys"), 1);
    assertEquals(capsule.queryScalar("PRAGMA recursive_triggers"), 1);
  }
});

Deno.test("Capsule refuses what a trigger of a file does to its own tables", () => {
  using capsule = watched();
  capsule.execute(`CREATE TRIGGER sly AFTER INSERT ON notes BEGIN
    UPDATE _capsule_meta SET version = 9; END`);
  const error = assertThrows(() => capsule.insert("notes", {}), CapsuleError);
  assertEquals(error.code, "internal_table");
  assertEquals(capsule.queryScalar("SELECT version FROM _capsule_meta"), 1);
});

Deno.test("Capsule tables that are watched can be dropped and altered", () => {
  using capsule = watched();
  capsule.execute("ALTER TABLE notes DROP COLUMN name");
  capsule.execute("ALTER TABLE notes RENAME TO others");
  capsule.execute("DROP TABLE others");
});

Deno.test("Shadow tables of a virtual table cannot be written", () => {
  using capsule = watched();
  capsule.execute("CREATE VIRTUAL TABLE docs USING fts5(text)");
  capsule.insert("docs", { text: "one" });
  assertThrows(() => capsule.execute("DELETE FROM docs_content"), CapsuleError);
  assertEquals(capsule.query("SELECT text FROM docs WHERE docs MATCH 'one'"), [{ text: "one" }]);
});

Deno.test("Capsule writes no file besides its own", () => {
  using folder = new TempFolder();
  using capsule = Capsule.open(folder.file("a.db"));
  assertThrows(() => capsule.execute("VACUUM INTO ?", folder.file("b.db")), CapsuleError);
  assertThrows(() => capsule.execute("ATTACH ? AS b", folder.file("b.db")), CapsuleError);
  const files = [...Deno.readDirSync(folder.path)].map(({ name }) => name).toSorted();
  assertEquals(files, ["a.db", "a.db-wal"]);
});
