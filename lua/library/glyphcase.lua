---@meta glyphcase
-- What a mod sees besides Lua itself, for the Lua language server. Its manifest lists which of
-- these tables and which database tables it may use. A mod that lists `indras` has the field
-- `indras.network`, the network that it lives beside. A test compares these names with the real ones.

---A value of a row; a column without one is not there. Booleans and tables go in as well: as 0 or 1, and as JSON.
---@alias SqlValue string|number
---A row by the names of its columns; NULL is a field that is not there.
---@alias Row table<string, SqlValue>
---What stands for `?` in order, or for `:name` by name.
---@alias SqlParams SqlValue[]|table<string, SqlValue>
---A time such as `"500ms"`, `"10s"`, `"5m"`, `"1h"` or `"1d"`, or seconds; at most a year.
---@alias Duration string|number
---Whatever a message can hold: text, bytes, numbers, booleans, lists, and maps with text as keys.
---@alias Payload string|number|boolean|table

---One row that was written, by whomever.
---@class RowChange
---@field table string the table's name
---@field operation "INSERT"|"UPDATE"|"DELETE" what happened to it
---@field row Row the row as it is now; for a DELETE as it was
---@field old Row|nil the row as it was before an UPDATE

---A query that is watched.
---@class WatchedQuery
---@field sql string one statement that only reads
---@field params SqlValue[]|nil what stands for `?`

---The database. Nothing in it is cut off by the mod's time limit, and its time does not count.
glyphcase = {}

---All rows that a query returns.
---@param sql string
---@param ... SqlValue|SqlParams|nil the parameters one by one, or one table of them
---@return Row[]
function glyphcase.query(sql, ...) end

---The first row that a query returns; nil if there is none.
---@param sql string
---@param ... SqlValue|SqlParams|nil the parameters one by one, or one table of them
---@return Row|nil
function glyphcase.queryOne(sql, ...) end

---The first column of the first row that a query returns; nil if it is NULL or there is none.
---@param sql string
---@param ... SqlValue|SqlParams|nil the parameters one by one, or one table of them
---@return SqlValue|nil
function glyphcase.queryScalar(sql, ...) end

---Inserts a row, after every mod's `before_save`; raises with code `veto` if one refuses.
---@param table string
---@param values Row
---@return integer id the row's integer primary key, else its rowid
function glyphcase.insert(table, values) end

---Inserts rows, all or none.
---@param table string
---@param rows Row[]
---@return integer[] ids
function glyphcase.insertMultiple(table, rows) end

---Changes some columns of a row; false if there is no such row.
---@param table string
---@param id SqlValue its primary key
---@param values Row
---@return boolean was_there
function glyphcase.update(table, id, values) end

---Changes some columns of the rows for which a condition holds.
---@param table string
---@param where string such as `"status = ?"`
---@param params SqlParams
---@param values Row
---@return integer count
function glyphcase.updateWhere(table, where, params, values) end

---Deletes a row; false if there is no such row.
---@param table string
---@param id SqlValue its primary key
---@return boolean was_there
function glyphcase.delete(table, id) end

---Deletes the rows for which a condition holds.
---@param table string
---@param where string such as `"age < ?"`
---@param params SqlParams
---@return integer count
function glyphcase.deleteWhere(table, where, params) end

---Runs SQL that returns nothing, without parameters also several statements; `before_save` does not see it.
---@param sql string
---@param ... SqlValue|SqlParams|nil the parameters one by one, or one table of them
---@return integer changes
---@return integer last_insert_id
function glyphcase.execute(sql, ...) end

---Runs a function all or nothing: if it raises, nothing was written, and the error goes on.
---@param work fun(): any what it returns is returned
---@return any
function glyphcase.transaction(work) end

---Tells the listeners of an event in TypeScript.
---@param name string
---@param payload? Payload
function glyphcase.dispatch(name, payload) end

---Calls a function with what changed in a table, gathered for a tenth of a second, or with the new rows of a query.
---@param target string|WatchedQuery
---@param handler fun(changes: RowChange[]|Row[])
---@return fun(): boolean stop ends it; false if it had ended
function glyphcase.watch(target, handler) end

