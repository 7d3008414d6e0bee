import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { Buffer } from "node:buffer";
import { changesToVouchFor, checkAuthorship } from "./authorship.ts";
import type { AuthoredChange } from "./authorship.ts";
import { SyncError } from "./errors.ts";
import { parseArtifactId, parseChangeHash, parseMemberId } from "./ids.ts";
import type { ChangeHash } from "./ids.ts";
import type { MemberKeys } from "./keys.ts";
import { seededSources } from "./sources.ts";
import { makeVoucher } from "./voucher.ts";
import type { Voucher } from "./voucher.ts";

const SEED = 20260109;
const hash = (n: number) => parseChangeHash(n.toString(16).padStart(64, "0"));
const story = parseArtifactId("5a".repeat(32));

function keysOf(name: string): MemberKeys {
  const seed = seededSources(`keys of ${name}`, () => 0).randomBytes(32);
  const key = Buffer.concat([Uint8Array.fromHex("302e020100300506032b657004220420"), seed]);
  const secretKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(secretKey).export({ format: "jwk" });
  return { memberId: parseMemberId(Buffer.from(x!, "base64url").toString("hex")), secretKey };
}
const KEYS = ["ada", "ben", "cyd"].map(keysOf);
const [ada, ben] = KEYS as [MemberKeys, MemberKeys];

const change = (n: number, { memberId: author }: MemberKeys, deps: readonly number[] = [n - 1]) =>
  ({ hash: hash(n), author, deps: deps.map(hash) }) satisfies AuthoredChange;
const vouch = (keys: MemberKeys, n: number) => makeVoucher(keys, story, hash(n));

function naked(changes: readonly AuthoredChange[], vouchers: readonly Voucher[]): ChangeHash {
  const error = assertThrows(() => checkAuthorship(story, changes, vouchers), SyncError);
  assertEquals(error.code, "not_vouched");
  return changes.find(({ hash }) => error.message.includes(hash))!.hash;
}

Deno.test("checkAuthorship() believes all that a member wrote before the change it vouches for", () => {
  const changes = [change(1, ada), change(2, ada), change(3, ada)];
  const voucher = vouch(ada, 3);
  assertEquals(checkAuthorship(story, changes, [voucher]), [voucher]);
  assertEquals(naked(changes, [vouch(ada, 2)]), hash(3));
  assertEquals(naked(changes, []), hash(1));
  assertEquals(checkAuthorship(story, [], []), []);
});

Deno.test("checkAuthorship() reaches across changes by others, which it does not cover", () => {
  const changes = [change(1, ada), change(2, ben), change(3, ada)];
  assertEquals(naked(changes, [vouch(ada, 3)]), hash(2));
  assertEquals(naked(changes, [vouch(ben, 2)]), hash(1));
  assertEquals(checkAuthorship(story, changes, [vouch(ada, 3), vouch(ben, 2)]).length, 2);
});

Deno.test("checkAuthorship() needs a voucher for each of a member's changes side by side", () => {
  const changes = [change(1, ada, [0]), change(2, ada, [0])];
  assertEquals(naked(changes, [vouch(ada, 2)]), hash(1));
  checkAuthorship(story, changes, [vouch(ada, 1), vouch(ada, 2)]);
});

Deno.test("checkAuthorship() takes no word of one member for the change of another", () => {
  const forged = { ...vouch(ben, 1), member: ada.memberId };
  for (const voucher of [vouch(ben, 1), forged]) {
    assertEquals(naked([change(1, ada)], [voucher]), hash(1));
  }
});

Deno.test("checkAuthorship() takes no voucher for another document, change or signature", () => {
  const good = vouch(ada, 1);
  const elsewhere = makeVoucher(ada, parseArtifactId("5b".repeat(32)), hash(1));
  const other = { ...good, change: hash(2) };
  const signature = good.signature.slice();
  signature[9]! ^= 1;
  for (const voucher of [elsewhere, other, { ...good, signature }, vouch(ada, 9)]) {
    assertEquals(naked([change(1, ada), change(2, ada, [0])], [voucher, vouch(ada, 2)]), hash(1));
  }
});

