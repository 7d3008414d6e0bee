import { assert, assertEquals, assertFalse, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createIdentity } from "../network/identity.ts";
import { mutants } from "../tests/_mutations.ts";
import { encrypt } from "./_aead.ts";
import { headerOf } from "./_sealed_fields.ts";
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

type Fields = { readonly [key: string]: WireValue };
const fieldsOf = (bytes: Uint8Array) => decodeWire(bytes) as Fields;
/** The envelope with other fields, in the same order. */
const altered = (bytes: Uint8Array, fields: Fields) =>
  encodeWire({ ...fieldsOf(bytes), ...fields });

/** From Ada to Ben, properly sealed around a manifest of any kind. */
function withManifest(manifest: WireValue, bodies: readonly SealedBody[]): Uint8Array {
  const nonce = new Uint8Array(12);
  const header = headerOf({ from: ada.memberId, to: ben.memberId, number: 5, nonce });
  const key = pairwiseKeys(ada, ben.memberId).outgoing;
  const m = encrypt({ key, nonce, associated: encodeWire(header) }, encodeWire(manifest));
  return encodeWire({ ...header, m, b: bodies.map(({ ciphertext }) => ciphertext) });
}

// Computed a second time by an independent implementation of the layout, ciphers included.
Deno.test("sealEnvelope() gives golden bytes", () => {
  const sources = seeded();
  const body = sealBody(text("body"), sources);
  assertEquals(body.ciphertext.toHex(), "6881eb587d1fa38d9f30c4a5e7da7ea02d9bd4d5");
  assertEquals(body.commitment.toHex(), "8d026eb4bdddea0695e31b09a25d4fe5");
  const bytes = seal({ bodies: [body], sources });
  assertEquals(
    bytes.toHex(),
    `a7617601` + `61665820${ada.memberId}` + `61745820${ben.memberId}` + `616e05` +
      `61694c39f58020f5503b98c0f1f89d` + `616d5848` +
      `99363f1435d0b0451a7bc7399716a986169638062e6a9f9dbf165ba6a2ad23cf792f9aa2` +
      `1ae2cf8b85e12494cfde61e970e0850a5c8d576c39ac76f91ca761ba9033e3ddc0a5143c` +
      `616281` + `54${body.ciphertext.toHex()}`,
  );
});

Deno.test(`openEnvelope() answers sealEnvelope() (seed ${SEED})`, () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(
      fc.array(bytes, { maxLength: 5 }),
      bytes,
      fc.maxSafeNat(),
      (texts, note, number) => {
        const sources = seeded();
        const bodies = texts.map((body) => sealBody(body, sources));
        const opened = openEnvelope(ben, seal({ bodies, note, number, sources }));
        assertEquals(opened, { from: ada.memberId, number, note, bodies: texts });
      },
    ),
    { seed: SEED, numRuns: 200 },
  );
});

Deno.test("openEnvelope() gives the same again, in arrays of its own", () => {
  const bytes = seal({ bodies: [sealBody(text("body"), seeded())] });
  const first = openEnvelope(ben, bytes);
  assertEquals(openEnvelope(ben, bytes), first);
  bytes.fill(0);
  assertEquals([first.note, first.bodies], [text("note"), [text("body")]]);
});

Deno.test("an envelope with one body costs at most 200 bytes more than body and note", () => {
  const costOf = (bodyBytes: number, noteBytes: number, number: number) => {
    const bodies = [sealBody(new Uint8Array(bodyBytes), seeded())];
    const bytes = seal({ bodies, note: new Uint8Array(noteBytes), number });
    return bytes.length - bodyBytes - noteBytes;
  };
  assertEquals([costOf(0, 0, 0), costOf(200, 0, 1), costOf(100_000, 60, 1000)], [186, 187, 193]);
  assertEquals(costOf(100_000, 60_000, 2 ** 32 - 1), 197);
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
  assertEquals([shared, wraps], [100_016, 175_720]);
});

