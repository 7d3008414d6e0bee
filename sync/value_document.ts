/**
 * One document of a realm: any JSON-like value under a name, and collaborative texts in it.
 *
 * Knows the document only: who may write it is decided above.
 *
 * @module
 */
import type { DecodedChange, Handle } from "./_automerge.ts";
import { concat } from "./_concat.ts";
import { openChange } from "./_open_change.ts";
import { Draft } from "./_value_draft.ts";
import { readObject, readScalar } from "./_value_handle.ts";
import { badType, checkedValue, tooMuch } from "./_value_input.ts";
import { VALUE_NODES_MAX } from "./_value_limits.ts";
import { ValueObjects } from "./_value_objects.ts";
import { valuePatches } from "./_value_patches.ts";
import type { ValuePatch } from "./_value_patches.ts";
import {
  checkName,
  checkValueChange,
  readName,
  valueDocumentId,
  valueGenesis,
} from "./_value_schema.ts";
import type { CheckedName, ValueDocumentId, ValueDocumentName } from "./_value_schema.ts";
import { textField } from "./_value_text.ts";
import type { TextField } from "./_value_text.ts";
import { countNodes, toCopy, toPlain } from "./_value_types.ts";
import type { JsonValue, TypedValue, ValuePath } from "./_value_types.ts";
import { ValueUpdate } from "./_value_update.ts";
import { kindOf, ValueWriter } from "./_value_writer.ts";
import type { AuthoredChange } from "./authorship.ts";
import { SyncError } from "./errors.ts";
import type { Genesis } from "./genesis.ts";
import { History } from "./history.ts";
import type { ApplyOutcome, Writer } from "./history.ts";
import { memberOf, parseHeads } from "./ids.ts";
import type { ActorId, ChangeHash, Heads } from "./ids.ts";
import type { InterfaceId } from "./interface_id.ts";
import { STORED_LIMITS } from "./_stored_limits.ts";
import type { ScanLimits } from "./scan.ts";

export {
  DOCUMENT_NAME_LENGTH_MAX,
  LIST_EDITS_MAX,
  TEXT_EDITS_MAX,
  VALUE_CHANGE_BYTES_MAX,
  VALUE_CHANGE_OPERATIONS_MAX,
  VALUE_DEPTH_MAX,
  VALUE_KEY_BYTES_MAX,
  VALUE_KEYS_MAX,
  VALUE_NODES_MAX,
  VALUE_STRING_BYTES_MAX,
  VALUE_TEXT_LENGTH_MAX,
} from "./_value_limits.ts";
export type { ValuePatch } from "./_value_patches.ts";
export { valueDocumentId } from "./_value_schema.ts";
export type { ValueDocumentId, ValueDocumentName } from "./_value_schema.ts";
export type { TextField } from "./_value_text.ts";
export { ValueFloat } from "./_value_types.ts";
export type { JsonValue, TypedValue, ValuePath, ValueScalar } from "./_value_types.ts";

/** Decides about new changes together, each after those it builds upon; throws to refuse them. */
export type ValueJudge = (changes: readonly AuthoredChange[]) => void;

/**
 * One document of a realm.
 *
 * Its value can be anything that JSON can hold, bytes and instants. Strings in it are words: who
 * writes one replaces it; {@linkcode ValueDocument.text} is for text that people write together.
 * Whole numbers are integers; {@linkcode ValueFloat} makes floats of them.
 *
 * Peers who write the same document before they have met lose nothing at the top: its outermost map,
 * list and text are the same for all. Of two maps, lists or texts that are made under one key of it
 * at once, one is shown, the same everywhere.
 *
 * It holds memory outside of JavaScript; dispose it when it is no longer needed.
 *
 * @example Two who have never met write the same document
 * ```ts
 * import { actorOf, parseMemberId, ValueDocument } from "@indras/toolkit/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const [ada, ben] = ["a1", "b2"].map((byte) => parseMemberId(byte.repeat(32)));
 * const which = { realmId: "00".repeat(32), name: "scores" };
 * const nowMs = () => 0;
 * using left = ValueDocument.awaiting(which, { actor: actorOf(ada!, 0), nowMs });
 * using right = ValueDocument.awaiting(which, { actor: actorOf(ben!, 0), nowMs });
 *
 * left.update({ ada: 1 });
 * right.change((draft) => draft["ben"] = 2);
 * right.text(["story"]).update("Once upon a time");
 * left.applyEncoded(right.encodeChangesSince(left.getHeads()));
 *
 * assertEquals(left.read(), { ada: 1, ben: 2, story: "Once upon a time" });
 * ```
 */
