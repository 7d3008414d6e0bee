import { type Bridge, Kept, type References } from "./_bridge.ts";
import { REGISTRY, TYPE } from "./_exports.ts";
import type { LuaState } from "./_state.ts";
import { LuaError } from "./errors.ts";
import { HOST_OBJECT_BYTES, type LuaClass } from "./userdata.ts";
import type { LuaCallable, LuaFunction } from "./values.ts";

type HostFunction = (...args: unknown[]) => unknown;

/** What the references need from those who call. */
export interface Caller {
  /** Calls a kept Lua function and answers its results. */
  callKept(ref: number, args: readonly unknown[]): readonly unknown[];
  /** The C function behind all host functions; its upvalue names the function. */
  readonly dispatch: number;
}

/** Functions of the prelude: what is done more simply in Lua than in C. */
export interface ReferenceHelpers {
  /** A function for `__index` that looks into methods, then asks a field. */
  readonly makeIndex: LuaFunction;
  /** A function that calls another without its first argument. */
  readonly dropSelf: LuaFunction;
}

const FUNCTION_NAME = "indras function";

/**
 * Functions and objects that live on one side and are named on the other.
 *
 * Each host object has a number; a userdata holds that number and nothing else. A weak table in
 * Lua finds the userdata again, so the same object is the same userdata as long as Lua has it.
 */
