/**
 * What the sandboxed Lua costs, beside bare wasmoon in the same run: the same WebAssembly, without
 * limits, interrupt or a strict border. Times are medians, and only their ratios mean something.
 *
 * Run it with `deno run --allow-read bench/lua.ts`; wasmoon reads its own file.
 *
 * @module
 */
import { LuaFactory } from "wasmoon";
import { GlyphCase, loadLuaModule } from "../lua/mod.ts";
import { type Engine, openBare, openOurs, type Row, takenRows } from "./_lua_engines.ts";
import { median, ms, timeMs, times } from "./_timing.ts";

const ROUNDS = 15;
const CALLS = 2000;
const ROWS = 1000;

/** What was asked for; the interrupt is armed. */
const BOUNDS = {
  firstMs: 50,
  nextMs: 5,
  methodShare: 1 / 5,
  entryUs: 15,
  countKb: 100,
  databaseUs: 5,
} as const;

type Table = Record<string, Record<string, string | number>>;

// The first engine comes first: nothing of either is compiled yet.
const first = { ours: await opening(() => openOurs()), bare: await opening(() => openBare()) };
const module = await loadLuaModule();
const factory = new LuaFactory();
const next = {
  ours: await opening(() => openOurs(module), ROUNDS),
  bare: await opening(() => openBare(factory), ROUNDS),
};

using ours = await openOurs(module);
const memory = { countKb: ours.countKb(), memoryBytes: ours.memoryBytes };
using bare = await openBare(factory);
const bareCountKb = bare.countKb();

const calls = {
  "Lua calls a method of an object": "for i = 1, argument do counter:add(1) end",
  "Lua calls a function": "for i = 1, argument do add(i, 1) end",
};
const results: Table = {
  "first engine, in ms": compared(first.bare, first.ours, `${BOUNDS.firstMs}`, BOUNDS.firstMs),
  "next engine, in ms": compared(next.bare, next.ours, `${BOUNDS.nextMs}`, BOUNDS.nextMs),
};
for (const [name, body] of Object.entries(calls)) {
  const [theirsUs, oursUs] = await both(async (engine) => {
    const loop = await engine.compile(body);
    return sampled(() => loop(CALLS)) / CALLS * 1000;
  });
  const isBound = name.includes("method");
  results[`${name}, in µs`] = isBound
    ? compared(theirsUs, oursUs, "1/5 of wasmoon", theirsUs * BOUNDS.methodShare)
    : compared(theirsUs, oursUs);
}
const [entryBareUs, entryUs] = await both(async (engine) => {
  const fn = await engine.compile("return argument");
  return sampled(() => {
    for (let i = 0; i < CALLS; i++) fn(i);
  }) / CALLS * 1000;
});
results["TypeScript calls Lua, in µs"] = compared(
  entryBareUs,
  entryUs,
  `${BOUNDS.entryUs}`,
  BOUNDS.entryUs,
);
const [longBareUs, longUs] = await both(async (engine) => {
  const fn = await engine.compile("for i = 1, 1000 do end return argument");
  return sampled(() => {
    for (let i = 0; i < CALLS; i++) fn(i);
  }) / CALLS * 1000;
});
results["  and runs 1,000 instructions, in µs"] = compared(longBareUs, longUs);
results["  the slice that it gets then, in µs"] = {
  ours: ms(
    sampled(() => {
      for (let i = 0; i < CALLS; i++) module.slice({ kill: () => {} }, 10_000, () => {});
    }) / CALLS * 1000,
  ),
};
const [waitBareUs, waitUs] = await both(async (engine) => {
  const loop = await engine.compileWaiting(`for i = 1, ${CALLS} do await(soon(i)) end`);
  return await timed(loop, ROUNDS) / CALLS * 1000;
});
results["Lua waits for a promise, in µs"] = compared(waitBareUs, waitUs);
const rows = makeRows();
results[`${ROWS} rows to Lua, in ms`] = compared(
  ...await both(async (engine) => {
    const fn = await engine.compile(`
    local sum = 0
    for i = 1, ${ROWS - 1} do
      local row = argument[i]
      if row.open then sum = sum + row.id + row.share + #row.name + #row.tags end
    end
    return sum`);
    return sampled(() => fn(rows));
  }),
);
results[`${ROWS} rows from Lua, in ms`] = compared(
  ...await both(async (engine) => {
    const fn = await engine.compile(`
    rows = rows or {}
    for i = 1, ${ROWS} do
      rows[i] = { id = i, name = 'row ' .. i, share = i / 2 + 0.25, open = true, tags = { 'a' } }
    end
    take(rows)`);
    return sampled(() => fn(0));
  }),
);

