import { assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);

Deno.test("the version of wasmoon in the code is the one in the configuration", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const source = await Deno.readTextFile(new URL("lua/module.ts", root));
  const [, specifier] = /import\.source\("(.+)\/dist\/glue\.wasm"\)/.exec(source)!;
  assertEquals(specifier, imports["wasmoon"]);
});

Deno.test("no committed lock names where JSR packages came from", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
  assertEquals(Object.keys(lock.remote ?? {}), []);
});
