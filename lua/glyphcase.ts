import { Capsule } from "../capsule/mod.ts";
import type { EventBus, RowChange, Schedule } from "../capsule/mod.ts";
import type { IndrasNetwork } from "../network/mod.ts";
import { systemSources } from "../sync/mod.ts";
import { ActionBus } from "./_glyphcase_actions.ts";
import type { ActionHandler, ActionOutcome } from "./_glyphcase_actions.ts";
import { ModHooks } from "./_glyphcase_hooks.ts";
import { Mods } from "./_glyphcase_mods.ts";
import { call, callNow, execute } from "./_mod_calls.ts";
import { ModDatabase } from "./_mod_database.ts";
import { ModEngine } from "./_mod_engine.ts";
import type { EngineHost } from "./_mod_engine.ts";
import { ModStore } from "./_mod_store.ts";
import { isNetworkTable, withoutNetworkTables } from "./_network_tables.ts";
import { checkCost } from "./bindings/crypto.ts";
import { openModNetwork } from "./bindings/mod_network.ts";
import type { GlyphCaseClock } from "./glyphcase_clock.ts";
import { systemClock } from "./glyphcase_clock.ts";
import { GlyphCaseError } from "./glyphcase_errors.ts";
import type {
  ExecuteOptions,
  GlyphCaseOpenOptions,
  GlyphCaseOptions,
  ModInfo,
} from "./glyphcase_options.ts";
import { fullAccess } from "./mod_access.ts";
import type { ModFiles } from "./mod_files.ts";
import type { ModLimits } from "./mod_limits.ts";
import { resolveModLimits } from "./mod_limits.ts";
import type { ModManifest } from "./mod_manifest.ts";
import { loadLuaModule } from "./module.ts";
import type { LuaModule } from "./module.ts";
import type { LuaRuntime } from "./runtime.ts";

/** Changes that a network made and mods are yet to be told of; further ones are reported. */
export const NETWORK_CHANGES_MAX: number = 1_000_000;
/** Failures that are kept for {@linkcode GlyphCase.failures}; beyond it the oldest go. */
export const FAILURES_MAX: number = 100;

/**
 * A capsule that hosts mods: scripts in Lua, each in an engine of its own, with limits of its own
 * and no more than its manifest lists.
 *
 * Mods and what they are kept in the capsule, and what was on is on again when it is opened. Mods
 * are told of every change, whoever made it, in the order of their activation.
 *
 * @example Both directions
 * ```ts
 * import { GlyphCase } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * using glyph = await GlyphCase.open();
 * await glyph.executeLua(`
 *   function process_data(input)
 *     glyphcase.dispatch("lua:result", { status = "success", data = input * 2 })
 *     return { result = input * 2 }
 *   end
 * `);
 * const heard: unknown[] = [];
 * using _listening = glyph.getEventBus().on("lua:result", (data) => heard.push(data));
 *
 * assertEquals(await glyph.callLuaFunction("process_data", 10), { result: 20 });
 * assertEquals(heard, [{ status: "success", data: 20 }]);
 * ```
 */
export class GlyphCase implements Disposable {
  /** The database. */
  readonly capsule: Capsule;
  readonly #host: EngineHost;
  readonly #limits: ModLimits;
  readonly #actions: ActionBus = new ActionBus();
  readonly #hooks: ModHooks;
  readonly #mods: Mods;
  readonly #options: GlyphCaseOptions;
  readonly #failures: GlyphCaseError[] = [];
  readonly #owned: DisposableStack = new DisposableStack();
  #network: IndrasNetwork | undefined;
  #main: ModEngine | undefined;
  #isDisposed = false;
  #listening: Disposable | undefined;
  /** Changes that a network made, and the timer for telling them. */
  #waiting: RowChange[] = [];
  #timer: Disposable | undefined;

