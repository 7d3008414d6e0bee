/**
 * Stands in for `jsr:@std/cli` where JSR cannot be reached: the compiled original, from npm.
 *
 * @module
 */
import { parseArgs as parse } from "npm:deno-std@1.4.0/cli/parse_args.js";

/** The part of the options that this project uses. */
export interface ParseOptions {
  readonly boolean?: readonly string[];
  readonly string?: readonly string[];
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string>>;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly stopEarly?: boolean;
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  readonly "--"?: boolean;
}

/** Positional arguments under `_`, everything else by its name. */
export interface Args {
  readonly _: (string | number)[];
  // deno-lint-ignore no-explicit-any -- as in the original
  readonly [name: string]: any;
}

/** Reads a command line. */
export function parseArgs(args: readonly string[], options?: ParseOptions): Args {
  return parse(args, options) as Args;
}
