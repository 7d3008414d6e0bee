import { GlyphCaseError } from "./glyphcase_errors.ts";
import type { ModApi, ModManifest } from "./mod_manifest.ts";

/** What can be done with a table. */
export type TableAction = "read" | "write" | "create";

/** What one engine may use: what the manifest of its mod lists, or everything. */
export interface ModAccess {
  /** The mod's name. */
  readonly mod: string;
  /** Whether statements are looked at before they run. */
  readonly isLimited: boolean;
  /** Whether a table may be used so. */
  readonly may: (action: TableAction, table: string) => boolean;
  /** Whether an API may be used. */
  readonly mayUse: (api: ModApi) => boolean;
}

/** Everything, for scripts that TypeScript runs itself. */
export function fullAccess(mod: string): ModAccess {
  return { mod, isLimited: false, may: () => true, mayUse: () => true };
}

/** What a manifest lists: writing a table includes reading it, creating it includes both. */
export function accessOf({ name, apis, tables }: ModManifest): ModAccess {
  const create = matcherOf(tables.create);
  const write = matcherOf([...tables.write, ...tables.create]);
  const read = matcherOf([...tables.read, ...tables.write, ...tables.create]);
  const matchers = { create, write, read };
  return {
    mod: name,
    isLimited: true,
    may: (action, table) => !isInternal(table) && matchers[action](table.toLowerCase()),
    mayUse: (api) => apis.includes(api),
  };
}

/** Whether a table is the capsule's own. */
export function isInternal(table: string): boolean {
  return /^_capsule_/i.test(table);
}

/** @throws {GlyphCaseError} `forbidden` */
export function requireTable(access: ModAccess, action: TableAction, table: string): void {
  if (access.may(action, table)) return;
  throw new GlyphCaseError(
    "forbidden",
    `Cannot ${action} table "${table}": the manifest of mod "${access.mod}" does not list it`,
    { mod: access.mod },
  );
}

/** The names are compared as SQLite does, without regard to case. */
function matcherOf(patterns: readonly string[]): (table: string) => boolean {
  const names = new Set<string>();
  const beginnings: string[] = [];
  for (const pattern of patterns.map((one) => one.toLowerCase())) {
    if (pattern.endsWith("*")) beginnings.push(pattern.slice(0, -1));
    else names.add(pattern);
  }
  return (table) => names.has(table) || beginnings.some((beginning) => table.startsWith(beginning));
}
