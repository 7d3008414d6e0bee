import { assert, assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createIdentity } from "../network/identity.ts";
import { mutants } from "../tests/_mutations.ts";
import { encrypt } from "./_aead.ts";
import { associatedWith, encodeHeader, hintOf } from "./_sealed_fields.ts";
import { decodeWire, encodeWire } from "./codec.ts";
import type { WireValue } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseMemberId } from "./ids.ts";
import { pairwiseKeys } from "./keys.ts";
import type { MemberKeys } from "./keys.ts";
import { openEnvelope, sealBody, sealEnvelope, SEALING_LIMITS_DEFAULT } from "./envelope.ts";
import type { SealedBody, SealOptions } from "./envelope.ts";
import { seededSources } from "./sources.ts";

const SEED = 20260203;
const text = (words: string) => new TextEncoder().encode(words);
const seeded = () => seededSources(String(SEED), () => 0);
const keysOf = (seed: Uint8Array): MemberKeys => createIdentity({ randomBytes: () => seed });
const member = (n: number) => keysOf(new Uint8Array(32).fill(n));
const [ada, ben, cleo] = [member(1), member(2), member(3)];

/** From Ada to Ben, with this except where the options say otherwise. */
function seal(options: Partial<SealOptions> = {}): Uint8Array {
  return sealEnvelope({
    ...{ keys: ada, recipient: ben.memberId, number: 5, bodies: [], note: text("note") },
    ...{ sources: seeded(), ...options },
  });
}

function codeOf(bytes: Uint8Array, keys: MemberKeys = ben): string {
  return assertThrows(() => openEnvelope(keys, bytes), SyncError).code;
}

/** What an envelope is made of, in the order in which it stands there. */
const partsOf = (bytes: Uint8Array) => decodeWire(bytes) as readonly WireValue[];
/** The envelope with other parts, by their places. */
const altered = (bytes: Uint8Array, parts: Readonly<Record<number, WireValue>>) =>
  encodeWire(partsOf(bytes).map((part, place) => parts[place] ?? part));
/** The envelope with other shared bodies. */
const withBodies = (bytes: Uint8Array, bodies: readonly WireValue[]) =>
  encodeWire([...partsOf(bytes).slice(0, 3), ...bodies]);
/** The envelope with something else in its header: sender 0, recipient 32, nonce 36, number 48. */
function withHeader(bytes: Uint8Array, at: number, hex: string): Uint8Array {
  const header = (partsOf(bytes)[1] as Uint8Array).toHex();
  const changed = header.slice(0, 2 * at) + hex + header.slice(2 * at + hex.length);
  return altered(bytes, { 1: Uint8Array.fromHex(changed) });
}

/** From Ada to Ben, properly sealed around a manifest of any kind. */
function withManifest(manifest: WireValue, bodies: readonly SealedBody[]): Uint8Array {
  const nonce = new Uint8Array(12);
  const header = encodeHeader({ from: ada.memberId, hint: hintOf(ben.memberId), nonce, number: 5 });
  const key = pairwiseKeys(ada, ben.memberId).outgoing;
  const associated = associatedWith(header, ben.memberId);
  const sealed = encrypt({ key, nonce, associated }, encodeWire(manifest));
  return encodeWire([1, header, sealed, ...bodies.map(({ ciphertext }) => ciphertext)]);
}

// Computed a second time by an independent implementation of the layout, ciphers included.
Deno.test("sealEnvelope() gives golden bytes", () => {
  const sources = seeded();
  const body = sealBody(text("body"), sources);
  assertEquals(body.ciphertext.toHex(), "6881eb587d1fa38d9f30c4a5e7da7ea02d9bd4d5");
  assertEquals(body.commitment.toHex(), "8d026eb4bdddea0695e31b09a25d4fe5");
  const bytes = seal({ bodies: [body, text("mine")], sources });
  assertEquals(
    bytes.toHex(),
    `84015831${ada.memberId}` + ben.memberId.slice(0, 8) + `39f58020f5503b98c0f1f89d` + `05` +
      `584e98363f1435d0692db3894540c1054506039405b2ccc4906d9503168c421c1babe26e76ad9573ae` +
      `71756e484ec6be5605e3967d18f77245c6cde738365062b9da34f7ba024fe299cfb39e82e042c0` +
      `54${body.ciphertext.toHex()}`,
  );
});

