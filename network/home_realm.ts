/**
 * A peer's own realm, where what it makes begins.
 *
 * @module
 */
import type { MemberId } from "../sync/mod.ts";
import type { Artifact } from "./artifact.ts";
import { homeRealmId } from "./realm_ids.ts";
import type { RealmId } from "./realm_ids.ts";

/** What {@linkcode HomeRealm.createArtifact} takes besides the kind. */
export interface CreateArtifactOptions {
  /** What people call it; kept in its metadata as `name`. @default {none} */
  readonly name?: string;
}

/** What a home realm needs of its network. */
export interface HomeRealmOptions {
  readonly self: MemberId;
  readonly createArtifact: (kind: string, options: CreateArtifactOptions) => Artifact;
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
    return this.#options.createArtifact(kind, options);
  }
}
