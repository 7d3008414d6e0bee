/**
 * Copies of a whole database, made while it is in use.
 */
import { backup } from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";
import { sizeOf } from "./_create_file.ts";
import { translated } from "./_sqlite_errors.ts";
import { CapsuleError } from "./errors.ts";

/** Copies under another name, and renames the copy when it is whole. */
export async function backUp(db: DatabaseSync, file: string): Promise<void> {
  const draft = `${file}-new`;
  removeIfThere(draft); // an earlier one that was not finished
  try {
    await backup(db, draft);
  } catch (error) {
    removeIfThere(draft);
    translated(`back up to "${file}"`, () => {
      throw error;
    }, "io");
  }
  // SQLite would take the log of the file before for one of the copy.
  if (sizeOf(`${file}-wal`) !== undefined) {
    removeIfThere(draft);
    throw new CapsuleError("locked", `Cannot back up to "${file}": it is open, or was not closed`);
  }
  Deno.renameSync(draft, file);
}

function removeIfThere(file: string): void {
  if (sizeOf(file) !== undefined) Deno.removeSync(file);
}
