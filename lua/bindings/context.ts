/**
 * What the bindings of one scenario share.
 *
 * @module
 */
import type { IndrasNetwork, SimulatedWorld } from "../../network/mod.ts";
import type { LuaRuntime } from "../runtime.ts";

/** How much a record of the journal matters. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "print" | "narrative";

/** What the bindings of one scenario share. */
export interface BindingContext {
  /** Where the scenario's Lua runs. */
  readonly runtime: LuaRuntime;
  /** The world that the scenario drives. */
  readonly world: SimulatedWorld;
  /** Every network that the scenario has made, in that order. */
  readonly networks: IndrasNetwork[];
  /** Takes what the scenario logs. */
  readonly log: (level: LogLevel, message: string, fields?: unknown) => void;
}
