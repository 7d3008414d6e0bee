/**
 * A GlyphCase in memory, with a clock that stands and chance that repeats.
 *
 * @module
 */
import { Capsule } from "../capsule/mod.ts";
import { GlyphCase, loadLuaModule } from "../lua/mod.ts";
import type { GlyphCaseOptions } from "../lua/mod.ts";
import { VirtualClock } from "./_virtual_clock.ts";

const module = await loadLuaModule();

/** What tests see of a GlyphCase besides itself. */
export class TestCase implements Disposable {
  readonly clock: VirtualClock;
  readonly capsule: Capsule;
  readonly glyph: GlyphCase;
  /** What mods printed: the mod's name and the line. */
  readonly printed: string[] = [];
  /** What the capsule was told that nobody else was. */
  readonly strayErrors: unknown[] = [];

  constructor(
    options: Partial<GlyphCaseOptions> = {},
    path = ":memory:",
    clock = new VirtualClock(),
  ) {
    this.clock = clock;
    this.capsule = Capsule.open(path, {
      schedule: (work, windowMs) => {
        const timer = clock.setTimer(work, windowMs);
        return () => timer[Symbol.dispose]();
      },
      onError: (error) => this.strayErrors.push(error),
    });
    this.glyph = this.open(options);
  }

  /** One more GlyphCase over the same capsule. */
  open(options: Partial<GlyphCaseOptions> = {}): GlyphCase {
    return new GlyphCase(this.capsule, {
      module,
      clock: this.clock,
      sources: this.clock.world.sources("glyphcase"),
      bcryptCost: 4,
      onOutput: (mod, text) => this.printed.push(`${mod}: ${text.trimEnd()}`),
      ...options,
    });
  }

  /** Installs a mod of one script and switches it on. */
  add(name: string, script: string, manifest: Record<string, unknown> = {}): void {
    this.glyph.install(modOf(name, script, manifest));
    this.glyph.activate(name);
  }

  /** The messages of what failed, and of what nobody was told. */
  failures(): string[] {
    return this.glyph.failures.map(({ message }) => message);
  }

  [Symbol.dispose](): void {
    this.glyph[Symbol.dispose]();
    this.capsule[Symbol.dispose]();
  }
}

/** The files of a mod that may use everything unless its manifest says otherwise. */
export function modOf(
  name: string,
  script: string,
  manifest: Record<string, unknown> = {},
): Record<string, string> {
  const all = {
    name,
    version: "1.0.0",
    scripts: ["main.lua"],
    apis: ["glyphcase", "actionbus", "crypto", "scheduler", "cache", "indras"],
    tables: { create: ["*"] },
    ...manifest,
  };
  return { "mod.json": JSON.stringify(all), "main.lua": script };
}
