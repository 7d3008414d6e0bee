import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime } from "./runtime.ts";
import { type LuaFunction, LuaMulti } from "./values.ts";

const module = await loadLuaModule();

Deno.test({
  name: "createLuaRuntime() and LuaRuntime.run() need no permission",
  permissions: "none",
  fn: async () => {
    using lua = await createLuaRuntime({ module });
    assertEquals(lua.run("return 1 + 1, 'two', nil"), [2, "two", undefined]);
    assertEquals(lua.run("return ...", { args: ["x", 2] }), ["x", 2]);
  },
});

Deno.test("LuaRuntime.run() leaves a shebang and a byte order mark out, and keeps the lines", async () => {
  using lua = await createLuaRuntime({ module });
  assertEquals(lua.run("\uFEFF#!/usr/bin/lua\nreturn 1"), [1]);
  assertEquals(lua.run(new Uint8Array([0x23])), []);
  const error = assertThrows(() => lua.run("#!/usr/bin/lua\nerror('x')"), LuaError);
  assertEquals(error.line, 2);
  const shown = lua.run("return '\uFEFF'");
  assertEquals(shown, ["\uFEFF"]);
});

Deno.test("LuaRuntime.run() refuses bytecode", async () => {
  using lua = await createLuaRuntime({ module });
  const error = assertThrows(() => lua.run(new Uint8Array([0x1b, 0x4c, 0x75, 0x61])), LuaError);
  assertEquals(error.code, "syntax");
});

Deno.test("LuaRuntime.call() answers all results, a function itself the first", async () => {
  using lua = await createLuaRuntime({ module });
  const [fn] = lua.run("return function(...) return select('#', ...), ... end");
  assertEquals(lua.call(fn as LuaFunction, "a", null), [2, "a", undefined]);
  assertEquals((fn as LuaFunction)(1, 2, 3), 3);
});

Deno.test("LuaRuntime.getGlobal() reads what scripts and setGlobal() wrote", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("settings", { name: "ada", list: [1, 2] });
  lua.run("settings.name = settings.name .. '!'");
  assertEquals({ ...(lua.getGlobal("settings") as object) }, { name: "ada!", list: [1, 2] });
  assertEquals(lua.getGlobal("missing"), undefined);
});

Deno.test("LuaRuntime is dead after its disposal, which may come twice", async () => {
  const lua = await createLuaRuntime({ module });
  const [fn] = lua.run("return function() end");
  lua[Symbol.dispose]();
  lua[Symbol.dispose]();
  for (
    const use of [
      () => lua.run("return 1"),
      () => (fn as LuaFunction)(),
      () => lua.setGlobal("x", 1),
      () => lua.getGlobal("x"),
    ]
  ) {
    assertEquals(assertThrows(use, LuaError).code, "dead");
  }
});

Deno.test("a script may end its own runtime", async () => {
  const lua = await createLuaRuntime({ module });
  lua.setGlobal("stop", () => lua[Symbol.dispose]());
  const error = assertThrows(() => lua.run("while true do pcall(stop) end"), LuaError);
  assertEquals(error.code, "dead");
});

Deno.test("a script that yields outside of a coroutine fails", async () => {
  using lua = await createLuaRuntime({ module });
  const error = assertThrows(() => lua.run("coroutine.yield(1)"), LuaError);
  assertEquals(error.message, "attempt to yield from outside a coroutine");
  await assertRejects(() => lua.runAsync("coroutine.yield(1)"), LuaError, "outside a coroutine");
  assertEquals(lua.run("return 1"), [1]);
});

Deno.test("ten thousand calls that return values, and fail, leave nothing behind", async () => {
  using lua = await createLuaRuntime({ module });
  const [call] = lua.run(
    "return function(i) if i % 2 == 0 then error('even') end return { i } end",
  );
  const [memory] = lua.run("return function() collectgarbage() return collectgarbage('count') end");
  const before = (memory as LuaFunction)() as number;
  for (let i = 0; i < 10_000; i++) {
    try {
      assertEquals((call as LuaFunction)(i), [i]);
    } catch (error) {
      assert(error instanceof LuaError && error.message === "script:1: even");
    }
  }
  const growth = ((memory as LuaFunction)() as number) - before;
  assert(growth < 64, `${growth} KiB more`);
});