export class HostReferences implements References {
  readonly #state: LuaState;
  readonly #bridge: Bridge;
  readonly #caller: Caller;
  /** By prototype; the pointer is the name of the metatable as a C string. */
  readonly #classes: Map<object, { readonly definition: LuaClass; readonly name: number }> =
    new Map();
  readonly #functionName: number;
  readonly #collect: number;
  /** Kept: the weak table from number to userdata or C closure. */
  readonly #handles: number;
  readonly #objects: Map<number, { readonly object: object; readonly name: number }> = new Map();
  readonly #numbers: WeakMap<object, number> = new WeakMap();
  #nextNumber = 1;
  /** Kept: the weak table from Lua function to the number under which it is kept. */
  readonly #functions: number;
  readonly #wrappers: Map<number, WeakRef<LuaFunction>> = new Map();
  readonly #refs: WeakMap<object, number> = new WeakMap();
  /** Dropped wrappers; released at the next entry, not in the middle of one. */
  readonly #dropped: number[] = [];
  readonly #registry: FinalizationRegistry<number> = new FinalizationRegistry((ref) => {
    this.#dropped.push(ref);
  });
  #helpers: ReferenceHelpers | undefined;

  constructor(state: LuaState, bridge: Bridge, caller: Caller) {
    this.#state = state;
    this.#bridge = bridge;
    this.#caller = caller;
    this.#collect = state.addFunction((L) => this.#forget(L), 1);
    this.#handles = this.makeWeakTable("v");
    this.#functions = this.makeWeakTable("k");
    this.#functionName = this.#makeMetatable(FUNCTION_NAME);
    state.c.lua_settop(state.main, -2);
  }

  /** Gives what the prelude made. Before it, no class with fields can be registered. */
  setHelpers(helpers: ReferenceHelpers): void {
    this.#helpers = helpers;
  }

  /** Makes a class known; instances can cross from now on. */
  register(definition: LuaClass, makeIndex?: LuaFunction): void {
    const { c, main: L } = this.#state;
    const name = this.#makeMetatable(`indras.${definition.name}`);
    this.#classes.set(definition.prototype, { definition, name });
    for (const [key, fn] of [...definition.metamethods, ["__name", definition.name] as const]) {
      this.#setField(L, key, fn);
    }
    this.#bridge.strings.pushText(L, "__index");
    const methods = Object.fromEntries(definition.methods);
    const index = definition.fields.size === 0 ? methods : (makeIndex ?? this.#helpers!.makeIndex)(
      methods,
      Object.fromEntries(definition.fields),
    );
    this.#bridge.pushAll(L, [index]);
    c.lua_rawset(L, -3);
    c.lua_settop(L, -2);
  }

  pushFunction(L: number, fn: HostFunction): void {
    const ref = this.#refs.get(fn);
    if (ref !== undefined) return this.#state.pushKept(L, ref);
    if (this.#pushHandle(L, fn)) return;
    this.#pushNewUserdata(L, fn, this.#functionName, HOST_OBJECT_BYTES);
    this.#state.c.lua_pushcclosure(L, this.#caller.dispatch, 1);
    this.#rememberHandle(L, fn);
  }

  /** The host function that the userdata at `index` stands for. */
  functionAt(L: number, index: number): HostFunction {
    const number = this.#state.memory.words[this.#state.c.lua_touserdata(L, index) >> 2]!;
    return this.#objects.get(number)!.object as HostFunction;
  }

  readFunction(L: number, index: number): LuaFunction {
    const { c } = this.#state;
    c.lua_pushvalue(L, index);
    this.#state.pushKept(L, this.#functions);
    c.lua_pushvalue(L, -2);
    const known = c.lua_rawget(L, -2) === TYPE.nil ? 0 : Number(c.lua_tointegerx(L, -1, 0));
    c.lua_settop(L, -2);
    const wrapper = this.#wrappers.get(known)?.deref();
    if (wrapper !== undefined) {
      c.lua_settop(L, -3);
      return wrapper;
    }
    c.lua_pushvalue(L, -2);
    const ref = this.#state.keep(L);
    c.lua_pushvalue(L, -2);
    c.lua_pushinteger(L, BigInt(ref));
    c.lua_rawset(L, -3);
    c.lua_settop(L, -3);
    return this.#wrap(ref);
  }

  pushObject(L: number, object: object): boolean {
    if (this.#pushHandle(L, object)) return true;
    const known = this.#findClass(object);
    if (known === undefined) return false;
    this.#pushNewUserdata(L, object, known.name, known.definition.weigh(object));
    this.#rememberHandle(L, object);
    return true;
  }

  readObject(L: number, index: number): object {
    const { c, memory } = this.#state;
    const handle = this.#objects.get(memory.words[c.lua_touserdata(L, index) >> 2]!);
    if (handle !== undefined && c.luaL_testudata(L, index, handle.name)) return handle.object;
    throw new LuaError("value", "Cannot take a userdata out of Lua: it is not one of ours");
  }

  pushCallable(L: number, callable: LuaCallable): void {
    const { c } = this.#state;
    const call = this.#helpers!.dropSelf(callable.call);
    this.#bridge.pushAll(L, [{ ...callable.fields }]);
    c.lua_createtable(L, 0, 2);
    this.#setField(L, "__call", call);
    this.#setField(L, "__metatable", false);
    c.lua_setmetatable(L, -2);
  }

  /** Forgets the Lua functions that TypeScript has dropped. Called between entries. */
  release(): void {
    const { c, main: L } = this.#state;
    for (const ref of this.#dropped.splice(0)) {
      this.#wrappers.delete(ref);
      this.#state.pushKept(L, this.#functions);
      this.#state.pushKept(L, ref);
      c.lua_pushvalue(L, -1);
      c.lua_rawget(L, -3);
      if (Number(c.lua_tointegerx(L, -1, 0)) === ref) {
        c.lua_settop(L, -2);
        c.lua_pushnil(L);
        c.lua_rawset(L, -3);
      } else {
        c.lua_settop(L, -3);
      }
      c.lua_settop(L, -2);
      this.#state.drop(ref);
    }
  }

  /** The number under which a Lua function is kept; `undefined` for any other function. */
  refOf(fn: LuaFunction): number | undefined {
    return this.#refs.get(fn);
  }

  /** Keeps the value at `index` for as long as the answer is reachable. */
  keepValue(L: number, index: number): Kept {
    this.#state.c.lua_pushvalue(L, index);
    const kept = new Kept(this.#state.keep(L));
    this.#registry.register(kept, kept.ref);
    return kept;
  }

  #wrap(ref: number): LuaFunction {
    const wrapper: LuaFunction = (...args) => this.#caller.callKept(ref, args)[0];
    this.#wrappers.set(ref, new WeakRef(wrapper));
    this.#refs.set(wrapper, ref);
    this.#registry.register(wrapper, ref);
    return wrapper;
  }

  #findClass(object: object): { readonly definition: LuaClass; readonly name: number } | undefined {
    let prototype: object | null = Object.getPrototypeOf(object);
    for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
      const known = this.#classes.get(prototype);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  #pushHandle(L: number, object: object): boolean {
    const number = this.#numbers.get(object);
    if (number === undefined) return false;
    const { c } = this.#state;
    this.#state.pushKept(L, this.#handles);
    const found = c.lua_rawgeti(L, -1, BigInt(number)) !== TYPE.nil;
    if (found) c.lua_rotate(L, -2, 1);
    c.lua_settop(L, found ? -2 : -3);
    return found;
  }

  /** Its number is all that Lua needs; the other bytes make it as heavy as what it stands for. */
  #pushNewUserdata(L: number, object: object, name: number, bytes: number): void {
    // A fresh number each time: the `__gc` of a former userdata may still be on its way.
    const number = this.#nextNumber++;
    const pointer = this.#state.c.lua_newuserdatauv(L, Math.max(4, Math.ceil(bytes)), 0);
    this.#state.memory.words[pointer >> 2] = number;
    this.#objects.set(number, { object, name });
    this.#numbers.set(object, number);
    this.#state.c.luaL_setmetatable(L, name);
  }

  #rememberHandle(L: number, object: object): void {
    const { c } = this.#state;
    this.#state.pushKept(L, this.#handles);
    c.lua_pushvalue(L, -2);
    c.lua_rawseti(L, -2, BigInt(this.#numbers.get(object)!));
    c.lua_settop(L, -2);
  }

  /** `__gc` of all our userdata: Lua cannot reach it, because their metatables are hidden. */
  #forget(L: number): number {
    const number = this.#state.memory.words[this.#state.c.lua_touserdata(L, 1) >> 2]!;
    const handle = this.#objects.get(number);
    if (handle !== undefined && this.#numbers.get(handle.object) === number) {
      this.#numbers.delete(handle.object);
    }
    this.#objects.delete(number);
    return 0;
  }

  /** Leaves the new metatable on the stack and answers the pointer of its name. */
  #makeMetatable(name: string): number {
    const { c, main: L } = this.#state;
    const pointer = this.#state.makeName(name);
    if (c.luaL_newmetatable(L, pointer) === 0) {
      c.lua_settop(L, -2);
      throw new TypeError(`Cannot register Lua class "${name}": the name is taken`);
    }
    this.#bridge.strings.pushText(L, "__gc");
    c.lua_pushcclosure(L, this.#collect, 0);
    c.lua_rawset(L, -3);
    this.#setField(L, "__metatable", false);
    return pointer;
  }

  /** Makes a table with weak keys or values and answers the number under which it is kept. */
  makeWeakTable(mode: "k" | "v"): number {
    const { c, main: L } = this.#state;
    c.lua_createtable(L, 0, 0);
    c.lua_createtable(L, 0, 1);
    this.#setField(L, "__mode", mode);
    c.lua_setmetatable(L, -2);
    return c.luaL_ref(L, REGISTRY);
  }

  #setField(L: number, key: string, value: unknown): void {
    this.#bridge.strings.pushText(L, key);
    this.#bridge.pushAll(L, [value]);
    this.#state.c.lua_rawset(L, -3);
  }
}
