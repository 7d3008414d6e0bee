/**
 * The history of one Automerge document, whatever it holds: its heads, its changes, and the one
 * door through which changes from elsewhere come in.
 *
 * @module
 */
import { createHandle } from "./_automerge.ts";
import type { DecodedChange, Handle } from "./_automerge.ts";
import { SyncError } from "./errors.ts";
import type { Genesis } from "./genesis.ts";
import { isActorId, parseHeads, sameHeads } from "./ids.ts";
import type { ActorId, ChangeHash, Heads } from "./ids.ts";
import { scan } from "./scan.ts";
import type { ScanLimits } from "./scan.ts";
import { CausalPast } from "./_causal_past.ts";
import { Room } from "./_room.ts";
import { encodeSmallest } from "./_smallest.ts";

/** Who writes, and by whose clock. */
export interface Writer {
  /** The actor of every change made here; never the same in two copies that both write. */
  readonly actor: ActorId;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** What became of changes that came from elsewhere. */
export type ApplyOutcome =
  | {
    readonly type: "applied";
    /** The hashes of the changes that were new here. */
    readonly changes: readonly ChangeHash[];
  }
  | { readonly type: "already_had" }
  | {
    readonly type: "waiting";
    /** The hashes of the changes that must come first. Nothing was applied. */
    readonly missing: Heads;
  };

/** What Automerge tells of a change without opening it. */
export interface ChangeMeta {
  /** Its name. */
  readonly hash: string;
  /** The names of the changes that it builds upon directly. */
  readonly deps: readonly string[];
  /** Who wrote it. */
  readonly actor: string;
}

/** What a kind of document demands of each change: throws a `SyncError` if it is not met. */
export type ChangeCheck = (change: DecodedChange, genesis: Genesis, after: Handle) => void;

/** What {@linkcode History.apply} takes besides the changes. */
export interface ApplyOptions {
  /** Limits of the payload other than the default ones. */
  readonly limits?: Partial<ScanLimits>;
  /** Looks at all new changes together, once each has passed its check; throws to refuse them. */
  readonly judge?: (after: Handle) => void;
}

/** Operations of one change: each is opened to be checked, which takes about a kilobyte. */
export const CHANGE_OPERATIONS_MAX: number = 100_000;

/** Automerge holds one wasm-side document, which is freed with {@linkcode History.free}. */
export class History {
  readonly #genesis: Genesis;
  readonly #check: ChangeCheck;
  readonly #writer: Writer;
  #handle: Handle;
  #heads: Heads;
  /** The size of a whole save at some earlier time, which later ones hardly fall below. */
  #savedBytes = 0;
  readonly #room: Room = new Room();
  /** What was encoded last, until it is vouched for. */
  #lacking: { readonly heads: Heads; readonly metas: readonly ChangeMeta[] } | undefined;
  #isFreed = false;

  private constructor(handle: Handle, genesis: Genesis, check: ChangeCheck, writer: Writer) {
    this.#handle = handle;
    this.#genesis = genesis;
    this.#check = check;
    this.#writer = writer;
    this.#heads = headsOf(handle);
  }

