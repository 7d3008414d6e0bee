/**
 * One document of a realm, as its members read and write it.
 *
 * @module
 */
import { INTERFACE_METADATA_KEYS_MAX, sameHeads } from "../sync/mod.ts";
import type {
  Heads,
  JsonValue,
  MemberId,
  TextField,
  TypedValue,
  ValueDocument,
  ValuePatch,
  ValuePath,
} from "../sync/mod.ts";
import { DocumentText } from "./_document_text.ts";
import { DOCUMENT_PREFIX } from "./_realm_metadata.ts";
import { checkDocumentName, registerDocument } from "./document_names.ts";
import { NetworkError } from "./errors.ts";
import { EventStream } from "./event_stream.ts";
import type { RealmHost } from "./realm_host.ts";

/** Which document, of which realm. */
export interface DocumentOptions {
  /** The realm's place in its network. */
  readonly host: RealmHost;
  /** Its name in the realm. */
  readonly name: string;
}

/** One change of a document's value. All readers get the same objects: leave them as they are. */
export interface DocumentChange<T = JsonValue> {
  /** What the value is now. */
  readonly value: T;
  /** The steps to it from what it was; see {@linkcode ValuePatch}. */
  readonly patches: readonly ValuePatch[];
  /** Who has written that; `undefined` if several have. */
  readonly author: MemberId | undefined;
  /** Whether it came from another peer. */
  readonly isRemote: boolean;
}

/** A part of a `T`, to be merged into one: entries of maps may be left out, deeply. */
export type DeepPartial<T> = T extends Uint8Array | Date | readonly unknown[] ? T
  : T extends object ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> }
  : T;

/** A `T` that can be written, deeply. */
export type Writable<T> = T extends Uint8Array | Date ? T
  : T extends object ? { -readonly [Key in keyof T]: Writable<T[Key]> }
  : T;

/** What a change of a document edits: its value, or any map if nothing is known of it. */
export type DocumentDraft<T> = JsonValue extends T ? Record<string, unknown>
  : Writable<T> & object;

/**
 * One document of a realm.
 *
 * `T` is what the caller expects in it, not what was checked: it comes from all members. What is
 * read is a copy. What is written is here, and due to the others, when the method returns.
 *
 * Each method that writes throws a {@linkcode NetworkError} `not_member` unless this peer is a
 * member, and, with the first write, `limit_reached` or `too_large` if the realm has no room for
 * another name. What the document refuses is thrown as it says it: `TypeError` for what cannot be
 * stored, `RangeError` beyond a limit, a `SyncError` `too_large` once it is full.
 *
 * @example Every way to write a document
 * ```ts
 * import { IndrasNetwork, SimulatedWorld } from "@indras/toolkit/network";
 * import { assertEquals } from "@std/assert";
 *
 * const world = new SimulatedWorld({ seed: "7" });
 * const network = IndrasNetwork.create({ transport: world, sources: world.sources("ada") });
 * network.start();
 * interface Notes {
 *   title: string;
 *   tags: string[];
 *   story?: string;
 * }
 * const notes = network.createRealm("Garden").document<Notes>("notes");
 * notes.update({ title: "Beans", tags: [] });
 * notes.merge({ title: "Runner beans" });
 * notes.change((draft) => draft.tags.push("seeds"));
 * notes.text(["story"]).update("Sown in May");
 *
 * const story = "Sown in May";
 * assertEquals(notes.read(), { title: "Runner beans", tags: ["seeds"], story });
 * ```
 */
export class Document<T = JsonValue> {
  /** Its name in the realm. */
  readonly name: string;
  readonly #host: RealmHost;
  readonly #changes: EventStream<DocumentChange<T>> = new EventStream();
  #refreshed: Heads;

  /**
   * A document of a realm, whether it was written yet or not.
   *
   * @throws {NetworkError} `invalid_operation` if no document can have this name.
   */
  constructor({ host, name }: DocumentOptions) {
    checkDocumentName(name);
    this.name = name;
    this.#host = host;
    this.#refreshed = this.heads;
  }

  /** A copy of the value; `undefined` if it was never written. Reading writes nothing. */
  read(): T | undefined {
    return this.#document.read() as T | undefined;
  }

  /** {@linkcode Document.read} that tells whole floats from integers. */
  readTyped(): TypedValue | undefined {
    return this.#document.readTyped();
  }

