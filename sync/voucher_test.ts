import { assert, assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createIdentity } from "../network/identity.ts";
import { mutants } from "../tests/_mutations.ts";
import { SyncError } from "./errors.ts";
import { parseArtifactId, parseChangeHash, parseMemberId } from "./ids.ts";
import {
  decodeVoucher,
  encodeVoucher,
  makeVoucher,
  verifyVoucher,
  VOUCHER_BYTES,
  VOUCHERS_CACHED_MAX,
} from "./voucher.ts";

const SEED = 20260204;

const member = (n: number) => createIdentity({ randomBytes: () => new Uint8Array(32).fill(n) });
const [ada, ben] = [member(1), member(2)];
const documentId = parseArtifactId("0d".repeat(32));
const changeOf = (n: number) => parseChangeHash(n.toString(16).padStart(64, "0"));

// Computed a second time by an independent implementation.
Deno.test("encodeVoucher() of makeVoucher() gives golden bytes", () => {
  const change = parseChangeHash("0c".repeat(32));
  assertEquals(
    encodeVoucher(makeVoucher(ada, documentId, change)).toHex(),
    `${ada.memberId}${change}` +
      "4d10ac88b637505fd73f201e6d1a5cd932c893a4c238be160036aa09b7a024b7" +
      "44463557f8bf08f6ca9a100dabc2b2875dcbec20da9feeb1fb205bed93e37d03",
  );
});

Deno.test(`verifyVoucher() believes a voucher as it was made, and no other (seed ${SEED})`, () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
  fc.assert(
    fc.property(hash, hash, hash, (document, change, other) => {
      fc.pre(new Set([document, change, other]).size === 3);
      const id = parseArtifactId(document);
      const voucher = makeVoucher(ada, id, parseChangeHash(change));
      for (let time = 0; time < 2; time++) {
        assert(verifyVoucher(id, voucher));
        assertFalse(verifyVoucher(parseArtifactId(other), voucher));
        assertFalse(verifyVoucher(id, { ...voucher, change: parseChangeHash(other) }));
        assertFalse(verifyVoucher(id, { ...voucher, member: ben.memberId }));
        // The document and the change cannot trade places.
        const swapped = { ...voucher, change: parseChangeHash(document) };
        assertFalse(verifyVoucher(parseArtifactId(change), swapped));
      }
      assertEquals(decodeVoucher(encodeVoucher(voucher)), voucher);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

Deno.test("verifyVoucher() refuses every flipped bit, also after the good one", () => {
  const voucher = makeVoucher(ada, documentId, changeOf(1));
  const bytes = encodeVoucher(voucher);
  assert(verifyVoucher(documentId, voucher));
  for (let bit = 0; bit < 8 * VOUCHER_BYTES; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assertFalse(verifyVoucher(documentId, decodeVoucher(flipped)), `bit ${bit}`);
  }
});

Deno.test(`decodeVoucher() or verifyVoucher() refuses 2,000 damaged ones (seed ${SEED})`, () => {
  const bytes = encodeVoucher(makeVoucher(ada, documentId, changeOf(2)));
  let refused = 0;
  for (const damaged of mutants(bytes, { seed: SEED, count: 2000 })) {
    if (damaged.toHex() === bytes.toHex()) continue;
    refused++;
    if (damaged.length === VOUCHER_BYTES) {
      assertFalse(verifyVoucher(documentId, decodeVoucher(damaged)));
    } else {
      const error = assertThrows(() => decodeVoucher(damaged), SyncError);
      assertEquals(error.code, "bad_encoding");
    }
  }
  assert(refused > 1900, `only ${refused} were damaged`);
});

Deno.test("verifyVoucher() refuses a member whose signature fits every change", () => {
  const signature = new Uint8Array(64);
  signature[0] = 1;
  const member = parseMemberId(`01${"00".repeat(31)}`);
  assertFalse(verifyVoucher(documentId, { member, change: changeOf(3), signature }));
  const noPoint = parseMemberId(`02${"00".repeat(31)}`);
  assertFalse(verifyVoucher(documentId, { member: noPoint, change: changeOf(3), signature }));
  const { signature: good, ...rest } = makeVoucher(ada, documentId, changeOf(3));
  for (const length of [0, 63]) {
    assertFalse(verifyVoucher(documentId, { ...rest, signature: good.subarray(0, length) }));
  }
});

Deno.test("decodeVoucher() refuses what is not 128 bytes, and copies", () => {
  for (const value of ["text", 1, null, [], {}, undefined, new Uint8Array(127)]) {
    const error = assertThrows(() => decodeVoucher(value), SyncError);
    assertEquals(error.code, "bad_encoding");
  }
  const bytes = encodeVoucher(makeVoucher(ada, documentId, changeOf(4)));
  const voucher = decodeVoucher(bytes);
  bytes.fill(0);
  assertNotEquals(voucher.signature, new Uint8Array(64));
  assert(verifyVoucher(documentId, voucher));
});

Deno.test("verifyVoucher() still tells right from wrong after its cache has run over", () => {
  const first = makeVoucher(ada, documentId, changeOf(0));
  for (let n = 0; n <= VOUCHERS_CACHED_MAX; n++) {
    assert(verifyVoucher(documentId, makeVoucher(ada, documentId, changeOf(n))));
  }
  assert(verifyVoucher(documentId, first));
  assertFalse(verifyVoucher(documentId, { ...first, change: changeOf(1) }));
});
