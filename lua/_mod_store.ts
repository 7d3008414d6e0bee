import type { KeptTexts } from "../capsule/mod.ts";
import { parseModManifest } from "./mod_manifest.ts";
import type { ModManifest } from "./mod_manifest.ts";
import type { ModFiles } from "./mod_files.ts";
import type { ModLimits } from "./mod_limits.ts";

/** What is kept of a mod. */
export interface ModRecord {
  readonly manifest: ModManifest;
  readonly files: ModFiles;
  /** The limits that were named for it. */
  readonly limits: Partial<ModLimits>;
  /** Where it stands in the order of activation; `undefined` while it is off. */
  readonly place: number | undefined;
  /** Why it was switched off, if nobody did so. */
  readonly failure: string | undefined;
}

/** Keeps the mods of a GlyphCase. */
export class ModStore {
  readonly #texts: KeptTexts;

  /** Reads and writes nothing yet. */
  constructor(texts: KeptTexts) {
    this.#texts = texts;
  }

  /** All that are kept. What another release has written and this one cannot read stays kept. */
  load(onUnreadable: (mod: string, error: unknown) => void): ModRecord[] {
    return [...this.#texts.entries()].flatMap(([name, text]) => {
      try {
        return [decode(text)];
      } catch (error) {
        onUnreadable(name, error);
        return [];
      }
    });
  }

  /** Keeps a mod in place of what is kept of it. */
  save({ manifest, files, limits, place, failure }: ModRecord): void {
    const text = JSON.stringify({ manifest, files: [...files], limits, place, failure });
    this.#texts.set(manifest.name, text);
  }

  /** Forgets a mod. */
  remove(name: string): void {
    this.#texts.delete(name);
  }
}

function decode(text: string): ModRecord {
  const kept = JSON.parse(text) as Omit<ModRecord, "files"> & {
    readonly files: readonly (readonly [string, string])[];
  };
  if (!Array.isArray(kept.files)) throw new TypeError("Cannot read mod: it has no files");
  return {
    manifest: parseModManifest(JSON.stringify(kept.manifest)),
    files: new Map(kept.files),
    limits: kept.limits,
    place: kept.place,
    failure: kept.failure,
  };
}
