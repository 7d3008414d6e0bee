import { GlyphCaseError, readModFolder } from "../lua/mod.ts";
import type { ModFiles } from "../lua/mod.ts";
import { ScenarioError } from "./errors.ts";

/**
 * Reads the mods that a header names, by the last part of their folders' paths.
 *
 * @param script The script's own place, which the folders are relative to.
 * @throws {ScenarioError} `bad_file` for a folder that is not there or holds too much.
 */
export function readMods(folders: readonly string[], script: URL): ReadonlyMap<string, ModFiles> {
  return new Map(folders.map((folder) => {
    const url = new URL(folder.replace(/\/*$/, "/"), script);
    try {
      return [folder.replace(/\/*$/, "").split("/").at(-1)!, readModFolder(url)] as const;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof GlyphCaseError)) {
        throw error;
      }
      throw new ScenarioError("bad_file", `Cannot read mod "${folder}": ${error.message}`, {
        cause: error,
      });
    }
  }));
}