Deno.test(`openEnvelope() answers sealEnvelope() (seed ${SEED})`, () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(
      fc.array(bytes, { maxLength: 5 }),
      fc.nat(31),
      bytes,
      fc.maxSafeNat(),
      (texts, shared, note, number) => {
        const sources = seeded();
        const isShared = (at: number) => (shared & (1 << at)) !== 0;
        const bodies = texts.map((body, at) => isShared(at) ? sealBody(body, sources) : body);
        const opened = openEnvelope(ben, seal({ bodies, note, number, sources }));
        assertEquals(opened, { from: ada.memberId, number, note, bodies: texts });
      },
    ),
    { seed: SEED, numRuns: 200 },
  );
});

Deno.test("openEnvelope() gives the same again, in arrays of its own", () => {
  const bytes = seal({ bodies: [sealBody(text("body"), seeded()), text("mine")] });
  const first = openEnvelope(ben, bytes);
  assertEquals(openEnvelope(ben, bytes), first);
  bytes.fill(0);
  assertEquals([first.note, first.bodies], [text("note"), [text("body"), text("mine")]]);
});

Deno.test("an envelope costs at most 160 bytes more than a shared body and note, or 90", () => {
  const costOf = (body: SealedBody | Uint8Array, noteBytes: number, number: number) => {
    const bytes = seal({ bodies: [body], note: new Uint8Array(noteBytes), number });
    const size = body instanceof Uint8Array ? body.length : body.ciphertext.length - 16;
    return bytes.length - size - noteBytes;
  };
  const shared = (size: number) => sealBody(new Uint8Array(size), seeded());
  const own = (size: number) => new Uint8Array(size);
  assertEquals([costOf(shared(0), 0, 0), costOf(own(0), 0, 0)], [140, 72]);
  assertEquals([costOf(shared(300), 0, 1), costOf(own(300), 0, 1)], [143, 77]);
  const most = [60_000, Number.MAX_SAFE_INTEGER] as const;
  assertEquals([costOf(shared(100_000), ...most), costOf(own(100_000), ...most)], [154, 89]);
});

Deno.test("1,000 recipients of 100 kB cost one encryption and 1,000 small wraps", () => {
  const drawn: number[] = [];
  const { randomBytes } = seeded();
  const sources = { randomBytes: (n: number) => (drawn.push(n), randomBytes(n)) };
  const plaintext = seededSources("body", () => 0).randomBytes(100_000);
  const bodies = [sealBody(plaintext, sources)];
  const shared = bodies[0]!.ciphertext.length;
  let wraps = 0;
  const note = new Uint8Array(0);
  for (let number = 0; number < 1000; number++) {
    const keys = keysOf(Uint8Array.from({ length: 32 }, (_, at) => number >> (8 * at)));
    const bytes = seal({ recipient: keys.memberId, number, bodies, note, sources });
    wraps += bytes.length - shared;
    if (number % 100 !== 0) continue;
    assertEquals(bytes.slice(-shared), bodies[0]!.ciphertext);
    assertEquals(openEnvelope(keys, bytes).bodies, [plaintext]);
  }
  // A key is drawn for each encryption of a body, a nonce for each wrap.
  assertEquals(drawn, [32, ...Array(1000).fill(12)]);
  assertEquals([shared, wraps], [100_016, 129_743]);
});

Deno.test("openEnvelope() refuses every single flipped bit", () => {
  const sources = seeded();
  const shared = ["one", "two"].map((body) => sealBody(text(body), sources));
  const bytes = seal({ bodies: [...shared, text("three")], sources });
  const codes: Record<string, number> = {};
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = new Uint8Array(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const code = codeOf(flipped);
    codes[code] = (codes[code] ?? 0) + 1;
    const byte = bit >> 3;
    const inside = (start: number, length: number) => byte >= start && byte < start + length;
    if (inside(36, 4)) assertEquals(code, "not_for_us", `hint, bit ${bit}`);
    // The sender, the nonce, the number and the last body.
    if (!inside(4, 32) && !inside(40, 13) && !inside(bytes.length - 19, 19)) continue;
    assertEquals(code, "bad_seal", `bit ${bit}`);
  }
  assertEquals(codes, { bad_encoding: 58, unknown_version: 6, bad_seal: 1704, not_for_us: 32 });
});

