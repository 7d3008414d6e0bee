import { assertEquals, assertThrows } from "@std/assert";
import { VirtualFiles } from "./files.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("VirtualFiles.read() gives back a copy of what write() was given", () => {
  const files = new VirtualFiles(100);
  files.write("a", bytes(1, 2, 255));
  const copy = files.read("a")!;
  copy[0] = 9;
  assertEquals(files.read("a"), bytes(1, 2, 255));
  assertEquals(files.read("b"), undefined);
});

Deno.test("VirtualFiles counts the bytes of all files, and gives them back", () => {
  const files = new VirtualFiles(10);
  files.write("a", new Uint8Array(6));
  assertThrows(() => files.write("b", new Uint8Array(5)), RangeError, "at most 10 bytes");
  files.write("a", new Uint8Array(3));
  files.write("b", new Uint8Array(7));
  assertEquals(files.remove("b"), true);
  assertEquals(files.remove("b"), false);
  files.write("c", new Uint8Array(7));
  assertEquals(files.rename("c", "a"), true);
  files.write("d", new Uint8Array(3));
  assertEquals(files.read("a")?.length, 7);
  assertThrows(() => files.write("e", bytes(1)), RangeError);
});

Deno.test("VirtualFiles.temporaryName() makes another empty file each time", () => {
  const files = new VirtualFiles(10);
  const names = [files.temporaryName(), files.temporaryName()];
  assertEquals(new Set(names).size, 2);
  assertEquals(files.read(names[0]!), bytes());
});

Deno.test("FileContent.write() fills a gap with zeros", () => {
  const files = new VirtualFiles(10);
  const file = files.create("a");
  file.write(2, bytes(7));
  assertEquals(files.read("a"), bytes(0, 0, 7));
});
