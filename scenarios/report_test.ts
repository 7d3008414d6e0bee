import { assertEquals } from "@std/assert";
import { LuaError } from "../lua/mod.ts";
import { Journal } from "./journal.ts";
import { numbers, REPORT_OUTPUT_LINES_MAX, reportFailure } from "./report.ts";
import type { ScenarioResult } from "./scenario.ts";

function failedResult(journal: Journal): ScenarioResult {
  const traceback = "stack traceback:\n\ta.lua:1: in main chunk";
  const error = new LuaError("runtime", "a.lua:1: boom", { traceback });
  return { seed: 7n, error, journal, virtualMs: 1500, networks: 1, envelopes: 12 };
}

Deno.test("reportFailure() says what, where, what was written, the numbers and the command", () => {
  const journal = new Journal(() => 0);
  journal.write("print", "one\ntwo\n");
  journal.write("debug", "three");
  assertEquals(
    reportFailure(failedResult(journal), { again: "deno task lua a.lua" }),
    [
      "a.lua:1: boom",
      "stack traceback:\n\ta.lua:1: in main chunk",
      "output:\n  [0 s] one\n  two",
      "seed 7 · 1 network · 12 envelopes · 1.5 s of virtual time",
      "again  deno task lua a.lua",
    ].join("\n\n"),
  );
  const verbose = reportFailure(failedResult(journal), { again: "again", verbose: true });
  assertEquals(verbose.includes("  [0 s] debug: three"), true);
});

Deno.test("reportFailure() says when nothing was written", () => {
  const report = reportFailure(failedResult(new Journal(() => 0)), { again: "x" });
  assertEquals(report.includes("\n\noutput: none\n\n"), true);
});

Deno.test("reportFailure() leaves out a traceback that does not exist", () => {
  const result = failedResult(new Journal(() => 0));
  const error = new LuaError("syntax", "a.lua:1: unexpected symbol");
  assertEquals(
    reportFailure({ ...result, error }, { again: "x" }).split("\n\n").slice(0, 2),
    ["a.lua:1: unexpected symbol", "output: none"],
  );
});

Deno.test("reportFailure() shows the last lines of a long output, and how many came before", () => {
  const journal = new Journal(() => 0);
  for (let i = 1; i <= REPORT_OUTPUT_LINES_MAX + 5; i++) journal.write("print", `line ${i}`);
  const lines = reportFailure(failedResult(journal), { again: "x" }).split("\n");
  const start = lines.indexOf("output:");
  assertEquals(lines.slice(start + 1, start + 3), ["  (5 lines before)", "  [0 s] line 6"]);
  assertEquals(lines.includes(`  [0 s] line ${REPORT_OUTPUT_LINES_MAX + 5}`), true);
});

Deno.test("numbers() counts one and many", () => {
  const result = failedResult(new Journal(() => 0));
  assertEquals(
    numbers({ ...result, networks: 2, envelopes: 1, virtualMs: 0 }),
    "seed 7 · 2 networks · 1 envelope · 0 s of virtual time",
  );
});