Deno.test(`openEnvelope() refuses 3,000 damaged envelopes (seed ${SEED})`, () => {
  const bytes = seal({ bodies: [sealBody(text("body"), seeded())] });
  let refused = 0;
  for (const damaged of mutants(bytes, { seed: SEED, count: 3000 })) {
    if (damaged.toHex() === bytes.toHex()) continue;
    assertNotEquals(codeOf(damaged), "");
    refused++;
  }
  assert(refused > 2800, `only ${refused} were damaged`);
});

Deno.test("openEnvelope() refuses a second spelling of the same envelope", () => {
  const bytes = seal({ number: 5 });
  const zero = seal({ number: 0 }).toHex();
  const hex = bytes.toHex();
  const number = 2 * (4 + 48);
  const spellings = [
    hex.replace("8301", "83fb3ff0000000000000"),
    hex.replace("8301", "831801"),
    hex.replace("8301", "980301"),
    // The number with a zero in front.
    hex.slice(0, number).replace("5831", "5832") + "00" + hex.slice(number),
    zero.slice(0, number).replace("5830", "5831") + "00" + zero.slice(number),
  ];
  for (const spelling of spellings) {
    assertNotEquals(spelling, hex);
    assertEquals(codeOf(Uint8Array.fromHex(spelling)), "bad_encoding", spelling);
  }
  // With so many bodies, the version stands elsewhere.
  const body = sealBody(new Uint8Array(0), seeded());
  for (const count of [20, 21, 300]) {
    const many = seal({ bodies: Array<SealedBody>(count).fill(body) });
    assertEquals(openEnvelope(ben, many).bodies.length, count);
    const spelling = many.toHex().replace("0158", "fb3ff000000000000058");
    assertEquals(codeOf(Uint8Array.fromHex(spelling)), "bad_encoding", `${count} bodies`);
  }
});

Deno.test("openEnvelope() refuses bodies swapped, reordered, dropped, added or repeated", () => {
  const sources = seeded();
  const [one, two, other] = ["one", "two", "other"].map((body) => sealBody(text(body), sources));
  const bytes = seal({ bodies: [one!, two!], sources });
  const [a, b, c] = [one!.ciphertext, two!.ciphertext, other!.ciphertext];
  for (const bodies of [[b, a], [a], [b], [], [a, b, c], [a, b, b], [a, a], [a, c], [c, b]]) {
    assertEquals(codeOf(withBodies(bytes, bodies)), "bad_seal");
  }
  for (const length of [0, 15, 18]) {
    assertEquals(codeOf(withBodies(bytes, [a.slice(0, length), b])), "bad_seal");
  }
  const own = seal({ bodies: [text("mine")], sources });
  assertEquals(openEnvelope(ben, own).bodies, [text("mine")]);
  assertEquals(codeOf(withBodies(own, [a])), "bad_seal");
});

Deno.test("a recipient cannot put another body under the key that it shares", () => {
  const sources = seeded();
  const shared = sealBody(text("pay 1 to Cleo"), sources);
  const bodies = [shared];
  const toBen = seal({ bodies, sources });
  const toCleo = seal({ recipient: cleo.memberId, bodies, sources });
  assertEquals(openEnvelope(cleo, toCleo).bodies, [text("pay 1 to Cleo")]);
  // Cleo knows the body's key, hence can make a ciphertext that decrypts and authenticates.
  const context = { key: shared.key, nonce: new Uint8Array(12), associated: new Uint8Array(0) };
  const forged = encrypt(context, text("pay 9 to Cleo"));
  assertEquals(codeOf(withBodies(toBen, [forged])), "bad_seal");
  // Nor can she hand her own envelope on, or move its manifest into Ben's.
  assertEquals(codeOf(toCleo), "not_for_us");
  assertEquals(codeOf(withHeader(toCleo, 32, hintOf(ben.memberId))), "bad_seal");
  assertEquals(codeOf(altered(toBen, { 2: partsOf(toCleo)[2]! })), "bad_seal");
  // Nor write to Ben in Ada's name with the keys that she has.
  const asCleo = seal({ keys: cleo, sources });
  assertEquals(openEnvelope(ben, asCleo).from, cleo.memberId);
  assertEquals(codeOf(withHeader(asCleo, 0, ada.memberId)), "bad_seal");
});