  /** A document that holds its genesis and nothing else. */
  static create(genesis: Genesis, check: ChangeCheck, writer: Writer): History {
    checkWriter(writer);
    const handle = createHandle(writer.actor);
    handle.loadIncremental(genesis.change);
    return new History(handle, genesis, check, writer);
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
    scan(bytes, limits);
    const handle = createHandle(writer.actor);
    try {
      guarded(() => handle.loadIncremental(bytes));
      const genesis = guarded(() => genesisOf(handle));
      const history = new History(handle, genesis, check, writer);
      const whole = history.has([genesis.hash]) && handle.getMissingDeps([]).length === 0;
      if (!whole) throw new SyncError("bad_changes", "Cannot load document: changes are missing");
      guarded(() => history.#checkNew(handle, [genesis.hash]));
      history.#savedBytes = bytes.length;
      return history;
    } catch (error) {
      handle.free();
      throw error;
    }
  }

  /** Where values are read. Write through {@linkcode change} only. */
  get handle(): Handle {
    if (!this.#isFreed) return this.#handle;
    throw new SyncError("disposed", "Cannot use document: it was disposed");
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
    return hashes.every((hash) => this.handle.getChangeMetaByHash(hash) !== null);
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
    this.#room.make(() => this.save());
    try {
      write(handle);
    } catch (error) {
      handle.rollback();
      throw error;
    }
    if (handle.commit(null, timeS) === null) return false;
    this.#heads = headsOf(handle);
    this.#lacking = undefined;
    this.#room.take(handle.getLastLocalChange()?.length ?? 0);
    return true;
  }

  /** The hash of the first change, which every copy of the document holds. */
  get genesisHash(): ChangeHash {
    return this.#genesis.hash;
  }

  /** What is known of the changes that a peer with these heads lacks, without opening them. */
  metaSince(heads: Heads): readonly ChangeMeta[] {
    const lacking = this.#lacking;
    this.#lacking = undefined;
    if (lacking !== undefined && sameHeads(lacking.heads, heads)) return lacking.metas;
    return this.handle.getChangesMeta([...this.#known(heads)]);
  }

  /** The changes that a peer with these heads lacks, each after those it depends on. */
  changesSince(heads: Heads): Uint8Array[] {
    return this.handle.getChanges([...this.#known(heads)]);
  }

  /** The same as the smallest of Automerge's three encodings; empty if nothing is lacking. */
  encodeSince(heads: Heads): Uint8Array {
    const metas = this.metaSince(heads);
    this.#lacking = { heads, metas };
    const { bytes, savedBytes } = encodeSmallest(
      this.handle,
      this.#known(heads),
      metas.map(({ hash }) => hash),
      this.#savedBytes,
    );
    this.#savedBytes = savedBytes;
    return bytes;
  }

  /** The whole document. */
  save(): Uint8Array {
    const bytes = this.handle.save();
    this.#savedBytes = bytes.length;
    return bytes;
  }

  /** A copy with the same history that goes its own way. */
  fork(writer: Writer, check: ChangeCheck = this.#check): History {
    checkWriter(writer);
    return new History(this.handle.clone(writer.actor), this.#genesis, check, writer);
  }

  /**
   * Applies changes in any of Automerge's encodings, all or nothing: on a copy that takes the
   * document's place once everything about it is right. On an error the document is what it was.
   *
   * @param announced Heads that must be here afterwards.
   * @throws {SyncError} `bad_changes` if the bytes are not Automerge's or do not fit this document,
   * `bad_schema` if they write what it cannot hold, `heads_absent` if the announced heads do not
   * come true, `too_large` beyond a limit.
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
    // What comes whole and holds the genesis is opened as it is: far cheaper than change by change.
    const isFirst = this.#heads.join() === this.#genesis.hash &&
      chunks.length === 1 && chunks[0]!.type === "document" && options.limits === undefined;
    const copy = isFirst ? createHandle(this.#writer.actor) : this.handle.clone(this.#writer.actor);
    try {
      const outcome = this.#applyTo(copy, { bytes, announced, own, isFirst }, options.judge);
      if (outcome.type === "applied") this.#become(copy);
      return outcome;
    } finally {
      if (copy !== this.#handle) copy.free();
    }
  }

  /** Gives the wasm memory back; the document cannot be used afterwards. */
  free(): void {
    if (!this.#isFreed) this.#handle.free();
    this.#isFreed = true;
  }

  #applyTo(
    copy: Handle,
    { bytes, announced, own, isFirst }: Incoming,
    judge?: (after: Handle) => void,
  ): ApplyOutcome {
    guarded(() => copy.loadIncremental(bytes));
    // Without the genesis it stands beside it, as in any other copy of the document.
    if (isFirst) guarded(() => copy.loadIncremental(this.#genesis.change));
    const missing = parseHeads(copy.getMissingDeps([]));
    if (missing.length > 0) return { type: "waiting", missing };
    const has = (hash: ChangeHash) => copy.getChangeMetaByHash(hash) !== null;
    // Automerge drops what it cannot read in a later chunk without a word.
    if (!own.every(has)) {
      throw new SyncError("bad_changes", "Cannot apply changes: some were dropped");
    }
    const absent = announced.find((head) => !has(head));
    if (absent !== undefined) {
      throw new SyncError("heads_absent", `Cannot apply changes: head "${absent}" did not come`);
    }
    const changes = guarded(() => this.#checkNew(copy, this.#heads));
    if (changes.length === 0) return { type: "already_had" };
    if (changes.some(({ actor }) => actor === this.#writer.actor)) {
      throw new SyncError("bad_changes", "Cannot apply changes: they use the actor of this copy");
    }
    guarded(() => judge?.(copy));
    // What was just opened from bytes that were scanned, and saves as the same ones, is verified.
    const isVerified = isFirst && sameBytes(guarded(() => copy.save()), bytes);
    this.#savedBytes = isVerified ? bytes.length : verify(copy);
    return { type: "applied", changes: changes.map(({ hash }) => hash) };
  }

  /** Every change but the genesis builds on another and is a member's. */
  #checkNew(copy: Handle, since: Heads): NewChange[] {
    const metas = copy.getChangesMeta([...since]);
    const maxOpByHash = new Map(metas.map(({ hash, maxOp }) => [hash, maxOp]));
    const maxOpOf = (hash: string) =>
      maxOpByHash.get(hash) ?? copy.getChangeMetaByHash(hash)?.maxOp ?? Infinity;
    const past = new CausalPast(copy, metas);
    return metas.map((meta) => {
      const maxOps = meta.deps.map(maxOpOf);
      // Automerge always numbers on from the highest operation that a change has seen.
      const numberedOn = meta.deps.length > 0 && meta.startOp === Math.max(...maxOps) + 1;
      if (!numberedOn || !isActorId(meta.actor)) {
        throw new SyncError("bad_changes", `Cannot apply change "${meta.hash}": it is forged`);
      }
      if (meta.maxOp - meta.startOp >= CHANGE_OPERATIONS_MAX) {
        throw new SyncError("too_large", `Cannot apply change "${meta.hash}": too many operations`);
      }
      const change = copy.getDecodedChangeByHash(meta.hash)!;
      past.check(change);
      this.#check(change, this.#genesis, copy);
      return { hash: meta.hash as ChangeHash, actor: meta.actor };
    });
  }

  #become(copy: Handle): void {
    this.#handle.free();
    this.#handle = copy;
    this.#heads = headsOf(copy);
    this.#lacking = undefined;
  }

  /** Heads of a peer that are not here yet say nothing about what it lacks of ours. */
  #known(heads: Heads): Heads {
    return heads.filter((head) => this.has([head]));
  }
}

/** What is to be applied. */
interface Incoming {
  readonly bytes: Uint8Array;
  readonly announced: Heads;
  /** The changes that it says are in it. */
  readonly own: readonly ChangeHash[];
  /** Whether it is one whole document, and nothing but the genesis is here. */
  readonly isFirst: boolean;
}

/** A change that was not here before, and passed every check. */
interface NewChange {
  readonly hash: ChangeHash;
  readonly actor: string;
}

/**
 * Saves a document and opens what was saved. A payload's limits hold for the sum of all payloads
 * too, or it could not be passed on.
 *
 * @returns The size of the save.
 */
function verify(copy: Handle): number {
  const whole = guarded(() => copy.saveAndVerify());
  scan(whole);
  return whole.length;
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

/** Automerge throws errors, strings and panics; all of them mean that the changes were bad. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw new SyncError("bad_changes", "Cannot apply changes: Automerge refused them", {
      cause: error,
    });
  }
}
