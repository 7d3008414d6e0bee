import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Capsule, CapsuleError } from "./mod.ts";
import type { SqlValue } from "./mod.ts";

const TYPES = `CREATE TABLE types (id INTEGER PRIMARY KEY, "a ""b""" TEXT, n INTEGER, r REAL, any,
  bytes BLOB, twice AS (n * 2))`;

function types(): Capsule {
  const capsule = Capsule.open();
  capsule.execute(TYPES);
  return capsule;
}

const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }).map((each) => each.replaceAll("\0", "").toWellFormed()),
  fc.constantFrom(
    "",
    " ",
    "5",
    "007",
    "1e5",
    "x'00'",
    "NULL",
    'say "hi", twice',
    "a\r\nb\n",
    "\ufeffx",
  ),
);
const real = fc.oneof(fc.double({ noNaN: true }), fc.integer());
const integer = fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const bytes = fc.uint8Array({ maxLength: 9 });
const row = fc.record({
  'a "b"': fc.option(text),
  n: fc.option(integer),
  r: fc.option(real),
  any: fc.oneof(text, real, integer, bytes, fc.constant(null)) as fc.Arbitrary<SqlValue>,
  bytes: fc.option(bytes),
});

for (const format of ["Json", "Csv"] as const) {
  Deno.test(`import${format}() makes the rows again that export${format}() has written`, () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        using from = types();
        using to = types();
        from.insertMultiple("types", rows);
        assertEquals(to[`import${format}`]("types", from[`export${format}`]("types")), rows.length);
        assertEquals(to.query("SELECT * FROM types"), from.query("SELECT * FROM types"));
      }),
      { numRuns: 200, seed: 5 },
    );
  });
}

Deno.test("exportJson() and exportCsv() are ordered by key, and readable", () => {
  using capsule = Capsule.open();
  capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)");
  assertEquals(capsule.exportJson("t"), "[]\n");
  assertEquals(capsule.exportCsv("t"), '"id","a","b","c"\r\n');
  capsule.insert("t", { id: 2, a: 'say "hi"', b: new Uint8Array([255]), c: 2n ** 60n });
  capsule.insert("t", { id: 1, a: "", c: -Infinity });
  assertEquals(
    capsule.exportJson("t"),
    `[
{"id":1,"a":"","b":null,"c":{"$real":"-Infinity"}},
{"id":2,"a":"say \\"hi\\"","b":{"$bytes":"/w=="},"c":{"$integer":"1152921504606846976"}}
]
`,
  );
  assertEquals(
    capsule.exportCsv("t"),
    '"id","a","b","c"\r\n1,"",,-9e999\r\n2,"say ""hi""",x\'ff\',1152921504606846976\r\n',
  );
});

Deno.test("importCsv() reads what other programs write", () => {
  using capsule = types();
  const csv = '\ufeffid,"a ""b""",N,r,any\n1,007,"5",.5,7\r\n2,"two\nlines",,1e2,\r3,x,"",,word';
  assertEquals(capsule.importCsv("types", csv), 3);
  assertEquals(capsule.query('SELECT id, "a ""b""" AS a, n, r, any, twice FROM types'), [
    { id: 1, a: "007", n: 5, r: 0.5, any: 7, twice: 10 },
    { id: 2, a: "two\nlines", n: null, r: 100, any: null, twice: null },
    { id: 3, a: "x", n: "", r: null, any: "word", twice: 0 },
  ]);
});

Deno.test("importCsv() and importJson() say what is wrong, and then import nothing", () => {
  using capsule = types();
  const cases: readonly ["importCsv" | "importJson", string, string, string][] = [
    ["importCsv", "", "bad_import", "does not name the columns"],
    ["importCsv", "n,n\n1,2", "bad_import", "same name"],
    ["importCsv", "n,r\n1,2\n3", "bad_import", "line 3 has 1 fields, and expected are 2"],
    ["importCsv", 'n\n1\n"two\nlines"\nx"y', "bad_import", "line 5"],
    ["importCsv", 'n\n"open', "bad_import", "line 2"],
    ["importCsv", "n,m\n1,2", "bad_identifier", '"m"'],
    ["importCsv", "id\n1\n1", "constraint", "UNIQUE"],
    ["importCsv", "twice\n1", "bad_identifier", "computes"],
    ["importJson", "{", "bad_import", "JSON"],
    ["importJson", "{}", "bad_import", "list"],
    ["importJson", '[{"n":1},5]', "bad_import", "row 2"],
    ["importJson", '[{"n":[1]}]', "bad_import", '"n" of row 1'],
    ["importJson", '[{"n":{"$integer":"x"}}]', "bad_import", '"n" of row 1'],
    ["importJson", '[{"n":{"$bytes":"!"}}]', "bad_import", "base64"],
    ["importJson", '[{"id":5},{"n":{"$integer":"9999999999999999999"}}]', "bad_value", "64 bits"],
    ["importJson", '[{"n":1},{"__proto__":1}]', "bad_identifier", "__proto__"],
  ];
  for (const [method, source, code, part] of cases) {
    const error = assertThrows(() => capsule[method]("types", source), CapsuleError, part);
    assertEquals(error.code, code, source);
  }
  assertThrows(() => capsule.importJson("nope", "[{}]"), CapsuleError, "nope");
  assertThrows(() => capsule.exportCsv("nope"), CapsuleError, "nope");
  assertEquals(capsule.queryScalar("SELECT count(*) FROM types"), 0);
});

Deno.test("Rows that are imported are saved like others: hooks and watchers see them", () => {
  using capsule = types();
  const seen: number[] = [];
  capsule.saves.add({ beforeSave: (_table, data) => ({ ...data, n: 5 }) });
  capsule.watch("types", (changes) => seen.push(changes.length));
  capsule.importJson("types", '[{"n":1},{"n":2}]');
  capsule.flush();
  assertEquals(seen, [2]);
  assertEquals(capsule.query("SELECT DISTINCT n FROM types"), [{ n: 5 }]);
});
