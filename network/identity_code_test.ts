import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { bech32, bech32m } from "@scure/base";
import fc from "fast-check";
import { parseMemberId } from "../sync/mod.ts";
import type { MemberId } from "../sync/mod.ts";
import { mutants } from "../tests/_mutations.ts";
import { DISPLAY_NAME_LENGTH_MAX } from "./display_name.ts";
import { NetworkError } from "./errors.ts";
import {
  formatIdentityCode,
  formatIdentityUri,
  IDENTITY_CODE_LENGTH,
  IDENTITY_URI_LENGTH_MAX,
  parseIdentityCode,
  parseIdentityUri,
} from "./identity_code.ts";

const SEED = 20260313;
const ada = parseMemberId("01".repeat(32));
const ben = parseMemberId("02".repeat(32));
const code = "indra1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqsj6zz6t";
const someMember = fc.uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => parseMemberId(bytes.toHex()));

function refuses(text: string, why = ""): void {
  for (const parse of [parseIdentityCode, parseIdentityUri]) {
    const error = assertThrows(() => parse(text), NetworkError, why);
    assertEquals(error.code, "invalid_code");
    assert(error.message.startsWith("Invalid invite code: "));
    assert(error.message.length < 120);
  }
}

Deno.test("formatIdentityCode() gives the test vectors", () => {
  assertEquals(formatIdentityCode(ada), code);
  assertEquals(
    formatIdentityCode(ben),
    "indra1qgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqlv990r",
  );
});

Deno.test("the library passes the test vectors of BIP-350", () => {
  const good = [
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
  ];
  const bad = [
    "\x201xj0phk",
    "\x7f1g6xzxy",
    "\x801vctc34",
    "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
    "qyrz8wqd2c9m",
    "1qyrz8wqd2c9m",
    "y1b0jsk6g",
    "lt1igcx5c0",
    "in1muywd",
    "mm1crxm3i",
    "au1s5cgom",
    "M1VUXWEZ",
    "16plkw9",
    "1p2gdwpf",
  ];
  for (const text of good) assert(bech32m.decodeUnsafe(text) !== undefined, text);
  for (const text of bad) assertEquals(bech32m.decodeUnsafe(text), undefined, text);
});

Deno.test(`parseIdentityCode() reads what formatIdentityCode() writes (seed ${SEED})`, () => {
  fc.assert(
    fc.property(someMember, (member) => {
      const text = formatIdentityCode(member);
      assertEquals(text.length, IDENTITY_CODE_LENGTH);
      assertEquals(parseIdentityCode(text), member);
      assertEquals(parseIdentityCode(text.toUpperCase()), member);
    }),
    { seed: SEED },
  );
});

Deno.test("parseIdentityCode() takes white space, a prefix and upper case away", () => {
  const upper = code.toUpperCase();
  const forms = [
    ` ${code}\n`,
    `indra://${code}`,
    upper,
    `INDRA://${upper}`,
    `\tindra://${upper}\r\n`,
  ];
  for (const text of forms) {
    assertEquals(parseIdentityCode(text), ada);
    assertEquals(parseIdentityUri(text), { memberId: ada });
  }
});

Deno.test("parseIdentityCode() refuses what only looks like a code", () => {
  refuses("", "expected 64 characters, found 0");
  refuses(code.slice(0, -1), "found 63");
  refuses(`${code}q`, "found 65");
  refuses("q".repeat(IDENTITY_URI_LENGTH_MAX + 1));
  refuses(`indra://indra://${code}`);
  refuses(`Indra://${code}`);
  refuses(`indra:${code}`);
  refuses(`indra:// ${code}`);
  refuses(`indra://${code}/`);
  refuses(code.slice(0, 30) + " " + code.slice(31), "digits and letters");
  refuses(`I${code.slice(1)}`, "all in lower case or all in upper case");
  // U+017F and U+212A become "S" and "k" in another case.
  refuses(code.toUpperCase().replace("S", "\u017f"), "digits and letters");
  refuses(code.replace("q", "\u212a"), "digits and letters");
  refuses(code.replace("indra", "india"), 'it does not begin with "indra1"');
  refuses(code.replace(/t$/, "x"), "a character is wrong");
  const words = bech32.toWords(Uint8Array.fromHex(ada));
  refuses(bech32.encode("indra", words), "a character is wrong");
  refuses(bech32m.encode("indrb", words), 'it does not begin with "indra1"');
  // 52 digits have 4 bits to spare; they are 0.
  refuses(bech32m.encode("indra", [...words.slice(0, -1), words.at(-1)! | 1]));
});

