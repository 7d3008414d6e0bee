import type { CFunction, GateWords } from "./_gates.ts";
import { libraryFunctions } from "./_libraries.ts";
import { type IsSmall, SMALL_WORK } from "./_small_work.ts";
import type { LuaState } from "./_state.ts";
import { outOfTime } from "./module.ts";

/** `LUA_MASKCOUNT`: a hook that is called after some instructions. */
const MASK_COUNT = 8;
/** Instructions of Lua between two looks at the clock. */
const INSTRUCTIONS = 50;
/** How often the clock is looked at before the rest gets a slice. */
const LOOKS_MAX = 10;
const SHORT_MS = 1;
/** Bytes that may be taken: what is much larger takes long to copy, to compare and to collect. */
const FUEL_BYTES = 256 * 1024;
/** Kibibytes that Lua holds. The collector's time can grow with their square, by weak keys. */
const HEAP_KIB_MAX = 512;
/** Values on the stack of one call: more come only from a `__call` that leads back to itself. */
const VALUES_MAX = 16_384;
/** How often a function begins in a slice at once after it had to be given one. */
const SKIPS = 31;

/**
 * Lua without a slice, as long as it does little.
 *
 * To arm a slice takes longer than most calls: a thread of the system is started and ended. So a
 * call begins without one. It gets one as soon as it has run {@linkcode INSTRUCTIONS} times
 * {@linkcode LOOKS_MAX} instructions, {@linkcode SHORT_MS}, or has taken {@linkcode FUEL_BYTES},
 * and before anything that instructions do not count: whatever of Lua's libraries is not small by
 * {@linkcode SMALL_WORK}, other threads, and functions of the host. Lua is left for that, by a
 * yield that no script can see. Where it could not be left, in a `__tostring` for instance, nothing
 * short begins.
 *
 * An engine that holds more than {@linkcode HEAP_KIB_MAX} always runs in slices.
 */
export class ShortRuns {
  readonly #state: LuaState;
  readonly #words: GateWords;
  readonly #hook: number;
  readonly #goOn: number;
  readonly #checks: (IsSmall | undefined)[] = [];
  /** A thread with the argument of `collectgarbage`, never resumed. */
  readonly #meter: number;
  #functions: readonly CFunction[] = [];
  #collectGarbage: CFunction | undefined;
  /** By the number of a function: how many of its next runs begin in a slice at once. */
  readonly #skips: number[] = [];
  #isActive = false;
  #isLeft = false;
  #looks = 0;
  #endMs = 0;
  #budgetEndMs = 0;

  constructor(state: LuaState) {
    this.#state = state;
    const closed = state.malloc(8);
    this.#words = { closed, fuel: closed + 4 };
    this.#setWords(0, 0);
    this.#hook = state.addHook((L) => this.#look(L));
    this.#goOn = state.addFunction((L, _status, gate) => this.#functions[gate!]!(L), 3);
    this.#meter = state.c.lua_newthread(state.main);
    state.keep(state.main);
    state.pushText("count", this.#meter);
  }

  /** Whether Lua runs without a slice at this moment. */
  get isActive(): boolean {
    return this.#isActive;
  }

  /** Whether a run of the function that is kept under `ref` may begin without a slice. */
  mayBegin(ref: number): boolean {
    const skips = this.#skips[ref] ?? 0;
    if (skips > 0) {
      this.#skips[ref] = skips - 1;
      return false;
    }
    return this.#collectGarbage !== undefined && this.isHeapSmall;
  }

  /** Whether the collector never takes long. */
  get isHeapSmall(): boolean {
    return this.#collectGarbage === undefined || this.#heapKib() <= HEAP_KIB_MAX;
  }

  /** Puts gates before the functions of the libraries that are open, before any script runs. */
  guard(): void {
    const functions: number[] = [];
    for (const { name, index } of libraryFunctions(this.#state)) {
      if (name === "_G.collectgarbage") this.#collectGarbage = this.#state.functionAt(index);
      const isSmall = SMALL_WORK.get(name);
      if (isSmall === undefined && SMALL_WORK.has(name)) continue;
      functions.push(index);
      this.#checks.push(isSmall);
    }
    const allocator = this.#state.c.lua_getallocf(this.#state.main, 0);
    this.#functions = this.#state.installGates({ functions, allocator }, this.#words, {
      call: (gate, L) => this.#call(gate, L),
      allocate: (bytes) => this.#allocate(bytes),
    });
  }

