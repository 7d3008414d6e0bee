/**
 * `deno task lua FILE... [--root DIR] [--seed N]`: runs scripts outside of the test runner.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { parseArgs } from "@std/cli";
import { loadLuaModule, PACKAGE_PATH_DEFAULT } from "../lua/mod.ts";
import type { LuaModule } from "../lua/mod.ts";
import { SCRIPT_BYTES_MAX } from "./discover.ts";
import { ScenarioError } from "./errors.ts";
import { parseSeed } from "./header.ts";
import { readMods } from "./_mods_at_hand.ts";
import { headerOf } from "./_header_of.ts";
import { HELPERS } from "./helpers.ts";
import { numbers, reportFailure } from "./report.ts";
import { runScenario } from "./scenario.ts";

/** What the command says about itself. */
export const LUA_USAGE: string = `Runs Lua scripts in a simulated world.

usage: deno task lua FILE... [--root DIR] [--seed N] [--verbose]

  --root DIR   where require looks, and below it everything that package.path names
               (default: the folder of each script)
  --seed N     decides all chance (default: what the script's header says, or 1)
  --verbose    shows what happened below the script as well

The exit code is 0 if all scripts passed, 1 if one failed, 2 if the command is not understood.
`;

/** Exit codes of the command. */
export const LUA_EXIT = { passed: 0, failed: 1, usage: 2 } as const;

/** As in the test runner, the modules of `lib/` are found by their bare names too. */
const MODULE_PATH = `${PACKAGE_PATH_DEFAULT};lib/?.lua`;

/** Where the command writes. */
export interface CommandOutput {
  /** Takes what the scripts print. */
  readonly out: (text: string) => void;
  /** Takes what went wrong. */
  readonly err: (text: string) => void;
}

interface Settings {
  readonly root: string | undefined;
  readonly seed: bigint | undefined;
  readonly verbose: boolean;
}

/** Runs the command and gives its exit code. Needs permission to read the scripts and the root. */
export async function luaCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const unknown: string[] = [];
  const { _: files, ...flags } = parseArgs([...args], {
    string: ["root", "seed", "_"],
    boolean: ["verbose", "help"],
    alias: { h: "help" },
    unknown: (arg) => arg.startsWith("-") ? (unknown.push(arg), false) : true,
  });
  if (flags["help"] === true) {
    output.out(LUA_USAGE);
    return LUA_EXIT.passed;
  }
  try {
    if (unknown.length > 0) throw usage(`Cannot read "${unknown[0]}"`);
    if (files.length === 0) throw usage("Cannot run: no file is named");
    const seed = flags["seed"] === undefined ? undefined : parseSeed(flags["seed"]);
    const settings = { root: flags["root"], seed, verbose: flags["verbose"] === true };
    const module = await loadLuaModule();
    let code: number = LUA_EXIT.passed;
    for (const file of files) {
      if (!(await runFile(String(file), settings, module, output))) code = LUA_EXIT.failed;
    }
    return code;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    output.err(`${error.message}\n\n${LUA_USAGE}`);
    return LUA_EXIT.usage;
  }
}

async function runFile(
  file: string,
  { root, seed, verbose }: Settings,
  module: LuaModule,
  { out, err }: CommandOutput,
): Promise<boolean> {
  const source = readScript(file);
  const header = headerOf(file, new TextDecoder().decode(source));
  const result = await runScenario({
    source,
    file,
    seed: seed ?? header.seed,
    module,
    modules: { read: readerBelow(root ?? folderOf(file)), library: HELPERS, path: MODULE_PATH },
    ...(header.capsule && { mods: readMods(header.capsule, pathToFileURL(file)) }),
    onOutput: out,
  });
  if (result.error === undefined) {
    if (verbose) err(`${result.journal.render({ verbose })}${numbers(result)}\n`);
    return true;
  }
  const where = root === undefined ? "" : ` --root ${root}`;
  const again = `deno task lua ${file}${where} --seed ${result.seed}`;
  err(`${reportFailure(result, { again, verbose })}\n`);
  return false;
}

function readScript(file: string): Uint8Array {
  try {
    const { size, isFile } = Deno.statSync(file);
    if (isFile && size <= SCRIPT_BYTES_MAX) return Deno.readFileSync(file);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw usage(`Cannot run "${file}": no such file`, error);
  }
  throw usage(`Cannot run "${file}": not a file of at most ${SCRIPT_BYTES_MAX} bytes`);
}

/** Reads modules below a folder; a link that leads out of it is not followed. */
function readerBelow(root: string): (path: string) => string | undefined {
  let real: string;
  try {
    real = Deno.realPathSync(root);
  } catch (error) {
    throw usage(`Cannot use root "${root}": no such folder`, error);
  }
  return (path) => {
    try {
      const file = Deno.realPathSync(`${real}/${path}`);
      if (!file.startsWith(`${real}/`)) return undefined;
      const { isFile, size } = Deno.statSync(file);
      return isFile && size <= SCRIPT_BYTES_MAX ? Deno.readTextFileSync(file) : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop;
}

function folderOf(file: string): string {
  const end = file.lastIndexOf("/");
  return end < 0 ? "." : file.slice(0, end + 1);
}

function usage(message: string, cause?: unknown): ScenarioError {
  return new ScenarioError("bad_file", message, { cause });
}
