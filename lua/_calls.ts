import type { Bridge } from "./_bridge.ts";
import { STATUS, TYPE, UPVALUE } from "./_exports.ts";
import { Failures } from "./_failures.ts";
import { type Caller, HostReferences } from "./_references.ts";
import type { LuaState } from "./_state.ts";
import { Waiting } from "./_waiting.ts";
import { LuaError } from "./errors.ts";
import { wantsExactFloats } from "./values.ts";

/** A Lua thread on which calls run, kept from Lua's collector by its ref. */
interface Thread {
  readonly L: number;
  readonly ref: number;
}

const IDLE_THREADS_MAX = 8;
/** JavaScript itself refuses to spread many more. */
const ARGUMENTS_MAX = 1000;

/** All ways into Lua, and the one way out of it: calls, in slices, and the host functions. */
export class LuaCalls implements Caller {
  readonly dispatch: number;
  readonly references: HostReferences;
  readonly failures: Failures;
  readonly waiting: Waiting;
  readonly #state: LuaState;
  readonly #bridge: Bridge;
  readonly #continue: number;
  readonly #idle: Thread[] = [];
  #depth = 0;
  /** The thread that called the host function which runs now, or 0. */
  #from = 0;
  #mayWait = false;

  constructor(state: LuaState, bridge: Bridge) {
    this.#state = state;
    this.#bridge = bridge;
    this.dispatch = state.addFunction((L) => this.#dispatch(L), 1);
    this.#continue = state.addFunction((L) => this.#resumeHostCall(L), 3);
    this.references = new HostReferences(state, bridge, this);
    this.waiting = new Waiting(state);
    this.failures = new Failures(state, bridge, this.references);
    bridge.connect(this.references);
  }

  callKept(ref: number, args: readonly unknown[]): readonly unknown[] {
    const thread = this.#begin(ref, args);
    const status = this.#resume(thread, args.length, false);
    return this.#finish(thread, status);
  }

  /** Like {@linkcode callKept}, but host functions may answer promises. */
  async callKeptAsync(ref: number, args: readonly unknown[]): Promise<readonly unknown[]> {
    const thread = this.#begin(ref, args);
    let status = this.#resume(thread, args.length, true);
    for (;;) {
      const id = status === STATUS.yield ? this.waiting.idOn(thread.L) : undefined;
      if (id === undefined) return this.#finish(thread, status);
      await this.waiting.settle(id);
      this.#state.throwIfDead();
      this.#state.c.lua_settop(thread.L, -3);
      this.#state.c.lua_pushinteger(thread.L, BigInt(id));
      status = this.#resume(thread, 1, true);
    }
  }

  #begin(ref: number, args: readonly unknown[]): Thread {
    const { limits } = this.#state;
    this.#state.throwIfDead();
    if (this.#depth >= limits.recursionMax) {
      throw new LuaError(
        "recursion",
        `Cannot call Lua from TypeScript from Lua more than ${limits.recursionMax} times, nested`,
      );
    }
    return this.#state.lifted(() => {
      if (this.#depth === 0) this.references.release();
      const thread = this.#idle.pop() ?? this.#makeThread();
      try {
        this.#state.pushKept(thread.L, ref);
        this.#bridge.pushAll(thread.L, args);
      } catch (error) {
        this.#retire(thread);
        throw error;
      }
      return thread;
    });
  }

  #makeThread(): Thread {
    const L = this.#state.c.lua_newthread(this.#state.main);
    return { L, ref: this.#state.keep(this.#state.main) };
  }

  /** Takes a thread back that has nothing to run any more. */
  #retire(thread: Thread): void {
    if (this.#state.death !== undefined) return;
    if (this.#idle.length >= IDLE_THREADS_MAX) return this.#state.drop(thread.ref);
    this.#state.c.lua_settop(thread.L, 0);
    this.#idle.push(thread);
  }

  /** Runs a thread until it ends, fails or waits; in a slice of its own if nothing runs yet. */
  #resume(thread: Thread, args: number, mayWait: boolean): number {
    const { c, out, limits, module } = this.#state;
    const before = {
      running: this.#state.running,
      mayWait: this.#mayWait,
      depth: this.#depth,
    };
    let status: number = STATUS.runtime;
    const work = () => {
      status = c.lua_resume(thread.L, this.#from, args, out + 4);
    };
    this.#state.running = thread.L;
    this.#mayWait = mayWait;
    this.#depth++;
    try {
      if (before.depth === 0) module.slice(this.#state, limits.sliceMs, work);
      else work();
    } catch (error) {
      this.#state.kill(
        error instanceof LuaError
          ? error
          : new LuaError("memory", `Cannot go on in Lua: ${textOf(error)}`, { cause: error }),
      );
    }
    if (this.#state.death !== undefined) throw this.#state.death;
    this.#depth = before.depth;
    this.#mayWait = before.mayWait;
    this.#state.running = before.running;
    return status;
  }

  #finish(thread: Thread, status: number): readonly unknown[] {
    const { c, out, memory } = this.#state;
    if (status === STATUS.ok) {
      const count = memory.words[(out + 4) >> 2]!;
      const top = c.lua_gettop(thread.L);
      try {
        return this.#bridge.readAll(thread.L, top - count + 1, top);
      } finally {
        this.#retire(thread);
      }
    }
    try {
      if (status === STATUS.yield) {
        throw new LuaError("runtime", "attempt to yield from outside a coroutine", {
          traceback: this.#state.traceback(thread.L),
        });
      }
      throw this.failures.read(thread.L, status);
    } finally {
      this.#state.drop(thread.ref);
    }
  }

  /** Behind each function that Lua calls. */
  #dispatch(L: number): number {
    return this.#answer(L, () => {
      const { c } = this.#state;
      const count = c.lua_gettop(L);
      if (count > ARGUMENTS_MAX) {
        throw new LuaError("value", `Cannot pass ${count} arguments: at most ${ARGUMENTS_MAX}`);
      }
      const fn = this.references.functionAt(L, UPVALUE);
      const args = this.#bridge.readAll(L, 1, count, wantsExactFloats(fn));
      return fn(...args);
    });
  }

  /** Called when the promise of a host function has settled and its thread goes on. */
  #resumeHostCall(L: number): number {
    return this.#answer(L, () => {
      const id = Number(this.#state.c.lua_tointegerx(L, -1, 0));
      return this.waiting.take(id);
    });
  }

  /** Gives Lua what `produce` returns, or raises what it throws. */
  #answer(L: number, produce: () => unknown): number {
    const { c } = this.#state;
    const from = this.#from;
    this.#from = L;
    let id = 0;
    try {
      const result = produce();
      // The call may have ended this very runtime: then nothing of it goes on.
      this.#state.throwIfDead();
      if (!isThenable(result)) return this.#bridge.pushResult(L, result);
      id = this.waiting.add(result, this.#mayWait && c.lua_isyieldable(L) !== 0);
    } catch (error) {
      if (this.#state.death !== undefined || isFatal(error)) throw error;
      c.lua_settop(L, 0);
      this.failures.push(L, error);
    } finally {
      this.#from = from;
    }
    if (id === 0) return c.lua_error(L);
    c.lua_pushlightuserdata(L, this.waiting.token);
    c.lua_pushinteger(L, BigInt(id));
    return c.lua_yieldk(L, 2, 0, this.#continue);
  }

  /** Compiles a chunk of text and answers the number under which its function is kept. */
  load(source: Uint8Array, chunkName: string, kind: "@" | "=" = "@"): number {
    const { c, main: L } = this.#state;
    this.#state.throwIfDead();
    const name = this.#state.makeName(kind + chunkName);
    const mode = this.#state.makeName("t");
    const at = this.#state.malloc(source.length);
    this.#state.memory.bytes.set(source, at);
    const status = c.luaL_loadbufferx(L, at, source.length, name, mode);
    for (const pointer of [name, mode, at]) c.free(pointer);
    if (status === STATUS.ok) return this.#state.keep(L);
    const text = String(c.lua_type(L, -1) === TYPE.string ? this.#bridge.strings.read(L, -1) : "");
    c.lua_settop(L, -2);
    throw new LuaError(status === STATUS.memory ? "memory" : "syntax", text, { value: text });
  }
}

/** A jump of Lua itself, or the end of its state: never shown to a script. */
function isFatal(error: unknown): boolean {
  return typeof error === "number" || error instanceof WebAssembly.RuntimeError ||
    (error instanceof RangeError && error.message === "Maximum call stack size exceeded");
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
