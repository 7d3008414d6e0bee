/**
 * `indras.log` and `indras.narrative`: what a scenario writes into its journal.
 *
 * @module
 */
import { optionalText, options, text } from "./_arguments.ts";
import type { BindingContext, LogLevel } from "./context.ts";
import { nothing } from "./network.ts";

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** The functions of `indras.log`. */
export function logFunctions(
  { log }: BindingContext,
): Record<string, (...args: unknown[]) => unknown> {
  const write = (level: LogLevel) => (message: unknown, fields: unknown) =>
    nothing(log(level, text(message, "message"), optionalFields(fields)));
  return {
    ...Object.fromEntries(LEVELS.map((level) => [level, write(level)])),
    print: (message: unknown) => nothing(log("print", optionalText(message, "message") ?? "nil")),
  };
}

function optionalFields(fields: unknown): unknown {
  return fields === undefined ? undefined : options(fields, "fields");
}

/** The function `indras.narrative`. */
export function narrative({ log }: BindingContext): (line: unknown) => unknown {
  return (line) => nothing(log("narrative", text(line, "text")));
}
