/**
 * The documents of all realms that are here, and those that are awaited.
 *
 * @module
 */
import {
  InterfaceDocument,
  interfaceSegmentId,
  ValueDocument,
  valueDocumentId,
} from "../sync/mod.ts";
import type { DocumentId, InterfaceId, MemberId, SyncedDocument, Writer } from "../sync/mod.ts";
import { registeredDocuments } from "./document_names.ts";
import { dmRealmId } from "./realm_ids.ts";
import { membersOf } from "./realm_rules.ts";

/** Finds documents by realm; it knows each document from the moment that it is opened. */
export class RealmDocuments {
  readonly #self: MemberId;
  readonly #segments: Map<InterfaceId, InterfaceDocument[]> = new Map();
  readonly #values: Map<DocumentId, ValueDocument> = new Map();
  readonly #valueIds: Map<string, DocumentId> = new Map();

  constructor(self: MemberId) {
    this.#self = self;
  }

  /** The realms of which there is a document. */
  get realmIds(): InterfaceId[] {
    return [...this.#segments.keys()];
  }

  /** A realm's first document. */
  documentOf(realmId: InterfaceId): InterfaceDocument | undefined {
    const first = this.#segments.get(realmId)?.[0];
    return first?.segment === 0 ? first : undefined;
  }

  /** Whether somebody is a member of a realm that is here. */
  isMember(realmId: InterfaceId, member: MemberId): boolean {
    const document = this.documentOf(realmId);
    return document !== undefined && membersOf(document).has(member);
  }

  /** The documents of a realm's log, in order. */
  segmentsOf(realmId: InterfaceId): readonly InterfaceDocument[] {
    return this.#segments.get(realmId) ?? [];
  }

  /** A value document that is here. */
  valueOf(realmId: InterfaceId, name: string): ValueDocument | undefined {
    return this.#values.get(this.#valueId(realmId, name));
  }

  /** Every value document of a realm that is here. */
  valuesOf(realmId: InterfaceId): ValueDocument[] {
    return [...this.#values.values()].filter((document) => document.realmId === realmId);
  }

  /** Takes note of a document that is here now. */
  add<Document extends SyncedDocument>(document: Document): Document {
    if (document instanceof ValueDocument) this.#values.set(document.documentId, document);
    if (document instanceof InterfaceDocument) {
      const { interfaceId, segment } = document;
      const others = this.segmentsOf(interfaceId).filter((one) => one.segment !== segment);
      const all = [...others, document].sort((left, right) => left.segment - right.segment);
      this.#segments.set(interfaceId, all);
    }
    return document;
  }

  /** The empty document by that id, if a realm that is here has or may have one. */
  awaited(id: DocumentId, from: MemberId, writer: Writer): SyncedDocument | undefined {
    const direct = dmOf(this.#self, from);
    if (direct !== undefined && id === direct) return InterfaceDocument.awaiting(direct, writer);
    for (const [realmId, segments] of this.#segments) {
      const segment = segments.at(-1)!.segment + 1;
      if (id === interfaceSegmentId(realmId, segment)) {
        return InterfaceDocument.awaiting(realmId, writer, { segment });
      }
      const name = this.namesIn(realmId).find((name) => this.#valueId(realmId, name) === id);
      if (name !== undefined) return ValueDocument.awaiting({ realmId, name }, writer);
    }
    return undefined;
  }

  /** The names of a realm's value documents, internal ones too. */
  namesIn(realmId: InterfaceId): string[] {
    const realm = this.documentOf(realmId);
    return realm === undefined ? [] : registeredDocuments(realm);
  }

  #valueId(realmId: InterfaceId, name: string): DocumentId {
    const key = `${realmId} ${name}`;
    const known = this.#valueIds.get(key) ?? valueDocumentId(realmId, name);
    this.#valueIds.set(key, known);
    return known;
  }
}

function dmOf(self: MemberId, other: MemberId): InterfaceId | undefined {
  return self === other ? undefined : dmRealmId(self, other) as string as InterfaceId;
}
