import { createSecretKey } from "node:crypto";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeManifest, encodeManifest } from "./_sealed_fields.ts";
import { encodeWire } from "./codec.ts";
import { SyncError } from "./errors.ts";

const note = new Uint8Array([1]);
const entry = Uint8Array.from({ length: 48 }, (_, at) => at);

Deno.test("encodeManifest() gives golden bytes, and decodeManifest() answers it", () => {
  const access = [{ key: createSecretKey(entry.slice(0, 32)), commitment: entry.slice(32) }];
  const bytes = encodeManifest({ note, access });
  assertEquals(bytes.toHex(), `82` + `4101` + `5830${entry.toHex()}`);
  const decoded = decodeManifest(bytes, 1);
  assertEquals([decoded.note, decoded.access[0]!.commitment], [note, access[0]!.commitment]);
  assert(decoded.access[0]!.key.equals(access[0]!.key));
});

Deno.test("decodeManifest() refuses what is no manifest", () => {
  const cases: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "bad_encoding"],
    ["a map", encodeWire({ note }), "bad_encoding"],
    ["no note", encodeWire([]), "bad_encoding"],
    ["a note that is text", encodeWire(["", entry]), "bad_encoding"],
    ["a list inside", encodeWire([note, [entry]]), "bad_encoding"],
    ["an entry of 47 bytes", encodeWire([note, entry.slice(1)]), "bad_encoding"],
    ["an entry of 49 bytes", encodeWire([note, new Uint8Array(49)]), "bad_encoding"],
    ["bytes behind", new Uint8Array([...encodeWire([note, entry]), 0]), "bad_encoding"],
    ["a body too many", encodeWire([note, entry, entry, entry]), "too_large"],
  ];
  for (const [what, bytes, code] of cases) {
    assertEquals(assertThrows(() => decodeManifest(bytes, 2), SyncError).code, code, what);
  }
});
