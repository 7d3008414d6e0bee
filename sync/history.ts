/**
 * The history of one Automerge document, whatever it holds: its heads, its changes, and the one
 * door through which changes from elsewhere come in.
 *
 * @module
 */
import { createHandle } from "./_automerge.ts";
import type { Handle } from "./_automerge.ts";
import type { ApplyOptions, ApplyOutcome } from "./apply_outcome.ts";
import { isCanonical } from "./_canonical.ts";
import { isDeflated } from "./_chunk.ts";
import { checkChanges, justGenesis } from "./_change_checks.ts";
import type { Before, ChangeCheck, ChangesToCheck } from "./_change_checks.ts";
import { SyncError } from "./errors.ts";
import type { Genesis } from "./genesis.ts";
import { isActorId, parseHeads, sameHeads } from "./ids.ts";
import type { ActorId, ChangeHash, Heads } from "./ids.ts";
import { scan, SCAN_LIMITS } from "./scan.ts";
import type { ScanLimits, ScannedChunk } from "./scan.ts";
import { equivocation, guarded } from "./_guarded.ts";
import { type KnownChange, KnownChanges } from "./_known_changes.ts";
import { LastNumbers } from "./_last_numbers.ts";
import { readHead } from "./_open_change.ts";
import type { ChangeHead } from "./_open_change.ts";
import { Room } from "./_room.ts";
import { encodeSmallest } from "./_smallest.ts";
import type { LackingChange } from "./_smallest.ts";

/** Who writes, and by whose clock. */
export interface Writer {
  /** The actor of every change made here; never the same in two copies that both write. */
  readonly actor: ActorId;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** What Automerge tells of a change without opening it. */
export interface ChangeMeta {
  /** Its name. */
  readonly hash: string;
  /** The names of the changes that it builds upon directly. */
  readonly deps: readonly string[];
  /** Who wrote it. */
  readonly actor: string;
}

export type { ApplyOptions, ApplyOutcome } from "./apply_outcome.ts";
export type { ChangeCheck } from "./_change_checks.ts";
export { CHANGE_OPERATIONS_MAX } from "./_change_checks.ts";

/** Operations of one change beyond which it is tried on a copy. */
const PLAIN_OPERATIONS_MAX = 1_000;

/** Automerge holds one wasm-side document, which is freed with {@linkcode History.free}. */
export class History {
  readonly #genesis: Genesis;
  readonly #check: ChangeCheck;
  readonly #writer: Writer;
  /** Made when it is first needed: many documents are only waited for. */
  #handle: Handle | undefined;
  #heads: Heads;
  /** The size of a whole save at some earlier time, which later ones hardly fall below. */
  #savedBytes = 0;
  readonly #room: Room = new Room();
  #numbers: LastNumbers = new LastNumbers();
  #known: KnownChanges;
  /** The whole document as it has just come, until it is kept. */
  #saved: Uint8Array | undefined;
  /** What was encoded last, until it is vouched for. */
  #lacking: { readonly heads: Heads; readonly changes: readonly LackingChange[] } | undefined;
  #isFreed = false;

  private constructor(
    handle: Handle | undefined,
    genesis: Genesis,
    check: ChangeCheck,
    writer: Writer,
  ) {
    this.#handle = handle;
    this.#genesis = genesis;
    this.#check = check;
    this.#writer = writer;
    this.#known = new KnownChanges(genesis.hash);
    this.#heads = handle === undefined ? parseHeads([genesis.hash]) : headsOf(handle);
  }

  /** A document that holds its genesis and nothing else. */
  static create(genesis: Genesis, check: ChangeCheck, writer: Writer): History {
    checkWriter(writer);
    return new History(undefined, genesis, check, writer);
  }

