/**
 * What of a network is projected into tables.
 *
 * @module
 */
import type { ArtifactId, MemberId } from "../sync/mod.ts";
import type { HomeArtifactEntry } from "./artifact_types.ts";
import type { ContactsRealm } from "./contacts_realm.ts";
import type { NetworkCore } from "./network_core.ts";
import type {
  ArtifactRow,
  ContactRow,
  DocumentRow,
  MemberRow,
  ProjectedMessage,
  ProjectionSource,
  RealmRow,
} from "./projection_source.ts";
import { readCounts } from "./read_tracker.ts";
import { isInternalDocument } from "./document_names.ts";
import { readName } from "./member_name.ts";
import { REALM_KEYS } from "./realm_keys.ts";
import { membersOf } from "./realm_rules.ts";
import type { Realms } from "./realms.ts";

/** What a source reads. */
export interface NetworkSourceOptions {
  readonly core: () => NetworkCore;
  readonly realms: Realms;
  readonly contacts: ContactsRealm;
}

/** Reads rows from the documents of one network. */
export class NetworkSource implements ProjectionSource {
  readonly #options: NetworkSourceOptions;

  constructor(options: NetworkSourceOptions) {
    this.#options = options;
  }

  realms(): RealmRow[] {
    return [...this.#core.records.realms.keys()].flatMap((id) => this.realm(id) ?? []);
  }

  realm(id: string): RealmRow | undefined {
    const open = this.#options.realms.anyRealm(id);
    if (open === undefined) return undefined;
    const { realm, record, host } = open;
    return {
      id,
      kind: record.kind === "created" ? "shared" : record.kind,
      name: realm.name,
      alias: realm.alias,
      isMember: realm.isMember,
      heads: host.segments().flatMap((document) => document.getHeads()).sort(),
    };
  }

  members(realmId: string): MemberRow[] {
    const open = this.#options.realms.anyRealm(realmId);
    if (open === undefined) return [];
    const metadata = open.host.document.metadata();
    const read = readCounts(metadata);
    // What it says in this realm: rows of one realm must not depend on another.
    return [...membersOf(open.host.document).keys()].map((id) => ({
      ...{ id, name: readName(metadata.get(REALM_KEYS.who + id)) },
      readCount: read.get(id) ?? 0,
    }));
  }

  messages(realmId: string): readonly ProjectedMessage[] {
    return this.#options.realms.anyRealm(realmId)?.realm.messages() ?? [];
  }

  documents(realmId: string): DocumentRow[] {
    const open = this.#options.realms.anyRealm(realmId);
    if (open === undefined) return [];
    return this.#core.documents.valuesOf(open.record.id)
      .filter(({ name }) => !isInternalDocument(name))
      .map((document) => ({
        name: document.name,
        heads: document.getHeads(),
        read: () => document.read(),
      }));
  }

  artifacts(): ArtifactRow[] {
    return [...this.#core.registry.index.entries.values()].filter(isShown).map(toRow);
  }

  artifact(id: string): ArtifactRow | undefined {
    const entry = this.#core.registry.index.get(id as ArtifactId);
    return entry && isShown(entry) ? toRow(entry) : undefined;
  }

  grants(artifactId: string): HomeArtifactEntry["grants"] {
    return this.#core.registry.index.get(artifactId as ArtifactId)?.grants ?? [];
  }

  contacts(): ContactRow[] {
    const { contacts } = this.#options;
    const known = contacts.contacts().map((contact) => ({
      ...contact,
      id: contact.member,
      isBlocked: false,
    }));
    const blocked = contacts.blocked().map((id: MemberId) => ({ id, isBlocked: true }));
    return [...known, ...blocked];
  }

  get #core(): NetworkCore {
    return this.#options.core();
  }
}

/** Requests and the like are artifacts that people do not see. */
function isShown(entry: HomeArtifactEntry): boolean {
  return entry.type === "leaf" || !entry.kind.startsWith("_");
}

function toRow(entry: HomeArtifactEntry): ArtifactRow {
  const { id, documentId, steward, status, createdAtMs, name, parent } = entry;
  const common = { id, documentId, steward, status, createdAtMs, name, parent };
  if (entry.type === "tree") return { ...common, kind: entry.kind };
  return { ...common, kind: "leaf", size: entry.size, mimeType: entry.mimeType };
}
