import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { blake3 } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { encodeWire, INTERFACE_MEMBERS_MAX, parseMemberId, seededSources } from "../sync/mod.ts";
import type { Sources, WireValue } from "../sync/mod.ts";
import { mutants } from "../tests/_mutations.ts";
import { NetworkError } from "./errors.ts";
import { formatIdentityCode } from "./identity_code.ts";
import {
  formatInvite,
  INVITE_HINT_LENGTH_MAX,
  INVITE_HINTS_MAX,
  INVITE_LENGTH_MAX,
  INVITE_NAME_LENGTH_MAX,
  INVITE_USES_MAX,
  isInviteExpired,
  parseInvite,
} from "./invite.ts";
import type { Invite } from "./invite.ts";
import { realmIdOf } from "./realm_ids.ts";

const SEED = 20260315;
const ada = parseMemberId("01".repeat(32));
const ben = parseMemberId("02".repeat(32));
const seed = new Uint8Array(32).fill(3);
const secret = new Uint8Array(32).fill(4);
const small: Invite = { realmId: realmIdOf(seed), inviter: ada, creator: ada, hints: [], secret };
const full: Invite = {
  ...small,
  creator: ben,
  seed,
  name: "Garden 🌱",
  hints: ["wss://ada.example:4433/x", "[::1]:7"],
  expiresAtMs: 2_000_000_000_000,
  usesMax: 3,
};
const PREFIX = "indra:realm:";

function refuses(text: string, why = ""): void {
  const error = assertThrows(() => parseInvite(text), NetworkError, why);
  assertEquals(error.code, "invalid_invite");
  assert(error.message.startsWith("Invalid invite code: "));
  assert(error.message.length < 120);
}

const toText = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
const toBytes = (text: string) =>
  Uint8Array.fromBase64(text.slice(PREFIX.length), { alphabet: "base64url" });

/** Bytes whose last four are the checksum that fits. */
function summed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(blake3(copy.subarray(0, -4)).subarray(0, 4), copy.length - 4);
  return copy;
}
function forged(fields: WireValue): string {
  return PREFIX + toText(summed(encodeWire(fields)));
}
const bytes32 = (value: string) => Uint8Array.fromHex(value);
const sum = new Uint8Array(4);
const wire = {
  v: 1,
  realm: bytes32(small.realmId),
  inviter: bytes32(ada),
  hints: [] as readonly WireValue[],
  secret,
};

const bytesOf32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const someInvite: fc.Arbitrary<Invite> = fc.record({
  inviter: bytesOf32,
  creator: bytesOf32,
  seed: bytesOf32,
  secret: bytesOf32,
  hints: fc.array(fc.stringMatching(/^[!-~]{1,40}$/), { maxLength: INVITE_HINTS_MAX }),
  name: fc.stringMatching(/^[a-zäöü🌱]{1,64}$/u),
  expiresAtMs: fc.maxSafeNat(),
  usesMax: fc.integer({ min: 1, max: INVITE_USES_MAX }),
  has: fc.nat(31),
}).map(({ inviter, creator, seed, secret, hints, name, expiresAtMs, usesMax, has }) => {
  const id = parseMemberId(inviter.toHex());
  return {
    realmId: realmIdOf(seed),
    inviter: id,
    creator: has & 1 ? id : parseMemberId(creator.toHex()),
    ...(has & 2 && { seed }),
    ...(has & 4 && { name }),
    hints,
    secret,
    ...(has & 8 && { expiresAtMs }),
    ...(has & 16 && { usesMax }),
  };
});