console.log("Ours with all limits and the interrupt armed, beside bare wasmoon without any.");
console.table(results);
console.log("\nMemory of an engine before any script.");
console.table({
  "what Lua counts, in KiB": compared(bareCountKb, memory.countKb, "100", BOUNDS.countKb),
  "its WebAssembly memory, in KiB": { ours: memory.memoryBytes / 1024 },
});
console.log(
  `WebAssembly memory is reserved, not used: pages come from the system when they are touched. ` +
    `Rows handed over: ${takenRows()}.`,
);

console.log("\nThe database of a capsule from Lua, beside the same calls from TypeScript.");
console.table(await databaseCosts());

/** What it costs to reach the database from Lua, which is left for it: see `asErrand()`. */
async function databaseCosts(): Promise<Table> {
  using glyph = await GlyphCase.open(":memory:", { module });
  const { capsule } = glyph;
  capsule.execute("CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT)");
  const calls = {
    "insert": {
      lua: `glyphcase.insert("books", { title = "Tides" })`,
      ours: () => void capsule.insert("books", { title: "Tides" }),
    },
    "find one row by its key": {
      lua: `glyphcase.queryOne("SELECT title FROM books WHERE id = ?", 1)`,
      ours: () => void capsule.queryOne("SELECT title FROM books WHERE id = ?", 1),
    },
  };
  const costs: Table = {};
  for (const [name, { lua, ours }] of Object.entries(calls)) {
    await glyph.executeLua(`function bench(count) for _ = 1, count do ${lua} end end`);
    const [luaUs, oursUs] = await inTurns(
      () => glyph.callLuaFunction("bench", CALLS),
      () => {
        for (let i = 0; i < CALLS; i++) ours();
      },
    );
    const moreUs = luaUs - oursUs;
    costs[name] = {
      "TypeScript µs": ms(oursUs),
      "Lua µs": ms(luaUs),
      "more µs": ms(moreUs),
      bound: `${BOUNDS.databaseUs}`,
      met: moreUs <= BOUNDS.databaseUs ? "yes" : "NO",
    };
  }
  return costs;
}

/** What one call of each takes, in µs: medians of rounds in turn, after some that are not counted. */
async function inTurns(
  ...works: readonly (() => unknown)[]
): Promise<readonly [first: number, second: number]> {
  const tookUs: number[][] = works.map(() => []);
  for (let round = 0; round < 2 * ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      const started = performance.now();
      await work();
      if (round >= ROUNDS) tookUs[i]!.push((performance.now() - started) / CALLS * 1000);
    }
  }
  return [median(tookUs[0]!), median(tookUs[1]!)];
}

/** The median time until an engine is there, in ms; each is closed before the next. */
function opening(open: () => Promise<Engine>, rounds = 1): Promise<number> {
  return timed(async () => {
    using _ = await open();
  }, rounds);
}

/** The median time of some rounds of asynchronous work, in ms. */
async function timed(work: () => Promise<unknown>, rounds = 1): Promise<number> {
  const tookMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work();
    tookMs.push(performance.now() - started);
  }
  return median(tookMs);
}

/** The median time of some rounds, in ms, after some that are not counted. */
function sampled(work: () => void): number {
  for (let round = 0; round < ROUNDS; round++) work();
  return median(Array.from({ length: ROUNDS }, () => timeMs(work)));
}

/** The same for wasmoon and for ours, one after the other. */
async function both(measure: (engine: Engine) => Promise<number>): Promise<[number, number]> {
  return [await measure(bare), await measure(ours)];
}

function compared(
  theirs: number,
  oursIs: number,
  bound = "",
  boundIs?: number,
): Record<string, string | number> {
  return {
    wasmoon: ms(theirs),
    ours: ms(oursIs),
    "wasmoon / ours": times(theirs, oursIs),
    bound,
    met: boundIs === undefined ? "" : oursIs <= boundIs ? "yes" : "NO",
  };
}

function makeRows(): readonly Row[] {
  return Array.from({ length: ROWS }, (_, i) => ({
    id: i,
    name: `row ${i}`,
    share: i / 2 + 0.25,
    open: i % 2 === 0,
    tags: ["a"],
  }));
}
