import { assertEquals } from "@std/assert";
import { LuaScript } from "../../tests/_lua_script.ts";

Deno.test("indras.log writes a record of each level, with fields where there are any", async () => {
  using script = await LuaScript.open();
  const answered = script.run(`
    local answered = 0
    for _, level in ipairs({ "trace", "debug", "info", "warn", "error" }) do
      answered = answered + select("#", indras.log[level](level .. "!"))
    end
    return answered + select("#", indras.log.info("sent", { bytes = 5 }))
      + select("#", indras.log.print(12)) + select("#", indras.narrative("Ada waits."))`);
  assertEquals(answered, [0]);
  assertEquals(JSON.parse(JSON.stringify(script.logged)), [
    ["trace", "trace!"],
    ["debug", "debug!"],
    ["info", "info!"],
    ["warn", "warn!"],
    ["error", "error!"],
    ["info", "sent", { bytes: 5 }],
    ["print", "12"],
    ["narrative", "Ada waits."],
  ]);
});

Deno.test("indras.log refuses messages that are no text and fields that have no names", async () => {
  using script = await LuaScript.open();
  const cases: [string, string][] = [
    ["indras.log.info()", "bad argument 'message': expected text, got nil"],
    ["indras.log.warn({})", "bad argument 'message': expected text, got table"],
    ["indras.log.print({})", "bad argument 'message': expected text, got table"],
    ["indras.narrative()", "bad argument 'text': expected text, got nil"],
  ];
  const noFields = ["0", "''", "false", "{ 1 }", "print"];
  for (const [source, said] of cases) {
    assertEquals(script.raisedBy(source)?.text, `a.lua:1: ${said}`);
  }
  for (const fields of noFields) {
    const text = script.raisedBy(`indras.log.info("x", ${fields})`)?.text ?? "";
    assertEquals(
      text.replace(/, got .*/, ""),
      "a.lua:1: bad argument 'fields': expected a table with named fields",
    );
  }
  assertEquals(script.logged, []);
});

Deno.test("indras.log.print(nil) writes nil, as print does", async () => {
  using script = await LuaScript.open();
  script.run("indras.log.print(nil)");
  assertEquals(script.logged, [["print", "nil"]]);
});

Deno.test("what happens to payloads is logged for debugging, with the network's number", async () => {
  using script = await LuaScript.open();
  script.run(`
    local a, b = indras.Network.new(), indras.Network.new()
    a:start() b:start()
    a:connect_to(b)
    a:home_realm():create_artifact("story"):grant(b:id(), "revocable")
    indras.settle()`);
  assertEquals(script.logged.map(([level, message]) => [level, message]), [
    ["debug", "network 2: applied"],
  ]);
});
