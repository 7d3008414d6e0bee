import { compareAudiences } from "./_audience.ts";
import { artifactRules } from "./_artifact_rules.ts";
import { ArtifactDocument } from "./artifact_document.ts";
import type { EngineOptions } from "./engine_options.ts";
import type { ArtifactId, DocumentId, MemberId } from "./ids.ts";
import type { Audience, DocumentRules, SyncedDocument } from "./synced_document.ts";

/** The documents of an engine, and who may have them now. */
export class HeldDocuments implements Disposable {
  readonly #nowMs: () => number;
  readonly #documents: Map<DocumentId, SyncedDocument> = new Map();
  readonly #artifacts: Map<ArtifactId, ArtifactDocument> = new Map();
  /** The rules of each kind of document. */
  readonly rules: readonly DocumentRules[];
  /** Who was in the audience of each when that was last looked at. */
  readonly #audiences: Map<DocumentId, Audience> = new Map();

  constructor({ sources, inherited, rules = [] }: EngineOptions) {
    this.#nowMs = sources.nowMs;
    this.rules = [artifactRules(this.#artifacts, inherited) as unknown as DocumentRules, ...rules];
  }

  /** Every document, by id. */
  get all(): ReadonlyMap<DocumentId, SyncedDocument> {
    return this.#documents;
  }

  /** Those of artifacts, by id. */
  get artifacts(): ReadonlyMap<ArtifactId, ArtifactDocument> {
    return this.#artifacts;
  }

  /** Holds a document from now on. */
  add(document: SyncedDocument): void {
    this.#documents.set(document.documentId, document);
    if (document instanceof ArtifactDocument) this.#artifacts.set(document.artifactId, document);
  }

  /** Lets go of a document; `undefined` if there is none. */
  remove(id: DocumentId): SyncedDocument | undefined {
    const document = this.#documents.get(id);
    this.#documents.delete(id);
    this.#artifacts.delete(id as ArtifactId);
    this.#audiences.delete(id);
    return document;
  }

  /** The rules of a document. */
  rulesOf(document: SyncedDocument): DocumentRules {
    const rules = this.rules.find((one) => one.owns(document));
    if (rules !== undefined) return rules;
    throw new TypeError(`Cannot keep document "${document.documentId}": it has no rules`);
  }

  /** Who may have a document now; nobody if it is not here. */
  audience(id: DocumentId): Audience {
    const document = this.#documents.get(id);
    return document === undefined ? new Map() : this.audienceOf(document);
  }

  /** Who may have a document now, also one that is not held. */
  audienceOf(document: SyncedDocument): Audience {
    return this.rulesOf(document).audience(document, this.#nowMs());
  }

  /** Who came into the audience of a document and who left it since it was last looked at. */
  news(id: DocumentId): { readonly entered: MemberId[]; readonly left: MemberId[] } {
    const now = this.audience(id);
    const before = this.#audiences.get(id) ?? now;
    this.#audiences.set(id, now);
    return compareAudiences(before, now);
  }

  /** Whether a member has to drop a document, because it was recalled. */
  isRecalledFor(id: DocumentId, member: MemberId): boolean {
    const document = this.#documents.get(id);
    return document !== undefined && this.rulesOf(document).isRecalledFor(document, member);
  }

  /** Gives the memory of the documents back. */
  [Symbol.dispose](): void {
    for (const document of this.#documents.values()) document[Symbol.dispose]();
    this.#documents.clear();
    this.#artifacts.clear();
  }
}
