import { assertEquals } from "@std/assert";
import { blake3 as reference } from "@noble/hashes/blake3.js";
import { Blake3, blake3 } from "./blake3.ts";

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);
const hex = (bytes: Uint8Array) => new Uint8Array(bytes).toHex();

Deno.test("blake3() is what another implementation says, around every boundary", () => {
  const edges = [64, 1024, 2048, 16 * 1024, 64 * 1024].flatMap((
    edge,
  ) => [edge - 1, edge, edge + 1]);
  for (const length of [0, 1, 32, ...edges, 300_000]) {
    assertEquals(hex(blake3(bytesOf(length))), hex(reference(bytesOf(length))));
  }
});

Deno.test("Blake3 goes on after a digest, beside others", () => {
  const bytes = bytesOf(200_000);
  const [one, other] = [new Blake3(), new Blake3()];
  for (let at = 0; at < bytes.length; at += 33_333) {
    const end = Math.min(bytes.length, at + 33_333);
    one.update(bytes.subarray(at, end));
    other.update(bytes.subarray(at, end).toReversed());
    blake3(bytes);
    assertEquals(hex(one.digest()), hex(reference(bytes.subarray(0, end))));
  }
  assertEquals(hex(new Blake3().digest()), hex(reference(new Uint8Array(0))));
});

Deno.test("blake3() gives bytes of its own", () => {
  const first = blake3(bytesOf(1));
  blake3(bytesOf(2));
  assertEquals(hex(first), hex(reference(bytesOf(1))));
});
