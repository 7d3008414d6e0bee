import { type Bridge, TOO_LARGE } from "./_bridge.ts";
import { STATUS, TYPE, UPVALUE } from "./_exports.ts";
import { Failures } from "./_failures.ts";
import { type Caller, HostReferences } from "./_references.ts";
import { ShortRuns } from "./_short_runs.ts";
import type { LuaState } from "./_state.ts";
import { isThenable, Waiting } from "./_waiting.ts";
import { isErrand, quickWorkOf } from "./errand.ts";
import { LuaError } from "./errors.ts";
import { outOfTime } from "./module.ts";
import { type LuaFunction, wantsExactFloats } from "./values.ts";

/** A Lua thread on which calls run, kept from Lua's collector by its ref. */
interface Thread {
  readonly L: number;
  readonly ref: number;
  /** The number under which the function is kept that it runs. */
  running: number;
}

/** What a call answers that was not made, because too much would cross in a short run. */
const IN_SLICE: unique symbol = Symbol("in a slice");

/** Pushes what a thread goes on with, and answers how many values that are. */
type Hand = () => number;

const IDLE_THREADS_MAX = 8;
/** JavaScript itself refuses to spread many more. */
const ARGUMENTS_MAX = 1000;

/** All ways into Lua, and the one way out of it: calls, in slices, and the host functions. */
export class LuaCalls implements Caller {
  readonly dispatch: number;
  readonly references: HostReferences;
  readonly failures: Failures;
  readonly waiting: Waiting;
  readonly shortRuns: ShortRuns;
  /** Kept: the weak table of all threads that are resumed from here, and from nowhere else. */
  readonly threads: number;
  readonly #state: LuaState;
  readonly #bridge: Bridge;
  readonly #continue: number;
  readonly #dispatchAgain: number;
  readonly #idle: Thread[] = [];
  #collect: LuaFunction | undefined;
  #depth = 0;
  /** Calls that have begun and not ended, also those that Lua has left for an errand. */
  #open = 0;
  /** Milliseconds that Lua may still run before the outermost open call must have ended. */
  #budgetMs = 0;
  /** The thread that called the host function which runs now, or 0. */
  #from = 0;
  #mayWait = false;

  constructor(state: LuaState, bridge: Bridge) {
    this.#state = state;
    this.#bridge = bridge;
    this.dispatch = state.addFunction((L) => this.#dispatch(L), 1);
    this.#continue = state.addFunction((L) => this.#resumeHostCall(L), 3);
    this.#dispatchAgain = state.addFunction((L) => this.#dispatch(L), 3);
    this.shortRuns = new ShortRuns(state);
    this.references = new HostReferences(state, bridge, this);
    this.threads = this.references.makeWeakTable("k");
    this.waiting = new Waiting(state);
    this.failures = new Failures(state, bridge, this.references);
    bridge.connect(this.references);
  }

  callKept(ref: number, args: readonly unknown[]): readonly unknown[] {
    const thread = this.#begin(ref);
    return this.#finish(thread, this.#runOn(thread, this.#call(thread, ref, args), false));
  }

  /**
   * Like {@linkcode callKept}, but host functions may answer promises. Answers at once if Lua had
   * nothing to wait for.
   */
  startKept(
    ref: number,
    args: readonly unknown[],
  ): readonly unknown[] | Promise<readonly unknown[]> {
    const thread = this.#begin(ref);
    const status = this.#runOn(thread, this.#call(thread, ref, args), true);
    const id = this.#idOn(thread, status);
    return id === undefined ? this.#finish(thread, status) : this.#wait(thread, id);
  }

  async #wait(thread: Thread, first: number): Promise<readonly unknown[]> {
    for (let id = first;;) {
      await this.waiting.settle(id);
      this.#state.throwIfDead();
      const status = this.#runOn(thread, () => this.#pushId(thread, id), true);
      const next = this.#idOn(thread, status);
      if (next === undefined) return this.#finish(thread, status);
      id = next;
    }
  }

