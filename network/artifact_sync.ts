/**
 * Keeps a peer's artifacts in sync: what the vault decides is written to documents, kept, and sent by
 * the engine; what arrives is written to the index, and what must not be kept is let go.
 *
 * @module
 */
import { Engine } from "../sync/mod.ts";
import type {
  ArtifactDocument,
  ArtifactId,
  EngineOptions,
  MemberId,
  SyncEvent,
} from "../sync/mod.ts";
import { inheritedAudience } from "./_inherited.ts";
import { ArtifactIndex } from "./artifact_index.ts";
import { mutationsFor } from "./artifact_difference.ts";
import { applyMutation, createdEntry, createDocument } from "./artifact_mutation.ts";
import type { ArtifactMutation, CreateMutation, DocumentMutation } from "./artifact_mutation.ts";
import { artifactTypeOf } from "./artifact_types.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";
import { Vault } from "./vault.ts";

/** What an {@linkcode ArtifactSyncRegistry} is made of. */
export type ArtifactSyncOptions = Omit<EngineOptions, "inherited">;

/**
 * The artifacts of one peer: documents, index and rules.
 *
 * @example What the vault decides reaches the others
 * ```ts
 * import { ArtifactSyncRegistry, createIdentity } from "@indras/toolkit/network";
 * import { seededSources } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["ada", "ben"].map((name) => {
 *   const sources = seededSources(name, () => 5_000);
 *   return new ArtifactSyncRegistry({ keys: createIdentity(sources), sources });
 * });
 * const story = ada!.vault.compose("story");
 * ada!.onLocalMutation(story.mutations);
 * ada!.onLocalMutation(ada!.vault.grant(story.artifactId, ben!.self, { mode: "revocable" }));
 *
 * const envelope = ada!.engine.takeEnvelope(ben!.self);
 * ben!.onIncomingPayload(ada!.self, envelope!);
 * assertEquals(ben!.index.get(story.artifactId)?.steward, ada!.self);
 * ```
 */
export class ArtifactSyncRegistry implements Disposable {
  /** Whose artifacts these are. */
  readonly self: MemberId;
  /** What is queried. */
  readonly index: ArtifactIndex;
  /** What may be done; its answers go to {@linkcode ArtifactSyncRegistry.onLocalMutation}. */
  readonly vault: Vault;
  /** What goes between this peer and others. */
  readonly engine: Engine;
  readonly #events: SyncEvent[] = [];
  readonly #nowMs: () => number;

  /** A registry with what its store holds. */
  constructor(options: ArtifactSyncOptions) {
    this.self = options.keys.memberId;
    this.#nowMs = () => options.sources.nowMs();
    this.index = new ArtifactIndex({ self: this.self });
    this.vault = new Vault({ self: this.self, index: this.index, sources: options.sources });
    this.engine = new Engine({ ...options, inherited: inheritedAudience });
    this.loadPersisted();
  }

  /**
   * The document of an entry: the one that is here, or one that is made as the entry says.
   *
   * @throws {TypeError} if it has to be made and is not this peer's to make.
   */
  getOrCreateDocument(entry: HomeArtifactEntry, nonce: Uint8Array): ArtifactDocument {
    const known = this.engine.documents.get(entry.documentId);
    if (known !== undefined) return known;
    const { documentId, steward, createdAtMs } = entry;
    const artifactType = artifactTypeOf(entry);
    const create = {
      type: "create",
      documentId,
      nonce,
      artifactType,
      steward,
      createdAtMs,
    } as const;
    this.onLocalMutation([create, ...mutationsFor(createdEntry(create), entry)]);
    return this.engine.documents.get(entry.documentId)!;
  }

  /** Writes, keeps and sends what the vault has decided. When this returns, it is in the store. */
  onLocalMutation(mutations: readonly ArtifactMutation[]): void {
    for (const group of byDocument(mutations)) {
      const { documentId } = group[0]!;
      const [first, ...others] = group;
      if (first?.type === "drop") {
        if (first.what !== "bytes") this.engine.remove(documentId);
      } else if (first?.type === "create") {
        this.#create(first, others);
      } else {
        this.#change(documentId, group);
      }
    }
  }

