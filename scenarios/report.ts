/**
 * What is said about a scenario that failed: everything that is needed to see why and to see it
 * again.
 *
 * @module
 */
import type { ScenarioResult } from "./scenario.ts";

/** Lines of a scenario's output that a report shows: the last ones. */
export const REPORT_OUTPUT_LINES_MAX: number = 200;

/** What a report says besides the result. */
export interface ReportOptions {
  /** The command that runs the scenario again; shown with the seed. */
  readonly again: string;
  /** Shows what is only for debugging as well. @default {false} */
  readonly verbose?: boolean;
}

/**
 * The report of a failed run: the error with its file and line, Lua's traceback, what the script
 * wrote, the numbers, and the command to repeat it.
 *
 * @example It ends with the command
 * ```ts
 * import { loadLuaModule } from "@indras/toolkit/lua";
 * import { reportFailure, runScenario } from "@indras/toolkit/scenarios";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const module = await loadLuaModule();
 * const source = "print('so far so good')\nerror('and then not')";
 * const result = await runScenario({ source, file: "two.lua", seed: 7n, module });
 * const report = reportFailure(result, { again: "deno task lua two.lua --seed 7" });
 * assertStringIncludes(report, "two.lua:2: and then not");
 * assertStringIncludes(report, "so far so good");
 * assertStringIncludes(report, "again  deno task lua two.lua --seed 7");
 * ```
 */
export function reportFailure(result: ScenarioResult, options: ReportOptions): string {
  const { error, journal } = result;
  const written = lastLines(journal.render({ verbose: options.verbose ?? false }));
  return [
    error?.message ?? "passed",
    error?.traceback,
    written === "" ? "output: none" : `output:\n${indent(written)}`,
    numbers(result),
    `again  ${options.again}`,
  ].filter((part) => part !== undefined && part !== "").join("\n\n");
}

/** The numbers of a run in one line. */
export function numbers({ seed, networks, envelopes, virtualMs }: ScenarioResult): string {
  const parts = [`seed ${seed}`, count(networks, "network"), count(envelopes, "envelope")];
  return [...parts, `${virtualMs / 1000} s of virtual time`].join(" · ");
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function lastLines(text: string): string {
  const lines = text.trimEnd().split("\n");
  const cut = lines.length - REPORT_OUTPUT_LINES_MAX;
  return cut <= 0 ? lines.join("\n") : [`(${cut} lines before)`, ...lines.slice(cut)].join("\n");
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
