import { assert, assertEquals } from "@std/assert";
import { createLuaRuntime, loadLuaModule, openIndras, ScenarioMods } from "../lua/mod.ts";
import type { LuaClass, LuaRuntime } from "../lua/mod.ts";
import { SimulatedWorld } from "../network/mod.ts";
import { LUA_API, MOD_API } from "./_lua_api.ts";

const root = new URL("../", import.meta.url);
const indras = await Deno.readTextFile(new URL("lua/library/indras.lua", root));
const glyphcase = await Deno.readTextFile(new URL("lua/library/glyphcase.lua", root));
const sandbox = await Deno.readTextFile(new URL("lua/library/sandbox.lua", root));

/** A runtime with all bindings, and the classes that it was given. */
async function openBindings(): Promise<{ lua: LuaRuntime; classes: LuaClass[] }> {
  const lua = await createLuaRuntime({ module: await loadLuaModule() });
  const classes: LuaClass[] = [];
  const register = lua.register.bind(lua);
  lua.register = (definition) => {
    classes.push(definition);
    register(definition);
  };
  openIndras({
    runtime: lua,
    world: new SimulatedWorld({ seed: "7" }),
    networks: [],
    log: () => {},
  });
  return { lua, classes };
}

/** A runtime with all that a scenario with a capsule sees. */
async function openMods(): Promise<Disposable & { lua: LuaRuntime }> {
  const module = await loadLuaModule();
  const lua = await createLuaRuntime({ module });
  const world = new SimulatedWorld({ seed: "7" });
  const context = { runtime: lua, world, networks: [], log: () => {} };
  openIndras(context);
  const mods = new ScenarioMods(context, { module, mods: new Map() });
  return {
    lua,
    [Symbol.dispose]: () => {
      mods[Symbol.dispose]();
      lua[Symbol.dispose]();
      for (const network of context.networks as Disposable[]) network[Symbol.dispose]();
    },
  };
}

/** The functions of a global table and of the tables in it, such as `indras.log.info`. */
function functionsOf(lua: LuaRuntime, name: string): string[] {
  const [names] = lua.run(
    `local found = {}
     local function visit(table, name)
       for key, value in pairs(table) do
         if type(value) == "table" then visit(value, name .. "." .. key) end
         if type(value) == "function" then found[#found + 1] = name .. "." .. key end
       end
     end
     visit(${name}, "${name}")
     return found`,
  );
  return names as string[];
}

/** One function of a stub file. */
interface Stub {
  readonly name: string;
  readonly parameters: string[];
  /** The comment lines right above it, without their dashes. */
  readonly comments: string[];
}

function stubsIn(source: string): Stub[] {
  const found = source.matchAll(/((?:^---.*\n)*)^function ([\w.:]+)\((.*)\) end$/gm);
  return [...found].map(([, comments = "", name = "", parameters = ""]) => ({
    name,
    parameters: parameters === "" ? [] : parameters.split(", "),
    comments: comments.trimEnd().split("\n").map((line) => line.slice(3)),
  }));
}

const namesIn = (source: string): string[] => stubsIn(source).map(({ name }) => name);

/** The fields that the stubs list for a class. */
function fieldsOf(className: string, stubs: string = indras): string[] {
  const found = new RegExp(`^---@class ${className}\\n((?:---@field .*\\n)*)`, "m").exec(stubs);
  return [...found![1]!.matchAll(/^---@field (\w+) /gm)].map(([, name]) => name!);
}

Deno.test("lua/library/indras.lua names every binding, and nothing that is none", async () => {
  const { lua, classes } = await openBindings();
  using _ = lua;
  const methods = classes.flatMap(({ name, methods }) =>
    [...methods.keys()].map((method) => `${name}:${method}`)
  );
  const real = [...functionsOf(lua, "indras"), ...functionsOf(lua, "assert"), ...methods];
  assert(methods.length > 0);
  assertEquals(namesIn(indras).sort(), real.sort());
});

/** A stub with its parameters, such as `reply(target, text)`; what may be left out has a `?`. */
function signatureOf({ name, parameters, comments }: Stub): string {
  const isOptional = (parameter: string) =>
    comments.some((line) => line.startsWith(`@param ${parameter}? `));
  const listed = parameters.map((one) => isOptional(one) ? `${one}?` : one);
  return `${name.split(/[.:]/).at(-1)}(${listed.join(", ")})`;
}

