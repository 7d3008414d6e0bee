import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime, type LuaRuntime } from "./runtime.ts";
import {
  LuaCallable,
  LuaFloat,
  type LuaFunction,
  LuaMulti,
  NOTHING,
  withExactFloats,
} from "./values.ts";

const module = await loadLuaModule();
const SEED = 20_260;

async function makeEcho(): Promise<{ lua: LuaRuntime; echo: (value: unknown) => unknown }> {
  const lua = await createLuaRuntime({ module });
  const [echo] = lua.run("return function(...) return ... end");
  return { lua, echo: echo as LuaFunction };
}

/** What can cross and come back the same: Lua has no null, no empty list and no holes. */
const someValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noInteger: true }),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { minLength: 1, maxLength: 6 }),
    fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { noNullPrototype: false }),
  ),
})).value;

Deno.test("values come back from Lua as they went in", async () => {
  const { lua, echo } = await makeEcho();
  using _ = lua;
  fc.assert(
    fc.property(someValue, (value) => assertEquals(plain(echo(value)), plain(value))),
    { seed: SEED, numRuns: 500 },
  );
});

/** The same value with ordinary prototypes, so that only contents are compared. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

Deno.test("bytes come back byte for byte, and as text exactly when they are UTF-8", async () => {
  const { lua, echo } = await makeEcho();
  using _ = lua;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const back = echo(bytes);
      if (typeof back === "string") assertEquals(new TextEncoder().encode(back), bytes);
      else assertEquals(back, bytes);
    }),
    { seed: SEED, numRuns: 500 },
  );
  assertEquals(echo(new Uint8Array([0x61, 0, 0x62])), "a\0b");
  assertEquals(echo(new Uint8Array([0xff, 0])), new Uint8Array([0xff, 0]));
  assertEquals(echo("\uFEFFx"), "\uFEFFx");
  const long = new Uint8Array(300_000).fill(200);
  assertEquals(echo(long), long);
});

Deno.test("integers of 64 bits are exact", async () => {
  const { lua, echo } = await makeEcho();
  using _ = lua;
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (integer) => {
      assertEquals(BigInt(echo(integer) as bigint), integer);
      assertEquals(lua.call(lua.getGlobal("tostring") as LuaFunction, integer), [String(integer)]);
    }),
    { seed: SEED },
  );
  assertEquals(echo(2n ** 53n), 2n ** 53n);
  assertEquals(echo(7n), 7);
  assertThrows(() => echo(2n ** 63n), LuaError, "64 bits");
});

Deno.test("numbers keep their kind: integers, floats, the odd ones", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("take", (value: unknown) => value);
  const kinds = lua.run(`
    local function kind(v) return math.type(take(v)) end
    return kind(1), kind(1.5), kind(2^53), 1 / take(-0.0), take(0/0) ~= take(0/0), take(1/0)`);
  assertEquals(kinds, ["integer", "float", "float", -Infinity, true, Infinity]);
});

Deno.test("LuaFloat is a float in Lua; withExactFloats() receives integral floats as such", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("one", new LuaFloat(1));
  const seen: unknown[] = [];
  lua.setGlobal("exact", withExactFloats((value: unknown) => seen.push(value)));
  assertEquals(lua.run("exact(1.0) exact(1) exact({ 2.0, 2.5 }) return math.type(one)"), [
    "float",
  ]);
  assertEquals(seen, [new LuaFloat(1), 1, [new LuaFloat(2), 2.5]]);
});

Deno.test("nil, undefined and null are nil; NOTHING and LuaMulti are that many values", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal("answer", (which: unknown) => {
    switch (which) {
      case "null":
        return null;
      case "nothing":
        return NOTHING;
      case "three":
        return new LuaMulti(1, undefined, 3);
      default:
        return undefined;
    }
  });
  const counts = lua.run(`
    local function count(...) return select('#', answer(...)) end
    return count(), count('null'), count('nothing'), count('three'), tostring(answer('null'))`);
  assertEquals(counts, [1, 1, 0, 3, "nil"]);
});

Deno.test("keys such as __proto__ and constructor are only keys", async () => {
  const { lua, echo } = await makeEcho();
  using _ = lua;
  const [record] = lua.run("return { __proto__ = { polluted = 1 }, constructor = 2, length = 3 }");
  assertEquals(Object.getPrototypeOf(record), null);
  assertEquals(Object.keys(record as object).sort(), ["__proto__", "constructor", "length"]);
  assertEquals(({} as Record<string, unknown>)["polluted"], undefined);
  assertEquals(Object.keys(echo(record) as object).length, 3);
});

Deno.test("what cannot cross says why", async () => {
  const { lua, echo } = await makeEcho();
  using _ = lua;
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  assertThrows(() => echo(cyclic), LuaError, "cyclic object");
  assertThrows(() => echo(new Date(0)), LuaError, "Cannot hand a Date to Lua");
  assertThrows(() => echo(Symbol("x")), LuaError, "symbol");
  assertThrows(() => lua.run("local t = {} t[1] = t return t"), LuaError, "cyclic table");
  assertThrows(() => lua.run("return { [true] = 1 }"), LuaError, "key of type boolean");
  assertThrows(() => lua.run("return { [9] = 1 }"), LuaError, "key 9 is not a text");
  assertThrows(() => lua.run("return { 1, 2, x = 3 }"), LuaError, `the key "x" as well`);
  assertThrows(() => lua.run("return coroutine.create(print)"), LuaError, "coroutine");
  assertEquals(lua.run("return 1"), [1]);
});

Deno.test("a table that is used twice is not a cycle", async () => {
  using lua = await createLuaRuntime({ module });
  const [pair] = lua.run("local t = { 1 } return { t, t }");
  assertEquals(pair, [[1], [1]]);
});

Deno.test("functions keep their identity both ways", async () => {
  const { lua, echo } = await makeEcho();
  using _ = lua;
  const host = () => 1;
  lua.setGlobal("f", host);
  lua.setGlobal("get", () => host);
  assertEquals(lua.run("return f == get()"), [true]);
  const [first, second] = lua.run("g = function() return 2 end return g, g");
  assertStrictEquals(first, second);
  lua.setGlobal("same", (fn: unknown) => fn === first);
  lua.setGlobal("back", first);
  assertEquals(lua.run("return same(g), back == g"), [true, true]);
  assertEquals((echo(first) as LuaFunction)(), 2);
});

Deno.test("a function of another runtime, or a plain one, cannot be given to call()", async () => {
  using lua = await createLuaRuntime({ module });
  using other = await createLuaRuntime({ module });
  const [fn] = other.run("return function() return 'other' end");
  assertThrows(() => lua.call(fn as LuaFunction), TypeError);
  lua.setGlobal("foreign", fn);
  assertEquals(lua.run("return foreign()"), ["other"]);
});

Deno.test("LuaCallable is a table that can be called", async () => {
  using lua = await createLuaRuntime({ module });
  lua.setGlobal(
    "both",
    new LuaCallable((...args) => args.length, { twice: (n: unknown) => Number(n) * 2, name: "b" }),
  );
  lua.setGlobal("assert", new LuaCallable(lua.getGlobal("assert") as LuaFunction, {}));
  assertEquals(
    lua.run(`
      local t = {}
      return both(1, nil, 3), both.twice(4), both.name, type(both), getmetatable(both),
        assert(t) == t, select('#', assert(1, 2, 3))`),
    [3, 8, "b", "table", false, true, 3],
  );
  assertThrows(() => lua.run("assert(false, 'said')"), LuaError, "said");
});
