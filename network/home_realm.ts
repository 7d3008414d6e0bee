/**
 * A peer's own realm, where what it makes begins: artifacts, files, and documents of its own.
 *
 * @module
 */
import type { ArtifactId, MemberId } from "../sync/mod.ts";
import type { Artifact, GrantOptions } from "./artifact.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";
import type { Document } from "./document.ts";
import { NetworkError } from "./errors.ts";
import type { NetworkCore } from "./network_core.ts";
import { homeRealmId } from "./realm_ids.ts";
import type { RealmId } from "./realm_ids.ts";

/** What {@linkcode HomeRealm.createArtifact} takes besides the kind. */
export interface CreateArtifactOptions {
  /** What people call it; kept in its metadata as `name`. @default {none} */
  readonly name?: string;
}

/** What {@linkcode HomeRealm.upload} takes besides the bytes. */
export interface UploadOptions {
  /** What people call it; never used as a path. @default {none} */
  readonly name?: string;
  /** What kind of bytes. @default {unknown} */
  readonly mimeType?: string;
}

/** Something that another member may have. */
export interface SharedArtifact {
  /** A leaf's is the BLAKE3 of its bytes. */
  readonly id: ArtifactId;
  /** What people call it. */
  readonly name: string | undefined;
  /** Bytes of a leaf; 0 for a tree. */
  readonly size: number;
  /** What kind of bytes. */
  readonly mimeType: string | undefined;
}

/** What a home realm needs of its network. */
export interface HomeRealmOptions {
  readonly self: MemberId;
  readonly nowMs: () => number;
  readonly core: () => NetworkCore;
  readonly write: (mutations: readonly ArtifactMutation[]) => void;
  readonly artifact: (id: ArtifactId) => Artifact | undefined;
  readonly document: (name: string) => Document;
}

/** A peer's own realm; `IndrasNetwork.homeRealm()` gives it. */
export class HomeRealm {
  readonly #options: HomeRealmOptions;

  /** Networks make their own. */
  constructor(options: HomeRealmOptions) {
    this.#options = options;
  }

  /** The same for this member everywhere. */
  get id(): RealmId {
    return homeRealmId(this.#options.self);
  }

  /**
   * Creates a tree artifact, of which this peer is the steward.
   *
   * @param kind One word, such as `"story"` or `"gallery"`.
   * @throws {TypeError} if the kind is not one word.
   * @throws {RangeError} if the name is larger than a value of the metadata can be.
   */
  createArtifact(kind: string, options: CreateArtifactOptions = {}): Artifact {
    const created = this.#vault.compose(kind, options);
    this.#options.write(created.mutations);
    return this.#options.artifact(created.artifactId)!;
  }

  /**
   * Keeps bytes as a leaf. The same bytes again are the same leaf, under its first name.
   *
   * @returns The BLAKE3 of the bytes.
   * @throws {NetworkError} `limit_reached` beyond 100 MiB.
   * @throws {BlobError} `storage_full`.
   */
  upload(bytes: Uint8Array, options: UploadOptions = {}): ArtifactId {
    const added = this.#vault.addLeaf(bytes, options);
    this.#core.blobs.put(added.artifactId, bytes);
    this.#options.write(added.mutations);
    return added.artifactId;
  }

  /**
   * The bytes of a leaf that this peer may view.
   *
   * @throws {NetworkError} `artifact_not_found`, `artifact_recalled`, `no_access`, or `not_found` if
   * the bytes have not arrived yet.
   */
  getArtifact(id: ArtifactId): Uint8Array {
    const entry = this.#core.registry.index.get(id);
    if (entry === undefined) throw fault("artifact_not_found", "artifact not found");
    const bytes = this.#core.blobs.get(entry.id);
    const may = this.#core.registry.index.access(entry.documentId, this.#options.self, this.#now);
    if (may === undefined) {
      throw entry.status === "recalled"
        ? fault("artifact_recalled", "artifact has been recalled")
        : fault("no_access", "no access");
    }
    if (
      bytes !== undefined &&
      (entry.status !== "recalled" || entry.steward !== this.#options.self ||
        may.mode === "permanent")
    ) {
      return bytes;
    }
    if (entry.status === "recalled") throw fault("artifact_recalled", "artifact has been recalled");
    if (entry.type === "tree") throw fault("not_found", "a tree has no bytes");
    throw fault("not_found", "its bytes have not arrived yet");
  }

  /** Lets a member in; see `Vault.grant()`. */
  grantAccess(id: ArtifactId, member: MemberId, options: GrantOptions): void {
    this.#options.write(this.#vault.grant(id, member, options));
  }

  /** Shows a member out; see `Vault.revoke()`. */
  revokeAccess(id: ArtifactId, member: MemberId): void {
    this.#options.write(this.#vault.revoke(id, member));
  }

  /** Takes an artifact back, and all below it; `false` if it is unknown or not active. */
  recall(id: ArtifactId): boolean {
    const { recalled, mutations } = this.#vault.recall(id);
    this.#options.write(mutations);
    return recalled;
  }

  /** Hands an artifact to another steward; see `Vault.transfer()`. */
  transfer(id: ArtifactId, member: MemberId): void {
    this.#options.write(this.#vault.transfer(id, member));
  }

  /** What a member may have without being its steward, by id. */
  sharedWith(member: MemberId): SharedArtifact[] {
    return this.#core.registry.index.sharedWith(member, this.#now)
      .filter((entry) => entry.type === "leaf" || !entry.kind.startsWith("_"))
      .map(toShared);
  }

  /** Puts an artifact below another; see `Vault.attachChild()`. */
  attachChild(parent: ArtifactId, child: ArtifactId): void {
    this.#options.write(this.#vault.attachChild(parent, child));
  }

  /** Takes an artifact out from below another; see `Vault.detachChild()`. */
  detachChild(parent: ArtifactId, child: ArtifactId): void {
    this.#options.write(this.#vault.detachChild(parent, child));
  }

  /** A document that nobody else has, the same object each time. */
  document(name: string): Document {
    return this.#options.document(name);
  }

  get #core(): NetworkCore {
    return this.#options.core();
  }

  get #vault(): NetworkCore["registry"]["vault"] {
    return this.#core.registry.vault;
  }

  get #now(): { readonly nowMs: number } {
    return { nowMs: this.#options.nowMs() };
  }
}

function toShared(entry: HomeArtifactEntry): SharedArtifact {
  const { id, name } = entry;
  const isLeaf = entry.type === "leaf";
  return { id, name, size: isLeaf ? entry.size : 0, mimeType: isLeaf ? entry.mimeType : undefined };
}

function fault(code: NetworkError["code"], why: string): NetworkError {
  return new NetworkError(code, `Artifact error: ${why}`);
}
