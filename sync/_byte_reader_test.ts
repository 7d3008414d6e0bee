import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteReader } from "./_byte_reader.ts";
import { SyncError } from "./errors.ts";

const SEED = 20_262;
const someInteger = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -200, max: 200 }),
);

Deno.test("ByteReader.sleb() reads what LEB128 writes", () => {
  fc.assert(
    fc.property(someInteger, (value) => {
      const reader = new ByteReader(signed(BigInt(value)));
      assertEquals(reader.sleb(), value);
      reader.end();
    }),
    { seed: SEED },
  );
});

Deno.test("ByteReader.uleb() reads what LEB128 writes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(300)), (value) => {
      const reader = new ByteReader(unsigned(BigInt(value)));
      assertEquals(reader.uleb(), value);
      reader.end();
    }),
    { seed: SEED },
  );
});

Deno.test("ByteReader refuses numbers that are longer than they need be", () => {
  for (const bytes of [[0x80, 0x00], [0x81, 0x80, 0x00], new Array(11).fill(0x80)]) {
    assertThrows(() => new ByteReader(Uint8Array.from(bytes)).uleb(), SyncError);
    assertThrows(() => new ByteReader(Uint8Array.from(bytes)).sleb(), SyncError);
  }
  assertThrows(() => new ByteReader(Uint8Array.of(0xff, 0x7f)).sleb(), SyncError, "canonical");
  assertEquals(new ByteReader(Uint8Array.of(0xff, 0x7f)).uleb(), 16_383);
});

Deno.test("ByteReader refuses numbers that JavaScript cannot hold exactly", () => {
  const above = 2n ** 53n;
  assertThrows(() => new ByteReader(unsigned(above)).uleb(), SyncError, "2^53");
  assertThrows(() => new ByteReader(signed(above)).sleb(), SyncError, "2^53");
  assertThrows(() => new ByteReader(signed(-above)).sleb(), SyncError, "2^53");
  assertThrows(() => new ByteReader(unsigned(2n ** 64n - 1n)).uleb(), SyncError);
});

Deno.test("ByteReader.take() stops at the end of the bytes", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3));
  assertEquals([...reader.take(2)], [1, 2]);
  assertThrows(() => reader.take(2), SyncError, "2 bytes are claimed and 1 are left");
  assertThrows(() => reader.end(), SyncError, "1 bytes follow the end");
  assertEquals(reader.byte(), 3);
  assertThrows(() => reader.byte(), SyncError, "end early");
});

/** LEB128 on big integers: slow, and not the code under test. */
function unsigned(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value;; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest < 128n) return Uint8Array.from([...bytes, low]);
    bytes.push(low | 128);
  }
}

function signed(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value;; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest >= -64n && rest < 64n) return Uint8Array.from([...bytes, low]);
    bytes.push(low | 128);
  }
}