Deno.test("openEnvelope() refuses every single flipped bit", () => {
  const sources = seeded();
  const bodies = ["one", "two"].map((body) => sealBody(text(body), sources));
  const bytes = seal({ bodies, sources });
  const codes: Record<string, number> = {};
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const code = codeOf(flipped);
    codes[code] = (codes[code] ?? 0) + 1;
    const byte = bit >> 3;
    const inside = (start: number, length: number) => byte >= start && byte < start + length;
    if (inside(44, 32)) assertEquals(code, "not_for_us", `to, bit ${bit}`);
    // The sender, the nonce and the last body.
    if (!inside(8, 32) && !inside(82, 12) && !inside(bytes.length - 19, 19)) continue;
    assertEquals(code, "bad_seal", `bit ${bit}`);
  }
  assertEquals(codes, { bad_encoding: 205, unknown_version: 6, bad_seal: 1637, not_for_us: 256 });
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
  const respelt: [string, string, number?][] = [
    ["617601", "6176fb3ff0000000000000"],
    ["616e05", "616efb4014000000000000"],
    ["616e05", "616e1805"],
    ["616e00", "616efb8000000000000000", 0],
  ];
  for (const [first, second, number = 5] of respelt) {
    const spelling = seal({ number }).toHex().replace(first, second);
    assert(spelling.includes(second));
    assertEquals(codeOf(Uint8Array.fromHex(spelling)), "bad_encoding", spelling);
  }
});

Deno.test("openEnvelope() refuses bodies swapped, reordered, dropped, added or repeated", () => {
  const sources = seeded();
  const [one, two, other] = ["one", "two", "other"].map((body) => sealBody(text(body), sources));
  const bytes = seal({ bodies: [one!, two!], sources });
  const [a, b, c] = [one!.ciphertext, two!.ciphertext, other!.ciphertext];
  for (const bodies of [[b, a], [a], [b], [], [a, b, c], [a, b, b], [a, a], [a, c], [c, b]]) {
    assertEquals(codeOf(altered(bytes, { b: bodies })), "bad_seal");
  }
  for (const length of [0, 15, 18]) {
    assertEquals(codeOf(altered(bytes, { b: [a.slice(0, length), b] })), "bad_seal");
  }
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
  assertEquals(codeOf(altered(toBen, { b: [forged] })), "bad_seal");
  // Nor can she hand her own envelope on, or move its manifest into Ben's.
  const { m } = fieldsOf(toCleo);
  assertEquals(codeOf(toCleo), "not_for_us");
  assertEquals(codeOf(altered(toCleo, { t: Uint8Array.fromHex(ben.memberId) })), "bad_seal");
  assertEquals(codeOf(altered(toBen, { m: m! })), "bad_seal");
  // Nor write to Ben in Ada's name with the keys that she has.
  const f = Uint8Array.fromHex(ada.memberId);
  assertEquals(codeOf(altered(seal({ keys: cleo, sources }), { f })), "bad_seal");
});

Deno.test("an envelope sent back to its sender does not open", () => {
  const bytes = seal();
  assertEquals(codeOf(bytes, ada), "not_for_us");
  const [f, t] = [Uint8Array.fromHex(ben.memberId), Uint8Array.fromHex(ada.memberId)];
  assertEquals(codeOf(altered(bytes, { f, t }), ada), "bad_seal");
  assertEquals(codeOf(altered(bytes, { t }), ada), "bad_seal");
});

Deno.test("nobody seals to itself, to a useless key or in the name of one", () => {
  const identity = parseMemberId(`01${"00".repeat(31)}`);
  for (const recipient of [ada.memberId, identity]) {
    assertEquals(assertThrows(() => seal({ recipient }), SyncError).code, "bad_key");
  }
  for (const f of [ben.memberId, identity]) {
    assertEquals(codeOf(altered(seal(), { f: Uint8Array.fromHex(f) })), "bad_seal");
  }
});

