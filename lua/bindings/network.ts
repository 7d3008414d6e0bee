/**
 * `indras.Network`: what a Lua script sees of a network.
 *
 * @module
 */
import {
  formatIdentityExport,
  importIdentity,
  IndrasNetwork,
  parseIdentityExport,
} from "../../network/mod.ts";
import type { Sources } from "../../sync/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { NOTHING } from "../values.ts";
import { artifactId, instance, member, optionalText, realmId, text } from "./_arguments.ts";
import type { Disk, Disks } from "./_disks.ts";
import type { BindingContext } from "./context.ts";

/** The functions of the table `indras.Network`. */
export function networkFunctions(
  { world, networks, log }: BindingContext,
  disks: Disks,
): Record<string, (...args: unknown[]) => unknown> {
  let made = networks.length;
  const make = (sources: Sources, kept?: Disk) => {
    const name = `network ${made}`;
    const options = {
      transport: world,
      sources,
      onEvent: (event: { readonly type: string }) => log("debug", `${name}: ${event.type}`, event),
    };
    return kept === undefined
      ? IndrasNetwork.create(options)
      : new IndrasNetwork({ ...options, ...kept });
  };
  return {
    new: (path) => {
      const at = optionalText(path, "path");
      const sources = world.sources(`network ${made++}`);
      if (at !== undefined) return disks.open(at, sources, (kept) => make(sources, kept));
      const network = make(sources);
      networks.push(network);
      return network;
    },
    import_identity: (path, exported, passphrase) => {
      const phrase = optionalText(passphrase, "passphrase");
      const at = text(path, "path");
      const bytes = parseIdentityExport(text(exported, "base64"));
      const identity = importIdentity(bytes, phrase === undefined ? {} : { passphrase: phrase });
      return nothing(disks.install(at, identity));
    },
  };
}

/** The methods of a network that know no world and no secret. */
export const NETWORK_METHODS = {
  is_running: (self) => self.isRunning,
  id: (self) => self.memberId,
  member_id: (self) => self.memberId,
  display_name: (self) => self.displayName,
  set_display_name: (self, name) => nothing(self.setDisplayName(text(name, "name"))),
  identity_code: (self) => self.identityCode(),
  identity_uri: (self) => self.identityUri(),
  create_realm: (self, name) => self.createRealm(text(name, "name")),
  join: (self, invite) => self.join(text(invite, "invite")),
  realms: (self) => self.realms().map(({ id }) => id),
  get_realm: (self, id) => self.realm(realmId(id)),
  leave_realm: (self, id) => nothing(self.leaveRealm(realmId(id))),
  connect: (self, other) => self.connect(member(other)),
  connect_by_code: (self, code) => self.connectByCode(text(code, "code")),
  home_realm: (self) => self.homeRealm(),
  contacts_realm: (self) => self.contactsRealm(),
  artifact: (self, id) => self.artifact(artifactId(id)),
  known_heads: (self, id, of) => [...self.knownHeads(artifactId(id), member(of))],
} as const satisfies Record<string, (self: IndrasNetwork, ...args: unknown[]) => unknown>;

/** The methods of a network. */
export function networkClass({ world }: BindingContext, disks: Disks): LuaClass {
  return defineLuaClass({
    name: "Network",
    type: IndrasNetwork,
    methods: {
      ...NETWORK_METHODS,
      start: (self) => {
        disks.claim(self);
        return nothing(self.start());
      },
      stop: (self) => {
        disks.release(self);
        return nothing(self.stop());
      },
      crash: (self) => {
        disks.release(self);
        return nothing(self.crash());
      },
      export_identity: (self, passphrase) =>
        formatIdentityExport(self.exportIdentity(optionalText(passphrase, "passphrase"))),
      connect_to: (self, other) =>
        nothing(world.connect(self.memberId, instance(other, "other", IndrasNetwork).memberId)),
      disconnect_from: (self, other) =>
        nothing(world.disconnect(self.memberId, instance(other, "other", IndrasNetwork).memberId)),
      go_offline: (self) => nothing(world.goOffline(self.memberId)),
      go_online: (self) => nothing(world.goOnline(self.memberId)),
      recover_from: (self, other) => nothing(self.recoverFrom(member(other))),
    },
    describe: describeNetwork,
  });
}

/** What a network prints as. */
export function describeNetwork({ memberId, isRunning }: IndrasNetwork): string {
  return `Network(id=${memberId.slice(0, 8)}, running=${isRunning})`;
}

/** Makes a method return no value at all. */
export function nothing(_done?: unknown): typeof NOTHING {
  return NOTHING;
}
