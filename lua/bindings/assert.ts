/**
 * The two tables of assertions: `indras.assert`, short and compatible, and the global `assert`,
 * which bridges `@std/assert` and stays callable as Lua's own.
 *
 * @module
 */
import {
  assertArrayIncludes,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertObjectMatch,
  assertStrictEquals,
  assertStringIncludes,
  fail,
} from "@std/assert";
import { LuaError } from "../errors.ts";
import { LuaCallable, NOTHING, withExactFloats } from "../values.ts";
import type { LuaFunction } from "../values.ts";
import { kindOf, list, optionalText, options, seconds, text } from "./_arguments.ts";
import { almost, Checks, compare, isTruthy, lengthOf, passes } from "./_checks.ts";
import type { Binding } from "./_checks.ts";
import type { BindingContext } from "./context.ts";

/** How long `eventually` waits, and how often it looks, in milliseconds of the world's time. */
const EVENTUALLY_MS = { timeout: 5_000, interval: 100 };

/** The functions of `indras.assert`; the last argument is a message of the script's own. */
export function shortAssertions(context: BindingContext): Record<string, Binding> {
  const checks = new Checks(context);
  return {
    eq: (a, b, msg) => checks.equals(a, b, msg),
    ne: (a, b, msg) => checks.notEquals(a, b, msg),
    gt: compare(assertGreater),
    ge: compare(assertGreaterOrEqual),
    lt: compare(assertLess),
    le: compare(assertLessOrEqual),
    true_: (v, msg) => checks.holds(isTruthy(v), "a true value", v, msg),
    false_: (v, msg) => checks.holds(!isTruthy(v), "false or nil", v, msg),
    nil_: (v, msg) => checks.holds(v === undefined, "nil", v, msg),
    not_nil: (v, msg) => checks.holds(v !== undefined, "a value", v, msg),
    approx: almost,
    contains: (within, v, msg) => checks.contains(within, v, msg),
    len: (t, n, msg) => passes(() => assertEquals(lengthOf(t), n), msg),
    fail: (msg) => passes(() => fail(optionalText(msg, "msg"))),
  };
}

/** The global `assert`. */
export function longAssertions(context: BindingContext): LuaCallable {
  const checks = new Checks(context);
  const matches = matcher(context);
  const short = shortAssertions(context);
  const fields: Record<string, unknown> = {
    equals: short["eq"],
    not_equals: short["ne"],
    same: short["eq"],
    strict_equals: strictEquals(context, checks),
    almost_equals: almost,
    greater: short["gt"],
    greater_or_equal: short["ge"],
    less: short["lt"],
    less_or_equal: short["le"],
    match: (v: unknown, pattern: unknown, msg: unknown) =>
      checks.holds(matches(v, pattern), `text that matches ${quoted(pattern)}`, v, msg),
    not_match: (v: unknown, pattern: unknown, msg: unknown) =>
      checks.holds(!matches(v, pattern), `text that does not match ${quoted(pattern)}`, v, msg),
    string_includes: (v: unknown, part: unknown, msg: unknown) =>
      passes(() => assertStringIncludes(text(v, "text"), text(part, "part")), msg),
    array_includes: (v: unknown, parts: unknown, msg: unknown) =>
      arrayIncludes(list(v, "list"), list(parts, "parts"), msg, checks),
    object_match: (v: unknown, part: unknown, msg: unknown) =>
      objectMatch(options(v, "table"), options(part, "part"), msg, checks),
    exists: short["not_nil"],
    is_true: (v: unknown, msg: unknown) => checks.holds(v === true, "true", v, msg),
    is_false: (v: unknown, msg: unknown) => checks.holds(v === false, "false", v, msg),
    is_nil: short["nil_"],
    throws: (fn: unknown, pattern: unknown) => throws(callable(fn), pattern, matches, checks),
    eventually: (fn: unknown, settings: unknown) => eventually(callable(fn), settings, context),
    fail: short["fail"],
  };
  return new LuaCallable(plainAssert(context), fields);
}