  /**
   * Hosts mods in a capsule that stays its owner's, and switches on what was on.
   *
   * @throws {RangeError} for limits or a cost that cannot be.
   */
  constructor(capsule: Capsule, options: GlyphCaseOptions & { readonly module: LuaModule }) {
    const { module, clock = systemClock(), sources = systemSources() } = options;
    this.capsule = capsule;
    this.#options = options;
    this.#limits = resolveModLimits(options.limits);
    if (options.bcryptCost !== undefined) checkCost(options.bcryptCost);
    const { network } = options;
    this.#network = typeof network === "function" ? network(capsule) : network;
    this.#host = {
      module,
      clock,
      sources,
      bcryptCost: options.bcryptCost,
      actions: this.#actions,
      databaseOf: (access) => {
        const isMod = access.mod !== "main" && this.#network !== undefined;
        return new ModDatabase(capsule, isMod ? withoutNetworkTables(access) : access);
      },
      openNetwork: (runtime) => {
        if (this.#network !== undefined) openModNetwork(runtime, this.#network, clock.nowMs);
      },
      report: (error) => this.#report(error),
      onDeath: (engine, error) => this.#onDeath(engine, error),
      onOutput: options.onOutput,
    };
    this.#mods = new Mods({
      engine: this.#host,
      store: new ModStore(capsule.kept("mods")),
      limits: resolveModLimits(options.modLimits),
      transaction: (work) => capsule.transaction(work),
      onEngines: (engines) => this.#listen(engines.length > 0),
    });
    this.#hooks = new ModHooks({
      engines: () => this.#mods.engines,
      report: (error) => this.#report(error),
    });
    if (options.runtime !== undefined) this.#main = this.#newMain(options.runtime);
    this.#mods.restore();
  }

  /**
   * Opens a capsule and hosts mods in it; disposing closes both.
   *
   * @param path `":memory:"` for one that keeps nothing.
   * @throws {CapsuleError} as `Capsule.open` does.
   */
  static async open(
    path: string | URL = ":memory:",
    options: GlyphCaseOpenOptions = {},
  ): Promise<GlyphCase> {
    const { clock = systemClock(), module = await loadLuaModule() } = options;
    const { synchronous, onError } = options;
    using opened = new DisposableStack();
    const capsule = opened.use(Capsule.open(path, {
      schedule: scheduleOf(clock),
      ...(synchronous && { synchronous }),
      ...(onError && { onError }),
    }));
    const glyph = new GlyphCase(capsule, { ...options, clock, module });
    glyph.#owned.use(opened.move());
    return glyph;
  }

  /** The events of the capsule, which Lua reaches by `glyphcase.dispatch`. */
  getEventBus(): EventBus {
    return this.capsule.events;
  }

  /**
   * Runs a script with all APIs and all tables, in the engine of TypeScript's own scripts. What it
   * defines stays for {@linkcode callLuaFunction}.
   *
   * @returns The first value that the script returns.
   * @throws {GlyphCaseError} `lua_failed`; if the engine died of it, the next script has a new one.
   */
  async executeLua<T = unknown>(source: string, options: ExecuteOptions = {}): Promise<T> {
    return await execute(this.#mainEngine(), source, options) as T;
  }

  /**
   * Calls a global function that a script has defined, or one in a table such as `api.stats`.
   *
   * @returns Its first result.
   * @throws {GlyphCaseError} `no_function` or `lua_failed`.
   */
  async callLuaFunction<T = unknown>(name: string, ...args: readonly unknown[]): Promise<T> {
    return await call(this.#mainEngine(), name, args) as T;
  }

  /**
   * Calls a global function of a mod that is on.
   *
   * @throws {GlyphCaseError} `not_installed`, `not_active`, `no_function` or `mod_failed`.
   */
  async callModFunction<T = unknown>(
    mod: string,
    name: string,
    ...args: readonly unknown[]
  ): Promise<T> {
    return await call(this.#mods.requireEngine(mod), name, args) as T;
  }

  /** Like {@linkcode callModFunction}, at once: Lua cannot wait for a promise in it. */
  callModFunctionNow<T = unknown>(mod: string, name: string, ...args: readonly unknown[]): T {
    return callNow(this.#mods.requireEngine(mod), name, args) as T;
  }

  /**
   * Handles an action, for whoever dispatches it, until what is returned is disposed.
   *
   * @param handle May answer a promise, for which Lua waits where it can.
   * @throws {GlyphCaseError} `action_taken` if a mod handles it.
   */
  registerAction(name: string, handle: ActionHandler): Disposable {
    return this.#actions.register("main", name, handle);
  }

  /** Has an action handled, by a mod or by TypeScript. */
  dispatchAction(name: string, payload?: unknown): ActionOutcome {
    return this.#actions.dispatch(name, payload);
  }

  /**
   * Installs a mod, switched off: runs its scripts and its `on_install`. All or nothing.
   *
   * @param files Texts by path, `mod.json` among them; see `readModFolder`.
   * @param limits Limits other than those that mods have here.
   * @throws {GlyphCaseError} `bad_manifest`, `bad_files`, `already_installed`, `limit` or
   * `mod_failed`.
   */
  install(
    files: ModFiles | Readonly<Record<string, string>>,
    limits: Partial<ModLimits> = {},
  ): ModManifest {
    return this.#managing("install", () => this.#mods.install(files, limits));
  }

  /**
   * Puts other files in the place of a mod's and runs its `on_upgrade(old_version)`. All or
   * nothing; the mod is on afterwards if it was before, with the new files or the old ones.
   *
   * @throws {GlyphCaseError} as `install` does, and `not_installed`.
   */
  upgrade(files: ModFiles | Readonly<Record<string, string>>): ModManifest {
    return this.#managing("upgrade", () => this.#mods.upgrade(files));
  }

  /**
   * Switches a mod on: runs its scripts and its `on_activate` in a new engine. If that fails,
   * nothing that it wrote stays and the mod is off.
   *
   * @throws {GlyphCaseError} `not_installed`, `already_active` or `mod_failed`.
   */
  activate(name: string): void {
    this.#managing("activate", () => this.#mods.activate(name));
  }

  /**
   * Switches a mod off after its `on_deactivate`; its watchers, tasks, actions, hooks and cache go
   * with it.
   *
   * @throws {GlyphCaseError} `not_installed` or `not_active`.
   */
  deactivate(name: string): void {
    this.#managing("deactivate", () => this.#mods.deactivate(name));
  }

  /**
   * Removes a mod, which is switched off before. The tables that it made stay.
   *
   * @throws {GlyphCaseError} `not_installed`
   */
  uninstall(name: string): ModManifest {
    return this.#managing("uninstall", () => this.#mods.uninstall(name));
  }

  /** Every mod that is installed, by name. */
  mods(): readonly ModInfo[] {
    return this.#mods.records.map(({ manifest, failure }) => ({
      manifest,
      failure,
      isActive: this.#mods.engineOf(manifest.name) !== undefined,
    }));
  }

  /** What a mod has printed since it was switched on; `main` is what TypeScript runs. */
  outputOf(mod: string): string {
    if (mod === "main") return this.#main?.runtime.output ?? "";
    return this.#mods.requireEngine(mod).runtime.output;
  }

  /** The latest failures that no caller was told of: of hooks, watchers, tasks, and deaths. */
  get failures(): readonly GlyphCaseError[] {
    return [...this.#failures];
  }

  /** Gives mods that are switched on from now on a network to act through. */
  attachNetwork(network: IndrasNetwork): void {
    this.#network = network;
  }

  /** Ends every engine. What is on will be on again when the capsule is opened. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#timer?.[Symbol.dispose]();
    this.#mods[Symbol.dispose]();
    this.#main?.[Symbol.dispose]();
    if (typeof this.#options.network === "function") this.#network?.[Symbol.dispose]();
    this.#owned.dispose();
  }

  #mainEngine(): ModEngine {
    this.#checkOpen();
    return this.#main ??= this.#newMain();
  }

  #newMain(runtime?: LuaRuntime): ModEngine {
    return new ModEngine(this.#host, {
      access: fullAccess("main"),
      files: new Map(),
      limits: this.#limits,
      failure: "lua_failed",
      ...(runtime && { runtime }),
    });
  }

  /** Which mods are on is decided outside of any transaction, which could undo it. */
  #managing<Result>(what: string, work: () => Result): Result {
    this.#checkOpen();
    if (this.capsule.isInTransaction) {
      throw new GlyphCaseError("busy", `Cannot ${what} mod within a transaction`);
    }
    return work();
  }

  /** Changes are written down for mods only while some are on. */
  #listen(isNeeded: boolean): void {
    if (isNeeded === (this.#listening !== undefined)) return;
    if (isNeeded) {
      this.#listening = this.capsule.saves.add({
        beforeSave: (table, data) => this.#hooks.beforeSave(table, data),
        changed: (changes, depth) => this.#changed(changes, depth),
      });
    } else {
      this.#listening?.[Symbol.dispose]();
      this.#listening = undefined;
    }
  }

  /** A network writes its tables in the middle of its own work, so mods hear of it a little later. */
  #changed(changes: readonly RowChange[], depth: number): void {
    const isLater = ({ table }: RowChange) => this.#network !== undefined && isNetworkTable(table);
    this.#tellLater(changes.filter(isLater));
    this.#hooks.changed(changes.filter((change) => !isLater(change)), depth);
  }

  #tellLater(changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    if (this.#waiting.length + changes.length > NETWORK_CHANGES_MAX) {
      const why = `${NETWORK_CHANGES_MAX} changes of a network wait`;
      return this.#report(new GlyphCaseError("limit", `Cannot tell mods of more: ${why}`));
    }
    this.#waiting = this.#waiting.concat(changes);
    this.#soon();
  }

  /** What is to be done when neither the capsule nor a network is at work. */
  #soon(): void {
    this.#timer ??= this.#host.clock.setTimer(() => {
      this.#timer = undefined;
      this.#mods.saveDeaths();
      this.#hooks.changed(this.#waiting.splice(0), 0);
    }, 0);
  }

  #onDeath(engine: ModEngine, error: GlyphCaseError): void {
    this.#report(error);
    if (engine === this.#main) this.#main = undefined;
    else if (this.#mods.onDeath(engine, error)) {
      this.#soon(); // now may be within a transaction that is undone
    }
  }

  #report(error: GlyphCaseError): void {
    if (this.#failures.includes(error)) return; // a death, of which its caller is told as well
    this.#failures.push(error);
    if (this.#failures.length > FAILURES_MAX) this.#failures.shift();
    this.#options.onFailure?.(error);
  }

  #checkOpen(): void {
    if (this.#isDisposed) throw new GlyphCaseError("closed", "Cannot use GlyphCase: it is closed");
  }
}

function scheduleOf(clock: GlyphCaseClock): Schedule {
  return (work, windowMs) => {
    const timer = clock.setTimer(work, windowMs);
    return () => timer[Symbol.dispose]();
  };
}
