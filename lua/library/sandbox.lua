---@meta sandbox
-- The parts of Lua's own library that are smaller here than elsewhere: `io` and `os` see virtual
-- files and the world's clock, `package` finds modules below the scenario roots.

---A virtual file.
---@class File
local File = {}

---Writes texts and numbers; answers the file, or nil and why not.
---@param ... string|number
---@return File|nil
---@return string|nil why
function File:write(...) end

---Reads by formats such as `"l"`, `"a"`, `"n"` or a number of bytes; nil at the end.
---@param ... string|integer
---@return string|number|nil
function File:read(...) end

---Reads on and on, by lines or by formats.
---@param ... string|integer
---@return fun(): string|number|nil
function File:lines(...) end

---Moves to a place; answers where that is, in bytes from the start.
---@param whence? "set"|"cur"|"end"
---@param offset? integer bytes
---@return integer|nil position
function File:seek(whence, offset) end

---Does nothing: a virtual file is never behind.
---@return File
function File:flush() end

---Does nothing.
---@param mode string
---@param size? integer bytes
---@return boolean
function File:setvbuf(mode, size) end

---Closes the file.
---@return boolean
function File:close() end

---Virtual files, one set for each scenario.
io = {}

---The scenario's captured output.
---@type File
io.stdout = nil

---The scenario's captured output.
---@type File
io.stderr = nil

---Opens a virtual file; nil and why not if it cannot be.
---@param path string
---@param mode? "r"|"w"|"a"|"r+"|"w+"|"a+"|"rb"|"wb"|"ab"|"r+b"|"w+b"|"a+b"
---@return File|nil
---@return string|nil why
function io.open(path, mode) end

---Reads a virtual file to its end, by lines or by formats.
---@param path string
---@param ... string|integer
---@return fun(): string|number|nil
function io.lines(path, ...) end

---`"file"`, `"closed file"`, or nil for anything else.
---@param value any
---@return "file"|"closed file"|nil
function io.type(value) end

---Writes to the scenario's captured output.
---@param ... string|number
---@return File
function io.write(...) end

---Closes a file.
---@param file File
---@return boolean
function io.close(file) end

---The world's clock, and virtual files.
os = {}

---Virtual time since the script began, in seconds.
---@return number
function os.clock() end

---The world's time, or that of a table of fields in UTC, in Unix seconds.
---@param date? table<string, integer>
---@return integer
function os.time(date) end

---Seconds between two times.
---@param later number
---@param earlier? number
---@return number
function os.difftime(later, earlier) end

---A time as text, or as a table for `"*t"`; always in UTC.
---@param format? string
---@param time? integer Unix seconds (now)
---@return string|table<string, integer|boolean>
function os.date(format, time) end

---A name that no virtual file has.
---@return string
function os.tmpname() end

---Removes a virtual file; nil and why not if there is none.
---@param path string
---@return boolean|nil
---@return string|nil why
function os.remove(path) end

---Gives a virtual file another name; nil and why not if there is none.
---@param from string
---@param to string
---@return boolean|nil
---@return string|nil why
function os.rename(from, to) end

---Modules.
package = {}

---Where `require` looks: templates below the scenario roots, with `?` for the name.
---@type string
package.path = nil

---As in Lua.
---@type string
package.config = nil

---What `require` has found, by name.
---@type table<string, any>
package.loaded = nil

---Functions that make modules, by name.
---@type table<string, function>
package.preload = nil

---Finds a module below the scenario roots, or a helper of the toolkit by its name.
---@param name string
---@return any module
---@return string|nil path
function require(name) end
