import type { Heads, JsonValue, MemberId } from "../sync/mod.ts";
import { sameHeads } from "../sync/mod.ts";
import { fieldsOf, memberEntries } from "./_contact_records.ts";
import { Document } from "./document.ts";
import type { RealmHost } from "./realm_host.ts";

/** What a {@linkcode MemberMap} is made of. */
export interface MemberMapOptions<Entry> {
  /** The realm that has the document. */
  readonly host: RealmHost;
  /** The document's name. */
  readonly name: string;
  /** Reads what is stored of a member; `undefined` if it is damaged, and then it is left out. */
  readonly read: (value: JsonValue) => Entry | undefined;
}

/**
 * A document with an entry for each of many members, of which there is a checked copy.
 *
 * The copy is read again when the document has changed. What is written here goes into both, so
 * that writing does not cost as much as there are members.
 */
export class MemberMap<Entry> {
  readonly #host: RealmHost;
  readonly #name: string;
  readonly #read: (value: JsonValue) => Entry | undefined;
  readonly #self: MemberId;
  #opened: Document | undefined;
  #entries: Map<MemberId, Entry> = new Map();
  #heads: Heads | undefined;
  /** Whether the document holds something in which there can be no entries. */
  #isForeign = false;

  /** Opens the document once it is there, or is written: most networks never write it. */
  constructor({ host, name, read }: MemberMapOptions<Entry>) {
    this.#host = host;
    this.#name = name;
    this.#read = read;
    this.#self = host.self;
  }

  /** Of which changes the entries come; `[]` while there are none. */
  get heads(): Heads {
    return this.#host.hasValueDocument(this.#name) ? this.#document.heads : [];
  }

  /** What is known of each member; nothing of the one whose document it is. */
  get entries(): ReadonlyMap<MemberId, Entry> {
    return this.#current();
  }

  /** Writes an entry, whatever was there. */
  set(member: MemberId, entry: Entry): void {
    const entries = this.#current();
    if (this.#isForeign) this.#document.update({});
    this.#document.change((draft) => draft[member] = entry);
    entries.set(member, entry);
    this.#heads = this.heads;
    this.#isForeign = false;
  }

  /** Writes some fields of an entry that is there; the others stay as they are. */
  edit(member: MemberId, fields: Partial<Entry>): void {
    const entries = this.#current();
    this.#document.change<Record<string, object>>((draft) => Object.assign(draft[member]!, fields));
    entries.set(member, { ...entries.get(member)!, ...fields });
    this.#heads = this.heads;
  }

  /** Deletes an entry. */
  delete(member: MemberId): void {
    const entries = this.#current();
    if (!entries.has(member)) return;
    this.#document.change((draft) => delete draft[member]);
    entries.delete(member);
    this.#heads = this.heads;
  }

  get #document(): Document {
    return this.#opened ??= new Document({ host: this.#host, name: this.#name });
  }

  #current(): Map<MemberId, Entry> {
    const heads = this.heads;
    if (this.#heads === undefined || !sameHeads(heads, this.#heads)) {
      this.#entries = heads.length === 0 ? new Map() : this.#all();
      this.#heads = heads;
    }
    return this.#entries;
  }

  #all(): Map<MemberId, Entry> {
    const entries = new Map<MemberId, Entry>();
    const stored = this.#document.read();
    this.#isForeign = stored !== undefined && fieldsOf(stored) === undefined;
    for (const [member, value] of memberEntries(stored)) {
      const entry = this.#read(value);
      if (entry !== undefined && member !== this.#self) entries.set(member, entry);
    }
    return entries;
  }
}
