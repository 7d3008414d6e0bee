/**
 * Writes what a network holds into tables.
 *
 * @module
 */
import { messageDifference } from "./_message_difference.ts";
import {
  artifactColumns,
  contactColumns,
  documentColumns,
  grantColumns,
  headsText,
  memberColumns,
  messageColumns,
  realmColumns,
} from "./_projection_rows.ts";
import type { MessageKey } from "./message.ts";
import type { ProjectedMessage, ProjectionSource, ProjectionTarget } from "./projection_source.ts";

/** Changes that are told apart until they are written; beyond, everything is compared. */
export const PROJECTION_MARKS_MAX: number = 10_000;
/** Realms whose messages are remembered, so that new ones are found without reading rows. */
export const PROJECTED_LOGS_MAX: number = 64;

/** What has changed. */
export type ProjectedChange =
  /** A realm's name, alias, members or messages, or that it is here; `id` is the realm's. */
  | { readonly kind: "realm"; readonly id: string }
  /** A document of a realm, or the list of their names; `id` is the realm's. */
  | { readonly kind: "document"; readonly id: string }
  /** An artifact or its grants, or that it is here; `id` is the artifact's. */
  | { readonly kind: "artifact"; readonly id: string }
  /** A contact, or who is blocked. */
  | { readonly kind: "contacts" };

/**
 * Keeps tables equal to what a network holds. The network's documents are the truth: rows can be
 * made again at any time, and are when the tables turn out to be damaged.
 *
 * Changes are only marked; one transaction writes them when {@linkcode Projection.flush} is called.
 * What is marked and not written when a process ends is found by {@linkcode Projection.refresh}.
 */
export class Projection {
  readonly #source: ProjectionSource;
  readonly #target: ProjectionTarget;
  /** The messages that the rows were made of. */
  readonly #logs: Map<string, readonly ProjectedMessage[]> = new Map();
  #marks: Marks = newMarks();

  /** Nothing is read or written yet. */
  constructor(source: ProjectionSource, target: ProjectionTarget) {
    this.#source = source;
    this.#target = target;
  }

  /** Marks what has changed. Costs nothing but memory, of which there is a limit. */
  onChanged(change: ProjectedChange): void {
    const marks = this.#marks;
    switch (change.kind) {
      case "realm":
        marks.realms.add(change.id);
        break;
      case "document":
        marks.documents.add(change.id);
        break;
      case "artifact":
        marks.artifacts.add(change.id);
        break;
      case "contacts":
        marks.contacts = true;
    }
    const count = marks.realms.size + marks.documents.size + marks.artifacts.size;
    if (count > PROJECTION_MARKS_MAX) this.#marks = { ...newMarks(), everything: true };
  }

  /** Whether there is something to write. */
  get isPending(): boolean {
    const { realms, documents, artifacts, contacts, everything } = this.#marks;
    return everything || contacts || realms.size + documents.size + artifacts.size > 0;
  }