  /** Runs a thread, and the errands that it leaves Lua for, until it ends, fails or waits. */
  #runOn(thread: Thread, hand: Hand, mayWait: boolean): number {
    if (this.#open++ === 0) this.#budgetMs = this.#state.limits.sliceMs;
    try {
      let status = this.#resume(thread, hand, mayWait);
      for (;;) {
        const id = this.#idOn(thread, status);
        if (id === undefined) return status;
        this.waiting.perform(id, mayWait);
        if (this.#state.death !== undefined) throw this.#state.death;
        if (this.waiting.isOpen(id)) return status;
        status = this.#resume(thread, () => this.#pushId(thread, id), mayWait);
      }
    } finally {
      this.#open--;
    }
  }

  /** The number of what a thread waits for, if that is why it stopped. */
  #idOn({ L }: Thread, status: number): number | undefined {
    return status === STATUS.yield ? this.waiting.idOn(L) : undefined;
  }

  /** Hands a thread the number that it goes on with; answers how many values that are. */
  #pushId({ L }: Thread, id: number): number {
    this.#state.c.lua_settop(L, -3);
    this.#state.c.lua_pushinteger(L, BigInt(id));
    return 1;
  }

  #begin(ref: number): Thread {
    const { limits } = this.#state;
    this.#state.throwIfDead();
    if (this.#open >= limits.recursionMax) {
      throw new LuaError(
        "recursion",
        `Cannot call Lua from TypeScript from Lua more than ${limits.recursionMax} times, nested`,
      );
    }
    if (this.#depth === 0) this.references.release();
    const thread = this.#idle.pop() ?? this.outside(() => this.#makeThread());
    thread.running = ref;
    return thread;
  }

  /** Hands a thread the function that is kept under `ref`, and its arguments. */
  #call({ L }: Thread, ref: number, args: readonly unknown[]): Hand {
    return () =>
      this.#state.lifted(() => {
        this.#state.pushKept(L, ref);
        this.#bridge.pushAll(L, args);
        return args.length;
      });
  }

  #makeThread(): Thread {
    const { c, main } = this.#state;
    const L = c.lua_newthread(main);
    const ref = this.#state.keep(main);
    this.#state.pushKept(main, this.threads);
    this.#state.pushKept(main, ref);
    c.lua_pushboolean(main, 1);
    c.lua_rawset(main, -3);
    c.lua_settop(main, -2);
    return { L, ref, running: 0 };
  }

  /** Takes a thread back that has nothing to run any more. */
  #retire(thread: Thread): void {
    if (this.#state.death !== undefined) return;
    if (this.#idle.length >= IDLE_THREADS_MAX) return this.#state.drop(thread.ref);
    this.#state.c.lua_settop(thread.L, 0);
    this.#idle.push(thread);
  }

  /** Runs a thread until it ends, fails or waits; in a slice of its own unless it does little. */
  #resume(thread: Thread, hand: Hand, mayWait: boolean): number {
    const { c, out } = this.#state;
    const before = {
      running: this.#state.running,
      mayWait: this.#mayWait,
      depth: this.#depth,
    };
    let status: number = STATUS.runtime;
    let given: number | undefined;
    let isEntered = false;
    const start = () => void (given ??= hand());
    const work = () => {
      start();
      isEntered = true;
      status = c.lua_resume(thread.L, this.#from, given!, out + 4);
      given = 0;
    };
    this.#state.running = thread.L;
    this.#mayWait = mayWait;
    this.#depth++;
    let failure: { readonly error: unknown } | undefined;
    try {
      if (before.depth > 0) this.#nested(before.running, work);
      else this.#limited(thread, start, work);
    } catch (error) {
      if (isEntered) this.#state.kill(fatal(error));
      else failure = { error };
    }
    if (this.#state.death !== undefined) throw this.#state.death;
    this.#depth = before.depth;
    this.#mayWait = before.mayWait;
    this.#state.running = before.running;
    if (failure === undefined) return status;
    this.#retire(thread);
    throw failure.error;
  }

  /** Does work in the middle of the call that runs on `L`: in the slice of that call, or in its own. */
  #nested(L: number, work: () => void): void {
    if (this.shortRuns.isActive) this.shortRuns.inSlice(L, work);
    else work();
  }

  /** Does work that resumes a thread, as long as the outermost open call may still run. */
  #limited({ L, running }: Thread, start: () => void, work: () => void): void {
    const { limits, module } = this.#state;
    if (this.#budgetMs <= 0) this.#state.kill(outOfTime(limits.sliceMs));
    if (this.#state.death !== undefined) return;
    const startMs = performance.now();
    let isOver = false;
    if (this.shortRuns.mayBegin(running)) {
      start();
      isOver = this.shortRuns.run(running, L, this.#budgetMs, work);
    }
    if (!isOver) {
      const leftMs = Math.ceil(this.#budgetMs - (performance.now() - startMs));
      module.slice(this.#state, Math.max(1, leftMs), work, limits.sliceMs);
    }
    this.#budgetMs -= performance.now() - startMs;
  }

  /**
   * Makes objects of Lua where none of its code runs. That moves its collector, which may take long
   * in a large heap, so there it gets a slice.
   */
  outside<T>(work: () => T): T {
    if (this.#depth > 0 || this.shortRuns.isHeapSmall) return work();
    const { module, limits } = this.#state;
    let result: T;
    module.slice(this.#state, limits.sliceMs, () => {
      result = work();
    });
    if (this.#state.death !== undefined) throw this.#state.death;
    return result!;
  }

  #finish(thread: Thread, status: number): readonly unknown[] {
    const { c, out, memory } = this.#state;
    if (status === STATUS.ok) {
      const count = memory.words[(out + 4) >> 2]!;
      const top = c.lua_gettop(thread.L);
      try {
        return this.#state.lifted(() => this.#bridge.readAll(thread.L, top - count + 1, top));
      } finally {
        this.#retire(thread);
      }
    }
    try {
      if (status === STATUS.yield) {
        throw new LuaError("runtime", "attempt to yield from outside a coroutine", {
          traceback: this.outside(() => this.#state.traceback(thread.L)),
        });
      }
      const traceback = this.outside(() => this.#state.traceback(thread.L));
      let ended = status;
      this.#inSlice(thread.L, () => {
        ended = c.lua_resetthread(thread.L); // Closes what is to be closed, which may fail too.
      });
      throw this.failures.read(thread.L, ended, traceback);
    } finally {
      this.#state.drop(thread.ref);
      if (status === STATUS.memory) this.#collectGarbage();
    }
  }

  /** Some of C's buffers do not collect before they say that there is no memory: so this does. */
  #collectGarbage(): void {
    const collect = this.#collect;
    this.#collect = undefined; // It may run out of memory itself.
    try {
      collect?.();
    } catch (error) {
      // Without it Lua still collects at its own pace. An interrupt is another matter.
      if (this.#state.death !== undefined) throw error;
    } finally {
      this.#collect = collect;
    }
  }

  /** Gives the function of the prelude that collects garbage. */
  setCollector(collect: LuaFunction): void {
    this.#collect = collect;
  }

  /** For work that may run Lua in its own protected call. Inside of a call its slice holds. */
  #inSlice(L: number, work: () => void): void {
    const { module, limits, running } = this.#state;
    this.#state.running = L;
    if (this.#depth > 0) this.#nested(running, work);
    else module.slice(this.#state, limits.sliceMs, work);
    if (this.#state.death !== undefined) throw this.#state.death;
    this.#state.running = running;
  }

  /** Behind each function that Lua calls. */
  #dispatch(L: number): number {
    const fn = this.references.functionAt(L, UPVALUE);
    if (this.shortRuns.isActive && !isErrand(fn)) return this.#dispatchInSlice(L);
    return this.#answer(L, () => {
      const { c } = this.#state;
      const count = c.lua_gettop(L);
      if (count > ARGUMENTS_MAX) {
        throw new LuaError("value", `Cannot pass ${count} arguments: at most ${ARGUMENTS_MAX}`);
      }
      const read = () => this.#bridge.readAll(L, 1, count, wantsExactFloats(fn));
      const args = this.#unlessLarge(L, read);
      if (args === undefined) return IN_SLICE;
      if (!isErrand(fn)) return fn(...args);
      const quick = quickWorkOf(fn)?.(...args);
      if (quick !== undefined) return quick.value;
      if (c.lua_isyieldable(L) !== 0) return new Errand(() => fn(...args));
      throw new LuaError(
        "await",
        "Cannot leave Lua here: the call was made from within table.sort, string.gsub, a " +
          "metamethod of C, or a reader of load",
      );
    });
  }

  /** Does work on the stack of `L`, or answers `undefined` in a short run if too much would cross. */
  #unlessLarge<T>(L: number, work: () => T): T | undefined {
    if (!this.shortRuns.isActive) return work();
    const top = this.#state.c.lua_gettop(L);
    try {
      return this.#bridge.small(work);
    } catch (error) {
      if (error !== TOO_LARGE) throw error;
      this.#state.c.lua_settop(L, top);
      return undefined;
    }
  }

  /** What the host does may last, so it ends a short run. */
  #dispatchInSlice(L: number): number {
    return this.shortRuns.leave(L, this.#dispatchAgain, 0) ??
      this.shortRuns.inSlice(L, () => this.#dispatch(L));
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
    let isLarge = false;
    try {
      const result = produce();
      // The call may have ended this very runtime: then nothing of it goes on.
      this.#state.throwIfDead();
      if (result instanceof Errand) id = this.waiting.defer(result.work);
      else if (result === IN_SLICE) isLarge = true;
      else if (!isThenable(result)) return this.#push(L, result);
      else id = this.waiting.add(result, this.#mayWait && c.lua_isyieldable(L) !== 0);
    } catch (error) {
      if (this.#state.death !== undefined || isFatal(error)) throw error;
      c.lua_settop(L, 0);
      this.failures.push(L, error);
    } finally {
      this.#from = from;
    }
    if (isLarge) return this.#dispatchInSlice(L);
    if (id === 0) return c.lua_error(L);
    c.lua_pushlightuserdata(L, this.waiting.token);
    c.lua_pushinteger(L, BigInt(id));
    return c.lua_yieldk(L, 2, 0, this.#continue);
  }

  #push(L: number, result: unknown): number {
    const push = () => this.#bridge.pushResult(L, result);
    return this.#unlessLarge(L, push) ?? this.shortRuns.inSlice(L, push);
  }

  /** Compiles a chunk of text and answers the number under which its function is kept. */
  load(source: Uint8Array, chunkName: string, kind: "@" | "=" = "@"): number {
    const { c, main: L } = this.#state;
    this.#state.throwIfDead();
    const name = this.#state.makeName(kind + chunkName);
    const mode = this.#state.makeName("t");
    const at = this.#state.malloc(source.length);
    this.#state.memory.bytes.set(source, at);
    let status: number = STATUS.syntax;
    const compile = () => {
      status = c.luaL_loadbufferx(L, at, source.length, name, mode);
    };
    this.#inSlice(L, compile);
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

/** What is to be done once Lua has been left. */
class Errand {
  readonly work: () => unknown;

  constructor(work: () => unknown) {
    this.work = work;
  }
}

/** Why a state ends in which nothing can go on. */
function fatal(error: unknown): LuaError {
  if (error instanceof LuaError) return error;
  return new LuaError("memory", `Cannot go on in Lua: ${textOf(error)}`, { cause: error });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
