/** What happens where Lua cannot be left: in `table.sort`, `string.gsub` and the like. */
export type ErrandOtherwise =
  /** The call is refused with a {@linkcode LuaError} `await`. */
  | "refuse"
  /** The function runs inside the slice, where an interrupt can cut it off. */
  | "inside";

const ERRANDS: WeakMap<object, ErrandOtherwise> = new WeakMap();

/**
 * Marks a function so that Lua is left while it runs.
 *
 * An interrupt unwinds without `catch` and `finally`. A function that must not be cut off, such as
 * a write to a database, is therefore run outside of the slice; its time does not count as Lua's.
 * It may call Lua again: what that takes counts.
 *
 * @example A slow function does not end the runtime
 * ```ts
 * import { asErrand, createLuaRuntime, loadLuaModule } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * const limits = { sliceMs: 100 };
 * using lua = await createLuaRuntime({ module: await loadLuaModule(), limits });
 * const slow = () => {
 *   for (const endMs = performance.now() + 150; performance.now() < endMs;);
 *   return "done";
 * };
 * lua.setGlobal("slow", asErrand(slow));
 * assertEquals(lua.run("return slow()"), ["done"]);
 * ```
 */
export function asErrand<F extends (...args: never[]) => unknown>(
  fn: F,
  otherwise: ErrandOtherwise = "refuse",
): F {
  ERRANDS.set(fn, otherwise);
  return fn;
}

/** What {@linkcode asErrand} said of a function; `undefined` for one that is no errand. */
export function errandOf(fn: object): ErrandOtherwise | undefined {
  return ERRANDS.get(fn);
}

/** Marks `to` as `from` is marked. */
export function sameErrand<F extends (...args: never[]) => unknown>(from: object, to: F): F {
  const otherwise = errandOf(from);
  return otherwise === undefined ? to : asErrand(to, otherwise);
}
