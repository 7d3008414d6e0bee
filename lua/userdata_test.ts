import { assertEquals, assertThrows } from "@std/assert";
import { LuaError } from "./errors.ts";
import { loadLuaModule } from "./module.ts";
import { createLuaRuntime, type LuaRuntime } from "./runtime.ts";
import { defineLuaClass } from "./userdata.ts";
import { LuaFloat, NOTHING, withExactFloats } from "./values.ts";

const module = await loadLuaModule();

class Peer {
  readonly id: string;
  started = false;

  constructor(id: string) {
    this.id = id;
  }
}

class LoudPeer extends Peer {}
class Realm {}

const PEER = defineLuaClass({
  name: "Network",
  type: Peer,
  methods: {
    id: (self) => self.id,
    start: (self) => {
      self.started = true;
      return NOTHING;
    },
    same: (self, other) => self === other,
  },
  fields: { started: (self) => self.started },
  describe: (self) => `Network(id=${self.id})`,
  metamethods: { __len: () => 7 },
});
const REALM = defineLuaClass({ name: "Realm", type: Realm });

async function makeRuntime(): Promise<{ lua: LuaRuntime; ada: Peer }> {
  const lua = await createLuaRuntime({ module, classes: [PEER, REALM] });
  const ada = new Peer("ada");
  lua.setGlobal("ada", ada);
  lua.setGlobal("get_ada", () => ada);
  lua.setGlobal("ben", new LoudPeer("ben"));
  lua.setGlobal("realm", new Realm());
  return { lua, ada };
}

Deno.test("defineLuaClass() shows methods, fields, tostring and listed metamethods", async () => {
  const { lua, ada } = await makeRuntime();
  using _ = lua;
  assertEquals(
    lua.run(`
      ada:start()
      return ada:id(), ada.started, tostring(ada), tostring(realm), #ada, ben:id(),
        select('#', ada:start()), ada:same(get_ada())`),
    ["ada", true, "Network(id=ada)", "Realm", 7, "ben", 0, true],
  );
  assertEquals(ada.started, true);
});

Deno.test("the same object is the same userdata, also as a key and after a collection", async () => {
  const { lua } = await makeRuntime();
  using _ = lua;
  assertEquals(
    lua.run(`
      local seen = { [ada] = 1 }
      local list = { get_ada(), ada }
      for i = 1, 100 do collectgarbage() end
      return ada == get_ada(), seen[get_ada()], rawequal(list[1], list[2]), ada == ben, ada ~= ben`),
    [true, 1, true, false, true],
  );
});

Deno.test("an object that Lua forgot can come again", async () => {
  using lua = await createLuaRuntime({ module, classes: [PEER] });
  const ada = new Peer("ada");
  lua.setGlobal("get", () => ada);
  assertEquals(
    lua.run(`
      for i = 1, 50 do
        assert(get():id() == 'ada')
        collectgarbage()
        local one, two = get(), get()
        assert(one == two and one:same(two))
      end
      return true`),
    [true],
  );
});

Deno.test("an instance comes back to TypeScript as itself", async () => {
  const { lua, ada } = await makeRuntime();
  using _ = lua;
  assertEquals(lua.run("return { ada, ada }")[0], [ada, ada]);
});

Deno.test("a method checks its self", async (t) => {
  const { lua } = await makeRuntime();
  using _ = lua;
  const wrong: Record<string, string> = {
    "nothing": "ada.id()",
    "a table": "ada.id({})",
    "a text": "ada.id('ada')",
    "another class": "ada.id(realm)",
    "a file": "ada.id(io.open(os.tmpname()))",
    "an error": "ada.id(select(2, pcall(ada.id)))",
    "a table that copies its methods": "ada.id(setmetatable({}, { __index = ada }))",
  };
  for (const [name, source] of Object.entries(wrong)) {
    await t.step(name, () => {
      const error = assertThrows(() => lua.run(source, { chunkName: "a.lua" }), LuaError);
      assertEquals(
        error.message,
        "a.lua:1: bad self: expected Network (call it as object:id(...))",
      );
    });
  }
});

