import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { argument } from "../tests/_argument.ts";
import { Capsule, CapsuleError } from "./mod.ts";
import type { Row, RowChange } from "./mod.ts";

/** More and others of them: `deno test ... capsule/changes_law_test.ts -- --runs=5000 --with=7`. */
const RUNS = Number(argument("runs") ?? 150);
const SEED = Number(argument("with") ?? 20260111);

const SCHEMA = `
  CREATE TABLE notes (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size, double AS (size * 2));
  CREATE TABLE loose (a, b);
  CREATE TABLE pairs (x, y, z UNIQUE ON CONFLICT REPLACE, PRIMARY KEY (x, y)) WITHOUT ROWID;
  CREATE TABLE kids (id INTEGER PRIMARY KEY,
    note REFERENCES notes ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE);
  CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER CHECK (n < 9));
  CREATE TRIGGER count_notes AFTER INSERT ON notes BEGIN
    INSERT INTO counts VALUES ('notes', 1) ON CONFLICT (name) DO UPDATE SET n = n + 1; END;
  CREATE TRIGGER name_notes AFTER INSERT ON notes WHEN NEW.size = 3 BEGIN
    UPDATE notes SET name = 'three ' || NEW.id WHERE id = NEW.id; END;
  CREATE TRIGGER stop_notes AFTER UPDATE ON notes WHEN NEW.size = 4 BEGIN
    SELECT RAISE(IGNORE); END;
  CREATE TRIGGER keep_kids BEFORE DELETE ON kids WHEN OLD.id = 6 BEGIN
    SELECT RAISE(IGNORE); END;
  CREATE TRIGGER fail_kids AFTER DELETE ON kids WHEN OLD.id = 5 BEGIN
    SELECT RAISE(FAIL, 'five'); END;
`;
const TABLES = ["notes", "loose", "pairs", "kids", "counts"];

/** Each takes two small numbers. */
const STATEMENTS = [
  "INSERT INTO notes (id, name, size) VALUES (?1, 'n' || ?2, ?2)",
  "INSERT OR REPLACE INTO notes (id, name, size) VALUES (?1, 'n' || ?2, ?1)",
  "INSERT OR IGNORE INTO notes (id, name, size) VALUES (?1, 'n' || ?2, ?1)",
  "INSERT OR FAIL INTO notes (name, size) VALUES ('f' || ?1, 1), ('f' || ?2, 2)",
  "INSERT OR ROLLBACK INTO notes (id, name) VALUES (?1, 'r' || ?2)",
  "INSERT INTO notes (id, name) VALUES (?1, 'u') ON CONFLICT DO UPDATE SET size = ?2",
  "UPDATE notes SET id = id + ?1 WHERE id = ?2",
  "UPDATE OR REPLACE notes SET name = 'n' || ?1 WHERE id >= ?2",
  "UPDATE OR FAIL notes SET name = 'same' WHERE id >= ?1 + 0 * ?2",
  "UPDATE notes SET size = ?1 WHERE size > ?2",
  "DELETE FROM notes WHERE id = ?1 OR id = ?2",
  "DELETE FROM notes WHERE ?1 = ?2",
  "INSERT INTO loose VALUES (?1, ?2), (?1, ?2)",
  "UPDATE loose SET a = b, b = ?1 WHERE a > ?2",
  "DELETE FROM loose WHERE a = ?1 AND b < ?2",
  "INSERT OR REPLACE INTO pairs VALUES (?1, ?2, ?1 + ?2)",
  "INSERT INTO pairs VALUES (?1, ?2, ?2)",
  "UPDATE pairs SET x = ?1 WHERE y = ?2",
  "INSERT INTO kids VALUES (?1, ?2)",
  "DELETE FROM kids WHERE id >= ?1 OR id = ?2",
  "WITH some AS (SELECT id FROM kids WHERE id < ?1) DELETE FROM notes WHERE id IN some OR id = ?2",
  "INSERT INTO loose SELECT id, ?1 FROM notes WHERE id > ?2",
] as const;

