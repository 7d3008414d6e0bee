/** Several values at once, as the result of a function that Lua calls. */
export class LuaMulti {
  /** What Lua receives, in order. */
  readonly values: readonly unknown[];

  /** Holds the values as they are; they are converted when they reach Lua. */
  constructor(...values: unknown[]) {
    this.values = values;
  }
}

/**
 * No value at all: what a function without a result returns to Lua.
 *
 * `undefined` and `null` become one `nil`, so that `tostring(find())` works; this becomes nothing.
 */
export const NOTHING: LuaMulti = new LuaMulti();

/** A number that is a float in Lua even when it is integral, such as 1.0. */
export class LuaFloat {
  /** The number. */
  readonly value: number;

  /** Marks `value` as a float. */
  constructor(value: number) {
    this.value = value;
  }
}

/** A function of Lua, callable from TypeScript; answers the first result. */
export type LuaFunction = (...args: unknown[]) => unknown;

const EXACT_FLOATS: WeakSet<object> = new WeakSet();

/**
 * Marks a function so that integral floats reach it as {@linkcode LuaFloat}, not as plain numbers:
 * for those few that must tell 1 from 1.0, such as the writer of a document.
 *
 * @example A float that happens to be integral
 * ```ts
 * import { createLuaRuntime, LuaFloat, loadLuaModule, withExactFloats } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * using lua = await createLuaRuntime({ module: await loadLuaModule() });
 * lua.setGlobal("is_float", withExactFloats((value: unknown) => value instanceof LuaFloat));
 * assertEquals(lua.run("return is_float(1.0), is_float(1)"), [true, false]);
 * ```
 */
export function withExactFloats<F extends (...args: never[]) => unknown>(fn: F): F {
  EXACT_FLOATS.add(fn);
  return fn;
}

/** Whether {@linkcode withExactFloats} was applied. */
export function wantsExactFloats(fn: object): boolean {
  return EXACT_FLOATS.has(fn);
}

/**
 * A table that can also be called: `fields` plus what happens on a call.
 *
 * A {@linkcode LuaFunction} as `call` is called by Lua directly, with the very same values.
 *
 * @example Lua's own `assert`, with fields
 * ```ts
 * import { createLuaRuntime, LuaCallable, loadLuaModule } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * using lua = await createLuaRuntime({ module: await loadLuaModule() });
 * const original = lua.getGlobal("assert") as (...args: unknown[]) => unknown;
 * lua.setGlobal("assert", new LuaCallable(original, { answer: () => 42 }));
 * assertEquals(lua.run("local t = {} return assert(t) == t, assert.answer()"), [true, 42]);
 * ```
 */
export class LuaCallable {
  /** What a call does. It does not receive the table. */
  readonly call: (...args: unknown[]) => unknown;
  /** The fields of the table. */
  readonly fields: Readonly<Record<string, unknown>>;

  /** Pairs a function with fields. */
  constructor(call: (...args: unknown[]) => unknown, fields: Readonly<Record<string, unknown>>) {
    this.call = call;
    this.fields = fields;
  }
}