export class ValueDocument implements Disposable {
  /** Which document this is, in any realm. */
  readonly documentId: ValueDocumentId;
  /** The realm that it belongs to. */
  readonly realmId: InterfaceId;
  /** Its name in the realm. */
  readonly name: string;
  readonly #history: History;
  readonly #objects: ValueObjects;
  /** What the changes that are being checked are. */
  readonly #noted: AuthoredChange[];
  #isWriting = false;
  /** The value, if it was read since it last changed. Nobody else has it. */
  #value: { readonly now: TypedValue | undefined } | undefined;
  /** How much was in the value when it was last counted, and the rows of the history then. */
  #counted: { readonly nodes: number; readonly rows: number } = { nodes: 0, rows: 0 };

  private constructor(which: CheckedName, { history, objects, noted }: Parts) {
    this.documentId = valueDocumentId(which.realmId, which.name);
    this.realmId = which.realmId;
    this.name = which.name;
    this.#history = history;
    this.#objects = objects;
    this.#noted = noted;
    objects.settle();
    noted.length = 0;
  }

  /**
   * A document that nobody has written yet, as far as is known here: write it, or apply what others
   * hold to it.
   *
   * @throws {TypeError} if the realm is no id, or the name not Unicode or with control characters.
   * @throws {RangeError} if the name is longer than {@linkcode DOCUMENT_NAME_LENGTH_MAX}.
   */
  static awaiting(which: ValueDocumentName, writer: Writer): ValueDocument {
    const checked = checkName(which);
    const genesis = valueGenesis(checked);
    const { check, ...noting } = noted(new ValueObjects(genesis));
    return new ValueDocument(checked, {
      history: History.create(genesis, check, writer),
      ...noting,
    });
  }

  /**
   * Opens what {@linkcode ValueDocument.save} gave.
   *
   * @throws {SyncError} `bad_changes`, `bad_schema` or `too_large` if the bytes are not that.
   */
  static load(bytes: Uint8Array, writer: Writer): ValueDocument {
    return ValueDocument.#load(bytes, writer, {});
  }

