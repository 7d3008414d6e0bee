import { assertEquals } from "@std/assert";
import { SimulatedWorld } from "../../network/mod.ts";
import type { IndrasNetwork } from "../../network/mod.ts";
import type { MemberId } from "../../sync/mod.ts";
import { LuaScript } from "../../tests/_lua_script.ts";
import { loadLuaModule } from "../module.ts";
import { createLuaRuntime } from "../runtime.ts";
import { openIndras } from "./mod.ts";

/** Three started networks, all linked, and a story of the first that the others may have. */
const THREE = `
  a, b, c = indras.Network.new(), indras.Network.new(), indras.Network.new()
  for _, net in ipairs({ a, b, c }) do net:start() end
  a:connect_to(b) a:connect_to(c) b:connect_to(c)
  story = a:home_realm():create_artifact("story")
  story:grant(b:id(), "revocable")
  story:grant(c:id(), "revocable")
  indras.settle()
`;

Deno.test("indras.sleep() moves the virtual clock, and os.time() with it", async () => {
  using script = await LuaScript.open();
  assertEquals(
    script.run(`
      local before = os.time()
      local answered = select("#", indras.sleep(90)) + select("#", indras.sleep("0.5"))
      indras.sleep(0)
      return answered, indras.now(), os.time() - before`),
    [0, 90.5, 90],
  );
});

Deno.test("indras.sleep() and settle() refuse times that are not from 0", async () => {
  using script = await LuaScript.open();
  const refused: [string, string][] = [
    ["-1", "number -1"],
    ["0/0", "number NaN"],
    ["1/0", "number Infinity"],
    ["'soon'", "string soon"],
    ["{}", "table"],
  ];
  for (const [given, got] of refused) {
    for (const [name, argument] of [["sleep", "seconds"], ["settle", "max_seconds"]]) {
      assertEquals(
        script.raisedBy(`indras.${name}(${given})`)?.text,
        `a.lua:1: bad argument '${argument}': expected seconds from 0, got ${got}`,
      );
    }
  }
  assertEquals(
    script.raisedBy("indras.sleep()")?.text,
    "a.lua:1: bad argument 'seconds': expected seconds from 0, got nil",
  );
  assertEquals(script.run("return indras.now()"), [0]);
});

Deno.test("indras.settle() runs until nothing is left, and raises if that takes too long", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  assertEquals(script.run("return indras.converged(), select('#', indras.settle())"), [true, 0]);
  const raised = script.raisedBy(`story:append_ref(("ab"):rep(32)) indras.settle(0.001)`);
  assertEquals(raised?.code, "not_settled");
  assertEquals(/^a\.lua:1: Cannot settle: \d+ events are left/.test(raised!.text), true);
  assertEquals(script.run("indras.settle() return indras.converged()"), [true]);
});

Deno.test("indras.seed() is the seed of the run, an integer", async () => {
  using script = await LuaScript.open();
  assertEquals(script.run("return indras.seed(), math.type(indras.seed())"), [7, "integer"]);
});

Deno.test("indras.partition() cuts links between groups until heal()", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  const seen = script.run(`
    local function count(net) return #net:artifact(story:id()):references() end
    local answered = select("#", indras.partition({ a, b }, { c }))
    story:append_ref(("ab"):rep(32))
    indras.settle()
    local apart = { count(b), count(c) }
    answered = answered + select("#", indras.heal())
    indras.settle()
    return answered, apart, { count(b), count(c) }`);
  assertEquals(seen, [0, [1, 0], [1, 1]]);
});

Deno.test("indras.partition() refuses what is not lists of networks", async () => {
  using script = await LuaScript.open();
  const cases: [string, string][] = [
    ["indras.partition(5)", "bad argument 'group': expected a list, got number 5"],
    ["indras.partition({}, nil, {})", "bad argument 'group': expected a list, got nil"],
    ["indras.partition({ 5 })", "bad argument 'network': expected Network, got number 5"],
    ["indras.partition({ x = 5 })", "bad argument 'group': expected a list, got table"],
    ["indras.converged(5)", "bad argument 'networks': expected a list, got number 5"],
    ["indras.converged({ {} })", "bad argument 'network': expected Network, got table"],
    ["indras.stats({})", "bad argument 'network': expected Network, got table"],
  ];
  for (const [source, said] of cases) {
    assertEquals(script.raisedBy(source), { text: `a.lua:1: ${said}`, code: "bad_argument" });
  }
});