Deno.test("every class has, in the bindings and in the stubs, what is written down of it", async () => {
  const { lua, classes } = await openBindings();
  using _ = lua;
  const bound = new Map(classes.map(({ name, methods }) => [name, [...methods.keys()]]));
  bound.set("indras.Network", functionsOf(lua, "indras.Network").map((name) => name.slice(15)));
  assertEquals([...bound.keys()].sort(), Object.keys(LUA_API).sort());
  for (const [name, { required, added }] of Object.entries(LUA_API)) {
    const written = [...required, ...added].sort();
    const separator = name.includes(".") ? "." : ":";
    const stubs = stubsIn(indras).filter((stub) =>
      stub.name.slice(0, -(stub.name.split(/[.:]/).at(-1)!.length)) === name + separator
    );
    assertEquals([name, ...stubs.map(signatureOf).sort()], [name, ...written]);
    const names = written.map((signature) => signature.slice(0, signature.indexOf("(")));
    assertEquals([name, ...bound.get(name)!.sort()], [name, ...names.sort()]);
  }
});

Deno.test("lua/library/glyphcase.lua names what mods see, as it is written down", async () => {
  using opened = await openMods();
  for (const [table, { required, added }] of Object.entries(MOD_API)) {
    const written = [...required, ...added].sort();
    const stubs = stubsIn(glyphcase).filter(({ name }) => name.startsWith(`${table}.`));
    assertEquals([table, ...stubs.map(signatureOf).sort()], [table, ...written]);
    const names = written.map((signature) => `${table}.${signature.split("(")[0]}`);
    assertEquals(functionsOf(opened.lua, table).sort(), names.sort());
  }
  assertEquals(
    new Set(namesIn(glyphcase).map((name) => name.split(".")[0])),
    new Set(Object.keys(MOD_API)),
  );
});

Deno.test("the stubs list the fields that the tables of mods have", async () => {
  using opened = await openMods();
  const [changes, mod, failure] = opened.lua.run(`
    local function keys(table)
      local found = {}
      for key in pairs(table) do found[#found + 1] = key end
      return found
    end
    glyphcase.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)")
    local heard
    glyphcase.watch("t", function(changes) heard = changes end)
    glyphcase.insert("t", { n = 1 })
    glyphcase.update("t", 1, { n = 2 })
    mods.install({
      ["mod.json"] = '{ "name": "m", "version": "1.0.0", "scripts": ["m.lua"], "tables": { "read": ["t"] } }',
      ["m.lua"] = "function on_data_changed() while true do end end",
    })
    mods.activate("m")
    glyphcase.insert("t", { n = 3 })
    indras.sleep(1)
    return keys(heard[#heard]), keys(mods.list()[1]), keys(mods.failures()[1])`);
  const fields = (name: string) => fieldsOf(name, glyphcase).sort();
  assertEquals(
    fields("RowChange").filter((name) => name !== "old"),
    (changes as string[]).filter((name) => name !== "old").sort(),
  );
  assertEquals(fields("InstalledMod"), (mod as string[]).sort());
  assertEquals(fields("ModFailure"), (failure as string[]).sort());
});

Deno.test("lua/library/sandbox.lua names what io, os and package have, and nothing else", async () => {
  const { lua } = await openBindings();
  using _ = lua;
  const real = ["io", "os"].flatMap((table) => functionsOf(lua, table));
  const stubs = namesIn(sandbox).filter((name) => !name.startsWith("File:"));
  assertEquals(stubs.sort(), [...real, "require"].sort());
  const [fields] = lua.run(`
    local fields = {}
    for _, name in ipairs({ "io", "package" }) do
      for key, value in pairs(_G[name]) do
        if type(value) ~= "function" then fields[#fields + 1] = name .. "." .. key end
      end
    end
    return fields`);
  const stubFields = [...sandbox.matchAll(/^((?:io|package)\.\w+) = nil$/gm)];
  assertEquals(stubFields.map(([, name]) => name).sort(), (fields as string[]).sort());
});

Deno.test("lua/library/sandbox.lua names methods that files have", async () => {
  const { lua } = await openBindings();
  using _ = lua;
  const methods = namesIn(sandbox).filter((name) => name.startsWith("File:"));
  const absent = methods.filter((name) =>
    lua.run(`return type(io.open("x", "w")[...])`, { args: [name.slice(5)] })[0] !== "function"
  );
  assertEquals([methods.length, absent], [7, []]);
});

Deno.test("the stubs are Lua", async () => {
  using lua = await createLuaRuntime({ module: await loadLuaModule() });
  for (const stubs of [indras, glyphcase, sandbox]) assertEquals(lua.run(stubs), []);
});

