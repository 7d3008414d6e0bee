import { Bridge } from "./_bridge.ts";
import { GLOBALS } from "./_exports.ts";
import { LuaCalls } from "./_calls.ts";
import { LuaState } from "./_state.ts";
import { LuaError } from "./errors.ts";
import { VirtualFiles } from "./files.ts";
import { checkSource, type LuaLimits, resolveLimits } from "./limits.ts";
import type { LuaModule } from "./module.ts";
import type { LuaModules } from "./modules.ts";
import { LuaOutput } from "./output.ts";
import { furnish } from "./sandbox.ts";
import type { LuaClass } from "./userdata.ts";
import type { LuaFunction } from "./values.ts";

/** What a runtime is made of; only `module` is needed. */
export interface LuaRuntimeOptions {
  /** Lua itself, from {@linkcode LuaModule} `loadLuaModule()`. */
  readonly module: LuaModule;
  /** Limits other than the default ones. */
  readonly limits?: Partial<LuaLimits>;
  /** Classes whose instances may cross. More can be added later. */
  readonly classes?: readonly LuaClass[];
  /** Where `require` looks. By default nowhere. */
  readonly modules?: LuaModules;
  /** The seed of `math.random`. @default {0} */
  readonly seed?: number | bigint;
  /** The clock of `os.time`, `os.date` and `os.clock`, in ms since 1970. By default it stands at 0. */
  readonly nowMs?: () => number;
  /** Receives what is printed, as it comes; `output` has all of it. */
  readonly onOutput?: (text: string) => void;
}

/** How to run a chunk. */
export interface RunOptions {
  /** What errors call the chunk, such as `scenarios/a.lua`. @default {"script"} */
  readonly chunkName?: string;
  /** What the chunk receives as `...`. @default {[]} */
  readonly args?: readonly unknown[];
}

/**
 * One sandboxed Lua 5.4 with a memory of its own.
 *
 * After an interrupt or when memory ran out in the wrong place it is dead, and each further call
 * throws a {@linkcode LuaError} with code `dead`. Disposing it always returns at once.
 */
export class LuaRuntime implements Disposable {
  /** The virtual files that `io` and `os` of this runtime see. */
  readonly files: VirtualFiles;
  readonly #state: LuaState;
  readonly #bridge: Bridge;
  readonly #calls: LuaCalls;
  readonly #output: LuaOutput;

