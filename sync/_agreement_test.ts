import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { agree, agreementKeyOf, faultOfPublicKey, montgomeryOf } from "./_agreement.ts";
import { SyncError } from "./errors.ts";

const SEED = 20260202;

function pairOf(seed: Uint8Array) {
  const key = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const secretKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const spki = createPublicKey(secretKey).export({ format: "der", type: "spki" });
  return { secretKey, publicKey: new Uint8Array(spki.subarray(-32)) };
}

Deno.test("montgomeryOf() and agreementKeyOf() give the key pair of libsodium's own test", () => {
  // test/default/ed25519_convert.c
  const seed = "421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee";
  const { secretKey, publicKey } = pairOf(Uint8Array.fromHex(seed));
  assertEquals(
    montgomeryOf(publicKey).toHex(),
    "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50",
  );
  const secret = agreementKeyOf(secretKey).export({ format: "der", type: "pkcs8" }).subarray(-32);
  // libsodium stores the scalar clamped (RFC 7748, section 5).
  secret[0]! &= 248;
  secret[31] = (secret[31]! & 127) | 64;
  assertEquals(
    secret.toString("hex"),
    "8052030376d47112be7f73ed7a019293dd12ad910b654455798b4667d73de166",
  );
});

Deno.test(`montgomeryOf() a public key is the public key of agreementKeyOf() (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
      const { secretKey, publicKey } = pairOf(seed);
      assertEquals(faultOfPublicKey(publicKey), undefined);
      const expected = createPublicKey(agreementKeyOf(secretKey));
      const spki = expected.export({ format: "der", type: "spki" });
      assertEquals(montgomeryOf(publicKey).toHex(), spki.subarray(-32).toString("hex"));
    }),
    { seed: SEED, numRuns: 200 },
  );
});

Deno.test("agree() refuses what would be shared with everybody", () => {
  const { secretKey } = pairOf(new Uint8Array(32).fill(7));
  // u of the points of small order on Curve25519 and its twist (RFC 7748, section 6.1).
  const zeros = [
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    `ec${"ff".repeat(30)}7f`,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  ];
  for (const u of zeros) {
    const use = () => agree(agreementKeyOf(secretKey), Uint8Array.fromHex(u));
    assertEquals(assertThrows(use, SyncError).code, "bad_key", u);
  }
});

Deno.test("faultOfPublicKey() knows each point that becomes one of small order", () => {
  // y = 1 has no u; the others become u = 0, -1 and the two of order 8.
  const u = [
    `ec${"ff".repeat(30)}7f`,
    "00".repeat(32),
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ].map((y) => {
    assertEquals(faultOfPublicKey(Uint8Array.fromHex(y)), "it is of small order");
    return montgomeryOf(Uint8Array.fromHex(y)).toHex();
  });
  assertEquals(u, [
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  ]);
});
