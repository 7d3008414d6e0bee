import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { seededSources } from "../../sync/mod.ts";
import { LuaError } from "../errors.ts";
import { loadLuaModule } from "../module.ts";
import { LuaRuntime } from "../runtime.ts";
import { cryptoFunctions } from "./crypto.ts";

const module = await loadLuaModule();

function open(cost = 4): LuaRuntime {
  const lua = new LuaRuntime({ module, limits: { sliceMs: 500 } });
  lua.setGlobal("crypto", cryptoFunctions(seededSources("7", () => 0), cost));
  return lua;
}

Deno.test("crypto.uuid() is a random UUID, the same for the same chance", () => {
  using left = open();
  using right = open();
  const [first, second] = left.run("return crypto.uuid(), crypto.uuid()");
  assertMatch(String(first), /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert(first !== second);
  assertEquals(right.run("return crypto.uuid()"), [first]);
});

Deno.test("crypto.bcrypt() and verify() agree, with each cost, and with hashes of others", () => {
  using lua = open();
  const seen = lua.run(`
    local a, b, c = crypto.bcrypt("password123"), crypto.bcrypt("password123"), crypto.bcrypt("ü", 5)
    return a:sub(1, 7), c:sub(1, 7), a ~= b, crypto.verify("password123", a),
      crypto.verify("password123", b), crypto.verify("password124", a), crypto.verify("ü", c),
      crypto.verify("", crypto.bcrypt(""))`);
  assertEquals(seen, ["$2b$04$", "$2b$05$", true, true, true, false, true, true]);
  // A test vector of Openwall's crypt_blowfish.
  const known = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  assertEquals(lua.run("return crypto.verify('U*U', ...)", { args: [known] }), [true]);
});

Deno.test("crypto.verify() is false for what is no hash", () => {
  using lua = open();
  for (
    const hash of ["", "x", "$2b$04$short", `$2x$04$${"a".repeat(53)}`, `$1$04$${"a".repeat(53)}`]
  ) {
    assertEquals(lua.run("return crypto.verify('x', ...)", { args: [hash] }), [false]);
  }
});

Deno.test("crypto refuses long passwords and costs that take too long", () => {
  using lua = open();
  const cases: [string, string][] = [
    ["crypto.bcrypt('x', 3)", "bad argument 'cost': expected 4 to 15, got 3"],
    ["crypto.bcrypt('x', 16)", "bad argument 'cost': expected 4 to 15, got 16"],
    ["crypto.bcrypt(('x'):rep(73))", "bad argument 'password': it has 73 bytes, at most 72"],
    ["crypto.bcrypt()", "bad argument 'password': expected text, got nil"],
    ["crypto.verify('x', '$2b$31$' .. ('a'):rep(53))", "bad argument 'cost': expected 4 to 15"],
    ["crypto.verify('x')", "bad argument 'hash': expected text, got nil"],
  ];
  for (const [source, message] of cases) assertThrows(() => lua.run(source), LuaError, message);
});

Deno.test("the time of crypto.bcrypt() is not the mod's", () => {
  using lua = open(10);
  const source = "for _ = 1, 8 do crypto.bcrypt('x') end return 'done'";
  assertEquals(lua.run(source), ["done"]);
});
