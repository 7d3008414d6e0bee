import { assert, assertEquals } from "@std/assert";
import { mutants } from "../tests/_mutations.ts";
import { encodeWire, EVENT_BODY_BYTES_MAX, parseArtifactId } from "../sync/mod.ts";
import type { WireValue } from "../sync/mod.ts";
import { ada } from "./_fake_realm_host.ts";
import { decodeBody, encodeBody, keyOf } from "./_message_body.ts";
import type { MessageBody } from "./_message_body.ts";
import { ARTIFACT_NAME_LENGTH_MAX, EMOJI_BYTES_MAX, TEXT_BYTES_MAX } from "./message.ts";

const SEED = 20260107;
const key = keyOf({ sender: ada, counter: 2 ** 40 });
const artifactId = parseArtifactId("0f".repeat(32));
const bodies: readonly MessageBody[] = [
  { type: "text", text: "" },
  { type: "text", text: "é\u0301\u{1f331}", to: { sequence: 3 } },
  { type: "text", text: "x".repeat(TEXT_BYTES_MAX), to: { sequence: 2 ** 50, key } },
  { type: "reaction", emoji: "👍", to: { sequence: 0 } },
  { type: "reaction", emoji: "x".repeat(EMOJI_BYTES_MAX), to: { sequence: 3, key } },
  { type: "artifact", artifactId },
  { type: "artifact", artifactId, name: "🌱".repeat(ARTIFACT_NAME_LENGTH_MAX) },
  { type: "system", text: "Ada has joined" },
];
const read = (kind: string, value: WireValue) => decodeBody({ kind, body: encodeWire(value) });

Deno.test("decodeBody() gives what encodeBody() took, in an event's body", () => {
  for (const body of bodies) {
    const encoded = encodeBody(body);
    assert(encoded.length <= EVENT_BODY_BYTES_MAX);
    assertEquals(decodeBody({ kind: body.type, body: encoded }), body);
  }
});

Deno.test("decodeBody() takes no other form of a body", () => {
  const id = new Uint8Array(32);
  assertEquals(read("text", { text: "a", to: 1 }), {
    type: "text",
    text: "a",
    to: { sequence: 1 },
  });
  const wrong: readonly (readonly [string, WireValue])[] = [
    ["text", { to: 1, text: "a" }],
    ["text", { text: "a", more: 1 }],
    ["text", { text: 1 }],
    ["text", "a"],
    ["text", null],
    ["text", [1]],
    ["text", { text: "a", to: null }],
    ["text", { text: "a", to: -1 }],
    ["text", { text: "a", to: 0.5 }],
    ["text", { text: "a", to: [1, id] }],
    ["text", { text: "a", to: [1, id, 2, 3] }],
    ["text", { text: "a", to: [1, id.subarray(1), 2] }],
    ["text", { text: "x".repeat(TEXT_BYTES_MAX + 1) }],
    ["text", { text: "é".repeat(TEXT_BYTES_MAX / 2) + "x" }],
    ["reaction", { emoji: "👍" }],
    ["reaction", { emoji: "", to: 1 }],
    ["reaction", { emoji: "x".repeat(EMOJI_BYTES_MAX + 1), to: 1 }],
    ["artifact", { artifact: "0f".repeat(32) }],
    ["artifact", { artifact: id.subarray(1) }],
    ["artifact", { artifact: id, name: "" }],
    ["artifact", { artifact: id, name: "a\nb" }],
    ["artifact", { artifact: id, name: "x".repeat(ARTIFACT_NAME_LENGTH_MAX + 1) }],
    ["system", { text: "a", to: 1 }],
    ["poll", { text: "a" }],
    ["toString", { text: "a" }],
  ];
  for (const [kind, value] of wrong) {
    assertEquals(read(kind, value), undefined, `${kind} ${JSON.stringify(value).slice(0, 60)}`);
  }
});

Deno.test(`decodeBody() reads damaged bodies or leaves them (seed ${SEED})`, () => {
  let [taken, left] = [0, 0];
  for (const body of bodies) {
    for (const mutant of mutants(encodeBody(body), { seed: SEED, count: 200 })) {
      const found = decodeBody({ kind: body.type, body: mutant });
      if (found === undefined) left++;
      else assertEquals(encodeBody(found), mutant, `${++taken}`);
    }
  }
  assert(taken > 20 && left > 500, `${taken} taken, ${left} left`);
});