Deno.test("indras.converged() looks at all networks, or at those that are named", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  const seen = script.run(`
    c:go_offline()
    story:append_ref(("ab"):rep(32))
    indras.settle()
    return indras.converged(), indras.converged({ a, b }), indras.converged({ a, c }),
      indras.converged({})`);
  assertEquals(seen, [false, true, false, true]);
});

Deno.test("indras.stats() counts in integers, for one network or for all", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  const [names, types, sums, ofB] = script.run(`
    local all, parts = indras.stats(), { indras.stats(a), indras.stats(b), indras.stats(c) }
    local names, types, sums = {}, {}, true
    for name, count in pairs(all) do
      if name ~= "payloads_from" then
        names[#names + 1] = name
        types[math.type(count)] = true
        sums = sums and count == parts[1][name] + parts[2][name] + parts[3][name]
      end
    end
    table.sort(names)
    return names, types, sums, { parts[2].payloads, parts[2].payloads_from[a:id()],
      math.type(parts[2].payloads_from[a:id()]) }`);
  assertEquals(names, [
    ...["bytes", "delivered", "dropped", "duplicates", "envelopes", "full_syncs", "mailbox"],
    ...["payloads", "receipts"],
  ]);
  assertEquals([{ ...types as object }, sums, ofB], [{ integer: true }, true, [1, 1, "integer"]]);
});

Deno.test("indras.stats() says what waits for a peer that is away", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  const seen = script.run(`
    c:disconnect_from(b) -- else it would send the same
    b:go_offline()
    story:append_ref(("ab"):rep(32))
    story:append_ref(("cd"):rep(32))
    indras.settle()
    local before = { indras.stats(a).mailbox, indras.stats(b).payloads }
    b:go_online()
    indras.settle()
    return before, { indras.stats(a).mailbox, indras.stats(b).payloads }`);
  assertEquals(seen, [[1, 1], [0, 2]]);
});

Deno.test("indras.faults{loss=} holds from now on, for all links or one, until it is taken back", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  const seen = script.run(`
    b:disconnect_from(c) -- so that only the first one sends
    local answered = 0
    local function dropped(...)
      for _, faults in ipairs({ ... }) do
        answered = answered + select("#", indras.faults(faults))
      end
      local before = { indras.stats(b).dropped, indras.stats(c).dropped }
      story:append_ref(("ab"):rep(32), 1)
      indras.sleep(1)
      local after = { indras.stats(b).dropped, indras.stats(c).dropped }
      indras.faults{}
      indras.settle()
      return { after[1] - before[1], after[2] - before[2] }
    end
    return dropped({ loss = 1 }), dropped({ loss = 1, between = { b, a } }),
      dropped({ loss = 1, between = { b, a } }, { between = { a, b } }),
      dropped({ loss = 1 }, { loss = 0, between = { b, a } }), dropped({ loss = 1 }, {}),
      indras.converged(), answered`);
  assertEquals(seen, [[1, 1], [1, 0], [0, 0], [0, 1], [0, 0], true, 0]);
});

Deno.test("indras.faults{latency=} is in seconds", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  const seen = script.run(`
    indras.faults{ latency = { 10, 10 }, duplicate = 0, reorder = 0, crash = 0 }
    b:disconnect_from(c)
    story:append_ref(("ab"):rep(32))
    local before = indras.stats(b).delivered
    indras.sleep(9.99)
    local then_ = indras.stats(b).delivered
    indras.sleep(0.02)
    return then_ - before, indras.stats(b).delivered - before`);
  assertEquals(seen, [0, 1]);
});