---What mods and TypeScript do for one another.
actionbus = {}

---Has an action handled; answers nil and `"no handler"` if nobody does that.
---@param name string
---@param payload? Payload
---@return Payload|nil result
---@return string|nil why
function actionbus.dispatch(name, payload) end

---Handles an action from now on, in place of this mod's handler before; raises with code `action_taken` for another's.
---@param name string
---@param handler fun(payload: any): any
function actionbus.register(name, handler) end

---Fresh ids, and passwords that are kept as hashes.
crypto = {}

---A random UUID (version 4), in lower case.
---@return string
function crypto.uuid() end

---The bcrypt hash of a password, with a new salt.
---@param password string at most 72 bytes
---@param cost? integer from 4 to 15; each step doubles the time (10)
---@return string
function crypto.bcrypt(password, cost) end

---Whether a password is the one of a hash; false for a text that is none.
---@param password string at most 72 bytes
---@param hash string
---@return boolean
function crypto.verify(password, hash) end

---What happens later, or again and again, until the mod is switched off.
scheduler = {}

---Runs a function again and again; a run that takes too long skips beats, and an error ends only that run.
---@param interval Duration at least 100 ms
---@param task fun()
---@return fun(): boolean stop ends it; false if it had ended
function scheduler.every(interval, task) end

---Runs a function once.
---@param delay Duration
---@param task fun()
---@return fun(): boolean stop keeps it from running; false if it has run
function scheduler.after(delay, task) end

---Ends all tasks of this mod.
function scheduler.stop_all() end

---What this mod remembers in memory while it is on; when it is full, what was used longest ago goes.
cache = {}

---Remembers a value; nil forgets it.
---@param key string
---@param value Payload|nil
---@param ttl? Duration for how long (until the mod is switched off)
function cache.set(key, value, ttl) end

---A copy of what is remembered; nil if there is nothing, or its time is over.
---@param key string
---@return any
function cache.get(key) end

---Forgets one value; whether there was one.
---@param key string
---@return boolean was_there
function cache.delete(key) end

---Forgets everything.
function cache.clear() end

---One mod that is installed.
---@class InstalledMod
---@field name string what its manifest calls it
---@field version string the version that its manifest says
---@field active boolean whether it is on
---@field failure string|nil why it was switched off, if nobody did so

---A failure that no caller was told of.
---@class ModFailure
---@field code string what kind of failure it is, such as `"mod_failed"` or `"hook_loop"`
---@field mod string|nil whose it is
---@field message string what happened, with file and line

---What a scenario does with mods; only there, and only if its header says `needs: capsule`.
mods = {}

---Installs a mod, switched off; all or nothing.
---@param mod string|table<string, string> a mod that the header names, or the texts of its files by path
---@return string name
function mods.install(mod) end

---Puts other files in the place of a mod's; all or nothing.
---@param mod string|table<string, string> a mod that the header names, or the texts of its files by path
---@return string name
function mods.upgrade(mod) end

---Switches a mod on.
---@param name string
function mods.activate(name) end

---Switches a mod off.
---@param name string
function mods.deactivate(name) end

---Removes a mod; the tables that it made stay.
---@param name string
function mods.uninstall(name) end

---Closes and opens everything again but the database, as at the start of a program.
function mods.restart() end

---Every mod that is installed, by name.
---@return InstalledMod[]
function mods.list() end

---The latest failures that no caller was told of.
---@return ModFailure[]
function mods.failures() end

---What a mod has printed since it was switched on.
---@param name string
---@return string
function mods.output(name) end

---Calls a global function of a mod, or one in a table such as `api.stats`; answers its first result.
---@param mod string
---@param name string
---@param ... Payload|nil
---@return any
function mods.call(mod, name, ...) end

---Calls a function for each event of a name, in which `*` stands for any text.
---@param event string
---@param handler fun(payload: any)
---@return fun() stop
function mods.on(event, handler) end

---A new network whose tables are in the capsule, and that mods act through from now on.
---@return Network
function mods.network() end
