import { GlyphCaseError } from "./glyphcase_errors.ts";

/** The files of a mod: their text, by paths such as `scripts/hooks.lua`. */
export type ModFiles = ReadonlyMap<string, string>;

/** Files of one mod. */
export const MOD_FILES_MAX: number = 200;
/** Bytes of all files of one mod together. */
export const MOD_BYTES_MAX: number = 4 * 1024 * 1024;

/** Whether a path is a normal one that leads nowhere else. */
export function isFilePath(path: string): boolean {
  return path.length <= 200 && /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path);
}

/**
 * Checks the files of a mod.
 *
 * @throws {GlyphCaseError} `bad_files` for a path that is none, or beyond
 * {@linkcode MOD_FILES_MAX} or {@linkcode MOD_BYTES_MAX}.
 */
export function checkModFiles(files: ModFiles | Readonly<Record<string, string>>): ModFiles {
  const checked = files instanceof Map ? new Map(files) : new Map(Object.entries(files));
  if (checked.size > MOD_FILES_MAX) throw bad(`there are more than ${MOD_FILES_MAX}`);
  let bytes = 0;
  for (const [path, text] of checked) {
    if (!isFilePath(path)) throw bad(`"${path}" is no path inside of a mod`);
    if (typeof text !== "string") throw bad(`"${path}" is not a text`);
    bytes += new TextEncoder().encode(text).length;
  }
  if (bytes > MOD_BYTES_MAX) throw bad(`they have ${bytes} bytes, at most ${MOD_BYTES_MAX}`);
  return checked;
}

/**
 * Reads a mod from a folder: its `.lua` and `.json` files. Hidden files and links are left out.
 * Needs permission to read the folder.
 *
 * @throws {GlyphCaseError} `bad_files`
 */
export function readModFolder(folder: URL | string): ModFiles {
  const files = new Map<string, string>();
  const root = folder instanceof URL ? folder.href.replace(/\/?$/, "/") : folder;
  const at = (path: string) => folder instanceof URL ? new URL(path, root) : `${root}/${path}`;
  let bytes = 0;
  const visit = (below: string): void => {
    const entries = [...Deno.readDirSync(at(below))].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory, isFile } of entries) {
      if (!isFilePath(name)) continue;
      const path = `${below}${name}`;
      if (isDirectory) visit(`${path}/`);
      if (!isFile || !/\.(lua|json)$/.test(name)) continue;
      bytes += Deno.statSync(at(path)).size;
      if (files.size >= MOD_FILES_MAX || bytes > MOD_BYTES_MAX) {
        throw bad(`"${root}" has too many or too large ones`);
      }
      files.set(path, Deno.readTextFileSync(at(path)));
    }
  };
  visit("");
  return files;
}

function bad(what: string): GlyphCaseError {
  return new GlyphCaseError("bad_files", `Cannot use files of a mod: ${what}`);
}