  static #load(bytes: Uint8Array, writer: Writer, limits: ScanLimits): ValueDocument {
    let noting: Noting | undefined;
    const genesisOf = (handle: Handle): Genesis => {
      const genesis = valueGenesis(readName(handle));
      noting = noted(new ValueObjects(genesis));
      return genesis;
    };
    const check = (change: DecodedChange) => noting!.check(change);
    const history = History.load(bytes, genesisOf, check, writer, limits);
    return new ValueDocument(readName(history.handle), { history, ...noting! });
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
  ): ValueDocument {
    return ValueDocument.#load(concat([snapshot, ...chunks]), writer, STORED_LIMITS);
  }

  /** The whole document with its history, in Automerge's format. */
  save(): Uint8Array {
    return this.#settled.save();
  }

  /** A copy with the same history that goes its own way; give it an actor of its own. */
  fork(writer: Writer): ValueDocument {
    const { check, ...noting } = noted(this.#objects.copy());
    const history = this.#settled.fork(writer, check);
    return new ValueDocument(this, { history, ...noting });
  }

  /** The hashes of the changes nothing comes after, sorted. */
  getHeads(): Heads {
    return this.#settled.heads;
  }

  /** Whether each of these changes is here. */
  hasHeads(heads: Heads): boolean {
    return this.#settled.has(heads);
  }

  /** What a peer that holds `heads` lacks; everything for `[]`, more than needed for unknown heads. */
  getChangesSince(heads: Heads): Uint8Array[] {
    return this.#settled.changesSince(heads);
  }

  /** Every change, each after those it depends on. */
  getAllChanges(): Uint8Array[] {
    return this.#settled.changesSince([]);
  }

  /** {@linkcode getChangesSince} as one byte string, in the smallest of three encodings. */
  encodeChangesSince(heads: Heads): Uint8Array {
    return this.#settled.encodeSince(heads);
  }

  /** The changes that a peer with these heads lacks, without what they write. */
  authorsSince(heads: Heads): AuthoredChange[] {
    const history = this.#settled;
    return history.metaSince(heads)
      .filter(({ hash }) => hash !== history.genesis.hash)
      .map(authored);
  }

  /** The latest change that was made here; `undefined` if there is none. */
  lastLocalChange(): Uint8Array | undefined {
    return this.#settled.handle.getLastLocalChange() ?? undefined;
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
   * Applies what {@linkcode ValueDocument.encodeChangesSince} or `save` gave, all or nothing.
   *
   * @param announced Heads that the sender says it has; they must be here afterwards.
   * @param judge Without it whoever can write Automerge's format is believed.
   * @throws {SyncError} `heads_absent` if they are not; else as {@linkcode applyChanges} does.
   */
  applyEncoded(bytes: Uint8Array, announced: Heads = [], judge?: ValueJudge): ApplyOutcome {
    const history = this.#settled;
    this.#forget();
    try {
      const outcome = history.apply(bytes, announced, { judge: () => judge?.([...this.#noted]) });
      if (outcome.type === "applied") {
        this.#objects.settle();
        this.#value = undefined;
      }
      return outcome;
    } finally {
      this.#forget();
    }
  }

  /** Whether anybody has written a value, as far as is known here. */
  get isWritten(): boolean {
    return kindOf(this.#settled.handle) !== undefined;
  }

  /** A fresh copy of the value; `undefined` if it was never written. Reading writes nothing. */
  read(): JsonValue | undefined {
    const value = this.#read();
    return value === undefined ? undefined : toPlain(value);
  }

  /** {@linkcode read} with each whole float as a {@linkcode ValueFloat}: what `update` takes back. */
  readTyped(): TypedValue | undefined {
    const value = this.#read();
    return value === undefined ? undefined : toCopy(value);
  }

  /**
   * Makes the value equal to `value` by the smallest edits: other keys and elements that somebody
   * changes at the same time stay changed, and what is not in `value` goes. A whole number becomes
   * an integer even where a whole float was. A text stays a text.
   *
   * @returns Whether there was anything to write.
   * @throws {TypeError} if something in it cannot be stored; says where.
   * @throws {RangeError} beyond a limit, and for numbers that cannot be stored exactly.
   * @throws {SyncError} `too_large` once the document takes up most of what a payload can carry.
   */
  update(value: TypedValue): boolean {
    const after = checkedValue(value);
    const before = this.#read();
    const isWritten = this.#write((writer) => new ValueUpdate(writer).root(before, after), true);
    this.#value = { now: after };
    return isWritten;
  }

  /**
   * Writes the entries of a map over those that are there, deeply: a map goes into a map, everything
   * else takes the place of what is there. A value that is no map goes in the place of one that is
   * no map either.
   *
   * @returns Whether there was anything to write.
   * @throws {TypeError} if something that is no map would go where a map is; else, as the other
   * errors, as {@linkcode ValueDocument.update} does.
   */
  merge(value: TypedValue): boolean {
    const added = checkedValue(value);
    const before = this.#read();
    return this.#write((writer) => new ValueUpdate(writer).merge(before, added));
  }

  /**
   * Has `edit` change a draft of the value as if it were an ordinary object or array; a document
   * that was never written starts as an empty map. What is assigned is copied. If it throws, the
   * document stays as it was.
   *
   * Elements are inserted and deleted by the methods of arrays; deleting an index closes the gap.
   * Strings become words; one that is assigned to a text edits it.
   *
   * @param edit The draft is good until it returns.
   * @returns Whether there was anything to write.
   * @throws {TypeError} if the value has no parts, or `edit` is asynchronous; else, as the other
   * errors, as {@linkcode ValueDocument.update} does.
   */
  change<Value extends object = Record<string, unknown>>(edit: (draft: Value) => void): boolean {
    return this.#write((writer) => {
      const draft = new Draft(writer);
      try {
        const returned: unknown = edit(draft.root() as Value);
        if (returned instanceof Promise) throw badType([], "a change cannot be asynchronous");
      } finally {
        draft.close();
      }
    });
  }

  /**
   * The collaborative text at a path, whether it is there yet or not; `[]` for the whole value.
   *
   * @throws {RangeError} if the path is too deep, or has an index that is none.
   */
  text(path: ValuePath): TextField {
    return textField({
      handle: () => this.#settled.handle,
      write: (write) => this.#write(write),
    }, path);
  }

  /**
   * What changed between two times.
   *
   * @throws {SyncError} `heads_absent` if a head is not here.
   */
  diff(before: Heads, after: Heads): ValuePatch[] {
    const { handle } = this.#settled;
    if (!this.hasHeads([...before, ...after])) {
      throw new SyncError("heads_absent", "Cannot compare documents: a head is not here");
    }
    const read = () => readValue(handle, this.#objects, after)!;
    return valuePatches(handle, { before, after, read });
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#history.free();
  }

  /** The history, unless a change is being made: most of what it does would end that. */
  get #settled(): History {
    if (!this.#isWriting) return this.#history;
    throw new TypeError("Cannot use document: a change of it is being made");
  }

  #read(): TypedValue | undefined {
    const history = this.#settled;
    this.#value ??= {
      now: history.isBlank ? undefined : readValue(history.handle, this.#objects),
    };
    return this.#value.now;
  }

  #write(write: (writer: ValueWriter) => void, isCounted: boolean = false): boolean {
    const history = this.#settled;
    let isWritten = false;
    if (!isCounted && this.#nodesAtMost > VALUE_NODES_MAX - NODES_OF_SMALL_CHANGE) this.#count();
    this.#isWriting = true;
    try {
      isWritten = history.change((handle) => {
        const writer = new ValueWriter(handle, this.#objects);
        write(writer);
        if (!isCounted) this.#checkNodes(writer);
      });
    } finally {
      this.#isWriting = false;
    }
    if (!isWritten) return false;
    this.#value = undefined;
    // A change of one's own is the only head, and passes whatever others will ask of it.
    checkValueChange(openChange(history.handle.getLastLocalChange()!), this.#objects);
    this.#objects.settle();
    return true;
  }

  /** Each operation has put one thing into the value at most. */
  get #nodesAtMost(): number {
    return this.#counted.nodes + this.#objects.size.rows - this.#counted.rows;
  }

  #count(): void {
    const value = this.#read();
    const nodes = value === undefined ? 0 : countNodes(value);
    this.#counted = { nodes, rows: this.#objects.size.rows };
  }

  #checkNodes(writer: ValueWriter): void {
    if (writer.nodes === 0 || this.#nodesAtMost + writer.nodes <= VALUE_NODES_MAX) return;
    const kind = kindOf(writer.handle);
    if (kind === "scalar" || kind === undefined) return;
    if (countNodes(writer.read(writer.root(kind))) <= VALUE_NODES_MAX) return;
    throw tooMuch([], `more than ${VALUE_NODES_MAX} parts`);
  }

  #forget(): void {
    this.#noted.length = 0;
    this.#objects.forget();
  }
}

/** With so many parts more, a value that was just counted need not be counted again. */
const NODES_OF_SMALL_CHANGE = 100;

/** What holds a document, and what the checks of changes find. */
interface Parts {
  readonly history: History;
  readonly objects: ValueObjects;
  readonly noted: AuthoredChange[];
}

interface Noting extends Omit<Parts, "history"> {
  readonly check: (change: DecodedChange) => void;
}

function noted(objects: ValueObjects): Noting {
  const changes: AuthoredChange[] = [];
  const check = (change: DecodedChange) => {
    checkValueChange(change, objects);
    changes.push(authored(change));
  };
  return { objects, noted: changes, check };
}

function authored(
  { hash, deps, actor }: {
    readonly hash?: string;
    readonly deps: readonly string[];
    readonly actor: string;
  },
): AuthoredChange {
  return {
    hash: hash as ChangeHash,
    deps: parseHeads(deps),
    author: memberOf(actor as ActorId),
  };
}

/** The value, now or as of some heads. */
function readValue(
  handle: Handle,
  objects: ValueObjects,
  heads?: readonly string[],
): TypedValue | undefined {
  const kind = kindOf(handle, heads);
  if (kind === undefined) return undefined;
  if (kind !== "scalar") {
    const stored = { type: kind, id: objects.root(kind) };
    return readObject(handle, stored, { heads, hasProto: objects.hasProto });
  }
  return readScalar(handle, "/", { prop: "value", heads });
}
