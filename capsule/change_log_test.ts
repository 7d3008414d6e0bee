import { assertEquals, assertThrows } from "@std/assert";
import { Capsule, CapsuleError } from "./mod.ts";
import type { RowChange } from "./mod.ts";

/** What each transaction changed, in short: `INSERT notes {...}`. */
function recorded(capsule: Capsule): string[][] {
  const seen: string[][] = [];
  capsule.saves.add({ changed: (changes) => seen.push(changes.map(inShort)) });
  return seen;
}

function inShort({ table, operation, row, old }: RowChange): string {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, each) => typeof each === "bigint" ? `${each}n` : each);
  return `${operation} ${table} ${old === undefined ? "" : `${text(old)} -> `}${text(row)}`;
}

interface Case {
  readonly name: string;
  readonly before: string;
  readonly sql: string;
  readonly changes: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: "INSERT OR REPLACE deletes every row in its way",
    before: `CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE);
      INSERT INTO t VALUES (1, 'x'), (2, 'y')`,
    sql: "INSERT OR REPLACE INTO t VALUES (1, 'y')",
    changes: [
      'DELETE t {"id":1,"a":"x"}',
      'DELETE t {"id":2,"a":"y"}',
      'INSERT t {"id":1,"a":"y"}',
    ],
  },
  {
    name: "A table whose rule is ON CONFLICT REPLACE does so too",
    before: "CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE, b); INSERT INTO t VALUES (1, 'old')",
    sql: "INSERT INTO t VALUES (1, 'new')",
    changes: ['DELETE t {"a":1,"b":"old"}', 'INSERT t {"a":1,"b":"new"}'],
  },
  {
    name: "An UPSERT is an UPDATE",
    before: "CREATE TABLE t (id INTEGER PRIMARY KEY, n); INSERT INTO t VALUES (1, 1)",
    sql: "INSERT INTO t VALUES (1, 5) ON CONFLICT DO UPDATE SET n = n + excluded.n",
    changes: ['UPDATE t {"id":1,"n":1} -> {"id":1,"n":6}'],
  },
  {
    name: "A table without a primary key",
    before: "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (1, 2)",
    sql: "DELETE FROM t",
    changes: ['DELETE t {"a":1,"b":2}', 'DELETE t {"a":1,"b":2}'],
  },
  {
    name: "A composite key WITHOUT ROWID, and an UPDATE of it",
    before: `CREATE TABLE t (a, b, c, PRIMARY KEY (a, b)) WITHOUT ROWID;
      INSERT INTO t VALUES (1, 2, 3)`,
    sql: "UPDATE t SET b = 9",
    changes: ['UPDATE t {"a":1,"b":2,"c":3} -> {"a":1,"b":9,"c":3}'],
  },
  {
    name: "Generated columns, stored and virtual",
    before: "CREATE TABLE t (a, twice AS (a * 2) STORED, thrice AS (a * 3))",
    sql: "INSERT INTO t VALUES (2)",
    changes: ['INSERT t {"a":2,"twice":4,"thrice":6}'],
  },
  {
    name: "Integers beyond 2^53, beside small ones",
    before: "CREATE TABLE t (a, b)",
    sql: "INSERT INTO t VALUES (9007199254740993, 1), (-9223372036854775808, 2)",
    changes: [
      'INSERT t {"a":"9007199254740993n","b":1}',
      'INSERT t {"a":"-9223372036854775808n","b":2}',
    ],
  },
  {
    name: "NULL, text, real and bytes",
    before: "CREATE TABLE t (a, b, c, d)",
    sql: "INSERT INTO t VALUES (NULL, 'ä''\"', 0.5, x'00ff')",
    changes: [`INSERT t {"a":null,"b":"ä'\\"","c":0.5,"d":{"0":0,"1":255}}`],
  },
  {
    name: "Names that are words of SQL, hold quotes or mean something to objects",
    before: 'CREATE TABLE "select" ("a""b" PRIMARY KEY, "from", "__proto__")',
    sql: 'INSERT INTO "select" VALUES (1, 2, 3)',
    changes: ['INSERT select {"a\\"b":1,"from":2,"__proto__":3}'],
  },
  {
    name: "Cascades of foreign keys, through two tables",
    before: `CREATE TABLE a (id INTEGER PRIMARY KEY);
      CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a ON DELETE CASCADE);
      CREATE TABLE c (b REFERENCES b ON DELETE SET NULL);
      INSERT INTO a VALUES (1); INSERT INTO b VALUES (2, 1); INSERT INTO c VALUES (2)`,
    sql: "DELETE FROM a",
    changes: [
      'UPDATE c {"b":2} -> {"b":null}',
      'DELETE b {"id":2,"a":1}',
      'DELETE a {"id":1}',
    ],
  },
  {
    name: "Triggers that write other tables and the same one",
    before: `CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TABLE log (what);
      CREATE TRIGGER one AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('one'); END;
      CREATE TRIGGER two AFTER INSERT ON t BEGIN UPDATE t SET a = 'set' WHERE id = NEW.id; END`,
    sql: "INSERT INTO t (id) VALUES (1)",
    changes: [
      'INSERT t {"id":1,"a":null}',
      'UPDATE t {"id":1,"a":null} -> {"id":1,"a":"set"}',
      'INSERT log {"what":"one"}',
    ],
  },
  {
    name: "A view that is written through INSTEAD OF",
    before: `CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t;
      CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (NEW.a + 1); END`,
    sql: "INSERT INTO v VALUES (1)",
    changes: ['INSERT t {"a":2}'],
  },
  {
    name: "A table that is made by the same statements",
    before: "CREATE TABLE t (a)",
    sql: "CREATE TABLE u (b); INSERT INTO u VALUES (1); INSERT INTO t VALUES (2)",
    changes: ['INSERT u {"b":1}', 'INSERT t {"a":2}'],
  },
  {
    name: "CREATE TABLE AS inserts its rows",
    before: "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)",
    sql: "CREATE TABLE u AS SELECT a FROM t",
    changes: ['INSERT u {"a":1}', 'INSERT u {"a":2}'],
  },
  {
    name: "DROP TABLE deletes its rows, and those of cascades",
    before: `CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);
      CREATE TABLE kids (t REFERENCES t ON DELETE CASCADE); INSERT INTO kids VALUES (1)`,
    sql: "DROP TABLE t",
    changes: ['DELETE t {"id":1}', 'DELETE kids {"t":1}'],
  },
  {
    name: "A table that is made again with other columns",
    before: "CREATE TABLE t (a); INSERT INTO t VALUES (1)",
    sql: "DROP TABLE t; CREATE TABLE t (b, c); INSERT INTO t VALUES (2, 3)",
    changes: ['DELETE t {"a":1}', 'INSERT t {"b":2,"c":3}'],
  },
  {
    name: "ALTER TABLE RENAME takes rows from one name to the other",
    before: "CREATE TABLE t (a); INSERT INTO t VALUES (1)",
    sql: "ALTER TABLE t RENAME TO u; INSERT INTO u VALUES (2)",
    changes: ['DELETE t {"a":1}', 'INSERT u {"a":1}', 'INSERT u {"a":2}'],
  },
  {
    name: "Columns that are added, renamed and dropped",
    before: "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)",
    sql: `INSERT INTO t VALUES (3, 4); ALTER TABLE t ADD COLUMN c DEFAULT 'c';
      ALTER TABLE t RENAME COLUMN a TO z; ALTER TABLE t DROP COLUMN b; DELETE FROM t`,
    changes: [
      'INSERT t {"a":3,"b":4}',
      'DELETE t {"z":1,"c":"c"}',
      'DELETE t {"z":3,"c":"c"}',
    ],
  },
  {
    name: "Shadow tables of FTS5 are not the application's",
    before: "CREATE VIRTUAL TABLE docs USING fts5(text); CREATE TABLE t (a)",
    sql: "INSERT INTO docs VALUES ('one two'); INSERT INTO t VALUES (1)",
    changes: ['INSERT t {"a":1}'],
  },
  {
    name: "INSERT OR IGNORE changes only what it inserts",
    before: "CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)",
    sql: "INSERT OR IGNORE INTO t VALUES (1), (2)",
    changes: ['INSERT t {"a":2}'],
  },
  {
    name: "A table with more columns than a function has arguments",
    before: "CREATE TABLE t (a)",
    sql: `CREATE TABLE wide (${Array.from({ length: 1900 }, (_, n) => `c${n}`).join(", ")});
      INSERT INTO wide (c1899) VALUES ('last'); UPDATE wide SET c0 = 1 WHERE 0`,
    changes: [
      `INSERT wide {${
        Array.from({ length: 1899 }, (_, n) => `"c${n}":null`).join(",")
      },"c1899":"last"}`,
    ],
  },
];

