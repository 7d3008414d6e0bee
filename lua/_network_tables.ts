import { PROJECTION_TABLES } from "../network/mod.ts";
import type { ModAccess } from "./mod_access.ts";

const NAMES: ReadonlySet<string> = new Set(PROJECTION_TABLES.map(({ name }) => name));

/** Whether a table is one that a network writes. */
export function isNetworkTable(table: string): boolean {
  return NAMES.has(table.toLowerCase());
}

/** The same without writing to the tables of a network, which would be its fault alone. */
export function withoutNetworkTables(access: ModAccess): ModAccess {
  return {
    ...access,
    may: (action, table) =>
      access.may(action, table) && (action === "read" || !isNetworkTable(table)),
  };
}
