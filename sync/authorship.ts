/**
 * Whose changes are whose: every change that came from elsewhere is covered by a voucher of its
 * author, whoever relayed it.
 *
 * A voucher names a change and covers everything by the same member among that change's ancestors.
 *
 * @module
 */
import { SyncError } from "./errors.ts";
import type { ChangeHash, DocumentId, Heads, MemberId } from "./ids.ts";
import { verifyVoucher } from "./voucher.ts";
import type { Voucher } from "./voucher.ts";

/** Vouchers in one payload: as many members may have written at once. */
export const VOUCHERS_MAX: number = 1000;

/** A change and what it builds upon. */
export interface AuthoredChange {
  /** Its name. */
  readonly hash: ChangeHash;
  /** The changes that it builds upon directly. */
  readonly deps: Heads;
  /** Whose it says it is. */
  readonly author: MemberId;
}

/**
 * Checks that each change is vouched for by its author.
 *
 * @returns The vouchers that covered something; the others are worth nothing.
 * @throws {SyncError} `not_vouched` for the first change that no good voucher covers.
 */
export function checkAuthorship(
  documentId: DocumentId,
  changes: readonly AuthoredChange[],
  vouchers: readonly Voucher[],
): readonly Voucher[] {
  const byHash = new Map(changes.map((change) => [change.hash, change]));
  const covered = new Set<ChangeHash>();
  const useful = vouchers.filter((voucher) => {
    const change = byHash.get(voucher.change);
    if (change?.author !== voucher.member || covered.has(voucher.change)) return false;
    if (!verifyVoucher(documentId, voucher)) return false;
    for (const ancestor of ancestorsOf(change, byHash)) {
      if (ancestor.author === voucher.member) covered.add(ancestor.hash);
    }
    return true;
  });
  const naked = changes.find(({ hash }) => !covered.has(hash));
  if (naked === undefined) return useful;
  throw new SyncError(
    "not_vouched",
    `Cannot apply change "${naked.hash}": "${naked.author}" does not vouch for it`,
  );
}

/**
 * The changes whose vouchers cover all: of each member the latest, and an earlier one only if the
 * latest does not build on it.
 *
 * @param changes In an order in which each comes after those that it builds upon.
 * @param canVouch Whether there is a voucher for a change, or one can be made.
 */
export function changesToVouchFor<Change extends AuthoredChange>(
  changes: readonly Change[],
  canVouch: (change: Change) => boolean,
): Change[] {
  const byHash = new Map(changes.map((change) => [change.hash, change]));
  const covered = new Set<ChangeHash>();
  return changes.toReversed().filter((change) => {
    if (covered.has(change.hash) || !canVouch(change)) return false;
    for (const ancestor of ancestorsOf(change, byHash)) {
      if (ancestor.author === change.author) covered.add(ancestor.hash);
    }
    return true;
  });
}

/** A change and everything below it, as far as it is among these changes. */
function* ancestorsOf<Change extends AuthoredChange>(
  change: Change,
  byHash: ReadonlyMap<ChangeHash, Change>,
): Generator<Change> {
  const seen = new Set([change.hash]);
  const waiting = [change];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    for (const dep of next.deps) {
      const found = byHash.get(dep);
      if (found === undefined || seen.has(dep)) continue;
      seen.add(dep);
      waiting.push(found);
    }
  }
}
