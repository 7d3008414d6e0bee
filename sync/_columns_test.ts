import { assertEquals, assertThrows } from "@std/assert";
import { ByteReader } from "./_byte_reader.ts";
import { countBooleans, readClaims, readSigned, readUnsigned, walkRuns } from "./_columns.ts";
import { SyncError } from "./errors.ts";
import { NULL, unfoldCounters, unfoldUnsigned } from "./_unfold.ts";

const LAYOUT = [0x01, 0x13, 0x57];

/** Three sevens, then 1 and 2, then two nulls. */
const COLUMN = Uint8Array.of(3, 7, 0x7e, 1, 2, 0, 2);

Deno.test("walkRuns() tells each run and counts the rows", () => {
  const runs: [number | undefined, number][] = [];
  assertEquals(walkRuns(COLUMN, readUnsigned, (value, count) => runs.push([value, count])), 7);
  assertEquals(runs, [[7, 3], [1, 1], [2, 1], [undefined, 2]]);
});

Deno.test("walkRuns() takes as long as the column has bytes, whatever it claims", () => {
  const claims = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x08, 5);
  let visits = 0;
  assertEquals(walkRuns(claims, readSigned, () => visits++), 2 ** 45);
  assertEquals(visits, 1);
});

Deno.test("walkRuns() refuses runs that nothing writes", () => {
  for (const bytes of [[0, 0], [1, 5], [3], [0x7e, 1]]) {
    assertThrows(() => walkRuns(Uint8Array.from(bytes), readUnsigned, () => {}), SyncError);
  }
});

Deno.test("countBooleans() counts both, and allows only the first run to be empty", () => {
  assertEquals(countBooleans(Uint8Array.of(0, 3, 4)), 7);
  assertThrows(() => countBooleans(Uint8Array.of(3, 0, 4)), SyncError, "too short");
});

Deno.test("unfoldUnsigned() and unfoldCounters() give each row its value", () => {
  assertEquals([...unfoldUnsigned(COLUMN, 7)], [7, 7, 7, 1, 2, NULL, NULL]);
  assertEquals([...unfoldCounters(COLUMN, 7)], [7, 14, 21, 22, 24, NULL, NULL]);
  assertEquals([...unfoldUnsigned(undefined, 2)], [NULL, NULL]);
});

Deno.test("readClaims() refuses columns that are unknown, repeated, disordered or too many", () => {
  const claims = (...bytes: number[]) =>
    readClaims(new ByteReader(Uint8Array.from(bytes)), LAYOUT, false);
  assertEquals(claims(2, 0x01, 5, 0x57, 6), [
    { spec: 0x01, length: 5, deflated: false },
    { spec: 0x57, length: 6, deflated: false },
  ]);
  assertThrows(() => claims(1, 0x02, 5), SyncError, "0x2 is unknown");
  assertThrows(() => claims(2, 0x01, 5, 0x01, 5), SyncError, "repeated");
  assertThrows(() => claims(2, 0x13, 5, 0x01, 5), SyncError, "out of order");
  assertThrows(() => claims(4, 0x01, 5), SyncError, "4 columns of 3");
  assertThrows(() => claims(1, 0x5f, 5), SyncError, "deflated where none may be");
});
