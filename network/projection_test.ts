import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CapsuleError } from "../capsule/mod.ts";
import { Tables } from "../capsule/tables.ts";
import { seededSources } from "../sync/mod.ts";
import { argument } from "../tests/_argument.ts";
import { AWKWARD, FakeSource } from "../tests/_projection_source.ts";
import { TempFolder } from "../tests/_temp_folder.ts";
import { ada, realmOf } from "./_fake_realm_host.ts";
import { messageDifference } from "./_message_difference.ts";
import { Messages } from "./messages.ts";
import { Projection, PROJECTION_MARKS_MAX } from "./projection.ts";
import type { ProjectedMessage, ProjectedRow } from "./projection_source.ts";
import { PROJECTION_TABLES } from "./projection_tables.ts";
import { findMessages } from "./search_rule.ts";

/** More and others of them: `deno test ... network/projection_test.ts -- --steps=5000 --with=x`. */
const STEPS = Number(argument("steps") ?? 120);
const SEED = argument("with") ?? "projection 20260111";
const OPTIONS = { tables: PROJECTION_TABLES };

function newSource(seed = SEED): FakeSource {
  return new FakeSource(seededSources(seed, () => 0));
}

/** Every row of every table. */
function dump(tables: Tables): Record<string, readonly ProjectedRow[]> {
  return Object.fromEntries(PROJECTION_TABLES.map(({ name }) => [name, tables.rows(name)]));
}

function rebuilt(source: FakeSource): Record<string, readonly ProjectedRow[]> {
  using tables = Tables.open(":memory:", OPTIONS);
  new Projection(source, tables).rebuild();
  return dump(tables);
}

function assertSearches(source: FakeSource, projection: Projection, query: string, when: string) {
  for (const { id } of source.realms()) {
    const expected = findMessages(source.messages(id), query).map(({ key }) => key);
    const what = `${when}: search for ${JSON.stringify(query)}`;
    assertEquals(projection.search(id, query), expected, what);
  }
}

Deno.test(`Projection gives the rows of a rebuild after each of ${STEPS} steps (seed "${SEED}")`, () => {
  using folder = new TempFolder();
  const open = () => Tables.open(folder.file("network.db.index"), OPTIONS);
  const source = newSource();
  let tables = open();
  let projection = new Projection(source, tables);
  let found = 0;
  for (let step = 0; step < STEPS; step++) {
    const when = `step ${step} of seed "${SEED}"`;
    for (let n = source.below(4); n >= 0; n--) {
      const change = source.change();
      if (step % 50 !== 49) projection.onChanged(change);
    }
    if (step % 50 === 49) { // the process ended before it was told
      tables[Symbol.dispose]();
      tables = open();
      assert(!tables.isNew);
      projection = new Projection(source, tables);
      projection.refresh();
    }
    const query = source.text(4);
    assertSearches(source, projection, query, when); // finds what is not flushed
    projection.flush();
    assertEquals(dump(tables), rebuilt(source), when);
    const count = "SELECT count(*) AS count FROM messages_search";
    const texts = source.realms().flatMap(({ id }) =>
      source.messages(id).filter(({ type, content, artifactId }) =>
        type !== "reaction" && content !== artifactId
      )
    );
    assertEquals(tables.query(count), [{ count: texts.length }], when);
    found += texts.length;
  }
  assert(found > STEPS, "there were messages to find");
  tables[Symbol.dispose]();
});

Deno.test("Projection.search() finds what the plain rule finds, whatever is asked", () => {
  const source = newSource();
  using tables = Tables.open(":memory:", OPTIONS);
  const projection = new Projection(source, tables);
  for (let n = 0; n < 600; n++) source.change();
  projection.rebuild();
  const before = dump(tables);
  const contents = source.realms().flatMap(({ id }) => source.messages(id))
    .map(({ content }) => content);
  assert(contents.length > 50);
  const parts = contents.flatMap((content) => [content, content.slice(1), content.slice(0, -1)]);
  const faulty = ["\ud83d", "\ude00", "\ud83d\ud83d", "x".repeat(100_000), "é".repeat(300)];
  const attacks = [
    '" OR "',
    'abc" OR folded:"a',
    "abc NEAR abc",
    "NEAR(abc abc, 2)",
    "*",
    "abc*",
    "^abc",
    "-abc",
    "abc - abc",
    "{folded}: abc",
    "'; DROP TABLE messages; --",
    '"""',
    "%",
    "a%c",
    "___",
    "\0\0\0",
    "abc\0abc",
  ];
  for (const query of [...parts, ...AWKWARD, ...attacks, ...faulty]) {
    assertSearches(source, projection, query, SEED);
    assertSearches(source, projection, query.toUpperCase(), SEED);
    assertSearches(source, projection, query.normalize("NFD"), SEED);
  }
  assertEquals(projection.search("b0".repeat(32), "abc"), []);
  assertEquals(dump(tables), before);
});

Deno.test("the plain rule is the one of Messages.search()", () => {
  using host = realmOf()[0]!;
  const messages = new Messages(host);
  const source = newSource();
  for (let n = 0; n < 200; n++) messages.send(source.text());
  for (const query of [...AWKWARD, "", ...Array.from({ length: 100 }, () => source.text(3))]) {
    assertEquals(findMessages(messages.messages(), query), messages.search(query), query);
  }
});

