/**
 * A shared tree artifact: its references, grants, metadata, status and steward, as one document.
 *
 * Knows the document only: who may write what is decided above.
 *
 * @module
 */
import { ArtifactReader } from "./_artifact_reader.ts";
import type { ArtifactContainer, ArtifactPart } from "./_artifact_reader.ts";
import type { Handle } from "./_automerge.ts";
import { concat } from "./_concat.ts";
import { checkMetadata } from "./_metadata.ts";
import { appendEntry, deleteEntries } from "./_paged_list.ts";
import { authorityAt } from "./_past_authority.ts";
import type { AccessGrant } from "./access.ts";
import { byGrantee, checkGrant, fromGrant, fromReference, toGrant } from "./artifact_entries.ts";
import type { ArtifactRef } from "./artifact_entries.ts";
import {
  ARTIFACT_STATUSES,
  artifactGenesis,
  artifactIdOf,
  artifactObject,
  checkArtifactChange,
  checkCreated,
  isArtifactType,
  isLabel,
} from "./artifact_schema.ts";
import type { ArtifactStatus, ArtifactWrites } from "./artifact_schema.ts";
import type { AuthoredChange } from "./authorship.ts";
import type { JudgedChange, PastAuthority } from "./authority.ts";
import { STORED_LIMITS } from "./_stored_limits.ts";
import type { ScanLimits } from "./scan.ts";
import { SyncError } from "./errors.ts";
import { History } from "./history.ts";
import type { ApplyOutcome, ChangeCheck, Writer } from "./history.ts";
import { isFarAhead, nextPosition } from "./hybrid_clock.ts";
import { memberOf, parseArtifactId, parseHeads, parseMemberId, sameHeads } from "./ids.ts";
import type { ActorId, ArtifactId, ChangeHash, Heads, MemberId } from "./ids.ts";

/** What {@linkcode ArtifactDocument.create} needs. */
export interface ArtifactOptions extends Writer {
  /** 32 random bytes; with the member who writes they make the id, see {@linkcode artifactIdOf}. */
  readonly nonce: Uint8Array;
  /** One word, such as `"story"`, at most 64 characters. */
  readonly artifactType: string;
  /** In milliseconds since the Unix epoch. @default {now by the writer's clock} */
  readonly createdAtMs?: number;
  /** What its metadata says from the beginning. @default {nothing} */
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
  /** Who may have it from the beginning, each once. @default {nobody but the steward} */
  readonly grants?: readonly AccessGrant[];
}

/** What {@linkcode ArtifactDocument.appendRef} takes besides the child. */
export interface AppendRefOptions {
  /** A whole number from 0. @default {the next position by the writer's clock} */
  readonly position?: number;
  /** At most 1,024 characters. @default {none} */
  readonly label?: string;
}

/**
 * One artifact's document.
 *
 * It holds memory outside of JavaScript; dispose it when it is no longer needed.
 *
 * @example Two copies that grew apart hold the same after one exchange
 * ```ts
 * import { actorOf, ArtifactDocument, parseArtifactId, parseMemberId } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const ada = parseMemberId("a1".repeat(32));
 * const ben = parseMemberId("b2".repeat(32));
 * const nowMs = () => 0;
 * using left = ArtifactDocument.create({
 *   nonce: new Uint8Array(32), artifactType: "story", actor: actorOf(ada, 0), nowMs,
 * });
 * using right = left.fork({ actor: actorOf(ben, 0), nowMs });
 *
 * left.appendRef(parseArtifactId("11".repeat(32)), { label: "from Ada" });
 * right.appendRef(parseArtifactId("22".repeat(32)), { label: "from Ben" });
 * right.applyChanges(left.getChangesSince(right.getHeads()));
 * left.applyChanges(right.getChangesSince(left.getHeads()));
 *
 * assertEquals(left.references(), right.references());
 * assertEquals(left.references().length, 2);
 * ```
 */
