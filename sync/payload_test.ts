import { assert, assertEquals, assertThrows } from "@std/assert";
import { mutants } from "../tests/_mutations.ts";
import { encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseArtifactId, parseChangeHash, parseHeads, parseMemberId } from "./ids.ts";
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
const row = (...numbers: number[]) => Uint8Array.fromHex(numbers.map(id).join(""));
const [ada, ben] = [parseMemberId("a1".repeat(32)), parseMemberId("b2".repeat(32))];
const signature = Uint8Array.from({ length: 64 }, (_, at) => at);
const payload = {
  artifactId: parseArtifactId(id(1)),
  senderHeads: parseHeads([id(3), id(2)]),
  changes: new Uint8Array([1, 2, 3]),
  vouchers: [
    { member: ada, change: parseChangeHash(id(3)), signature },
    { member: ben, change: parseChangeHash(id(9)), signature },
  ],
};
const receipt = {
  artifactId: payload.artifactId,
  heads: payload.senderHeads,
  answers: parseHeads([id(2)]),
};

Deno.test("encodePayload() and encodeReceipt() give golden bytes", () => {
  const about = `5860${id(1)}${id(2)}${id(3)}`;
  const vouchers = `584101${signature.toHex()}` + `5880${ben}${id(9)}${signature.toHex()}`;
  assertEquals(encodePayload(payload, ada).toHex(), `8501${about}43010203${vouchers}`);
  assertEquals(encodeReceipt(receipt).toHex(), `8301${about}5820${id(2)}`);
  const answersAll = { ...receipt, answers: receipt.heads };
  assertEquals(encodeReceipt(answersAll).toHex(), `8201${about}`);
  const answersNone = { ...receipt, answers: [] };
  assertEquals(encodeReceipt(answersNone).toHex(), `8301${about}40`);
  const hasNothing = { ...receipt, heads: [], answers: [] };
  assertEquals(encodeReceipt(hasNothing).toHex(), `82015820${id(1)}`);
});

Deno.test("decodePayload() and decodeReceipt() answer their encoders", () => {
  for (const sender of [ada, ben]) {
    assertEquals(decodePayload(encodePayload(payload, sender), sender), payload);
  }
  const some = [[], receipt.heads, receipt.answers];
  for (const heads of some) {
    for (const answers of some) {
      const one = { ...receipt, heads, answers };
      assertEquals(decodeReceipt(encodeReceipt(one)), one);
    }
  }
});

Deno.test("a voucher that leaves its member out is the sender's, whoever that is", () => {
  const bytes = encodePayload({ ...payload, vouchers: payload.vouchers.slice(0, 1) }, ada);
  for (const sender of [ada, ben]) {
    assertEquals(decodePayload(bytes, sender).vouchers[0]!.member, sender);
  }
});

Deno.test("decodePayload() refuses wrong types, versions and sizes", () => {
  const [about, none] = [row(1, 2), new Uint8Array(0)];
  decodePayload(encodeWire([1, about, none]), ada);
  const full = new Uint8Array(128).fill(7);
  const cases: [string, Parameters<typeof encodeWire>[0], string][] = [
    ["another version", [2, about, none], "unknown_version"],
    ["a later version with other parts", [7, { body: 1 }], "unknown_version"],
    ["a version alone", [1], "bad_encoding"],
    ["no changes", [1, about], "bad_encoding"],
    ["another order", [about, none, 1], "bad_encoding"],
    ["no id", [1, none, none], "bad_encoding"],
    ["an id that is text", [1, id(1), none], "bad_encoding"],
    ["an id of 31 bytes", [1, about.slice(33), none], "bad_encoding"],
    ["a head of 31 bytes", [1, about.slice(1), none], "bad_encoding"],
    ["a list of heads", [1, [row(1), row(2)], none], "bad_encoding"],
    ["heads out of order", [1, row(1, 3, 2), none], "bad_encoding"],
    ["a head twice", [1, row(1, 2, 2), none], "bad_encoding"],
    ["changes that are text", [1, about, "no"], "bad_encoding"],
    ["changes that are null", [1, about, null], "bad_encoding"],
    ["a list of vouchers", [1, about, none, [full]], "bad_encoding"],
    ["a voucher that is too short", [1, about, none, row(1)], "bad_encoding"],
    ["a voucher too many", [1, about, none, ...Array(1001).fill(full)], "too_large"],
    ["a map", { v: 1 }, "bad_encoding"],
    ["an empty list", [], "bad_encoding"],
    ["text", "hello", "bad_encoding"],
    ["bytes", idBytes(1), "bad_encoding"],
    ["null", null, "bad_encoding"],
    [
      "a head too many",
      [1, row(...Array.from({ length: HEADS_MAX + 2 }, (_, n) => n)), none],
      "too_large",
    ],
    [
      "a byte of changes too many",
      [1, about, new Uint8Array(PAYLOAD_CHANGES_BYTES_MAX + 1)],
      "too_large",
    ],
  ];
  for (const [what, value, code] of cases) {
    const error = assertThrows(() => decodePayload(encodeWire(value), ada), SyncError);
    assertEquals(error.code, code, what);
  }
});

Deno.test("decodeReceipt() refuses wrong parts", () => {
  const about = row(1, 2);
  const cases: [string, Parameters<typeof encodeWire>[0], string][] = [
    ["another version", [2, about], "unknown_version"],
    ["nothing", [1], "bad_encoding"],
    ["no id", [1, new Uint8Array(0)], "bad_encoding"],
    ["heads out of order", [1, row(1, 3, 2)], "bad_encoding"],
    ["answers that are its heads", [1, about, row(2)], "bad_encoding"],
    ["no answers that are its heads", [1, row(1), row()], "bad_encoding"],
    ["answers that are null", [1, about, null], "bad_encoding"],
    ["answers of 31 bytes", [1, about, row(3).slice(1)], "bad_encoding"],
    ["answers out of order", [1, about, row(4, 3)], "bad_encoding"],
    ["a part too many", [1, about, row(3), row(4)], "bad_encoding"],
    ["a map", { v: 1 }, "bad_encoding"],
  ];
  for (const [what, value, code] of cases) {
    const error = assertThrows(() => decodeReceipt(encodeWire(value)), SyncError);
    assertEquals(error.code, code, what);
  }
});

Deno.test("a version has one spelling, however many parts stand behind it", () => {
  const voucher = { member: ben, change: parseChangeHash(id(9)), signature };
  for (const count of [0, 20, 21, 252, 253, 1000]) {
    const bytes = encodePayload({ ...payload, vouchers: Array(count).fill(voucher) }, ada);
    assertEquals(decodePayload(bytes, ada).vouchers.length, count);
    const float = bytes.toHex().replace("015860", "fb3ff00000000000005860");
    const error = assertThrows(() => decodePayload(Uint8Array.fromHex(float), ada), SyncError);
    assertEquals([error.code, float.length - 2 * bytes.length], ["bad_encoding", 16]);
  }
});

Deno.test("decodePayload() takes what is at the limits", () => {
  const about = row(...Array.from({ length: HEADS_MAX + 1 }, (_, n) => n));
  const changes = new Uint8Array(PAYLOAD_CHANGES_BYTES_MAX);
  const decoded = decodePayload(encodeWire([1, about, changes]), ada);
  assertEquals([decoded.senderHeads.length, decoded.changes.length], [1000, 16 * 1024 * 1024]);
});

Deno.test(`2,000 damaged inputs per decoder throw SyncError or decode (seed ${SEED})`, () => {
  const decoders: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
    ["payload", encodePayload(payload, ada), (bytes) => decodePayload(bytes, ada)],
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
