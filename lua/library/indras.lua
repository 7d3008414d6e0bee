---@meta indras
-- What a script sees besides Lua itself, for the Lua language server. A test compares these names
-- with the real ones, in both directions.

---64 hex digits; taken in either case, given in lower case.
---@alias MemberId string
---64 hex digits; taken in either case, given in lower case.
---@alias ArtifactId string
---64 hex digits, lower case.
---@alias RealmId string
---64 hex digits, lower case: the hash by which Automerge names a change.
---@alias ChangeHash string
---`"timed"` needs an expiry.
---@alias AccessMode "revocable"|"permanent"|"timed"|"transfer"
---`"recalled"` and `"transferred"` artifacts cannot be written any more.
---@alias ArtifactStatus "active"|"recalled"|"transferred"

---A message's own name: its sender's id, a colon, and the sender's own count.
---@alias MessageKey string
---64 hex digits; taken in either case, given in lower case. It lets nobody in.
---@alias InviteId string
---Whatever a document can hold: text, numbers, booleans, lists, and maps with text as keys.
---@alias DocumentValue string|number|boolean|table

---An error that a function of the toolkit raised; it prints as its message.
---@class IndrasError
---@field code string|nil what kind of error it is, such as `"not_started"` or `"assertion_failed"`
---@field message string the message, without file and line

---One child of an artifact.
---@class Reference
---@field artifact_id ArtifactId the child
---@field position integer where it stands, from 0; children with equal positions go by their ids
---@field label string|nil what the one who appended it calls it

---One member's permission.
---@class Grant
---@field grantee MemberId who may
---@field mode AccessMode how
---@field granted_at integer when it was given, in Unix seconds
---@field granted_by MemberId the steward who gave it
---@field expires_at integer|nil when it ends, in Unix seconds; only for `"timed"`

---One message of a realm.
---@class Message
---@field id integer its place in the realm, from 1; two members who write at once may both use it
---@field key MessageKey its name, which no other message has
---@field sender_id MemberId who sent it
---@field sender_name string what the sender is called, else the first 10 digits of its id
---@field type "text"|"reaction"|"artifact"|"system" which kind of message this is
---@field content string the text; a reaction's emoji; an artifact's name, else its id
---@field timestamp integer when it was sent by the sender's clock, in Unix seconds
---@field reply_to integer|nil the id of the message that this text answers
---@field reaction_target integer|nil the id of the message that this reaction is to
---@field target_key MessageKey|nil the key of either, if the sender had that message
---@field artifact_id ArtifactId|nil the artifact that is sent

---One member of a realm.
---@class Member
---@field id MemberId who
---@field name string what it is called, else the first 10 digits of its id

---For how long, and for how many, an invite is good.
---@class InviteLimits
---@field expires_at number|nil from when on it is refused, in Unix seconds (never)
---@field max_uses integer|nil how many members it lets in, from 1 (as many as a realm can have)

---An invite that this peer issued.
---@class Invite
---@field id InviteId its name, for revoking it
---@field status "open"|"revoked"|"expired"|"used_up" what it is good for now
---@field issued_at integer when it was issued, in Unix seconds
---@field expires_at integer|nil from when on it is refused, in Unix seconds
---@field max_uses integer|nil how many members it lets in
---@field used_by MemberId[] whom it has let in

---Something that another member may have.
---@class SharedArtifact
---@field id ArtifactId an uploaded file's is the BLAKE3 of its bytes
---@field name string|nil what people call it
---@field size integer bytes of a file; 0 for a tree
---@field mime_type string|nil what kind of bytes

---A stranger who has written to this member, and waits for an answer.
---@class ContactRequest
---@field id MemberId who
---@field name string|nil what it says that it is called
---@field received_at integer when the first message came, in Unix seconds

---What has been counted since the scenario began.
---@class Stats
---@field envelopes integer envelopes that were sent
---@field bytes integer bytes that were sent
---@field delivered integer envelopes that arrived
---@field dropped integer envelopes that were lost on their way here
---@field payloads integer payloads that arrived
---@field payloads_from table<MemberId, integer> payloads that arrived, by who sent them
---@field receipts integer receipts that arrived
---@field duplicates integer payloads that arrived and held nothing new
---@field full_syncs integer payloads that were prepared for peers of whom nothing was known
---@field mailbox integer documents that wait for a peer, counted once per peer

