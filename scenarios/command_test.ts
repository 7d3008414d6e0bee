import { assertEquals, assertStringIncludes } from "@std/assert";
import { LUA_EXIT, LUA_USAGE, luaCommand } from "./command.ts";
import { SCRIPT_BYTES_MAX } from "./discover.ts";

const root = new URL("../", import.meta.url).pathname;
const roots = `${root}tests/script_roots`;

/** Runs the command here, and answers what it wrote. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await luaCommand(args, {
    out: (text) => out += text,
    err: (text) => err += text,
  });
  return { code, out, err };
}

Deno.test("luaCommand() runs scripts in order; what they print is all there is to see", async () => {
  const { code, out, err } = await run(
    `${roots}/allowed/reads.lua`,
    `${roots}/own_library/short.lua`,
  );
  assertEquals({ code, out, err }, {
    code: LUA_EXIT.passed,
    out: "true\nthe library's\ta neighbour\n",
    err: "",
  });
});

Deno.test("luaCommand() exits with 1 if one of the scripts fails, and runs the others", async () => {
  const { code, out, err } = await run(
    `${root}tests/scenarios/must_fail.lua`,
    `${roots}/allowed/reads.lua`,
  );
  assertEquals(code, LUA_EXIT.failed);
  assertEquals(out.startsWith("the dice say\t"), true);
  assertEquals(out.endsWith("true\n"), true);
  for (
    const part of [
      "lib/ledger.lua:5: ledger of March\nValues are not equal.",
      `-       "food",`,
      `+       "books",`,
      "/must_fail.lua:23: in main chunk",
      "warn: the month ends { entries: 2 }",
      "seed 7 · 2 networks · 2 envelopes · 90 s of virtual time",
      `again  deno task lua ${root}tests/scenarios/must_fail.lua --seed 7`,
    ]
  ) assertStringIncludes(err, part);
  assertEquals(/\.ts\b/.test(err), false);
});

Deno.test("luaCommand() takes a seed for all scripts, and repeats what it decides", async () => {
  const script = `${root}tests/scenarios/seeded.lua`;
  const [five, again, six, own] = await Promise.all(
    [["--seed=5"], ["--seed", "5"], ["--seed=6"], []].map((args) => run(script, ...args)),
  );
  assertEquals([five!.code, five!.err], [LUA_EXIT.passed, ""]);
  assertEquals(five, again);
  const lines = (text: string): string[] => text.trimEnd().split("\n");
  assertEquals(lines(five!.out).length, 5);
  assertEquals(lines(five!.out).filter((line) => lines(six!.out).includes(line)), []);
  assertEquals(lines(own!.out)[0], "seed\t1");
});

Deno.test("luaCommand() shows with --verbose what happened below the script", async () => {
  const { code, err } = await run(`${root}tests/scenarios/seeded.lua`, "--verbose");
  assertEquals(code, LUA_EXIT.passed);
  assertStringIncludes(err, "debug: network 2: applied");
  assertStringIncludes(err, "seed 1 · 2 networks · 2 envelopes · ");
});

Deno.test("luaCommand() finds modules below the root that is named, and repeats it", async () => {
  const script = `${roots}/own_helpers/story.lua`;
  assertEquals((await run(script, "--root", roots)).out, "nil\n");
  assertEquals(await run(script, `--root=${roots}/own_helpers`), {
    code: LUA_EXIT.passed,
    out: "our own helpers\n",
    err: "",
  });
  const { err } = await run(
    `${root}tests/scenarios/must_fail.lua`,
    `--root=${root}tests/scenarios`,
  );
  assertStringIncludes(err, `must_fail.lua --root ${root}tests/scenarios --seed 7`);
});

Deno.test("luaCommand() reads no module outside of the root, also not through a link", async () => {
  const { code, out } = await run(`${roots}/links/story.lua`);
  assertEquals(
    [code, ...out.split("\n")],
    [
      LUA_EXIT.passed,
      "inside of the root\tinside.lua",
      "leads_out\tfalse\tmodule 'leads_out' not found:",
      "away.other\tfalse\tmodule 'away.other' not found:",
      "nowhere\tfalse\tmodule 'nowhere' not found:",
      "loop\tfalse\tmodule 'loop' not found:",
      "",
    ].map((line) => line),
  );
});

Deno.test("luaCommand() exits with 2 and says how it is used if it is not understood", async () => {
  const script = `${roots}/allowed/reads.lua`;
  const cases: [string[], string][] = [
    [[], "Cannot run: no file is named"],
    [["--sed=5", script], `Cannot read "--sed=5"`],
    [["-x", script], `Cannot read "-x"`],
    [["--seed=five", script], `Cannot use seed "five"`],
    [["--seed=-1", script], `Cannot use seed "-1"`],
    [["--seed=", script], `Cannot use seed ""`],
    [["--seed=9223372036854775808", script], `Cannot use seed "9223372036854775808"`],
    [[script, "--seed"], `Cannot use seed ""`],
    [[`${roots}/nowhere.lua`], `Cannot run "${roots}/nowhere.lua": no such file`],
    [[`${script}/x.lua`], `Cannot run "${script}/x.lua": no such file`],
    [[`${roots}/links/loop.lua`], `Cannot run "${roots}/links/loop.lua": no such file`],
    [[roots], `Cannot run "${roots}": not a file of at most ${SCRIPT_BYTES_MAX} bytes`],
    [[script, `--root=${roots}/nowhere`], `Cannot use root "${roots}/nowhere": no such folder`],
    [
      [`${roots}/bad_header/blue.lua`],
      `${roots}/bad_header/blue.lua: Cannot read header: "colour"`,
    ],
    [[`${roots}/bad_seed/many.lua`], `${roots}/bad_seed/many.lua: Cannot use seed "many"`],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await run(...args);
    assertEquals([args, code, out], [args, LUA_EXIT.usage, ""]);
    assertStringIncludes(err, message);
    assertStringIncludes(err, LUA_USAGE);
  }
});

Deno.test("luaCommand() says how it is used when asked, and runs nothing", async () => {
  for (const flag of ["--help", "-h"]) {
    assertEquals(await run(flag, `${roots}/allowed/reads.lua`), {
      code: LUA_EXIT.passed,
      out: LUA_USAGE,
      err: "",
    });
  }
});
