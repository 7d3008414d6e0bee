/**
 * What a peer holds, ready to be asked: made from documents, and kept in step with them.
 *
 * @module
 */
import type { ArtifactDocument, ArtifactId, MemberId } from "../sync/mod.ts";
import { createdEntry, mutateEntry } from "./artifact_mutation.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";
import {
  accessOf,
  ancestorsOf,
  audienceOf,
  childrenOf,
  descendantsOf,
  liveGrantsOf,
} from "./artifact_tree.ts";
import type { ArtifactAccess, ArtifactLookup } from "./artifact_tree.ts";
import { readEntry } from "./artifact_types.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";

/** What {@linkcode ArtifactIndex} takes. */
export interface ArtifactIndexOptions {
  /** Whose index this is. */
  readonly self: MemberId;
}

/**
 * The artifacts of one peer.
 *
 * Wherever it takes an id, that is an artifact's or its document's. If several members have made an
 * artifact of the same bytes, their id means the one that this peer decides about; if there is none,
 * an active one; and of several, the one whose document has the lowest id.
 *
 * @example It says what its documents say
 * ```ts
 * import { ArtifactIndex } from "@indras/toolkit/network";
 * import { actorOf, ArtifactDocument, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["a1", "b2"].map((byte) => parseMemberId(byte.repeat(32)));
 * using story = ArtifactDocument.create({
 *   nonce: new Uint8Array(32), artifactType: "story", actor: actorOf(ada!, 0), nowMs: () => 0,
 * });
 * story.addGrant({ grantee: ben!, grantedBy: ada!, grantedAtMs: 0, mode: "timed", expiresAtMs: 9 });
 *
 * const index = new ArtifactIndex({ self: ben! });
 * index.materialize(story);
 * assertEquals(index.access(story.artifactId, ben!, { nowMs: 8 })?.mode, "timed");
 * assertEquals(index.access(story.artifactId, ben!, { nowMs: 9 }), undefined);
 * ```
 */
