/**
 * `indras.Network`: what a Lua script sees of a network.
 *
 * @module
 */
import { IndrasNetwork, NetworkError } from "../../network/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { NOTHING } from "../values.ts";
import { artifactId, instance, member } from "./_arguments.ts";
import type { BindingContext } from "./context.ts";

/** The functions of the table `indras.Network`. */
export function networkFunctions(context: BindingContext): Record<string, () => IndrasNetwork> {
  const { world, networks } = context;
  return {
    new: (...args: unknown[]) => {
      if (args[0] !== undefined) {
        throw new NetworkError(
          "invalid_operation",
          "Invalid operation: networks of this world keep everything in memory and take no path",
        );
      }
      const sources = world.sources(`network ${networks.length}`);
      const name = `network ${networks.length + 1}`;
      const network = IndrasNetwork.create({
        transport: world,
        sources,
        onEvent: (event) => context.log("debug", `${name}: ${event.type}`, event),
      });
      networks.push(network);
      return network;
    },
  };
}

/** The methods of a network. */
export function networkClass({ world }: BindingContext): LuaClass {
  return defineLuaClass({
    name: "Network",
    type: IndrasNetwork,
    methods: {
      start: (self) => nothing(self.start()),
      stop: (self) => nothing(self.stop()),
      is_running: (self) => self.isRunning,
      id: (self) => self.memberId,
      member_id: (self) => self.memberId,
      home_realm: (self) => self.homeRealm(),
      artifact: (self, id) => self.artifact(artifactId(id)),
      known_heads: (self, id, of) => [...self.knownHeads(artifactId(id), member(of))],
      connect_to: (self, other) =>
        nothing(world.connect(self.memberId, instance(other, "other", IndrasNetwork).memberId)),
      disconnect_from: (self, other) =>
        nothing(world.disconnect(self.memberId, instance(other, "other", IndrasNetwork).memberId)),
      go_offline: (self) => nothing(world.goOffline(self.memberId)),
      go_online: (self) => nothing(world.goOnline(self.memberId)),
    },
    describe: (self) => `Network(id=${self.memberId.slice(0, 8)}, running=${self.isRunning})`,
  });
}

/** Makes a method return no value at all. */
export function nothing(_done?: void): typeof NOTHING {
  return NOTHING;
}