Deno.test("an envelope for somebody whose id begins with the same bytes does not open", () => {
  // Ids that begin alike are searched for; here the one that is read is made to.
  const bytes = withHeader(seal({ recipient: cleo.memberId }), 32, hintOf(ben.memberId));
  assertEquals(codeOf(bytes), "bad_seal");
  // Also where the keys fit: what is authenticated with the manifest names all of the recipient.
  const nonce = new Uint8Array(12);
  const header = encodeHeader({ from: ada.memberId, hint: hintOf(ben.memberId), nonce, number: 5 });
  const key = pairwiseKeys(ada, ben.memberId).outgoing;
  const manifest = encodeWire([text("note")]);
  for (const [recipient, isBen] of [[ben, true], [cleo, false]] as const) {
    const associated = associatedWith(header, recipient.memberId);
    const one = encodeWire([1, header, encrypt({ key, nonce, associated }, manifest)]);
    if (isBen) assertEquals(openEnvelope(ben, one).note, text("note"));
    else assertEquals(codeOf(one), "bad_seal");
  }
});

Deno.test("an envelope sent back to its sender does not open", () => {
  const bytes = seal();
  assertEquals(codeOf(bytes, ada), "not_for_us");
  const back = withHeader(bytes, 32, hintOf(ada.memberId));
  assertEquals(codeOf(back, ada), "bad_seal");
  assertEquals(codeOf(withHeader(back, 0, ben.memberId), ada), "bad_seal");
});

Deno.test("nobody seals to itself, to a useless key or in the name of one", () => {
  const identity = parseMemberId(`01${"00".repeat(31)}`);
  for (const recipient of [ada.memberId, identity]) {
    assertEquals(assertThrows(() => seal({ recipient }), SyncError).code, "bad_key");
  }
  for (const f of [ben.memberId, identity]) {
    assertEquals(codeOf(withHeader(seal(), 0, f)), "bad_seal");
  }
});

Deno.test("openEnvelope() refuses wrong parts, each with its code", () => {
  const bytes = seal({ bodies: [sealBody(text("body"), seeded())] });
  const short = new Uint8Array(11);
  const toCleo = hintOf(cleo.memberId);
  const parts = partsOf(bytes);
  const header = (length: number, filled = 1) =>
    altered(bytes, {
      1: new Uint8Array([...parts[1] as Uint8Array, ...Array(9).fill(filled)]).slice(0, length),
    });
  const cases: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "bad_encoding"],
    ["an empty list", encodeWire([]), "bad_encoding"],
    ["a map", encodeWire({ v: 1 }), "bad_encoding"],
    ["a version that is text", altered(bytes, { 0: "1" }), "bad_encoding"],
    ["a version alone", encodeWire([1]), "bad_encoding"],
    ["no manifest", encodeWire(parts.slice(0, 2)), "bad_encoding"],
    ["a part that is a number", encodeWire([...parts, 1]), "bad_encoding"],
    ["a byte behind", new Uint8Array([...bytes, 0]), "bad_encoding"],
    ["another version", altered(bytes, { 0: 2 }), "unknown_version"],
    ["a later version", encodeWire([9, [[["x"]]], null]), "unknown_version"],
    [
      "a later version for another",
      altered(withHeader(bytes, 32, toCleo), { 0: 2 }),
      "unknown_version",
    ],
    ["for another, damaged", altered(withHeader(bytes, 32, toCleo), { 2: short }), "not_for_us"],
    ["a header that is text", altered(bytes, { 1: "no" }), "bad_encoding"],
    ["a header without all of its nonce", header(47), "bad_encoding"],
    ["a number with a zero in front", withHeader(bytes, 48, "00"), "bad_encoding"],
    ["the number 2^53", withHeader(bytes, 48, "20000000000000"), "bad_encoding"],
    ["a number of 8 bytes", header(56), "bad_encoding"],
    ["a manifest that is text", altered(bytes, { 2: "no" }), "bad_encoding"],
    ["a body that is text", withBodies(bytes, ["no"]), "bad_encoding"],
    ["another number", withHeader(bytes, 48, "06"), "bad_seal"],
    ["no number", header(48), "bad_seal"],
    ["the largest number", withHeader(bytes, 48, "1fffffffffffff"), "bad_seal"],
    ["a manifest without a tag", altered(bytes, { 2: short }), "bad_seal"],
    ["an empty manifest", altered(bytes, { 2: new Uint8Array(0) }), "bad_seal"],
  ];
  for (const [what, damaged, code] of cases) assertEquals(codeOf(damaged), code, what);
});

