/** The functions of Lua's C API that this layer calls, as the WebAssembly module exports them. */
export interface LuaExports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  luaL_newstate(): number;
  lua_atpanic(L: number, panic: number): number;
  luaL_requiref(L: number, name: number, open: number, global: number): void;
  lua_getallocf(L: number, ud: number): number;
  lua_newthread(L: number): number;
  lua_resetthread(L: number): number;
  lua_resume(L: number, from: number, args: number, results: number): number;
  lua_yieldk(L: number, results: number, context: number, continuation: number): number;
  lua_isyieldable(L: number): number;
  lua_error(L: number): number;
  lua_callk(L: number, args: number, results: number, context: number, continuation: number): void;
  lua_sethook(L: number, hook: number, mask: number, count: number): void;
  lua_gettop(L: number): number;
  lua_settop(L: number, index: number): void;
  lua_absindex(L: number, index: number): number;
  lua_pushvalue(L: number, index: number): void;
  lua_rotate(L: number, index: number, count: number): void;
  lua_xmove(from: number, to: number, count: number): void;
  lua_checkstack(L: number, count: number): number;
  lua_type(L: number, index: number): number;
  lua_isinteger(L: number, index: number): number;
  lua_toboolean(L: number, index: number): number;
  lua_tointegerx(L: number, index: number, isNumber: number): bigint;
  lua_tonumberx(L: number, index: number, isNumber: number): number;
  lua_tolstring(L: number, index: number, length: number): number;
  lua_topointer(L: number, index: number): number;
  lua_touserdata(L: number, index: number): number;
  lua_tocfunction(L: number, index: number): number;
  lua_rawlen(L: number, index: number): bigint;
  lua_next(L: number, index: number): number;
  lua_pushnil(L: number): void;
  lua_pushboolean(L: number, value: number): void;
  lua_pushinteger(L: number, value: bigint): void;
  lua_pushnumber(L: number, value: number): void;
  lua_pushlstring(L: number, bytes: number, length: number): number;
  lua_pushcclosure(L: number, fn: number, upvalues: number): void;
  lua_pushlightuserdata(L: number, pointer: number): void;
  lua_newuserdatauv(L: number, bytes: number, values: number): number;
  lua_createtable(L: number, items: number, fields: number): void;
  lua_rawget(L: number, index: number): number;
  lua_rawgeti(L: number, index: number, key: bigint): number;
  lua_rawset(L: number, index: number): void;
  lua_rawseti(L: number, index: number, key: bigint): void;
  lua_getmetatable(L: number, index: number): number;
  lua_setmetatable(L: number, index: number): number;
  luaL_newmetatable(L: number, name: number): number;
  luaL_setmetatable(L: number, name: number): void;
  luaL_testudata(L: number, index: number, name: number): number;
  luaL_ref(L: number, table: number): number;
  luaL_unref(L: number, table: number, ref: number): void;
  luaL_where(L: number, level: number): void;
  luaL_traceback(L: number, of: number, message: number, level: number): void;
  luaL_loadbufferx(L: number, bytes: number, length: number, name: number, mode: number): number;
  readonly luaopen_base: () => number;
  readonly luaopen_table: () => number;
  readonly luaopen_string: () => number;
  readonly luaopen_math: () => number;
  readonly luaopen_utf8: () => number;
  readonly luaopen_coroutine: () => number;
}

/** `LUA_REGISTRYINDEX`. */
export const REGISTRY: number = -1001000;
/** `LUA_RIDX_GLOBALS`: where the registry keeps the table of globals. */
export const GLOBALS: number = 2;
/** `LUA_LOADED_TABLE`: where Lua looks for the names of functions, for its messages. */
export const LOADED_TABLE: string = "_LOADED";
/** Where the first upvalue of the running C function is. */
export const UPVALUE: number = REGISTRY - 1;

/** What `lua_type` answers. */
export const TYPE = {
  none: -1,
  nil: 0,
  boolean: 1,
  lightuserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
} as const;

/** What `lua_resume` and `luaL_loadbufferx` answer. */
export const STATUS = { ok: 0, yield: 1, runtime: 2, syntax: 3, memory: 4, handler: 5 } as const;
