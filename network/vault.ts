/**
 * What a peer may do with artifacts, and what that writes.
 *
 * Knows entries and rules. Knows no heads, no payloads, and nobody's whereabouts: a vault answers
 * with mutations, whoever asked writes them to the documents, and the registry sends those.
 *
 * @module
 */
import { ACCESS_RIGHTS, ARTIFACT_NONCE_BYTES, artifactIdOf, nextPosition } from "../sync/mod.ts";
import type { ArtifactId, MemberId } from "../sync/mod.ts";
import { fault, hasParent, noAccess, notActive, tooMany } from "./_artifact_faults.ts";
import { dropsOf, recall } from "./_recall.ts";
import { attach, checkKind, checkLabel, inherit, text, unnamed } from "./_vault_writes.ts";
import type { GrantOptions } from "./artifact.ts";
import type { ArtifactIndex } from "./artifact_index.ts";
import type { ArtifactMutation, CreateMutation, DropMutation } from "./artifact_mutation.ts";
import {
  ARTIFACT_GRANTS_MAX,
  BLOB_BYTES_MAX,
  blobIdOf,
  leafType,
  TREE_CHILDREN_MAX,
  TREE_DEPTH_MAX,
} from "./artifact_types.ts";
import type { HomeArtifactEntry, TreeArtifact } from "./artifact_types.ts";
import type {
  AddLeafOptions,
  AttachOptions,
  ComposeOptions,
  ComposeOutcome,
  RecallOutcome,
  VaultOptions,
} from "./vault_options.ts";

export * from "./vault_options.ts";

/**
 * One peer's artifacts and the rules about them. It writes nothing: its answers do.
 *
 * Every method throws a {@linkcode NetworkError} if a rule is broken. An artifact is named by its id
 * or by its document's.
 *
 * @example A picture in a gallery is shared with the gallery
 * ```ts
 * import { ArtifactIndex, Vault } from "@indras/toolkit/network";
 * import { parseMemberId, seededSources } from "@indras/toolkit/sync";
 * import { assert } from "@std/assert";
 *
 * const [ada, ben] = ["a1", "b2"].map((byte) => parseMemberId(byte.repeat(32)));
 * const index = new ArtifactIndex({ self: ada! });
 * const vault = new Vault({ self: ada!, index, sources: seededSources("7", () => 5_000) });
 *
 * const picture = vault.addLeaf(new Uint8Array([1, 2, 3]), { name: "tides.png" });
 * index.apply(picture.mutations);
 * const gallery = vault.compose("gallery", { children: [picture.artifactId] });
 * index.apply(gallery.mutations);
 * index.apply(vault.grant(gallery.artifactId, ben!, { mode: "revocable" }));
 * assert(index.audience(picture.artifactId, { nowMs: 5_000 }).has(ben!));
 * ```
 */
export class Vault {
  readonly #self: MemberId;
  readonly #index: ArtifactIndex;
  readonly #sources: VaultOptions["sources"];

  /** A vault over what is in an index. */
  constructor({ self, index, sources }: VaultOptions) {
    this.#self = self;
    this.#index = index;
    this.#sources = sources;
  }