Deno.test("indras.faults() refuses what it does not understand, and then sets nothing", async () => {
  using script = await LuaScript.open();
  script.run(THREE);
  const cases: [string, string][] = [
    ["nil", "'faults': expected a table with named fields, got nil"],
    ["5", "'faults': expected a table with named fields, got number 5"],
    ["{ 0.3 }", "'faults': expected a table with named fields, got table"],
    ["{ loss = 1, los = 0.3 }", "'faults': there is no field 'los'"],
    ["{ loss = 1.5 }", "'loss': expected a number from 0 to 1, got 1.5"],
    ["{ loss = 1, duplicate = -1 }", "'duplicate': expected a number from 0 to 1, got -1"],
    ["{ loss = 1, reorder = 0/0 }", "'reorder': expected a number, got number NaN"],
    ["{ loss = 1, crash = true }", "'crash': expected a number, got boolean"],
    ["{ loss = 'much' }", "'loss': expected a number, got string much"],
    ["{ loss = 1, latency = 0.1 }", "'latency': expected a list, got number 0.1"],
    ["{ loss = 1, latency = { 0.1 } }", "'latency': expected two times, got 1"],
    ["{ loss = 1, latency = { 1, 'x' } }", "'latency': expected seconds from 0, got string x"],
    ["{ loss = 1, latency = { -1, 2 } }", "'latency': expected seconds from 0, got number -1"],
    ["{ loss = 1, latency = { 2, 1 } }", "'latency': expected the shorter time first"],
    ["{ loss = 1, between = a }", "'between': expected a list, got Network"],
    ["{ loss = 1, between = { a, b, c } }", "'between': expected two networks, got 3"],
    ["{ loss = 1, between = { a, 5 } }", "'between': expected Network, got number 5"],
  ];
  for (const [given, said] of cases) {
    const raised = script.raisedBy(`indras.faults(${given})`);
    assertEquals(raised, { text: `a.lua:1: bad argument ${said}`, code: "bad_argument" });
  }
  assertEquals(script.raisedBy("indras.faults()")?.text, `a.lua:1: bad argument ${cases[0]![1]}`);
  const toOneself = script.raisedBy("indras.faults{ loss = 1, between = { a, a } }");
  assertEquals(toOneself?.code, "invalid_operation");
  const dropped = script.run(`
    story:append_ref(("ab"):rep(32))
    indras.settle()
    return indras.stats().dropped`);
  assertEquals(dropped, [0]);
});

/** Runs a chunk in a world where crashes are carried out, or where they are not. */
async function runIn(source: string, onCrash?: (member: MemberId) => void) {
  const world = new SimulatedWorld({ seed: "7", ...(onCrash && { onCrash }) });
  const networks: IndrasNetwork[] = [];
  using lua = await createLuaRuntime({ module: await loadLuaModule() });
  openIndras({ runtime: lua, world, networks, log: () => {} });
  const answers = lua.run(source);
  for (const network of networks) network[Symbol.dispose]();
  return answers;
}

Deno.test("indras.faults{crash=} crashes whom an envelope reaches, if the world can", async () => {
  const crashed: MemberId[] = [];
  const [id] = await runIn(
    `${THREE}
    indras.faults{ crash = 1, between = { a, c }, latency = { 0.02, 0.02 } }
    story:append_ref(("ab"):rep(32))
    indras.sleep(0.03) -- the way there, not the way back
    indras.faults{}
    return c:id()`,
    (member) => crashed.push(member),
  );
  assertEquals(crashed, [id]);
  const [ok, code] = await runIn(`
    local ok, e = pcall(indras.faults, { crash = 0.5 })
    return ok, e.code`);
  assertEquals([ok, code], [false, "invalid_operation"]);
});

Deno.test("networks converge under indras.faults{}, after heal()", async () => {
  for (const seed of ["1", "2", "3", "4", "5"]) {
    using script = await LuaScript.open(seed);
    script.run(THREE);
    const seen = script.run(`
      indras.faults{ loss = 0.3, duplicate = 0.3, reorder = 0.5, latency = { 0, 0.2 } }
      indras.partition({ a, b }, { c })
      for n = 1, 8 do
        for k, net in ipairs({ a, b, c }) do
          net:artifact(story:id()):append_ref(("%064x"):format(10 * n + k))
          indras.sleep(0.1)
        end
      end
      local before = indras.converged()
      indras.heal()
      indras.sleep(30)
      indras.faults{}
      indras.settle()
      local lost = indras.stats().dropped > 0
      return before, lost, indras.converged(), #c:artifact(story:id()):references()`);
    assertEquals(seen, [false, true, true, 24], `seed ${seed}`);
  }
});
