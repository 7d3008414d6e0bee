import { assertEquals, assertThrows } from "@std/assert";
import { checkLengths, checkValues } from "./_raw_values.ts";
import { SyncError } from "./errors.ts";

/** Checks one value of a type, or more of the same length. */
function check(type: number, raw: readonly number[], count = 1): number {
  const value = (raw.length / count) * 16 + type;
  const bytes = value < 128 ? [value] : [(value % 128) | 128, Math.floor(value / 128)];
  const head = count === 1 ? 0x7f : count;
  return checkValues(Uint8Array.from([head, ...bytes]), Uint8Array.from(raw));
}

Deno.test("checkValues() accepts each type of value and counts the rows", () => {
  for (const type of [0, 1, 2, 6, 7]) assertEquals(check(type, []), 1);
  for (const type of [3, 4, 8, 9]) assertEquals(check(type, [5]), 1);
  assertEquals(check(5, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]), 1);
  assertEquals(check(6, [0xc3, 0xa4, 0xc3, 0xb6], 2), 2);
  assertEquals(check(3, [...new Array(9).fill(0xff), 1]), 1);
  assertEquals(check(4, [...new Array(9).fill(0x80), 0x7f]), 1);
});

Deno.test("checkValues() refuses values that are not what their type says", () => {
  for (const type of [0, 1, 2]) assertThrows(() => check(type, [1]), SyncError);
  for (const type of [3, 4, 5, 8, 9]) assertThrows(() => check(type, []), SyncError);
  for (const type of [10, 15]) assertThrows(() => check(type, [1]), SyncError, "unknown type");
  assertThrows(() => check(5, [1, 2]), SyncError, "a float has 2 bytes");
  assertThrows(() => check(6, [0xff]), SyncError, "UTF-8");
  assertThrows(() => check(6, [0xe2, 0x82, 0xac, 0x61], 2), SyncError, "UTF-8");
  assertThrows(() => check(3, [0x85, 0x00]), SyncError, "canonical");
  assertThrows(() => check(3, [5, 5]), SyncError);
  assertThrows(() => check(3, [...new Array(9).fill(0xff), 2]), SyncError, "canonical");
  assertThrows(() => check(3, new Array(11).fill(0x80)), SyncError, "11 bytes");
});

Deno.test("checkValues() and checkLengths() refuse lengths that do not fill the raw bytes", () => {
  for (const raw of [[1], [1, 2, 3]]) {
    const bytes = Uint8Array.from(raw);
    assertThrows(() => checkValues(Uint8Array.of(0x7f, 2 * 16 + 7), bytes), SyncError, "claim 2");
    assertThrows(() => checkLengths(Uint8Array.of(0x7f, 2), bytes), SyncError, "claim 2");
  }
  const huge = Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0xf7, 0xff, 0xff, 0xff, 0x7f);
  assertThrows(() => checkValues(huge, new Uint8Array(9)), SyncError);
  assertEquals(checkLengths(Uint8Array.of(2, 2), new Uint8Array(4)), 2);
});

Deno.test("checkValues() counts no rows without columns", () => {
  assertEquals(checkValues(undefined, undefined), 0);
  assertThrows(() => checkValues(undefined, Uint8Array.of(1)), SyncError);
});
