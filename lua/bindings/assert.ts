/**
 * The two tables of assertions: `indras.assert`, short and compatible, and the global `assert`,
 * which bridges `@std/assert` and stays callable as Lua's own.
 *
 * @module
 */
import {
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertNotEquals,
  assertObjectMatch,
  assertStrictEquals,
  assertStringIncludes,
  equal,
  fail,
} from "@std/assert";
import { LuaError } from "../errors.ts";
import { LuaCallable, LuaFloat, NOTHING, withExactFloats } from "../values.ts";
import type { LuaFunction } from "../values.ts";
import { isTable, kindOf, list, optionalText, options, seconds, text } from "./_arguments.ts";
import type { BindingContext } from "./context.ts";
import { checked } from "./_failed_assertion.ts";

type Binding = (...args: unknown[]) => unknown;

const identities: WeakMap<object, symbol> = new WeakMap();

/** How long `eventually` waits, and how often it looks, in milliseconds of the world's time. */
const EVENTUALLY_MS = { timeout: 5_000, interval: 100 };

/** The functions of `indras.assert`; the last argument is a message of the script's own. */
export function shortAssertions(): Record<string, Binding> {
  const compare = (check: (actual: number, expected: number) => void): Binding => (a, b, msg) => {
    const [actual, expected] = comparable(a, b);
    return passes(() => check(actual, expected), msg);
  };
  return {
    eq: (a, b, msg) => passes(() => assertEquals(plain(a), plain(b)), msg),
    ne: (a, b, msg) => passes(() => assertNotEquals(plain(a), plain(b)), msg),
    gt: compare(assertGreater),
    ge: compare(assertGreaterOrEqual),
    lt: compare(assertLess),
    le: compare(assertLessOrEqual),
    true_: (v, msg) => holds(isTruthy(v), "a true value", v, msg),
    false_: (v, msg) => holds(!isTruthy(v), "false or nil", v, msg),
    nil_: (v, msg) => holds(v === undefined, "nil", v, msg),
    not_nil: (v, msg) => holds(v !== undefined, "a value", v, msg),
    approx: (a, b, eps, msg) => almost(a, b, eps, msg),
    contains: (within, v, msg) => {
      const found = typeof within === "string"
        ? within.includes(text(v, "value"))
        : members(within).some((one) => equal(plain(one), plain(v)));
      return holds(found, `something that contains ${show(v)}`, within, msg);
    },
    len: (t, n, msg) => passes(() => assertEquals(lengthOf(t), n), msg),
    fail: (msg) => passes(() => fail(optionalText(msg, "msg"))),
  };
}

/** The global `assert`. */
export function longAssertions(context: BindingContext): LuaCallable {
  const { runtime } = context;
  const find = (runtime.getGlobal("string") as Record<string, LuaFunction>)["find"]!;
  const matches = (value: unknown, pattern: unknown) =>
    runtime.call(find, text(value, "text"), text(pattern, "pattern"))[0] !== undefined;
  const short = shortAssertions();
  return new LuaCallable(runtime.getGlobal("assert") as Binding, {
    equals: short["eq"],
    not_equals: short["ne"],
    same: short["eq"],
    strict_equals: strictEquals(context),
    almost_equals: (a: unknown, b: unknown, eps: unknown, msg: unknown) => almost(a, b, eps, msg),
    greater: short["gt"],
    greater_or_equal: short["ge"],
    less: short["lt"],
    less_or_equal: short["le"],
    match: (v: unknown, pattern: unknown, msg: unknown) =>
      holds(matches(v, pattern), `text that matches ${show(pattern)}`, v, msg),
    not_match: (v: unknown, pattern: unknown, msg: unknown) =>
      holds(!matches(v, pattern), `text that does not match ${show(pattern)}`, v, msg),
    string_includes: (v: unknown, part: unknown, msg: unknown) =>
      passes(() => assertStringIncludes(text(v, "text"), text(part, "part")), msg),
    array_includes: (v: unknown, parts: unknown, msg: unknown) =>
      passes(() => {
        assertArrayIncludes(plainList(v, "list"), plainList(parts, "parts"));
      }, msg),
    object_match: (v: unknown, part: unknown, msg: unknown) =>
      passes(() => {
        assertObjectMatch(
          plain(options(v, "table")) as object,
          plain(options(part, "part")) as Record<string, unknown>,
        );
      }, msg),
    exists: (v: unknown, msg: unknown) => passes(() => assertExists(v), msg),
    is_true: (v: unknown, msg: unknown) => holds(v === true, "true", v, msg),
    is_false: (v: unknown, msg: unknown) => holds(v === false, "false", v, msg),
    is_nil: short["nil_"],
    throws: (fn: unknown, pattern: unknown) => throws(fn, pattern, matches),
    eventually: (fn: unknown, settings: unknown) => eventually(fn, settings, context),
    fail: short["fail"],
  });
}

