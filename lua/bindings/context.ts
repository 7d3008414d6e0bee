/**
 * What the bindings of one scenario share.
 *
 * @module
 */
import type { Identity, IndrasNetwork, SimulatedWorld } from "../../network/mod.ts";
import type { Store } from "../../sync/mod.ts";
import type { LuaRuntime } from "../runtime.ts";

/** How much a record of the journal matters. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "print" | "narrative";

/** What the bindings of one scenario share. */
export interface BindingContext {
  /** Where the scenario's Lua runs. */
  readonly runtime: LuaRuntime;
  /** The world that the scenario drives. */
  readonly world: SimulatedWorld;
  /**
   * Every network that the scenario has made, in that order; the one that took over a path stands
   * where the one before it stood.
   */
  readonly networks: IndrasNetwork[];
  /**
   * What lies at each path that a network was made with: it outlives the networks that use it.
   *
   * @default {nothing yet}
   */
  readonly disks?: Map<string, { readonly store: Store; readonly identity: Identity }>;
  /**
   * Reads a file of the host for `home:upload(path)` where the scenario has none of that name;
   * answers `undefined` if there is none there either. @default {the host's files are out of reach}
   */
  readonly readHostFile?: (path: string) => Uint8Array | undefined;
  /** Takes what the scenario logs. */
  readonly log: (level: LogLevel, message: string, fields?: unknown) => void;
}