/** Lua's own `assert` would name the place of our call of it; this one names the script's. */
function plainAssert({ runtime }: BindingContext): Binding {
  const [plain] = runtime.run(
    `local error, select = error, select
     return function(...)
       if (...) then return ... end
       local count = select('#', ...)
       if count == 0 then error("bad argument #1 to 'assert' (value expected)", 2) end
       if count == 1 then error("assertion failed!", 2) end
       error((select(2, ...)), 2)
     end`,
    { chunkName: "[indras]" },
  );
  return plain as Binding;
}

/** Whether text matches a pattern, as `string.find` of Lua says. */
function matcher({ runtime }: BindingContext): (value: unknown, pattern: unknown) => boolean {
  const find = (runtime.getGlobal("string") as Record<string, LuaFunction>)["find"]!;
  return (value, pattern) =>
    runtime.call(find, text(value, "text"), text(pattern, "pattern"))[0] !== undefined;
}

/** Tables count as the same only if they are one table: Lua itself has to compare them. */
function strictEquals({ runtime }: BindingContext, checks: Checks): unknown {
  const differ = withExactFloats((a: unknown, b: unknown, msg: unknown) => {
    const values = checks.values();
    return passes(() => assertStrictEquals(values.show(a), `the same as ${values.show(b)}`), msg);
  });
  const [strict] = runtime.run(
    `local rawequal, type, differ = rawequal, math.type, ...
     return function(a, b, msg)
       if not (rawequal(a, b) and type(a) == type(b)) then differ(a, b, msg) end
     end`,
    { chunkName: "[indras]", args: [differ] },
  );
  return strict;
}

function arrayIncludes(
  actual: readonly unknown[],
  parts: readonly unknown[],
  msg: unknown,
  checks: Checks,
): unknown {
  const values = checks.values();
  const plain = (items: readonly unknown[]) => items.map((item) => values.of(item));
  return passes(() => assertArrayIncludes(plain(actual), plain(parts)), msg);
}

function objectMatch(actual: object, part: object, msg: unknown, checks: Checks): unknown {
  const values = checks.values(() => ({})); // so that an empty part matches any table
  const plain = (table: object) => values.of(table) as Record<string, unknown>;
  return passes(() => assertObjectMatch(plain(actual), plain(part)), msg);
}

function throws(
  fn: LuaFunction,
  pattern: unknown,
  matches: (value: unknown, pattern: unknown) => boolean,
  checks: Checks,
): unknown {
  const raised = raisedBy(fn);
  if (raised === undefined) return passes(() => fail("Expected function to raise an error."));
  if (pattern === undefined || matches(raised, pattern)) return raised;
  return checks.holds(false, `an error that matches ${quoted(pattern)}`, raised);
}

function raisedBy(fn: LuaFunction): string | undefined {
  try {
    fn();
    return undefined;
  } catch (error) {
    // Only what a script may catch: a killed runtime must not go on.
    if (error instanceof LuaError && error.code !== "dead" && error.code !== "timeout") {
      return error.message;
    }
    throw error;
  }
}

function eventually(fn: LuaFunction, settings: unknown, { world }: BindingContext): unknown {
  const { timeout, interval, msg } = options(settings, "options");
  const untilMs = world.nowMs +
    (timeout === undefined ? EVENTUALLY_MS.timeout : seconds(timeout, "timeout"));
  const stepMs = interval === undefined ? EVENTUALLY_MS.interval : seconds(interval, "interval");
  for (;;) {
    if (isTruthy(fn())) return NOTHING;
    if (world.nowMs >= untilMs) break;
    world.runFor(Math.min(Math.max(stepMs, 1), untilMs - world.nowMs));
  }
  return passes(() => fail("It did not become true in time."), msg);
}

function callable(value: unknown): LuaFunction {
  if (typeof value === "function") return value as LuaFunction;
  throw new TypeError(`bad argument 'fn': expected a function, got ${kindOf(value)}`);
}

function quoted(pattern: unknown): string {
  return JSON.stringify(text(pattern, "pattern"));
}