for (const { name, before, sql, changes } of CASES) {
  Deno.test(`Changes: ${name}`, () => {
    using capsule = Capsule.open();
    capsule.execute(before);
    const seen = recorded(capsule);
    capsule.execute(sql);
    assertEquals(seen, [changes]);
  });
}

Deno.test("Changes of what is rolled back are never seen, wholly or in part", () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE t (a UNIQUE)");
  const seen = recorded(capsule);
  const fail = () => {
    throw new Error("no");
  };
  assertThrows(() =>
    capsule.transaction(() => {
      capsule.insert("t", { a: 0 });
      fail();
    })
  );
  capsule.transaction(() => {
    capsule.insert("t", { a: 1 });
    assertThrows(() =>
      capsule.transaction(() => {
        capsule.insert("t", { a: 2 });
        capsule.transaction(() => capsule.insert("t", { a: 3 }));
        fail();
      })
    );
    capsule.transaction(() => capsule.insert("t", { a: 4 }));
    // A statement that fails halfway undoes itself only.
    assertThrows(() => capsule.execute("INSERT INTO t VALUES (5), (1)"), CapsuleError);
  });
  assertEquals(seen, [['INSERT t {"a":1}', 'INSERT t {"a":4}']]);
});

Deno.test("A statement that fails changes nothing, also with OR FAIL", () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (3)");
  const seen = recorded(capsule);
  assertThrows(() => capsule.execute("INSERT OR FAIL INTO t VALUES (1), (3), (4)"), CapsuleError);
  capsule.execute(`CREATE TABLE kids (t REFERENCES t(a) ON DELETE CASCADE);
    CREATE TRIGGER stop AFTER DELETE ON kids BEGIN SELECT RAISE(FAIL, 'stop'); END;
    INSERT INTO kids VALUES (3)`);
  assertThrows(() => capsule.delete("t", 1), CapsuleError, "stop");
  assertEquals(capsule.query("SELECT a, kids.t FROM t JOIN kids"), [{ a: 3, t: 3 }]);
  assertEquals(seen, [['INSERT kids {"t":3}']]);
});