  /**
   * Makes the value equal to `value` by the smallest edits; see {@linkcode ValueDocument.update}.
   *
   * @returns Whether there was anything to write.
   */
  update(value: T): boolean {
    return this.#write((document) => document.update(value as TypedValue));
  }

  /**
   * Writes the entries of a map over those that are there, deeply; see
   * {@linkcode ValueDocument.merge}.
   *
   * @returns Whether there was anything to write.
   * @throws {TypeError} also if something that is no map would go where a map is.
   */
  merge(partial: DeepPartial<T>): boolean {
    return this.#write((document) => document.merge(partial as TypedValue));
  }

  /**
   * Has `edit` change a draft of the value as if it were an ordinary object or array; see
   * {@linkcode ValueDocument.change}.
   *
   * @returns Whether there was anything to write.
   */
  change<Draft extends object = DocumentDraft<T>>(edit: (draft: Draft) => void): boolean {
    return this.#write((document) => document.change(edit));
  }

  /**
   * The text at a path that members can write together, whether it is there yet or not; `[]` for
   * the whole value.
   *
   * @throws {RangeError} if the path is too deep, or has an index that is none.
   */
  text(path: ValuePath): TextField {
    const field = () => this.#document.text(path);
    return new DocumentText(
      field,
      (write) => this.#write((document) => write(document.text(path))),
    );
  }

  /**
   * Whether anything new has arrived since it was last asked; at first, since this object was made.
   * What was written here is no news.
   */
  refresh(): boolean {
    const before = this.#refreshed;
    this.#refreshed = this.heads;
    return !sameHeads(before, this.#refreshed);
  }

  /**
   * What changes in the value from now on, to be read with `for await`; leaving the loop ends it.
   * Whoever reads too slowly loses the oldest; see {@linkcode EVENTS_BUFFERED_MAX}.
   */
  changes(): AsyncIterableIterator<DocumentChange<T>> {
    return this.#changes[Symbol.asyncIterator]();
  }

  /** The hashes of the changes nothing comes after, sorted. */
  get heads(): Heads {
    return this.#document.getHeads();
  }

  /**
   * Tells the readers of {@linkcode Document.changes} what is new; for its network, after something
   * has arrived. What leaves the value as it was is not told.
   *
   * @param author Who has written it; `undefined` if several have.
   * @param before The heads before it arrived.
   */
  notify(author: MemberId | undefined, isRemote: boolean, before: Heads): void {
    // Comparing costs as much as the value is large.
    if (this.#changes.readers === 0) return;
    const document = this.#document;
    const value = document.read();
    if (value === undefined) return;
    const patches = patchesSince(document, before, value);
    if (patches.length > 0) this.#changes.emit({ value: value as T, patches, author, isRemote });
  }

  /** Ends all readers of {@linkcode Document.changes} once they have read what waits for them. */
  close(): void {
    this.#changes.close();
  }

  /** The one that is here now: what arrives may be another object. */
  get #document(): ValueDocument {
    return this.#host.valueDocument(this.name);
  }

  #write(write: (document: ValueDocument) => boolean): boolean {
    const host = this.#host;
    host.checkMember();
    this.#checkRoom();
    const document = this.#document;
    const before = document.getHeads();
    if (!write(document)) return false;
    if (sameHeads(before, this.#refreshed)) this.#refreshed = document.getHeads();
    // The others take a document whose name they know.
    registerDocument(host, this.name);
    host.changed(document);
    this.notify(host.self, false, before);
    return true;
  }

  /** A change cannot be taken back once it is written, so the name must have room before. */
  #checkRoom(): void {
    const { document } = this.#host;
    if (document.getMetadata(DOCUMENT_PREFIX + this.name) !== undefined) return;
    if (document.metadata().size < INTERFACE_METADATA_KEYS_MAX) return;
    throw new NetworkError(
      "limit_reached",
      `Invalid operation: cannot list document: ${INTERFACE_METADATA_KEYS_MAX} entries at most`,
    );
  }
}

/** What has changed; all of it if nothing is known of the time before. */
function patchesSince(document: ValueDocument, before: Heads, value: JsonValue): ValuePatch[] {
  if (document.hasHeads(before)) return document.diff(before, document.getHeads());
  return [{ action: "put", path: [], value }];
}
