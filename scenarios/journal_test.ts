import { assertEquals } from "@std/assert";
import { Journal, JOURNAL_ENTRIES_MAX, JOURNAL_LENGTH_MAX } from "./journal.ts";

Deno.test("Journal.write() keeps order, time and level, without the last line break", () => {
  let nowMs = 0;
  const journal = new Journal(() => nowMs);
  journal.write("print", "one\n");
  nowMs = 2500;
  journal.write("warn", "two\n\n");
  assertEquals(journal.entries, [
    { atMs: 0, level: "print", text: "one" },
    { atMs: 2500, level: "warn", text: "two\n" },
  ]);
});

Deno.test("Journal.render() shows what is for debugging only when asked for", () => {
  const journal = new Journal(() => 0);
  for (const level of ["trace", "debug", "info", "error", "print", "narrative"] as const) {
    journal.write(level, level);
  }
  const shown = "[0 s] info: info\n[0 s] error: error\n[0 s] print\n[0 s] narrative\n";
  assertEquals(journal.render(), shown);
  assertEquals(journal.render({ verbose: false }), shown);
  assertEquals(
    journal.render({ verbose: true }),
    `[0 s] trace: trace\n[0 s] debug: debug\n${shown}`,
  );
});

Deno.test("Journal.render() shows fields in one line, also those of tables that came from Lua", () => {
  const journal = new Journal(() => 1500);
  const table = Object.assign(Object.create(null), { list: [1, 2], name: "Ben" });
  journal.write("info", "sent", table);
  assertEquals(journal.render(), '[1.5 s] info: sent { list: [ 1, 2 ], name: "Ben" }\n');
});

Deno.test("Journal counts the entries that do not fit, and says so", () => {
  const journal = new Journal(() => 0);
  for (let i = 0; i < JOURNAL_ENTRIES_MAX + 2; i++) journal.write("print", "x");
  assertEquals([journal.entries.length, journal.dropped], [JOURNAL_ENTRIES_MAX, 2]);
  assertEquals(journal.render().endsWith("[0 s] x\n(entries that were not kept: 2)\n"), true);
});

Deno.test("Journal cuts an entry that is too long, and says so; the next ones are counted", () => {
  const journal = new Journal(() => 0);
  journal.write("print", "x".repeat(JOURNAL_LENGTH_MAX - 3));
  journal.write("print", "abcdef");
  journal.write("print", "y");
  assertEquals(journal.entries.slice(1).map(({ text }) => text), ["abc... (cut)"]);
  assertEquals(journal.dropped, 1);
});