export class ArtifactDocument implements Disposable {
  /** Which artifact this is. */
  readonly artifactId: ArtifactId;
  readonly #history: History;
  /** What the changes that are being checked write. */
  readonly #noted: NotedChange[];
  readonly #reader: ArtifactReader = new ArtifactReader(
    () => this.#history.handle,
    (container) => this.#object(container),
  );
  #lastPosition = 0;

  private constructor(artifactId: ArtifactId, history: History, noted: NotedChange[]) {
    this.artifactId = artifactId;
    this.#history = history;
    this.#noted = noted;
    this.#see(noted.splice(0).flatMap(({ positions }) => positions));
  }

  /**
   * Creates an artifact; its steward is the member who writes.
   *
   * @throws {TypeError} if the type is not one word.
   * @throws {RangeError} if the nonce is not 32 bytes, and what {@linkcode setMetadata} and
   * {@linkcode addGrant} throw.
   */
  static create(options: ArtifactOptions): ArtifactDocument {
    if (!isArtifactType(options.artifactType)) {
      throw new TypeError(`Cannot create artifact: type "${options.artifactType}" is not one word`);
    }
    const steward = memberOf(options.actor);
    const { createdAtMs = wholeMs(options), metadata = new Map(), grants = [] } = options;
    for (const [key, value] of metadata) checkMetadata(key, value);
    for (const grant of grants) checkGrant(grant);
    const words = new Map(
      Object.entries({ steward, artifact_type: options.artifactType, status: "active" }),
    );
    const document = ArtifactDocument.awaiting(artifactIdOf(steward, options.nonce), options);
    document.#write((handle) => {
      handle.put("/", "nonce", options.nonce, "bytes");
      for (const [field, word] of words) handle.put("/", field, word, "str");
      handle.put("/", "created_at", createdAtMs, "int");
      for (const [key, value] of metadata) {
        handle.put(document.#object("metadata"), key, value, "bytes");
      }
      const list = document.#object("grants");
      for (const grant of grants) appendEntry(handle, list, fromGrant(grant));
    });
    document.#reader.hold({
      ...{ words, createdAtMs, references: [] },
      metadata: new Map([...metadata].map(([key, value]) => [key, value.slice()])),
      grants: grants.map((grant) => toGrant(fromGrant(grant))).sort(byGrantee),
    });
    return document;
  }

  /**
   * A document of which nothing has arrived yet but its id: apply the first payload to it. Until
   * then {@linkcode ArtifactDocument.isCreated} is false.
   */
  static awaiting(artifactId: ArtifactId, writer: Writer): ArtifactDocument {
    const noted: NotedChange[] = [];
    const history = History.create(artifactGenesis(artifactId), noting(noted), writer);
    return new ArtifactDocument(artifactId, history, noted);
  }

  /**
   * Opens what {@linkcode ArtifactDocument.save} gave.
   *
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large` if the bytes are not that.
   */
  static load(bytes: Uint8Array, writer: Writer): ArtifactDocument {
    return ArtifactDocument.#load(bytes, writer, {});
  }

  static #load(bytes: Uint8Array, writer: Writer, limits: ScanLimits): ArtifactDocument {
    const noted: NotedChange[] = [];
    const genesisOf = (handle: Handle) => artifactGenesis(readId(handle));
    const history = History.load(bytes, genesisOf, noting(noted), writer, limits);
    if (noted.length > 0) checkCreated(history.handle, noted);
    return new ArtifactDocument(readId(history.handle), history, noted);
  }

  /**
   * Opens a snapshot, and changes that were appended to it, from one's own store.
   *
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large` if the bytes are not that.
   */
  static loadStored(
    snapshot: Uint8Array,
    chunks: readonly Uint8Array[],
    writer: Writer,
  ): ArtifactDocument {
    return ArtifactDocument.#load(concat([snapshot, ...chunks]), writer, STORED_LIMITS);
  }

  /** The whole document with its history, in Automerge's format. */
  save(): Uint8Array {
    return this.#history.save();
  }

  /** A copy with the same history that goes its own way; give it an actor of its own. */
  fork(writer: Writer): ArtifactDocument {
    const noted: NotedChange[] = [];
    const history = this.#history.fork(writer, noting(noted));
    const copy = new ArtifactDocument(this.artifactId, history, noted);
    copy.#lastPosition = this.#lastPosition;
    return copy;
  }

  /** The same as {@linkcode artifactId}: the name of its document. */
  get documentId(): ArtifactId {
    return this.artifactId;
  }

  /** Whether the change that creates the artifact is here. */
  get isCreated(): boolean {
    return this.#reader.word("steward") !== undefined;
  }

  /** The hashes of the changes nothing comes after, sorted. */
  getHeads(): Heads {
    return this.#history.heads;
  }

  /** Whether each of these changes is here. */
  hasHeads(heads: Heads): boolean {
    return this.#history.has(heads);
  }

  /** What a peer that holds `heads` lacks; everything for `[]`, more than needed for unknown heads. */
  getChangesSince(heads: Heads): Uint8Array[] {
    return this.#history.changesSince(heads);
  }

  /** Every change, each after those it depends on. */
  getAllChanges(): Uint8Array[] {
    return this.#history.changesSince([]);
  }

  /** {@linkcode getChangesSince} as one byte string, in the smallest of three encodings. */
  encodeChangesSince(heads: Heads): Uint8Array {
    return this.#history.encodeSince(heads);
  }

  /**
   * Applies changes from elsewhere, all or nothing. Applying them again is harmless.
   *
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large`; the document stays as it was.
   */
  applyChanges(changes: readonly Uint8Array[]): ApplyOutcome {
    return this.applyEncoded(concat(changes));
  }

  /**
   * Applies what {@linkcode ArtifactDocument.encodeChangesSince} or `save` gave, all or nothing.
   *
   * @param announced Heads that the sender says it has; they must be here afterwards.
   * @param judge Looks at the new changes, each after those it builds upon, and throws to refuse all
   * of them. Without it whoever can write Automerge's format is believed.
   * @throws {SyncError} `heads_absent` if they are not; else as {@linkcode applyChanges} does.
   */
  applyEncoded(bytes: Uint8Array, announced: Heads = [], judge?: ArtifactJudge): ApplyOutcome {
    this.#noted.length = 0;
    const { isBlank } = this.#history;
    const outcome = this.#history.apply(bytes, announced, {
      judge: (document) => {
        checkCreated(document, this.#noted);
        judge?.(this.#noted, (heads) => this.#authorityAt(heads, document));
      },
    });
    if (outcome.type === "applied") {
      for (const { touched } of this.#noted) {
        this.#reader.forget(touched as ReadonlySet<ArtifactPart>);
      }
      const [first, ...others] = this.#noted;
      const beginning = isBlank && others.length === 0 ? first?.beginning : undefined;
      if (beginning !== undefined) this.#reader.hold(beginning);
      this.#see(this.#noted.flatMap(({ positions }) => positions));
    }
    return outcome;
  }

  /** The changes that a peer with these heads lacks, without what they write. */
  authorsSince(heads: Heads): AuthoredChange[] {
    return this.#history.metaSince(heads).map(({ hash, deps, actor }) => ({
      hash: hash as ChangeHash,
      deps: parseHeads(deps),
      author: memberOf(actor as ActorId),
    })).filter(({ hash }) => hash !== this.#history.genesis.hash);
  }

  /** The latest change that was made here; `undefined` if there is none. */
  lastLocalChange(): Uint8Array | undefined {
    return this.#history.handle.getLastLocalChange() ?? undefined;
  }

  /**
   * Appends a child.
   *
   * @throws {RangeError} if the position is not a whole number from 0, or the label too long.
   */
  appendRef(child: ArtifactId, options: AppendRefOptions = {}): void {
    const { position = this.#nextPosition(), label } = options;
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new RangeError(`Cannot append reference: position ${position} is not a whole number`);
    }
    if (label !== undefined && !isLabel(label)) {
      throw new RangeError("Cannot append reference: the label is too long or not Unicode");
    }
    this.#write((handle) =>
      appendEntry(
        handle,
        this.#object("references"),
        fromReference({ artifactId: child, position, label }),
      )
    );
    this.#reader.forget(["references"]);
    this.#see([position]);
  }

  /** Removes each reference to a child; nothing happens if there is none. */
  removeRef(child: ArtifactId): void {
    if (!this.references().some(({ artifactId }) => artifactId === child)) return;
    this.#write((handle) =>
      deleteEntries(handle, this.#object("references"), (entry) => entry["artifact_id"] === child)
    );
    this.#reader.forget(["references"]);
  }

  /** The children, by position and then by id: the same order on every peer. */
  references(): readonly ArtifactRef[] {
    return this.#reader.references;
  }

  /**
   * Adds a grant; an earlier one of the same grantee goes in the same change.
   *
   * @throws {RangeError} if a time is not a whole number of milliseconds from 0.
   * @throws {TypeError} if the mode is unknown, or an id none.
   */
  addGrant(grant: AccessGrant): void {
    checkGrant(grant);
    this.#write((handle) => {
      this.#deleteGrants(handle, grant.grantee);
      appendEntry(handle, this.#object("grants"), fromGrant(grant));
    });
    this.#reader.wroteGrant(grant.grantee, toGrant(fromGrant(grant)));
  }

  /** Removes a member's grant; nothing happens if there is none. */
  removeGrant(grantee: MemberId): void {
    this.#write((handle) => this.#deleteGrants(handle, grantee));
    this.#reader.wroteGrant(grantee);
  }

  /** All grants, ended ones too, by grantee and time. */
  grants(): readonly AccessGrant[] {
    return this.#reader.grants;
  }

  /**
   * Sets one value; of two peers that set the same key at once one wins, the same everywhere.
   *
   * @throws {RangeError} if the key is empty or too long, or the value larger than 64 KiB.
   */
  setMetadata(key: string, value: Uint8Array): void {
    checkMetadata(key, value);
    this.#write((handle) => handle.put(this.#object("metadata"), key, value, "bytes"));
    this.#reader.metadata.wrote(key, value);
  }

  /** A copy of one value; `undefined` if it was never set. */
  getMetadata(key: string): Uint8Array | undefined {
    return this.#reader.metadata.get(key);
  }

  /** Every value by its key, in the order of the keys. */
  metadata(): Map<string, Uint8Array> {
    return this.#reader.metadata.all();
  }

  /** What has become of the artifact. */
  status(): ArtifactStatus {
    return this.#created("status") as ArtifactStatus;
  }

  /** Writes the status. */
  setStatus(status: ArtifactStatus): void {
    if (!ARTIFACT_STATUSES.includes(status)) {
      throw new TypeError(
        `Cannot set status "${status}": expected ${ARTIFACT_STATUSES.join(", ")}`,
      );
    }
    this.#writeWord("status", status);
  }

  /** Who decides the grants. */
  steward(): MemberId {
    return parseMemberId(this.#created("steward"));
  }

  /** Hands the artifact to another steward. */
  setSteward(steward: MemberId): void {
    parseMemberId(steward);
    this.#writeWord("steward", steward);
  }

  /** One word, such as `"story"`. */
  artifactType(): string {
    return this.#created("artifact_type");
  }

  /** When it was created, in milliseconds since the Unix epoch. */
  createdAtMs(): number {
    return this.#reader.createdAtMs;
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#history.free();
  }

  /** Makes one change; what was read stays good but for what it writes. */
  #write(write: (handle: Handle) => void): void {
    this.#history.change(write);
  }

  #writeWord(field: string, word: string): void {
    this.#write((handle) => handle.put("/", field, word, "str"));
    this.#reader.wroteWord(field, word);
  }

  /** Positions from too far ahead are not remembered: they would stop the counter for ever. */
  #see(positions: readonly number[]): void {
    const nowMs = this.#history.writer.nowMs();
    for (const position of positions) {
      if (!isFarAhead(nowMs, position)) this.#lastPosition = Math.max(this.#lastPosition, position);
    }
  }

  #nextPosition(): number {
    return nextPosition(this.#history.writer.nowMs(), this.#lastPosition);
  }

  #deleteGrants(handle: Handle, grantee: MemberId): void {
    if (!this.grants().some((grant) => grant.grantee === grantee)) return;
    deleteEntries(handle, this.#object("grants"), (entry) => entry["grantee"] === grantee);
  }

  /** Who decided as of some heads; most changes build upon all that is here. */
  #authorityAt(heads: Heads, document: Handle): PastAuthority {
    if (!sameHeads(heads, this.getHeads())) return authorityAt(document, heads);
    const grantees = () => new Set(this.grants().map(({ grantee }) => grantee));
    return {
      steward: this.isCreated ? this.steward() : undefined,
      get grantees() {
        return grantees();
      },
    };
  }

  /** The object of a container; the genesis fixes it. */
  #object(name: ArtifactContainer): string {
    return artifactObject(name, this.#history.genesis.actor);
  }

  #created(field: string): string {
    const word = this.#reader.word(field);
    if (word !== undefined) return word;
    throw new SyncError(
      "not_created",
      `Cannot read ${field} of artifact "${this.artifactId}": its creation has not arrived`,
    );
  }
}

/** Decides about new changes together; `at` reads who decided as of some heads. */
export type ArtifactJudge = (
  changes: readonly JudgedChange[],
  at: (heads: Heads) => PastAuthority,
) => void;

interface NotedChange extends JudgedChange, ArtifactWrites {}

/** Checks changes, and writes down what they do. */
function noting(noted: NotedChange[]): ChangeCheck {
  let pages = new Map<string, string>();
  return (change, genesis, after) => {
    if (noted.length === 0) pages = new Map();
    noted.push({
      ...checkArtifactChange(change, genesis, after, pages),
      hash: change.hash as ChangeHash,
      deps: parseHeads(change.deps),
      author: memberOf(change.actor as ActorId),
    });
  };
}

function readId(handle: Handle): ArtifactId {
  return parseArtifactId(String(handle.getWithType("/", "artifact_id")?.[1]));
}

function wholeMs({ nowMs }: Writer): number {
  return Math.max(0, Math.floor(nowMs()));
}
