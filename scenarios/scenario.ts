/**
 * Runs one scenario in a world of its own.
 *
 * @module
 */
import { createLuaRuntime, LuaError, openIndras, ScenarioMods } from "../lua/mod.ts";
import type { BindingContext, LuaLimits, LuaModule, LuaModules, ModFiles } from "../lua/mod.ts";
import { SimulatedWorld } from "../network/mod.ts";
import type { IndrasNetwork } from "../network/mod.ts";
import { Journal } from "./journal.ts";
import { PrintedLines } from "./_printed_lines.ts";

/** A scenario and how to run it. */
export interface ScenarioOptions {
  /** The text of the script. */
  readonly source: string | Uint8Array;
  /** What errors call the script, such as `scenarios/story.lua`. */
  readonly file: string;
  /** Decides all chance. */
  readonly seed: bigint;
  /** Lua, loaded once for all scenarios. */
  readonly module: LuaModule;
  /** Where `require` looks. @default {nowhere} */
  readonly modules?: LuaModules;
  /** Limits other than the default ones; for the time that is {@linkcode SCENARIO_MS_MAX}. */
  readonly limits?: Partial<LuaLimits>;
  /**
   * Reads a file of the host that the script wants to upload; `undefined` if there is none, or the
   * scenario may not. @default {the script reaches no file of the host}
   */
  readonly readHostFile?: (path: string) => Uint8Array | undefined;
  /**
   * The mods that the script can install, by name, in a capsule of its own.
   *
   * @default {there is no capsule}
   */
  readonly mods?: ReadonlyMap<string, ModFiles>;
  /** Receives what the script prints, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Milliseconds that a scenario may take unless its limits say else. Its own time does not count. */
export const SCENARIO_MS_MAX: number = 120_000;

/** How a run went. */
export interface ScenarioResult {
  /** The seed that was used. */
  readonly seed: bigint;
  /** What went wrong; `undefined` if the scenario passed. */
  readonly error: LuaError | undefined;
  /** What was written down. */
  readonly journal: Journal;
  /** How long the scenario took in its own time, in milliseconds. */
  readonly virtualMs: number;
  /** How many networks it made. */
  readonly networks: number;
  /** How many envelopes they sent. */
  readonly envelopes: number;
}

/**
 * Runs a scenario to its end. Whatever networks it leaves running are stopped for it.
 *
 * @returns Never throws for what the script does: see {@linkcode ScenarioResult.error}.
 *
 * @example Minutes that take no time
 * ```ts
 * import { loadLuaModule } from "@indras/toolkit/lua";
 * import { runScenario } from "@indras/toolkit/scenarios";
 * import { assertEquals } from "@std/assert";
 *
 * const module = await loadLuaModule();
 * const source = "indras.sleep(600) indras.assert.eq(indras.now(), 600)";
 * const result = await runScenario({ source, file: "sleep.lua", seed: 7n, module });
 * assertEquals([result.error, result.virtualMs], [undefined, 600_000]);
 * ```
 */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { file, source, seed, module } = options;
  const networks: IndrasNetwork[] = [];
  const world = new SimulatedWorld({
    seed: `${seed}`,
    onCrash: (member) => networks.find((one) => one.memberId === member && one.isRunning)?.crash(),
  });
  const journal = new Journal(() => world.elapsedMs);
  const printed = new PrintedLines(journal);
  const hosted = new DisposableStack();
  let error: LuaError | undefined;
  try {
    using runtime = await createLuaRuntime({
      module,
      seed,
      nowMs: () => world.nowMs,
      ...(options.modules && { modules: options.modules }),
      limits: { sliceMs: SCENARIO_MS_MAX, ...options.limits },
      onOutput: (text) => {
        printed.write(text);
        options.onOutput?.(text);
      },
    });
    const context: BindingContext = {
      runtime,
      world,
      networks,
      ...(options.readHostFile && { readHostFile: options.readHostFile }),
      log: (level, message, fields) => {
        printed.endLine();
        journal.write(level, message, fields);
      },
    };
    openIndras(context);
    if (options.mods) hosted.use(new ScenarioMods(context, { module, mods: options.mods }));
    try {
      runtime.run(source, { chunkName: file });
    } finally {
      printed.end(runtime.output);
    }
  } catch (thrown) {
    if (!(thrown instanceof LuaError)) throw thrown;
    error = thrown;
  }
  const envelopes = networks
    .reduce((count, { memberId }) => count + world.stats(memberId).envelopes, 0);
  for (const network of networks) network[Symbol.dispose]();
  hosted.dispose(); // after the networks, some of which are projected into it
  return {
    seed,
    error,
    journal,
    virtualMs: world.elapsedMs,
    networks: networks.length,
    envelopes,
  };
}
