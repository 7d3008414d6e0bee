import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  createLuaRuntime,
  loadLuaModule,
  LuaError,
  MEMORY_BYTES_MIN,
  MEMORY_GRACE_BYTES,
} from "../lua/mod.ts";
import type { LuaErrorCode, LuaLimits, LuaModule, LuaModules, LuaRuntime } from "../lua/mod.ts";
import { changesSince, fingerprintHost } from "./_host_fingerprint.ts";

/** What a script tries, and how it must end. */
export interface Attack {
  readonly lua: string;
  /** Prepares the runtime, such as with host functions to abuse. */
  readonly host?: (lua: LuaRuntime) => void;
  /** What the host does with the runtime when the script has ended. */
  readonly after?: (lua: LuaRuntime) => void | Promise<void>;
  readonly limits?: Partial<LuaLimits>;
  readonly modules?: LuaModules;
  /** Whether the script may wait for promises. */
  readonly waits?: boolean;
  /** The whole runtime ends with this code. */
  readonly dies?: LuaErrorCode;
  /** The script is raised out of, and its runtime goes on. */
  readonly raises?: RegExp;
  /** By default that of a script's error, or of memory where the message says so. */
  readonly code?: LuaErrorCode;
  /** The script returns this, and its runtime goes on. */
  readonly answers?: readonly unknown[];
}

/** Short, because most that is endless runs into it; long enough for a busy machine to start. */
const SLICE_MS = 100;
/** For attacks that must end by something else. */
const LONG_MS = 30_000;
const MEMORY_BYTES = 2 * MEMORY_BYTES_MIN;
/** How many times the calls of an honest slice an attack may make before it is ended. */
const SLICES_MAX = 50;

const module: LuaModule = await loadLuaModule();

/** Registers one test for each attack, by its name. */
export function testAttacks(attacks: Readonly<Record<string, Attack>>): void {
  for (const [name, attack] of Object.entries(attacks)) {
    Deno.test({
      name: `the sandbox withstands ${name}`,
      permissions: "none",
      fn: () => withstand(attack),
    });
  }
}

async function withstand(attack: Attack): Promise<void> {
  using canary = await createLuaRuntime({ module });
  canary.run("song = 'tweet' function sing() return song, #_G._VERSION end");
  const before = fingerprintHost();
  const exitCode = Deno.exitCode;
  const ticks = { count: 0 };
  using lua = await createLuaRuntime({
    module,
    limits: {
      memoryBytesMax: MEMORY_BYTES,
      sliceMs: attack.dies === "timeout" ? SLICE_MS : LONG_MS,
      ...attack.limits,
    },
    ...(attack.modules && { modules: attack.modules }),
  });
  lua.setGlobal("tick", () => ticks.count++);
  attack.host?.(lua);

  await assertEnds(lua, attack);
  await attack.after?.(lua);

  const counted = ticks.count;
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  assertEquals(ticks.count, counted, "the script went on after its end");
  assert(counted <= SLICES_MAX * await honestTicks(), `${counted} calls before it was ended`);
  assertEquals(changesSince(before), [], "the host was changed");
  assertEquals(Deno.exitCode, exitCode);
  const bytesMax = (attack.limits?.memoryBytesMax ?? MEMORY_BYTES) + MEMORY_GRACE_BYTES;
  assert(lua.memoryBytes <= bytesMax, `${lua.memoryBytes} bytes of memory`);
  assertEquals(canary.run("return sing()"), ["tweet", 7]);
}

async function assertEnds(lua: LuaRuntime, attack: Attack): Promise<void> {
  const end = await run(lua, attack);
  if (attack.answers !== undefined) {
    if (end instanceof LuaError) throw end;
    assertEquals(end, attack.answers);
  } else {
    assert(end instanceof LuaError, `expected an error, got ${Deno.inspect(end)}`);
    assertMatch(end.message, attack.raises ?? /./);
    const code = attack.dies ?? attack.code ??
      (/^not enough memory$/.test(end.message) ? "memory" : "runtime");
    assertEquals(end.code, code, end.message);
  }
  assertEquals(lua.death?.code, attack.dies);
  const afterwards = await run(lua, { lua: "return 6 * 7, #('x'):rep(1000)" });
  assertEquals(afterwards, attack.dies === undefined ? [42, 1000] : DEAD);
}

/** What any further use of a runtime answers that has ended. */
const DEAD = "dead";

async function run(lua: LuaRuntime, attack: Attack): Promise<unknown> {
  const options = { chunkName: "attack.lua" };
  try {
    return attack.waits ? await lua.runAsync(attack.lua, options) : lua.run(attack.lua, options);
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    return error.code === "dead" ? DEAD : error;
  }
}

let honest: Promise<number> | undefined;

/** How many host calls fit into one slice on this machine, measured once. */
function honestTicks(): Promise<number> {
  return honest ??= (async () => {
    let count = 0;
    using lua = await createLuaRuntime({ module, limits: { sliceMs: SLICE_MS } });
    lua.setGlobal("tick", () => count++);
    await run(lua, { lua: "while true do tick() end" });
    return count;
  })();
}