type Step =
  | { readonly type: "statement"; readonly sql: string; readonly values: [number, number] }
  | { readonly type: "transaction"; readonly steps: readonly Step[]; readonly fails: boolean };

const { steps } = fc.letrec<{ steps: Step[]; step: Step; transaction: Step; statement: Step }>(
  (tie) => ({
    statement: fc.record({
      type: fc.constant("statement" as const),
      sql: fc.constantFrom(...STATEMENTS),
      values: fc.tuple(fc.nat(6), fc.nat(6)),
    }),
    transaction: fc.record({
      type: fc.constant("transaction" as const),
      steps: tie("steps"),
      fails: fc.boolean(),
    }),
    step: fc.oneof({ depthSize: "small" }, { arbitrary: tie("statement"), weight: 4 }, {
      arbitrary: tie("transaction"),
      weight: 1,
    }),
    steps: fc.array(tie("step"), { maxLength: 12 }),
  }),
);

class Undo extends Error {}

/** Errors of statements are what a caller may catch and go on from. */
function run(capsule: Capsule, step: Step): void {
  try {
    if (step.type === "statement") return void capsule.execute(step.sql, ...step.values);
    capsule.transaction(() => {
      for (const each of step.steps) run(capsule, each);
      if (step.fails) throw new Undo();
    });
  } catch (error) {
    const isExpected = error instanceof Undo || error instanceof CapsuleError;
    assert(isExpected, String(error));
    if (error instanceof CapsuleError) {
      assert(["constraint", "rolled_back", "bad_value"].includes(error.code), error.message);
    }
  }
}

/** A copy of tables that knows nothing but what it is told; rows may be there twice. */
class Copy {
  readonly #rows: Map<string, string[]>;

  constructor(capsule: Capsule) {
    this.#rows = new Map(TABLES.map((table) => [table, rowsOf(capsule, table)]));
  }

  apply({ table, operation, row, old }: RowChange): void {
    const rows = this.#rows.get(table)!;
    if (operation !== "INSERT") {
      const place = rows.indexOf(textOf(operation === "DELETE" ? row : old!));
      assert(place >= 0, `A ${operation} of ${table} is of a row that is not there`);
      rows.splice(place, 1);
    }
    if (operation !== "DELETE") rows.push(textOf(row));
  }

  get rows(): Record<string, string[]> {
    return Object.fromEntries([...this.#rows].map(([table, rows]) => [table, rows.toSorted()]));
  }
}

function rowsOf(capsule: Capsule, table: string): string[] {
  return capsule.query(`SELECT * FROM ${table}`).map(textOf).toSorted();
}

function textOf(row: Row): string {
  return JSON.stringify(row, (_, value) => typeof value === "bigint" ? `${value}n` : value);
}

Deno.test("Changes, replayed over the old rows, give exactly the new ones", () => {
  fc.assert(
    fc.property(steps, steps, (before, watched) => {
      using capsule = Capsule.open(":memory:", { schedule: () => {} });
      capsule.execute(SCHEMA);
      for (const step of before) run(capsule, step);
      const copies = { hook: new Copy(capsule), watchers: new Copy(capsule) };
      capsule.saves.add({
        changed: (changes) => changes.forEach((each) => copies.hook.apply(each)),
      });
      for (const table of TABLES) {
        capsule.watch(table, (changes) => changes.forEach((each) => copies.watchers.apply(each)));
      }
      const sql =
        "SELECT notes.*, kids.id FROM notes LEFT JOIN kids ON note = notes.id ORDER BY 1, 5";
      let live: unknown;
      capsule.watch({ sql }, (rows) => live = rows);
      for (const step of watched) run(capsule, step);
      capsule.flush();
      const rows = Object.fromEntries(TABLES.map((table) => [table, rowsOf(capsule, table)]));
      assertEquals(live, capsule.query(sql));
      assertEquals(copies.hook.rows, rows);
      assertEquals(copies.watchers.rows, rows);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
