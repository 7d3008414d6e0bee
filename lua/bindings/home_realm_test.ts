import { assertEquals } from "@std/assert";
import { SimulatedWorld } from "../../network/mod.ts";
import type { IndrasNetwork } from "../../network/mod.ts";
import { LuaScript } from "../../tests/_lua_script.ts";
import { loadLuaModule } from "../module.ts";
import { createLuaRuntime } from "../runtime.ts";
import { openIndras } from "./mod.ts";

/** The BLAKE3 of `Hello artifact world!` and of `Child artifact content`. */
const HELLO = "ace71c6923c0d9cdc1b9d42571254bfd71402153270f62f32c1753a20b0b72f0";
const CHILD = "3d1575d74e2d8c7b0a6e2781467495e91f9c3413e091c0a7a4d9d4aeee009137";

/** Two linked networks, their home realms, and two files. */
const HOMES = `
  a, b = indras.Network.new(), indras.Network.new()
  a:start() b:start()
  a:connect_to(b)
  ha, hb = a:home_realm(), b:home_realm()
  function put(path, content) local f = io.open(path, "wb") f:write(content) f:close() return path end
  hello = ha:upload(put("/tmp/hello.txt", "Hello artifact world!"))
  child = ha:upload(put("child", "Child artifact content"))
`;

async function open(): Promise<LuaScript> {
  const script = await LuaScript.open();
  script.run(HOMES);
  return script;
}

Deno.test("HomeRealm.upload() answers the BLAKE3 of a file of the scenario, the same each time", async () => {
  using script = await open();
  const seen = script.run(`
    local binary = ha:upload(put("bin", "\\0\\xff"))
    return hello, child, ha:upload("/tmp/hello.txt"), hb:upload("child"), ha:get_artifact(hello),
      ha:get_artifact(child:upper()), ha:get_artifact(binary) == "\\0\\xff",
      #ha:get_artifact(ha:upload(os.tmpname()))`);
  assertEquals(seen, [
    ...[HELLO, CHILD, HELLO, CHILD, "Hello artifact world!", "Child artifact content", true, 0],
  ]);
});

Deno.test("HomeRealm.grant_access() shares a file; shared_with() lists it; revoke and recall end it", async () => {
  using script = await open();
  const seen = script.run(`
    local picture = ha:upload(put("p", "P"), { name = "Tides", mime_type = "image/png" })
    local answered = select("#", ha:grant_access(hello, b:id(), "revocable"))
    ha:grant_access(picture, b:id():upper(), "permanent")
    indras.settle()
    local list = {}
    for _, one in ipairs(ha:shared_with(b:id())) do
      list[one.name] = { one.id == hello or one.id == picture, one.size, math.type(one.size),
        one.mime_type or "none" }
    end
    local got = { hb:get_artifact(hello), hb:get_artifact(picture) }
    answered = answered + select("#", ha:revoke_access(hello, b:id()))
    local left = #ha:shared_with(b:id())
    return answered, list["hello.txt"], list["Tides"], got, left, ha:recall(hello), ha:recall(hello),
      ha:recall(("00"):rep(32))`);
  assertEquals(seen, [
    ...[0, [true, 21, "integer", "none"], [true, 1, "integer", "image/png"]],
    ...[["Hello artifact world!", "P"], 1, true, false, false],
  ]);
});

Deno.test("HomeRealm.grant_access() for a time ends by the clock of the world", async () => {
  using script = await open();
  const seen = script.run(`
    ha:grant_access(hello, b:id(), "timed", os.time() + 60)
    indras.settle(10)
    local during = { #ha:shared_with(b:id()), hb:get_artifact(hello) }
    indras.sleep(61)
    local ok, e = pcall(hb.get_artifact, hb, hello)
    return during, #ha:shared_with(b:id()), ok, tostring(e):sub(1, 10)`);
  assertEquals(seen, [[1, "Hello artifact world!"], 0, false, "a.lua:6: A"]);
});

Deno.test("HomeRealm.attach_child() and detach_child() keep a tree; a file may be a parent", async () => {
  using script = await open();
  const seen = script.run(`
    local answered = select("#", ha:attach_child(hello, child))
    ha:grant_access(hello, b:id(), "revocable")
    indras.settle()
    local both = hb:get_artifact(child)
    answered = answered + select("#", ha:detach_child(hello, child))
    return answered, both, #ha:shared_with(b:id())`);
  assertEquals(seen, [0, "Child artifact content", 2]);
});

Deno.test("HomeRealm.transfer() hands a file to another steward", async () => {
  using script = await open();
  const seen = script.run(`
    local answered = select("#", ha:transfer(hello, b:id()))
    indras.settle()
    local ok, e = pcall(ha.grant_access, ha, hello, ("c3"):rep(32), "revocable")
    hb:grant_access(hello, ("c3"):rep(32), "revocable")
    return answered, ok, e.code, #hb:shared_with(("c3"):rep(32)), ha:get_artifact(hello)`);
  assertEquals(seen, [0, false, "not_steward", 1, "Hello artifact world!"]);
});

