import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ScenarioError } from "./errors.ts";
import { registerScenarios } from "./runner.ts";
import type { RegisterOptions } from "./runner.ts";

const roots = new URL("../tests/script_roots/", import.meta.url);
const scripts = new URL("../tests/scenarios/", import.meta.url);

/** What a call of `Deno.test` would have registered. */
interface Registered {
  readonly name: string;
  readonly permissions: unknown;
  readonly run: () => Promise<void>;
}

/** Registers scenarios as the top of a test module does, with `Deno.test` only taking notes. */
async function register(root: URL, options: Partial<RegisterOptions> = {}): Promise<Registered[]> {
  const registered: Registered[] = [];
  const takeNotes = (
    test: string | { name: string; permissions: unknown; fn: () => Promise<void> },
    fn: () => Promise<void>,
  ): void => {
    const { name, permissions, fn: run } = typeof test === "string"
      ? { name: test, permissions: "inherit", fn }
      : test;
    registered.push({ name, permissions, run: async () => await run() });
  };
  const original = Object.getOwnPropertyDescriptor(Deno, "test")!;
  Object.defineProperty(Deno, "test", { ...original, value: takeNotes });
  try {
    await registerScenarios({ root, args: [], ...options });
  } finally {
    Object.defineProperty(Deno, "test", original);
  }
  return registered;
}

/** What `console.log` is given while `work` runs. */
async function loggedBy(work: () => Promise<void>): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(line);
  try {
    await work();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

Deno.test("registerScenarios() makes one test of each script, with no permission by default", async () => {
  const tests = await register(scripts);
  assertEquals(tests.map(({ name, permissions }) => [name, permissions]), [
    [
      "must_fail: A ledger that does not add up. It must fail: a test reads what is said about it.",
      "none",
    ],
    ["needs_more", "inherit"],
    ["seeded: Everything that chance decides: another seed must print something else.", "none"],
  ]);
});

Deno.test("registerScenarios() narrows a test to the permissions of its header", async () => {
  const [test] = await register(new URL("allowed/", roots));
  assertEquals([test!.name, test!.permissions], ["reads", { read: ["tests/script_roots"] }]);
  await test!.run();
});

Deno.test("registerScenarios() fails a scenario that needs more than the process has", async () => {
  const [test] = await register(scripts, { args: ["--filter=needs_more"] });
  const error = await assertRejects(test!.run, Error);
  assertEquals(
    error.message,
    "scenarios/needs_more.lua: its header needs more than this process has: --allow-env=HOME",
  );
});

Deno.test("registerScenarios() takes the seed from the header, or for all from the command line", async () => {
  for (const [args, seed] of [[[], "7"], [["--seed=5"], "5"], [["--seed", "6"], "6"]] as const) {
    const [test] = await register(scripts, { args: [...args, "--filter=must_fail"] });
    const error = await assertRejects(test!.run, Error);
    assertStringIncludes(error.message, `\nseed ${seed} · 2 networks · `);
    assertStringIncludes(
      error.message,
      `\nagain  deno task scenarios --filter must_fail -- --seed=${seed}`,
    );
  }
});

Deno.test("registerScenarios() reports nothing but the scenario: no frame of TypeScript", async () => {
  const [test] = await register(scripts, { args: ["--filter=must_fail"], command: "my command" });
  const error = await assertRejects(test!.run, Error);
  assertStringIncludes(error.message, "\nagain  my command --filter must_fail -- --seed=7");
  assertEquals(/\.ts\b|^\s+at /m.test(`${error.message}\n${error.stack}`), false);
});

Deno.test("registerScenarios() leaves what `only` does not want to another module", async () => {
  const all = await register(scripts);
  const some = await register(scripts, { only: (path) => path.startsWith("must_") });
  const rest = await register(scripts, { only: (path) => !path.startsWith("must_") });
  assertEquals(some.map(({ name }) => name.split(":")[0]), ["must_fail"]);
  assertEquals(some.length + rest.length, all.length);
  const none = await register(scripts, { args: ["--filter=must_fail"], only: () => false });
  assertEquals(none, []);
});

Deno.test("registerScenarios() names files by the folder, or by the prefix", async () => {
  for (
    const [options, file] of [[{}, "scenarios/"], [{ prefix: "elsewhere/" }, "elsewhere/"]] as const
  ) {
    const [test] = await register(scripts, { ...options, args: ["--filter=must_fail"] });
    const error = await assertRejects(test!.run, Error);
    assertStringIncludes(error.message, `${file}must_fail.lua:23: in main chunk`);
  }
});

Deno.test("registerScenarios() is silent, or with --verbose shows what was written", async () => {
  const [quiet] = await register(scripts, { args: ["--filter=seeded"] });
  const [verbose] = await register(scripts, { args: ["--filter=seeded", "--verbose"] });
  assertEquals(await loggedBy(quiet!.run), "");
  const logged = await loggedBy(verbose!.run);
  assertStringIncludes(logged, "seed\t1\n");
  assertStringIncludes(logged, "debug: network 2: applied");
  assertStringIncludes(logged, "seed 1 · 2 networks · 2 envelopes · ");
});

Deno.test("registerScenarios() gives each scenario limits", async () => {
  const [test] = await register(scripts, {
    args: ["--filter=seeded", "--verbose"],
    limits: { outputBytesMax: 1 },
  });
  assertStringIncludes(await loggedBy(test!.run), "at most 1 are kept");
});

Deno.test("registerScenarios() lets a script's own copy of a helper win over ours", async () => {
  const printed = async (name: string): Promise<string> => {
    const tests = await register(new URL(`${name}/`, roots), { args: ["--verbose"] });
    return await loggedBy(tests.find((test) => test.name === "story")!.run);
  };
  assertStringIncludes(await printed("own_helpers"), "[0 s] our own helpers\n");
  assertStringIncludes(
    await printed("own_library"),
    "[0 s] the library's\tone further below\ta neighbour\n",
  );
});

Deno.test("registerScenarios() names the file of a header that it cannot read", async () => {
  const cases = [
    ["bad_header", "bad_header", `bad_header/blue.lua: Cannot read header: "colour" is not`],
    ["bad_seed", "bad_seed", `bad_seed/many.lua: Cannot use seed "many"`],
  ] as const;
  for (const [root, code, message] of cases) {
    const error = await assertRejects(
      () => register(new URL(`${root}/`, roots)),
      ScenarioError,
      message,
    );
    assertEquals(error.code, code);
  }
});

Deno.test("registerScenarios() refuses to find nothing", async () => {
  const cases: [string, string[], string][] = [
    ["only_lib", [], `Cannot find a scenario in "only_lib/"`],
    ["own_library", ["--filter=no such story"], `Cannot find a scenario in "own_library/"`],
  ];
  for (const [root, args, message] of cases) {
    const error = await assertRejects(
      () => register(new URL(`${root}/`, roots), { args }),
      ScenarioError,
      message,
    );
    assertEquals(error.code, "bad_file");
  }
});

Deno.test("registerScenarios() refuses words on the command line that it does not know", async () => {
  for (const args of [["--sed=5"], ["5"], ["--seed=five"], ["--seed"], ["-x"]]) {
    const error = await assertRejects(() => register(scripts, { args }), ScenarioError);
    assertEquals([args, error.code], [args, "bad_seed"]);
  }
});
