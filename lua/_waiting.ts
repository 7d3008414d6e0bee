import { TYPE } from "./_exports.ts";
import type { LuaState } from "./_state.ts";
import { LuaError } from "./errors.ts";

type Outcome =
  | { readonly type: "value"; readonly value: unknown }
  | { readonly type: "error"; readonly error: unknown };

/** What Lua waits for, by number: promises, each with a deadline, and errands. */
export class Waiting {
  /** What a thread yields first when it waits; scripts never see it. */
  readonly token: number;
  readonly #state: LuaState;
  readonly #promises: Map<number, PromiseLike<unknown>> = new Map();
  readonly #errands: Map<number, () => unknown> = new Map();
  readonly #outcomes: Map<number, Outcome> = new Map();
  readonly #ends: Set<(error: LuaError) => void> = new Set();
  #nextId = 1;

  constructor(state: LuaState) {
    this.#state = state;
    this.token = state.malloc(1);
  }

  /** @throws {LuaError} `await` where Lua cannot be left. */
  add(promise: PromiseLike<unknown>, mayWait: boolean): number {
    if (!mayWait) throw refusal(promise);
    const id = this.#nextId++;
    this.#promises.set(id, promise);
    return id;
  }

  /** Keeps an errand until Lua has been left. */
  defer(work: () => unknown): number {
    const id = this.#nextId++;
    this.#errands.set(id, work);
    return id;
  }

  /** Does an errand, if it is one; a promise that it answers is waited for like any other. */
  perform(id: number, mayWait: boolean): void {
    const work = this.#errands.get(id);
    if (work === undefined) return;
    this.#errands.delete(id);
    try {
      const value = work();
      if (!isThenable(value)) this.#outcomes.set(id, { type: "value", value });
      else if (mayWait) this.#promises.set(id, value);
      else throw refusal(value);
    } catch (error) {
      this.#outcomes.set(id, { type: "error", error });
    }
  }

  /** Whether the outcome is still to come. */
  isOpen(id: number): boolean {
    return this.#promises.has(id);
  }

  /** The number of the promise or errand that a yielded thread waits for, if that is why it yielded. */
  idOn(L: number): number | undefined {
    const { c, memory, out } = this.#state;
    if (memory.words[(out + 4) >> 2] !== 2) return undefined;
    if (c.lua_type(L, -2) !== TYPE.lightuserdata) return undefined;
    if (c.lua_touserdata(L, -2) !== this.token) return undefined;
    return Number(c.lua_tointegerx(L, -1, 0));
  }

  /** Waits until the promise has settled, the deadline has passed, or the runtime has ended. */
  async settle(id: number): Promise<void> {
    const promise = this.#promises.get(id)!;
    this.#promises.delete(id);
    const { awaitMs } = this.#state.limits;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let end: (error: LuaError) => void = () => {};
    const ended = new Promise<never>((_resolve, reject) => {
      end = reject;
      timer = setTimeout(() => {
        reject(new LuaError("timeout", `Cannot wait longer than ${awaitMs} ms for a promise`));
      }, awaitMs);
    });
    this.#ends.add(end);
    let outcome: Outcome;
    try {
      outcome = { type: "value", value: await Promise.race([promise, ended]) };
    } catch (error) {
      outcome = { type: "error", error };
    } finally {
      clearTimeout(timer);
      this.#ends.delete(end);
    }
    this.#outcomes.set(id, outcome);
  }

  /** What the promise settled to; throws what it was rejected with. */
  take(id: number): unknown {
    const outcome = this.#outcomes.get(id)!;
    this.#outcomes.delete(id);
    if (outcome.type === "error") throw outcome.error;
    return outcome.value;
  }

  /** Ends all waiting, because the runtime has ended. */
  endAll(error: LuaError): void {
    for (const end of this.#ends) end(error);
  }
}

/** Whether a host function answered a promise. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

function refusal(promise: PromiseLike<unknown>): LuaError {
  promise.then(undefined, () => {}); // Nobody will look at it: the error below is the answer.
  return new LuaError(
    "await",
    "Cannot wait for a promise here: the call was made by run() or call() instead of " +
      "runAsync() or callAsync(), or from within table.sort, string.gsub, a metamethod of " +
      "C, or a reader of load",
  );
}
