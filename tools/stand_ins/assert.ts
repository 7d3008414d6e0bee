/**
 * Stands in for `jsr:@std/assert` where JSR cannot be reached: the compiled original, from npm,
 * with the types that its compilation lost.
 *
 * @module
 */
// deno-lint-ignore-file no-explicit-any -- as in the original
import * as original from "npm:deno-std@1.4.0/assert/mod.js";

type Class<T> = abstract new (...args: any[]) => T;
type AnyClass = Class<any>;
type Same = <T>(actual: T, expected: T, msg?: string) => void;
type Text = (actual: string, expected: RegExp, msg?: string) => void;

/** What every failing assertion throws. */
export type AssertionError = Error;
export const AssertionError: new (message: string, options?: ErrorOptions) => AssertionError =
  original.AssertionError;

export const assert: (expr: unknown, msg?: string) => asserts expr = original.assert;
export const assertAlmostEquals: (
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
) => void = original.assertAlmostEquals;
export const assertArrayIncludes: <T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
) => void = original.assertArrayIncludes;
export const assertEquals: Same = original.assertEquals;
export const assertExists: <T>(actual: T, msg?: string) => asserts actual is NonNullable<T> =
  original.assertExists;
export const assertFalse: (expr: unknown, msg?: string) => void = original.assertFalse;
export const assertGreater: Same = original.assertGreater;
export const assertGreaterOrEqual: Same = original.assertGreaterOrEqual;
export const assertInstanceOf: <T extends AnyClass>(
  actual: unknown,
  expectedType: T,
  msg?: string,
) => asserts actual is InstanceType<T> = original.assertInstanceOf;
export const assertIsError: <E extends Error = Error>(
  error: unknown,
  errorClass?: Class<E>,
  msgMatches?: string | RegExp,
  msg?: string,
) => asserts error is E = original.assertIsError;
export const assertLess: Same = original.assertLess;
export const assertLessOrEqual: Same = original.assertLessOrEqual;
export const assertMatch: Text = original.assertMatch;
export const assertNotEquals: Same = original.assertNotEquals;
export const assertNotMatch: Text = original.assertNotMatch;
export const assertNotStrictEquals: Same = original.assertNotStrictEquals;
export const assertObjectMatch: (
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
) => void = original.assertObjectMatch;
export const assertRejects: {
  (fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
  <E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    errorClass: Class<E>,
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
} = original.assertRejects;
export const assertStrictEquals: <T>(
  actual: unknown,
  expected: T,
  msg?: string,
) => asserts actual is T = original.assertStrictEquals;
export const assertStringIncludes: (actual: string, expected: string, msg?: string) => void =
  original.assertStringIncludes;
export const assertThrows: {
  (fn: () => unknown, msg?: string): unknown;
  <E extends Error = Error>(
    fn: () => unknown,
    errorClass: Class<E>,
    msgIncludes?: string,
    msg?: string,
  ): E;
} = original.assertThrows;
export const equal: (a: unknown, b: unknown) => boolean = original.equal;
export const fail: (msg?: string) => never = original.fail;
export const unreachable: (msg?: string) => never = original.unreachable;