Deno.test("checkAuthorship() gives only vouchers that covered something", () => {
  const changes = [change(1, ada), change(2, ada)];
  const useless = [vouch(ben, 2), vouch(ada, 9), vouch(ada, 1)];
  const latest = vouch(ada, 2);
  assertEquals(checkAuthorship(story, changes, [latest, ...useless, latest]), [latest]);
});

Deno.test("changesToVouchFor() names of each member the latest change", () => {
  const changes = [change(1, ada), change(2, ben), change(3, ada), change(4, ben, [2])];
  const hashes = changesToVouchFor(changes, () => true).map((one) => one.hash);
  assertEquals(hashes.sort(), [hash(3), hash(4)]);
  assertEquals(changesToVouchFor([], () => true), []);
});

Deno.test("changesToVouchFor() falls back to an earlier change if the latest has no voucher", () => {
  const changes = [change(1, ada), change(2, ada), change(3, ada)];
  const named = changesToVouchFor(changes, (one) => one.hash !== hash(3));
  assertEquals(named.map((one) => one.hash), [hash(2)]);
});

const someHistory = fc.array(
  fc.record({ author: fc.nat(2), upon: fc.uniqueArray(fc.nat(99), { maxLength: 3 }) }),
  { minLength: 1, maxLength: 12 },
).map((steps) =>
  steps.map(({ author, upon }, n) =>
    change(n + 1, KEYS[author]!, [...new Set(upon.map((at) => at % (n + 1)))].sort())
  )
);

/** Whether one change is below another or the same, found by walking all paths. */
function isBelow(low: ChangeHash, high: AuthoredChange, all: readonly AuthoredChange[]): boolean {
  if (low === high.hash) return true;
  return all.some((one) => high.deps.includes(one.hash) && isBelow(low, one, all));
}

Deno.test(`law: checkAuthorship() covers what a naive search covers (seed ${SEED})`, () => {
  let believed = 0;
  let refused = 0;
  const voucherOf = fc.record({ by: fc.option(fc.nat(2)), at: fc.nat(11) });
  fc.assert(
    fc.property(someHistory, fc.array(voucherOf, { maxLength: 8 }), (changes, drawn) => {
      const vouchers = drawn.map(({ by, at }) => {
        const { hash, author } = changes[at % changes.length]!;
        const keys = by === null ? KEYS.find(({ memberId }) => memberId === author)! : KEYS[by]!;
        return makeVoucher(keys, story, hash);
      });
      const first = changes.find(({ hash, author }) =>
        !vouchers.some((voucher) => {
          const top = changes.find((one) => one.hash === voucher.change)!;
          return voucher.member === author && top.author === author && isBelow(hash, top, changes);
        })
      );
      if (first === undefined) {
        const useful = checkAuthorship(story, changes, vouchers);
        // What is passed on convinces the next one just as well.
        assertEquals(checkAuthorship(story, changes, useful), useful);
        believed++;
      } else {
        assertEquals(naked(changes, vouchers), first.hash);
        refused++;
      }
    }),
    { seed: SEED, numRuns: 1500 },
  );
  assert(believed > 100 && refused > 100, `${believed} believed, ${refused} refused`);
});

Deno.test(`law: changesToVouchFor() convinces, and none of it can be left out (seed ${SEED})`, () => {
  fc.assert(
    fc.property(someHistory, (changes) => {
      const named = changesToVouchFor(changes, () => true);
      const vouchers = named.map(({ hash, author }) =>
        makeVoucher(KEYS.find(({ memberId }) => memberId === author)!, story, hash)
      );
      assertEquals(checkAuthorship(story, changes, vouchers), vouchers);
      for (const left of vouchers) {
        naked(changes, vouchers.filter((voucher) => voucher !== left));
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});