  /**
   * Makes a tree of what is here.
   *
   * @param kind One word.
   * @throws {NetworkError} as {@linkcode attachChild} does.
   * @throws {TypeError} if the kind is not one word, or the name not Unicode.
   */
  compose(
    kind: TreeArtifact["kind"],
    options: ComposeOptions = {},
  ): ComposeOutcome {
    checkKind(kind);
    const children = (options.children ?? []).map((id) => this.#find(id));
    if (children.length > TREE_CHILDREN_MAX) throw tooMany("children", TREE_CHILDREN_MAX);
    children.forEach((child, at) => {
      if (children.indexOf(child) < at) throw hasParent();
      this.#checkAttachable(child, 1);
    });
    const create = this.#create(kind);
    const { documentId } = create;
    const mutations: ArtifactMutation[] = [create, ...text(documentId, "name", options.name)];
    let position = 0;
    for (const child of children) {
      position = nextPosition(this.#nowMs(), position);
      mutations.push(...attach(documentId, child, { position }));
    }
    return { artifactId: documentId, mutations };
  }

  /**
   * Makes a leaf of bytes. The same bytes again are the same leaf, under its first name.
   *
   * @throws {NetworkError} `limit_reached` if there are more than 100 MiB.
   * @throws {TypeError} if the name or the MIME type is not Unicode.
   */
  addLeaf(bytes: Uint8Array, { name, mimeType }: AddLeafOptions = {}): ComposeOutcome {
    if (bytes.length > BLOB_BYTES_MAX) throw tooMany("bytes", BLOB_BYTES_MAX);
    const artifactId = blobIdOf(bytes);
    const known = this.#index.get(artifactId);
    if (known?.steward === this.#self && known.status === "active") {
      return { artifactId, mutations: [] };
    }
    const create = this.#create(leafType(artifactId, bytes.length));
    const { documentId } = create;
    const texts = [...text(documentId, "name", name), ...text(documentId, "mimeType", mimeType)];
    return { artifactId, mutations: [create, ...texts] };
  }

  /**
   * Puts an artifact of this steward below another.
   *
   * @throws {NetworkError} in this order: `would_cycle`, `artifact_not_found`, `artifact_not_active`,
   * `has_parent`; then `not_steward` of the child, `no_access` to the parent, `limit_reached`.
   */
  attachChild(
    parentId: ArtifactId,
    childId: ArtifactId,
    { label }: AttachOptions = {},
  ): ArtifactMutation[] {
    const index = this.#index;
    const [same, other] = [index.get(parentId), index.get(childId)];
    const above = same === undefined ? [] : [same, ...index.ancestors(same.documentId)];
    if (parentId === childId || (other !== undefined && above.includes(other))) {
      throw fault("would_cycle", "operation would create a cycle");
    }
    const [parent, child] = [this.#find(parentId), this.#find(childId)];
    if (parent.status !== "active") throw notActive();
    this.#checkAttachable(child, above.length);
    if (!this.#mayWrite(parent)) throw noAccess();
    if (parent.references.length >= TREE_CHILDREN_MAX) {
      throw tooMany("children", TREE_CHILDREN_MAX);
    }
    checkLabel(label);
    const position = nextPosition(this.#nowMs(), parent.references.at(-1)?.position ?? 0);
    return attach(parent.documentId, child, { position, label });
  }

  /**
   * Takes a child out of its parent. Its steward gives it a copy of each grant of the parent whose
   * grantee it lacks; whoever else may write to the parent only takes it out.
   *
   * @throws {NetworkError} `not_a_child`; then `no_access` if it is neither's business, and
   * `limit_reached` if the child would have too many grants.
   */
  detachChild(parentId: ArtifactId, childId: ArtifactId): ArtifactMutation[] {
    const [parent, child] = [this.#index.get(parentId), this.#index.get(childId)];
    if (
      parent === undefined || child === undefined ||
      this.#index.parent(child.documentId) !== parent
    ) {
      throw fault("not_a_child", "artifact is not a child of the specified parent");
    }
    const isOwn = child.steward === this.#self;
    const mayWrite = this.#mayWrite(parent);
    if (!isOwn && !mayWrite) throw noAccess();
    const mutations: ArtifactMutation[] = [];
    if (isOwn) {
      const now = { self: this.#self, nowMs: this.#nowMs() };
      mutations.push(...inherit(this.#index, { parent, child }, now), unnamed(child.documentId));
    }
    if (mayWrite) {
      mutations.push({ type: "remove_ref", documentId: parent.documentId, child: child.id });
    }
    return mutations;
  }

  /**
   * Lets a member in.
   *
   * @throws {NetworkError} in this order: `artifact_not_found`, `artifact_recalled`,
   * `artifact_transferred`, `already_granted`, `not_steward`, `limit_reached`.
   */
  grant(id: ArtifactId, member: MemberId, options: GrantOptions): ArtifactMutation[] {
    const entry = this.#find(id);
    const { documentId, status, steward, grants } = entry;
    if (status === "recalled") throw fault("artifact_recalled", "artifact has been recalled");
    if (status === "transferred") {
      throw fault("artifact_transferred", "artifact has been transferred");
    }
    const nowMs = this.#nowMs();
    if (steward === member || this.#index.isGrantee(documentId, member, { nowMs })) {
      throw fault("already_granted", "grantee already has access");
    }
    this.#checkSteward(entry);
    const others = grants.filter(({ grantee }) => grantee !== member);
    if (others.length >= ARTIFACT_GRANTS_MAX) throw tooMany("grants", ARTIFACT_GRANTS_MAX);
    const grant = { grantee: member, grantedBy: this.#self, grantedAtMs: nowMs, ...options };
    return [{ type: "add_grant", documentId, grant }];
  }

  /**
   * Takes a grant back.
   *
   * @returns `[]` if there is none.
   * @throws {NetworkError} in this order: `artifact_not_found`, `not_steward`,
   * `artifact_not_active`, `permanent_grant`.
   */
  revoke(id: ArtifactId, member: MemberId): ArtifactMutation[] {
    const entry = this.#find(id);
    this.#checkSteward(entry);
    if (entry.status !== "active") throw notActive();
    const grants = entry.grants.filter(({ grantee }) => grantee === member);
    if (grants.some(({ mode }) => !ACCESS_RIGHTS[mode].revocable)) {
      throw fault("permanent_grant", "cannot revoke permanent grant");
    }
    if (grants.length === 0) return [];
    return [{ type: "remove_grant", documentId: entry.documentId, grantee: member }];
  }

  /**
   * Takes an artifact back from everybody but those with a permanent grant, and with it everything
   * of this steward below it.
   *
   * @returns What was recalled; `recalled` is false if the artifact is unknown or not active.
   * @throws {NetworkError} `not_steward`.
   */
  recall(id: ArtifactId): RecallOutcome {
    const entry = this.#index.get(id);
    if (entry?.status !== "active") return { recalled: false, mutations: [], artifacts: [] };
    this.#checkSteward(entry);
    return recall(this.#index, entry, { self: this.#self, nowMs: this.#nowMs() });
  }

  /**
   * Hands an artifact to another steward; the old one keeps a grant that the new one can revoke.
   *
   * @throws {NetworkError} in this order: `artifact_not_found`, `not_steward`,
   * `artifact_not_active`, `invalid_operation` if it is its steward already.
   */
  transfer(id: ArtifactId, member: MemberId): ArtifactMutation[] {
    const entry = this.#find(id);
    this.#checkSteward(entry);
    if (entry.status !== "active") throw notActive();
    if (member === this.#self) throw fault("invalid_operation", "cannot transfer to its steward");
    const { documentId, grants } = entry;
    const [grantee, grantedAtMs] = [this.#self, this.#nowMs()];
    const grant = { grantee, grantedBy: grantee, grantedAtMs, mode: "revocable" as const };
    const keep: ArtifactMutation = { type: "add_grant", documentId, grant };
    // One from before it was steward cannot be revoked, and so not replaced by one that can.
    const isKept = grants.some((one) => one.grantee === grantee && one.mode === "permanent");
    // The grant comes first: afterwards the old steward may write no more of them.
    return [...(isKept ? [] : [keep]), { type: "set_steward", documentId, steward: member }];
  }

  /** What this peer must let go of: recalled, and not granted to it for ever. */
  drops(): DropMutation[] {
    return dropsOf(this.#index, { self: this.#self, nowMs: this.#nowMs() });
  }

  #create(artifactType: string): CreateMutation {
    const nonce = this.#sources.randomBytes(ARTIFACT_NONCE_BYTES);
    const [steward, createdAtMs] = [this.#self, this.#nowMs()];
    const documentId = artifactIdOf(steward, nonce);
    return { type: "create", documentId, nonce, artifactType, steward, createdAtMs };
  }

  #find(id: ArtifactId): HomeArtifactEntry {
    const entry = this.#index.get(id);
    if (entry === undefined) throw fault("artifact_not_found", "artifact not found");
    return entry;
  }

  #checkSteward({ steward }: HomeArtifactEntry): void {
    if (steward !== this.#self) throw fault("not_steward", "not the steward");
  }

  /** Below `levels` others; only its steward can say that it wants to be there. */
  #checkAttachable(child: HomeArtifactEntry, levels: number): void {
    if (child.status !== "active") throw notActive();
    if (this.#index.parent(child.documentId) !== undefined) throw hasParent();
    this.#checkSteward(child);
    if (levels + this.#index.height(child.documentId) > TREE_DEPTH_MAX) {
      throw tooMany("levels", TREE_DEPTH_MAX);
    }
  }

  /** Other peers take changes from stewards and grantees only; who inherits access reads. */
  #mayWrite({ documentId, steward }: HomeArtifactEntry): boolean {
    const nowMs = this.#nowMs();
    return steward === this.#self || this.#index.isGrantee(documentId, this.#self, { nowMs });
  }

  #nowMs(): number {
    return Math.max(0, Math.floor(this.#sources.nowMs()));
  }
}
