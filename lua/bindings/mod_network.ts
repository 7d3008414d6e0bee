/**
 * `indras` in a mod: the one network that it lives beside, with the classes that scenarios see.
 *
 * @module
 */
import { IndrasNetwork } from "../../network/mod.ts";
import { asErrand } from "../errand.ts";
import type { LuaRuntime } from "../runtime.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { wantsExactFloats, withExactFloats } from "../values.ts";
import { ARTIFACT_CLASS } from "./artifact.ts";
import { CONTACTS_REALM_CLASS } from "./contacts_realm.ts";
import { DOCUMENT_CLASS } from "./document.ts";
import { homeRealmClass } from "./home_realm.ts";
import { describeNetwork, NETWORK_METHODS } from "./network.ts";
import { realmClass } from "./realm.ts";

/** What a mod sees of a network: neither its secret, nor whether it is on its transport. */
const MOD_NETWORK_CLASS: LuaClass = defineLuaClass({
  name: "Network",
  type: IndrasNetwork,
  methods: NETWORK_METHODS,
  describe: describeNetwork,
});

/**
 * Gives the runtime of a mod the table `indras` with the field `network`.
 *
 * Every method is an errand: nothing that writes is ever cut off.
 */
export function openModNetwork(
  runtime: LuaRuntime,
  network: IndrasNetwork,
  nowMs: () => number,
): void {
  const world = {
    get nowMs() {
      return nowMs();
    },
  };
  for (
    const one of [
      MOD_NETWORK_CLASS,
      realmClass({ world }),
      DOCUMENT_CLASS,
      homeRealmClass({ runtime }),
      CONTACTS_REALM_CLASS,
      ARTIFACT_CLASS,
    ]
  ) {
    runtime.register(ofErrands(one));
  }
  runtime.setGlobal("indras", { network });
}

function ofErrands(definition: LuaClass): LuaClass {
  const methods = [...definition.methods].map(([name, method]) => {
    const errand = asErrand((...args: unknown[]) => method(...args));
    return [name, wantsExactFloats(method) ? withExactFloats(errand) : errand] as const;
  });
  return { ...definition, methods: new Map(methods) };
}