export class ArtifactIndex {
  readonly #self: MemberId;
  readonly #entries: Map<ArtifactId, HomeArtifactEntry> = new Map();
  /** The documents of leaves, by the id of their bytes. */
  readonly #leaves: Map<ArtifactId, Set<ArtifactId>> = new Map();
  /** The positions of references, by document; made when they are asked for. */
  readonly #positions: Map<ArtifactId, Map<ArtifactId, number>> = new Map();
  readonly #lookup: ArtifactLookup = {
    byDocument: (documentId) => this.#entries.get(documentId),
    named: (id) => this.named(id),
    position: (entry, id) => this.#positionsOf(entry).get(id),
  };

  /** An empty index. */
  constructor({ self }: ArtifactIndexOptions) {
    this.#self = self;
  }

  /** Every entry, by its document. */
  get entries(): ReadonlyMap<ArtifactId, HomeArtifactEntry> {
    return this.#entries;
  }

  /**
   * Makes the entry of a document anew.
   *
   * @returns The entry; `undefined` if the document's creation has not arrived.
   */
  materialize(document: ArtifactDocument): HomeArtifactEntry | undefined {
    const entry = readEntry(document);
    if (entry !== undefined) this.#put(entry);
    return entry;
  }

  /**
   * Does to the entries what was, or will be, written to the documents.
   *
   * @throws {TypeError} if the document of one of them is not here; the ones before it were applied.
   */
  apply(mutations: Iterable<ArtifactMutation>): void {
    for (const mutation of mutations) {
      if (mutation.type === "create") this.#put(createdEntry(mutation));
      else if (mutation.type !== "drop") this.#put(mutateEntry(this.#of(mutation), mutation));
      else if (mutation.what !== "bytes") this.remove(mutation.documentId);
    }
  }

  /** Forgets a document; nothing happens if it is not here. */
  remove(documentId: ArtifactId): void {
    const entry = this.#entries.get(documentId);
    this.#entries.delete(documentId);
    this.#positions.delete(documentId);
    const leaves = entry && this.#leaves.get(entry.id);
    leaves?.delete(documentId);
    if (leaves?.size === 0) this.#leaves.delete(entry!.id);
  }

  /** One artifact; `undefined` if it is not here. */
  get(id: ArtifactId): HomeArtifactEntry | undefined {
    return this.#entries.get(id) ??
      this.named(id).reduce<HomeArtifactEntry | undefined>(
        (best, one) => best === undefined || this.#rank(one) > this.#rank(best) ? one : best,
        undefined,
      );
  }

  /** Every artifact of these bytes, by document; the one tree if it is a tree's id. */
  named(id: ArtifactId): readonly HomeArtifactEntry[] {
    // A tree's id belongs to its document. That a leaf claims it, too, is worth nothing.
    const own = this.#entries.get(id);
    if (own !== undefined) return own.id === id ? [own] : [];
    return [...this.#leaves.get(id) ?? []].sort().map((document) => this.#entries.get(document)!);
  }

  /** What is right below an artifact, in the order of its references; `[]` if it is not here. */
  children(id: ArtifactId): readonly HomeArtifactEntry[] {
    return this.#ask(id, (entry) => childrenOf(this.#lookup, entry)) ?? [];
  }

  /** What an artifact is right below of; `undefined` at the top, and if it is not here. */
  parent(id: ArtifactId): HomeArtifactEntry | undefined {
    return this.ancestors(id)[0];
  }

  /** What is above an artifact, nearest first; `[]` at the top, and if it is not here. */
  ancestors(id: ArtifactId): readonly HomeArtifactEntry[] {
    return this.#ask(id, (entry) => ancestorsOf(this.#lookup, entry)) ?? [];
  }

  /** What is below an artifact, depth first, each before what is below itself. */
  descendants(id: ArtifactId): readonly HomeArtifactEntry[] {
    return this.#below(id).map(({ entry }) => entry);
  }

  /** How many are above an artifact. */
  depth(id: ArtifactId): number {
    return this.ancestors(id).length;
  }

  /** How many levels are below an artifact. */
  height(id: ArtifactId): number {
    return this.#below(id).reduce((most, { depth }) => Math.max(most, depth), 0);
  }

  /** How many artifacts there are in the tree below one, itself included; 0 if it is not here. */
  subtreeSize(id: ArtifactId): number {
    return this.get(id) === undefined ? 0 : 1 + this.#below(id).length;
  }

  /**
   * What lets a member in, the most it has, here or from active artifacts above.
   *
   * @returns `undefined` if nothing does, or the artifact is not here.
   */
  access(
    id: ArtifactId,
    member: MemberId,
    { nowMs }: { readonly nowMs: number },
  ): ArtifactAccess | undefined {
    return this.#ask(id, (entry) => accessOf(this.#lookup, entry, { member, nowMs }));
  }

  /** Everybody who may have an artifact: stewards and live grantees, with inheritance. */
  audience(id: ArtifactId, { nowMs }: { readonly nowMs: number }): ReadonlySet<MemberId> {
    return this.#ask(id, (entry) => audienceOf(this.#lookup, entry, nowMs)) ?? new Set();
  }

  /** Those of the audience who keep an artifact when it is recalled; not the steward. */
  keepers(id: ArtifactId, { nowMs }: { readonly nowMs: number }): ReadonlySet<MemberId> {
    const access = (member: MemberId) => this.access(id, member, { nowMs });
    return new Set(
      [...this.audience(id, { nowMs })].filter((member) => access(member)?.mode === "permanent"),
    );
  }

  /** What a member may have without deciding about it, by id. */
  sharedWith(
    member: MemberId,
    { nowMs }: { readonly nowMs: number },
  ): readonly HomeArtifactEntry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.steward !== member)
      .filter(({ documentId }) => this.access(documentId, member, { nowMs }) !== undefined)
      .sort((left, right) => key(left) < key(right) ? -1 : 1);
  }

  /** Whether a member has a live grant of the artifact itself. */
  isGrantee(id: ArtifactId, member: MemberId, { nowMs }: { readonly nowMs: number }): boolean {
    const entry = this.get(id);
    return entry !== undefined &&
      liveGrantsOf(entry, nowMs).some(({ grantee }) => grantee === member);
  }

  #put(entry: HomeArtifactEntry): void {
    const { documentId, id } = entry;
    this.#entries.set(documentId, entry);
    this.#positions.delete(documentId);
    if (entry.type === "tree") return;
    const leaves = this.#leaves.get(id) ?? new Set();
    this.#leaves.set(id, leaves.add(documentId));
  }

  #of({ documentId }: { readonly documentId: ArtifactId }): HomeArtifactEntry {
    const entry = this.#entries.get(documentId);
    if (entry !== undefined) return entry;
    throw new TypeError(`Cannot apply to artifact "${documentId}": it is not in the index`);
  }

  #ask<T>(id: ArtifactId, answer: (entry: HomeArtifactEntry) => T): T | undefined {
    const entry = this.get(id);
    return entry === undefined ? undefined : answer(entry);
  }

  #below(id: ArtifactId): { readonly entry: HomeArtifactEntry; readonly depth: number }[] {
    return this.#ask(id, (entry) => [...descendantsOf(this.#lookup, entry)]) ?? [];
  }

  #rank({ steward, status }: HomeArtifactEntry): number {
    const isOwn = steward === this.#self;
    return status === "active" ? (isOwn ? 3 : 2) : isOwn ? 1 : 0;
  }

  #positionsOf({ documentId, references }: HomeArtifactEntry): ReadonlyMap<ArtifactId, number> {
    const known = this.#positions.get(documentId);
    if (known !== undefined) return known;
    // References are sorted by position: the first of several is the lowest.
    const made = new Map(
      references.toReversed().map(({ artifactId, position }) => [artifactId, position]),
    );
    this.#positions.set(documentId, made);
    return made;
  }
}

function key({ id, documentId }: HomeArtifactEntry): string {
  return id + documentId;
}
