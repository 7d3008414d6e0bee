import { pbkdf2Sync } from "node:crypto";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime } from "./runtime.ts";

const module = await loadLuaModule();

Deno.test("LuaModule.slice() hands on what the work throws", () => {
  const failure = new Error("mine");
  const killed: LuaError[] = [];
  const state = { kill: (error: LuaError) => killed.push(error) };
  const thrown = assertThrows(() => {
    module.slice(state, 1000, () => {
      throw failure;
    });
  });
  assertEquals(thrown, failure);
  assertEquals(killed, []);
});

Deno.test("LuaModule.slice() kills every state that was inside, and no other", () => {
  const killed: string[] = [];
  const state = (name: string) => ({ kill: () => killed.push(name) });
  module.slice(state("before"), 1000, () => {});
  module.slice(state("outer"), 10_000, () => {
    module.slice(state("inner"), 50, () => {
      for (;;);
    });
  });
  assertEquals(killed, ["inner"]);
  module.slice(state("outer"), 50, () => {
    module.slice(state("inner"), 10_000, () => {
      for (;;);
    });
  });
  assertEquals(killed, ["inner", "outer", "inner"]);
});

Deno.test("LuaModule.slice(): an interrupt that comes just when the work is done harms nobody", async () => {
  let killed = 0;
  let done = 0;
  for (let i = 0; i < 200; i++) {
    const workMs = 0.9 + (i % 40) * 0.01;
    module.slice({ kill: () => killed++ }, 1, () => {
      for (const endMs = performance.now() + workMs; performance.now() < endMs;);
      done++;
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(done, 200);
  assert(killed < 200);
});

Deno.test("LuaModule.slice() kills both of two states whose times are over at once", () => {
  for (let i = 0; i < 30; i++) {
    const killed: string[] = [];
    const state = (name: string) => ({ kill: () => killed.push(name) });
    module.slice(state("outer"), 8, () => {
      module.slice(state("inner"), 8, () => {
        for (;;);
      });
      while (!killed.includes("outer"));
    });
    assertEquals(killed.toSorted(), ["inner", "outer"]);
  }
});

Deno.test("LuaModule.slice() ends where its interrupt was lost to that of a slice inside", () => {
  const killed: string[] = [];
  const state = (name: string) => ({ kill: () => killed.push(name) });
  module.slice(state("outer"), 8, () => {
    module.slice(state("inner"), 8, () => {
      // Nothing interrupts what is native, so both are due when it ends.
      for (;;) pbkdf2Sync("word", "salt", 400_000, 32, "sha256");
    });
  });
  assertEquals(killed.toSorted(), ["inner", "outer"]);
});

Deno.test("a runtime inside the slice of another dies with it", async () => {
  using inner = await createLuaRuntime({ module });
  using outer = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
  using other = await createLuaRuntime({ module });
  outer.setGlobal("run", (source: unknown) => inner.run(String(source))[0]);
  assertEquals(outer.run("return run('return 2')"), [2]);
  const error = assertThrows(() => outer.run("run('while true do end')"), LuaError);
  assertEquals(error.code, "timeout");
  assertEquals(assertThrows(() => inner.run("return 1"), LuaError).code, "dead");
  assertEquals(other.run("return 1"), [1]);
});

Deno.test("a runtime whose guest runs too long survives it", async () => {
  using inner = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
  using outer = await createLuaRuntime({ module });
  outer.setGlobal("run", (source: unknown) => inner.run(String(source))[0]);
  const [ok, code] = outer.run(
    "local ok, err = pcall(run, 'while true do end') return ok, err.code",
  );
  assertEquals([ok, code], [false, "timeout"]);
});
