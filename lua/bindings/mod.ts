/**
 * Everything that a scenario's script sees besides Lua itself.
 *
 * @module
 */
import { Disks } from "./_disks.ts";
import { ARTIFACT_CLASS } from "./artifact.ts";
import { longAssertions, shortAssertions } from "./assert.ts";
import type { BindingContext } from "./context.ts";
import { CONTACTS_REALM_CLASS } from "./contacts_realm.ts";
import { DOCUMENT_CLASS } from "./document.ts";
import { homeRealmClass } from "./home_realm.ts";
import { logFunctions, narrative } from "./log.ts";
import { networkClass, networkFunctions } from "./network.ts";
import { realmClass } from "./realm.ts";
import { worldFunctions } from "./world.ts";

export type { BindingContext, LogLevel } from "./context.ts";

/**
 * Gives a runtime the tables `indras` and `assert`.
 *
 * @example A script makes a network
 * ```ts
 * import { createLuaRuntime, loadLuaModule, openIndras } from "@indras/toolkit/lua";
 * import { SimulatedWorld } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * using runtime = await createLuaRuntime({ module: await loadLuaModule() });
 * const world = new SimulatedWorld({ seed: "7" });
 * openIndras({ runtime, world, networks: [], log: () => {} });
 * assertEquals(runtime.run("return #indras.Network.new():id()"), [64]);
 * ```
 */
export function openIndras(context: BindingContext): void {
  const { runtime } = context;
  const disks = new Disks(context);
  for (
    const one of [
      networkClass(context, disks),
      realmClass(context),
      DOCUMENT_CLASS,
      homeRealmClass(context),
      CONTACTS_REALM_CLASS,
      ARTIFACT_CLASS,
    ]
  ) {
    runtime.register(one);
  }
  runtime.setGlobal("indras", {
    Network: networkFunctions(context, disks),
    assert: shortAssertions(context),
    log: logFunctions(context),
    narrative: narrative(context),
    ...worldFunctions(context),
  });
  runtime.setGlobal("assert", longAssertions(context));
}
