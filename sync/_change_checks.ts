import type { DecodedChange, Handle } from "./_automerge.ts";
import { readHead } from "./_open_change.ts";
import type { ChangeHead } from "./_open_change.ts";
import { CausalPast } from "./_causal_past.ts";
import type { Before as Past } from "./_causal_past.ts";
import { PlainChanges } from "./_plain_changes.ts";
import { SyncError } from "./errors.ts";
import type { Genesis } from "./genesis.ts";
import { isActorId } from "./ids.ts";

/**
 * What a kind of document demands of each change: throws a `SyncError` if it is not met. `document`
 * may or may not have the change applied.
 */
export type ChangeCheck = (change: DecodedChange, genesis: Genesis, document: Handle) => void;

/** Operations of one change: each is opened to be checked, which takes about a kilobyte. */
export const CHANGE_OPERATIONS_MAX: number = 100_000;

/** What stood in the document before the new changes. */
export interface Before extends Past {
  /** The highest operation of a change; `undefined` if it was not there. */
  readonly maxOpOf: (hash: string) => number | undefined;
}

/** What stands in a document that holds nothing but its genesis. */
export function justGenesis({ hash, change }: Genesis): Before {
  const maxOpOf = (name: string) => name === hash ? readHead(change).maxOp : undefined;
  return { maxOpOf, getChangesMeta: () => [] };
}

/** What {@linkcode checkChanges} needs to know. */
export interface ChangesToCheck {
  /** The new changes, each after those that it builds upon. */
  readonly changes: readonly ChangeHead[];
  /** The document without them. */
  readonly before: Before;
  /** The document to look objects up in: with them, or without if there is but one. */
  readonly document: Handle;
  readonly genesis: Genesis;
  readonly check: ChangeCheck;
  /**
   * The document without them again, and the number of an actor's latest change in it; without this,
   * none is found to be plain.
   */
  readonly plainIn?: { readonly handle: Handle; readonly lastSeq: (actor: string) => number };
  /** The actor who writes here: nobody else can have written its changes, once it is open. */
  readonly self?: string;
  /** Whether to stop at the first change that is not plain, before the document's own check. */
  readonly onlyPlain?: boolean;
}

/**
 * Checks that every change builds on another, is a member's, and passes the check of its document.
 *
 * @returns Whether all of them are plain, see {@linkcode PlainChanges}.
 * @throws {SyncError} `bad_changes`, `too_large`, or what the document's own check throws.
 */
export function checkChanges(
  { changes, before, document, genesis, check, plainIn, self, onlyPlain }: ChangesToCheck,
): boolean {
  const maxOps = new Map(changes.map(({ hash, maxOp }) => [hash, maxOp]));
  const maxOpOf = (hash: string) => maxOps.get(hash) ?? before.maxOpOf(hash) ?? Infinity;
  const past = new CausalPast(before, changes);
  const plain = plainIn && new PlainChanges(plainIn.handle, past, plainIn.lastSeq);
  let arePlain = plain !== undefined;
  for (const { hash, deps, actor, startOp, maxOp, open } of changes) {
    // Automerge always numbers on from the highest operation that a change has seen.
    const numberedOn = deps.length > 0 && startOp === Math.max(...deps.map(maxOpOf)) + 1;
    if (!numberedOn || !isActorId(actor)) {
      throw new SyncError("bad_changes", `Cannot apply change "${hash}": it is forged`);
    }
    if (maxOp - startOp >= CHANGE_OPERATIONS_MAX) {
      throw new SyncError("too_large", `Cannot apply change "${hash}": too many operations`);
    }
    const change = open();
    past.check(change);
    arePlain &&= plain!.take(change);
    if (!arePlain && onlyPlain) return false;
    check(change, genesis, document);
  }
  if (changes.some(({ actor }) => actor === self)) {
    throw new SyncError("bad_changes", "Cannot apply changes: they use the actor of this copy");
  }
  return arePlain;
}
