import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  actorOf,
  isActorId,
  memberOf,
  parseArtifactId,
  parseChangeHash,
  parseHeads,
  parseMemberId,
  sameHeads,
  SESSION_MAX,
} from "./ids.ts";

const A = "0a".repeat(32);
const B = "0b".repeat(32);

Deno.test("parseMemberId(), parseArtifactId() and parseChangeHash() accept 64 hex digits", () => {
  for (const parse of [parseMemberId, parseArtifactId, parseChangeHash]) {
    assertEquals<string>(parse(A), A);
    assertEquals<string>(parse(A.toUpperCase()), A);
    for (const bad of ["", "xyz", A.slice(1), `${A}0`, `${A.slice(1)}g`, ` ${A}`, `${A}\n`]) {
      assertThrows(() => parse(bad), TypeError, "expected 64 hex digits");
    }
  }
});

Deno.test("a parse error names the kind of id and shortens what it quotes", () => {
  const error = assertThrows(() => parseArtifactId("z".repeat(10_000)), TypeError);
  assert(error.message.startsWith('Cannot parse artifact id "zzz'));
  assert(error.message.length < 200);
});

Deno.test("parseHeads() sorts and drops repeats", () => {
  assertEquals<readonly string[]>(parseHeads([B, A, B]), [A, B]);
  assertEquals(parseHeads([]), []);
});

Deno.test("sameHeads() compares all of both", () => {
  assert(sameHeads(parseHeads([A, B]), parseHeads([B, A])));
  assertFalse(sameHeads(parseHeads([A]), parseHeads([A, B])));
  assertFalse(sameHeads(parseHeads([A]), parseHeads([B])));
});

Deno.test("actorOf() and memberOf() are a pair", () => {
  const member = parseMemberId(A);
  for (const session of [0, 1, SESSION_MAX]) {
    const actor = actorOf(member, session);
    assert(isActorId(actor));
    assertEquals(memberOf(actor), member);
  }
  for (const bad of [-1, 0.5, NaN, SESSION_MAX + 1]) {
    assertThrows(() => actorOf(member, bad), RangeError);
  }
});
