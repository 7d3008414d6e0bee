import type { EngineHost } from "./_mod_engine.ts";
import { ModEngine } from "./_mod_engine.ts";
import type { ModRecord, ModStore } from "./_mod_store.ts";
import { GlyphCaseError, messageOf } from "./glyphcase_errors.ts";
import { accessOf } from "./mod_access.ts";
import { checkModFiles } from "./mod_files.ts";
import type { ModFiles } from "./mod_files.ts";
import type { ModLimits } from "./mod_limits.ts";
import { resolveModLimits } from "./mod_limits.ts";
import { MANIFEST_FILE, parseModManifest } from "./mod_manifest.ts";
import type { ModManifest } from "./mod_manifest.ts";

/** Mods that can be installed at a time. */
export const MODS_MAX: number = 100;

/** What the registry of mods needs besides what engines need. */
export interface ModsHost {
  readonly engine: EngineHost;
  readonly store: ModStore;
  /** The limits of mods for which others are not named. */
  readonly limits: ModLimits;
  /** Does something all or nothing in the database. */
  readonly transaction: <Result>(work: () => Result) => Result;
  /** Told when other mods are on than before. */
  readonly onEngines: (engines: readonly ModEngine[]) => void;
}

/** The mods that are installed, and the engines of those that are on. */
export class Mods {
  readonly #host: ModsHost;
  readonly #records: Map<string, ModRecord> = new Map();
  /** In the order of activation. */
  #engines: readonly ModEngine[] = [];
  /** The mods that have died since that was last saved. */
  readonly #dead: Set<string> = new Set();

  /** Reads what is installed; nothing is on yet. */
  constructor(host: ModsHost) {
    this.#host = host;
    const records = host.store.load((mod, error) =>
      host.engine.report(
        new GlyphCaseError("bad_manifest", `Cannot read mod "${mod}": ${messageOf(error)}`, {
          mod,
          cause: error,
        }),
      )
    );
    for (const record of records) this.#records.set(record.manifest.name, record);
  }

  /** The engines of the mods that are on, in the order of their activation. */
  get engines(): readonly ModEngine[] {
    return this.#engines;
  }