Deno.test("openEnvelope() refuses wrong fields, each with its code", () => {
  const bytes = seal({ bodies: [sealBody(text("body"), seeded())] });
  const { b: _, ...withoutBodies } = fieldsOf(bytes);
  const [toCleo, short] = [Uint8Array.fromHex(cleo.memberId), new Uint8Array(11)];
  const cases: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "bad_encoding"],
    ["no bodies", encodeWire(withoutBodies), "bad_encoding"],
    ["an extra field", encodeWire({ ...fieldsOf(bytes), x: 1 }), "bad_encoding"],
    ["another order", encodeWire({ b: [], ...fieldsOf(bytes) }), "bad_encoding"],
    ["a byte behind", new Uint8Array([...bytes, 0]), "bad_encoding"],
    ["another version", altered(bytes, { v: 2 }), "unknown_version"],
    ["a later version", encodeWire({ v: 9, to: [[["x"]]], z: null }), "unknown_version"],
    ["a later version for another", altered(bytes, { v: 2, t: toCleo }), "unknown_version"],
    ["for another, damaged", altered(bytes, { t: toCleo, m: short }), "not_for_us"],
    ["a sender of 31 bytes", altered(bytes, { f: toCleo.slice(1) }), "bad_encoding"],
    ["a negative number", altered(bytes, { n: -1 }), "bad_encoding"],
    ["a number with a fraction", altered(bytes, { n: 1.5 }), "bad_encoding"],
    ["a nonce of 11 bytes", altered(bytes, { i: short }), "bad_encoding"],
    ["a manifest that is text", altered(bytes, { m: "no" }), "bad_encoding"],
    ["a body that is text", altered(bytes, { b: ["no"] }), "bad_encoding"],
    ["another number", altered(bytes, { n: 6 }), "bad_seal"],
    ["a manifest without a tag", altered(bytes, { m: short }), "bad_seal"],
    ["an empty manifest", altered(bytes, { m: new Uint8Array(0) }), "bad_seal"],
  ];
  for (const [what, damaged, code] of cases) assertEquals(codeOf(damaged), code, what);
});

Deno.test("openEnvelope() refuses a manifest that its sender sealed wrong", () => {
  const body = sealBody(text("body"), seeded());
  const note = new Uint8Array(0);
  const entry = new Uint8Array([...body.key.export(), ...body.commitment]);
  assertEquals(openEnvelope(ben, withManifest([note, entry], [body])).bodies.length, 1);
  const wrongKey = new Uint8Array([...new Uint8Array(32), ...body.commitment]);
  const cases: [string, WireValue, string][] = [
    ["a map", { note }, "bad_encoding"],
    ["an entry too few", [note], "bad_seal"],
    ["an entry too many", [note, entry, entry], "bad_seal"],
    ["another key", [note, wrongKey], "bad_seal"],
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
  tooLarge(() => sealBody(new Uint8Array(bytesMax - 15), seeded()));
  tooLarge(() => seal({ note: new Uint8Array(bytesMax) }));
  tooLarge(() => openEnvelope(ben, new Uint8Array(bytesMax + 1)));
  const two = seal({ bodies: [body, body] });
  openEnvelope(ben, two, { bytesMax: two.length, bodiesMax: 2 });
  tooLarge(() => openEnvelope(ben, two, { bytesMax: two.length - 1 }));
  tooLarge(() => openEnvelope(ben, two, { bodiesMax: 1 }));
  // The count is looked at before a key is.
  const damaged = altered(two, { m: new Uint8Array(16) });
  tooLarge(() => openEnvelope(ben, damaged, { bodiesMax: 1 }));
  for (const number of [-1, 0.5, NaN, 2 ** 53]) assertThrows(() => seal({ number }), RangeError);
});

Deno.test("sealed bodies and errors show no secret", () => {
  const sources = seeded();
  const body = sealBody(text("the plaintext"), sources);
  const bytes = seal({ bodies: [body], sources });
  const errors = [altered(bytes, { b: [] }), altered(bytes, { n: 6 }), bytes.slice(1)].map((bad) =>
    assertThrows(() => openEnvelope(ben, bad), SyncError)
  );
  const options = { depth: 9, iterableLimit: 999, showHidden: true };
  const shown = Deno.inspect({ body, errors, json: JSON.stringify(body) }, options);
  const key = [...body.key.export()];
  const spellings = [new Uint8Array(key).toHex(), key.join(", "), key.join(","), "plaintext"];
  for (const secret of spellings) assertFalse(shown.includes(secret), shown);
});
