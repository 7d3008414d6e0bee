/**
 * What a Lua script sees of the contacts of a member.
 *
 * @module
 */
import { ContactsRealm } from "../../network/mod.ts";
import type { ContactRequest } from "../../network/mod.ts";
import { defineLuaClass } from "../userdata.ts";
import type { LuaClass } from "../userdata.ts";
import { boolean, integer, member, number, text } from "./_arguments.ts";
import { nothing } from "./network.ts";

/** The methods of the contacts of a member. */
export const CONTACTS_REALM_CLASS: LuaClass = defineLuaClass({
  name: "ContactsRealm",
  type: ContactsRealm,
  methods: {
    id: (self) => self.id,
    add_contact: (self, who) => nothing(self.addContact(member(who))),
    add_contact_with_name: (self, who, name) =>
      nothing(self.addContact(member(who), { name: text(name, "name") })),
    remove_contact: (self, who) => self.removeContact(member(who)),
    is_contact: (self, who) => self.isContact(member(who)),
    contacts_list: (self) => self.contacts().map(({ member }) => member),
    contact_count: (self) => self.contactCount,
    confirm_contact: (self, who) => nothing(self.confirmContact(member(who))),
    get_status: (self, who) => self.status(member(who)),
    get_name: (self, who) => self.displayNameOf(member(who)),
    update_sentiment: (self, who, sentiment) =>
      nothing(self.setSentiment(member(who), wholeSentiment(sentiment))),
    get_sentiment: (self, who) => step(self.sentiment(member(who))),
    set_relayable: (self, who, relayable) =>
      nothing(self.setRelayable(member(who), boolean(relayable, "relayable"))),
    is_relayable: (self, who) => self.relayable(member(who)),
    block: (self, who) => self.block(member(who)),
    unblock: (self, who) => self.unblock(member(who)),
    is_blocked: (self, who) => self.isBlocked(member(who)),
    blocked: (self) => self.blocked(),
    requests: (self) => self.requests().map(toRequest),
  },
  describe: (self) => `ContactsRealm(id=${self.id.slice(0, 8)})`,
});

/** The nearest of -1, 0 and 1 to a whole number of any size. */
function wholeSentiment(value: unknown): number {
  const sentiment = number(value, "sentiment");
  return Number.isInteger(sentiment) ? Math.sign(sentiment) + 0 : integer(sentiment, "sentiment");
}

/** The nearest of -1, 0 and 1; in Lua there is nothing between them. */
function step(sentiment: number): number {
  return Math.round(Math.min(1, Math.max(-1, sentiment))) + 0;
}

function toRequest({ member, name, receivedAtMs }: ContactRequest): Record<string, unknown> {
  return { id: member, name, received_at: Math.floor(receivedAtMs / 1000) };
}