  /** Every mod that is installed, by name. */
  get records(): readonly ModRecord[] {
    return [...this.#records.values()].sort((a, b) => a.manifest.name < b.manifest.name ? -1 : 1);
  }

  /** Switches on what was on, in the order of before; what fails stays off and is reported. */
  restore(): void {
    const wereOn = [...this.#records.values()].filter(({ place }) => place !== undefined);
    for (const record of wereOn.sort((a, b) => a.place! - b.place!)) {
      try {
        this.#switchOn(record);
      } catch (error) {
        if (!(error instanceof GlyphCaseError)) throw error;
        this.#host.engine.report(error);
      }
    }
  }

  /** Installs a mod, switched off. All or nothing. */
  install(
    given: ModFiles | Readonly<Record<string, string>>,
    limits: Partial<ModLimits> = {},
  ): ModManifest {
    const { manifest, files } = read(given);
    const { name } = manifest;
    if (this.#records.has(name)) throw fault("already_installed", name, "install", "is installed");
    if (this.#records.size >= MODS_MAX) {
      throw new GlyphCaseError("limit", `Cannot install more than ${MODS_MAX} mods`);
    }
    resolveModLimits(limits, this.#host.limits);
    const record: ModRecord = { manifest, files, limits, place: undefined, failure: undefined };
    this.#attempt(record, (engine) => void engine.hook("on_install"));
    this.#records.set(name, record);
    return manifest;
  }

  /** Puts other files in the place of a mod's; it stays on if it was. All or nothing. */
  upgrade(given: ModFiles | Readonly<Record<string, string>>): ModManifest {
    const { manifest, files } = read(given);
    const before = this.#recordOf(manifest.name, "upgrade");
    const wasOn = this.engineOf(manifest.name) !== undefined;
    if (wasOn) this.#switchOff(before);
    const record: ModRecord = { ...before, manifest, files, failure: undefined };
    try {
      this.#attempt(record, (engine) => {
        engine.hook("on_upgrade", before.manifest.version);
      });
    } catch (error) {
      if (wasOn) this.#switchOn(before);
      throw error;
    }
    this.#records.set(manifest.name, record);
    if (wasOn) this.#switchOn(record);
    return manifest;
  }

  /** Switches a mod on, behind those that are on. */
  activate(name: string): void {
    const record = this.#recordOf(name, "activate");
    this.saveDeaths();
    if (this.engineOf(name) !== undefined) throw fault("already_active", name, "activate", "is on");
    const last = Math.max(0, ...[...this.#records.values()].map(({ place }) => place ?? 0));
    this.#switchOn({ ...record, place: last + 1 });
  }

  /** Switches a mod off; an error of its `on_deactivate` is reported and changes nothing. */
  deactivate(name: string): void {
    const record = this.#recordOf(name, "deactivate");
    if (this.engineOf(name) === undefined) throw fault("not_active", name, "deactivate", "is off");
    this.#switchOff(record);
    this.#keep({ ...record, place: undefined });
  }

  /** Removes a mod, which is switched off before. Its tables stay. */
  uninstall(name: string): ModManifest {
    const record = this.#recordOf(name, "uninstall");
    if (this.engineOf(name) !== undefined) this.#switchOff(record);
    this.#host.store.remove(name);
    this.#records.delete(name);
    return record.manifest;
  }

  /** The engine of a mod that is on. */
  engineOf(name: string): ModEngine | undefined {
    return this.#engines.find(({ mod }) => mod === name);
  }

  /** The engine of a mod, which must be on. */
  requireEngine(name: string): ModEngine {
    this.#recordOf(name, "call");
    const engine = this.engineOf(name);
    if (engine !== undefined) return engine;
    throw fault("not_active", name, "call", "is off");
  }

  /** An engine has died: its mod is off from now on. Whether that is to be saved. */
  onDeath(engine: ModEngine, error: GlyphCaseError): boolean {
    if (!this.#engines.includes(engine)) return false; // it never came to be on
    this.#setEngines(this.#engines.filter((one) => one !== engine));
    const record = this.#records.get(engine.mod);
    if (record === undefined) return false;
    this.#records.set(engine.mod, { ...record, place: undefined, failure: error.message });
    this.#dead.add(engine.mod);
    return true;
  }

  /** Keeps what {@linkcode Mods.onDeath} found out. */
  saveDeaths(): void {
    for (const name of this.#dead) {
      const record = this.#records.get(name);
      if (record !== undefined) this.#host.store.save(record);
    }
    this.#dead.clear();
  }

  /** Ends all engines; what is on will be so again. */
  [Symbol.dispose](): void {
    this.saveDeaths();
    for (const engine of this.#engines) engine[Symbol.dispose]();
    this.#setEngines([]);
  }

  /** Loads a mod for one hook and keeps the record, all or nothing. */
  #attempt(record: ModRecord, work: (engine: ModEngine) => void): void {
    this.#host.transaction(() => {
      using engine = this.#newEngine(record);
      engine.load(record.files, record.manifest.scripts);
      work(engine);
      this.#host.store.save(record);
    });
  }

  #switchOn(record: ModRecord): void {
    const engine = this.#newEngine(record);
    try {
      this.#host.transaction(() => {
        engine.load(record.files, record.manifest.scripts);
        engine.hook("on_activate");
      });
    } catch (error) {
      engine[Symbol.dispose]();
      this.#keep({ ...record, place: undefined, failure: messageOf(error) });
      throw error;
    }
    const engines = [...this.#engines, engine];
    this.#keep({ ...record, failure: undefined });
    const placeOf = ({ mod }: ModEngine) => this.#records.get(mod)?.place ?? 0;
    this.#setEngines(engines.sort((a, b) => placeOf(a) - placeOf(b)));
  }

  #switchOff({ manifest }: ModRecord): void {
    const engine = this.engineOf(manifest.name);
    try {
      engine?.hook("on_deactivate");
    } catch (error) {
      if (!(error instanceof GlyphCaseError)) throw error;
      this.#host.engine.report(error);
    }
    engine?.[Symbol.dispose]();
    this.#setEngines(this.#engines.filter((one) => one !== engine));
  }

  #setEngines(engines: readonly ModEngine[]): void {
    this.#engines = engines;
    this.#host.onEngines(engines);
  }

  #newEngine({ manifest, files, limits }: ModRecord): ModEngine {
    return new ModEngine(this.#host.engine, {
      access: accessOf(manifest),
      files,
      limits: resolveModLimits(limits, this.#host.limits),
      failure: "mod_failed",
    });
  }

  #keep(record: ModRecord): void {
    this.#records.set(record.manifest.name, record);
    this.#host.store.save(record);
  }

  #recordOf(name: string, what: string): ModRecord {
    const record = this.#records.get(name);
    if (record !== undefined) return record;
    throw fault("not_installed", name, what, "is not installed");
  }
}

function read(given: ModFiles | Readonly<Record<string, string>>) {
  const files = checkModFiles(given);
  const manifest = parseModManifest(files.get(MANIFEST_FILE) ?? "");
  const absent = manifest.scripts.find((path) => !files.has(path));
  if (absent === undefined) return { files, manifest };
  throw new GlyphCaseError("bad_files", `Cannot use files of a mod: there is no "${absent}"`, {
    mod: manifest.name,
  });
}

function fault(
  code: "already_installed" | "not_installed" | "already_active" | "not_active",
  mod: string,
  what: string,
  why: string,
): GlyphCaseError {
  return new GlyphCaseError(code, `Cannot ${what} mod "${mod}": it ${why}`, { mod });
}
