import type { LuaFunction } from "../values.ts";
import { kindOf } from "./_arguments.ts";

/** A function of Lua. */
export function callback(value: unknown, name: string): LuaFunction {
  if (typeof value === "function") return value as LuaFunction;
  throw new TypeError(`bad argument '${name}': expected a function, got ${kindOf(value)}`);
}
