/**
 * `mods`: what a scenario does with mods in a capsule of its own.
 *
 * @module
 */
import { Capsule } from "../../capsule/mod.ts";
import { IndrasNetwork } from "../../network/mod.ts";
import { toPlain } from "../_glyphcase_values.ts";
import { asErrand } from "../errand.ts";
import { GlyphCase } from "../glyphcase.ts";
import type { GlyphCaseClock } from "../glyphcase_clock.ts";
import { CapsuleProjection } from "../glyphcase_projection.ts";
import type { ModFiles } from "../mod_files.ts";
import type { LuaModule } from "../module.ts";
import { NOTHING } from "../values.ts";
import { isTable, kindOf, text } from "./_arguments.ts";
import { callback } from "./_callback.ts";
import type { BindingContext } from "./context.ts";
import { nothing } from "./network.ts";

/** What a scenario with a capsule needs besides its context. */
export interface ScenarioModsOptions {
  /** Lua itself. */
  readonly module: LuaModule;
  /** The mods at hand, by name. */
  readonly mods: ReadonlyMap<string, ModFiles>;
}

/** The cost of hashes in scenarios, where nobody needs them to be slow. */
const SCENARIO_BCRYPT_COST = 4;

/**
 * A capsule in memory for one scenario: gives its runtime the APIs of mods, with all tables, and the
 * table `mods`. Time is that of the scenario's world.
 */
export class ScenarioMods implements Disposable {
  readonly #context: BindingContext;
  readonly #options: ScenarioModsOptions;
  readonly #capsule: Capsule;
  #glyph: GlyphCase;
  #network: IndrasNetwork | undefined;

  /** Makes the capsule, empty. */
  constructor(context: BindingContext, options: ScenarioModsOptions) {
    this.#context = context;
    this.#options = options;
    const { world, runtime, log } = context;
    this.#capsule = Capsule.open(":memory:", {
      schedule: (work, windowMs) => {
        const timer = world.setTimer(work, windowMs);
        return () => timer[Symbol.dispose]();
      },
      onError: (error) => log("error", error instanceof Error ? error.message : String(error)),
    });
    this.#glyph = this.#open();
    const functions = Object.entries(this.#functions());
    runtime.setGlobal(
      "mods",
      Object.fromEntries(functions.map(([name, fn]) => [name, asErrand(fn)])),
    );
  }

  /** Closes the capsule. */
  [Symbol.dispose](): void {
    this.#glyph[Symbol.dispose]();
    this.#capsule[Symbol.dispose]();
  }

  #open(): GlyphCase {
    const { world, runtime, log } = this.#context;
    const clock: GlyphCaseClock = {
      nowMs: () => world.nowMs,
      setTimer: (work, delayMs) => world.setTimer(work, delayMs),
    };
    return new GlyphCase(this.#capsule, {
      module: this.#options.module,
      runtime,
      clock,
      sources: world.sources("glyphcase"),
      bcryptCost: SCENARIO_BCRYPT_COST,
      ...(this.#network && { network: this.#network }),
      onFailure: (error) => log("warn", error.message),
      onOutput: (mod, printed) => log("print", `[${mod}] ${printed.trimEnd()}`),
    });
  }

  #functions(): Record<string, (...args: unknown[]) => unknown> {
    return {
      install: (mod) => this.#glyph.install(this.#filesOf(mod)).name,
      upgrade: (mod) => this.#glyph.upgrade(this.#filesOf(mod)).name,
      activate: (name) => nothing(this.#glyph.activate(text(name, "name"))),
      deactivate: (name) => nothing(this.#glyph.deactivate(text(name, "name"))),
      uninstall: (name) => nothing(this.#glyph.uninstall(text(name, "name"))),
      restart: () => this.#restart(),
      list: () =>
        this.#glyph.mods().map(({ manifest, isActive, failure }) => ({
          name: manifest.name,
          version: manifest.version,
          active: isActive,
          failure,
        })),
      failures: () =>
        this.#glyph.failures.map(({ code, mod, message }) => ({ code, mod, message })),
      output: (name) => this.#glyph.outputOf(text(name, "name")),
      call: (mod, name, ...args) =>
        this.#glyph.callModFunctionNow(
          text(mod, "mod"),
          text(name, "name"),
          ...args.map((arg) => toPlain(arg, "args", "payload")),
        ),
      on: (event, handler) => {
        const fn = callback(handler, "handler");
        const listening = this.#glyph.getEventBus().on(
          text(event, "event"),
          (payload) => void this.#context.runtime.call(fn, payload),
        );
        return () => nothing(listening[Symbol.dispose]());
      },
      network: () => this.#makeNetwork(),
    };
  }

  /** A mod at hand by its name, or one that is written down in a table of its files. */
  #filesOf(mod: unknown): ModFiles {
    if (isTable(mod)) return new Map(Object.entries(mod as Record<string, string>));
    const files = this.#options.mods.get(text(mod, "mod"));
    if (files !== undefined) return files;
    const known = [...this.#options.mods.keys()].join(", ");
    throw new TypeError(`bad argument 'mod': ${kindOf(mod)} "${mod}" is not one of: ${known}`);
  }

  #restart(): typeof NOTHING {
    this.#glyph[Symbol.dispose]();
    this.#glyph = this.#open();
    return NOTHING;
  }

  #makeNetwork(): IndrasNetwork {
    const { world, networks } = this.#context;
    if (this.#network !== undefined) {
      throw new TypeError("Cannot make a network for mods: they have one already");
    }
    this.#network = IndrasNetwork.create({
      transport: world,
      sources: world.sources("network of mods"),
      projection: new CapsuleProjection(this.#capsule),
    });
    this.#glyph.attachNetwork(this.#network);
    networks.push(this.#network);
    return this.#network;
  }
}
