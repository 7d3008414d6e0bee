import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { blake3 } from "@noble/hashes/blake3.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import fc from "fast-check";
import { createDecipheriv } from "node:crypto";
import { seededSources } from "../sync/mod.ts";
import { mutants } from "../tests/_mutations.ts";
import { NetworkError } from "./errors.ts";
import type { NetworkErrorCode } from "./errors.ts";
import { createIdentity } from "./identity.ts";
import {
  exportIdentity,
  formatIdentityExport,
  IDENTITY_EXPORT_BYTES_MAX,
  IDENTITY_EXPORT_TEXT_LENGTH_MAX,
  importIdentity,
  parseIdentityExport,
  PASSPHRASE_LENGTH_MAX,
} from "./identity_export.ts";

const SEED = 20260314;
const sources = seededSources("identity export", () => 0);
const ada = createIdentity({ randomBytes: () => new Uint8Array(32).fill(1) });
const passphrase = "correct horse";
const plain = exportIdentity(ada, { sources });
const locked = exportIdentity(ada, { sources, passphrase });

function refuses(
  bytes: Uint8Array,
  code: NetworkErrorCode,
  { why = "", passphrase }: { readonly why?: string; readonly passphrase?: string } = {},
): void {
  const options = passphrase === undefined ? {} : { passphrase };
  const error = assertThrows(() => importIdentity(bytes, options), NetworkError, why);
  assertEquals(error.code, code);
  assert(error.message.length < 120);
}

/** The blob with other bytes at a place, and a checksum that fits. */
function forged(blob: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = blob.slice();
  copy.set(values, at);
  copy.set(blake3(copy.subarray(0, -8)).subarray(0, 8), copy.length - 8);
  return copy;
}

Deno.test("importIdentity() gives the identity that exportIdentity() was given", () => {
  for (const identity of [importIdentity(plain), importIdentity(locked, { passphrase })]) {
    assertEquals(identity.memberId, ada.memberId);
    assert(identity.secretKey.equals(ada.secretKey));
  }
});

// The checksum was computed a second time by an independent implementation.
Deno.test("exportIdentity() without a passphrase gives golden bytes", () => {
  const head = "696e6472612d6964" + "01" + "00";
  assertEquals(plain.subarray(0, -8).toHex(), head + "01".repeat(32));
  assertEquals(plain.subarray(-8).toHex(), "bbd69a603f724ca4");
  assertEquals(exportIdentity(ada, { sources }), plain);
});

Deno.test("exportIdentity() with a passphrase says how it was made", () => {
  assertEquals(locked.length, IDENTITY_EXPORT_BYTES_MAX);
  assertEquals(locked.subarray(0, 13).toHex(), "696e6472612d6964" + "0101" + "0f0801");
  const again = exportIdentity(ada, { sources, passphrase });
  assertNotEquals(again.subarray(13, 41).toHex(), locked.subarray(13, 41).toHex());
  assert(!locked.toHex().includes("01".repeat(8)));
});

Deno.test("the key of a passphrase is RFC 7914's, as another implementation has it", () => {
  const [salt, nonce] = [locked.subarray(13, 29), locked.subarray(29, 41)];
  const key = scrypt(passphrase, salt, { N: 2 ** 15, r: 8, p: 1, dkLen: 32 });
  const options = { authTagLength: 16 };
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, options);
  decipher.setAAD(locked.subarray(0, 41), { plaintextLength: 32 });
  decipher.setAuthTag(locked.subarray(73, 89));
  const secret = decipher.update(locked.subarray(41, 73));
  decipher.final();
  assertEquals(secret.toHex(), "01".repeat(32));
});

Deno.test("importIdentity() tells a missing passphrase from a wrong one", () => {
  refuses(locked, "passphrase_needed");
  refuses(locked, "passphrase_needed", { passphrase: "" });
  refuses(locked, "wrong_passphrase", { passphrase: "correct hors" });
  refuses(locked, "wrong_passphrase", { passphrase: "Correct horse" });
  refuses(plain, "bad_identity", { passphrase, why: "no passphrase protects it" });
});

Deno.test("a passphrase is the same however its accents are put together", () => {
  const blob = exportIdentity(ada, { sources, passphrase: "cl\u00e9" });
  assertEquals(importIdentity(blob, { passphrase: "cle\u0301" }).memberId, ada.memberId);
});

Deno.test("exportIdentity() refuses a passphrase that is none", () => {
  const exported = (passphrase: string) => () => exportIdentity(ada, { sources, passphrase });
  assertEquals(assertThrows(exported(""), NetworkError).code, "passphrase_needed");
  for (const text of ["a".repeat(PASSPHRASE_LENGTH_MAX + 1), "a\ud800"]) {
    assertEquals(assertThrows(exported(text), NetworkError).code, "invalid_operation");
  }
});