/** Tables count as the same only if they are one table: Lua itself has to compare them. */
function strictEquals({ runtime }: BindingContext): unknown {
  const differ = withExactFloats((a: unknown, b: unknown, msg: unknown) =>
    passes(() => assertStrictEquals(show(a), `the same as ${show(b)}`), msg)
  );
  const [strict] = runtime.run(
    `local rawequal, type, differ = rawequal, math.type, ...
     return function(a, b, msg)
       if not (rawequal(a, b) and type(a) == type(b)) then differ(a, b, msg) end
     end`,
    { chunkName: "[indras]", args: [differ] },
  );
  return strict;
}

function throws(
  fn: unknown,
  pattern: unknown,
  matches: (value: unknown, pattern: unknown) => boolean,
): unknown {
  const raised = raisedBy(callable(fn, "fn"));
  if (raised === undefined) return passes(() => fail("Expected function to raise an error."));
  if (pattern === undefined || matches(raised, pattern)) return raised;
  return holds(false, `an error that matches ${show(pattern)}`, raised);
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

function eventually(fn: unknown, settings: unknown, { world }: BindingContext): unknown {
  const { timeout, interval, msg } = options(settings, "options");
  const untilMs = world.nowMs +
    (timeout === undefined ? EVENTUALLY_MS.timeout : seconds(timeout, "timeout"));
  const stepMs = interval === undefined ? EVENTUALLY_MS.interval : seconds(interval, "interval");
  const holdsNow = callable(fn, "fn");
  for (;;) {
    if (isTruthy(holdsNow())) return NOTHING;
    if (world.nowMs >= untilMs) break;
    world.runFor(Math.min(Math.max(stepMs, 1), untilMs - world.nowMs));
  }
  return passes(() => fail("It did not become true in time."), msg);
}

function almost(a: unknown, b: unknown, eps: unknown, msg: unknown): unknown {
  const tolerance = eps === undefined ? undefined : number(eps, "tolerance");
  return passes(
    () => assertAlmostEquals(number(a, "actual"), number(b, "expected"), tolerance),
    msg,
  );
}

function passes(check: () => void, msg?: unknown): typeof NOTHING {
  checked(check, optionalText(msg, "msg"));
  return NOTHING;
}

function holds(
  holdsNow: boolean,
  expected: string,
  actual: unknown,
  msg?: unknown,
): typeof NOTHING {
  return passes(() => {
    if (!holdsNow) fail(`Expected ${expected}, got ${show(actual)}.`);
  }, msg);
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function comparable(a: unknown, b: unknown): [number, number] {
  const kinds = [kindOf(a), kindOf(b)];
  if (kinds[0] === kinds[1] && (kinds[0] === "number" || kinds[0] === "string")) {
    return [a as number, b as number];
  }
  throw new TypeError(`attempt to compare ${kinds[0]} with ${kinds[1]}`);
}

function number(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  throw new TypeError(`bad argument '${name}': expected a number, got ${kindOf(value)}`);
}

function callable(value: unknown, name: string): LuaFunction {
  if (typeof value === "function") return value as LuaFunction;
  throw new TypeError(`bad argument '${name}': expected a function, got ${kindOf(value)}`);
}

function members(value: unknown): unknown[] {
  if (isTable(value)) return Object.values(value as object);
  throw new TypeError(`bad argument 'within': expected a table or text, got ${kindOf(value)}`);
}

function plainList(value: unknown, name: string): unknown[] {
  return list(value, name).map(plain);
}

/** What `#` gives in Lua: items of a list, bytes of a string. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (isTable(value)) return 0;
  throw new TypeError(`attempt to get length of a ${kindOf(value)} value`);
}

/** Tables as ordinary objects, an empty one always as a list, so that diffs read like Lua. */
function plain(value: unknown): unknown {
  if (value instanceof LuaFloat) return value.value;
  if (isObject(value)) return identityOf(value);
  if (!isTable(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  const entries = Object.entries(value as object);
  if (entries.length === 0) return [];
  return Object.fromEntries(entries.map(([key, member]) => [key, plain(member)]));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isTable(value) &&
    !(value instanceof Uint8Array);
}

/** An object of a class is equal to itself only; without this, all of one class would be. */
function identityOf(object: object): symbol {
  const known = identities.get(object) ?? Symbol(kindOf(object));
  identities.set(object, known);
  return known;
}

function show(value: unknown): string {
  if (value === undefined) return "nil";
  if (value instanceof LuaFloat) {
    return Number.isInteger(value.value) ? `${value.value}.0` : `${value.value}`;
  }
  if (typeof value === "string") return JSON.stringify(value);
  return Deno.inspect(plain(value), { compact: true, breakLength: 100, colors: false });
}