  /** Makes a runtime; use {@linkcode createLuaRuntime}. */
  constructor(options: LuaRuntimeOptions) {
    const limits = resolveLimits(options.limits);
    this.files = new VirtualFiles(limits.filesBytesMax);
    this.#output = new LuaOutput(limits.outputBytesMax, options.onOutput);
    this.#state = new LuaState(options.module, limits);
    this.#bridge = new Bridge(this.#state);
    this.#calls = new LuaCalls(this.#state, this.#bridge);
    furnish(this.#state, this.#calls, {
      files: this.files,
      output: this.#output,
      modules: options.modules ?? {},
      nowMs: options.nowMs ?? (() => 0),
      seed: options.seed ?? 0,
    });
    for (const definition of options.classes ?? []) this.register(definition);
  }

  /** What was printed so far; where the limit was reached it ends with a line that says so. */
  get output(): string {
    return this.#output.text;
  }

  /** Bytes of WebAssembly memory that this runtime has taken; it never gives any back. */
  get memoryBytes(): number {
    return this.#state.memory.bytes.length;
  }

  /** Why this runtime does not run any more; `undefined` while it does. */
  get death(): LuaError | undefined {
    return this.#state.death;
  }

  /**
   * Runs a chunk of Lua text to its end.
   *
   * @returns All values that the chunk returned.
   * @throws {LuaError} See {@linkcode LuaError.code}.
   */
  run(source: string | Uint8Array, options: RunOptions = {}): readonly unknown[] {
    const ref = this.#load(source, options.chunkName);
    try {
      return this.#calls.callKept(ref, options.args ?? []);
    } finally {
      this.#state.drop(ref);
    }
  }

  /** Like {@linkcode run}, and host functions may answer promises, which Lua waits for. */
  async runAsync(
    source: string | Uint8Array,
    options: RunOptions = {},
  ): Promise<readonly unknown[]> {
    const ref = this.#load(source, options.chunkName);
    try {
      return await this.#calls.startKept(ref, options.args ?? []);
    } finally {
      this.#state.drop(ref);
    }
  }

  /** Calls a function that came out of this runtime and answers all its results. */
  call(fn: LuaFunction, ...args: unknown[]): readonly unknown[] {
    return this.#calls.callKept(this.#refOf(fn), args);
  }

  /** Like {@linkcode call}, and host functions may answer promises, which Lua waits for. */
  async callAsync(fn: LuaFunction, ...args: unknown[]): Promise<readonly unknown[]> {
    return await this.#calls.startKept(this.#refOf(fn), args);
  }

  /**
   * Like {@linkcode callAsync}, but answers and throws at once if Lua had nothing to wait for: for
   * those who call functions of either kind, and go on as soon as they can.
   */
  start(fn: LuaFunction, ...args: unknown[]): readonly unknown[] | Promise<readonly unknown[]> {
    return this.#calls.startKept(this.#refOf(fn), args);
  }

  /** Sets a global variable, raw. Objects become tables, functions can be called. */
  setGlobal(name: string, value: unknown): void {
    this.#withGlobals((L) => {
      this.#bridge.pushAll(L, [name, value]);
      this.#state.c.lua_rawset(L, -3);
    });
  }

  /** The value of a global variable, read raw; `undefined` for nil. */
  getGlobal(name: string): unknown {
    return this.#withGlobals((L) => {
      const { c } = this.#state;
      this.#bridge.pushAll(L, [name]);
      c.lua_rawget(L, -2);
      return this.#bridge.readAll(L, c.lua_gettop(L), c.lua_gettop(L))[0];
    });
  }

  /** Globals are read and written raw: a metamethod would run outside of any slice. */
  #withGlobals<T>(work: (L: number) => T): T {
    this.#state.throwIfDead();
    const { c, main } = this.#state;
    const top = c.lua_gettop(main);
    try {
      return this.#calls.outside(() =>
        this.#state.lifted(() => {
          this.#state.pushKept(main, GLOBALS);
          return work(main);
        })
      );
    } finally {
      if (this.#state.death === undefined) c.lua_settop(main, top);
    }
  }

  /**
   * Makes a class known, so that its instances can cross.
   *
   * @throws {TypeError} If a class of that name is known already.
   */
  register(definition: LuaClass): void {
    this.#state.throwIfDead();
    this.#calls.outside(() =>
      this.#state.lifted(() => this.#calls.references.register(definition))
    );
  }

  /** Ends the runtime; what waits in it is rejected with code `dead`. */
  [Symbol.dispose](): void {
    if (this.#state.death !== undefined) return;
    this.#state.kill(new LuaError("dead", "the runtime was disposed"));
    this.#calls.waiting.endAll(this.#state.death!);
  }

  #load(source: string | Uint8Array, chunkName = "script"): number {
    const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
    checkSource(this.#state.limits, chunkName, bytes.length);
    return this.#calls.load(withoutShebang(bytes), chunkName);
  }

  #refOf(fn: LuaFunction): number {
    const ref = this.#calls.references.refOf(fn);
    if (ref !== undefined) return ref;
    throw new TypeError("Cannot call this function: it did not come out of this Lua runtime");
  }
}

/**
 * Makes a runtime. It needs no permission: everything was loaded with the module.
 *
 * @example Calling both ways
 * ```ts
 * import { createLuaRuntime, loadLuaModule } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * using lua = await createLuaRuntime({ module: await loadLuaModule() });
 * lua.setGlobal("double", (n: unknown) => Number(n) * 2);
 * assertEquals(lua.run("return double(21), math.type(double(1))"), [42, "integer"]);
 * ```
 */
export function createLuaRuntime(options: LuaRuntimeOptions): Promise<LuaRuntime> {
  return Promise.resolve(new LuaRuntime(options));
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Leaves out a byte order mark, and a first line for the shell; the line numbers stay. */
function withoutShebang(bytes: Uint8Array): Uint8Array {
  const start = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? 3 : 0;
  if (bytes[start] !== 35) return bytes.subarray(start);
  const end = bytes.indexOf(10, start);
  return end < 0 ? new Uint8Array() : bytes.subarray(end);
}
