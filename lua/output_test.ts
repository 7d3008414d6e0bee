import { assertEquals } from "@std/assert";
import { LuaOutput } from "./output.ts";

Deno.test("LuaOutput keeps what fits and says how much did not", () => {
  const heard: string[] = [];
  const output = new LuaOutput(10, (text) => heard.push(text));
  output.write("12345\n");
  output.write("too long");
  output.write("x"); // Would fit, but a gap in the middle would mislead.
  assertEquals(
    output.text,
    "12345\n\n[output ends here: 9 more bytes, at most 10 are kept]\n",
  );
  assertEquals(heard, ["12345\n"]);
});

Deno.test("LuaOutput shows bytes that are not UTF-8 as U+FFFD", () => {
  const output = new LuaOutput(10);
  output.write(new Uint8Array([0x61, 0xff]));
  assertEquals(output.text, "a\uFFFD");
});