  /**
   * Writes what was marked, in one transaction.
   *
   * @throws what the tables throw; then nothing was written, and all of it stays marked.
   */
  flush(): void {
    if (!this.isPending) return;
    const { realms, documents, artifacts, contacts, everything } = this.#marks;
    if (everything) return this.refresh();
    this.#write(() => {
      for (const id of realms) this.#writeRealm(id);
      for (const id of documents) this.#writeDocuments(id);
      for (const id of artifacts) this.#writeArtifact(id);
      if (contacts) this.#writeContacts();
    });
  }

  /**
   * Compares everything, and writes what is not so. For tables that were closed and may be behind:
   * messages are read only of realms whose heads are others than those of the rows.
   */
  refresh(): void {
    this.#write(() => this.#writeEverything());
  }

  /** Deletes every row and makes all of them again. */
  rebuild(): void {
    this.#write(() => this.#writeAnew());
  }

  /**
   * The names of a realm's messages with a text in them, in their order. Finds what is marked too.
   *
   * @param query Nothing is found for `""`.
   */
  search(realmId: string, query: string): MessageKey[] {
    this.flush();
    if (query === "") return [];
    const rows = this.#recovering(() =>
      this.#target.search("messages", { realm_id: realmId }, query)
    );
    return rows.map(({ key }) => key as MessageKey);
  }

  #write(work: () => void): void {
    this.#recovering(() => this.#target.transact(work));
    this.#marks = newMarks();
  }

  /** Damaged tables are filled again, once. */
  #recovering<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.#logs.clear(); // of rows that were not written
      if (!this.#target.recover(error)) throw error;
      this.#marks.everything = true;
      this.#target.transact(() => this.#writeAnew());
      this.#marks = newMarks();
      return work();
    }
  }

  #writeAnew(): void {
    this.#logs.clear();
    this.#target.clear();
    this.#writeEverything();
  }

  /** What is in the tables only is gone after this. */
  #writeEverything(): void {
    const source = this.#source;
    const idsOf = (table: string, present: readonly { readonly id: string }[]) =>
      new Set([...this.#target.rows(table, {}, ["id"]), ...present].map(({ id }) => String(id)));
    for (const id of idsOf("realms", source.realms())) {
      this.#writeRealm(id);
      this.#writeDocuments(id);
    }
    for (const id of idsOf("artifacts", source.artifacts())) this.#writeArtifact(id);
    this.#writeContacts();
  }

  #writeRealm(id: string): void {
    const realm = this.#source.realm(id);
    if (realm === undefined) return this.#deleteRealm(id);
    const columns = realmColumns(realm);
    const [before] = this.#target.rows("realms", { id });
    this.#target.replaceRows("realms", { id }, [columns]);
    const members = this.#source.members(id).map((member) => memberColumns(id, member));
    this.#target.replaceRows("members", { realm_id: id }, members);
    if (before === undefined) this.#writeDocuments(id); // it may have been here before
    if (columns["heads"] === null || before?.["heads"] !== columns["heads"]) {
      this.#writeMessages(id);
    }
  }

  #deleteRealm(id: string): void {
    this.#logs.delete(id);
    this.#target.delete("realms", { id });
    for (const table of ["members", "messages", "documents"]) {
      this.#target.delete(table, { realm_id: id });
    }
  }

  #writeMessages(id: string): void {
    const messages = this.#source.messages(id);
    const before = this.#logs.get(id);
    if (before === undefined) {
      const rows = messages.map((message) => messageColumns(id, message));
      this.#target.replaceRows("messages", { realm_id: id }, rows);
    } else {
      const { written, removed } = messageDifference(before, messages);
      for (const key of removed) this.#target.delete("messages", { realm_id: id, key });
      this.#target.upsert("messages", written.map((message) => messageColumns(id, message)));
    }
    this.#logs.delete(id);
    this.#logs.set(id, messages);
    if (this.#logs.size > PROJECTED_LOGS_MAX) this.#logs.delete(this.#logs.keys().next().value!);
  }

  #writeDocuments(id: string): void {
    const target = this.#target;
    const documents = this.#source.realm(id) === undefined ? [] : this.#source.documents(id);
    const present = target.rows("documents", { realm_id: id }, ["name", "heads"]);
    const heads = new Map(present.map((row) => [row["name"], row["heads"]]));
    for (const document of documents) {
      if (heads.get(document.name) !== headsText(document.heads)) {
        target.upsert("documents", [documentColumns(id, document)]);
      }
      heads.delete(document.name);
    }
    for (const name of heads.keys()) target.delete("documents", { realm_id: id, name: name! });
  }

  #writeArtifact(id: string): void {
    const artifact = this.#source.artifact(id);
    const grants = artifact === undefined ? [] : this.#source.grants(id);
    const rows = artifact === undefined ? [] : [artifactColumns(artifact)];
    this.#target.replaceRows("artifacts", { id }, rows);
    const granted = grants.map((grant, place) => grantColumns(id, grant, place));
    this.#target.replaceRows("grants", { artifact_id: id }, granted);
  }

  #writeContacts(): void {
    this.#target.replaceRows("contacts", {}, this.#source.contacts().map(contactColumns));
  }
}

interface Marks {
  readonly realms: Set<string>;
  readonly documents: Set<string>;
  readonly artifacts: Set<string>;
  contacts: boolean;
  everything: boolean;
}

function newMarks(): Marks {
  return {
    realms: new Set(),
    documents: new Set(),
    artifacts: new Set(),
    contacts: false,
    everything: false,
  };
}
