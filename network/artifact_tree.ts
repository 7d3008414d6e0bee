/**
 * How artifacts hang together, and who may have which: functions over whatever is here.
 *
 * A child is one that names its parent while the parent refers to it. A document names one parent at
 * most, and of two that were named at once Automerge keeps the same one everywhere: so an artifact
 * has one parent, on every peer that holds both, whatever came first.
 *
 * @module
 */
import { ACCESS_RIGHTS, isLive } from "../sync/mod.ts";
import type { AccessGrant, AccessMode, AccessRights, ArtifactId, MemberId } from "../sync/mod.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";

/** Where entries are found. */
export interface ArtifactLookup {
  /** The entry that a document makes. */
  byDocument(documentId: ArtifactId): HomeArtifactEntry | undefined;
  /** Every entry with an id, by document; several if several members have the same bytes. */
  named(id: ArtifactId): readonly HomeArtifactEntry[];
  /** The lowest position at which an entry refers to an id; `undefined` if it does not. */
  position(entry: HomeArtifactEntry, id: ArtifactId): number | undefined;
}

/** What lets a member in. */
export interface ArtifactAccess {
  /** The grant's mode; `steward` for the steward of the artifact or of one above it. */
  readonly mode: AccessMode | "steward";
  /** Whose grant or steward it is: the artifact's own document, or that of one above it. */
  readonly from: ArtifactId;
  /** What it allows besides viewing. */
  readonly rights: AccessRights;
}

/** What the steward may do: everything, and nobody can take it back. */
const STEWARD_RIGHTS: AccessRights = {
  download: true,
  reshare: true,
  revocable: false,
  survivesRecall: true,
};

/** The entries above one, nearest first. */
export function ancestorsOf(lookup: ArtifactLookup, entry: HomeArtifactEntry): HomeArtifactEntry[] {
  const chain = chainOf(lookup, entry);
  const start = chain.findIndex(({ documentId }) => documentId === chain.at(-1)!.parent);
  const isRing = start >= 0 && linkOf(lookup, chain.at(-1)!) !== undefined;
  if (!isRing) return chain.slice(1);
  // Two who attach at once can close a ring, and no one's view is wrong: the latest link gives way.
  const last = chain.slice(start).reduce((late, one) => isLater(lookup, one, late) ? one : late);
  return chain.slice(1, chain.indexOf(last) + 1);
}

/** The entries right below one, in the order of its references. */
export function childrenOf(lookup: ArtifactLookup, entry: HomeArtifactEntry): HomeArtifactEntry[] {
  const above = new Set(chainOf(lookup, entry).map(({ documentId }) => documentId));
  const ids = new Set(entry.references.map(({ artifactId }) => artifactId));
  return [...ids].flatMap((id) => lookup.named(id)).filter((child) => {
    if (child.parent !== entry.documentId) return false;
    // Only in a ring a child is above its parent too; there the link may be the one that gives way.
    return !above.has(child.documentId) || ancestorsOf(lookup, child)[0] === entry;
  });
}

/** The entries below one, each right before those below itself, with their depth below it. */
export function* descendantsOf(
  lookup: ArtifactLookup,
  entry: HomeArtifactEntry,
): Generator<{ readonly entry: HomeArtifactEntry; readonly depth: number }> {
  const waiting = [{ entry, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { depth } = next;
    if (depth > 0) yield next;
    const below = childrenOf(lookup, next.entry).reverse();
    for (const child of below) waiting.push({ entry: child, depth: depth + 1 });
  }
}

/** The grants of an entry that count at a time: of one that is not active, what survives that. */
export function liveGrantsOf(
  { grants, status }: HomeArtifactEntry,
  nowMs: number,
): AccessGrant[] {
  return grants.filter((grant) =>
    isLive(grant, nowMs) && (status === "active" || ACCESS_RIGHTS[grant.mode].survivesRecall)
  );
}

/** What lets a member in at a time, the most it has; `undefined` if nothing does. */
export function accessOf(
  lookup: ArtifactLookup,
  entry: HomeArtifactEntry,
  { member, nowMs }: { readonly member: MemberId; readonly nowMs: number },
): ArtifactAccess | undefined {
  const from = entry.documentId;
  if (entry.steward === member) return { mode: "steward", from, rights: STEWARD_RIGHTS };
  const found = givingTo(lookup, entry).flatMap((giver): ArtifactAccess[] => {
    const granted = liveGrantsOf(giver, nowMs)
      .filter(({ grantee }) => grantee === member)
      .map(({ mode }) => ({ mode, from: giver.documentId, rights: ACCESS_RIGHTS[mode] }));
    if (giver.steward !== member) return granted;
    // To decide about what is above is not to decide about what others put below.
    const steward = { mode: "steward", from: giver.documentId, rights: ACCESS_RIGHTS.revocable };
    return [...granted, { ...steward, mode: "steward" }];
  });
  return found.find(({ rights }) => rights.download) ?? found[0];
}

/** Everybody who may have an artifact at a time. */
export function audienceOf(
  lookup: ArtifactLookup,
  entry: HomeArtifactEntry,
  nowMs: number,
): Set<MemberId> {
  const givers = givingTo(lookup, entry);
  return new Set(givers.flatMap((giver) => [
    giver.steward,
    ...liveGrantsOf(giver, nowMs).map(({ grantee }) => grantee),
  ]));
}

/** An entry and, if it is active, the active ones above it up to the first that is not. */
export function givingTo(lookup: ArtifactLookup, entry: HomeArtifactEntry): HomeArtifactEntry[] {
  if (entry.status !== "active") return [entry];
  const above = ancestorsOf(lookup, entry);
  const end = above.findIndex(({ status }) => status !== "active");
  return [entry, ...(end < 0 ? above : above.slice(0, end))];
}

/** An entry and those above it, each once, rings not yet broken. */
function chainOf(lookup: ArtifactLookup, entry: HomeArtifactEntry): HomeArtifactEntry[] {
  const chain = new Set<HomeArtifactEntry>();
  let next: HomeArtifactEntry | undefined = entry;
  while (next !== undefined && !chain.has(next)) {
    chain.add(next);
    next = linkOf(lookup, next)?.parent;
  }
  return [...chain];
}

function linkOf(
  lookup: ArtifactLookup,
  entry: HomeArtifactEntry,
): { readonly parent: HomeArtifactEntry; readonly position: number } | undefined {
  if (entry.parent === undefined || !lookup.named(entry.id).includes(entry)) return undefined;
  const parent = lookup.byDocument(entry.parent);
  const position = parent && lookup.position(parent, entry.id);
  return parent === undefined || position === undefined ? undefined : { parent, position };
}

function isLater(
  lookup: ArtifactLookup,
  one: HomeArtifactEntry,
  other: HomeArtifactEntry,
): boolean {
  const [left, right] = [one, other].map((entry) => linkOf(lookup, entry)!.position);
  return left! > right! || (left === right && one.documentId > other.documentId);
}