  /** A document was written to directly: it is kept and sent, and the index knows. */
  onDocumentChanged(documentId: ArtifactId): void {
    this.engine.onLocalMutation(documentId);
    this.#materialize(documentId);
    this.#reconcileBelow(documentId, "here");
  }

  /** An envelope has arrived; see `Engine.onEnvelope()`. */
  onIncomingPayload(sender: MemberId, envelope: Uint8Array): void {
    this.engine.onEnvelope(sender, envelope);
    for (const event of this.engine.takeEvents()) {
      this.#events.push(event);
      // It may be about another document: then there is nothing in the index by that name.
      const artifactId = event.artifactId as ArtifactId;
      if (event.type === "recalled") this.index.remove(artifactId);
      if (event.type !== "applied" || !this.engine.documents.has(artifactId)) continue;
      this.#materialize(artifactId);
      this.#reconcileBelow(artifactId, "elsewhere");
      this.#passOn(artifactId, event.from);
    }
  }

  /** Takes what has happened since it was last asked, in order. */
  takeEvents(): SyncEvent[] {
    return [...this.#events.splice(0), ...this.engine.takeEvents()];
  }

  /** Time has passed: grants may have ended, receipts may be overdue. */
  onTime(): void {
    for (const artifactId of this.engine.documents.keys()) {
      this.engine.reconcile(artifactId, "elsewhere");
    }
    this.engine.onTime();
  }

  /** Writes every document that is here to the index, as after opening a store. */
  loadPersisted(): void {
    for (const artifactId of this.engine.documents.keys()) this.#materialize(artifactId);
  }

  /** Gives the memory of the documents back. */
  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
  }

  /**
   * Who was let into a part of a tree cannot see who is in the tree above it, and so does not send
   * them what it writes; the steward of that part does.
   */
  #passOn(documentId: ArtifactId, from: MemberId): void {
    const document = this.engine.documents.get(documentId)!;
    if (document.steward() !== this.self) return;
    const above = inheritedAudience(document, this.engine.documents, this.#nowMs());
    if (above.has(from)) return;
    for (const member of [this.self, ...document.grants().map(({ grantee }) => grantee)]) {
      above.delete(member);
    }
    this.engine.passOn(documentId, above.keys());
  }

  #create(create: CreateMutation, others: readonly ArtifactMutation[]): void {
    const { writer } = this.engine;
    const document = createDocument(create, writer, others as readonly DocumentMutation[]);
    try {
      this.engine.add(document);
    } catch (error) {
      document[Symbol.dispose]();
      throw error;
    }
    this.#materialize(create.documentId);
    this.#reconcileBelow(create.documentId, "here");
  }

  #change(documentId: ArtifactId, mutations: readonly ArtifactMutation[]): void {
    const document = this.engine.documents.get(documentId)!;
    try {
      for (const mutation of mutations) applyMutation(document, mutation as DocumentMutation);
    } finally {
      // Also if one of them cannot be: what is written is kept.
      this.onDocumentChanged(documentId);
    }
  }

  #materialize(documentId: ArtifactId): void {
    const document = this.engine.documents.get(documentId);
    if (document !== undefined) this.index.materialize(document);
  }

  /** Whoever comes into a tree comes into what is below it, and whoever leaves, leaves. */
  #reconcileBelow(documentId: ArtifactId, given: "here" | "elsewhere"): void {
    for (const entry of this.index.descendants(documentId)) {
      if (this.engine.documents.has(entry.documentId)) {
        this.engine.reconcile(entry.documentId, given);
      }
    }
  }
}

/** What follows on each other in one document; a drop stands alone. */
function byDocument(mutations: readonly ArtifactMutation[]): ArtifactMutation[][] {
  const groups: ArtifactMutation[][] = [];
  for (const mutation of mutations) {
    const group = groups.at(-1);
    const isNext = group?.[0]?.documentId === mutation.documentId &&
      mutation.type !== "create" && mutation.type !== "drop" && group[0]!.type !== "drop";
    if (isNext) group.push(mutation);
    else groups.push([mutation]);
  }
  return groups;
}
