import {
  ARTIFACT_TYPE_LENGTH_MAX,
  LABEL_LENGTH_MAX,
  METADATA_VALUE_BYTES_MAX,
} from "../sync/mod.ts";
import type { AccessGrant, ArtifactId, MemberId } from "../sync/mod.ts";
import { tooMany } from "./_artifact_faults.ts";
import type { ArtifactIndex } from "./artifact_index.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";
import { liveGrantsOf } from "./artifact_tree.ts";
import { ARTIFACT_GRANTS_MAX, METADATA_KEYS } from "./artifact_types.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";

/** The parent lists the child, and the child names the parent. */
export function attach(
  parent: ArtifactId,
  child: HomeArtifactEntry,
  { position, label }: { readonly position: number; readonly label?: string | undefined },
): ArtifactMutation[] {
  const { documentId, id: artifactId } = child;
  const value = Uint8Array.fromHex(parent);
  return [
    { type: "append_ref", documentId: parent, reference: { artifactId, position, label } },
    { type: "set_metadata", documentId, key: METADATA_KEYS.parent, value },
  ];
}

/** Gives a child a copy of each grant of its parent whose grantee it lacks. */
export function inherit(
  index: ArtifactIndex,
  { parent, child }: { readonly parent: HomeArtifactEntry; readonly child: HomeArtifactEntry },
  { self, nowMs }: { readonly self: MemberId; readonly nowMs: number },
): ArtifactMutation[] {
  const { documentId, steward, grants } = child;
  const has = ({ grantee }: AccessGrant) =>
    grantee === steward || index.isGrantee(documentId, grantee, { nowMs });
  const copies = liveGrantsOf(parent, nowMs).filter((grant) => !has(grant));
  const grantees = new Set([...grants, ...copies].map(({ grantee }) => grantee));
  if (grantees.size > ARTIFACT_GRANTS_MAX) throw tooMany("grants", ARTIFACT_GRANTS_MAX);
  return copies.map((grant) => {
    return { type: "add_grant", documentId, grant: { ...grant, grantedBy: self } };
  });
}

/** The child names no parent any more. */
export function unnamed(documentId: ArtifactId): ArtifactMutation {
  return { type: "set_metadata", documentId, key: METADATA_KEYS.parent, value: new Uint8Array() };
}

/** Sets what people read, if there is something to set. */
export function text(
  documentId: ArtifactId,
  what: "name" | "mimeType",
  words: string | undefined,
): ArtifactMutation[] {
  if (words === undefined) return [];
  if (!words.isWellFormed()) throw new TypeError(`Cannot set ${what}: it is not Unicode`);
  const value = new TextEncoder().encode(words);
  if (value.length > METADATA_VALUE_BYTES_MAX) throw tooMany("bytes", METADATA_VALUE_BYTES_MAX);
  return [{ type: "set_metadata", documentId, key: METADATA_KEYS[what], value }];
}

/** Fails unless a word can be a tree's kind. */
export function checkKind(kind: string): void {
  const isWord = kind.length <= ARTIFACT_TYPE_LENGTH_MAX && /^[^\s\p{C}]+$/u.test(kind);
  if (isWord && !kind.startsWith("leaf:")) return;
  throw new TypeError(`Cannot compose: kind "${kind.slice(0, 80)}" is not a word for a tree`);
}

/** Fails unless a text can label a reference. */
export function checkLabel(label: string | undefined): void {
  if (label === undefined || (label.length <= LABEL_LENGTH_MAX && label.isWellFormed())) return;
  throw new RangeError("Cannot attach child: the label is too long or not Unicode");
}
