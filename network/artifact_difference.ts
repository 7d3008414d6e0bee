/**
 * What leads from one state of an artifact to another: the way from the index back to documents.
 *
 * @module
 */
import type { AccessGrant, ArtifactId, ArtifactRef, MemberId } from "../sync/mod.ts";
import type { DocumentMutation } from "./artifact_mutation.ts";
import { artifactTypeOf } from "./artifact_types.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";

/**
 * What to write so that a document that says `before` says `after`.
 *
 * Of several grants to one grantee, which only a merge can make, the last is written.
 *
 * @param before What the document says; for a fresh one, what `createdEntry` gives.
 * @returns `[]` if they say the same.
 * @throws {TypeError} if they are not of one creation, or metadata would have to vanish, which a
 * document cannot do.
 *
 * @example A name is one change
 * ```ts
 * import { mutationsFor, readEntry } from "@indras/toolkit/network";
 * import { actorOf, ArtifactDocument, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * using story = ArtifactDocument.create({
 *   nonce: new Uint8Array(32),
 *   artifactType: "story",
 *   actor: actorOf(parseMemberId("a1".repeat(32)), 0),
 *   nowMs: () => 0,
 * });
 * const before = readEntry(story)!;
 * story.setMetadata("name", new TextEncoder().encode("Tides"));
 * assertEquals(mutationsFor(before, readEntry(story)!).map(({ type }) => type), ["set_metadata"]);
 * ```
 */
export function mutationsFor(
  before: HomeArtifactEntry,
  after: HomeArtifactEntry,
): DocumentMutation[] {
  const { documentId } = before;
  if (
    documentId !== after.documentId || before.createdAtMs !== after.createdAtMs ||
    artifactTypeOf(before) !== artifactTypeOf(after)
  ) {
    throw new TypeError(`Cannot change "${documentId}" into "${after.documentId}"`);
  }
  const mutations: DocumentMutation[] = [
    ...references(before, after),
    ...grants(before, after),
    ...metadata(before, after),
  ];
  const { status, steward } = after;
  if (status !== before.status) mutations.push({ type: "set_status", documentId, status });
  // Last: whoever is not the steward any more may write none of the others.
  if (steward !== before.steward) mutations.push({ type: "set_steward", documentId, steward });
  return mutations;
}

function references(before: HomeArtifactEntry, after: HomeArtifactEntry): DocumentMutation[] {
  const { documentId } = before;
  const had = Map.groupBy(before.references, ({ artifactId }) => artifactId);
  const has = Map.groupBy(after.references, ({ artifactId }) => artifactId);
  return [...new Set([...had.keys(), ...has.keys()])].flatMap((child: ArtifactId) => {
    const [old, now] = [had.get(child) ?? [], has.get(child) ?? []];
    const added = now.map(referenceKey);
    const stays = old.map(referenceKey).every((key) => {
      const at = added.indexOf(key);
      if (at >= 0) added.splice(at, 1);
      return at >= 0;
    });
    const appended = (stays ? added : now.map(referenceKey)).map((key): DocumentMutation => {
      const reference = now.find((one) => referenceKey(one) === key)!;
      return { type: "append_ref", documentId, reference };
    });
    return stays ? appended : [{ type: "remove_ref" as const, documentId, child }, ...appended];
  });
}

function grants(before: HomeArtifactEntry, after: HomeArtifactEntry): DocumentMutation[] {
  const { documentId } = before;
  const had = Map.groupBy(before.grants, ({ grantee }) => grantee);
  const has = Map.groupBy(after.grants, ({ grantee }) => grantee);
  return [...new Set([...had.keys(), ...has.keys()])].flatMap(
    (grantee: MemberId): DocumentMutation[] => {
      const [old, now] = [had.get(grantee) ?? [], has.get(grantee) ?? []];
      if (old.map(grantKey).join() === now.map(grantKey).join()) return [];
      const grant = now.at(-1);
      if (grant === undefined) return [{ type: "remove_grant", documentId, grantee }];
      return [{ type: "add_grant", documentId, grant }];
    },
  );
}

function metadata(before: HomeArtifactEntry, after: HomeArtifactEntry): DocumentMutation[] {
  const { documentId } = before;
  const gone = [...before.metadata.keys()].find((key) => !after.metadata.has(key));
  if (gone !== undefined) {
    throw new TypeError(`Cannot take metadata "${gone}" out of artifact "${documentId}"`);
  }
  return [...after.metadata]
    .filter(([key, value]) => before.metadata.get(key)?.toHex() !== value.toHex())
    .map(([key, value]) => ({ type: "set_metadata", documentId, key, value }));
}

function referenceKey({ position, label }: ArtifactRef): string {
  return JSON.stringify([position, label ?? null]);
}

function grantKey(grant: AccessGrant): string {
  const { mode, grantedAtMs, grantedBy } = grant;
  return JSON.stringify([
    mode,
    grantedAtMs,
    grantedBy,
    grant.mode === "timed" ? grant.expiresAtMs : 0,
  ]);
}
