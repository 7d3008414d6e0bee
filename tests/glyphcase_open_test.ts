import { assertEquals, assertRejects } from "@std/assert";
import { CapsuleError } from "../capsule/mod.ts";
import { CapsuleProjection, GlyphCase } from "../lua/mod.ts";
import { SimulatedWorld } from "../network/mod.ts";
import type { IndrasNetwork } from "../network/mod.ts";
import { openNetwork } from "../network/open.ts";
import { modOf } from "./_glyphcase.ts";
import { TempFolder } from "./_temp_folder.ts";

Deno.test("GlyphCase.open() owns its capsule: one at a time, and it goes on where it was", async () => {
  using folder = new TempFolder();
  const path = folder.file("case.db");
  {
    using glyph = await GlyphCase.open(path, { synchronous: "normal" });
    glyph.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)");
    glyph.install(
      modOf(
        "m",
        "function on_data_changed(_, _, row) seen = row.n end function last() return seen end",
      ),
    );
    glyph.activate("m");
    const error = await assertRejects(() => GlyphCase.open(path), CapsuleError);
    assertEquals(error.code, "locked");
  }
  using glyph = await GlyphCase.open(path);
  glyph.capsule.insert("t", { n: 7 });
  assertEquals(await glyph.callModFunction("m", "last"), 7);
});

Deno.test("in real time tasks run and watchers hear, and closing leaves no timer behind", async () => {
  const heard = Promise.withResolvers<unknown>();
  const ticked = Promise.withResolvers<unknown>();
  using glyph = await GlyphCase.open();
  glyph.capsule.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n)");
  using _heard = glyph.getEventBus().on("heard", heard.resolve);
  using _ticked = glyph.getEventBus().on("ticked", ticked.resolve);
  await glyph.executeLua(`
    glyphcase.watch("t", function(changes) glyphcase.dispatch("heard", #changes) end)
    scheduler.every("100ms", function() glyphcase.dispatch("ticked", 1) end)
    scheduler.after("1d", print)`);
  glyph.capsule.insert("t", { n: 1 });
  const alive = setTimeout(() => {}, 60_000); // its own timers keep no process alive
  assertEquals(await Promise.all([heard.promise, ticked.promise]), [1, 1]);
  clearTimeout(alive);
});

Deno.test("a network that GlyphCase makes is there for what is on again, and ends with it", async () => {
  using folder = new TempFolder();
  const path = folder.file("case.db");
  const world = new SimulatedWorld({ seed: "7" });
  const made: IndrasNetwork[] = [];
  const open = () =>
    GlyphCase.open(path, {
      clock: { nowMs: () => world.nowMs, setTimer: (work, ms) => world.setTimer(work, ms) },
      network: (capsule) => {
        const network = openNetwork(folder.file("network.db"), {
          transport: world,
          sources: world.sources(`run ${made.length}`),
          projection: new CapsuleProjection(capsule),
        });
        network.start();
        made.push(network);
        return network;
      },
    });
  const script = `function on_activate() id = indras.network:id() end
    function on_data_changed(t, _, row) if t == "messages" then last = row.content end end
    function say(name, what)
      local realm = indras.network:get_realm(name) or indras.network:create_realm("Sailing")
      realm:send(what)
      return { id, realm:id() }
    end
    function heard() return last end`;
  {
    using glyph = await open();
    glyph.install(modOf("m", script));
    glyph.activate("m");
    const [id, realm] = await glyph.callModFunction<string[]>("m", "say", "0".repeat(64), "one");
    assertEquals(id, made[0]!.memberId);
    world.settle();
    assertEquals(await glyph.callModFunction("m", "heard"), "one");
    assertEquals(made[0]!.realm(realm as never)?.name, "Sailing");
  }
  assertEquals(made[0]!.isRunning, false);
  using glyph = await open();
  const realm = made[1]!.realms()[0]!;
  assertEquals(made[1]!.memberId, made[0]!.memberId);
  assertEquals((await glyph.callModFunction<string[]>("m", "say", realm.id, "two"))[1], realm.id);
  world.settle();
  assertEquals(await glyph.callModFunction("m", "heard"), "two");
  assertEquals(glyph.capsule.query("SELECT content FROM messages ORDER BY sequence"), [
    { content: "one" },
    { content: "two" },
  ]);
});
