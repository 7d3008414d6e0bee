import { assertEquals, assertThrows } from "@std/assert";
import { ScenarioError } from "./errors.ts";
import { parseHeader, parseSeed, SEED_DEFAULT, SEED_MAX } from "./header.ts";
import { headerOf } from "./_header_of.ts";

Deno.test("parseHeader() takes the first sentence as the name, and defaults for the rest", () => {
  const plain = { name: undefined, needs: "none", seed: SEED_DEFAULT } as const;
  assertEquals(parseHeader(""), plain);
  assertEquals(parseHeader("print(1)\n--- too late\n"), plain);
  assertEquals(parseHeader("\n--- after an empty line\n"), plain);
  assertEquals(parseHeader("-- an ordinary comment\n--- too late\n"), plain);
  assertEquals(parseHeader("--- One.\n--- Two.\nprint(1)"), { ...plain, name: "One." });
  assertEquals(parseHeader("---\n---- One.\n"), { ...plain, name: "One." });
  assertEquals(parseHeader("--- name: one: two\n--- Other."), { ...plain, name: "one: two" });
  assertEquals(parseHeader("--- Ada and Ben: a story"), { ...plain, name: "Ada and Ben: a story" });
});

Deno.test("parseHeader() reads behind a byte order mark, a line for the shell and with CRLF", () => {
  const expected = { name: "One.", needs: "none", seed: 7n } as const;
  assertEquals(parseHeader("--- One.\r\n--- seed: 7\r\nprint(1)"), expected);
  assertEquals(parseHeader("#!/usr/bin/env lua\n--- One.\n--- seed: 7\n"), expected);
  assertEquals(parseHeader("\ufeff#!x\n--- One.\n--- seed: 7"), expected);
});

Deno.test("parseHeader() reads what a scenario needs, in Deno's words", () => {
  const cases: [string, unknown][] = [
    ["nothing", "none"],
    ["none", "none"],
    ["", "none"],
    ["nothing   -- no file, no net", "none"],
    ["read", { read: true }],
    ["read=./a;./b c, env", { read: ["./a", "./b c"], env: true }],
    ["read=./a=b", { read: ["./a=b"] }],
    ["net=localhost:4222 -- the relay", { net: ["localhost:4222"] }],
    ["write,run,ffi,sys,import", { write: true, run: true, ffi: true, sys: true, import: true }],
  ];
  for (const [text, needs] of cases) {
    assertEquals([text, parseHeader(`--- needs: ${text}\n`).needs], [text, needs]);
  }
});

Deno.test("parseHeader() refuses what it does not know", () => {
  const cases: [string, string][] = [
    ["--- colour: blue", `Cannot read header: "colour" is not name, needs or seed`],
    ["--- needs: everything", `Cannot read header: "everything" is not one of read, write, net`],
    ["--- needs: read=", `Cannot read header: "read=" is not one of`],
    ["--- needs: read,,net", `Cannot read header: "" is not one of`],
    ["--- needs: nothing, read", `Cannot read header: "nothing" is not one of`],
    ["--- needs: constructor", `Cannot read header: "constructor" is not one of`],
    ["--- needs: Read", `Cannot read header: "Read" is not one of`],
  ];
  for (const [source, message] of cases) {
    const error = assertThrows(() => parseHeader(source), ScenarioError, message);
    assertEquals(error.code, "bad_header");
  }
});

Deno.test("parseSeed() takes 0 to 2^63 - 1 and nothing else", () => {
  assertEquals([parseSeed("0"), parseSeed("007"), parseSeed(`${SEED_MAX}`)], [0n, 7n, SEED_MAX]);
  assertEquals(parseHeader("--- seed: 42  -- found in the wild\n").seed, 42n);
  for (const wrong of ["", "-1", "1.5", "1e3", "0x10", "seven", "7 7", `${SEED_MAX + 1n}`, "٧"]) {
    const error = assertThrows(() => parseSeed(wrong), ScenarioError, `Cannot use seed "${wrong}"`);
    assertEquals(error.code, "bad_seed");
  }
  assertThrows(() => parseHeader("--- seed: many"), ScenarioError, `Cannot use seed "many"`);
});

Deno.test("headerOf() names the file of a header that cannot be read", () => {
  assertEquals(headerOf("a.lua", "--- seed: 7").seed, 7n);
  const error = assertThrows(() => headerOf("a.lua", "--- seed: x"), ScenarioError);
  assertEquals(error.message.startsWith(`a.lua: Cannot use seed "x"`), true);
  assertEquals([error.code, error.cause instanceof ScenarioError], ["bad_seed", true]);
});

Deno.test("parseHeader() reads whether a scenario wants a capsule, and which mods are at hand", () => {
  const cases: [string, unknown][] = [
    ["capsule", { needs: "none", capsule: [] }],
    ["capsule=../mods/a;./b", { needs: "none", capsule: ["../mods/a", "./b"] }],
    ["read=./x, capsule -- and a file", { needs: { read: ["./x"] }, capsule: [] }],
  ];
  for (const [text, expected] of cases) {
    const { name: _name, seed: _seed, ...asked } = parseHeader(`--- needs: ${text}\n`);
    assertEquals(asked as unknown, expected);
  }
  assertThrows(() => parseHeader("--- needs: capsule="), ScenarioError, `"capsule=" is not one of`);
});
