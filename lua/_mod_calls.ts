import { toResult } from "./_glyphcase_values.ts";
import type { ModEngine } from "./_mod_engine.ts";
import { GlyphCaseError } from "./glyphcase_errors.ts";
import type { ExecuteOptions } from "./glyphcase_options.ts";
import type { LuaFunction } from "./values.ts";

/** Runs a script in an engine; its first result, as TypeScript has it. */
export async function execute(
  engine: ModEngine,
  source: string,
  { name = "script", args = [] }: ExecuteOptions,
): Promise<unknown> {
  try {
    return toResult((await engine.runtime.runAsync(source, { chunkName: name, args }))[0]);
  } catch (error) {
    throw engine.failed(`"${name}"`, error);
  }
}

/** Calls a function by its name; its first result, as TypeScript has it. */
export async function call(
  engine: ModEngine,
  name: string,
  args: readonly unknown[],
): Promise<unknown> {
  const fn = requireFunction(engine, name);
  try {
    return toResult((await engine.runtime.callAsync(fn, ...args))[0]);
  } catch (error) {
    throw engine.failed(name, error);
  }
}

/** Like {@linkcode call}, at once. */
export function callNow(engine: ModEngine, name: string, args: readonly unknown[]): unknown {
  const fn = requireFunction(engine, name);
  return toResult(engine.guard(name, () => engine.runtime.call(fn, ...args))[0]);
}

function requireFunction(engine: ModEngine, name: string): LuaFunction {
  const fn = engine.find(name);
  if (fn !== undefined) return fn;
  throw new GlyphCaseError("no_function", `Cannot call "${name}": there is no such function`, {
    mod: engine.mod,
  });
}
