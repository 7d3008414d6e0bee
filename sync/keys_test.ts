import { generateKeyPairSync } from "node:crypto";
import { assert, assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createIdentity } from "../network/identity.ts";
import { SyncError } from "./errors.ts";
import { parseMemberId } from "./ids.ts";
import type { MemberId } from "./ids.ts";
import { PAIRWISE_KEYS_CACHED_MAX, pairwiseKeys, sign, verify } from "./keys.ts";
import type { MemberKeys } from "./keys.ts";
import { seededSources } from "./sources.ts";

const SEED = 20260201;
const text = (words: string) => new TextEncoder().encode(words);

const keysOf = (seed: Uint8Array): MemberKeys => createIdentity({ randomBytes: () => seed });
const member = (n: number) => keysOf(new Uint8Array(32).fill(n));
const [ada, ben, cleo] = [member(1), member(2), member(3)];

/** The points of small order, each with both signs, and the same in a longer form. */
const USELESS: readonly string[] = [
  `00${"00".repeat(30)}00`,
  `01${"00".repeat(30)}00`,
  `ec${"ff".repeat(30)}7f`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
  `f0${"ff".repeat(30)}7f`,
].flatMap((hex) => {
  const negative = (parseInt(hex.slice(62), 16) | 0x80).toString(16);
  return [hex, hex.slice(0, 62) + negative];
});

Deno.test("sign() gives the signature of RFC 8032, section 7.1, test 1", () => {
  const secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  const keys = keysOf(Uint8Array.fromHex(secret));
  const signature = sign(keys, new Uint8Array(0));
  assertEquals(
    signature.toHex(),
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b" +
      "d25bf5f0595bbe24655141438e7a100b",
  );
  assert(verify(keys.memberId, new Uint8Array(0), signature));
});

Deno.test("verify() is false for every flipped bit, other bytes, members and lengths", () => {
  const signature = sign(ada, text("hello"));
  assert(verify(ada.memberId, text("hello"), signature));
  for (let bit = 0; bit < 512; bit++) {
    const flipped = signature.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assertFalse(verify(ada.memberId, text("hello"), flipped), `bit ${bit}`);
  }
  assertFalse(verify(ada.memberId, text("hellp"), signature));
  assertFalse(verify(ben.memberId, text("hello"), signature));
  for (const length of [0, 63]) {
    assertFalse(verify(ada.memberId, text("hello"), signature.subarray(0, length)));
  }
  assertFalse(verify(ada.memberId, text("hello"), new Uint8Array([...signature, 0])));
});

Deno.test("verify() is false for the second spelling of a signature", () => {
  // S + L is the same scalar (RFC 8032, section 5.1.7, has it refused).
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const signature = sign(ada, text("hello"));
  const scalar = BigInt(`0x${signature.slice(32).reverse().toHex()}`) + order;
  const second = signature.slice();
  second.set(Uint8Array.fromHex(scalar.toString(16).padStart(64, "0")).reverse(), 32);
  assertFalse(verify(ada.memberId, text("hello"), second));
});

Deno.test("verify() and pairwiseKeys() refuse points of small order and longer forms", () => {
  const fitsAll = new Uint8Array(64);
  fitsAll[0] = 1;
  for (const hex of USELESS) {
    const nobody = parseMemberId(hex);
    for (const use of [() => verify(nobody, text("x"), fitsAll), () => pairwiseKeys(ada, nobody)]) {
      assertEquals(assertThrows(use, SyncError).code, "bad_key", hex);
    }
  }
});

Deno.test(`any id works or is refused as bad_key (seed ${SEED})`, () => {
  const signature = sign(ada, text("x"));
  let refused = 0;
  const anyId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) =>
    parseMemberId(bytes.toHex())
  );
  fc.assert(
    fc.property(anyId, (id) => {
      try {
        assertFalse(verify(id, text("x"), signature));
        pairwiseKeys(ada, id);
      } catch (error) {
        assert(error instanceof SyncError && error.code === "bad_key", String(error));
        refused++;
      }
    }),
    { seed: SEED, numRuns: 400 },
  );
  assert(refused > 100, `about half are no points, ${refused} were refused`);
  const noId = "not hex" as MemberId;
  assertEquals(assertThrows(() => verify(noId, text("x"), signature), SyncError).code, "bad_key");
});

Deno.test("pairwiseKeys() gives golden bytes", () => {
  const { outgoing, incoming } = pairwiseKeys(ada, ben.memberId);
  assertEquals(
    [outgoing.export().toString("hex"), incoming.export().toString("hex")],
    [
      "63a40597354461d37b0e6fc3cc4c276b883498756abdd3a5be4bbb0bf77ee7b0",
      "04775f8cea295781ddc5947e24cd460454c76c9819b12f3198cd4ef6c1915009",
    ],
  );
});

Deno.test(`pairwiseKeys(): both ends agree, directions and pairs differ (seed ${SEED})`, () => {
  const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(seeds, seeds, (left, right) => {
      fc.pre(left.toHex() !== right.toHex());
      const [a, b] = [keysOf(left), keysOf(right)];
      const [there, back] = [pairwiseKeys(a, b.memberId), pairwiseKeys(b, a.memberId)];
      assert(there.outgoing.equals(back.incoming) && there.incoming.equals(back.outgoing));
      assertFalse(there.outgoing.equals(there.incoming));
      assertFalse(there.outgoing.equals(pairwiseKeys(a, cleo.memberId).outgoing));
    }),
    { seed: SEED, numRuns: 100 },
  );
});

Deno.test("pairwiseKeys() and sign() refuse a member with itself and another's secret key", () => {
  const mixed = { memberId: ben.memberId, secretKey: ada.secretKey };
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  const refused = [
    () => pairwiseKeys(ada, ada.memberId),
    () => pairwiseKeys(mixed, cleo.memberId),
    () => sign(mixed, text("x")),
    () => sign({ memberId: ada.memberId, secretKey: privateKey }, text("x")),
    () => sign({ memberId: ada.memberId, secretKey: publicKey }, text("x")),
  ];
  for (const use of refused) assertEquals(assertThrows(use, SyncError).code, "bad_key");
});

Deno.test("pairwiseKeys() gives the same keys after the cache has run over", () => {
  const first = pairwiseKeys(ben, ada.memberId);
  assertEquals(pairwiseKeys(ben, ada.memberId), first);
  const { randomBytes } = seededSources("crowd", () => 0);
  for (let n = 0; n <= PAIRWISE_KEYS_CACHED_MAX; n++) {
    pairwiseKeys(ben, keysOf(randomBytes(32)).memberId);
  }
  const again = pairwiseKeys(ben, ada.memberId);
  assert(again !== first && again.outgoing.equals(first.outgoing));
});

Deno.test("keys show no secret when printed", () => {
  const keys = pairwiseKeys(ada, ben.memberId);
  const shown = Deno.inspect({ ada, keys }, { depth: 9, showHidden: true, iterableLimit: 999 });
  const bytes = [...keys.outgoing.export()].join(", ");
  for (const secret of ["01".repeat(8), "1, 1, 1", keys.outgoing.export().toString("hex"), bytes]) {
    assertFalse(shown.includes(secret), shown);
  }
  assertNotEquals(shown, "");
});
