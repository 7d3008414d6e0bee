/**
 * What a Lua script sees of a realm.
 *
 * @module
 */
import { inviteStatusOf, Realm } from "../../network/mod.ts";
import type { IssuedInvite, RealmInviteOptions } from "../../network/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import {
  artifactId,
  fields,
  integer,
  inviteId,
  member,
  optionalText,
  seconds,
  text,
} from "./_arguments.ts";
import { messageTarget, toMessage } from "./_messages.ts";
import { nothing } from "./network.ts";

/** The methods of a realm. */
export function realmClass({ world }: { readonly world: { readonly nowMs: number } }): LuaClass {
  return defineLuaClass({
    name: "Realm",
    type: Realm,
    methods: {
      id: (self) => self.id,
      name: (self) => self.name,
      rename: (self, name) => nothing(self.rename(text(name, "name"))),
      is_member: (self) => self.isMember,
      member_list: (self) => self.members().map(({ id, name }) => ({ id, name })),
      member_count: (self) => self.memberCount,
      remove_member: (self, who) => self.removeMember(member(who)),
      leave: (self) => nothing(self.leave()),
      invite_code: (self) => self.inviteCode(),
      create_invite: (self, limits) => self.createInvite(inviteOptions(limits)),
      invites: (self) => self.invites().map((invite) => toInvite(invite, world.nowMs)),
      revoke_invite: (self, id) => self.revokeInvite(inviteId(id)),
      send: (self, said) => self.send(text(said, "text")),
      reply: (self, target, said) => self.reply(messageTarget(target), text(said, "text")),
      react: (self, target, emoji) => self.react(messageTarget(target), text(emoji, "emoji")),
      send_artifact: (self, id, name) => {
        const called = optionalText(name, "name");
        return self.sendArtifact(artifactId(id), called === undefined ? {} : { name: called });
      },
      announce: (self, said) => self.announce(text(said, "text")),
      message: (self, target) => {
        const found = self.message(messageTarget(target));
        return found && toMessage(found);
      },
      all_messages: (self) => self.messages().map(toMessage),
      messages_since: (self, id) => self.messagesSince(integer(id, "id")).map(toMessage),
      search_messages: (self, query) => self.search(text(query, "query")).map(toMessage),
      mark_read: (self, who) => nothing(self.markRead(member(who))),
      unread_count: (self, who) => self.unreadCount(member(who)),
      last_read_seq: (self, who) => self.lastReadSeq(member(who)),
      document: (self, name) => self.document(text(name, "name")),
      document_names: (self) => self.documentNames(),
      set_alias: (self, alias) => nothing(self.setAlias(text(alias, "alias"))),
      get_alias: (self) => self.alias,
      clear_alias: (self) => nothing(self.clearAlias()),
    },
    describe: (self) => `Realm(id=${self.id.slice(0, 8)}, name=${self.name ?? "unnamed"})`,
  });
}

function inviteOptions(value: unknown): RealmInviteOptions {
  const limits = fields(value, "limits", ["expires_at", "max_uses"]);
  return {
    ...(limits.expires_at !== undefined &&
      { expiresAtMs: Math.floor(seconds(limits.expires_at, "expires_at")) }),
    ...(limits.max_uses !== undefined && { usesMax: integer(limits.max_uses, "max_uses") }),
  };
}

/** All but the secret: who has that is let in. */
function toInvite(invite: IssuedInvite, nowMs: number): Record<string, unknown> {
  const { id, issuedAtMs, expiresAtMs, usesMax, usedBy } = invite;
  return {
    id,
    status: inviteStatusOf(invite, nowMs),
    issued_at: Math.floor(issuedAtMs / 1000),
    expires_at: expiresAtMs && Math.floor(expiresAtMs / 1000),
    max_uses: usesMax,
    used_by: [...usedBy],
  };
}
