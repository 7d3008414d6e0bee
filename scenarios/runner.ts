/**
 * Makes each scenario below a folder one `Deno.test`.
 *
 * @module
 */
import { loadLuaModule } from "../lua/mod.ts";
import type { LuaLimits } from "../lua/mod.ts";
import { readMods } from "./_mods_at_hand.ts";
import { parseArgs } from "@std/cli";
import { discoverScripts, libraryOf } from "./discover.ts";
import { ScenarioError } from "./errors.ts";
import { parseSeed } from "./header.ts";
import { headerOf } from "./_header_of.ts";
import { HELPERS } from "./helpers.ts";
import { readHostFile } from "./_host_file.ts";
import { refusedNeeds, toPermissions } from "./_permissions.ts";
import { numbers, reportFailure } from "./report.ts";
import { runScenario } from "./scenario.ts";

/** What {@linkcode registerScenarios} takes. */
export interface RegisterOptions {
  /** The folder; every `.lua` in it and below is a scenario, but not in folders `lib`. */
  readonly root: URL;
  /** What paths are called in errors, such as `scenarios/`. @default {the folder's name} */
  readonly prefix?: string;
  /**
   * Which of them this module runs, by the path below the folder. Test modules run side by side with
   * `deno test --parallel`. @default {all}
   */
  readonly only?: (path: string) => boolean;
  /** The words behind `--` on the command line. @default {Deno.args} */
  readonly args?: readonly string[];
  /** The command that runs these scenarios. @default {"deno task scenarios"} */
  readonly command?: string;
  /** Limits other than the default ones, for each scenario. */
  readonly limits?: Partial<LuaLimits>;
}

/** What the command line can say behind `--`. */
interface Choices {
  readonly seed: bigint | undefined;
  readonly filter: string;
  readonly verbose: boolean;
}

/**
 * Registers a `Deno.test` for each scenario below a folder. Call it at the top of a test module.
 *
 * Each runs with exactly the permissions that its header asks for: none, if it asks for nothing.
 * Behind `--` the command line takes `--seed=N` (for all of them), `--filter=TEXT` and
 * `--verbose`.
 *
 * @throws {ScenarioError} `bad_header`, `bad_seed` or `bad_file`; also if there are no scenarios.
 *
 * @example Your own scenarios
 * ```ts ignore
 * // scenarios_test.ts, run with: deno test --allow-read=.
 * import { registerScenarios } from "@indras/toolkit/scenarios";
 *
 * await registerScenarios({ root: new URL("./scenarios/", import.meta.url) });
 * ```
 */
export async function registerScenarios(options: RegisterOptions): Promise<void> {
  const { root, command = "deno task scenarios" } = options;
  const prefix = options.prefix ?? `${decodeURIComponent(root.pathname.split("/").at(-2) ?? "")}/`;
  const choices = readChoices(options.args ?? Deno.args);
  const scripts = discoverScripts(root);
  const library = new Map([...HELPERS, ...libraryOf(scripts)]);
  const read = (path: string) => scripts.sourceByPath.get(path);
  const module = await loadLuaModule();
  let found = 0;
  for (const path of scripts.scenarios) {
    const source = scripts.sourceByPath.get(path)!;
    const file = `${prefix}${path}`;
    const header = headerOf(file, source);
    const id = path.slice(0, -".lua".length);
    const name = header.name === undefined ? id : `${id}: ${header.name}`;
    if (!name.includes(choices.filter)) continue;
    found++;
    if (options.only !== undefined && !options.only(path)) continue;
    const seed = choices.seed ?? header.seed;
    const mods = header.capsule && readMods(header.capsule, new URL(path, root));
    const run = async (): Promise<void> => {
      const result = await runScenario({
        readHostFile,
        source,
        file,
        seed,
        module,
        modules: { read, library },
        ...(mods && { mods }),
        ...(options.limits && { limits: options.limits }),
      });
      const { verbose } = choices;
      if (result.error !== undefined) {
        const again = `${command} --filter ${id} -- --seed=${seed}`;
        throw failure(reportFailure(result, { again, verbose }));
      }
      if (verbose) console.log(`${result.journal.render({ verbose })}${numbers(result)}`);
    };
    const refused = refusedNeeds(header.needs);
    if (refused.length === 0) {
      Deno.test({ name, permissions: toPermissions(header.needs), fn: run });
    } else {
      Deno.test(name, () => {
        throw failure(`${file}: its header needs more than this process has: ${refused.join(" ")}`);
      });
    }
  }
  if (found === 0) {
    throw new ScenarioError("bad_file", `Cannot find a scenario in "${prefix}" for this filter`);
  }
}

function readChoices(args: readonly string[]): Choices {
  const { seed, filter, verbose } = parseArgs([...args], {
    string: ["seed", "filter"],
    boolean: ["verbose"],
    unknown: (arg) => {
      throw new ScenarioError(
        "bad_seed",
        `Cannot read "${arg}": expected --seed, --filter or --verbose`,
      );
    },
  });
  return {
    seed: seed === undefined ? undefined : parseSeed(seed),
    filter: filter ?? "",
    verbose: verbose === true,
  };
}

/**
 * An error whose report is all there is to see: the stack of the runner says nothing. Deno prints
 * the message, then the stack without its first line; and one of its own if nothing is left.
 */
function failure(report: string): Error {
  const error = new Error(report);
  error.stack = `${error.name}\n `;
  return error;
}
