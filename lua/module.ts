import vm from "node:vm";
import { LuaError } from "./errors.ts";

/** What the slice can stop: it is told that it will never be continued. */
export interface Stoppable {
  /** Ends the life of a state that was left in the middle of its work. */
  kill(error: LuaError): void;
}

interface Inside {
  readonly state: Stoppable;
  /** When it must have ended at the latest. */
  readonly endMs: number;
  /** All the time that it had, for the error to name. */
  readonly limitMs: number;
  isKilled: boolean;
}

/**
 * How much later than it should a slice is interrupted, less for those inside of others. An
 * interrupt that meets the very end of a slice would end the process, and of two at once, one in
 * the other, one is lost.
 */
const GRACE_MS = 20;
/** How long an interrupt is waited for that is due; it was lost if it met one of a slice inside. */
const LOST_MS = 200;

/**
 * Lua compiled to WebAssembly: shared by any number of runtimes, each with a memory of its own.
 *
 * It also owns the time slice, because a slice may hold calls into several runtimes.
 */
export class LuaModule {
  /** The compiled Lua, as wasmoon ships it. */
  readonly wasm: WebAssembly.Module;
  readonly #entry: { enter: () => void } = { enter: () => {} };
  readonly #context: vm.Context = vm.createContext(this.#entry);
  readonly #script: vm.Script = new vm.Script("enter()");
  readonly #inside: Inside[] = [];

  /** Wraps compiled Lua; use {@linkcode loadLuaModule}. */
  constructor(wasm: WebAssembly.Module) {
    this.wasm = wasm;
  }

  /**
   * Runs `work` and interrupts it after `sliceMs`, wherever it is, also in a loop in Lua's own C.
   *
   * An interrupt unwinds without `catch` and `finally`, so each state that was inside is killed.
   * Of a time that is given in several slices, `limitMs` is all of it, for the error to name.
   */
  slice(state: Stoppable, sliceMs: number, work: () => void, limitMs: number = sliceMs): void {
    const endMs = Math.min(
      performance.now() + sliceMs,
      ...this.#inside.map((inside) => inside.endMs),
    );
    const depth = this.#inside.push({ state, endMs, limitMs, isKilled: false }) - 1;
    try {
      if (!this.#isInterrupted(endMs, Math.ceil(GRACE_MS / (depth + 1)), work)) return;
      const nowMs = performance.now();
      const over = this.#inside.filter((inside, i) => i >= depth || inside.endMs <= nowMs);
      // The slice around this one may be interrupted meanwhile: it kills who is left of them.
      for (const inside of over) {
        if (!inside.isKilled) inside.state.kill(outOfTime(inside.limitMs));
        inside.isKilled = true;
      }
    } finally {
      this.#inside.length = depth;
    }
  }

  /** Does what should take no time, but may never end, for nobody's account. */
  attempt(limitMs: number, work: () => void): void {
    this.#isInterrupted(performance.now() + limitMs, GRACE_MS, work);
  }

  #isInterrupted(endMs: number, graceMs: number, work: () => void): boolean {
    const nowMs = performance.now();
    const timeout = Math.max(1, Math.ceil(endMs - nowMs)) + graceMs;
    this.#entry.enter = () => {
      try {
        work();
      } finally {
        // Too late: the interrupt is on its way, and is waited for here unless it was lost.
        while (isBetween(endMs, performance.now(), nowMs + timeout + LOST_MS));
      }
    };
    try {
      this.#script.runInContext(this.#context, { timeout });
      return false;
    } catch (error) {
      if (isInterrupt(error)) return true;
      throw error;
    }
  }

  /**
   * Runs `work` without a slice of its own: `state` is killed with the slice around it, if any.
   * A slice that begins in it, of another state perhaps, ends when this one must have ended.
   */
  within(state: Stoppable, endMs: number, limitMs: number, work: () => void): void {
    const depth = this.#inside.push({ state, endMs, limitMs, isKilled: false }) - 1;
    try {
      work();
    } finally {
      this.#inside.length = depth;
    }
  }
}

function isBetween(low: number, value: number, high: number): boolean {
  return low <= value && value < high;
}

/** Why a state ends whose time is over; `limitMs` is all that it had. */
export function outOfTime(limitMs: number): LuaError {
  return new LuaError("timeout", `Cannot go on in Lua: it ran longer than ${limitMs} ms`);
}

/** The error comes from the other realm of the context, so `instanceof Error` does not hold. */
function isInterrupt(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error &&
    error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

/**
 * Loads the compiled Lua. Call it once, at the top of a module: it needs no permission, but a
 * module cannot be loaded any more inside a test with `permissions: "none"`.
 *
 * The WebAssembly file of wasmoon is imported as source, so nothing is read through the file
 * system, and wasmoon's JavaScript is not loaded at all.
 *
 * @example One module, two runtimes that share nothing
 * ```ts
 * import { createLuaRuntime, loadLuaModule } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * const module = await loadLuaModule();
 * using ada = await createLuaRuntime({ module });
 * using ben = await createLuaRuntime({ module });
 * ada.run("x = 1");
 * assertEquals(ben.run("return x"), [undefined]);
 * ```
 */
export async function loadLuaModule(): Promise<LuaModule> {
  // The version is that of `deno.json`, written out: a bare name in an import of the source phase
  // may not be rewritten when the package is published. The imports of exactly this binary are known.
  // @ts-expect-error TypeScript does not know imports of the source phase yet
  return new LuaModule(await import.source("npm:wasmoon@1.16.0/dist/glue.wasm"));
}