  /**
   * Opens a whole document that was saved earlier.
   *
   * @param genesisOf Finds out which document it is.
   * @throws {SyncError} as {@linkcode History.apply} does; `bad_changes` also if changes are missing.
   */
  static load(
    bytes: Uint8Array,
    genesisOf: (handle: Handle) => Genesis,
    check: ChangeCheck,
    writer: Writer,
    limits?: Partial<ScanLimits>,
  ): History {
    checkWriter(writer);
    const chunks = scan(bytes, limits);
    const handle = createHandle(writer.actor);
    try {
      guarded(() => handle.loadIncremental(bytes));
      const genesis = guarded(() => genesisOf(handle));
      const history = new History(handle, genesis, check, writer);
      const whole = history.has([genesis.hash]) && handle.getMissingDeps([]).length === 0;
      if (!whole) throw new SyncError("bad_changes", "Cannot load document: changes are missing");
      const changes = guarded(() => handle.getChanges([genesis.hash]).map(readHead));
      guarded(() => history.#checkNew(handle, changes, { before: justGenesis(genesis) }));
      history.#numbers.note(changes);
      history.#known.add([genesis.hash], changes);
      history.#savedBytes = bytes.length;
      history.#room.measured(chunks);
      return history;
    } catch (error) {
      handle.free();
      throw error;
    }
  }

  /** Where values are read. Write through {@linkcode change} only. */
  get handle(): Handle {
    if (this.#isFreed) throw new SyncError("disposed", "Cannot use document: it was disposed");
    if (this.#handle !== undefined) return this.#handle;
    this.#handle = createHandle(this.#writer.actor);
    this.#handle.loadIncremental(this.#genesis.change);
    return this.#handle;
  }

  /** Whether there is nothing but the genesis. */
  get isBlank(): boolean {
    return this.#heads.length === 1 && this.#heads[0] === this.#genesis.hash;
  }

  /** Who writes here. */
  get writer(): Writer {
    return this.#writer;
  }

  /** The heads, sorted. */
  get heads(): Heads {
    return this.#heads;
  }

  /** Whether each of these changes is here. */
  has(hashes: readonly ChangeHash[]): boolean {
    return hashes.every((hash) => this.#maxOpOf(hash) !== undefined);
  }

  /**
   * Makes one change. If `write` throws or writes nothing, the document stays as it was.
   *
   * @returns Whether there was anything to write.
   * @throws {SyncError} `too_large` once the document takes up most of what a payload can carry.
   */
  change(write: (handle: Handle) => void): boolean {
    const { handle } = this;
    const timeS = Math.floor(this.#writer.nowMs() / 1000);
    this.#room.make(() => this.save(), this.#isCrowded);
    try {
      write(handle);
    } catch (error) {
      handle.rollback();
      throw error;
    }
    if (handle.commit(null, timeS) === null) return false;
    const change = readHead(handle.getLastLocalChange()!);
    this.#room.take(change.size);
    this.#note([change], handle);
    return true;
  }

  /** The first change, which every copy of the document holds. */
  get genesis(): Genesis {
    return this.#genesis;
  }

  /** Who made the first change, and so the containers. */
  get genesisActor(): string {
    return this.#genesis.actor;
  }

  /** What is known of the changes that a peer with these heads lacks, without opening them. */
  metaSince(heads: Heads): readonly ChangeMeta[] {
    const lacking = this.#lacking;
    this.#lacking = undefined;
    if (lacking !== undefined && sameHeads(lacking.heads, heads)) return lacking.changes;
    return this.#lackingSince(heads);
  }

  /** The changes that a peer with these heads lacks, each after those it depends on. */
  changesSince(heads: Heads): Uint8Array[] {
    return this.#since(heads)?.map(({ bytes }) => bytes.slice()) ??
      this.handle.getChanges([...this.#here(heads)]);
  }

  /** The same as the smallest of Automerge's three encodings; empty if nothing is lacking. */
  encodeSince(heads: Heads): Uint8Array {
    const changes = this.#lackingSince(heads);
    this.#lacking = { heads, changes };
    const isAll = this.#here(heads).length === 0;
    const { bytes, savedBytes } = encodeSmallest(this.handle, changes, isAll, this.#savedBytes);
    this.#savedBytes = savedBytes;
    return bytes;
  }

  /** The whole document. */
  save(): Uint8Array {
    // Nothing but the genesis is that one change.
    const blank = this.isBlank && !this.#isFreed ? this.#genesis.change.slice() : undefined;
    const bytes = this.#saved ?? blank ?? this.handle.save();
    this.#saved = undefined;
    this.#savedBytes = bytes.length;
    return bytes;
  }

  /** A copy with the same history that goes its own way. */
  fork(writer: Writer, check: ChangeCheck = this.#check): History {
    checkWriter(writer);
    const copy = new History(this.handle.clone(writer.actor), this.#genesis, check, writer);
    copy.#known = new KnownChanges();
    copy.#numbers = new LastNumbers(this.#numbers);
    copy.#numbers.note(this.#ownNumber());
    return copy;
  }

  /**
   * Applies changes in any of Automerge's encodings, all or nothing. One change that Automerge itself
   * could have made here is applied as it is, once everything about it is right; all else on a copy
   * that takes the document's place. On an error the document is what it was.
   *
   * @param announced Heads that must be here afterwards.
   * @throws {SyncError} `bad_changes` if the bytes are not Automerge's or do not fit this document,
   * `equivocation` if an author has written two changes of one number, `bad_schema` if they write
   * what the document cannot hold, `heads_absent` if the announced heads do not come true,
   * `too_large` beyond a limit.
   */
  apply(bytes: Uint8Array, announced: Heads = [], options: ApplyOptions = {}): ApplyOutcome {
    const chunks = scan(bytes, options.limits);
    const own = chunks.flatMap((chunk) =>
      chunk.type === "change" ? [chunk.hash] : chunk.type === "document" ? chunk.heads : []
    ) as ChangeHash[];
    // Which changes are in a bundle cannot be seen from outside.
    const isTold = chunks.every(({ type }) => type !== "bundle");
    if (isTold && this.has([...announced, ...own])) return { type: "already_had" };
    if (chunks.length === 0) {
      return { type: "waiting", missing: announced.filter((head) => !this.has([head])) };
    }
    const twice = this.#saidTwice(chunks);
    if (twice !== undefined) throw equivocation(twice);
    const incoming = { bytes, announced, own, chunks, judge: options.judge };
    if (options.limits === undefined && this.#applyPlain(incoming)) {
      return { type: "applied", changes: own };
    }
    // What comes whole and holds the genesis is opened as it is: far cheaper than change by change.
    const isFirst = this.isBlank &&
      chunks.length === 1 && chunks[0]!.type === "document" && options.limits === undefined;
    const copy = isFirst ? createHandle(this.#writer.actor) : this.handle.clone(this.#writer.actor);
    try {
      const outcome = this.#applyTo(copy, { ...incoming, isFirst });
      if (outcome.type === "applied") {
        this.#handle?.free();
        this.#handle = copy;
      }
      return outcome;
    } finally {
      if (copy !== this.#handle) copy.free();
    }
  }

  /** Gives the wasm memory back; the document cannot be used afterwards. */
  free(): void {
    if (!this.#isFreed) this.#handle?.free();
    this.#isFreed = true;
  }

  /**
   * Applies one change that Automerge itself could have made on this very document, so that neither
   * a copy nor a trial is needed: what they cost grows with the document.
   *
   * @returns Whether it was such a change; if not, nothing has happened.
   */
  #applyPlain({ bytes, announced, own, chunks, judge }: Incoming): boolean {
    const [chunk] = chunks;
    if (chunks.length > 1 || chunk?.type !== "change" || !this.#fits(chunks)) return false;
    if (chunk.opCount > PLAIN_OPERATIONS_MAX) return false;
    const isHere = (head: ChangeHash) => own.includes(head) || this.has([head]);
    if (!announced.every(isHere) || !this.has(chunk.deps as Heads)) return false;
    const head = guarded(() => readHead(bytes));
    if (!guarded(() => isCanonical(bytes, head.open()))) return false;
    const { handle } = this;
    const isPlain = guarded(() =>
      checkChanges({
        changes: [head],
        before: this.#before(),
        document: handle,
        genesis: this.#genesis,
        check: this.#check,
        plainIn: { handle, lastSeq: (actor) => this.#numbers.of(actor) },
        self: this.#writer.actor,
        onlyPlain: true,
      })
    );
    if (!isPlain) return false;
    guarded(() => judge?.(handle));
    handle.loadIncremental(bytes);
    const written = isDeflated(bytes) ? handle.getChangeByHash(head.hash)! : bytes.slice();
    this.#numbers.note([head]);
    this.#note([{ ...head, bytes: written }], handle);
    this.#room.takeApplied(chunks);
    return true;
  }

  #applyTo(
    copy: Handle,
    { bytes, announced, own, chunks, isFirst, judge }: Incoming & { readonly isFirst: boolean },
  ): ApplyOutcome {
    guarded(() => copy.loadIncremental(bytes));
    // Without the genesis it stands beside it, as in any other copy of the document.
    if (isFirst && copy.getChangeMetaByHash(this.#genesis.hash) === null) {
      guarded(() => copy.loadIncremental(this.#genesis.change));
    }
    const missing = parseHeads(copy.getMissingDeps([]));
    if (missing.length > 0) return { type: "waiting", missing };
    const changes = guarded(() => copy.getChanges([...this.#heads]).map(readHead));
    const added = new Set(changes.map(({ hash }) => hash));
    const has = (hash: ChangeHash) => added.has(hash) || this.has([hash]);
    // Automerge drops what it cannot read in a later chunk without a word.
    if (!own.every(has)) {
      throw new SyncError("bad_changes", "Cannot apply changes: some were dropped");
    }
    const absent = announced.find((head) => !has(head));
    if (absent !== undefined) {
      throw new SyncError("heads_absent", `Cannot apply changes: head "${absent}" did not come`);
    }
    const arePlain = guarded(() =>
      this.#checkNew(copy, changes, {
        before: this.#before(),
        self: this.#writer.actor,
        ...(!isFirst &&
          { plainIn: { handle: this.handle, lastSeq: (actor) => this.#numbers.of(actor) } }),
      })
    );
    if (changes.length === 0) return { type: "already_had" };
    guarded(() => judge?.(copy));
    let saved: Uint8Array | undefined;
    if (isFirst && sameBytes(guarded(() => copy.save()), bytes)) {
      // What was just opened from bytes that were scanned, and saves as the same ones, is verified.
      this.#savedBytes = bytes.length;
      saved = bytes.slice();
      this.#room.measured(chunks);
    } else if (arePlain && this.#fits(chunks)) {
      this.#room.takeApplied(chunks);
    } else {
      const whole = guarded(() => copy.saveAndVerify());
      // A payload's limits hold for the sum of all payloads too, or it could not be passed on.
      this.#room.measured(scan(whole));
      this.#savedBytes = whole.length;
    }
    this.#numbers.note(changes);
    this.#note(changes, copy);
    this.#saved = saved;
    return { type: "applied", changes: changes.map(({ hash }) => hash as ChangeHash) };
  }

  /** Takes note of changes that are in the document now. */
  #note(changes: readonly ChangeHead[], handle: Handle): void {
    this.#known.add(this.#heads, changes);
    this.#heads = headsOf(handle);
    this.#lacking = undefined;
    this.#saved = undefined;
  }

  /** Who has written another change with the number of one that is here, if that can be seen. */
  #saidTwice(chunks: readonly ScannedChunk[]): ActorId | undefined {
    const twice = chunks.find((chunk) =>
      chunk.type === "change" && chunk.seq <= this.#numbers.of(chunk.actor) &&
      !this.has([chunk.hash as ChangeHash])
    );
    return twice?.type === "change" && isActorId(twice.actor) ? twice.actor : undefined;
  }

  /** Checks what a copy holds beyond the document, and says whether all of it is plain. */
  #checkNew(
    copy: Handle,
    changes: readonly ChangeHead[],
    more: Pick<ChangesToCheck, "before" | "self" | "plainIn">,
  ): boolean {
    const own = new Set(changes.map(({ hash }) => hash));
    const named = [...copy.getHeads(), ...changes.flatMap(({ deps }) => deps)];
    if (!named.every((hash) => own.has(hash) || more.before.maxOpOf(hash) !== undefined)) {
      // Automerge writes one in another way than its author did, so nobody else could load it.
      throw new SyncError("bad_changes", "Cannot apply changes: they are not canonical");
    }
    const { genesis, check } = { genesis: this.#genesis, check: this.#check };
    return checkChanges({ changes, document: copy, genesis, check, ...more });
  }

  /** What new changes are checked against. */
  #before(): Before {
    return {
      maxOpOf: (hash) => this.#maxOpOf(hash),
      getChangesMeta: (heads) =>
        this.#since(parseHeads(heads)) ?? this.handle.getChangesMeta([...heads]),
    };
  }

  /** The latest change that was made here, with its number. */
  #ownNumber(): { readonly actor: string; readonly seq: number }[] {
    const own = this.handle.getLastLocalChange();
    return own === null ? [] : [readHead(own)];
  }

  /** Whether the whole document surely stays within the limits of a payload. */
  #fits(chunks: readonly ScannedChunk[]): boolean {
    return this.#room.fits(chunks) && !this.#isCrowded;
  }

  /** Whether there are so many heads or authors that the whole has to be looked at. */
  get #isCrowded(): boolean {
    return this.#heads.length > SCAN_LIMITS.headsMax / 2 ||
      this.#numbers.size > SCAN_LIMITS.actorsMax / 2;
  }

  /** The highest operation of a change; `undefined` if it is not here. */
  #maxOpOf(hash: string): number | undefined {
    if (this.isBlank && !this.#isFreed) return justGenesis(this.#genesis).maxOpOf(hash);
    const { handle } = this;
    return this.#known.maxOpOf(hash, () => handle.getChangeMetaByHash(hash)?.maxOp);
  }

  /** What there is beyond these heads, if that is known without asking Automerge. */
  #since(heads: Heads): readonly KnownChange[] | undefined {
    if (this.#isFreed) return undefined;
    const here = this.#here(heads);
    if (sameHeads(here, this.#heads)) return [];
    if (here.length > 0) return this.#known.since(here);
    const beyond = this.#since([this.#genesis.hash]);
    return beyond && [readHead(this.#genesis.change), ...beyond];
  }

  #lackingSince(heads: Heads): readonly LackingChange[] {
    return this.#since(heads) ?? this.handle.getChanges([...this.#here(heads)]).map(readHead);
  }

  /** Heads of a peer that are not here yet say nothing about what it lacks of ours. */
  #here(heads: Heads): Heads {
    return heads.filter((head) => this.has([head]));
  }
}

/** What is to be applied. */
interface Incoming {
  readonly bytes: Uint8Array;
  readonly announced: Heads;
  /** The changes that it says are in it. */
  readonly own: readonly ChangeHash[];
  readonly chunks: readonly ScannedChunk[];
  readonly judge: ((after: Handle) => void) | undefined;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function checkWriter({ actor, nowMs }: Writer): void {
  if (!isActorId(actor)) throw new TypeError(`Cannot open document: "${actor}" is no actor`);
  if (!Number.isFinite(nowMs())) {
    throw new TypeError("Cannot open document: its clock gives no time");
  }
}

function headsOf(handle: Handle): Heads {
  return parseHeads(handle.getHeads());
}
