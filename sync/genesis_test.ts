import { assertEquals, assertThrows } from "@std/assert";
import { genesisOf, genesisTemplate } from "./genesis.ts";
import type { Handle } from "./_automerge.ts";
import { seededSources } from "./sources.ts";

const build = (handle: Handle, id: string) => {
  handle.put("/", "id", id, "str");
  handle.putObject("/", "list", []);
};

Deno.test("genesisTemplate() makes what genesisOf() makes", () => {
  const sources = seededSources("genesis", () => 0);
  const template = genesisTemplate("sample", build);
  for (let n = 0; n < 50; n++) {
    const id = sources.randomBytes(32).toHex();
    assertEquals(template(id), genesisOf("sample", id, (handle) => build(handle, id)));
  }
});

Deno.test("genesisTemplate() refuses what depends on more than the id", () => {
  const other = (handle: Handle, id: string) => handle.put("/", "id", id[0] + id, "str");
  assertThrows(() => genesisTemplate("sample", other), TypeError, "more than the id");
});
