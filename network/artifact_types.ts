/**
 * What a peer knows of the things it holds: trees and leaves, read from their documents.
 *
 * A leaf is bytes, named by their BLAKE3. It has a document too, for its name, its grants and its
 * status; which bytes it is about is said once, by the change that creates the document.
 *
 * A reference lists, and whoever is in an artifact's audience may write one. So it makes nobody a
 * child: that takes the child's own document, which names its parent. Otherwise knowing an id would
 * be enough to pull an artifact into a tree, and its bytes to that tree's audience.
 *
 * @module
 */
import { blake3, parseArtifactId } from "../sync/mod.ts";
import type {
  AccessGrant,
  ArtifactDocument,
  ArtifactId,
  ArtifactRef,
  ArtifactStatus,
  MemberId,
} from "../sync/mod.ts";

/** Bytes of one leaf. */
export const BLOB_BYTES_MAX: number = 100 * 1024 * 1024;
/** Children of one artifact, as far as they are attached here. */
export const TREE_CHILDREN_MAX: number = 10_000;
/** Levels below the top of a tree, as far as it is put together here. */
export const TREE_DEPTH_MAX: number = 64;
/** Grants of one artifact, ended ones too, as far as they are given here. */
export const ARTIFACT_GRANTS_MAX: number = 1024;

/** Keys of the metadata that mean something to every peer. */
export const METADATA_KEYS = {
  /** What people call it, in UTF-8. */
  name: "name",
  /** The MIME type of a leaf, in UTF-8. */
  mimeType: "mime_type",
  /** The parent's document as 32 bytes, or nothing. The steward's, as every key with `_`. */
  parent: "_parent",
} as const;

/** The kinds of trees that come with a meaning; any other word is a kind too. */
export type KnownTreeKind =
  | "story"
  | "gallery"
  | "document"
  | "request"
  | "exchange"
  | "collection";

/** What a tree and a leaf have in common; either can have children. */
export interface ArtifactFields {
  /** A leaf's is the BLAKE3 of its bytes, a tree's that of its document. */
  readonly id: ArtifactId;
  /** The document that holds all this. */
  readonly documentId: ArtifactId;
  /** Who decides its grants. */
  readonly steward: MemberId;
  /** What has become of it. */
  readonly status: ArtifactStatus;
  /** When it was created, in milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** What people call it. */
  readonly name: string | undefined;
  /** The document of the parent that it names; it counts once that one refers to it. */
  readonly parent: ArtifactId | undefined;
  /** What it lists, by position and then by id. */
  readonly references: readonly ArtifactRef[];
  /** All grants, ended ones too, by grantee and time. */
  readonly grants: readonly AccessGrant[];
  /** Every value by its key, the ones above too. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/** Bytes under their own name. */
export interface LeafArtifact extends ArtifactFields {
  /** Tells leaves from trees. */
  readonly type: "leaf";
  /** How many bytes its creator said there are. */
  readonly size: number;
  /** What kind of bytes. */
  readonly mimeType: string | undefined;
}

/** A story, a gallery, or whatever its kind says. */
export interface TreeArtifact extends ArtifactFields {
  /** Tells trees from leaves. */
  readonly type: "tree";
  /** One word. */
  readonly kind: KnownTreeKind | (string & Record<never, never>);
}

/** Whatever a peer holds. */
export type HomeArtifactEntry = TreeArtifact | LeafArtifact;

/** What a document says, before any of it is given a meaning. */
export type ArtifactFacts =
  & Pick<
    ArtifactFields,
    "documentId" | "steward" | "status" | "createdAtMs" | "references" | "grants" | "metadata"
  >
  & { readonly artifactType: string };

/**
 * The id of bytes: their BLAKE3.
 *
 * @example The same bytes have the same id everywhere
 * ```ts
 * import { blobIdOf } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals<string>(
 *   blobIdOf(new TextEncoder().encode("Hello artifact world!")),
 *   "ace71c6923c0d9cdc1b9d42571254bfd71402153270f62f32c1753a20b0b72f0",
 * );
 * ```
 */
export function blobIdOf(bytes: Uint8Array): ArtifactId {
  return parseArtifactId(blake3(bytes).toHex());
}

/** What a document says, as an entry; `undefined` if the change that creates it has not arrived. */
export function readEntry(document: ArtifactDocument): HomeArtifactEntry | undefined {
  if (!document.isCreated) return undefined;
  return entryOf({
    documentId: document.artifactId,
    artifactType: document.artifactType(),
    steward: document.steward(),
    status: document.status(),
    createdAtMs: document.createdAtMs(),
    references: document.references(),
    grants: document.grants(),
    metadata: document.metadata(),
  });
}

/** The id under which people know an artifact: of a leaf that of its bytes. */
export function entryIdOf(document: ArtifactDocument): ArtifactId {
  return parseLeafType(document.artifactType())?.id ?? document.artifactId;
}

/** Gives the facts their meaning. Metadata that makes no sense means nothing. */
export function entryOf({ artifactType, ...facts }: ArtifactFacts): HomeArtifactEntry {
  const { metadata, documentId } = facts;
  const leaf = parseLeafType(artifactType);
  const name = readText(metadata.get(METADATA_KEYS.name));
  const parent = readId(metadata.get(METADATA_KEYS.parent));
  if (leaf === undefined) {
    return { type: "tree", id: documentId, kind: artifactType, name, parent, ...facts };
  }
  const mimeType = readText(metadata.get(METADATA_KEYS.mimeType));
  return { type: "leaf", ...leaf, mimeType, name, parent, ...facts };
}

/** The type that an entry's document has. */
export function artifactTypeOf(entry: HomeArtifactEntry): string {
  return entry.type === "tree" ? entry.kind : leafType(entry.id, entry.size);
}

/** The type of a leaf's document: `leaf:<size>:<id in base64url>`, at most 58 characters. */
export function leafType(id: ArtifactId, size: number): string {
  const text = Uint8Array.fromHex(id).toBase64({ alphabet: "base64url", omitPadding: true });
  return `leaf:${size}:${text}`;
}

function parseLeafType(
  artifactType: string,
): { readonly id: ArtifactId; readonly size: number } | undefined {
  const [, size, text] = /^leaf:(0|[1-9]\d{0,8}):([\w-]{43})$/.exec(artifactType) ?? [];
  if (text === undefined || Number(size) > BLOB_BYTES_MAX) return undefined;
  const hex = Uint8Array.fromBase64(text, { alphabet: "base64url" }).toHex();
  const leaf = { id: parseArtifactId(hex), size: Number(size) };
  // The last digit has two bits to spare, so one id could be written in four ways.
  return leafType(leaf.id, leaf.size) === artifactType ? leaf : undefined;
}

function readText(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readId(bytes: Uint8Array | undefined): ArtifactId | undefined {
  return bytes?.length === 32 ? parseArtifactId(bytes.toHex()) : undefined;
}
