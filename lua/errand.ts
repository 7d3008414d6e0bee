/** The same work without leaving Lua, for calls that need no more; `undefined` for all others. */
export type QuickWork = (...args: unknown[]) => { readonly value: unknown } | undefined;

const ERRANDS: WeakMap<object, QuickWork | undefined> = new WeakMap();

/**
 * Marks a function so that Lua is left while it runs.
 *
 * An interrupt unwinds without `catch` and `finally`. A function that must not be cut off, such as
 * a write to a database, is therefore run outside of the slice; its time does not count as Lua's.
 * It may call Lua again: what that takes counts. Where Lua cannot be left, in the callbacks of
 * `table.sort`, `string.gsub` and the like, the call is refused with a {@linkcode LuaError} `await`.
 *
 * @param quick Tried before, without leaving Lua: it must be short for all arguments, as a call that
 * has just begun has no slice that would end it, and such that nothing has to be put back when it is
 * cut off anywhere. Leaving Lua costs far more than a function that takes a microsecond.
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
export function asErrand<F extends (...args: never[]) => unknown>(fn: F, quick?: QuickWork): F {
  ERRANDS.set(fn, quick);
  return fn;
}

/** What is tried before Lua is left for a function. */
export function quickWorkOf(fn: object): QuickWork | undefined {
  return ERRANDS.get(fn);
}

/** Whether {@linkcode asErrand} was told of a function. */
export function isErrand(fn: object): boolean {
  return ERRANDS.has(fn);
}

/** Marks `to` as `from` is marked. */
export function sameErrand<F extends (...args: never[]) => unknown>(from: object, to: F): F {
  return isErrand(from) ? asErrand(to, quickWorkOf(from)) : to;
}