Deno.test("HomeRealm.document() is one's own and survives a restart", async () => {
  using script = await open();
  const seen = script.run(`
    ha:document("notes"):update({ n = 1 })
    indras.settle()
    a:stop() a:start()
    return a:home_realm():document("notes"):read().n, hb:document("notes"):read()`);
  assertEquals(seen, [1, undefined]);
});

Deno.test("HomeRealm refuses what it cannot do, with text and code", async () => {
  using script = await open();
  script.run(`none, ben, id = ("00"):rep(32), ("b2"):rep(32), ha:id()`);
  const cases: [string, string, string | undefined][] = [
    ["ha:upload()", "bad argument 'path': expected text, got nil", "bad_argument"],
    ["ha:upload('nowhere')", `Artifact error: there is no file "nowhere"`, "not_found"],
    ["ha:upload('/etc/hostname')", `Artifact error: there is no file "/etc/hostname"`, "not_found"],
    [
      "ha:upload('child', { mime = 'x' })",
      "bad argument 'options': there is no field 'mime'",
      "bad_argument",
    ],
    ["ha:get_artifact(none)", "Artifact error: artifact not found", "artifact_not_found"],
    [
      "ha:get_artifact('x')",
      `Cannot parse artifact id "x": expected 64 hex digits`,
      "bad_argument",
    ],
    [
      "ha:grant_access(hello, ben, 'forever')",
      "Unknown access mode: forever (expected revocable, permanent, timed or transfer)",
      "bad_argument",
    ],
    ["ha:grant_access(hello, ben)", "bad argument 'mode': expected text, got nil", "bad_argument"],
    [
      "ha:grant_access(hello, ben, 'timed')",
      "bad argument 'expires_at': expected seconds from 0, got nil",
      "bad_argument",
    ],
    [
      "ha:grant_access(hello, ben, 'timed', 'soon')",
      "bad argument 'expires_at': expected seconds from 0, got string soon",
      "bad_argument",
    ],
    [
      "ha:grant_access(none, ben, 'revocable')",
      "Artifact error: artifact not found",
      "artifact_not_found",
    ],
    [
      "ha:grant_access(hello, ben, 'permanent') ha:grant_access(hello, ben, 'revocable')",
      "Artifact error: grantee already has access",
      "already_granted",
    ],
    [
      "ha:revoke_access(hello, ben)",
      "Artifact error: cannot revoke permanent grant",
      "permanent_grant",
    ],
    ["ha:revoke_access(none, ben)", "Artifact error: artifact not found", "artifact_not_found"],
    [
      "ha:attach_child(hello, hello)",
      "Artifact error: operation would create a cycle",
      "would_cycle",
    ],
    ["ha:attach_child(hello, none)", "Artifact error: artifact not found", "artifact_not_found"],
    [
      "ha:detach_child(hello, child)",
      "Artifact error: artifact is not a child of the specified parent",
      "not_a_child",
    ],
    ["ha:shared_with('x')", `Cannot parse member id "x": expected 64 hex digits`, "bad_argument"],
    [
      "ha:attach_child('x', child)",
      `Cannot parse artifact id "x": expected 64 hex digits`,
      "bad_argument",
    ],
    ["ha:attach_child(hello)", "bad argument 'child': expected text, got nil", "bad_argument"],
    ["ha:document()", "bad argument 'name': expected text, got nil", "bad_argument"],
  ];
  for (const [source, said, code] of cases) {
    const raised = script.raisedBy(source);
    assertEquals([source, raised?.text, raised?.code], [source, `a.lua:1: ${said}`, code]);
  }
  script.run("ha:recall(child)");
  assertEquals(script.raisedBy("ha:get_artifact(child)"), {
    text: "a.lua:1: Artifact error: artifact has been recalled",
    code: "artifact_recalled",
  });
});

Deno.test("HomeRealm.upload() reads the host's files only where the scenario was given them", async () => {
  const world = new SimulatedWorld({ seed: "7" });
  const networks: IndrasNetwork[] = [];
  using lua = await createLuaRuntime({ module: await loadLuaModule() });
  const asked: string[] = [];
  const readHostFile = (path: string) => {
    asked.push(path);
    return path === "/data/hello" ? new TextEncoder().encode("Hello artifact world!") : undefined;
  };
  openIndras({ runtime: lua, world, networks, log: () => {}, readHostFile });
  const seen = lua.run(`
    local net = indras.Network.new()
    net:start()
    local home = net:home_realm()
    io.open("mine", "w"):close()
    home:upload("mine")
    local ok, e = pcall(home.upload, home, "/data/none")
    return home:upload("/data/hello"), ok, e.code`);
  assertEquals([seen, asked], [[HELLO, false, "not_found"], ["/data/none", "/data/hello"]]);
  for (const network of networks) network[Symbol.dispose]();
});
