import { assertEquals } from "@std/assert";

/** Runs a script in a process of its own that has no permission and cannot ask for one. */
async function runWithout(script: string): Promise<{ code: number; said: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--ext=ts", "-"],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  await using process = command.spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  return { code, said: new TextDecoder().decode(new Uint8Array([...stdout, ...stderr])) };
}

Deno.test("sync runs with no permission at all, keys and random bytes included", async () => {
  const { code, said } = await runWithout(`
    import * as sync from "@indras/toolkit/sync";
    const sources = sync.systemSources();
    const [ada, ben] = [1, 2].map(() => sync.parseMemberId(sources.randomBytes(32).toHex()));
    const writer = (member) => ({ actor: sync.actorOf(member, 0), nowMs: sources.nowMs });
    const adas = sync.ArtifactDocument.create({
      nonce: sources.randomBytes(32), artifactType: "story", ...writer(ada),
    });
    adas.appendRef(sync.newArtifactId(sources), { label: "one" });
    const bens = sync.ArtifactDocument.awaiting(adas.artifactId, writer(ben));
    const wire = sync.encodePayload(sync.preparePayload(adas, new sync.HeadTracker(), ben), ada);
    sync.applyPayload(bens, new sync.HeadTracker(), sync.decodePayload(wire, ada), ada);
    const loaded = sync.ArtifactDocument.load(bens.save(), writer(ben));
    console.log(loaded.references()[0].label);
    try { Deno.readTextFileSync("deno.json"); } catch (error) { console.log(error.name); }
  `);
  assertEquals({ code, said }, { code: 0, said: "one\nNotCapable\n" });
});

Deno.test("network, lua and scenarios run with no permission at all", async () => {
  const { code, said } = await runWithout(`
    import { loadLuaModule } from "@indras/toolkit/lua";
    import { runScenario } from "@indras/toolkit/scenarios";
    const source = \`
      local helpers = require("live_network_helpers")
      local a, b = table.unpack(helpers.create_networks(2))
      helpers.connect_all({ a, b })
      local story = a:home_realm():create_artifact("story")
      story:grant(b:id(), "revocable")
      indras.settle()
      print(b:artifact(story:id()):kind())\`;
    const { HELPERS } = await import("./scenarios/helpers.ts");
    const result = await runScenario({
      source, file: "x.lua", seed: 7n, module: await loadLuaModule(),
      modules: { library: HELPERS }, onOutput: (text) => console.log(text.trimEnd()),
    });
    if (result.error) throw result.error;
  `);
  assertEquals({ code, said }, { code: 0, said: "story\n" });
});