  /**
   * Resumes `L`, which runs the function that is kept under `ref`, without a slice. Its call has
   * `budgetMs` left.
   *
   * @returns Whether it has ended. Otherwise it was left, and is to be resumed in a slice.
   */
  run(ref: number, L: number, budgetMs: number, resume: () => void): boolean {
    const { module, limits } = this.#state;
    const nowMs = performance.now();
    this.#endMs = nowMs + SHORT_MS;
    this.#budgetEndMs = nowMs + budgetMs;
    this.#looks = 0;
    this.#isLeft = false;
    this.#begin(L);
    try {
      module.within(this.#state, this.#budgetEndMs, limits.sliceMs, resume);
    } finally {
      this.#end();
    }
    if (!this.#isLeft) return true;
    this.#skips[ref] = SKIPS;
    this.#state.c.lua_sethook(L, 0, 0, 0);
    return false;
  }

  /**
   * Leaves Lua from a function that it has called, to go on with `continuation` in a slice. Answers
   * `undefined` where it cannot be left.
   */
  leave(L: number, continuation: number, context: number): number | undefined {
    const { c } = this.#state;
    if (c.lua_isyieldable(L) === 0) return undefined;
    this.#isLeft = true;
    return c.lua_yieldk(L, 0, context, continuation);
  }

  /** Does `work` in a slice of its own, in the middle of a short run. */
  inSlice<T>(L: number, work: () => T): T {
    const { module, limits } = this.#state;
    const leftMs = Math.max(1, Math.ceil(this.#budgetEndMs - performance.now()));
    let result: T;
    this.#end();
    try {
      module.slice(this.#state, leftMs, () => {
        result = work();
      }, limits.sliceMs);
    } finally {
      if (this.#state.death === undefined) this.#begin(L);
    }
    if (this.#state.death !== undefined) throw this.#state.death;
    return result!;
  }

  #begin(L: number): void {
    this.#isActive = true;
    this.#setWords(1, FUEL_BYTES);
    this.#state.c.lua_sethook(L, this.#hook, MASK_COUNT, INSTRUCTIONS);
  }

  #end(): void {
    this.#isActive = false;
    this.#setWords(0, 0);
  }

  #setWords(closed: 0 | 1, fuel: number): void {
    this.#state.memory.words[this.#words.closed >> 2] = closed;
    this.#state.memory.words[this.#words.fuel >> 2] = fuel;
  }

  /** The hook: Lua has run some instructions. */
  #look(L: number): void {
    const { c } = this.#state;
    // Threads take the hook over from who made them; in a slice nothing is counted.
    if (!this.#isActive) return c.lua_sethook(L, 0, 0, 0);
    const nowMs = performance.now();
    const isShort = ++this.#looks < LOOKS_MAX && nowMs < this.#endMs;
    if (isShort && this.isHeapSmall) return;
    if (c.lua_isyieldable(L) !== 0) {
      this.#isLeft = true;
      c.lua_yieldk(L, 0, 0, 0);
      return;
    }
    this.#checkBudget(nowMs);
    this.#begin(L);
  }

  #checkBudget(nowMs: number): void {
    if (nowMs <= this.#budgetEndMs) return;
    this.#end();
    this.#state.kill(outOfTime(this.#state.limits.sliceMs));
    throw this.#state.death;
  }

  /** Lua calls a function that may take long. */
  #call(gate: number, L: number): number {
    const work = this.#functions[gate]!;
    if (this.#checks[gate]?.(this.#state, L)) return work(L);
    return this.leave(L, this.#goOn, gate) ?? this.inSlice(L, () => work(L));
  }

  /** Lua has taken much memory: the run is to be left, if the one instruction ends that it is in. */
  #allocate(bytes: number): 0 | 1 {
    const { c, running } = this.#state;
    if (bytes === 0) return 1;
    this.#checkBudget(performance.now());
    if (c.lua_gettop(running) > VALUES_MAX) return 0;
    this.#looks = LOOKS_MAX;
    c.lua_sethook(running, this.#hook, MASK_COUNT, 1);
    return 1;
  }

  #heapKib(): number {
    const { c } = this.#state;
    this.#collectGarbage!(this.#meter);
    const kib = c.lua_tonumberx(this.#meter, -1, 0);
    c.lua_settop(this.#meter, 1);
    return kib;
  }
}