---Faults to set; what is left out stays as it is. Probabilities are from 0 to 1.
---@class Faults
---@field loss number|nil how likely an envelope is lost; its sender is not told
---@field duplicate number|nil how likely an envelope that is not lost arrives twice
---@field reorder number|nil how likely an envelope does not wait for those sent before it
---@field latency number[]|nil how long an envelope takes: the shortest and the longest, in seconds
---@field crash number|nil how likely an envelope that arrives crashes the peer that it reaches
---@field between Network[]|nil the two networks whose link it is (all links)

---What `create_artifact` takes besides the kind.
---@class CreateArtifactOptions
---@field name string|nil what people call it; kept in the metadata as `name`

---What `upload` takes besides the path.
---@class UploadOptions
---@field name string|nil what people call it (the last part of the path)
---@field mime_type string|nil what kind of bytes (unknown)

---How `assert.eventually` waits.
---@class EventuallyOptions
---@field timeout number|nil how long it waits, in seconds of the world's time (5)
---@field interval number|nil how often it looks, in seconds of the world's time (0.1)
---@field msg string|nil what the failure begins with

---One peer's network.
---@class Network
local Network = {}

---Goes on the transport; raises `Network already started` if it is on it.
function Network:start() end

---Leaves the transport; everything stays and continues with the next start.
function Network:stop() end

---Loses all that is not in its storage; the next start continues from there.
function Network:crash() end

---Whether the network is on its transport.
---@return boolean
function Network:is_running() end

---Who this is.
---@return MemberId
function Network:id() end

---Who this is; the same as `id`.
---@return MemberId
function Network:member_id() end

---What this peer wants to be called; nil if it has not said so.
---@return string|nil
function Network:display_name() end

---Says what this peer wants to be called; the members of its realms hear of it.
---@param name string at most 64 characters, no control characters
function Network:set_display_name(name) end

---The code by which others find this peer: 64 characters, beginning with `indra1`.
---@return string
function Network:identity_code() end

---The identity code with the display name, if there is one.
---@return string
function Network:identity_uri() end

---The secret key in base64; without a passphrase whoever has it is this peer.
---@param passphrase? string encrypts it
---@return string
function Network:export_identity(passphrase) end

---Creates a realm, of which this peer is the first member.
---@param name string at most 256 characters
---@return Realm
function Network:create_realm(name) end

---Asks to be let into a realm; works offline, and twice is harmless.
---@param invite string
---@return Realm
function Network:join(invite) end

---The ids of the realms that people see, ascending; not the home realm.
---@return RealmId[]
function Network:realms() end

---A realm, the same object each time; nil if this peer is not in it.
---@param id RealmId
---@return Realm|nil
function Network:get_realm(id) end

---Leaves a realm for good; raises `Realm not found: <id>` if this peer is not in it.
---@param id RealmId
function Network:leave_realm(id) end

---The direct realm with another member, who becomes a contact.
---@param member MemberId
---@return Realm
function Network:connect(member) end

---The direct realm with the member of an identity code or URI.
---@param code_or_uri string
---@return Realm
function Network:connect_by_code(code_or_uri) end

---Brings the link between two networks of this world up; creates no realm and no contact.
---@param other Network
function Network:connect_to(other) end

---Takes the link between two networks down; what is on it is lost.
---@param other Network
function Network:disconnect_from(other) end

---Goes away: nothing reaches this peer, and what others send waits.
function Network:go_offline() end

---Comes back; what waited is sent.
function Network:go_online() end

---The peer's own realm, the same object each time; raises `Network not started`.
---@return HomeRealm
function Network:home_realm() end

---Whom this peer knows, the same object each time; raises `Network not started`.
---@return ContactsRealm
function Network:contacts_realm() end

---Asks another member for everything that it holds and this peer may have: after an import.
---@param member MemberId
function Network:recover_from(member) end

---An artifact that is here, the same object each time; nil if it is not here.
---@param id ArtifactId
---@return Artifact|nil
function Network:artifact(id) end

---The heads that a member has acknowledged of an artifact, sorted; empty if nothing is known.
---@param artifact_id ArtifactId
---@param member MemberId
---@return ChangeHash[]
function Network:known_heads(artifact_id, member) end

---What some members say, write and share.
---@class Realm
local Realm = {}

---The same for every member.
---@return RealmId
function Realm:id() end

---What its creator calls it; nil until that has arrived.
---@return string|nil
function Realm:name() end

---Gives it another name; only its creator can.
---@param name string at most 256 characters
function Realm:rename(name) end

---Whether this peer is a member, as far as is known here.
---@return boolean
function Realm:is_member() end

