import { assertEquals } from "@std/assert";
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

Deno.test("genesisTemplate() makes also what has no pattern", () => {
  const id = seededSources("genesis", () => 0).randomBytes(32).toHex();
  const long = (handle: Handle, id: string) => {
    handle.put("/", "id", id, "str");
    handle.put("/", "more", "deflated ".repeat(100), "str");
  };
  const twice = (handle: Handle, id: string) => handle.put("/", "id", id[0] + id, "str");
  for (const build of [long, twice]) {
    const expected = genesisOf("sample", id, (handle) => build(handle, id));
    assertEquals(genesisTemplate("sample", build)(id), expected);
  }
});
