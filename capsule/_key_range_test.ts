import { assert, assertEquals } from "@std/assert";
import { afterPrefix } from "./_key_range.ts";

Deno.test("afterPrefix() gives the next text by code point", () => {
  assertEquals(afterPrefix("a"), "b");
  assertEquals(afterPrefix("a\ud7ff"), "a\ue000");
  assertEquals(afterPrefix("a\uffff"), "a\u{10000}");
  assertEquals(afterPrefix("a\u{10ffff}\u{10ffff}"), "b");
  assert(afterPrefix("a\ud7ff").isWellFormed());
});

Deno.test("afterPrefix() of nothing, or of the last of all, comes after every key", () => {
  const longest = "\u{10ffff}".repeat(512);
  for (const prefix of ["", "\u{10ffff}", longest]) {
    const end = afterPrefix(prefix);
    assert(end.startsWith(longest) && end.length > longest.length);
  }
});