Deno.test("Changes are seen after a change of the schema was rolled back", () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE t (a)");
  const seen = recorded(capsule);
  assertThrows(() =>
    capsule.transaction(() => {
      capsule.execute("ALTER TABLE t ADD COLUMN b; CREATE TABLE u (c); DROP TABLE t");
      throw new Error("no");
    })
  );
  capsule.insert("t", { a: 1 });
  assertThrows(() => capsule.insert("u", { c: 1 }), CapsuleError, "none");
  assertEquals(seen, [['INSERT t {"a":1}']]);
});

Deno.test("Changes are seen when somebody begins to watch within a transaction that fails", () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE t (a)");
  const seen: unknown[] = [];
  assertThrows(() =>
    capsule.transaction(() => {
      capsule.watch("t", (changes) => seen.push(...changes));
      capsule.insert("t", { a: 1 });
      throw new Error("no");
    })
  );
  capsule.insert("t", { a: 2 });
  capsule.flush();
  assertEquals(seen, [{ table: "t", operation: "INSERT", row: { a: 2 } }]);
});

Deno.test("Tables that nobody watches have no triggers", () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE t (a); CREATE TABLE u (a)");
  const triggers = () => {
    capsule.insert("u", { a: 1 });
    return capsule.queryScalar("SELECT count(*) FROM temp.sqlite_schema WHERE type = 'trigger'");
  };
  assertEquals(triggers(), 0);
  const watcher = capsule.watch("t", () => {});
  assertEquals(triggers(), 3);
  const hooks = capsule.saves.add({ changed: () => {} });
  assertEquals(triggers(), 6);
  hooks[Symbol.dispose]();
  watcher[Symbol.dispose]();
  assertEquals(triggers(), 0);
});