---Everybody who is a member, this peer included, by id.
---@return Member[]
function Realm:member_list() end

---How many members there are, this peer included.
---@return integer
function Realm:member_count() end

---Removes a member, who gets nothing that is written afterwards; only the realm's creator can.
---@param member MemberId
---@return boolean was_member
function Realm:remove_member(member) end

---Leaves it for good.
function Realm:leave() end

---An invite without expiry and for any number, the same each time; whoever has it is let in.
---@return string
function Realm:invite_code() end

---A new invite.
---@param limits? InviteLimits
---@return string
function Realm:create_invite(limits) end

---The invites that this peer issued, ended ones that it still knows too.
---@return Invite[]
function Realm:invites() end

---Lets nobody in by an invite any more; false if it is unknown or was revoked before.
---@param id InviteId
---@return boolean was_revoked
function Realm:revoke_invite(id) end

---Says something.
---@param text string at most 64 KiB
---@return integer sequence the message's id
function Realm:send(text) end

---Answers a message; an id that no message here has is kept, since that may be on its way.
---@param target integer|MessageKey
---@param text string at most 64 KiB
---@return integer sequence the message's id
function Realm:reply(target, text) end

---Reacts to a message; the same emoji again is the same reaction.
---@param target integer|MessageKey
---@param emoji string at most 32 bytes
---@return integer sequence the reaction's id
function Realm:react(target, emoji) end

---Points the members to an artifact; grants nothing.
---@param id ArtifactId
---@param name? string at most 256 characters
---@return integer sequence the message's id
function Realm:send_artifact(id, name) end

---Writes a system message: what happened, rather than what somebody says.
---@param text string at most 64 KiB
---@return integer sequence the message's id
function Realm:announce(text) end

---One message by its id or key; nil if it is not here.
---@param target integer|MessageKey
---@return Message|nil
function Realm:message(target) end

---All messages, by id and then by sender: the same order on every peer.
---@return Message[]
function Realm:all_messages() end

---The messages with an id above `n`, in order.
---@param n integer
---@return Message[]
function Realm:messages_since(n) end

---The messages with a text in them, in order; upper and lower case are the same.
---@param q string nothing is found for an empty one
---@return Message[]
function Realm:search_messages(q) end

---Marks everything that is here as read; for oneself only.
---@param member MemberId
function Realm:mark_read(member) end

---How many texts and artifacts of others a member has not read.
---@param member MemberId
---@return integer
function Realm:unread_count(member) end

---The id up to which a member has nothing to read; 0 if it never marked anything.
---@param member MemberId
---@return integer
function Realm:last_read_seq(member) end

---A document, whether it was written yet or not; the same object each time.
---@param name string
---@return Document
function Realm:document(name) end

---The names of the documents that were written, sorted, without internal ones.
---@return string[]
function Realm:document_names() end

---Sets the alias, which every member may; the last one counts.
---@param s string at most 77 characters, longer is cut
function Realm:set_alias(s) end

---The alias; nil if there is none.
---@return string|nil
function Realm:get_alias() end

---Takes the alias away, whoever set it.
function Realm:clear_alias() end

---A value that all members of a realm may write.
---@class Document
local Document = {}

---Its name in the realm.
---@return string
function Document:name() end

---A copy of the value; nil if it was never written.
---@return DocumentValue|nil
function Document:read() end

---Makes the value equal to another by the smallest edits; what others write elsewhere in it stays.
---@param value DocumentValue an empty table is a map
function Document:update(value) end

---Writes the entries of a map over those that are there, deeply; raises for what is no map where one is.
---@param value DocumentValue
function Document:merge(value) end

---Whether anything was written, here or elsewhere, since it was last asked.
---@return boolean
function Document:refresh() end

---A peer's own realm, where what it makes begins.
---@class HomeRealm
local HomeRealm = {}

---The same for this member everywhere.
---@return RealmId
function HomeRealm:id() end

---A document that nobody else has, the same object each time.
---@param name string
---@return Document
function HomeRealm:document(name) end

---Creates a tree artifact, of which this peer is the steward.
---@param kind string one word, such as `"story"`, `"gallery"` or `"document"`
---@param options? CreateArtifactOptions
---@return Artifact
function HomeRealm:create_artifact(kind, options) end

---Keeps a file, which becomes an artifact; the same bytes again are the same artifact.
---@param path string in the scenario's own files first
---@param options? UploadOptions
---@return ArtifactId id the BLAKE3 of the bytes
function HomeRealm:upload(path, options) end