Deno.test("nothing leads from Lua to what is not listed", async () => {
  const { lua } = await makeRuntime();
  using _ = lua;
  const [found] = lua.run(`
    local found = {}
    for _, value in ipairs { ada, realm } do
      for _, key in ipairs { 'constructor', '__proto__', 'prototype', 'toString', 'valueOf',
          'hasOwnProperty', '__index', '__gc', '__name', '__defineGetter__', 1, true } do
        if value[key] ~= nil then found[#found + 1] = tostring(key) end
      end
    end
    for _, key in ipairs { 'constructor', 'call', 'apply', 'bind', 'prototype' } do
      if pcall(function() return get_ada[key] end) then found[#found + 1] = key end
    end
    return table.concat(found, ' ')`);
  assertEquals(found, "");
});

Deno.test("userdata cannot be forged or changed", async (t) => {
  const { lua } = await makeRuntime();
  using _ = lua;
  const attempts: Record<string, string> = {
    "setmetatable on it": "setmetatable(ada, {})",
    "its metatable": "return getmetatable(ada).__index",
    "its metatable on a table": "setmetatable({}, getmetatable(ada))",
    "a new field": "ada.id = function() return 'mallory' end",
    "rawset": "rawset(ada, 'id', 1)",
    "rawget": "rawget(ada, 'id')",
    "debug": "debug.setmetatable({}, {})",
    "the metatable of strings": "getmetatable('').__index = {}",
  };
  for (const [name, source] of Object.entries(attempts)) {
    await t.step(name, () => {
      assertEquals(assertThrows(() => lua.run(source), LuaError).code, "runtime");
    });
  }
  assertEquals(lua.run("return ada:id(), getmetatable(ada)"), ["ada", false]);
});

Deno.test("a missing method is nil, and calling it says so", async () => {
  const { lua } = await makeRuntime();
  using _ = lua;
  const error = assertThrows(() => lua.run("ada:fly()"), LuaError);
  assertEquals(error.message, "script:1: attempt to call a nil value (method 'fly')");
  const wrongType = assertThrows(() => lua.run("return ada + 1"), LuaError);
  assertEquals(
    wrongType.message,
    "script:1: attempt to perform arithmetic on a Network value (global 'ada')",
  );
});

Deno.test("register() refuses a name twice; defineLuaClass() refuses our metamethods", async () => {
  const { lua } = await makeRuntime();
  using _ = lua;
  assertThrows(() => lua.register(REALM), TypeError, "taken");
  assertThrows(
    () => defineLuaClass({ name: "X", type: Realm, metamethods: { __gc: () => 1 } }),
    TypeError,
    "__gc",
  );
});

Deno.test("a method that is marked gets integral floats as such, and still checks its self", async () => {
  const isFloat = (value: unknown) => value instanceof LuaFloat;
  const marked = defineLuaClass({
    name: "Realm",
    type: Realm,
    methods: {
      exact: withExactFloats((_self: Realm, value: unknown) => isFloat(value)),
      plain: (_self, value) => isFloat(value),
    },
  });
  using lua = await createLuaRuntime({ module, classes: [marked] });
  lua.setGlobal("realm", new Realm());
  assertEquals(
    lua.run("return realm:exact(1.0), realm:exact(1), realm:plain(1.0), pcall(realm.exact, 1.0)")
      .slice(0, 4),
    [true, false, false, false],
  );
});

Deno.test("what an instance weighs counts in Lua's memory until Lua forgets it", async () => {
  const heavy = defineLuaClass({ name: "Heavy", type: Realm, weigh: () => 1_000_000 });
  using lua = await createLuaRuntime({ module, classes: [heavy] });
  lua.setGlobal("make", () => new Realm());
  const [held, dropped] = lua.run(`
    collectgarbage()
    local before = collectgarbage('count')
    local one = make()
    local held = collectgarbage('count') - before
    one = nil
    collectgarbage() collectgarbage()
    return held, collectgarbage('count') - before`) as [number, number];
  assertEquals([held >= 976, dropped < 10], [true, true], `${held} and ${dropped} KiB`);
});
