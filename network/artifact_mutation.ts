/**
 * What is written to artifacts, as data: for their documents and for the index alike.
 *
 * @module
 */
import { ArtifactDocument, artifactIdOf, memberOf } from "../sync/mod.ts";
import type {
  AccessGrant,
  ArtifactId,
  ArtifactRef,
  ArtifactStatus,
  MemberId,
  Writer,
} from "../sync/mod.ts";
import { artifactTypeOf, entryOf } from "./artifact_types.ts";
import type { ArtifactFacts, HomeArtifactEntry } from "./artifact_types.ts";

/** Makes a document. */
export interface CreateMutation {
  /** Tells mutations apart. */
  readonly type: "create";
  /** What the steward and the nonce make, see `artifactIdOf`. */
  readonly documentId: ArtifactId;
  /** 32 random bytes. */
  readonly nonce: Uint8Array;
  /** A tree's kind, or what a leaf's document is called. */
  readonly artifactType: string;
  /** Who creates it. */
  readonly steward: MemberId;
  /** In milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
}

/** Lets go of what must not be kept. Only this peer does it; it is in no document. */
export interface DropMutation {
  /** Tells mutations apart. */
  readonly type: "drop";
  /** Which document. */
  readonly documentId: ArtifactId;
  /** Whose bytes, for a leaf. */
  readonly artifactId: ArtifactId;
  /**
   * `all`: document, tracked heads and bytes; `document`: not the bytes, which another artifact
   * here needs; `bytes`: only the bytes, because a steward keeps its document.
   */
  readonly what: "all" | "document" | "bytes";
}

/** Writes into one document that is here. */
export type DocumentMutation =
  & {
    /** Which document. */
    readonly documentId: ArtifactId;
  }
  & (
    | { readonly type: "append_ref"; readonly reference: ArtifactRef }
    | { readonly type: "remove_ref"; readonly child: ArtifactId }
    | { readonly type: "add_grant"; readonly grant: AccessGrant }
    | { readonly type: "remove_grant"; readonly grantee: MemberId }
    | { readonly type: "set_status"; readonly status: ArtifactStatus }
    | { readonly type: "set_steward"; readonly steward: MemberId }
    | { readonly type: "set_metadata"; readonly key: string; readonly value: Uint8Array }
  );

/** Everything that a `Vault` can answer with, told apart by `type`. */
export type ArtifactMutation = CreateMutation | DocumentMutation | DropMutation;

/**
 * Makes the document of a `create`.
 *
 * @param writer Whoever creates it, and writes in it from then on.
 * @param others What is to be written into it at once: the first few in the same change.
 * @throws {TypeError} if the writer is not the one to create it.
 */
export function createDocument(
  mutation: CreateMutation,
  writer: Writer,
  others: readonly DocumentMutation[] = [],
): ArtifactDocument {
  const { documentId, nonce, artifactType, createdAtMs } = mutation;
  if (artifactIdOf(memberOf(writer.actor), nonce) !== documentId) {
    throw new TypeError(`Cannot create artifact "${documentId}": it is not this writer's`);
  }
  const { metadata, grants, count } = beginningOf(others);
  const document = ArtifactDocument.create({
    ...{ nonce, artifactType, createdAtMs, metadata, grants },
    actor: writer.actor,
    nowMs: () => writer.nowMs(),
  });
  try {
    for (const one of others.slice(count)) applyMutation(document, one);
    return document;
  } catch (error) {
    document[Symbol.dispose]();
    throw error;
  }
}

/** How many mutations, at most, go into the change that creates their document. */
const CREATION_MUTATIONS_MAX = 16;

/** What can be said by the creation itself, of what comes right after it. */
function beginningOf(others: readonly DocumentMutation[]) {
  const metadata = new Map<string, Uint8Array>();
  const grants = new Map<MemberId, AccessGrant>();
  let count = 0;
  for (const one of others.slice(0, CREATION_MUTATIONS_MAX)) {
    if (one.type === "set_metadata" && !metadata.has(one.key)) metadata.set(one.key, one.value);
    else if (one.type === "add_grant" && !grants.has(one.grant.grantee)) {
      grants.set(one.grant.grantee, one.grant);
    } else break;
    count++;
  }
  return { metadata, grants: [...grants.values()], count };
}

/**
 * Writes a mutation into its document, as one change.
 *
 * @throws {TypeError} if it is for another document.
 *
 * @example What a vault answers is written
 * ```ts
 * import { applyMutation, ArtifactIndex, createDocument, Vault } from "@indras/toolkit/network";
 * import { actorOf, parseMemberId, seededSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const self = parseMemberId("a1".repeat(32));
 * const sources = seededSources("7", () => 5_000);
 * const vault = new Vault({ self, sources, index: new ArtifactIndex({ self }) });
 * const [create, ...others] = vault.compose("story", { name: "Tides" }).mutations;
 *
 * if (create?.type !== "create") throw new Error("it begins with the creation");
 * using document = createDocument(create, { actor: actorOf(self, 0), nowMs: sources.nowMs });
 * for (const mutation of others) {
 *   if (mutation.type !== "create" && mutation.type !== "drop") applyMutation(document, mutation);
 * }
 * assertEquals(document.getMetadata("name"), new TextEncoder().encode("Tides"));
 * ```
 */
export function applyMutation(document: ArtifactDocument, mutation: DocumentMutation): void {
  checkDocument(document.artifactId, mutation);
  switch (mutation.type) {
    case "append_ref": {
      const { artifactId, position, label } = mutation.reference;
      return document.appendRef(
        artifactId,
        label === undefined ? { position } : {
          position,
          label,
        },
      );
    }
    case "remove_ref":
      return document.removeRef(mutation.child);
    case "add_grant":
      return document.addGrant(mutation.grant);
    case "remove_grant":
      return document.removeGrant(mutation.grantee);
    case "set_status":
      return document.setStatus(mutation.status);
    case "set_steward":
      return document.setSteward(mutation.steward);
    case "set_metadata":
      return document.setMetadata(mutation.key, mutation.value);
  }
}

/** The entry of a document that was just created. */
export function createdEntry(mutation: CreateMutation): HomeArtifactEntry {
  const { documentId, artifactType, steward, createdAtMs } = mutation;
  const empty = { references: [], grants: [], metadata: new Map<string, Uint8Array>() };
  return entryOf({ documentId, artifactType, steward, createdAtMs, status: "active", ...empty });
}

/**
 * An entry as it is once its document has been written to.
 *
 * @throws {TypeError} if the mutation is for another document.
 */
export function mutateEntry(
  entry: HomeArtifactEntry,
  mutation: DocumentMutation,
): HomeArtifactEntry {
  checkDocument(entry.documentId, mutation);
  return entryOf({ ...factsOf(entry), ...changedFacts(entry, mutation) });
}

function changedFacts(
  { references, grants, metadata }: HomeArtifactEntry,
  mutation: DocumentMutation,
): Partial<ArtifactFacts> {
  switch (mutation.type) {
    case "append_ref":
      return { references: [...references, mutation.reference].sort(byPosition) };
    case "remove_ref":
      return { references: references.filter((one) => one.artifactId !== mutation.child) };
    case "add_grant": {
      const others = grants.filter(({ grantee }) => grantee !== mutation.grant.grantee);
      return { grants: [...others, mutation.grant].sort(byGrantee) };
    }
    case "remove_grant":
      return { grants: grants.filter(({ grantee }) => grantee !== mutation.grantee) };
    case "set_status":
      return { status: mutation.status };
    case "set_steward":
      return { steward: mutation.steward };
    case "set_metadata": {
      const all = [...metadata].filter(([key]) => key !== mutation.key);
      all.push([mutation.key, mutation.value.slice()]);
      return { metadata: new Map(all.sort(([left], [right]) => compare(left, right))) };
    }
  }
}

function factsOf(entry: HomeArtifactEntry): ArtifactFacts {
  const { documentId, steward, status, createdAtMs, references, grants, metadata } = entry;
  const facts = { documentId, steward, status, createdAtMs, references, grants, metadata };
  return { ...facts, artifactType: artifactTypeOf(entry) };
}

function checkDocument(documentId: ArtifactId, mutation: DocumentMutation): void {
  if (mutation.documentId === documentId) return;
  throw new TypeError(
    `Cannot apply ${mutation.type} to "${documentId}": it is for "${mutation.documentId}"`,
  );
}

/** As `ArtifactDocument` sorts them. */
function byPosition(left: ArtifactRef, right: ArtifactRef): number {
  return left.position - right.position || compare(left.artifactId, right.artifactId) ||
    compare(left.label ?? "", right.label ?? "");
}

/** As `ArtifactDocument` sorts them. */
function byGrantee(left: AccessGrant, right: AccessGrant): number {
  return compare(left.grantee, right.grantee) || left.grantedAtMs - right.grantedAtMs;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
