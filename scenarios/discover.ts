/**
 * Finds the scripts below a folder.
 *
 * @module
 */
import { ScenarioError } from "./errors.ts";

/** Bytes of one script. */
export const SCRIPT_BYTES_MAX: number = 4 * 1024 * 1024;
/** Scripts below one folder. */
export const SCRIPTS_MAX: number = 10_000;

/** The name of folders whose scripts are there to be required and are no scenarios. */
const LIBRARY_DIR = "lib";

/** What is below a root. */
export interface Scripts {
  /** The text of every `.lua` file, by its path below the root, such as `lib/helpers.lua`. */
  readonly sourceByPath: ReadonlyMap<string, string>;
  /** The paths that are scenarios: those in no folder called `lib`, sorted. */
  readonly scenarios: readonly string[];
}

/**
 * Reads every `.lua` file below a folder; hidden files and folders are left out, links are not
 * followed. Needs permission to read the folder.
 *
 * @throws {ScenarioError} `bad_file` beyond {@linkcode SCRIPT_BYTES_MAX} or
 * {@linkcode SCRIPTS_MAX}.
 */
export function discoverScripts(root: URL): Scripts {
  const sourceByPath = new Map<string, string>();
  const urlOf = (path: string) => new URL(path.split("/").map(encodeURIComponent).join("/"), root);
  const visit = (path: string): void => {
    const entries = [...Deno.readDirSync(urlOf(path))];
    for (const { name, isDirectory, isFile } of entries.sort(byName)) {
      if (name.startsWith(".")) continue;
      const below = `${path}${name}`;
      if (isDirectory) visit(`${below}/`);
      else if (isFile && name.endsWith(".lua")) sourceByPath.set(below, read(below));
    }
  };
  const read = (path: string): string => {
    const file = urlOf(path);
    const { size } = Deno.statSync(file);
    if (size > SCRIPT_BYTES_MAX || sourceByPath.size >= SCRIPTS_MAX) {
      throw new ScenarioError("bad_file", `Cannot read "${path}": too many or too large scripts`);
    }
    return Deno.readTextFileSync(file);
  };
  visit("");
  const scenarios = [...sourceByPath.keys()].filter((path) => !isLibrary(path));
  return { sourceByPath, scenarios: scenarios.sort() };
}

/** The scripts in folders called `lib` by their bare names, as `require` finds them whatever the path. */
export function libraryOf({ sourceByPath }: Scripts): Map<string, string> {
  const entries = [...sourceByPath].filter(([path]) => isLibrary(path));
  return new Map(entries.map(([path, source]) => [bareName(path), source]));
}

function isLibrary(path: string): boolean {
  return path.split("/").slice(0, -1).includes(LIBRARY_DIR);
}

function bareName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1, -".lua".length);
}

function byName(left: Deno.DirEntry, right: Deno.DirEntry): number {
  return left.name < right.name ? -1 : 1;
}
