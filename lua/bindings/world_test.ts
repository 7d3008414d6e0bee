import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

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
    assertEquals(script.raisedBy(source), { text: `a.lua:1: ${said}`, code: undefined });
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
