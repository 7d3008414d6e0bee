import { LOADED_TABLE, REGISTRY, TYPE } from "./_exports.ts";
import type { LuaState } from "./_state.ts";

/** A C function in one of Lua's libraries, and where it stands in the table of functions. */
export interface LibraryFunction {
  /**
   * Such as `string.find`; the iterator that `string.gmatch` makes is `string.gmatch()`, and the
   * metamethod of texts that adds is `"".__add`.
   */
  readonly name: string;
  readonly index: number;
}

/** Once for each compiled Lua: its functions stand at the same places in each instance. */
const FOUND: WeakMap<WebAssembly.Module, readonly LibraryFunction[]> = new WeakMap();

/** All C functions of the libraries that are open, which are always the same libraries. */
export function libraryFunctions(state: LuaState): readonly LibraryFunction[] {
  const { wasm } = state.module;
  const found = FOUND.get(wasm) ?? findFunctions(state);
  FOUND.set(wasm, found);
  return found;
}

function findFunctions(state: LuaState): readonly LibraryFunction[] {
  const { c, main: L } = state;
  const top = c.lua_gettop(L);
  const found: LibraryFunction[] = [];
  state.pushText(LOADED_TABLE);
  c.lua_rawget(L, REGISTRY);
  for (const library of keysOf(state)) {
    state.pushText(library);
    c.lua_rawget(L, -2);
    found.push(...functionsOf(state, library));
    c.lua_settop(L, -2);
  }
  state.pushText("");
  c.lua_getmetatable(L, -1);
  found.push(...functionsOf(state, '""'));
  c.lua_settop(L, top);
  for (const name of ["string.gmatch", "_G.ipairs"]) {
    const maker = found.find((one) => one.name === name)!;
    found.push({ name: `${name}()`, index: iteratorOf(state, maker.index) });
  }
  return found;
}

/** The C functions in the table on top of the main thread's stack. */
function functionsOf(state: LuaState, library: string): readonly LibraryFunction[] {
  const { c, main: L } = state;
  return keysOf(state).flatMap((name) => {
    state.pushText(name);
    c.lua_rawget(L, -2);
    const index = c.lua_tocfunction(L, -1);
    c.lua_settop(L, -2);
    return index === 0 ? [] : [{ name: `${library}.${name}`, index }];
  });
}

/** The text keys of the table on top of the main thread's stack, which is not changed meanwhile. */
function keysOf(state: LuaState): readonly string[] {
  const { c, main: L } = state;
  const keys: string[] = [];
  c.lua_pushnil(L);
  while (c.lua_next(L, -2)) {
    c.lua_settop(L, -2);
    if (c.lua_type(L, -1) === TYPE.string) keys.push(state.textAt(L, -1));
  }
  return keys;
}

/** The C function of what `gmatch` and `ipairs` answer. */
function iteratorOf(state: LuaState, gmatch: number): number {
  const { c, main: L } = state;
  const top = c.lua_gettop(L);
  c.lua_pushcclosure(L, gmatch, 0);
  state.pushText("");
  state.pushText("");
  c.lua_callk(L, 2, 1, 0, 0);
  const index = c.lua_tocfunction(L, -1);
  c.lua_settop(L, top);
  return index;
}