Deno.test("the stubs list the fields that tables have", async () => {
  const { lua } = await openBindings();
  using _ = lua;
  const [stats, reference, grant, error] = lua.run(`
    local function keys(table)
      local found = {}
      for key in pairs(table) do found[#found + 1] = key end
      return found
    end
    local net = indras.Network.new()
    local _, e = pcall(net.home_realm, net)
    net:start()
    local story = net:home_realm():create_artifact("story")
    story:append_ref(("ab"):rep(32), 1, "one")
    story:grant(("cd"):rep(32), "timed", os.time() + 60)
    return keys(indras.stats()), keys(story:references()[1]), keys(story:grants()[1]),
      { e.code, e.message }`);
  assertEquals(fieldsOf("Stats").sort(), (stats as string[]).sort());
  assertEquals(fieldsOf("Reference").sort(), (reference as string[]).sort());
  assertEquals(fieldsOf("Grant").sort(), (grant as string[]).sort());
  assertEquals([fieldsOf("IndrasError"), error], [["code", "message"], [
    "not_started",
    "Network not started",
  ]]);
});

Deno.test("the stubs list the fields that the tables of realms have", async () => {
  const { lua } = await openBindings();
  using _ = lua;
  const [message, member, invite, shared, request] = lua.run(`
    local function keys(...)
      local found, seen = {}, {}
      for _, table in ipairs({ ... }) do
        for key in pairs(table) do
          if not seen[key] then found[#found + 1] = key end
          seen[key] = true
        end
      end
      return found
    end
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start() a:connect_to(b)
    b:set_display_name("Ben")
    local realm, home = a:create_realm("Sailing"), a:home_realm()
    realm:reply(realm:send("one"), "two")
    realm:react(1, "+")
    realm:create_invite{ expires_at = os.time() + 60, max_uses = 1 }
    io.open("tides", "w"):close()
    local tides = home:upload("tides", { mime_type = "text/plain" })
    realm:send_artifact(tides)
    home:grant_access(tides, b:id(), "revocable")
    b:connect(a:id()):send("hello")
    indras.settle()
    return keys(table.unpack(realm:all_messages())), keys(realm:member_list()[1]),
      keys(table.unpack(realm:invites())), keys(home:shared_with(b:id())[1]),
      keys(a:contacts_realm():requests()[1])`);
  assertEquals(fieldsOf("Message").sort(), (message as string[]).sort());
  assertEquals(fieldsOf("Member").sort(), (member as string[]).sort());
  assertEquals(fieldsOf("Invite").sort(), (invite as string[]).sort());
  assertEquals(fieldsOf("SharedArtifact").sort(), (shared as string[]).sort());
  assertEquals(fieldsOf("ContactRequest").sort(), (request as string[]).sort());
});

Deno.test("each stub says in one sentence what it does, and lists its parameters in order", () => {
  for (const { name, parameters, comments } of [indras, glyphcase, sandbox].flatMap(stubsIn)) {
    const sentences = comments.filter((line) => !line.startsWith("@"));
    assertEquals([name, sentences.length], [name, 1]);
    assert(/^[A-Z`"].*\.$/.test(sentences[0]!), name);
    const listed = comments.flatMap((line) => /^@param (\S+?)\??(?= )/.exec(line)?.[1] ?? []);
    assertEquals([name, listed], [name, parameters]);
  }
});

Deno.test("the stubs use no type that is not declared", () => {
  const stubs = `${indras}\n${glyphcase}\n${sandbox}`;
  const declared = [...stubs.matchAll(/^---@(?:class|alias) (\w+)/gm)].map(([, name]) => name!);
  const types = [...stubs.matchAll(/^---@(?:param \S+|return|field \w+|type|alias \w+) (\S+)/gm)];
  const named = types.flatMap(([, type]) => type!.match(/(?<!["\w])[A-Z]\w+/g) ?? []);
  assertEquals(named.filter((name) => !declared.includes(name)), []);
  assert(named.includes("Artifact"));
});

Deno.test(".luarc.json points the language server at the stubs, for Lua 5.4", async () => {
  const config = JSON.parse(await Deno.readTextFile(new URL(".luarc.json", root)));
  assertEquals(config["runtime.version"], "Lua 5.4");
  assertEquals(config["diagnostics.globals"], ["indras", "assert"]);
  for (const folder of config["workspace.library"]) {
    assert((await Deno.stat(new URL(folder, root))).isDirectory);
  }
});

Deno.test(".luarc.json leaves out the libraries that a script does not have", async () => {
  const { lua } = await openBindings();
  using _ = lua;
  const config = JSON.parse(await Deno.readTextFile(new URL(".luarc.json", root)));
  const builtin = Object.entries(config["runtime.builtin"]) as [string, string][];
  const enabled = builtin.filter(([, how]) => how === "enable").map(([name]) => name);
  const disabled = builtin.filter(([, how]) => how === "disable").map(([name]) => name);
  const exists = (name: string) => lua.run("return _G[...] ~= nil", { args: [name] })[0] === true;
  assertEquals(enabled.filter((name) => name !== "basic" && !exists(name)), []);
  const replaced = [...sandbox.matchAll(/^(\w+) = \{\}$/gm)].map(([, name]) => name!);
  assertEquals(disabled.filter(exists).sort(), replaced.sort());
});
