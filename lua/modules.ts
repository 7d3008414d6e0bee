/** Where `require` finds its modules. It is asked for paths; it never sees the host's files. */
export interface LuaModules {
  /**
   * The text of the file at a relative path such as `lib/helpers.lua`, or `undefined`. Paths are
   * normal: `/` between names, no `.` and no `..`.
   */
  readonly read?: (path: string) => string | undefined;
  /**
   * Modules that are found by their bare name, whatever the path, when no file is: by name, such
   * as `live_network_helpers`.
   */
  readonly library?: ReadonlyMap<string, string>;
  /** What `package.path` is at first. @default {"?.lua;?/init.lua"} */
  readonly path?: string;
}

/** What `package.path` is when none is given. */
export const PACKAGE_PATH_DEFAULT: string = "?.lua;?/init.lua";

/** How many characters the name of a module may have. */
export const MODULE_NAME_MAX: number = 256;

/** How many characters `package.path` may have. */
export const PACKAGE_PATH_MAX: number = 4096;

/** A module that was found, or the places where it was not. */
export type ModuleSearch =
  | { readonly type: "found"; readonly source: string; readonly path: string }
  | { readonly type: "absent"; readonly tried: string };

/**
 * Looks for a module as Lua's `package.searchpath` does, in files that are given.
 *
 * @throws {RangeError} If the name or the path is longer than {@linkcode MODULE_NAME_MAX} and
 * {@linkcode PACKAGE_PATH_MAX}: their product is what is searched.
 *
 * @example A helper is found by its name, whatever the path says
 * ```ts
 * import { searchModule } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * const library = new Map([["helpers", "return 1"]]);
 * const found = searchModule({ library }, "helpers", "simulation/lib/?.lua");
 * assertEquals(found, { type: "found", source: "return 1", path: "helpers.lua" });
 * ```
 */
export function searchModule(modules: LuaModules, name: string, path: string): ModuleSearch {
  checkLength("name of a module", name, MODULE_NAME_MAX);
  checkLength("package.path", path, PACKAGE_PATH_MAX);
  const tried: string[] = [];
  for (const template of path.split(";")) {
    if (template === "") continue;
    const candidate = template.replaceAll("?", () => name.replaceAll(".", "/"));
    const inside = normalPath(candidate);
    if (inside === undefined) {
      tried.push(`\n\tno file '${candidate}' (outside of the roots)`);
      continue;
    }
    const source = modules.read?.(inside);
    if (source !== undefined) return { type: "found", source, path: inside };
    tried.push(`\n\tno file '${candidate}'`);
  }
  const bare = name.slice(Math.max(name.lastIndexOf("."), name.lastIndexOf("/")) + 1);
  const source = modules.library?.get(bare);
  if (source !== undefined) return { type: "found", source, path: `${bare}.lua` };
  tried.push(`\n\tno library module '${bare}'`);
  return { type: "absent", tried: tried.join("") };
}

function checkLength(what: string, text: string, max: number): void {
  if (text.length <= max) return;
  throw new RangeError(
    `Cannot look for a module: the ${what} has ${text.length} characters, at most ${max}`,
  );
}

/** The path without `.` and empty names, or `undefined` if it leads out or starts at a root. */
function normalPath(path: string): string | undefined {
  if (path.startsWith("/") || /[\\:\0]/.test(path)) return undefined;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return names.includes("..") ? undefined : names.join("/");
}
