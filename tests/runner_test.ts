import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";

const root = new URL("../", import.meta.url);

/** Runs Deno here in a process of its own; the times that it prints are left out. */
async function deno(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root, env: { NO_COLOR: "1" } });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) =>
    new TextDecoder().decode(bytes).replaceAll(/ \(\d+(ms|µs|s)\)/g, "");
  return { code, out: text(stdout), err: text(stderr) };
}

/** Runs scenarios of `tests/scenarios/` as a project runs its own. */
function runScenarios(...args: string[]): ReturnType<typeof deno> {
  return deno("test", "--no-prompt", "--allow-read=.", "tests/scenarios/register.ts", ...args);
}

Deno.test("a scenario that fails shows the difference, the place, the output and how to repeat it", async () => {
  const { code, out } = await runScenarios("--filter", "must_fail", "--", "--seed=5");
  assertNotEquals(code, 0);
  const report = out.slice(out.indexOf("error: "), out.indexOf("\n FAILURES "));
  assertEquals(
    report.replace(/the dice say\t\d+/, "the dice say\t(a number)").trimEnd(),
    `error: Error: ledger.lua:5: ledger of March
Values are not equal.
    [Diff] Actual / Expected
    {
      items: [
        "rent",
-       "food",
+       "books",
      ],
      total: 12,
    }

stack traceback:
\t[C]: in field 'eq'
\tledger.lua:5: in upvalue 'compare'
\tledger.lua:10: in field 'check'
\tscenarios/must_fail.lua:19: in local 'close_month'
\tscenarios/must_fail.lua:23: in main chunk

output:
  [0 s] the dice say\t(a number)
  [90 s] warn: the month ends { entries: 2 }
  [90 s] closing\tMarch

seed 5 · 2 networks · 2 envelopes · 90 s of virtual time

again  deno test --allow-read=. tests/scenarios/register.ts --filter must_fail -- --seed=5`,
  );
  assertStringIncludes(out, "\nFAILED | 0 passed | 1 failed");
  assertEquals(/^\s+at |never reached/m.test(out), false);
});

Deno.test("the command that a failure prints repeats it, to the letter", async () => {
  const first = await runScenarios("--filter", "must_fail", "--", "--seed=9");
  const [, command] = /^again {2}deno (.+)$/m.exec(first.out)!;
  const again = await deno(...command!.split(" "));
  assertEquals([again.code, again.out], [first.code, first.out]);
});

Deno.test("a seed decides everything that a scenario prints", async () => {
  const [five, again, six] = await Promise.all(["5", "5", "6"].map(async (seed) => {
    const { code, out } = await runScenarios(
      "--filter",
      "seeded",
      "--",
      `--seed=${seed}`,
      "--verbose",
    );
    assertEquals(code, 0);
    return out.split("\n").filter((line) => /\] (seed|random|id|story|latency)\t/.test(line));
  }));
  assertEquals(five!.length, 5);
  assertEquals(five, again);
  const words = (lines: string[]) => lines.map((line) => line.split("\t")[1]);
  assertEquals(words(five!).filter((word) => words(six!).includes(word)), []);
});

Deno.test("a scenario that needs more than the process has says which flags are missing", async () => {
  const { code, out } = await runScenarios("--filter", "needs_more");
  assertNotEquals(code, 0);
  assertStringIncludes(
    out,
    "error: Error: scenarios/needs_more.lua: its header needs more than this process has: " +
      "--allow-env=HOME --allow-run\n",
  );
  assertEquals(/^\s+at /m.test(out), false);
});

Deno.test("deno test does not find the entry of tests/scenarios by itself", async () => {
  const { code, err } = await deno("test", "--allow-read=.", "tests/scenarios/");
  assertNotEquals(code, 0);
  assertStringIncludes(err, "No test modules found");
});

Deno.test("deno task lua: what is printed goes out, what went wrong to stderr, and the code says which", async () => {
  const lua = (...args: string[]) =>
    deno("run", "--quiet", "--no-prompt", "--allow-read", "tools/lua.ts", ...args);
  const [passed, failed, usage, large] = await Promise.all([
    lua("tests/script_roots/own_library/short.lua"),
    lua("tests/scenarios/must_fail.lua", "--seed", "5"),
    lua("tests/script_roots/nowhere.lua"),
    lua(Deno.execPath()),
  ]);
  assertEquals(passed, {
    code: 0,
    out: "the library's\ta neighbour\n",
    err: "",
  });
  assertEquals(failed!.code, 1);
  assertStringIncludes(failed!.out, "the dice say\t");
  assertStringIncludes(failed!.err, "lib/ledger.lua:5: ledger of March\n");
  assertStringIncludes(
    failed!.err,
    "again  deno task lua tests/scenarios/must_fail.lua --seed 5\n",
  );
  assertEquals([usage!.code, usage!.out], [2, ""]);
  assertStringIncludes(usage!.err, `Cannot run "tests/script_roots/nowhere.lua": no such file\n`);
  assertEquals([large!.code, large!.out], [2, ""]);
  assertStringIncludes(large!.err, `": not a file of at most 4194304 bytes\n`);
});
