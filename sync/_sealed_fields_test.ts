import { createSecretKey } from "node:crypto";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeManifest, encodeHeader, encodeManifest, hintOf } from "./_sealed_fields.ts";
import { encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";
import { parseMemberId } from "./ids.ts";

const note = new Uint8Array([1]);
const own = new Uint8Array([2, 3]);
const entry = Uint8Array.from({ length: 48 }, (_, at) => at);

Deno.test("encodeHeader() gives golden bytes", () => {
  const from = parseMemberId("a1".repeat(32));
  const hint = hintOf(parseMemberId("b2c3d4e5".repeat(8)));
  const nonce = new Uint8Array(12).fill(7);
  const numbers: [number, string][] = [
    [0, ""],
    [1, "01"],
    [255, "ff"],
    [256, "0100"],
    [0xfffff, "0fffff"],
    [Number.MAX_SAFE_INTEGER, "1fffffffffffff"],
  ];
  for (const [number, bytes] of numbers) {
    assertEquals(
      encodeHeader({ from, hint, nonce, number }).toHex(),
      `${from}b2c3d4e5${"07".repeat(12)}${bytes}`,
    );
  }
});

Deno.test("encodeManifest() gives golden bytes, and decodeManifest() answers it", () => {
  const access = { key: createSecretKey(entry.slice(0, 32)), commitment: entry.slice(32) };
  const bytes = encodeManifest({ note, bodies: [own, access] });
  assertEquals(bytes.toHex(), `83` + `4101` + `420203` + `815830${entry.toHex()}`);
  const decoded = decodeManifest(bytes, 2);
  assertEquals([decoded.note, decoded.bodies[0]], [note, own]);
  const again = decoded.bodies[1]!;
  assert(!(again instanceof Uint8Array));
  assertEquals(again.commitment, access.commitment);
  assert(again.key.equals(access.key));
});

Deno.test("decodeManifest() refuses what is no manifest", () => {
  const cases: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "bad_encoding"],
    ["a map", encodeWire({ note }), "bad_encoding"],
    ["no note", encodeWire([]), "bad_encoding"],
    ["a note that is text", encodeWire(["", [entry]]), "bad_encoding"],
    ["a body that is text", encodeWire([note, "no"]), "bad_encoding"],
    ["a list without a key", encodeWire([note, []]), "bad_encoding"],
    ["a list inside a list", encodeWire([note, [[entry]]]), "bad_encoding"],
    ["two keys in a list", encodeWire([note, [entry, entry]]), "bad_encoding"],
    ["a key and commitment of 47 bytes", encodeWire([note, [entry.slice(1)]]), "bad_encoding"],
    ["a key and commitment of 49 bytes", encodeWire([note, [new Uint8Array(49)]]), "bad_encoding"],
    ["bytes behind", new Uint8Array([...encodeWire([note, [entry]]), 0]), "bad_encoding"],
    ["a body too many", encodeWire([note, [entry], own, own]), "too_large"],
    ["very many bodies", encodeWire([note, ...Array(99).fill(own)]), "too_large"],
  ];
  for (const [what, bytes, code] of cases) {
    assertEquals(assertThrows(() => decodeManifest(bytes, 2), SyncError).code, code, what);
  }
});
