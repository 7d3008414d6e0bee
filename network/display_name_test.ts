import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  ALIAS_LENGTH_MAX,
  cutAlias,
  DISPLAY_NAME_LENGTH_MAX,
  parseDisplayName,
} from "./display_name.ts";
import { NetworkError } from "./errors.ts";

const SEED = 20260312;
const units = fc.array(
  fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff }), fc.constantFrom(10, 32, 97)),
  { maxLength: 200 },
).map((codes) => String.fromCharCode(...codes));

function refuses(text: string, why: string): void {
  const error = assertThrows(() => parseDisplayName(text), NetworkError, why);
  assertEquals(error.code, "invalid_name");
  assert(error.message.startsWith("Invalid operation: cannot use display name: "));
}

Deno.test("parseDisplayName() keeps names in any script, and trims them", () => {
  for (
    const name of ["Ada", "Ada Lovelace", "إدا", "愛達", "👩‍🚀", "e\u0301", "a=b&c?#%", "\u200fאדה"]
  ) {
    assertEquals(parseDisplayName(name), name);
    assertEquals(parseDisplayName(`\t ${name}\n`), name);
  }
});

Deno.test("parseDisplayName() counts Unicode scalar values", () => {
  const most = "🌱".repeat(DISPLAY_NAME_LENGTH_MAX);
  assertEquals(parseDisplayName(most), most);
  assertEquals(parseDisplayName("a".repeat(DISPLAY_NAME_LENGTH_MAX)).length, 64);
  refuses(most + "a", "longer than 64 characters");
  refuses("a".repeat(DISPLAY_NAME_LENGTH_MAX + 1), "longer than 64 characters");
  refuses("a".repeat(10_000_000), "longer than 64 characters");
});

Deno.test("parseDisplayName() refuses what is no name", () => {
  for (const text of ["", " ", "\t\n", "\u00a0\ufeff"]) refuses(text, "it is empty");
  for (const half of ["\ud83c", "\udf31", "a\udf31\ud83cb"]) refuses(half, "not well-formed");
  const controls = [
    0,
    7,
    0x0a,
    0x1b,
    0x7f,
    0x85,
    0x9f,
    0x2028,
    0x2029,
    0x202a,
    0x202e,
    0x2066,
    0x2069,
  ];
  for (const code of controls) refuses(`a${String.fromCharCode(code)}b`, "control character");
});

Deno.test(`parseDisplayName() gives a name or refuses, and gives it again (seed ${SEED})`, () => {
  fc.assert(
    fc.property(units, (text) => {
      const name = tried(() => parseDisplayName(text));
      if (name === undefined) return;
      assertEquals(parseDisplayName(name), name);
      assert(name.isWellFormed() && name !== "" && name.trim() === name);
      assert([...name].length <= DISPLAY_NAME_LENGTH_MAX && !/\p{Cc}/u.test(name));
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

Deno.test("cutAlias() cuts after 77 scalar values", () => {
  const most = "🌱".repeat(ALIAS_LENGTH_MAX);
  for (const text of ["", "Garden", "a".repeat(77), most, " a\nb "]) {
    assertEquals(cutAlias(text), text);
  }
  assertEquals(cutAlias("a".repeat(78)), "a".repeat(77));
  assertEquals(cutAlias(most + "b"), most);
  assertEquals(cutAlias("a" + most), "a" + "🌱".repeat(76));
  assertEquals(cutAlias("a".repeat(76) + "🌱🌱"), "a".repeat(76) + "🌱");
});

Deno.test(`cutAlias() gives well-formed text that it does not cut again (seed ${SEED})`, () => {
  fc.assert(
    fc.property(units, (text) => {
      const alias = cutAlias(text);
      assert(alias.isWellFormed());
      assertEquals(alias, [...text.toWellFormed()].slice(0, ALIAS_LENGTH_MAX).join(""));
      assertEquals(cutAlias(alias), alias);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

function tried(parse: () => string): string | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof NetworkError && error.code === "invalid_name") return undefined;
    throw error;
  }
}
