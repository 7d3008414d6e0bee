import { type LuaExports, REGISTRY } from "./_exports.ts";
import { type CFunction, type Gated, type GateWords, type Guards, installGates } from "./_gates.ts";
import { instantiate, type LuaInstance, type MemoryCap, type MemoryViews } from "./_instance.ts";
import { LuaError } from "./errors.ts";
import { type LuaLimits, MEMORY_GRACE_BYTES } from "./limits.ts";
import type { LuaModule, Stoppable } from "./module.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const TRACEBACK_MS = 100;

/** One Lua state: its memory, its main thread, and whether it is still alive. */
export class LuaState implements Stoppable {
  readonly module: LuaModule;
  readonly limits: LuaLimits;
  readonly c: LuaExports;
  readonly memory: MemoryViews;
  /** The main thread. No script runs on it. */
  readonly main: number;
  /** Eight bytes for what C functions answer through a pointer. */
  readonly out: number;
  readonly #instance: LuaInstance;
  readonly #cap: MemoryCap;
  #death: LuaError | undefined;

  constructor(module: LuaModule, limits: LuaLimits) {
    this.module = module;
    this.limits = limits;
    this.#cap = { bytesMax: limits.memoryBytesMax };
    this.#instance = instantiate(module.wasm, this.#cap);
    this.c = this.#instance.exports;
    this.memory = this.#instance.memory;
    this.main = this.c.luaL_newstate();
    this.out = this.malloc(8);
    this.c.lua_atpanic(this.main, this.addFunction((L) => this.#panic(L), 1));
  }

  /** Why nothing runs here any more, or `undefined` while it does. */
  get death(): LuaError | undefined {
    return this.#death;
  }

  /** The thread that entered last, for the traceback of a kill. */
  running = 0;

  /** Ends this state; the first reason stays. Its memory is never touched again. */
  kill(error: LuaError): void {
    if (this.#death !== undefined) return;
    this.#death = error;
    const traceback = this.#lastTraceback();
    this.#death = new LuaError(error.code, error.message, { cause: error.cause, traceback });
  }

  /** @throws {LuaError} `dead` after a kill or disposal. */
  throwIfDead(): void {
    if (this.#death === undefined) return;
    throw new LuaError("dead", `Cannot use this Lua runtime: ${this.#death.message}`, {
      cause: this.#death,
    });
  }

  /** Pushes a short text. */
  pushText(text: string, L: number = this.main): void {
    const pointer = this.makeName(text);
    this.c.lua_pushlstring(L, pointer, ENCODER.encode(text).length);
    this.c.free(pointer);
  }

  /** The string at `index`, as text. */
  textAt(L: number, index: number): string {
    const at = this.c.lua_tolstring(L, index, this.out) >>> 0;
    const length = this.memory.words[this.out >> 2]! >>> 0;
    return DECODER.decode(this.memory.bytes.subarray(at, at + length));
  }

  /** Makes a C function of `fn`. */
  addFunction(fn: (...args: number[]) => number, arity: number): number {
    return this.#instance.addFunction(fn, arity);
  }

  /** Makes a hook of `fn`, for `lua_sethook`. */
  addHook(fn: (L: number) => void): number {
    return this.#instance.addProcedure(fn, 2);
  }

  /** The C function that stands at `index` in the table of functions. */
  functionAt(index: number): CFunction {
    return this.c.__indirect_function_table.get(index) as CFunction;
  }

  /** Puts gates before C functions; see {@linkcode installGates}. */
  installGates(gated: Gated, words: GateWords, guards: Guards): readonly CFunction[] {
    return installGates(this.#instance, gated, words, guards);
  }

  /** Opens one of Lua's own libraries under its name. */
  openLibrary(name: string, open: () => number): void {
    const pointer = this.makeName(name);
    this.c.luaL_requiref(this.main, pointer, this.#instance.addExport(open), 1);
    this.c.free(pointer);
    this.c.lua_settop(this.main, -2);
  }

  /** Memory inside the state, to be freed by the caller. */
  malloc(bytes: number): number {
    const pointer = this.lifted(() => this.c.malloc(bytes || 1));
    if (pointer === 0) throw new LuaError("memory", `Cannot hand ${bytes} bytes to Lua: no room`);
    return pointer;
  }

  /** A C string, to be freed by the caller. */
  makeName(text: string): number {
    const bytes = ENCODER.encode(text);
    const pointer = this.malloc(bytes.length + 1);
    this.memory.bytes.set(bytes, pointer);
    this.memory.bytes[pointer + bytes.length] = 0;
    return pointer;
  }

  /**
   * Does `work` with some memory beyond the limit. Outside of a protected call Lua has nowhere to
   * raise "not enough memory", and would end the state instead.
   */
  lifted<T>(work: () => T): T {
    const bytesMax = this.#cap.bytesMax;
    this.#cap.bytesMax = this.limits.memoryBytesMax + MEMORY_GRACE_BYTES;
    try {
      return work();
    } finally {
      this.#cap.bytesMax = bytesMax;
    }
  }

  /** Keeps the value on top of the stack of `L`, and takes it off. */
  keep(L: number): number {
    return this.c.luaL_ref(L, REGISTRY);
  }

  /** Pushes a kept value. */
  pushKept(L: number, ref: number): void {
    this.c.lua_rawgeti(L, REGISTRY, BigInt(ref));
  }

  /** Forgets a kept value. */
  drop(ref: number): void {
    if (this.#death === undefined) this.c.luaL_unref(this.main, REGISTRY, ref);
  }

  /** Lua's traceback of a thread. */
  traceback(L: number): string {
    return this.lifted(() => {
      this.c.luaL_traceback(this.main, L, 0, 0);
      const text = this.textAt(this.main, -1);
      this.c.lua_settop(this.main, -2);
      return text;
    });
  }

  /** The state was left in the middle of its work, so reading it may fail or never end. */
  #lastTraceback(): string | undefined {
    let text: string | undefined;
    try {
      if (this.running === 0) return undefined;
      this.module.attempt(TRACEBACK_MS, () => {
        text = this.traceback(this.running);
      });
    } catch {
      return undefined; // The traceback is a courtesy: the kill itself is what counts.
    }
    return text;
  }

  #panic(_L: number): never {
    const error = new LuaError("memory", "Cannot go on in Lua: no memory outside of a call");
    this.kill(error);
    throw error;
  }
}