// Computed a second time by an independent implementation of CBOR and BLAKE3.
Deno.test("formatInvite() gives golden text", () => {
  assertEquals(
    formatInvite(small),
    "indra:realm:pmF2AWVyZWFsbVgg2WyIO0aq6M0zurotSXnVmPv6J1h53KTXHFRa0rU0uhZnaW52aXRlclggAQEB" +
      "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQFlaGludHOAZnNlY3JldFggBAQEBAQEBAQEBAQEBAQEBAQEBAQE" +
      "BAQEBAQEBAQEBARjc3VtRNlXdNE",
  );
  assertEquals(
    formatInvite(full),
    "indra:realm:q2F2AWVyZWFsbVgg2WyIO0aq6M0zurotSXnVmPv6J1h53KTXHFRa0rU0uhZnaW52aXRlclggAQEB" +
      "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQFnY3JlYXRvclggAgICAgICAgICAgICAgICAgICAgICAgICAgIC" +
      "AgICAgJkc2VlZFggAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwNkbmFtZWtHYXJkZW4g8J-MsWVoaW50" +
      "c4J4GHdzczovL2FkYS5leGFtcGxlOjQ0MzMveGdbOjoxXTo3ZnNlY3JldFggBAQEBAQEBAQEBAQEBAQEBAQEBAQE" +
      "BAQEBAQEBAQEBARqZXhwaXJlc19hdBsAAAHRqUogAGR1c2VzA2NzdW1EEUrTmw",
  );
});

