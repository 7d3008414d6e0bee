/**
 * Makes the file of a new store. Whatever happens meanwhile, a file under the right name is whole.
 */
import type { DatabaseSync } from "node:sqlite";
import { connect } from "./_connect.ts";
import { CapsuleError } from "./errors.ts";
import { APPLICATION_ID, migrate } from "./schema.ts";

/**
 * Makes the file under another name, and renames it when it is whole.
 *
 * @throws {CapsuleError} `locked` if somebody else is making it, `corrupt` if only a log is there.
 */
export function createFile(file: string): void {
  if (sizeOf(`${file}-wal`)) {
    throw new CapsuleError("corrupt", "Cannot open store: its file is missing, its log is there");
  }
  const draft = `${file}-new`;
  const db = connectDraft(draft);
  try {
    // Somebody else may have renamed theirs before this one was locked.
    if (sizeOf(file) !== undefined) return;
    db.prepare(`PRAGMA application_id = ${APPLICATION_ID}`).run();
    migrate(db);
    db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    if (Deno.build.os === "windows") db.close(); // where an open file cannot be renamed
    Deno.renameSync(draft, file);
    syncFolder(file);
  } finally {
    if (db.isOpen) db.close();
    // Once there is a store, drafts mean nothing, whoever makes them.
    if (sizeOf(file) !== undefined) remove(draft, `${draft}-wal`);
  }
}

/** `undefined` if there is no such file. */
export function sizeOf(file: string): number | undefined {
  try {
    return Deno.statSync(file).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Losing power may leave anything of an earlier draft; nobody works on one that is not locked. */
function connectDraft(draft: string): DatabaseSync {
  const options = { synchronous: "full", isDraft: true } as const;
  try {
    return connect(draft, options);
  } catch (error) {
    const isDamaged = error instanceof CapsuleError &&
      (error.code === "not_a_database" || error.code === "corrupt");
    if (!isDamaged) throw error;
    remove(draft, `${draft}-wal`);
    return connect(draft, options);
  }
}

/** Puts a new name on disk. */
function syncFolder(file: string): void {
  if (Deno.build.os === "windows") return; // where folders cannot be opened, and need not be
  using folder = Deno.openSync(Deno.realPathSync(file).replace(/[^/]*$/, ""));
  folder.syncSync();
}

function remove(...files: readonly string[]): void {
  for (const file of files) if (sizeOf(file) !== undefined) Deno.removeSync(file);
}