---The bytes of a file that this peer may view; raises if it is unknown, recalled or not permitted.
---@param id ArtifactId
---@return string
function HomeRealm:get_artifact(id) end

---Lets a member in; only the steward can.
---@param id ArtifactId
---@param member MemberId
---@param mode AccessMode
---@param expires_at? number when a `"timed"` grant ends, in Unix seconds
function HomeRealm:grant_access(id, member, mode, expires_at) end

---Shows a member out; nothing more is sent to it.
---@param id ArtifactId
---@param member MemberId
function HomeRealm:revoke_access(id, member) end

---Takes an artifact back, and all below it; false if it is unknown or not active.
---@param id ArtifactId
---@return boolean was_active
function HomeRealm:recall(id) end

---Hands an artifact to another steward; this one keeps a revocable grant.
---@param id ArtifactId
---@param member MemberId
function HomeRealm:transfer(id, member) end

---What a member may have without being its steward, by id.
---@param member MemberId
---@return SharedArtifact[]
function HomeRealm:shared_with(member) end

---Puts an artifact below another, which must have no other above it; an uploaded file may be either.
---@param parent ArtifactId
---@param child ArtifactId
function HomeRealm:attach_child(parent, child) end

---Takes an artifact out from below another; it keeps a copy of the grants that it had by it.
---@param parent ArtifactId
---@param child ArtifactId
function HomeRealm:detach_child(parent, child) end

---The people that a member keeps, and those that it keeps away; nobody else sees them.
---@class ContactsRealm
local ContactsRealm = {}

---The document that the contacts are in.
---@return string
function ContactsRealm:id() end

---Adds a contact, pending; one who has asked is confirmed at once.
---@param m MemberId
function ContactsRealm:add_contact(m) end

---Adds a contact by a name; of one that is there only a missing name is set.
---@param m MemberId
---@param name string at most 64 characters, no control characters
function ContactsRealm:add_contact_with_name(m, name) end

---Forgets a contact, or turns a stranger who waits away.
---@param m MemberId
---@return boolean was_known
function ContactsRealm:remove_contact(m) end

---Whether somebody is a contact, pending or confirmed.
---@param m MemberId
---@return boolean
function ContactsRealm:is_contact(m) end

---The ids of all contacts, ascending.
---@return MemberId[]
function ContactsRealm:contacts_list() end

---How many contacts there are.
---@return integer
function ContactsRealm:contact_count() end

---Confirms a contact; a stranger who waits becomes a confirmed contact.
---@param m MemberId
function ContactsRealm:confirm_contact(m) end

---The status of a contact or of a stranger who waits; nil for all others.
---@param m MemberId
---@return "pending"|"confirmed"|nil
function ContactsRealm:get_status(m) end

---What this member calls a contact; nil if it has no name for it.
---@param m MemberId
---@return string|nil
function ContactsRealm:get_name(m) end

---Says how much this member thinks of a contact; raises if it is none.
---@param m MemberId
---@param n integer the nearest of -1, 0 and 1 counts
function ContactsRealm:update_sentiment(m, n) end

---How much this member thinks of a contact: -1, 0 or 1.
---@param m MemberId
---@return integer
function ContactsRealm:get_sentiment(m) end

---Says whether a contact may be made known to others.
---@param m MemberId
---@param relayable boolean
function ContactsRealm:set_relayable(m, relayable) end

---Whether a contact may be made known to others; at first it may.
---@param m MemberId
---@return boolean
function ContactsRealm:is_relayable(m) end

---Keeps somebody away: it is no contact any more and nothing of it is taken.
---@param m MemberId
---@return boolean is_new whether it was not blocked before
function ContactsRealm:block(m) end

---Blocks somebody no longer; what it was before does not come back.
---@param m MemberId
---@return boolean was_blocked
function ContactsRealm:unblock(m) end

---Whether somebody is blocked.
---@param m MemberId
---@return boolean
function ContactsRealm:is_blocked(m) end

---Everybody who is blocked, ascending.
---@return MemberId[]
function ContactsRealm:blocked() end

---The strangers who wait for an answer, who came first is first.
---@return ContactRequest[]
function ContactsRealm:requests() end

---A tree artifact as one peer has it.
---@class Artifact
local Artifact = {}

---Which artifact this is.
---@return ArtifactId
function Artifact:id() end

---One word, such as `"story"`.
---@return string
function Artifact:kind() end

---Who decides its grants.
---@return MemberId
function Artifact:steward() end

---What has become of it.
---@return ArtifactStatus
function Artifact:status() end

