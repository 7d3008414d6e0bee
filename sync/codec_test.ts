import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { mutants } from "../tests/_mutations.ts";
import { decodeWire, encodeWire } from "./codec.ts";
import type { WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";

const SEED = 20260101;

const wireValue = fc.letrec<{ value: WireValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "grapheme" }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 6 }),
    fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), tie("value"), { maxKeys: 6 }).map((map) => ({
      ...map,
    })),
  ),
})).value;

function codeOf(bytes: Uint8Array): string {
  return assertThrows(() => decodeWire(bytes), SyncError).code;
}

Deno.test(`encodeWire() then decodeWire() is identity (seed ${SEED})`, () => {
  fc.assert(
    fc.property(wireValue, (value) => assertEquals(decodeWire(encodeWire(value)), value)),
    { seed: SEED, numRuns: 500 },
  );
});

Deno.test("encodeWire() gives golden bytes", () => {
  const value = {
    v: 1,
    id: new Uint8Array([1, 2]),
    heads: [],
    t: 1_767_225_600_000,
    n: -3,
    x: 1.5,
  };
  assertEquals(
    encodeWire(value).toHex(),
    "a661760162696442010265686561647380" + "61741b0000019b76daa800" + "616e22" +
      "6178fb3ff8000000000000",
  );
});

Deno.test("decodeWire() refuses the nest of array headers that ends the process", () => {
  // Each header claims 2^32 - 1 members; decoders that allocate them first never come back.
  const nest = new Uint8Array(100);
  for (let at = 0; at < 100; at += 5) nest.set([0x9a, 0xff, 0xff, 0xff, 0xff], at);
  assertEquals(codeOf(nest), "bad_encoding");
  assertEquals(codeOf(new Uint8Array(100).fill(0x81)), "too_large");
});

Deno.test("decodeWire() refuses what is not this subset of CBOR", () => {
  const refused = {
    "nothing": "",
    "trailing bytes": "0000",
    "an array that ends early": "8201",
    "text that ends early": "6361",
    "a tag": "c11a514b67b0",
    "an indefinite array": "9fff",
    "an indefinite string": "7f6161ff",
    "a break": "ff",
    "undefined": "f7",
    "a half float": "f93c00",
    "a short float": "fa3f800000",
    "a simple value": "f0",
    "a one-byte simple value": "f8ff",
    "a reserved length": "1c",
    "a length that could be shorter": "1801",
    "a string length that could be shorter": "580101",
    "an integer beyond 2^53": "1b0020000000000001",
    "text that is not UTF-8": "61ff",
    "a key that is not text": "a10101",
    "a key that is not ASCII": "a162c3a901",
    "a key twice": "a2616101616102",
    "a key that objects have": "a16b636f6e7374727563746f7201",
    "the prototype": "a1695f5f70726f746f5f5f01",
    "a byte string longer than the input": "5affffffff00",
    "a map larger than the input": "ba7fffffff",
  };
  for (const [what, hex] of Object.entries(refused)) {
    assertEquals(codeOf(Uint8Array.fromHex(hex)), "bad_encoding", what);
  }
});

Deno.test("decodeWire() stops at each limit and not before", () => {
  const cases = [
    { limits: { bytesMax: 4 }, fits: "83010203", beyond: "8401020304" },
    { limits: { depthMax: 2 }, fits: "818101", beyond: "81818101" },
    { limits: { itemsMax: 3 }, fits: "820102", beyond: "83010203" },
    { limits: { keyBytesMax: 1 }, fits: "a1616101", beyond: "a162616101" },
  ];
  for (const { limits, fits, beyond } of cases) {
    decodeWire(Uint8Array.fromHex(fits), limits);
    const refused = () => decodeWire(Uint8Array.fromHex(beyond), limits);
    assertEquals(assertThrows(refused, SyncError).code, "too_large");
  }
});

Deno.test("decodeWire() copies bytes", () => {
  const wire = encodeWire(new Uint8Array([1, 2, 3]));
  const decoded = decodeWire(wire);
  wire.fill(0);
  assertEquals(decoded, new Uint8Array([1, 2, 3]));
});

Deno.test(`decodeWire() of 3,000 damaged inputs throws SyncError or decodes (seed ${SEED})`, () => {
  const original = encodeWire({
    v: 1,
    list: ["a", new Uint8Array(40), { deep: [1, 2, [3]] }, 1e12, -5, 0.25, null, true],
    text: "ünïcode",
  });
  let refused = 0;
  for (const bytes of mutants(original, { seed: SEED, count: 3000 })) {
    try {
      decodeWire(bytes);
    } catch (error) {
      assert(error instanceof SyncError, String(error));
      refused++;
    }
  }
  assert(refused > 1000, `only ${refused} were refused`);
});