Deno.test("parseIdentityCode() notices every other character in every place", () => {
  for (let at = 0; at < code.length; at++) {
    for (const character of "0123456789abcdefghijklmnopqrstuvwxyz") {
      if (character !== code[at]) refuses(code.slice(0, at) + character + code.slice(at + 1));
    }
  }
});

Deno.test(`parseIdentityUri() refuses 2,000 damaged codes (seed ${SEED})`, () => {
  const bytes = new TextEncoder().encode(`${code}?name=Ada`);
  let refused = 0;
  for (const damaged of mutants(bytes, { seed: SEED, count: 2000 })) {
    const text = new TextDecoder().decode(damaged);
    if (new Set([code, `${code}?name=Ada`]).has(text.trim())) continue;
    const found = tried(() => parseIdentityUri(text));
    // What is left of the name may be another name; the member is never another one.
    if (found === undefined) refused++;
    else assertEquals(found.memberId, ada, text);
  }
  assert(refused > 1500, `${refused}`);
});

Deno.test(`parseIdentityUri() reads what formatIdentityUri() writes (seed ${SEED})`, () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: DISPLAY_NAME_LENGTH_MAX });
  fc.assert(
    fc.property(someMember, name, (memberId, name) => {
      fc.pre(!/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(name) && name.trim() === name);
      const uri = formatIdentityUri(memberId, name);
      assert(uri.startsWith(`${formatIdentityCode(memberId)}?name=`) && !uri.includes("&"));
      assertEquals(parseIdentityUri(`indra://${uri}`), { memberId, name });
    }),
    { seed: SEED },
  );
});

Deno.test("the longest identity URI is as long as its limit", () => {
  const name = "🌱".repeat(DISPLAY_NAME_LENGTH_MAX);
  const uri = `indra://${formatIdentityUri(ada, name)}`;
  assertEquals(uri.length, IDENTITY_URI_LENGTH_MAX);
  assertEquals(parseIdentityUri(uri), { memberId: ada, name });
  const error = assertThrows(() => parseIdentityUri(`${uri}a`), NetworkError, "at most 846");
  assertEquals(error.code, "invalid_code");
});

Deno.test("formatIdentityUri() refuses a name that is no display name", () => {
  for (const name of ["", " ", "a\nb", "\ud83c", "a".repeat(65)]) {
    const error = assertThrows(() => formatIdentityUri(ada, name), NetworkError);
    assertEquals(error.code, "invalid_name");
  }
  assertEquals(formatIdentityUri(ada, " Ada "), `${code}?name=Ada`);
});

Deno.test("parseIdentityUri() refuses bad escapes, bad names and other parameters", () => {
  const queries = ["%", "%4", "%zz", "%ff", "%c3%28", "%ed%a0%80", "", "%20", "%0a", "a%0ab"];
  queries.push("a".repeat(65), "%E2%80%AEeve");
  for (const query of queries) refusesUri(`${code}?name=${query}`, "no display name");
  const others = ["", "name", "Name=a", "x=1", "x=1&name=a", "name=a&x=1", "name=a#b", "name=a?b"];
  for (const query of others) refusesUri(`${code}?${query}`, 'expected "?name="');
  assertNotEquals(parseIdentityUri(`${code}?name=a%26b`).name, undefined);
});

function refusesUri(text: string, why: string): void {
  const error = assertThrows(() => parseIdentityUri(text), NetworkError, why);
  assertEquals(error.code, "invalid_code");
  assert(error.message.startsWith("Invalid invite code: "));
}

function tried(
  parse: () => { readonly memberId: MemberId },
): { readonly memberId: MemberId } | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof NetworkError && error.code === "invalid_code") return undefined;
    throw error;
  }
}