Deno.test("Projection.refresh() removes what is not there any more", () => {
  using tables = Tables.open(":memory:", OPTIONS);
  for (const seed of ["one", "another"]) {
    const source = newSource(seed);
    for (let n = 0; n < 100; n++) source.change();
    new Projection(source, tables).refresh();
    assertEquals(dump(tables), rebuilt(source));
  }
  new Projection(newSource(), tables).refresh();
  assertEquals(Object.values(dump(tables)).flat(), []);
});

Deno.test("Projection writes only what has changed", () => {
  const source = newSource();
  using tables = Tables.open(":memory:", OPTIONS);
  const projection = new Projection(source, tables);
  for (let n = 0; n < 200; n++) source.change();
  projection.rebuild();
  const changes = () => tables.query<{ n: number }>("SELECT total_changes() AS n")[0]!.n;
  const before = changes();
  projection.refresh();
  assertEquals(changes(), before);
  for (const { id } of source.realms()) projection.onChanged({ kind: "realm", id });
  assert(projection.isPending);
  projection.flush();
  assert(!projection.isPending);
  assertEquals(changes(), before);
});

Deno.test("Projection.flush() keeps what was marked if the tables fail", () => {
  const source = newSource();
  using tables = Tables.open(":memory:", OPTIONS);
  const projection = new Projection(source, tables);
  for (let n = 0; n < 50; n++) projection.onChanged(source.change());
  projection.flush();
  const before = dump(tables);
  for (let n = 0; n < 50; n++) projection.onChanged(source.change());
  const { contacts } = source;
  projection.onChanged({ kind: "contacts" });
  source.contacts = () => {
    throw new Error("not now");
  };
  assertThrows(() => projection.flush(), Error, "not now");
  assertEquals(dump(tables), before);
  source.contacts = contacts;
  assert(projection.isPending);
  projection.flush();
  assertEquals(dump(tables), rebuilt(source));
});

Deno.test("Projection compares everything once too much is marked", () => {
  const source = newSource();
  using tables = Tables.open(":memory:", OPTIONS);
  const projection = new Projection(source, tables);
  for (let n = 0; n < 100; n++) projection.onChanged(source.change());
  for (let n = 0; n <= PROJECTION_MARKS_MAX; n++) {
    projection.onChanged({ kind: "artifact", id: `${n}` });
  }
  projection.flush();
  assertEquals(dump(tables), rebuilt(source));
});

Deno.test("Projection fills tables again that turn out to be damaged", () => {
  using folder = new TempFolder();
  const path = folder.file("network.db.index");
  const source = newSource();
  for (let n = 0; n < 400; n++) source.change();
  {
    using tables = Tables.open(path, OPTIONS);
    new Projection(source, tables).rebuild();
  }
  const { id } = source.realms().find(({ id }) => source.messages(id).length > 3)!;
  const steps: readonly ((projection: Projection) => void)[] = [
    (projection) => assertSearches(source, projection, "abc", "damaged"),
    (projection) => projection.refresh(),
    (projection) => {
      projection.onChanged({ kind: "realm", id });
      projection.flush();
    },
  ];
  for (const step of steps) {
    using tables = Tables.open(path, OPTIONS);
    assert(!tables.isNew);
    damage(path);
    step(new Projection(source, tables));
    assert(tables.isNew);
    assertEquals(dump(tables), rebuilt(source));
  }
});

Deno.test("Projection leaves the tables alone when its source is damaged", () => {
  const source = newSource();
  using tables = Tables.open(":memory:", OPTIONS);
  const projection = new Projection(source, tables);
  for (let n = 0; n < 100; n++) projection.onChanged(source.change());
  projection.flush();
  const before = dump(tables);
  source.contacts = () => {
    throw new CapsuleError("corrupt", "Cannot use store: it is damaged");
  };
  projection.onChanged({ kind: "contacts" });
  assertThrows(() => projection.flush(), CapsuleError, "store");
  assertEquals(dump(tables), before);
});

Deno.test("messageDifference() names what was added, altered and removed, and nothing else", () => {
  const message = (id: number, content = `${id}`): ProjectedMessage => ({
    id,
    key: `${ada}:${id}`,
    sender: ada,
    type: "text",
    content,
    timestampMs: 0,
  });
  const before = [1, 2, 3, 5, 6].map((id) => message(id));
  assertEquals(messageDifference(before, before.map((each) => ({ ...each }))), {
    written: [],
    removed: [],
  });
  const after = [message(1), message(2, "two"), message(4), message(5), message(6), message(7)];
  assertEquals(messageDifference(before, after), {
    written: [message(2, "two"), message(4), message(7)],
    removed: [`${ada}:3`],
  });
  assertEquals(messageDifference(before, []).removed.length, 5);
  assertEquals(messageDifference([message(1), message(1)], [message(1)]).written, []);
});

/** Overwrites all pages of an open database but the first. */
function damage(path: string): void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 1"); // so that what others remember of it counts no more
  db.close();
  const { size } = Deno.statSync(path);
  using file = Deno.openSync(path, { write: true });
  file.seekSync(4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(size - 4096).fill(0xa5));
}
