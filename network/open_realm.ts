/**
 * A realm while a network is open: its host, its documents, and who is told what happens.
 *
 * @module
 */
import { InterfaceDocument, ValueDocument } from "../sync/mod.ts";
import type { Heads, InterfaceId, MemberId, Sources } from "../sync/mod.ts";
import { Document } from "./document.ts";
import { NetworkError } from "./errors.ts";
import { EventStream } from "./event_stream.ts";
import { inviteRefused } from "./invite_book.ts";
import type { InviteRefusal } from "./invite_book.ts";
import type { MessageKey } from "./message.ts";
import { Messages } from "./messages.ts";
import type { NetworkCore } from "./network_core.ts";
import type { RealmRecord } from "./network_records.ts";
import { Realm } from "./realm.ts";
import type { RealmInvites } from "./realm.ts";
import type { RealmEvent } from "./realm_event.ts";
import type { RealmHost } from "./realm_host.ts";
import { membersOf } from "./realm_rules.ts";
import { RealmWatcher } from "./realm_watcher.ts";

/** What an {@linkcode OpenRealm} is made of. */
export interface OpenRealmOptions {
  readonly id: InterfaceId;
  readonly self: MemberId;
  readonly sources: Sources;
  /** What is open now. */
  readonly core: () => NetworkCore;
  /** The realm's first document. */
  readonly first: () => InterfaceDocument;
  /** How this peer stands to the realm now. */
  readonly record: () => RealmRecord;
  /** Keeps and sends a document. */
  readonly keep: (document: InterfaceDocument | ValueDocument) => void;
  readonly displayName: (member: MemberId) => string | undefined;
  readonly invites: RealmInvites;
  readonly leave: () => void;
  /** Finds messages by an index, if there is one. */
  readonly search?: (query: string) => readonly MessageKey[];
}

/** One realm, open. */
export class OpenRealm {
  /** What people see. */
  readonly realm: Realm;
  /** What its parts need. */
  readonly host: RealmHost;
  readonly #options: OpenRealmOptions;
  /** Where what happens is told; watched only while somebody listens. */
  readonly events: EventStream<RealmEvent>;
  readonly #opened: Map<string, Document> = new Map();
  /** Documents that were neither written yet nor have arrived. */
  readonly #blank: Map<string, ValueDocument> = new Map();
  /** The heads of documents when somebody was last told of them, by name. */
  readonly #told: Map<string, Heads> = new Map();
  #watcher: RealmWatcher | undefined;

  constructor(options: OpenRealmOptions) {
    this.#options = options;
    this.host = this.#hostOf(options);
    this.events = new WatchedEvents(() => {
      this.#watcher = new RealmWatcher(this.host, messages);
    });
    const messages = new Messages(this.host);
    this.realm = new Realm({
      host: this.host,
      openDocument: (name) => this.document(name),
      invites: options.invites,
      leave: options.leave,
      events: this.events,
      messages,
      ...(options.search && { search: options.search }),
    });
  }

  /** How this peer stands to the realm. */
  get record(): RealmRecord {
    return this.#options.record();
  }

  /** A document of the realm, the same object each time. */
  document(name: string): Document {
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const document = new Document({ host: this.host, name });
    this.#told.set(name, document.heads);
    this.#opened.set(name, document);
    return document;
  }

  /** A document has arrived, or has grown. */
  arrived(document: InterfaceDocument | ValueDocument, from: MemberId): void {
    if (document instanceof ValueDocument) {
      const before = this.#told.get(document.name) ?? [];
      this.#told.set(document.name, document.getHeads());
      this.#opened.get(document.name)?.notify(from, true, before);
    }
    this.looked();
  }

  /** Tells what has happened since it was last asked, if somebody listens. */
  looked(): void {
    if (this.events.readers === 0) return;
    for (const event of this.#watcher?.poll() ?? []) this.events.emit(event);
  }

  /** Ends the events, and gives back what was never used. */
  close(): void {
    this.events.close();
    for (const document of this.#opened.values()) document.close();
    this.reset();
  }

  /** Forgets what was never written: it belongs to what was open before. */
  reset(): void {
    for (const document of this.#blank.values()) document[Symbol.dispose]();
    this.#blank.clear();
  }

  #hostOf(
    { id, self, sources, core, first, record, keep, displayName }: OpenRealmOptions,
  ): RealmHost {
    const writer = () => core().engine.writer;
    return {
      self,
      realmId: id,
      sources,
      get document() {
        return first();
      },
      segments: () => core().documents.segmentsOf(id),
      openSegment: () => {
        const last = core().documents.segmentsOf(id).at(-1)!;
        if (!last.isFull) return last;
        return InterfaceDocument.awaiting(id, writer(), { segment: last.segment + 1 });
      },
      changed: (document) => {
        if (document instanceof ValueDocument) {
          this.#blank.delete(document.name);
          this.#told.set(document.name, document.getHeads());
        }
        keep(document);
        this.looked();
      },
      hasValueDocument: (name) => core().documents.valueOf(id, name) !== undefined,
      valueDocument: (name) => {
        const here = core().documents.valueOf(id, name) ?? this.#blank.get(name);
        if (here !== undefined) return here;
        const blank = ValueDocument.awaiting({ realmId: id, name }, writer());
        this.#blank.set(name, blank);
        return blank;
      },
      displayName,
      checkMember: () => checkMember(record(), first(), self),
    };
  }
}

class WatchedEvents extends EventStream<RealmEvent> {
  readonly #watch: () => void;

  constructor(watch: () => void) {
    super();
    this.#watch = watch;
  }

  override [Symbol.asyncIterator](): AsyncIterableIterator<RealmEvent> {
    if (this.readers === 0) this.#watch();
    return super[Symbol.asyncIterator]();
  }
}

/** Who has asked to be let in may write already: the others get it once it is. */
function checkMember(record: RealmRecord, document: InterfaceDocument, self: MemberId): void {
  if (record.state === "joining") return;
  if (record.state === "refused" && record.refusal !== "not_member") {
    throw inviteRefused(record.refusal as InviteRefusal);
  }
  if (record.state === "in" && membersOf(document).has(self)) return;
  throw new NetworkError("not_member", "Not a member");
}
