/**
 * What is arranged in Lua itself, once, before any script: the parts of the standard library that
 * stay, and the helpers of the host. Its arguments are the token of waiting threads, a table of
 * host functions, the weak table of the threads that only the host resumes, and the table in which
 * Lua looks for the names of functions.
 */
export const PRELUDE: string = `
local AWAIT, host, driven, named = ...
local co_create, co_resume, co_yield = coroutine.create, coroutine.resume, coroutine.yield
local co_status, co_close = coroutine.status, coroutine.close
local error, getmetatable, ipairs, load = error, getmetatable, ipairs, load
local pairs, pcall, rawequal, rawget, select, setmetatable =
  pairs, pcall, rawequal, rawget, select, setmetatable
local tostring, type, concat, find, rep = tostring, type, table.concat, string.find, string.rep
local collect = collectgarbage

-- A thread inside a thread that waits for a promise: each resume passes the wish on to the host.
local waiting = setmetatable({}, { __mode = 'k' })
local step
local function pass_on(co, id)
  waiting[co] = true
  return step(co, (function(...)
    waiting[co] = nil
    return co_resume(co, ...)
  end)(co_yield(AWAIT, id)))
end
function step(co, ok, ...)
  if ok and rawequal((...), AWAIT) then return pass_on(co, (select(2, ...))) end
  return ok, ...
end
-- Who waits for a promise is resumed by what it waits for, and by nothing else.
local function is_taken(co)
  return (waiting[co] or driven[co]) and co_status(co) == 'suspended'
end
local function resume(co, ...)
  if is_taken(co) then return false, 'cannot resume a coroutine that waits for a promise' end
  return step(co, co_resume(co, ...))
end
coroutine.resume = resume
function coroutine.close(co)
  if is_taken(co) then error('cannot close a coroutine that waits for a promise', 2) end
  return co_close(co)
end
local function unwrap(co, ok, ...)
  if ok then return ... end
  local message = ...
  if co_status(co) == 'dead' then
    -- What it left open is closed, and may fail in its own way.
    local closed, other = co_close(co)
    if not closed then message = other end
  end
  error(message, 0)
end
function coroutine.wrap(f)
  local co = co_create(f)
  return function(...) return unwrap(co, resume(co, ...)) end
end

-- Text only: bytecode can break any engine of Lua.
local function load_text(chunk, name, mode, ...)
  if type(chunk) ~= 'string' and type(chunk) ~= 'function' then
    error("bad argument #1 to 'load' (string or function expected)", 2)
  end
  if mode ~= nil and not find(mode, 't', 1, true) then
    return nil, "attempt to load a text chunk (mode is '" .. tostring(mode) .. "')"
  end
  if select('#', ...) > 0 then return load(chunk, name, 't', (...)) end
  return load(chunk, name, 't')
end
_G.load = load_text
string.dump, loadfile, dofile = nil, nil, nil

-- A finalizer runs at a time nobody chose, also while the host is at work.
function _G.setmetatable(t, mt)
  if type(mt) == 'table' and rawget(mt, '__gc') ~= nil then
    error('__gc is not available', 2)
  end
  return setmetatable(t, mt)
end
getmetatable('').__metatable = false

function _G.collectgarbage(what)
  if what == 'count' then return collect('count') end
  if what == nil or what == 'collect' then return collect('collect') end
  error("collectgarbage: only 'collect' and 'count' are available", 2)
end

-- An empty string repeated a billion times is a loop without memory and without an end.
function string.rep(s, n, sep)
  if s == '' and (sep == nil or sep == '') then return '' end
  return rep(s, n, sep)
end

local function join(...)
  local parts = {}
  for i = 1, select('#', ...) do parts[i] = tostring((select(i, ...))) end
  return concat(parts, '\\t')
end
function _G.print(...) host.write(join(...) .. '\\n') end
function _G.warn(...) host.write('warning: ' .. concat({ ... }) .. '\\n') end

-- Modules: the host finds the text, Lua runs it.
local loaded, loading = {}, {}
package = { loaded = loaded, path = host.package_path, config = '/\\n;\\n?\\n!\\n-\\n' }
for _, name in ipairs { 'string', 'table', 'math', 'utf8', 'coroutine' } do
  loaded[name] = _G[name]
end
loaded._G, loaded.os, loaded.io, loaded.package = _G, host.os, host.io, package
local package, search = package, host.search
package.preload = {}
function require(name)
  if type(name) ~= 'string' then
    error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ')', 2)
  end
  local value = loaded[name]
  if value ~= nil then return value end
  for i, other in ipairs(loading) do
    if other == name then
      error('cyclic require: ' .. concat(loading, ' -> ', i) .. ' -> ' .. name, 2)
    end
  end
  local path
  local run = package.preload[name]
  if run == nil then
    local source
    source, path = search(name, package.path)
    if source == nil then error("module '" .. name .. "' not found:" .. path, 2) end
    local message
    run, message = load(source, '@' .. path, 't')
    if run == nil then
      error("error loading module '" .. name .. "':\\n\\t" .. message, 2)
    end
  end
  local depth = #loading
  loading[depth + 1] = name
  local ok, result = pcall(run, name, path)
  for i = #loading, depth + 1, -1 do loading[i] = nil end
  if not ok then error(result, 0) end
  if result ~= nil then loaded[name] = result end
  if loaded[name] == nil then loaded[name] = true end
  return loaded[name], path
end

-- Lua searches these tables after each error: in copies, which no script can fill.
for name, library in pairs(named) do
  local copy = {}
  for key, value in pairs(library) do copy[key] = value end
  named[name] = copy
end

os, io = host.os, host.io
math.randomseed(host.seed)

local helpers = {}
local string_methods = {}
for name, f in pairs(string) do
  string_methods[name] = function(self, ...) return f(tostring(self), ...) end
end
-- An error of the host can be searched like the text it prints as.
function helpers.make_error_index(_, fields)
  return function(self, key)
    local field = fields[key]
    if field then return field(self) end
    return string_methods[key]
  end
end
function helpers.make_index(methods, fields)
  return function(self, key)
    local method = methods[key]
    if method ~= nil then return method end
    local field = fields[key]
    if field then return field(self) end
  end
end
function helpers.collect() collect() end
function helpers.drop_self(f)
  return function(_, ...) return f(...) end
end
function helpers.describe(value)
  local ok, text = pcall(tostring, value)
  if ok and not find(text, '^%a+: 0x') then return text end
  if type(value) == 'table' then
    local ok, message = pcall(function() return value.message end)
    if ok and type(message) == 'string' then return message end
  end
  return '(error object is a ' .. type(value) .. ' value)'
end
return helpers
`;
