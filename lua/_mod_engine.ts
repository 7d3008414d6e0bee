import type { ActionBus } from "./_glyphcase_actions.ts";
import type { ModDatabase } from "./_mod_database.ts";
import { toPlain } from "./_glyphcase_values.ts";
import { ModCache } from "./_mod_cache.ts";
import { ModScheduler } from "./_mod_scheduler.ts";
import { actionbusFunctions } from "./bindings/actionbus.ts";
import { cacheFunctions } from "./bindings/cache.ts";
import { cryptoFunctions } from "./bindings/crypto.ts";
import { glyphcaseFunctions } from "./bindings/glyphcase.ts";
import { schedulerFunctions } from "./bindings/scheduler.ts";
import type { GlyphCaseClock } from "./glyphcase_clock.ts";
import { GlyphCaseError, messageOf } from "./glyphcase_errors.ts";
import type { GlyphCaseErrorCode } from "./glyphcase_errors.ts";
import { LuaError } from "./errors.ts";
import type { ModAccess } from "./mod_access.ts";
import type { ModFiles } from "./mod_files.ts";
import type { ModLimits } from "./mod_limits.ts";
import { MOD_APIS } from "./mod_manifest.ts";
import type { LuaModule } from "./module.ts";
import { LuaRuntime } from "./runtime.ts";
import type { LuaFunction } from "./values.ts";
import type { Sources } from "../sync/mod.ts";

/** Watchers that one mod can have at a time. */
export const MOD_WATCHERS_MAX: number = 200;

/** Where `require` of a mod looks among its own files. */
const MOD_PACKAGE_PATH = "?.lua;?/init.lua;scripts/?.lua;scripts/?/init.lua;lib/?.lua";

/** What the engines of one GlyphCase share. */
export interface EngineHost {
  readonly module: LuaModule;
  readonly clock: GlyphCaseClock;
  readonly sources: Sources;
  readonly bcryptCost: number | undefined;
  readonly actions: ActionBus;
  /** The database as far as a mod may use it. */
  readonly databaseOf: (access: ModAccess) => ModDatabase;
  /** Gives a runtime the table `indras`; `undefined` where there is no network. */
  readonly openNetwork: ((runtime: LuaRuntime) => void) | undefined;
  /** Told of errors that nobody else is told of. */
  readonly report: (error: GlyphCaseError) => void;
  /** Told once that an engine has died. */
  readonly onDeath: (engine: ModEngine, error: GlyphCaseError) => void;
  readonly onOutput: ((mod: string, text: string) => void) | undefined;
}

/** What one engine is made of. */
export interface EngineOptions {
  readonly access: ModAccess;
  readonly files: ModFiles;
  readonly limits: ModLimits;
  /** What its failures are called. */
  readonly failure: "mod_failed" | "lua_failed";
  /** A runtime to be used, which stays its owner's. @default {one of its own} */
  readonly runtime?: LuaRuntime;
}

/** One mod's Lua with everything that it has set up; all of it ends with the engine. */
export class ModEngine implements Disposable {
  readonly access: ModAccess;
  readonly runtime: LuaRuntime;
  readonly cache: ModCache;
  readonly scheduler: ModScheduler;
  readonly #host: EngineHost;
  readonly #failure: "mod_failed" | "lua_failed";
  readonly #watchers: Set<Disposable> = new Set();
  readonly #actions: Map<string, Disposable> = new Map();
  readonly #ownsRuntime: boolean;
  #isOver = false;

  constructor(host: EngineHost, options: EngineOptions) {
    const { access, failure } = options;
    this.#host = host;
    this.#failure = failure;
    this.access = access;
    const { clock } = host;
    this.#ownsRuntime = options.runtime === undefined;
    this.runtime = options.runtime ?? newRuntime(host, options);
    this.cache = new ModCache(clock.nowMs);
    this.scheduler = new ModScheduler(
      access.mod,
      clock,
      (task) => this.tell("a task", task as LuaFunction),
    );
    this.#furnish();
  }

  /** The mod's name. */
  get mod(): string {
    return this.access.mod;
  }

  /** Whether nothing runs here any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs the scripts of a mod, in their order. */
  load(files: ModFiles, scripts: readonly string[]): void {
    for (const path of scripts) {
      const source = files.get(path);
      if (source === undefined) {
        throw new GlyphCaseError("bad_files", `Cannot load mod "${this.mod}": no file "${path}"`, {
          mod: this.mod,
        });
      }
      this.guard(path, () => this.runtime.run(source, { chunkName: path }));
    }
  }

