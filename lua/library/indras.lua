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

---What `create_artifact` takes besides the kind.
---@class CreateArtifactOptions
---@field name string|nil what people call it; kept in the metadata as `name`

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

---Whether the network is on its transport.
---@return boolean
function Network:is_running() end

---Who this is.
---@return MemberId
function Network:id() end

---Who this is; the same as `id`.
---@return MemberId
function Network:member_id() end

---The peer's own realm, the same object each time; raises `Network not started`.
---@return HomeRealm
function Network:home_realm() end

---An artifact that is here, the same object each time; nil if it is not here.
---@param id ArtifactId
---@return Artifact|nil
function Network:artifact(id) end

---The heads that a member has acknowledged of an artifact, sorted; empty if nothing is known.
---@param artifact_id ArtifactId
---@param member MemberId
---@return ChangeHash[]
function Network:known_heads(artifact_id, member) end

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

---A peer's own realm, where what it makes begins.
---@class HomeRealm
local HomeRealm = {}

---The same for this member everywhere.
---@return RealmId
function HomeRealm:id() end

---Creates a tree artifact, of which this peer is the steward.
---@param kind string one word, such as `"story"`, `"gallery"` or `"document"`
---@param options? CreateArtifactOptions
---@return Artifact
function HomeRealm:create_artifact(kind, options) end

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

---A network that is not started; it keeps everything in memory.
---@return Network
function indras.Network.new() end

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