Deno.test(`parseInvite() reads what formatInvite() writes (seed ${SEED})`, () => {
  fc.assert(
    fc.property(someInvite, (invite) => {
      const text = formatInvite(invite);
      assert(/^indra:realm:[\w-]+$/.test(text));
      assertEquals(parseInvite(text), invite);
      assertEquals(formatInvite(parseInvite(text)), text);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

Deno.test("parseInvite() trims, and needs no prefix", () => {
  const text = formatInvite(full);
  for (const form of [` ${text}\n`, text.slice(PREFIX.length), `\t${text.slice(PREFIX.length)} `]) {
    assertEquals(parseInvite(form), full);
  }
});

Deno.test("parseInvite() refuses another prefix", () => {
  const body = formatInvite(small).slice(PREFIX.length);
  const wrong = 'expected "indra:realm:" at its beginning';
  for (const prefix of ["indra:", "indra:artifact:", "indra:realms:", "INDRA:REALM:", "indra://"]) {
    refuses(prefix + body, wrong);
  }
  refuses(`indra: realm:${body}`, wrong);
  refuses(PREFIX + PREFIX + body, "not base64url");
  refuses(`http:${body}`, "not base64url");
  refuses(`indra://${formatIdentityCode(ada)}`, wrong);
  refuses(formatIdentityCode(ada), "damaged or not whole");
});

Deno.test("parseInvite() refuses a second spelling of the same bytes", () => {
  const text = formatInvite(small);
  const spare = [...text.slice(PREFIX.length)].length % 4;
  assert(spare !== 0, "there are spare bits or padding");
  refuses(text + "=".repeat(4 - spare), "not base64url");
  refuses(`${text.slice(0, 40)}\n${text.slice(40)}`, "not base64url");
  refuses(`${PREFIX} ${text.slice(PREFIX.length)}`, "not base64url");
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = digits.indexOf(text.at(-1)!);
  refuses(text.slice(0, -1) + digits[last + 1], "not base64url");
  refuses(text.replaceAll("_", "/").replaceAll("-", "+") + "+", "not base64url");
});

Deno.test("parseInvite() notices every flipped bit and every cut", () => {
  for (const text of [formatInvite(small), formatInvite(full)]) {
    const bytes = toBytes(text);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      refuses(PREFIX + toText(flipped), "damaged or not whole");
    }
    for (let length = 0; length < bytes.length; length++) {
      refuses(PREFIX + toText(bytes.subarray(0, length)), "damaged or not whole");
    }
    for (let length = 0; length < text.length; length++) refuses(text.slice(0, length));
    for (const more of ["A", "AA", "AAAA", "x".repeat(1000)]) refuses(text + more);
  }
});

Deno.test(`parseInvite() refuses 1,000 damaged invites (seed ${SEED})`, () => {
  const text = formatInvite(full);
  const encoded = new TextEncoder().encode(text);
  let refused = 0;
  for (const damaged of mutants(encoded, { seed: SEED, count: 1000 })) {
    const other = new TextDecoder().decode(damaged);
    if (other.trim() === text) continue;
    refuses(other);
    refused++;
  }
  assert(refused > 900, `${refused}`);
});

Deno.test(`parseInvite() reads nothing but invites, though the checksum fits (seed ${SEED})`, () => {
  let [read, refused] = [0, 0];
  const text = formatInvite(full);
  const [good, sources] = [toBytes(text), seededSources(`${SEED}`, () => 0)];
  const others = [...mutants(good, { seed: SEED, count: 1000 })];
  for (let run = 0; run < 2000; run++) others.push(scratched(good, sources));
  for (const other of others) {
    if (other.length < 4) continue;
    const candidate = PREFIX + toText(summed(other));
    const found = tried(candidate);
    if (found === undefined) refused++;
    else assertEquals(formatInvite(found), candidate, `${++read}`);
  }
  assert(read > 300 && refused > 1000, `${read} read, ${refused} refused`);
});

Deno.test(`parseInvite() refuses random text (seed ${SEED})`, () => {
  const noise = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.uint8Array({ minLength: 4, maxLength: 300 }).map((bytes) => toText(summed(bytes))),
    fc.jsonValue({ maxDepth: 3 }).map((value) => forged({ v: 1, value: value as never, sum })),
  );
  fc.assert(
    fc.property(noise, (text) => {
      refuses(text);
      refuses(PREFIX + text);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

Deno.test("parseInvite() refuses what is no invite though its checksum fits", () => {
  assertEquals(parseInvite(forged({ ...wire, sum })), small);
  refuses(forged([1, sum]), "not a map");
  refuses(forged(sum), "not a map");
  refuses(forged({ sum }), "version 1 only");
  refuses(forged({ ...wire, v: 2, sum }), "version 1 only");
  for (const key of ["realm", "inviter", "secret"] as const) {
    refuses(forged({ ...wire, [key]: secret.subarray(1), sum }), "a field");
    refuses(forged({ ...wire, [key]: "x".repeat(32), sum }), "a field");
    const { [key]: _, ...without } = wire;
    refuses(forged({ ...without, sum }), "a field");
  }
  refuses(forged({ ...wire, hints: "wss://x", sum }), "a field");
  refuses(forged({ ...wire, hints: [1], sum }), "a field");
  refuses(forged({ ...wire, expires_at: "soon", sum }), "a field");
  refuses(forged({ ...wire, uses: null, sum }), "a field");
});

Deno.test("parseInvite() refuses a second form of the same invite", () => {
  const other = "not written as invites are";
  refuses(forged({ ...wire, more: 1, sum }), other);
  refuses(forged({ ...wire, usesMax: 3, sum }), other);
  refuses(forged({ ...wire, uses: 1, expires_at: 1, sum }), other);
  refuses(forged({ ...wire, expires_at: 1, uses: 1, sum: new Uint8Array(5) }), other);
  const { hints, secret, ...start } = wire;
  refuses(forged({ ...start, creator: wire.inviter, hints, secret, sum }), other);
  for (const name of [" a", "", "a\nb", "\u202ea", "a".repeat(65)]) {
    refuses(forged({ ...start, name, hints, secret, sum }), other);
  }
  // 1 as a float of 64 bits.
  const bytes = toBytes(formatInvite({ ...small, usesMax: 1 }));
  const at = bytes.length - 10;
  assertEquals(bytes[at], 1);
  const float = [...bytes.subarray(0, at), 0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0];
  refuses(PREFIX + toText(summed(new Uint8Array([...float, ...bytes.subarray(at + 1)]))), other);
});

Deno.test("parseInvite() refuses a seed that is another realm's", () => {
  const { hints, secret, ...start } = wire;
  const other = seed.slice().fill(9);
  refuses(forged({ ...start, seed: other, hints, secret, sum }), "its seed is not the realm's");
});

Deno.test("the largest invite that can be written can be read", () => {
  const invite: Invite = {
    ...full,
    name: "🌱".repeat(INVITE_NAME_LENGTH_MAX),
    hints: Array.from({ length: INVITE_HINTS_MAX }, () => "x".repeat(INVITE_HINT_LENGTH_MAX)),
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    usesMax: INVITE_USES_MAX,
  };
  const text = formatInvite(invite);
  assert(text.length <= INVITE_LENGTH_MAX, `${text.length}`);
  assertEquals(parseInvite(text), invite);
  refuses("A".repeat(INVITE_LENGTH_MAX + 1), "at most 4096");
  assertEquals(INVITE_USES_MAX, INTERFACE_MEMBERS_MAX);
});

Deno.test("formatInvite() refuses what parseInvite() would refuse", () => {
  const hint = "x".repeat(INVITE_HINT_LENGTH_MAX + 1);
  const wrongs: readonly (readonly [Partial<Invite>, string])[] = [
    [{ secret: new Uint8Array(31) }, "its secret has 31 bytes"],
    [{ seed: new Uint8Array(32) }, "its seed is not the realm's"],
    [{ seed: new Uint8Array(31) }, "its seed is not the realm's"],
    [{ hints: Array.from({ length: 9 }, () => "x") }, "9 address hints, at most 8"],
    [{ hints: [hint] }, "an address hint is none"],
    [{ hints: [""] }, "an address hint is none"],
    [{ hints: ["a b"] }, "an address hint is none"],
    [{ hints: ["a\n"] }, "an address hint is none"],
    [{ hints: ["wss://é"] }, "an address hint is none"],
    [{ expiresAtMs: -1 }, "its expiry is no time"],
    [{ expiresAtMs: 1.5 }, "its expiry is no time"],
    [{ expiresAtMs: NaN }, "its expiry is no time"],
    [{ expiresAtMs: 2 ** 53 }, "its expiry is no time"],
    [{ usesMax: 0 }, "its uses are not from 1 to 1024"],
    [{ usesMax: 1.5 }, "its uses are not from 1 to 1024"],
    [{ usesMax: INVITE_USES_MAX + 1 }, "its uses are not from 1 to 1024"],
  ];
  for (const [wrong, why] of wrongs) {
    const error = assertThrows(() => formatInvite({ ...small, ...wrong }), NetworkError, why);
    assertEquals(error.code, "invalid_operation");
  }
  const { hints, secret, ...start } = wire;
  refuses(forged({ ...start, hints: [hint], secret, sum }), "an address hint is none");
  refuses(forged({ ...start, hints: ["a b"], secret, sum }), "an address hint is none");
  refuses(forged({ ...start, hints, secret, expires_at: -1, sum }), "its expiry is no time");
  refuses(forged({ ...start, hints, secret, uses: 0, sum }), "its uses are not");
  refuses(forged({ ...start, hints, secret, uses: 0.5, sum }), "its uses are not");
});

Deno.test("formatInvite() makes any name of a realm fit", () => {
  const shown = (name: string) => parseInvite(formatInvite({ ...small, name })).name;
  assertEquals(shown("Garden"), "Garden");
  assertEquals(shown(" Garden "), "Garden");
  assertEquals(shown("🌱".repeat(100)), "🌱".repeat(64));
  assertEquals(shown(`${"a".repeat(63)} b`), "a".repeat(63));
  for (const name of ["", " ", "a\nb", "\u202eeve"]) assertEquals(shown(name), undefined);
  assertEquals(shown("a\ud83c"), "a\ufffd");
});

Deno.test("isInviteExpired() ends on the millisecond", () => {
  assertFalse(isInviteExpired(small, Number.MAX_SAFE_INTEGER));
  assertFalse(isInviteExpired(full, 2_000_000_000_000 - 1));
  assert(isInviteExpired(full, 2_000_000_000_000));
});

/** Up to three bytes anywhere are others; where damage is, is as likely as anywhere else. */
function scratched(bytes: Uint8Array, sources: Pick<Sources, "random">): Uint8Array {
  const copy = bytes.slice();
  const below = (end: number) => Math.floor(sources.random() * end);
  for (let left = 1 + below(3); left > 0; left--) copy[below(copy.length)] = below(256);
  return copy;
}

function tried(text: string): Invite | undefined {
  try {
    return parseInvite(text);
  } catch (error) {
    if (error instanceof NetworkError && error.code === "invalid_invite") return undefined;
    throw error;
  }
}
