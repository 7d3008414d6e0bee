import { GlyphCaseError } from "./glyphcase_errors.ts";
import { isFilePath } from "./mod_files.ts";

/** The APIs that a mod can ask for, each a global table. */
export const MOD_APIS: readonly [
  "glyphcase",
  "actionbus",
  "crypto",
  "scheduler",
  "cache",
  "indras",
] = ["glyphcase", "actionbus", "crypto", "scheduler", "cache", "indras"];

/** One of {@linkcode MOD_APIS}. */
export type ModApi = typeof MOD_APIS[number];

/**
 * The tables that a mod may use: names, in either case. A name that ends in `*` stands for every
 * table that begins so, `*` alone for all of them. Internal tables (`_capsule_*`) are never meant.
 */
export interface ModTables {
  /** What it may read, watch and hear of. @default {[]} */
  readonly read: readonly string[];
  /** What it may write and read, and whose rows pass its `before_save`. @default {[]} */
  readonly write: readonly string[];
  /** What it may create, change and drop, write and read. @default {[]} */
  readonly create: readonly string[];
}

/** What a mod says of itself, in its file `mod.json`. */
export interface ModManifest {
  /** Lower-case letters, digits, `-` and `_`, from a letter on; 64 at most. Not `main`. */
  readonly name: string;
  /** Three numbers, such as `1.0.2`, and whatever follows a `-`. */
  readonly version: string;
  /** One sentence. @default {""} */
  readonly description: string;
  /** The files that are run, in this order, each time that the mod is loaded. */
  readonly scripts: readonly string[];
  /** What it may use besides Lua. @default {[]} */
  readonly apis: readonly ModApi[];
  /** The tables that it may use. @default {none} */
  readonly tables: ModTables;
}

/** The file that says what a mod is. */
export const MANIFEST_FILE: string = "mod.json";
/** Scripts that a manifest can list. */
export const MOD_SCRIPTS_MAX: number = 100;
/** Tables that each list of a manifest can name. */
export const MOD_TABLES_MAX: number = 1000;

/**
 * Reads a manifest and checks all of it; what it does not know it refuses, so that a misspelt
 * permission is noticed.
 *
 * @throws {GlyphCaseError} `bad_manifest`
 *
 * @example The least that a mod says
 * ```ts
 * import { parseModManifest } from "@indras/toolkit/lua";
 * import { assertEquals } from "@std/assert";
 *
 * const manifest = parseModManifest(`{
 *   "name": "hello",
 *   "version": "1.0.0",
 *   "scripts": ["hello.lua"]
 * }`);
 * assertEquals([manifest.name, manifest.apis, manifest.tables.read], ["hello", [], []]);
 * ```
 */
export function parseModManifest(text: string): ModManifest {
  const given = objectOf(parseJson(text), "it", [
    ...["name", "version", "description", "scripts", "apis", "tables"],
  ]);
  const tables = objectOf(given["tables"] ?? {}, "tables", ["read", "write", "create"]);
  const lists = (key: string) => listOf(tables[key] ?? [], `tables.${key}`, TABLE, MOD_TABLES_MAX);
  const scripts = listOf(given["scripts"], "scripts", /\.lua$/, MOD_SCRIPTS_MAX);
  const stray = scripts.find((path) => !isFilePath(path));
  if (stray !== undefined) throw bad(`"scripts" has "${stray}", which is no path inside of it`);
  if (scripts.length === 0) throw bad(`"scripts" is empty`);
  const name = textOf(given["name"], "name", NAME);
  if (name === "main") throw bad(`"name" is "main", which is taken`);
  return {
    name,
    version: textOf(given["version"], "version", VERSION),
    description: textOf(given["description"] ?? "", "description", DESCRIPTION),
    scripts,
    apis: listOf(given["apis"] ?? [], "apis", API, MOD_APIS.length) as ModApi[],
    tables: { read: lists("read"), write: lists("write"), create: lists("create") },
  };
}

const NAME = /^[a-z][a-z\d_-]{0,63}$/;
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[\da-z.-]{1,64})?$/i;
const DESCRIPTION = /^[^\n]{0,1000}$/;
const TABLE = /^([a-z_][a-z\d_]{0,127}\*?|\*)$/i;
const API = new RegExp(`^(${MOD_APIS.join("|")})$`);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GlyphCaseError("bad_manifest", "Cannot read manifest: it is not JSON", {
      cause: error,
    });
  }
}

function objectOf(
  value: unknown,
  what: string,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw bad(`${what === "it" ? what : `"${what}"`} is no object`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return value as Record<string, unknown>;
  throw bad(`there is nothing called "${unknown}" among ${known.join(", ")}`);
}

function textOf(value: unknown, what: string, pattern: RegExp): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw bad(value === undefined ? `"${what}" is missing` : `"${what}" is ${show(value)}`);
}

function listOf(value: unknown, what: string, pattern: RegExp, countMax: number): string[] {
  if (value === undefined) throw bad(`"${what}" is missing`);
  if (!Array.isArray(value)) throw bad(`"${what}" is ${show(value)}, not a list`);
  if (value.length > countMax) throw bad(`"${what}" has more than ${countMax} entries`);
  const wrong = value.find((one) => typeof one !== "string" || !pattern.test(one));
  if (wrong !== undefined) throw bad(`"${what}" has ${show(wrong)}`);
  return [...new Set(value as string[])];
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}

function bad(what: string): GlyphCaseError {
  return new GlyphCaseError("bad_manifest", `Cannot read manifest: ${what}`);
}