---Appends a child; without a position it comes after everything that this peer has seen.
---@param child_id ArtifactId
---@param position? integer from 0
---@param label? string at most 1,024 UTF-16 units
function Artifact:append_ref(child_id, position, label) end

---Removes each reference to a child; nothing happens if there is none.
---@param child_id ArtifactId
function Artifact:remove_ref(child_id) end

---The children, by position and then by id: the same order on every peer.
---@return Reference[]
function Artifact:references() end

---Lets a member in; the whole artifact is sent to it. Only the steward can.
---@param member MemberId
---@param mode AccessMode
---@param expires_at? number when a `"timed"` grant ends, in Unix seconds
function Artifact:grant(member, mode, expires_at) end

---Takes a grant back; nothing more is sent to that member. Only the steward can.
---@param member MemberId
function Artifact:revoke(member) end

---All grants that have not been revoked, ended ones too, by grantee.
---@return Grant[]
function Artifact:grants() end

---Sets one value.
---@param key string at most 128 UTF-16 units
---@param value string any bytes, at most 64 KiB
function Artifact:set_metadata(key, value) end

---The bytes of one value; nil if it was never set.
---@param key string
---@return string|nil
function Artifact:get_metadata(key) end

---The bytes of every value, by key.
---@return table<string, string>
function Artifact:metadata() end

---The hashes of the changes nothing comes after, sorted.
---@return ChangeHash[]
function Artifact:heads() end

---Takes the artifact back: whoever does not have it for good drops it. Raises unless the steward asks.
---@return boolean was_active
function Artifact:recall() end

---Hands the artifact to another steward; this one keeps a revocable grant.
---@param member string 64 hex digits
function Artifact:transfer(member) end

---The toolkit.
indras = {}

---Makes networks.
indras.Network = {}

---A network that is not started; raises `Database is locked` if another one uses the path.
---@param path? string where it keeps everything until the scenario ends (a place of its own)
---@return Network
function indras.Network.new(path) end

---Installs an exported identity at a path; raises where another one is.
---@param path string
---@param base64 string what `export_identity` gave
---@param passphrase? string the one that it was exported with
function indras.Network.import_identity(path, base64, passphrase) end

---Lets the world run for that long; raises if it is negative or not a number.
---@param seconds number virtual time, in seconds
function indras.sleep(seconds) end

---Lets the world run until nothing is left to happen; raises if that takes too long.
---@param max_seconds? number virtual time, in seconds (3600)
function indras.settle(max_seconds) end

---Virtual time since the scenario began, in seconds.
---@return number
function indras.now() end

---The seed of the run, which decides all chance.
---@return integer
function indras.seed() end

---Cuts every link between networks of different groups; replaces an earlier partition.
---@param ... Network[] the groups; a network in none of them keeps its links
function indras.partition(...) end

---Sets faults from now on; a table that names none takes back those of that link, or of all links.
---@param faults Faults
function indras.faults(faults) end

---Ends a partition.
function indras.heal() end

---Whether everybody who may have an artifact holds it with equal heads.
---@param nets? Network[] those to look at (all)
---@return boolean
function indras.converged(nets) end

---What has been counted.
---@param net? Network whose counts (those of all, added up)
---@return Stats
function indras.stats(net) end

---Writes a line of the story into the journal.
---@param text string
function indras.narrative(text) end

---Writes records into the journal.
indras.log = {}

---Writes a record that is shown only when asked for.
---@param msg string
---@param fields? table<string, any>
function indras.log.trace(msg, fields) end

---Writes a record that is shown only when asked for.
---@param msg string
---@param fields? table<string, any>
function indras.log.debug(msg, fields) end

---Writes a record.
---@param msg string
---@param fields? table<string, any>
function indras.log.info(msg, fields) end

---Writes a record of something odd.
---@param msg string
---@param fields? table<string, any>
function indras.log.warn(msg, fields) end

---Writes a record of something wrong; the scenario goes on.
---@param msg string
---@param fields? table<string, any>
function indras.log.error(msg, fields) end

---Writes a line, as `print` does.
---@param msg string
function indras.log.print(msg) end

---Assertions with short names; each takes a message of your own last.
indras.assert = {}

---Deeply equal; 1 and 1.0 are equal.
---@param a any
---@param b any
---@param msg? string
function indras.assert.eq(a, b, msg) end

---Not deeply equal.
---@param a any
---@param b any
---@param msg? string
function indras.assert.ne(a, b, msg) end

---`a > b`.
---@param a number|string
---@param b number|string
---@param msg? string
function indras.assert.gt(a, b, msg) end

