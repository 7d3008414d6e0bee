/**
 * What an engine costs, counted where no clock is needed; `bench/lua.ts` measures the times.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createLuaRuntime, loadLuaModule, MEMORY_BYTES_MIN } from "../lua/mod.ts";
import type { LuaFunction } from "../lua/mod.ts";

const COUNT_KB_MAX = 100;
const module = await loadLuaModule();

Deno.test("a fresh engine counts at most 100 KiB in the least memory there is", async () => {
  using lua = await createLuaRuntime({ module });
  const [before, , after] = lua.run(
    "return collectgarbage('count'), collectgarbage(), collectgarbage('count')",
  ) as number[];
  assert(before! <= COUNT_KB_MAX && after! <= COUNT_KB_MAX, `${before} and ${after} KiB`);
  assertEquals(lua.memoryBytes, MEMORY_BYTES_MIN);
});

Deno.test("an engine is one instance of Lua with one memory, and compiles nothing", async () => {
  (await createLuaRuntime({ module }))[Symbol.dispose]();
  const made = { instances: 0, memories: 0, modules: 0 };
  const { Instance, Module } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, [compiled, imports]) => {
      const instance = new target(compiled, imports);
      made.instances++;
      if (instance.exports["memory"] instanceof WebAssembly.Memory) made.memories++;
      return instance;
    },
  });
  WebAssembly.Module = new Proxy(Module, {
    construct: (target, [bytes]) => {
      made.modules++;
      return new target(bytes);
    },
  });
  try {
    using _ = await createLuaRuntime({ module });
  } finally {
    Object.assign(WebAssembly, { Instance, Module });
  }
  // The others are functions of the host and the gates, each an instance without a memory.
  assertEquals(made, { instances: 9, memories: 1, modules: 0 });
});

Deno.test("what one engine takes, no other has", async () => {
  using greedy = await createLuaRuntime({ module });
  using modest = await createLuaRuntime({ module });
  greedy.run("kept = ('x'):rep(2e7)");
  assert(greedy.memoryBytes >= MEMORY_BYTES_MIN + 2e7);
  assertEquals(modest.memoryBytes, MEMORY_BYTES_MIN);
});

Deno.test("an entry into Lua is one slice, and calls from Lua to the host are none", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("host", () => undefined);
  const [fn] = lua.run("return function() for i = 1, 100 do host() end end");
  let slices = 0;
  const { slice } = module;
  module.slice = (...args) => {
    slices++;
    slice.apply(module, args);
  };
  try {
    for (let i = 0; i < 10; i++) (fn as LuaFunction)();
  } finally {
    module.slice = slice;
  }
  assertEquals(slices, 10);
});

Deno.test("a hundred thousand calls in either direction leave no memory behind", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("host", (value: unknown) => value);
  const [fn, count] = lua.run(`
    return function(i) return host({ i, 'text' .. i }) end,
      function() collectgarbage() return collectgarbage('count') end`) as LuaFunction[];
  for (let i = 0; i < 1000; i++) fn!(i);
  const before = count!() as number;
  for (let i = 0; i < 10_000; i++) fn!(i);
  lua.run("for i = 1, 1e5 do host({ i }) end");
  const growth = count!() as number - before;
  assert(growth < 16, `${growth} KiB more`);
  assertEquals(lua.memoryBytes, MEMORY_BYTES_MIN);
});