  /** A global function, or one in a global table such as `api.stats`. */
  find(name: string): LuaFunction | undefined {
    const [first = "", ...rest] = name.split(".");
    const found = rest.reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null && key in value
          ? (value as Record<string, unknown>)[key]
          : undefined,
      this.runtime.getGlobal(first),
    );
    return typeof found === "function" ? found as LuaFunction : undefined;
  }

  /** Calls a hook, if the mod has it; answers its first result. */
  hook(name: string, ...args: readonly unknown[]): unknown {
    const fn = this.find(name);
    return fn && this.guard(name, () => this.runtime.call(fn, ...args))[0];
  }

  /** Calls a function whose errors nobody waits for: they are reported. */
  tell(what: string, fn: LuaFunction, ...args: readonly unknown[]): void | Promise<void> {
    if (this.#isOver) return;
    try {
      const running = this.runtime.start(fn, ...args);
      if (running instanceof Promise) {
        return running.then(() => {}, (error) => this.#report(what, error));
      }
    } catch (error) {
      this.#report(what, error);
    }
  }

  /** Does something with the runtime; what it throws is said to be the mod's. */
  guard<Result>(what: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw this.failed(what, error);
    }
  }

  /** The error to throw for one of the runtime; finds out whether that has died. */
  failed(what: string, error: unknown, code: GlyphCaseErrorCode = this.#failure): GlyphCaseError {
    if (error instanceof GlyphCaseError && error.mod === this.mod) return error;
    const { mod } = this;
    const failure = new GlyphCaseError(
      code,
      `${mod === "main" ? "Lua" : `Mod "${mod}"`} failed in ${what}: ${messageOf(error)}`,
      { mod, cause: error },
    );
    const hasDied = this.runtime.death !== undefined ||
      (error instanceof LuaError && error.code === "memory");
    if (hasDied && !this.#isOver) {
      this[Symbol.dispose]();
      this.#host.onDeath(this, failure);
    }
    return failure;
  }

  /** Ends everything that the mod has set up, and the runtime. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.scheduler[Symbol.dispose]();
    for (const owned of [...this.#watchers, ...this.#actions.values()]) owned[Symbol.dispose]();
    this.#watchers.clear();
    this.#actions.clear();
    this.cache.clear();
    if (this.#ownsRuntime) this.runtime[Symbol.dispose]();
  }

  #report(what: string, error: unknown): void {
    if (this.#isOver) return; // it ended while it waited, which whoever ended it knows
    this.#host.report(this.failed(what, error));
  }

  #furnish(): void {
    const { access, runtime } = this;
    const tables: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      glyphcase: glyphcaseFunctions({
        database: this.#host.databaseOf(access),
        call: (fn) => runtime.call(fn),
        tell: (fn, events) => void this.tell("a watcher", fn, events),
        own: (watcher) => this.#own(watcher),
      }),
      actionbus: actionbusFunctions({
        dispatch: (name, payload) => this.#host.actions.dispatch(name, payload),
        register: (name, handle) => {
          this.#actions.set(name, this.#host.actions.register(this.mod, name, handle));
        },
        call: (fn, payload) => this.#answer(fn, payload),
      }),
      crypto: cryptoFunctions(this.#host.sources, this.#host.bcryptCost),
      scheduler: schedulerFunctions(this.scheduler),
      cache: cacheFunctions(this.cache),
    };
    for (const api of MOD_APIS) {
      const table = tables[api];
      if (table !== undefined) {
        runtime.setGlobal(api, access.mayUse(api) ? table : refusing(access.mod, api, table));
      } else if (access.mayUse(api) && this.#ownsRuntime) {
        this.#host.openNetwork?.(runtime);
      }
    }
  }

  #own(watcher: Disposable): () => boolean {
    if (this.#watchers.size >= MOD_WATCHERS_MAX) {
      watcher[Symbol.dispose]();
      throw new GlyphCaseError(
        "limit",
        `Cannot watch: mod "${this.mod}" has ${MOD_WATCHERS_MAX} watchers already`,
        { mod: this.mod },
      );
    }
    this.#watchers.add(watcher);
    return () => {
      watcher[Symbol.dispose]();
      return this.#watchers.delete(watcher);
    };
  }

  /** What a handler of this mod answers, as nobody's. */
  #answer(fn: LuaFunction, payload: unknown): unknown {
    const plain = (results: readonly unknown[]) => toPlain(results[0], "result", "payload");
    return this.guard("an action", () => {
      const running = this.runtime.start(fn, payload);
      if (!(running instanceof Promise)) return plain(running);
      return running.then(plain).catch((error) => {
        throw this.failed("an action", error);
      });
    });
  }
}

function newRuntime(host: EngineHost, { access, files, limits }: EngineOptions): LuaRuntime {
  const { module, clock, sources, onOutput } = host;
  const { memoryBytesMax, callMs, recursionMax, outputBytesMax } = limits;
  return new LuaRuntime({
    module,
    limits: { memoryBytesMax, sliceMs: callMs, recursionMax, outputBytesMax },
    modules: { read: (path) => files.get(path), path: MOD_PACKAGE_PATH },
    nowMs: clock.nowMs,
    seed: new DataView(sources.randomBytes(8).buffer).getBigInt64(0),
    ...(onOutput && { onOutput: (text: string) => onOutput(access.mod, text) }),
  });
}

/** The same functions, each of which says that it may not be used. */
function refusing(
  mod: string,
  api: string,
  table: Readonly<Record<string, unknown>>,
): Record<string, () => never> {
  const refuse = (): never => {
    throw new GlyphCaseError(
      "forbidden",
      `Cannot use "${api}": the manifest of mod "${mod}" does not list it`,
      { mod },
    );
  };
  return Object.fromEntries(Object.keys(table).map((name) => [name, refuse]));
}