---`a >= b`.
---@param a number|string
---@param b number|string
---@param msg? string
function indras.assert.ge(a, b, msg) end

---`a < b`.
---@param a number|string
---@param b number|string
---@param msg? string
function indras.assert.lt(a, b, msg) end

---`a <= b`.
---@param a number|string
---@param b number|string
---@param msg? string
function indras.assert.le(a, b, msg) end

---Neither nil nor false.
---@param v any
---@param msg? string
function indras.assert.true_(v, msg) end

---Nil or false.
---@param v any
---@param msg? string
function indras.assert.false_(v, msg) end

---Nil.
---@param v any
---@param msg? string
function indras.assert.nil_(v, msg) end

---Anything but nil.
---@param v any
---@param msg? string
function indras.assert.not_nil(v, msg) end

---Numbers that differ by no more than `eps`.
---@param a number
---@param b number
---@param eps? number the largest difference (a ten-millionth of `b`)
---@param msg? string
function indras.assert.approx(a, b, eps, msg) end

---Text with a part, or a table with a value that is deeply equal.
---@param t table|string
---@param v any
---@param msg? string
function indras.assert.contains(t, v, msg) end

---A list of `n` items, or a string of `n` bytes.
---@param t table|string
---@param n integer
---@param msg? string
function indras.assert.len(t, n, msg) end

---Fails.
---@param msg? string
function indras.assert.fail(msg) end

---Lua's own `assert`, and assertions that show a difference.
---@class Assertions
---@overload fun(v: any, message?: any, ...: any): ...
assert = {}

---Deeply equal; 1 and 1.0 are equal.
---@param actual any
---@param expected any
---@param msg? string
function assert.equals(actual, expected, msg) end

---Not deeply equal.
---@param actual any
---@param expected any
---@param msg? string
function assert.not_equals(actual, expected, msg) end

---Deeply equal; another name of `equals`.
---@param actual any
---@param expected any
---@param msg? string
function assert.same(actual, expected, msg) end

---The very same value: one table, one object, a number of the same kind.
---@param actual any
---@param expected any
---@param msg? string
function assert.strict_equals(actual, expected, msg) end

---Numbers that differ by no more than a tolerance.
---@param actual number
---@param expected number
---@param tolerance? number the largest difference (a ten-millionth of `expected`)
---@param msg? string
function assert.almost_equals(actual, expected, tolerance, msg) end

---`actual > expected`.
---@param actual number|string
---@param expected number|string
---@param msg? string
function assert.greater(actual, expected, msg) end

---`actual >= expected`.
---@param actual number|string
---@param expected number|string
---@param msg? string
function assert.greater_or_equal(actual, expected, msg) end

---`actual < expected`.
---@param actual number|string
---@param expected number|string
---@param msg? string
function assert.less(actual, expected, msg) end

---`actual <= expected`.
---@param actual number|string
---@param expected number|string
---@param msg? string
function assert.less_or_equal(actual, expected, msg) end

---Text in which a Lua pattern is found.
---@param text string
---@param pattern string
---@param msg? string
function assert.match(text, pattern, msg) end

---Text in which a Lua pattern is not found.
---@param text string
---@param pattern string
---@param msg? string
function assert.not_match(text, pattern, msg) end

---Text with a part, taken literally.
---@param text string
---@param part string
---@param msg? string
function assert.string_includes(text, part, msg) end

---A list that has each item of another, in any order.
---@param list any[]
---@param parts any[]
---@param msg? string
function assert.array_includes(list, parts, msg) end

---A table that has each field of another, and nested ones alike; it may have more.
---@param actual table<string, any>
---@param part table<string, any>
---@param msg? string
function assert.object_match(actual, part, msg) end

---Anything but nil.
---@param v any
---@param msg? string
function assert.exists(v, msg) end

---`true` itself.
---@param v any
---@param msg? string
function assert.is_true(v, msg) end

---`false` itself.
---@param v any
---@param msg? string
function assert.is_false(v, msg) end

---Nil.
---@param v any
---@param msg? string
function assert.is_nil(v, msg) end

---A function that raises an error in whose text the Lua pattern is found.
---@param fn fun()
---@param pattern? string
---@return string message what was raised
function assert.throws(fn, pattern) end

---A function that becomes true while the world runs; its errors are raised at once.
---@param fn fun(): any
---@param options? EventuallyOptions
function assert.eventually(fn, options) end

---Fails.
---@param msg? string
function assert.fail(msg) end
