import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { loadLuaModule } from "../lua/mod.ts";
import type { LuaErrorCode } from "../lua/mod.ts";
import { IndrasNetwork } from "../network/mod.ts";
import { HELPERS } from "./helpers.ts";
import { runScenario } from "./scenario.ts";
import type { ScenarioOptions, ScenarioResult } from "./scenario.ts";

const module = await loadLuaModule();

function run(source: string, options: Partial<ScenarioOptions> = {}): Promise<ScenarioResult> {
  return runScenario({ source, file: "a.lua", seed: 7n, module, ...options });
}

const MEETING = `
  local ada, ben = indras.Network.new(), indras.Network.new()
  ada:start() ben:start()
  ada:connect_to(ben)
  local story = ada:home_realm():create_artifact("story")
  story:grant(ben:id(), "revocable")
  indras.settle()
  print(math.random(1000000), ada:id(), story:heads()[1], indras.now())`;

Deno.test("runScenario() repeats a seed to the letter, and another seed is another run", async () => {
  const runs = await Promise.all([7n, 7n, 8n].map((seed) => run(MEETING, { seed })));
  const [first, again, other] = runs.map(({ journal, virtualMs, error }) => ({
    error,
    words: journal.render({ verbose: true }).split(/\s+/),
    virtualMs,
  }));
  assertEquals(first, again);
  assertEquals(first!.error, undefined);
  const same = first!.words.filter((word) => word.length > 4 && other!.words.includes(word));
  assertEquals(same.filter((word) => /\d/.test(word)), []);
  assert(first!.virtualMs !== other!.virtualMs);
});

Deno.test("runScenario() counts networks, envelopes and virtual time", async () => {
  const { networks, envelopes, virtualMs, seed, error } = await run(
    `${MEETING} indras.sleep(100 - indras.now())`,
  );
  assertEquals({ networks, envelopes, virtualMs: Math.round(virtualMs), seed, error }, {
    networks: 2,
    envelopes: 2,
    virtualMs: 100_000,
    seed: 7n,
    error: undefined,
  });
});

Deno.test("runScenario() stops the networks that were left running, also after an error", async () => {
  const dispose = IndrasNetwork.prototype[Symbol.dispose];
  const stopped: [boolean, boolean, number][] = [];
  IndrasNetwork.prototype[Symbol.dispose] = function (this: IndrasNetwork): void {
    const before = this.isRunning;
    dispose.call(this);
    stopped.push([before, this.isRunning, this.artifacts().length]);
  };
  try {
    const { error } = await run(`${MEETING} indras.Network.new() error("boom")`);
    assertEquals(error?.message, "a.lua:8: boom");
  } finally {
    IndrasNetwork.prototype[Symbol.dispose] = dispose;
  }
  assertEquals(stopped, [[true, false, 0], [true, false, 0], [false, false, 0]]);
});

Deno.test("runScenario() writes what is printed and logged in the order in which it happened", async () => {
  const seen: string[] = [];
  const { journal } = await run(
    `io.write("half ") io.write("a line\\n")
     indras.sleep(1.5)
     indras.log.info("sent", { bytes = 5 })
     io.write("not ended")
     indras.narrative("Ada waits.")
     indras.log.print("last")
     print()
     io.write("end")`,
    { onOutput: (text) => seen.push(text) },
  );
  assertEquals(
    journal.render(),
    [
      "[0 s] half a line",
      "[1.5 s] info: sent { bytes: 5 }",
      ...["not ended", "Ada waits.", "last", "", "end"].map((text) => `[1.5 s] ${text}`),
      "",
    ].join("\n"),
  );
  assertEquals(seen.join(""), "half a line\nnot ended\nend");
});

Deno.test("runScenario() says how much of the output was not kept", async () => {
  const { journal } = await run(`print("kept") print("too long") print("x")`, {
    limits: { outputBytesMax: 10 },
  });
  assertEquals(
    journal.render(),
    "[0 s] kept\n[0 s] warn: [output ends here: 11 more bytes, at most 10 are kept]\n",
  );
});

Deno.test("runScenario() interrupts a script without an end and says where it was", async () => {
  const main = "a.lua:3: in main chunk";
  const endless: [string, string][] = [
    ["while true do end", main],
    ["pcall(function() while true do end end)", main],
    ["assert.throws(function() while true do end end)", "a.lua:2: in "],
    ["assert.eventually(function() while true do end end)", "a.lua:2: in "],
    ["coroutine.wrap(function() while true do end end)()", "a.lua:2: in "],
    ["string.find(('a'):rep(200), ('a-'):rep(100) .. 'b')", main],
  ];
  for (const [body, where] of endless) {
    const source = `print("before")\nlocal function spin() ${body} end\nspin()\nprint("after")`;
    const { error, journal } = await run(source, { limits: { sliceMs: 100 } });
    assertEquals([body, error?.code, journal.render()], [body, "timeout", "[0 s] before\n"]);
    assertEquals(error?.message, "Cannot go on in Lua: it ran longer than 100 ms");
    assertStringIncludes(error?.traceback ?? "", where);
  }
});

Deno.test("runScenario() ends a script that wants more memory than it may have", async () => {
  const limits = { memoryBytesMax: 32 * 1024 * 1024 };
  const { error } = await run(`local t = {} for i = 1, 1e9 do t[i] = i end`, { limits });
  assertEquals(error?.code, "memory");
  const caught = await run(
    `local ok, e = pcall(string.rep, "x", 40 * 1024 * 1024)
     print(ok, e)`,
    { limits },
  );
  assertEquals(caught.journal.render(), "[0 s] false\tnot enough memory\n");
});

Deno.test("runScenario() never throws for what a script does", async () => {
  const cases: [string, LuaErrorCode, string][] = [
    ["x = = 1", "syntax", "a.lua:1: unexpected symbol near '='"],
    ["\nlocal x = nil\nx.y = 1", "runtime", "a.lua:3: attempt to index a nil value (local 'x')"],
    ["error('plain', 0)", "runtime", "plain"],
    ["error({ message = 'told' })", "runtime", "told"],
    ["error()", "runtime", "nil"],
    ["indras.sleep(-1)", "runtime", "a.lua:1: bad argument 'seconds': expected seconds from 0"],
    ["require('nowhere')", "runtime", "a.lua:1: module 'nowhere' not found:"],
    ["coroutine.yield()", "runtime", "attempt to yield from outside a coroutine"],
    ["\x1bLua", "syntax", "attempt to load a binary chunk"],
  ];
  for (const [source, code, message] of cases) {
    const { error } = await run(source);
    assertEquals([source, error?.code], [source, code]);
    assertStringIncludes(error?.message ?? "", message);
  }
});

Deno.test("runScenario() gives each script a world, globals and files of its own", async () => {
  const source = `
    assert(x == nil and io.open("kept") == nil and indras.now() == 0)
    x = 1
    io.open("kept", "w"):close()
    indras.sleep(5)`;
  for (let i = 0; i < 2; i++) assertEquals((await run(source)).error, undefined);
});

Deno.test("runScenario() lets a script find the helpers, whatever its path says", async () => {
  for (const path of ["", `package.path = package.path .. ";simulation/scripts/lib/?.lua"`]) {
    const { error } = await run(
      `${path}
       local helpers = require("live_network_helpers")
       local net = helpers.create_networks(1)[1]
       assert.is_true(net:is_running())`,
      { modules: { library: HELPERS } },
    );
    assertEquals(error, undefined);
  }
});
