import { assert, assertEquals, assertThrows } from "@std/assert";
import { mutants } from "../tests/_mutations.ts";
import { encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseArtifactId, parseHeads } from "./ids.ts";
import {
  decodePayload,
  decodeReceipt,
  encodePayload,
  encodeReceipt,
  HEADS_MAX,
  PAYLOAD_CHANGES_BYTES_MAX,
} from "./payload.ts";

const SEED = 20260106;
const id = (n: number) => n.toString(16).padStart(64, "0");
const idBytes = (n: number) => Uint8Array.fromHex(id(n));
const payload = {
  artifactId: parseArtifactId(id(1)),
  senderHeads: parseHeads([id(3), id(2)]),
  changes: new Uint8Array([1, 2, 3]),
  vouchers: [],
};
const receipt = {
  artifactId: payload.artifactId,
  heads: payload.senderHeads,
  answers: parseHeads([id(2)]),
};

Deno.test("encodePayload() and encodeReceipt() give golden bytes", () => {
  const rest = `6269645820${id(1)}656865616473825820${id(2)}5820${id(3)}`;
  assertEquals(
    encodePayload(payload).toHex(),
    `a5617601${rest}676368616e6765734301020368766f75636865727380`,
  );
  assertEquals(
    encodeReceipt(receipt).toHex(),
    `a4617601${rest}67616e73776572738158` + `20${id(2)}`,
  );
});

Deno.test("decodePayload() and decodeReceipt() answer their encoders", () => {
  assertEquals(decodePayload(encodePayload(payload)), payload);
  assertEquals(decodeReceipt(encodeReceipt(receipt)), receipt);
});

Deno.test("decodePayload() refuses wrong types, versions and sizes", () => {
  const right = {
    ...{ v: 1, id: idBytes(1), heads: [idBytes(2)], changes: new Uint8Array(0) },
    vouchers: [],
  };
  decodePayload(encodeWire(right));
  const { id: _, ...withoutId } = right;
  const cases: [string, Parameters<typeof encodeWire>[0], string][] = [
    ["another version", { ...right, v: 2 }, "unknown_version"],
    ["a later version with other fields", { v: 7, body: 1 }, "unknown_version"],
    ["a missing field", withoutId, "bad_encoding"],
    ["an extra field", { ...right, more: 1 }, "bad_encoding"],
    ["another order", { v: 1, heads: [], id: idBytes(1), changes: idBytes(0) }, "bad_encoding"],
    ["an id that is text", { ...right, id: id(1) }, "bad_encoding"],
    ["an id of 31 bytes", { ...right, id: idBytes(1).slice(1) }, "bad_encoding"],
    ["heads that are bytes", { ...right, heads: idBytes(1) }, "bad_encoding"],
    ["a head that is a number", { ...right, heads: [1] }, "bad_encoding"],
    ["heads out of order", { ...right, heads: [idBytes(2), idBytes(1)] }, "bad_encoding"],
    ["a head twice", { ...right, heads: [idBytes(2), idBytes(2)] }, "bad_encoding"],
    ["changes that are text", { ...right, changes: "no" }, "bad_encoding"],
    ["changes that are null", { ...right, changes: null }, "bad_encoding"],
    ["vouchers that are bytes", { ...right, vouchers: idBytes(1) }, "bad_encoding"],
    ["a voucher that is too short", { ...right, vouchers: [idBytes(1)] }, "bad_encoding"],
    [
      "a voucher too many",
      { ...right, vouchers: Array(1001).fill(new Uint8Array(128)) },
      "too_large",
    ],
    ["text", "hello", "bad_encoding"],
    ["bytes", idBytes(1), "bad_encoding"],
    ["null", null, "bad_encoding"],
    [
      "a head too many",
      { ...right, heads: Array.from({ length: HEADS_MAX + 1 }, (_, n) => idBytes(n)) },
      "too_large",
    ],
    [
      "a byte of changes too many",
      { ...right, changes: new Uint8Array(PAYLOAD_CHANGES_BYTES_MAX + 1) },
      "too_large",
    ],
  ];
  for (const [what, value, code] of cases) {
    assertEquals(assertThrows(() => decodePayload(encodeWire(value)), SyncError).code, code, what);
  }
});

Deno.test("decodePayload() takes what is at the limits", () => {
  const heads = Array.from({ length: HEADS_MAX }, (_, n) => idBytes(n));
  const changes = new Uint8Array(PAYLOAD_CHANGES_BYTES_MAX);
  const decoded = decodePayload(encodeWire({ v: 1, id: idBytes(1), heads, changes, vouchers: [] }));
  assertEquals([decoded.senderHeads.length, decoded.changes.length], [1000, 16 * 1024 * 1024]);
});

Deno.test(`2,000 damaged inputs per decoder throw SyncError or decode (seed ${SEED})`, () => {
  const decoders: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
    ["payload", encodePayload(payload), decodePayload],
    ["receipt", encodeReceipt(receipt), decodeReceipt],
  ];
  for (const [what, original, decode] of decoders) {
    let refused = 0;
    for (const bytes of mutants(original, { seed: SEED, count: 2000 })) {
      try {
        decode(bytes);
      } catch (error) {
        assert(error instanceof SyncError, String(error));
        refused++;
      }
    }
    assert(refused > 1000, `${what}: only ${refused} were refused`);
  }
});
