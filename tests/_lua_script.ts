/**
 * Runs pieces of Lua with everything that a scenario's script sees.
 *
 * @module
 */
import { createLuaRuntime, loadLuaModule, openIndras } from "../lua/mod.ts";
import type { LuaRuntime } from "../lua/mod.ts";
import { SimulatedWorld } from "../network/mod.ts";
import type { IndrasNetwork } from "../network/mod.ts";

/** What a script raised: its text, and its `code` where it has one. */
export interface Raised {
  readonly text: string;
  readonly code: unknown;
}

/** A runtime with the bindings, in a world of its own; chunks are called `a.lua`. */
export class LuaScript implements Disposable {
  readonly lua: LuaRuntime;
  readonly world: SimulatedWorld;
  readonly networks: IndrasNetwork[] = [];
  /** What was logged: level, message and, where there are any, fields. */
  readonly logged: unknown[][] = [];

  private constructor(lua: LuaRuntime, world: SimulatedWorld) {
    this.lua = lua;
    this.world = world;
    openIndras({
      runtime: lua,
      world,
      networks: this.networks,
      log: (level, message, fields) =>
        this.logged.push(fields === undefined ? [level, message] : [level, message, fields]),
    });
  }

  /** A world with this seed; the runtime has the same one. */
  static async open(seed: string = "7"): Promise<LuaScript> {
    const world = new SimulatedWorld({ seed });
    const module = await loadLuaModule();
    const lua = await createLuaRuntime({ module, seed: BigInt(seed), nowMs: () => world.nowMs });
    return new LuaScript(lua, world);
  }

  /** Runs a chunk and answers what it returns. */
  run(source: string): readonly unknown[] {
    return this.lua.run(source, { chunkName: "a.lua" });
  }

  /** Runs a chunk inside `pcall`; `undefined` if it raises nothing. */
  raisedBy(source: string): Raised | undefined {
    const [ok, text, code] = this.run(`local ok, e = pcall(function() ${source}
      end) return ok, tostring(e), type(e) == "userdata" and e.code or nil`);
    return ok === true ? undefined : { text: String(text), code };
  }

  [Symbol.dispose](): void {
    this.lua[Symbol.dispose]();
    for (const network of this.networks) network[Symbol.dispose]();
  }
}