Deno.test("exportIdentity() refuses a secret key that is another member's", () => {
  const ben = createIdentity({ randomBytes: () => new Uint8Array(32).fill(2) });
  const mixed = { memberId: ada.memberId, secretKey: ben.secretKey };
  assertThrows(() => exportIdentity(mixed, { sources }), TypeError, "another member's");
});

Deno.test("importIdentity() refuses every flipped bit, every cut and every extension", () => {
  for (const blob of [plain, locked]) {
    for (let bit = 0; bit < 8 * blob.length; bit++) {
      const flipped = blob.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      refuses(flipped, "bad_identity");
    }
    for (let length = 0; length < blob.length; length++) {
      refuses(blob.subarray(0, length), "bad_identity");
    }
    for (const more of [1, 8, 100_000]) {
      const extended = new Uint8Array(blob.length + more);
      extended.set(blob);
      refuses(extended, "bad_identity");
    }
  }
});

Deno.test(`importIdentity() refuses 2,000 damaged blobs (seed ${SEED})`, () => {
  let refused = 0;
  for (const blob of [plain, locked]) {
    for (const damaged of mutants(blob, { seed: SEED, count: 1000 })) {
      if (damaged.toHex() === blob.toHex()) continue;
      refuses(damaged, "bad_identity");
      refused++;
    }
  }
  assert(refused > 1800, `${refused}`);
});

Deno.test(`importIdentity() refuses random bytes, also behind a good head (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(10), (bytes, kept) => {
      refuses(new Uint8Array([...locked.subarray(0, kept), ...bytes]), "bad_identity");
      refuses(new Uint8Array([...plain.subarray(0, kept), ...bytes]), "bad_identity");
    }),
    { seed: SEED, numRuns: 500 },
  );
});

Deno.test("importIdentity() refuses what it does not know, though its checksum fits", () => {
  refuses(forged(plain, 8, 2), "bad_identity", { why: "version 2, this release reads 1" });
  refuses(forged(plain, 9, 2), "bad_identity", { why: "kind 2 is unknown" });
  refuses(forged(plain, 9, 1), "bad_identity", { why: "expected 97 bytes, found 50" });
  refuses(forged(plain, 0, 73), "bad_identity", { why: "no exported identity" });
});

Deno.test("importIdentity() lets no blob ask for much memory or time", () => {
  const costs: readonly (readonly [number, number, number])[] = [
    [31, 8, 1],
    [255, 255, 255],
    [18, 8, 1],
    [17, 16, 1],
    [17, 8, 5],
    [15, 17, 1],
    [9, 8, 1],
    [0, 8, 1],
    [15, 0, 1],
    [15, 8, 0],
  ];
  for (const cost of costs) {
    refuses(forged(locked, 10, ...cost), "bad_identity", { passphrase, why: "scrypt" });
  }
  // What is within the limits is tried, and the cost is authenticated.
  refuses(forged(locked, 10, 10, 8, 1), "wrong_passphrase", { passphrase });
  refuses(forged(locked, 10, 10, 16, 4), "wrong_passphrase", { passphrase });
});

Deno.test("importIdentity() does not take another sealed secret for a good one", () => {
  for (const at of [13, 29, 41, 72, 73, 88]) {
    refuses(forged(locked, at, locked[at]! ^ 1), "wrong_passphrase", { passphrase });
  }
});

Deno.test("parseIdentityExport() reads what formatIdentityExport() writes", () => {
  for (const blob of [plain, locked]) {
    const text = formatIdentityExport(blob);
    assert(/^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0);
    assertEquals(parseIdentityExport(text), blob);
    assertEquals(parseIdentityExport(` ${text.slice(0, 30)}\r\n${text.slice(30)}\n`), blob);
  }
});

Deno.test("parseIdentityExport() refuses what is not base64", () => {
  const text = formatIdentityExport(plain);
  const urlSafe = new Uint8Array([251, 255]).toBase64({ alphabet: "base64url" });
  const long = "A".repeat(IDENTITY_EXPORT_TEXT_LENGTH_MAX + 4);
  for (
    const wrong of ["?", "A", "Af8", "Af9=", "Af8==", urlSafe, `${text}\u00e9`, `${text}A`, long]
  ) {
    const error = assertThrows(() => parseIdentityExport(wrong), NetworkError);
    assertEquals(error.code, "bad_identity");
  }
  refuses(parseIdentityExport(""), "bad_identity");
});
