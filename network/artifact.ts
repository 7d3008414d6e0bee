/**
 * A tree artifact in the hands of one peer: what it may do with it, and what others then get.
 *
 * @module
 */
import { isLive, RESERVED_KEY_PREFIX } from "../sync/mod.ts";
import type {
  AccessGrant,
  AppendRefOptions,
  ArtifactDocument,
  ArtifactId,
  ArtifactRef,
  ArtifactStatus,
  Heads,
  MemberId,
} from "../sync/mod.ts";
import type { ArtifactMutation } from "./artifact_mutation.ts";
import { NetworkError } from "./errors.ts";
import type { NetworkErrorCode } from "./errors.ts";
import type { Vault } from "./vault.ts";

/** How a member is let in. */
export type GrantOptions =
  | { readonly mode: "revocable" | "permanent" | "transfer" }
  | {
    readonly mode: "timed";
    /** When it ends, in milliseconds since the Unix epoch. */
    readonly expiresAtMs: number;
  };

/** What an artifact needs of its network. */
export interface ArtifactOptions {
  readonly document: ArtifactDocument;
  readonly self: MemberId;
  readonly nowMs: () => number;
  readonly vault: Vault;
  readonly write: (mutations: readonly ArtifactMutation[]) => void;
  readonly changed: () => void;
}

/** A tree artifact; `IndrasNetwork.artifact()` gives it, the same object each time. */
export class Artifact {
  readonly #options: ArtifactOptions;

  /** Networks make these. */
  constructor(options: ArtifactOptions) {
    this.#options = options;
  }

  /** Which artifact this is. */
  get id(): ArtifactId {
    return this.#document.artifactId;
  }

  /** One word, such as `"story"`. */
  get kind(): string {
    return this.#document.artifactType();
  }

  /** Who decides its grants. */
  get steward(): MemberId {
    return this.#document.steward();
  }

  /** What has become of it. */
  get status(): ArtifactStatus {
    return this.#document.status();
  }

  /** The hashes of the changes nothing comes after, sorted. */
  get heads(): Heads {
    return this.#document.getHeads();
  }

  /** Its children, by position and then by id: the same order on every peer. */
  get references(): readonly ArtifactRef[] {
    return this.#document.references();
  }

  /** All grants that have not been revoked, ended ones too. */
  get grants(): readonly AccessGrant[] {
    return this.#document.grants();
  }

  /** Every value by its key. */
  get metadata(): ReadonlyMap<string, Uint8Array> {
    return this.#document.metadata();
  }

  /** Appends a child; without a position it comes after everything that this peer has seen. */
  appendRef(child: ArtifactId, options?: AppendRefOptions): void {
    this.#write(() => this.#document.appendRef(child, options));
  }

  /** Removes each reference to a child; nothing happens if there is none. */
  removeRef(child: ArtifactId): void {
    this.#write(() => this.#document.removeRef(child));
  }

  /** A copy of one value; `undefined` if it was never set. */
  getMetadata(key: string): Uint8Array | undefined {
    return this.#document.getMetadata(key);
  }

  /**
   * Sets one value.
   *
   * @throws {NetworkError} `invalid_operation` if the key begins with `_`.
   */
  setMetadata(key: string, value: Uint8Array): void {
    if (key.startsWith(RESERVED_KEY_PREFIX)) {
      throw fault("invalid_operation", `metadata "${key}" is reserved`);
    }
    this.#write(() => this.#document.setMetadata(key, value));
  }

  /**
   * Lets a member in; the whole artifact is sent to it.
   *
   * @throws {NetworkError} `not_steward`, `artifact_not_active`, or `already_granted` if a grant of
   * that member is live or the member is the steward.
   */
  grant(member: MemberId, options: GrantOptions): void {
    const { vault, write } = this.#options;
    write(vault.grant(this.id, member, options));
  }

  /**
   * Takes a grant back: nothing more is sent to that member, nothing of its is taken any more.
   *
   * @returns Whether there was a grant.
   * @throws {NetworkError} `not_steward`, `artifact_not_active` or `permanent_grant`.
   */
  revoke(member: MemberId): boolean {
    const { vault, write } = this.#options;
    const mutations = vault.revoke(this.id, member);
    write(mutations);
    return mutations.length > 0;
  }

  /**
   * Takes the artifact back, and what of this steward is below it: whoever does not have it for good
   * drops it, and nobody writes to it any more.
   *
   * @returns Whether it was active.
   * @throws {NetworkError} `not_steward`.
   */
  recall(): boolean {
    const { vault, write } = this.#options;
    const { recalled, mutations } = vault.recall(this.id);
    write(mutations);
    return recalled;
  }

  /**
   * Hands the artifact to another steward; this one keeps a revocable grant.
   *
   * @throws {NetworkError} `not_steward`, `artifact_not_active`, or `invalid_operation` for oneself.
   */
  transfer(member: MemberId): void {
    const { vault, write } = this.#options;
    write(vault.transfer(this.id, member));
  }

  get #document(): ArtifactDocument {
    return this.#options.document;
  }

  /** Who reads through a tree only may not write: the others would refuse it. */
  #write(write: () => void): void {
    if (this.status !== "active") throw fault("artifact_not_active", "artifact is not active");
    const { self, nowMs } = this.#options;
    const isGranted = this.grants.some((one) => one.grantee === self && isLive(one, nowMs()));
    if (this.steward !== self && !isGranted) throw fault("no_access", "no access any more");
    write();
    this.#options.changed();
  }
}

function fault(code: NetworkErrorCode, what: string): NetworkError {
  return new NetworkError(code, `Artifact error: ${what}`);
}