Deno.test("LuaRuntime.runAsync() waits for promises wherever Lua can be left", async (t) => {
  const ways: Record<string, string> = {
    "plainly": "return wait(3)",
    "in pcall": "local ok, v = pcall(wait, 3) return v",
    "in a coroutine": "return coroutine.wrap(function() return wait(3) end)()",
    "in nested coroutines": `
      return coroutine.wrap(function()
        local co = coroutine.wrap(function() coroutine.yield(wait(1)) return wait(2) end)
        return co() + co()
      end)()`,
    "in a metamethod": `
      return setmetatable({}, { __index = function(_, k) return wait(k) end })[3]`,
    "in an iterator":
      "local n = 0 for v in function() n = n + 1 return wait(n) < 4 and n or nil end do end return n - 1",
    "in a module": "package.preload.m = function() return wait(3) end return (require('m'))",
  };
  for (const [name, source] of Object.entries(ways)) {
    await t.step(name, async () => {
      using lua = await createLuaRuntime({ module });
      lua.setGlobal("wait", (value: unknown) => Promise.resolve(value));
      assertEquals(await lua.runAsync(source), [3]);
    });
  }
});

Deno.test("a promise answers several values, or raises with the line and the cause", async () => {
  using lua = await createLuaRuntime({ module });
  const failure = Object.assign(new Error("late"), { code: "slow" });
  lua.setGlobal("pair", () => Promise.resolve(new LuaMulti(1, "two")));
  lua.setGlobal("fail", () => Promise.reject(failure));
  assertEquals(await lua.runAsync("return pair()"), [1, "two"]);
  assertEquals(
    await lua.runAsync("local ok, e = pcall(function() fail() end) return tostring(e), e.code"),
    ["script:1: late", "slow"],
  );
  const error = await assertRejects(() => lua.runAsync("\nfail()"), LuaError);
  assertEquals([error.message, error.line], ["script:2: late", 2]);
  assertStrictEquals(error.cause, failure);
});

Deno.test("a promise where Lua cannot wait is a clear error", async (t) => {
  const ways: Record<string, string> = {
    "table.sort": "table.sort({ 2, 1 }, function(a, b) return wait(a < b) end)",
    "string.gsub": "('x'):gsub('x', function() return wait('y') end)",
    "__tostring": "tostring(setmetatable({}, { __tostring = function() return wait('x') end }))",
    "a callback of a binding": "call(function() wait(1) end)",
  };
  for (const [name, source] of Object.entries(ways)) {
    await t.step(name, async () => {
      using lua = await createLuaRuntime({ module });
      lua.setGlobal("wait", (value: unknown) => Promise.resolve(value));
      lua.setGlobal("call", (fn: unknown) => (fn as LuaFunction)());
      const error = await assertRejects(() => lua.runAsync(source), LuaError);
      assertEquals(error.code, "await");
      assertEquals(await lua.runAsync("return wait(1)"), [1]);
    });
  }
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("wait", () => Promise.reject(new Error("nobody looks")));
  assertEquals(assertThrows(() => lua.run("wait()"), LuaError).code, "await");
});

Deno.test("many scripts may wait in one runtime at the same time", async () => {
  using lua = await createLuaRuntime({ module });
  const waiting: ((value: unknown) => void)[] = [];
  lua.setGlobal("wait", () => new Promise((resolve) => waiting.push(resolve)));
  const runs = [1, 2, 3].map((n) => lua.runAsync(`return ${n} * wait()`));
  assertEquals(lua.run("return 'meanwhile'"), ["meanwhile"]);
  waiting.toReversed().forEach((resolve) => resolve(10));
  assertEquals(await Promise.all(runs), [[10], [20], [30]]);
});

Deno.test("a promise that never settles ends at its deadline, or with the runtime", async () => {
  using lua = await createLuaRuntime({ module, limits: { awaitMs: 20 } });
  lua.setGlobal("never", () => new Promise(() => {}));
  const late = await assertRejects(() => lua.runAsync("never()"), LuaError);
  assertEquals([late.code, late.line], ["timeout", 1]);
  assertEquals(lua.run("return 1"), [1]);

  const other = await createLuaRuntime({ module });
  other.setGlobal("never", () => new Promise(() => {}));
  const run = other.runAsync("never()");
  other[Symbol.dispose]();
  assertEquals((await assertRejects(() => run, LuaError)).code, "dead");
});

Deno.test("the slice holds for each stretch between two promises", async () => {
  using lua = await createLuaRuntime({ module, limits: { sliceMs: 100 } });
  lua.setGlobal("wait", () => Promise.resolve());
  const error = await assertRejects(() => lua.runAsync("wait() while true do end"), LuaError);
  assertEquals(error.code, "timeout");
  await assertRejects(() => lua.runAsync("return 1"), LuaError, "Cannot use this Lua runtime");
});