Deno.test("openEnvelope() refuses a manifest that its sender sealed wrong", () => {
  const body = sealBody(text("body"), seeded());
  const note = new Uint8Array(0);
  const entry = new Uint8Array([...body.key.export(), ...body.commitment]);
  assertEquals(openEnvelope(ben, withManifest([note, [entry]], [body])).bodies, [text("body")]);
  assertEquals(openEnvelope(ben, withManifest([note, entry], [])).bodies, [entry]);
  const wrongKey = new Uint8Array([...new Uint8Array(32), ...body.commitment]);
  const cases: [string, WireValue, string][] = [
    ["a map", { note }, "bad_encoding"],
    ["an entry too few", [note], "bad_seal"],
    ["an entry too many", [note, [entry], [entry]], "bad_seal"],
    ["the body itself, where one is shared", [note, text("body")], "bad_seal"],
    ["another key", [note, [wrongKey]], "bad_seal"],
    ["two keys for a body", [note, [entry, entry]], "bad_encoding"],
    ["a number for a body", [note, 1], "bad_encoding"],
  ];
  for (const [what, manifest, code] of cases) {
    assertEquals(codeOf(withManifest(manifest, [body])), code, what);
  }
});

Deno.test("sealing and opening stop at each limit and not before", () => {
  const { bodiesMax, bytesMax } = SEALING_LIMITS_DEFAULT;
  const body = sealBody(text("b"), seeded());
  const bodies = Array<SealedBody>(bodiesMax).fill(body);
  assertEquals(openEnvelope(ben, seal({ bodies })).bodies.length, bodiesMax);
  const tooLarge = (use: () => unknown) =>
    assertEquals(assertThrows(use, SyncError).code, "too_large");
  tooLarge(() => seal({ bodies: [...bodies, body] }));
  const small = Array<Uint8Array>(bodiesMax).fill(text("b"));
  assertEquals(openEnvelope(ben, seal({ bodies: small })).bodies.length, bodiesMax);
  tooLarge(() => seal({ bodies: [...small, body] }));
  tooLarge(() => sealBody(new Uint8Array(bytesMax - 15), seeded()));
  tooLarge(() => seal({ note: new Uint8Array(bytesMax) }));
  tooLarge(() => openEnvelope(ben, new Uint8Array(bytesMax + 1)));
  const two = seal({ bodies: [body, body] });
  openEnvelope(ben, two, { bytesMax: two.length, bodiesMax: 2 });
  tooLarge(() => openEnvelope(ben, two, { bytesMax: two.length - 1 }));
  tooLarge(() => openEnvelope(ben, two, { bodiesMax: 1 }));
  tooLarge(() => openEnvelope(ben, seal({ bodies: [body, text("b")] }), { bodiesMax: 1 }));
  // The count is looked at before a key is.
  const damaged = altered(two, { 2: new Uint8Array(16) });
  tooLarge(() => openEnvelope(ben, damaged, { bodiesMax: 1 }));
  for (const number of [-1, 0.5, NaN, 2 ** 53]) assertThrows(() => seal({ number }), RangeError);
});

Deno.test("sealed bodies and errors show no secret", () => {
  const sources = seeded();
  const body = sealBody(text("the plaintext"), sources);
  const bytes = seal({ bodies: [body], sources });
  const wrong = [withBodies(bytes, []), withHeader(bytes, 48, "06"), bytes.slice(1)];
  const errors = wrong.map((bad) => assertThrows(() => openEnvelope(ben, bad), SyncError));
  const options = { depth: 9, iterableLimit: 999, showHidden: true };
  const shown = Deno.inspect({ body, errors, json: JSON.stringify(body) }, options);
  const key = [...body.key.export()];
  const spellings = [new Uint8Array(key).toHex(), key.join(", "), key.join(","), "plaintext"];
  for (const secret of spellings) assertFalse(shown.includes(secret), shown);
});
