/**
 * Who may write what in an artifact, judged in each change's own causal past.
 *
 * Everybody who holds a change holds its past, so every honest peer judges alike, whatever the order
 * of arrival. A change that builds on a refused one can never apply: who cheats locks itself out.
 * The end of a timed grant ends delivery, not the validity of what was written.
 *
 * @module
 */
import { SyncError } from "./errors.ts";
import type { ChangeHash, Heads, MemberId } from "./ids.ts";

/** A change that came from elsewhere and passed the check of its schema. */
export interface JudgedChange {
  /** Its name. */
  readonly hash: ChangeHash;
  /** The changes that it builds upon directly. */
  readonly deps: Heads;
  /** Whose it says it is. */
  readonly author: MemberId;
  /** What it takes to be allowed. */
  readonly needs: "nothing" | "steward" | "audience";
}

/** Who decided and who had access, at some point of a document's history. */
export interface PastAuthority {
  /** The steward; `undefined` before the creation. */
  readonly steward: MemberId | undefined;
  /** Everybody with a grant, ended ones too. */
  readonly grantees: ReadonlySet<MemberId>;
}

/**
 * Checks that each change was allowed to its author.
 *
 * @param changes In an order in which each comes after those that it builds upon.
 * @param at Reads who decided as of some heads.
 * @throws {SyncError} `not_allowed` for the first that was not.
 */
export function checkAuthority(
  changes: readonly JudgedChange[],
  at: (heads: Heads) => PastAuthority,
): void {
  const pastByHeads = new Map<string, PastAuthority>();
  const after = new Map<ChangeHash, PastAuthority>();
  for (const change of changes) {
    if (change.needs === "nothing") continue;
    const past = pastOf(change);
    if (!isAllowed(change, past)) {
      throw new SyncError(
        "not_allowed",
        `Cannot apply change "${change.hash}": "${change.author}" may not write it`,
      );
    }
    // Only a steward's writes change who decides, so a run of others needs one look.
    if (change.needs === "audience") after.set(change.hash, past);
  }

  function pastOf({ deps }: JudgedChange): PastAuthority {
    const inherited = deps.length === 1 ? after.get(deps[0]!) : undefined;
    if (inherited !== undefined) return inherited;
    const key = deps.join();
    const past = pastByHeads.get(key) ?? at(deps);
    pastByHeads.set(key, past);
    return past;
  }
}

function isAllowed({ author, needs }: JudgedChange, past: PastAuthority): boolean {
  if (past.steward === author) return true;
  return needs === "audience" && past.steward !== undefined && past.grantees.has(author);
}
