import type { Bridge, Kept } from "./_bridge.ts";
import { STATUS, TYPE } from "./_exports.ts";
import { HostError, HostErrors } from "./host_error.ts";
import type { HostReferences } from "./_references.ts";
import type { LuaState } from "./_state.ts";
import { LuaError } from "./errors.ts";
import { ERROR_TEXT_MAX } from "./limits.ts";
import type { LuaFunction } from "./values.ts";

/** The name of our own Lua code: no error is said to be there. */
export const PRELUDE_NAME = "[indras]";
const PLACE_LEVELS_MAX = 8;

/** Errors in both directions, so that each finds its origin again. */
export class Failures {
  readonly #state: LuaState;
  readonly #bridge: Bridge;
  readonly #references: HostReferences;
  readonly #hostErrors: HostErrors = new HostErrors();
  /** What Lua had raised, to be raised again when the error passes through a binding. */
  readonly #originals: WeakMap<LuaError, HostError | Kept> = new WeakMap();
  #describe: LuaFunction | undefined;

  constructor(state: LuaState, bridge: Bridge, references: HostReferences) {
    this.#state = state;
    this.#bridge = bridge;
    this.#references = references;
  }

  /** Gives the function of the prelude that answers the text of any error value. */
  setHelper(describe: LuaFunction): void {
    this.#describe = describe;
  }

  /** Pushes what a script catches for an error that was thrown here. */
  push(L: number, error: unknown): void {
    const original = error instanceof LuaError ? this.#originals.get(error) : undefined;
    if (original !== undefined) {
      this.#bridge.pushAll(L, [original]);
    } else if (error instanceof LuaError && typeof error.value === "string") {
      this.#bridge.pushAll(L, [error.value]);
    } else {
      this.#bridge.pushAll(L, [this.#hostErrors.make(error, this.#place(L))]);
    }
  }

  /** The error that ended a thread, whose value is on top of its stack. */
  read(L: number, status: number, traceback: string): LuaError {
    const { c } = this.#state;
    if (c.lua_type(L, -1) === TYPE.string) {
      const { strings } = this.#bridge;
      const isLong = strings.length(L, -1) > ERROR_TEXT_MAX;
      const text = strings.readStart(L, -1, ERROR_TEXT_MAX);
      const host = this.#hostErrors.findIn(text);
      const failure = new LuaError(status === STATUS.memory ? "memory" : "runtime", text, {
        traceback,
        value: isLong ? text : strings.read(L, -1),
        ...(host && { cause: host.error }),
      });
      if (isLong) this.#originals.set(failure, this.#keep(L));
      return failure;
    }
    const value = this.#readValue(L);
    if (value instanceof HostError) {
      const { error } = value;
      const code = error instanceof LuaError ? error.code : "runtime";
      const failure = new LuaError(code, value.toString(), {
        traceback,
        value: error,
        cause: error,
      });
      this.#originals.set(failure, value);
      return failure;
    }
    return this.#readOther(L, value, traceback);
  }

  #readValue(L: number): unknown {
    const top = this.#state.c.lua_gettop(L);
    try {
      return this.#state.lifted(() => this.#bridge.readAll(L, top, top)[0]);
    } catch (error) {
      if (!(error instanceof LuaError && error.code === "value")) throw error;
      return undefined; // A coroutine, or a table that cannot cross: its text must do.
    } finally {
      this.#state.c.lua_settop(L, top);
    }
  }

  #keep(L: number): Kept {
    return this.#state.lifted(() => this.#references.keepValue(L, -1));
  }

  /** A table, function or other value that the script itself raised. */
  #readOther(L: number, value: unknown, traceback: string): LuaError {
    const kept = this.#keep(L);
    let text: unknown;
    try {
      text = this.#describe?.(kept);
    } catch {
      if (this.#state.death !== undefined) throw this.#state.death; // Its own __tostring never ends.
      text = undefined; // Its own __tostring fails.
    }
    const message = typeof text === "string"
      ? text.slice(0, ERROR_TEXT_MAX)
      : "(error object cannot be shown)";
    const failure = new LuaError("runtime", message, { traceback, value });
    this.#originals.set(failure, kept);
    return failure;
  }

  /** Where Lua called the binding, such as `a.lua:3: `: the first place that is a script's. */
  #place(L: number): string {
    const { c } = this.#state;
    for (let level = 1; level <= PLACE_LEVELS_MAX; level++) {
      c.luaL_where(L, level);
      const place = this.#bridge.strings.read(L, -1);
      c.lua_settop(L, -2);
      if (typeof place === "string" && place !== "" && !place.startsWith(PRELUDE_NAME)) {
        return place;
      }
    }
    return "";
  }
}
