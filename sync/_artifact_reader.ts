import type { ArtifactBeginning } from "./_artifact_beginning.ts";
import type { Handle } from "./_automerge.ts";
import { MetadataReader } from "./_metadata.ts";
import { readEntries } from "./_paged_list.ts";
import type { AccessGrant } from "./access.ts";
import { byGrantee, byPosition, toGrant, toReference } from "./artifact_entries.ts";
import type { ArtifactRef } from "./artifact_entries.ts";
import type { MemberId } from "./ids.ts";

/** A part that is read by itself: the registers of the root, or a container. */
export type ArtifactPart = "root" | ArtifactContainer;

/** A list or map of an artifact's document. */
export type ArtifactContainer = "references" | "grants" | "metadata";

/** What an artifact says: each part is read once, and again after something was written to it. */
export class ArtifactReader {
  readonly metadata: MetadataReader;
  readonly #handle: () => Handle;
  readonly #object: (container: ArtifactContainer) => string;
  /** Registers of the root, as far as they were read. */
  readonly #words: Map<string, string> = new Map();
  #createdAtMs: number | undefined;
  #references: readonly ArtifactRef[] | undefined;
  #grants: readonly AccessGrant[] | undefined;

  /** @param object Names the object of a container. */
  constructor(handle: () => Handle, object: (container: ArtifactContainer) => string) {
    this.#handle = handle;
    this.#object = object;
    this.metadata = new MetadataReader(() => [handle(), object("metadata")]);
  }

  /** A word of the root; `undefined` before the creation. */
  word(field: string): string | undefined {
    const known = this.#words.get(field);
    if (known !== undefined) return known;
    const found = this.#handle().getWithType("/", field);
    if (found === null) return undefined;
    this.#words.set(field, String(found[1]));
    return String(found[1]);
  }

  /** When the artifact was created; 0 before. */
  get createdAtMs(): number {
    return this.#createdAtMs ??= Number(this.#handle().getWithType("/", "created_at")?.[1] ?? 0);
  }

  /** By position and then by id. */
  get references(): readonly ArtifactRef[] {
    return this.#references ??= readEntries(this.#handle(), this.#object("references"))
      .map(toReference)
      .sort(byPosition);
  }

  /** By grantee and time. */
  get grants(): readonly AccessGrant[] {
    return this.#grants ??= readEntries(this.#handle(), this.#object("grants"))
      .map(toGrant)
      .sort(byGrantee);
  }

  /** A word was written here. */
  wroteWord(field: string, word: string): void {
    this.#words.set(field, word);
  }

  /** The grant of a member was written here, over all that it had; or nothing in its place. */
  wroteGrant(grantee: MemberId, grant?: AccessGrant): void {
    const others = this.grants.filter((one) => one.grantee !== grantee);
    this.#grants = [...others, ...(grant === undefined ? [] : [grant])].sort(byGrantee);
  }

  /** This, and nothing else, is what there is now. */
  hold({ words, createdAtMs, references, grants, metadata }: ArtifactBeginning): void {
    for (const [field, word] of words) this.#words.set(field, word);
    this.#createdAtMs = createdAtMs;
    this.#references = references;
    this.#grants = grants;
    this.metadata.hold(metadata);
  }

  /** Anything may have been written to these parts. */
  forget(parts: Iterable<ArtifactPart>): void {
    for (const part of parts) {
      if (part === "references") this.#references = undefined;
      if (part === "grants") this.#grants = undefined;
      if (part === "metadata") this.metadata.clear();
      if (part === "root") {
        this.#createdAtMs = undefined;
        this.#words.clear();
      }
    }
  }
}
